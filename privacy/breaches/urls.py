"""Addresses of the register of breaches."""

from django.urls import path

from privacy.breaches import views

app_name = "breaches"

urlpatterns = [
    path("", views.breaches, name="breaches"),
    path("new/", views.new, name="new"),
    path("<uuid:pk>/", views.breach, name="breach"),
    path("<uuid:pk>/decide/", views.decide, name="decide"),
    path("<uuid:pk>/notified/", views.notified, name="notified"),
]
