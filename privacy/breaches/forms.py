"""Reporting a breach, and what is decided about it."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.models import Breach
from privacy.models.breaches import TERM, Notify
from privacy.words import WordsField

MOMENT = {"type": "datetime-local"}
FORMAT = "%Y-%m-%dT%H:%M"


class ReportForm(forms.Form):
    """What happened, and since when it is known."""

    what = WordsField(
        label=_("What happened"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("For instance: a mail with a CV went to the wrong client. Leave names out; say how many people."),
        error_messages={"required": _("Say in a few words what happened.")},
    )
    aware_at = forms.DateTimeField(
        label=_("Known since"),
        widget=forms.DateTimeInput(attrs=MOMENT, format=FORMAT),
        help_text=_("The moment somebody of us saw it. The law counts 72 hours from then, nights and weekends too."),
        error_messages={"required": _("Say since when it is known."), "invalid": _("Choose a day and a time.")},
    )

    def clean_aware_at(self) -> datetime:
        return _past(self.cleaned_data["aware_at"])


class DecideForm(forms.Form):
    """Whether the authority is told."""

    notify = forms.ChoiceField(
        label=_("Decision"),
        choices=Notify.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether the authority is told.")},
    )
    reason = WordsField(
        label=_("Why"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The authority may ask for this, also when it is not told (GDPR art. 33(5))."),
        error_messages={"required": _("Say why.")},
    )


class NotifiedForm(forms.Form):
    """The authority was told."""

    at = forms.DateTimeField(
        label=_("Told on"),
        widget=forms.DateTimeInput(attrs=MOMENT, format=FORMAT),
        error_messages={"required": _("Say when."), "invalid": _("Choose a day and a time.")},
    )
    reference = forms.CharField(label=_("Reference of the authority"), max_length=60, required=False)
    late_reason = WordsField(
        label=_("Why later than 72 hours"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, breach: Breach, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.breach = breach

    def clean_at(self) -> datetime:
        at = _past(self.cleaned_data["at"])
        if at < self.breach.aware_at:
            raise forms.ValidationError(_("That is before it was known."))
        return at

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        at = data.get("at")
        if at is not None and at > self.breach.aware_at + TERM and not data.get("late_reason"):
            self.add_error("late_reason", _("That is later than 72 hours. Say why."))
        return data


def _past(moment: datetime) -> datetime:
    if moment > timezone.now():
        raise forms.ValidationError(_("This moment is still to come."))
    return moment
