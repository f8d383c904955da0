"""Forms on the pages behind the links."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class OwnInterestForm(forms.Form):
    """'I am still interested': the person's own details start anew; an e-mail address is never compulsory."""

    name = forms.CharField(label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("Your e-mail address"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = forms.CharField(
        label=_("Your phone number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("email") and not data.get("phone"):
            raise forms.ValidationError(_("Fill in an e-mail address or a phone number, so that we can reach you."))
        return data
