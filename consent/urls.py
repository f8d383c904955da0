"""Addresses in mails. They stay."""

from django.urls import path

from consent import views
from privacy.models.subjects import LinkPurpose

app_name = "consent"

urlpatterns = [
    path("c/<str:token>/", views.consent, name="consent"),
    path("c/<str:token>/not-me/", views.not_me, {"purpose": LinkPurpose.CONSENT}, name="not-me"),
    path("w/<str:token>/not-me/", views.not_me, {"purpose": LinkPurpose.WITHDRAW}, name="withdraw-not-me"),
    path("c/<str:token>/still-interested/", views.still_interested, name="still-interested"),
    path("c/<str:token>/keep/", views.keep, {"purpose": LinkPurpose.CONSENT}, name="keep"),
    path("me/<str:token>/keep/", views.keep, {"purpose": LinkPurpose.MY_DATA}, name="me-keep"),
    path("w/<str:token>/", views.withdraw, name="withdraw"),
    path("n/<str:token>/", views.notice, name="notice"),
]
