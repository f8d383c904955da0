"""Why somebody is kept longer than the clocks would, and until when."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.models.retention import LONGEST_HOLD, HoldGround
from privacy.words import WordsField


class HoldForm(forms.Form):
    """A hold as it is asked for; a second person approves it."""

    ground = forms.ChoiceField(label=_("On which ground"), choices=HoldGround.choices, widget=forms.RadioSelect)
    reason = WordsField(
        label=_("Why"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For the second person and for whoever looks later. The person sees the ground and the end date."),
        error_messages={"required": _("Say why these data must be kept.")},
    )
    until = forms.DateField(
        label=_("Until and including"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("It ends by itself after this day. At most a year from now; after that it can be asked for again."),
        error_messages={"required": _("Choose the last day."), "invalid": _("Enter a date such as 2027-03-31.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.fields["until"].widget.attrs.update(
            min=(today + timedelta(days=1)).isoformat(), max=(today + LONGEST_HOLD).isoformat()
        )

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        today = timezone.localdate()
        if until <= today:
            raise forms.ValidationError(_("Choose a day after today."))
        if until > today + LONGEST_HOLD:
            raise forms.ValidationError(_("Choose a day within a year from now."))
        return until
