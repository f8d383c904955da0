"""Forms on the pages behind the links."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from privacy.identifiers import BadContact, normalise_email, normalise_phone


class OwnInterestForm(forms.Form):
    """'I am still interested': the person's own details start anew; an e-mail address is never compulsory."""

    name = forms.CharField(label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.CharField(
        label=_("Your e-mail address"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = forms.CharField(
        label=_("Your phone number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not any(letter.isalpha() for letter in name):
            raise forms.ValidationError(_("Type your name in letters."))
        return name

    def clean_email(self) -> str:
        return _usable(normalise_email, self.cleaned_data["email"])

    def clean_phone(self) -> str:
        return _usable(normalise_phone, self.cleaned_data["phone"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("email") and not data.get("phone"):
            raise forms.ValidationError(_("Fill in an e-mail address or a phone number, so that we can reach you."))
        return data


def _usable(normalise: Callable[[str], str], typed: str) -> str:
    """The one spelling of an address, or its own sentence about what is wrong with it, at the field."""
    if not typed:
        return ""
    try:
        return normalise(typed)
    except BadContact as error:
        raise forms.ValidationError(str(error)) from error
