"""Addresses of the pages on retention and legal holds."""

from django.urls import path

from privacy.retention import views

app_name = "retention"

urlpatterns = [
    path("retention/", views.page, name="page"),
    path("holds/", views.holds, name="holds"),
    path("holds/new/person/<uuid:subject>/", views.hold_new, name="hold-person"),
    path("holds/new/vacancy/<uuid:vacancy>/", views.hold_new, name="hold-vacancy"),
    path("holds/<uuid:pk>/", views.hold, name="hold"),
    path("holds/<uuid:pk>/approve/", views.hold_approve, name="hold-approve"),
    path("holds/<uuid:pk>/end/", views.hold_end, name="hold-end"),
]
