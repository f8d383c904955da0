"""Forms of people about their data, and of the officer who answers."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.identifiers import BadContact, normalise_email, normalise_phone
from privacy.models.requests import RequestChannel, RequestKind
from privacy.words import WordsField


def contact_of(typed: str) -> str:
    """An e-mail address or a phone number in its one spelling; raises BadContact."""
    return normalise_email(typed) if "@" in typed else normalise_phone(typed)


def person_of(data: dict[str, Any]) -> str:
    """For whom an agent asks, in its one spelling; nothing where nobody else is asked for. Raises ValidationError."""
    typed: str = data.get("person", "")
    if not data.get("agent"):
        return ""
    if not typed:
        raise forms.ValidationError(_("Say for whom you ask: the address or number we may know them by."))
    try:
        return contact_of(typed)
    except BadContact as error:
        raise forms.ValidationError(str(error)) from error


def _kinds() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("What do you want to do?"), choices=RequestKind.choices, widget=forms.RadioSelect)


class OwnRequestForm(forms.Form):
    """A request through somebody's own link: who it is is known."""

    kind = _kinds()
    words = WordsField(
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
    agent = forms.CharField(
        label=_("Your name, if you ask for somebody else"),
        required=False,
        max_length=200,
        help_text=_("Only if this is not about your own data. We look at your mandate first."),
    )
    person = forms.CharField(
        label=_("The e-mail address or phone number of whom you ask for"), required=False, max_length=254
    )
    field_order = ["kind", "contact", "words", "agent", "person"]

    def clean_contact(self) -> str:
        try:
            return contact_of(self.cleaned_data["contact"])
        except BadContact as error:
            raise forms.ValidationError(str(error)) from error

    def clean_person(self) -> str:
        return person_of(self.cleaned_data)


class CodeForm(forms.Form):
    """The code that came in the same message as the link."""

    code = forms.CharField(
        label=_("The six digits in our message"),
        max_length=12,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "input--short input--mono"}
        ),
    )


class LogRequestForm(forms.Form):
    """A request that came by phone, letter or mail, noted by staff."""

    kind = forms.ChoiceField(label=_("What was asked"), choices=RequestKind.choices)
    channel = forms.ChoiceField(
        label=_("How it came"),
        choices=[
            choice for choice in RequestChannel.choices if choice[0] not in (RequestChannel.LINK, RequestChannel.FORM)
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
    words = WordsField(
        label=_("In their own words"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    agent = forms.CharField(
        label=_("Who asks for them, if it is somebody else"),
        required=False,
        max_length=200,
        help_text=_("A lawyer, a family member, a company that sends requests. The mandate is looked at first."),
    )
    person = forms.CharField(label=_("For whom: their e-mail address or phone number"), required=False, max_length=254)

    def clean_person(self) -> str:
        return person_of(self.cleaned_data)

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
