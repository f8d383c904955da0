"""Addresses of this room."""

from django.urls import URLPattern, URLResolver, include, path

from privacy import views

app_name = "privacy"

urlpatterns: list[URLPattern | URLResolver] = [
    path("privacy/", views.policy, name="policy"),
    path("privacy/request/", views.public_request, name="request"),
    path("privacy-desk/", views.desk, name="desk"),
    path("privacy-desk/requests/new/", views.request_log, name="request-log"),
    path("privacy-desk/requests/<uuid:pk>/", views.data_request, name="data-request"),
    path("privacy-desk/requests/<uuid:pk>/answer/", views.request_answer, name="request-answer"),
    path("privacy-desk/", include("privacy.exports.urls")),
    path("privacy-desk/", include("privacy.limits.urls")),
    path("privacy-desk/assessments/", include("privacy.governance.urls")),
]
