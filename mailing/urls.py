"""Addresses of this room."""

from django.urls import path

from mailing.views import health, hooks, messages, replies

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
    path("mail/replies/", replies.reply_list, name="replies"),
    path("mail/replies/<uuid:pk>/", replies.reply_page, name="reply"),
    path("mail/replies/<uuid:pk>/handled/", replies.handled, name="reply-handled"),
    path("mail/replies/<uuid:pk>/by-a-person/", replies.by_a_person, name="reply-by-a-person"),
    path("mail/replies/<uuid:pk>/delete/", replies.delete, name="reply-delete"),
    path("mail/replies/<uuid:pk>/files/<uuid:file>/", replies.download, name="reply-file"),
    path("mail/replies/<uuid:pk>/confirm/<uuid:suggestion>/", replies.confirm, name="reply-confirm"),
    path("mail/replies/<uuid:pk>/dismiss/<uuid:suggestion>/", replies.dismiss, name="reply-dismiss"),
    path("hooks/sparkpost/", hooks.sparkpost, name="sparkpost"),
    path("hooks/sparkpost/relay/", hooks.relay, name="relay"),
]
