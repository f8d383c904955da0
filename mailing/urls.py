"""Addresses of this room."""

from django.urls import path

from mailing.views import drafts, health, hooks, messages, replies, stuck, templates

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
    path("mail/<uuid:pk>/arrived/", messages.arrived, name="arrived"),
    path("mail/<uuid:pk>/not-arrived/", messages.not_arrived, name="not-arrived"),
    path("mail/replies/", replies.reply_list, name="replies"),
    path("mail/replies/stuck/", stuck.stuck_list, name="stuck"),
    path("mail/replies/stuck/<uuid:pk>/again/", stuck.again, name="stuck-again"),
    path("mail/replies/stuck/<uuid:pk>/mail.zip", stuck.original, name="stuck-original"),
    path("mail/replies/stuck/<uuid:pk>/delete/", stuck.delete, name="stuck-delete"),
    path("mail/replies/<uuid:pk>/", replies.reply_page, name="reply"),
    path("mail/replies/<uuid:pk>/handled/", replies.handled, name="reply-handled"),
    path("mail/replies/<uuid:pk>/by-a-person/", replies.by_a_person, name="reply-by-a-person"),
    path("mail/replies/<uuid:pk>/delete/", replies.delete, name="reply-delete"),
    path("mail/replies/<uuid:pk>/delete-after/", replies.delete_after, name="reply-delete-after"),
    path("mail/replies/<uuid:pk>/files/<uuid:file>/", replies.download, name="reply-file"),
    path("mail/replies/<uuid:pk>/confirm/<uuid:suggestion>/", replies.confirm, name="reply-confirm"),
    path("mail/replies/<uuid:pk>/dismiss/<uuid:suggestion>/", replies.dismiss, name="reply-dismiss"),
    path("mail/templates/", templates.template_list, name="templates"),
    path("mail/templates/<uuid:pk>/", templates.template_page, name="template"),
    path("mail/templates/<uuid:pk>/compare/", templates.compare, name="template-compare"),
    path("mail/templates/<uuid:pk>/new/", templates.new_named, name="template-new"),
    path("mail/templates/<uuid:pk>/draft/", templates.new_draft, name="template-draft"),
    path("mail/templates/<uuid:pk>/retire/", templates.retire, name="template-retire"),
    path("mail/templates/<uuid:pk>/bring-back/", templates.bring_back, name="template-bring-back"),
    path("mail/drafts/<uuid:pk>/", drafts.editor, name="draft"),
    path("mail/drafts/<uuid:pk>/preview/", drafts.preview, name="draft-preview"),
    path("mail/drafts/<uuid:pk>/reader/", drafts.choose_reader, name="draft-reader"),
    path("mail/drafts/<uuid:pk>/discard/", drafts.discard, name="draft-discard"),
    path("mail/test-link/", drafts.test_link, name="test-link"),
    path("hooks/sparkpost/", hooks.sparkpost, name="sparkpost"),
    path("hooks/sparkpost/relay/", hooks.relay, name="relay"),
]
