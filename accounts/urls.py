"""The door: allauth's own addresses, closed sign-up included."""

from django.urls import include, path

from accounts import views

urlpatterns = [
    path("login/", views.sign_in, name="account_login"),
    path("email/", views.own_address, name="account_email"),
    path("", include("allauth.urls")),
]
