"""What a colleague types to link a mailbox, and decides about mail in it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from mailing.mailboxes import oauth
from mailing.models import FindDecision, Mailbox, MailboxMode, MailboxSecurity, MailboxWay
from privacy.identifiers import BadContact, normalise_email

#: At which field a failure of the connection is told; everywhere else it is told above the form.
FIELD_OF = {
    "refused": "secret",
    "revoked": "secret",
    "unknown_host": "host",
    "inside": "host",
    "port": "port",
    "no_tls": "security",
    "certificate": "host",
    "no_bin": "mode",
    "no_token_server": "way",
}


def mode_to_begin_with(otherwise: str) -> str:
    """What the organisation has chosen for newly linked mailboxes, else what suits this kind."""
    return Organisation.current().mailbox_mode or otherwise


class ModeForm(forms.Form):
    """What happens to mail of somebody who is erased."""

    mode = forms.ChoiceField(
        label=_("Mail of somebody who is erased"), choices=MailboxMode.choices, widget=forms.RadioSelect
    )


class ImapForm(ModeForm):
    """A mailbox on any IMAP server."""

    field_order = ["address", "host", "port", "security", "login", "way", "secret", "mode"]

    address = forms.CharField(
        label=_("E-mail address"), max_length=254, widget=forms.TextInput(attrs={"autocomplete": "email"})
    )
    host = forms.CharField(
        label=_("IMAP server"), max_length=253, widget=forms.TextInput(attrs={"placeholder": "imap.example.com"})
    )
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=993)
    security = forms.ChoiceField(label=_("Encryption"), choices=MailboxSecurity.choices, initial=MailboxSecurity.TLS)
    login = forms.CharField(
        label=_("User name"), max_length=254, required=False, help_text=_("Only where it is not the e-mail address.")
    )
    way = forms.ChoiceField(
        label=_("Sign in with"), choices=MailboxWay.choices, initial=MailboxWay.PASSWORD, widget=forms.RadioSelect
    )
    secret = forms.CharField(
        label=_("App password, or refresh token"),
        max_length=4000,
        strip=True,
        help_text=_("It is sealed at once and never shown again. Use one that was made for Watson alone."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mode"].initial = mode_to_begin_with(MailboxMode.PURGE)
        self.fields["mode"].help_text = _("Choose the bin only where the server empties it by itself within 30 days.")

    def clean_address(self) -> str:
        try:
            address = normalise_email(self.cleaned_data["address"])
        except BadContact as error:
            raise forms.ValidationError(str(error)) from error
        if Mailbox.objects.filter(address=address).exists():
            raise forms.ValidationError(_("This mailbox is linked already."))
        return address

    def clean_host(self) -> str:
        host: str = self.cleaned_data["host"].strip().lower().rstrip(".")
        if not host or any(one.isspace() or one in "/:@" for one in host):
            raise forms.ValidationError(_("This is not the name of a server."))
        return host


class DelegatedForm(ModeForm):
    """A colleague whose address an administrator allowed for delegation."""

    owner = forms.ModelChoiceField(label=_("Colleague"), queryset=User.objects.none())
    field_order = ["owner", "mode"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        linked = Mailbox.objects.values("address")
        staff = User.objects.staff().filter(email__in=oauth.delegable()).exclude(email__in=linked)
        self.fields["owner"].queryset = staff.order_by("name")  # type: ignore[attr-defined]
        self.fields["mode"].initial = mode_to_begin_with(MailboxMode.TRASH)


class LookForm(forms.Form):
    """Which of the mails go, and why the others stay."""

    going = forms.MultipleChoiceField(required=False)
    otherwise = forms.ChoiceField(
        label=_("What is not ticked stays, because"),
        choices=[
            (FindDecision.OTHER.value, _("it is about somebody else")),
            (FindDecision.CLAIM.value, _("it is needed for a legal claim (GDPR art. 17(3)(e))")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say why the mails that are not ticked stay.")},
    )

    def __init__(self, *args: Any, rows: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        self.fields["going"].choices = [(row, row) for row in rows]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not set(self.rows) - set(data.get("going", ())):
            # Nothing stays, so that nothing needs a reason.
            self.errors.pop("otherwise", None)
            data["otherwise"] = FindDecision.OTHER.value
        return data
