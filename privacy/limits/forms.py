"""Why somebody's data may only be kept, and how they are told that this ends."""

from datetime import datetime

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.models.restrictions import LiftReason, RestrictionGround, ToldHow


class RestrictForm(forms.Form):
    """Why the use is limited."""

    ground = forms.ChoiceField(label=_("Why"), choices=RestrictionGround.choices, widget=forms.RadioSelect)


class TellForm(forms.Form):
    """Why it is lifted, and how the person hears of it before that."""

    reason = forms.ChoiceField(label=_("Why the data are used again"), choices=LiftReason.choices)
    how = forms.ChoiceField(label=_("How the person hears it"), choices=ToldHow.choices, widget=forms.RadioSelect)
    told_at = forms.DateTimeField(
        label=_("When you told it"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Only when you told it by phone or letter; a mail counts from when it leaves."),
    )

    def clean_told_at(self) -> datetime | None:
        told: datetime | None = self.cleaned_data["told_at"]
        if self.cleaned_data.get("how") in (ToldHow.PHONE, ToldHow.LETTER):
            if told is None:
                raise forms.ValidationError(_("Say when you told it."))
            if told > timezone.now():
                raise forms.ValidationError(_("This moment is still to come."))
        return told
