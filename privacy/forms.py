"""Forms of people about their data, and of the officer who answers."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.identifiers import BadContact, normalise_email, normalise_phone
from privacy.models import DataRequest
from privacy.models.requests import RequestChannel, RequestKind


def contact_of(typed: str) -> str:
    """An e-mail address or a phone number in its one spelling; raises BadContact."""
    return normalise_email(typed) if "@" in typed else normalise_phone(typed)


def _kinds() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("What do you want to do?"), choices=RequestKind.choices, widget=forms.RadioSelect)


class OwnRequestForm(forms.Form):
    """A request through somebody's own link: who it is is known."""

    kind = _kinds()
    words = forms.CharField(
        label=_("Anything you want to add"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Never send a copy of your passport or your citizen service number."),
    )


class PublicRequestForm(OwnRequestForm):
    """A request through the public form: without an account, by anybody."""

    contact = forms.CharField(
        label=_("Your e-mail address or phone number"),
        max_length=254,
        help_text=_("Use the address we wrote to, if you have it: then we know it is you."),
        widget=forms.TextInput(attrs={"autocomplete": "email"}),
    )
    field_order = ["kind", "contact", "words"]

    def clean_contact(self) -> str:
        try:
            return contact_of(self.cleaned_data["contact"])
        except BadContact as error:
            raise forms.ValidationError(str(error)) from error


class LogRequestForm(forms.Form):
    """A request that came by phone, letter or mail, noted by staff."""

    kind = forms.ChoiceField(label=_("What was asked"), choices=RequestKind.choices)
    channel = forms.ChoiceField(
        label=_("How it came"),
        choices=[
            choice
            for choice in RequestChannel.choices
            if choice[0] in (RequestChannel.MAIL, RequestChannel.PHONE, RequestChannel.LETTER)
        ],
    )
    contact = forms.CharField(
        label=_("Where the answer goes"),
        max_length=254,
        help_text=_("An e-mail address, a phone number, or the postal address on the letter."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        label=_("Language of the receipt"), choices=[("nl", _("Dutch")), ("en", _("English"))], initial="nl"
    )
    received_at = forms.DateTimeField(
        label=_("When it reached us"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Any address or phone of the agency counts, also a colleague's."),
    )
    words = forms.CharField(
        label=_("In their own words"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_contact(self) -> str:
        contact: str = self.cleaned_data["contact"]
        try:
            return contact_of(contact)
        except BadContact as error:
            # Whoever writes a letter need not have a mailbox or a phone.
            if "@" not in contact and self.cleaned_data.get("channel") == RequestChannel.LETTER:
                return contact
            raise forms.ValidationError(str(error)) from error

    def clean_received_at(self) -> datetime:
        received: datetime = self.cleaned_data["received_at"]
        if received > timezone.now():
            raise forms.ValidationError(_("A request cannot have been received in the future."))
        return received


class AnswerForm(forms.ModelForm):
    """What was done about a request."""

    class Meta:
        model = DataRequest
        fields = ["outcome"]
        widgets = {"outcome": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].required = True
