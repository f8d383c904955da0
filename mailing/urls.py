"""Addresses of this room."""

from django.urls import path

from mailing import views

app_name = "mailing"

urlpatterns = [
    path("mail/", views.message_list, name="list"),
    path("mail/resume/", views.resume, name="resume"),
    path("mail/<uuid:pk>/", views.message_page, name="message"),
    path("mail/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("mail/<uuid:pk>/handled/", views.handled, name="handled"),
    path("hooks/sparkpost/", views.sparkpost, name="sparkpost"),
]
