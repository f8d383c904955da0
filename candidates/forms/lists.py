"""Keeping a view of a list, and taking a list along."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from privacy.words import WordsField


class ViewForm(forms.Form):
    """A name for the list as it is, and perhaps a team to share it with."""

    name = WordsField(label=_("Name of this view"), max_length=60)
    team = forms.ModelChoiceField(
        Team.objects.none(), label=_("Share with"), required=False, empty_label=_("Only for me")
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.filter(members=user)  # type: ignore[attr-defined]


class ExportForm(forms.Form):
    """Why a list is taken along, and whether ways to reach people go with it."""

    reason = WordsField(
        label=_("What is the file for?"),
        min_length=8,
        max_length=300,
        help_text=_("It is logged with your name and who is in the file. People may ask who took their data along."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    with_contacts = forms.BooleanField(
        label=_("With e-mail addresses, phone numbers and profile pages"), required=False
    )
