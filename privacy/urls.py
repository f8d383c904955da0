"""Addresses of this room."""

from django.urls import URLPattern, URLResolver, include, path

from privacy import views
from privacy.desk import views as desk
from privacy.erasure import views as erasure

app_name = "privacy"

urlpatterns: list[URLPattern | URLResolver] = [
    path("privacy/", views.policy, name="policy"),
    path("privacy/request/", views.public_request, name="request"),
    path("privacy/confirm/<str:token>/", views.confirm, name="confirm"),
    path("privacy/clocks/<str:token>/clocks.ics", desk.clocks_feed, name="feed"),
    path("privacy/requests/<str:token>/", erasure.own, name="own-request"),
    path("privacy-desk/", views.desk, name="desk"),
    path("privacy-desk/calendar/", desk.own_feed, name="own-feed"),
    path("privacy-desk/requests/new/", views.request_log, name="request-log"),
    path("privacy-desk/requests/together/", desk.together, name="requests-together"),
    path("privacy-desk/requests/<uuid:pk>/", desk.data_request, name="data-request"),
    path("privacy-desk/requests/<uuid:pk>/answer/", desk.answer, name="request-answer"),
    path("privacy-desk/requests/<uuid:pk>/extend/", desk.extend, name="request-extend"),
    path("privacy-desk/requests/<uuid:pk>/refuse/", desk.refuse, name="request-refuse"),
    path("privacy-desk/requests/<uuid:pk>/refusal/", desk.refusal, name="request-refusal"),
    path("privacy-desk/requests/<uuid:pk>/refuse-proposed/", desk.refuse_proposed, name="request-refuse-proposed"),
    path("privacy-desk/requests/<uuid:pk>/told/", desk.told, name="request-told"),
    path("privacy-desk/requests/<uuid:pk>/who/", desk.who, name="request-who"),
    path("privacy-desk/requests/<uuid:pk>/mandate/", desk.mandate, name="request-mandate"),
    path("privacy-desk/requests/<uuid:pk>/recipients/", desk.recipients, name="request-recipients"),
    path("privacy-desk/groups/<uuid:pk>/", desk.group, name="request-group"),
    path("privacy-desk/groups/<uuid:pk>/act/", desk.group_act, name="request-group-act"),
    path("privacy-desk/", include("privacy.exports.urls")),
    path("privacy-desk/", include("privacy.limits.urls")),
    path("privacy-desk/proofs/", include("privacy.proofs.urls")),
    path("privacy-desk/", include("privacy.retention.urls")),
    path("privacy-desk/breaches/", include("privacy.breaches.urls")),
    path("privacy-desk/requests/<uuid:pk>/erasure/", include("privacy.erasure.urls")),
    path("privacy-desk/assessments/", include("privacy.governance.urls")),
]
