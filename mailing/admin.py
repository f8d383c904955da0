"""Templates, the outbox, and what the provider reported."""

from typing import cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from mailing import logos
from mailing.models import (
    Attachment,
    InboundBatch,
    InboundFile,
    InboundMail,
    Logo,
    Mailbox,
    MailboxFind,
    MailboxSweep,
    MailboxWatch,
    MailEvent,
    Message,
    MessageMark,
    OutgoingStop,
    ProviderMail,
    ProviderStream,
    QueuePause,
    RetiredTemplate,
    StoredFile,
    Suggestion,
    TemplateVersion,
    Unfollowed,
    WebhookBatch,
)
from privacy.admin import ReadOnlyAdmin, WatsonAdmin
from privacy.guards import Refused


@admin.register(TemplateVersion)
class TemplateVersionAdmin(ReadOnlyAdmin):
    # Written, checked and published at the desk, under Mail, Templates.
    list_display = ["kind", "language", "name", "version", "author", "published_at", "published_by"]
    list_filter = ["kind", "language"]
    list_select_related = ["author", "published_by"]
    search_fields = ["kind", "name", "subject_line"]


@admin.register(RetiredTemplate)
class RetiredTemplateAdmin(ReadOnlyAdmin):
    list_display = ["kind", "language", "name", "at", "by"]
    list_select_related = ["by"]


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "kind", "channel", "to_name", "state", "reason"]
    list_filter = ["state", "kind", "channel"]
    search_fields = ["to_name", "to_email", "=id", "=transmission_id"]
    # A password reset holds the way into an account; every other text is on its page at the desk.
    exclude = ["body_text", "body_html"]
    ordering = ["-created_at"]


@admin.register(WebhookBatch)
class WebhookBatchAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "events", "set_aside", "taken_in_at"]
    ordering = ["-received_at"]


@admin.register(MessageMark)
class MessageMarkAdmin(ReadOnlyAdmin):
    list_display = ["message_id", "state", "created_at", "not_before", "claimed_at", "handled_at"]
    list_filter = ["state"]
    search_fields = ["=message__id"]


@admin.register(ProviderMail)
class ProviderMailAdmin(ReadOnlyAdmin):
    list_display = ["provider_message_id", "message_id"]
    search_fields = ["=provider_message_id", "=message__id"]


@admin.register(MailEvent)
class MailEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "type", "message_id", "bounce_class", "is_prefetched"]
    list_filter = ["type"]
    search_fields = ["=event_id", "=transmission_id", "=message__id"]
    ordering = ["-at"]


@admin.register(Unfollowed)
class UnfollowedAdmin(ReadOnlyAdmin):
    list_display = ["subject", "at"]
    ordering = ["-at"]


@admin.register(InboundBatch)
class InboundBatchAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "mails", "set_aside", "attempts", "taken_in_at", "stuck_at"]
    exclude = ["body"]
    ordering = ["-received_at"]


@admin.register(InboundMail)
class InboundMailAdmin(ReadOnlyAdmin):
    list_display = ["sent_at", "kind", "found_by", "other_address", "erase_on", "handled_at"]
    list_filter = ["kind", "found_by"]
    search_fields = ["=id", "=from_email"]
    # What somebody wrote to a colleague is on its page at the desk, where looking is noted.
    exclude = ["text", "quoted"]
    ordering = ["-sent_at"]


@admin.register(InboundFile)
class InboundFileAdmin(ReadOnlyAdmin):
    list_display = ["mail_id", "content_type", "size", "set_aside"]
    list_filter = ["set_aside"]
    exclude = ["body"]


@admin.register(Suggestion)
class SuggestionAdmin(ReadOnlyAdmin):
    list_display = ["mail_id", "kind", "settled_at", "confirmed"]
    list_filter = ["kind", "confirmed"]


@admin.register(ProviderStream)
class ProviderStreamAdmin(ReadOnlyAdmin):
    list_display = ["name", "sure_until", "looked_at", "trouble", "webhook_at"]


@admin.register(OutgoingStop)
class OutgoingStopAdmin(ReadOnlyAdmin):
    list_display = ["made_at", "subject"]
    exclude = ["address"]
    ordering = ["made_at"]


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    list_display = ["added_at", "content_type", "size", "sha256"]
    exclude = ["body"]
    ordering = ["-added_at"]


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin):
    list_display = ["message_id", "file_id", "content_id"]


class LogoForm(forms.ModelForm):
    """A picture to choose; how large it is shown follows from it."""

    picture = forms.FileField(
        label=_("picture"),
        help_text=_("PNG, JPEG or GIF, at most 50 KB. Shown at most 240 by 64 pixels at the head of every mail."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/gif"}),
    )

    class Meta:
        model = Logo
        fields: tuple[str, ...] = ()

    def clean_picture(self) -> bytes:
        # One byte more tells that it is too large; the rest need not be read.
        content: bytes = self.cleaned_data["picture"].read(logos.MOST_BYTES + 1)
        try:
            logos.read(content)
        except Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        return content


@admin.register(Logo)
class LogoAdmin(WatsonAdmin):
    # Without one, mail goes as it went; deleting it takes it out of mail to come.
    form = LogoForm
    list_display = ["file_id", "width", "height"]
    fields = ["picture"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not Logo.objects.exists()

    def save_model(self, request: HttpRequest, obj: Logo, form: LogoForm, change: bool) -> None:
        chosen = logos.choose(form.cleaned_data["picture"], actor=cast(User, request.user))
        obj.pk, obj.file = chosen.pk, chosen.file


@admin.register(QueuePause)
class QueuePauseAdmin(WatsonAdmin):
    list_display = ["code", "since", "until"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Mailbox)
class MailboxAdmin(ReadOnlyAdmin):
    # Linked and unlinked at the desk, where what opens it is sealed.
    list_display = ["address", "owner", "kind", "mode", "checked_at", "trouble"]
    list_select_related = ["owner"]
    exclude = ["secret"]


@admin.register(MailboxSweep)
class MailboxSweepAdmin(ReadOnlyAdmin):
    list_display = ["erasure", "owner", "state", "removed", "kept", "searched_at", "verified_at"]
    list_select_related = ["owner", "erasure"]


@admin.register(MailboxFind)
class MailboxFindAdmin(ReadOnlyAdmin):
    list_display = ["sweep", "decision", "decided_at", "decided_by"]
    list_select_related = ["sweep", "decided_by"]
    exclude = ["body"]


@admin.register(MailboxWatch)
class MailboxWatchAdmin(ReadOnlyAdmin):
    list_display = ["mailbox", "looked_at"]
    list_select_related = ["mailbox"]
