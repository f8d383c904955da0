"""Addresses of this room."""

from django.urls import path

from mailing.views import health, hooks, messages

app_name = "mailing"

urlpatterns = [
    path("mail/", messages.message_list, name="list"),
    path("mail/handled/", messages.handled_many, name="handled-many"),
    path("mail/health/", health.page, name="health"),
    path("mail/resume/", messages.resume, name="resume"),
    path("mail/<uuid:pk>/", messages.message_page, name="message"),
    path("mail/<uuid:pk>/body/", messages.body, name="body"),
    path("mail/<uuid:pk>/progress/", messages.progress, name="progress"),
    path("mail/<uuid:pk>/cancel/", messages.cancel, name="cancel"),
    path("mail/<uuid:pk>/handled/", messages.handled, name="handled"),
    path("hooks/sparkpost/", hooks.sparkpost, name="sparkpost"),
]
