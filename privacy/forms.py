"""Forms of people about their data, and of the officer who answers."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.identifiers import BadContact, normalise_email, normalise_phone
from privacy.models import DataRequest
from privacy.models.requests import RequestChannel, RequestKind


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
        contact = self.cleaned_data["contact"].strip()
        try:
            return normalise_email(contact) if "@" in contact else normalise_phone(contact)
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
    contact = forms.CharField(label=_("E-mail address or phone number of the person"), max_length=254)
    received_at = forms.DateTimeField(
        label=_("When it reached us"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Any address or phone of the agency counts, also a colleague's."),
    )
    words = forms.CharField(label=_("In their own words"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    clean_contact = PublicRequestForm.clean_contact

    def clean_received_at(self) -> Any:
        received = self.cleaned_data["received_at"]
        if received > timezone.now():
            raise forms.ValidationError(_("A request cannot have been received in the future."))
        return received


class AnswerForm(forms.ModelForm):  # type: ignore[type-arg]
    """What was done about a request."""

    class Meta:
        model = DataRequest
        fields = ["outcome"]
        widgets = {"outcome": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].required = True
