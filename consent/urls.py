"""Addresses in mails. They stay."""

from django.urls import path

from consent import views

app_name = "consent"

urlpatterns = [
    path("c/<str:token>/", views.consent, name="consent"),
    path("c/<str:token>/not-me/", views.not_me, name="not-me"),
    path("c/<str:token>/still-interested/", views.still_interested, name="still-interested"),
    path("w/<str:token>/", views.withdraw, name="withdraw"),
    path("n/<str:token>/", views.notice, name="notice"),
]
