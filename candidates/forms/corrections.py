"""What should be otherwise about a person, as they or an officer type it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from candidates.models.corrections import WAYS, Fact

_AUTOCOMPLETE = {
    Fact.GIVEN_NAME: "given-name",
    Fact.SURNAME: "family-name",
    Fact.JOB_TITLE: "organization-title",
    Fact.EMPLOYER: "organization",
    Fact.PLACE: "address-level2",
    Fact.EMAIL: "email",
    Fact.PHONE: "tel",
}

LENGTH = {
    Fact.GIVEN_NAME: 100,
    Fact.INITIALS: 30,
    Fact.INFIX: 30,
    Fact.SURNAME: 120,
    Fact.JOB_TITLE: 200,
    Fact.EMPLOYER: 200,
    Fact.PLACE: 120,
}


class CorrectionForm(forms.Form):
    """Each fact with what we have now; what is changed is proposed.

    `masked`: addresses and numbers stay empty and are only filled in to give a new one.
    """

    def __init__(self, data: Any = None, *, held: Mapping[str, str], masked: bool) -> None:
        super().__init__(data, prefix="fact")
        self.held, self.masked = held, masked
        for fact in Fact:
            hidden = masked and fact in WAYS
            self.fields[fact.value] = forms.CharField(
                label=_("New %(fact)s") % {"fact": fact.label} if hidden else capfirst(fact.label),
                required=False,
                max_length=500 if fact in WAYS else LENGTH[fact],
                initial="" if hidden else held.get(fact.value, ""),
                widget=forms.TextInput(attrs={"autocomplete": _AUTOCOMPLETE.get(fact, "off")}),
            )

    @property
    def changes(self) -> dict[str, str]:
        """What differs from what we have; an empty new address changes nothing."""
        wanted = {name: value for name, value in self.cleaned_data.items() if value or not self._is_masked(name)}
        return {name: value for name, value in wanted.items() if value != self.held.get(name, "")}

    def clean(self) -> dict[str, str]:
        data: dict[str, str] = super().clean() or {}
        if not self.errors and not self.changes:
            raise forms.ValidationError(_("Change what is wrong: nothing is different yet."))
        return data

    def _is_masked(self, name: str) -> bool:
        return self.masked and name in WAYS
