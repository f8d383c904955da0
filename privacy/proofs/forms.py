"""What is asked before proof of introductions is kept, and before one is opened."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from privacy.models import LegitimateInterestAssessment
from privacy.models.proofs import LONGEST_MONTHS
from privacy.words import WordsField

USUAL_MONTHS = 12


class RuleForm(forms.Form):
    """For how long, and on which assessment."""

    months = forms.IntegerField(
        label=_("Months after the introduction"),
        help_text=_("No longer than the term in your contracts with clients. An agreement may name a shorter one."),
        min_value=1,
        max_value=LONGEST_MONTHS,
        initial=USUAL_MONTHS,
        error_messages={
            "required": _("Fill in for how many months."),
            "invalid": _("Fill in a number of months, such as 12."),
            "min_value": _("At least one month."),
            "max_value": _("At most 36 months."),
        },
    )
    assessment = forms.ModelChoiceField(
        label=_("Assessment"),
        help_text=_("One that is about keeping proof of introductions, approved by somebody else than its author."),
        queryset=LegitimateInterestAssessment.objects.none(),
        error_messages={
            "required": _("Choose the assessment it rests on."),
            "invalid_choice": _("This assessment does not stand: it was withdrawn, or its review date has passed."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["assessment"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (declared so above)
        field.queryset = LegitimateInterestAssessment.objects.standing().of_proofs().order_by("title", "-version")


class AskForm(forms.Form):
    """Why a proof has to be opened."""

    reason = WordsField(
        label=_("Why it has to be opened"),
        help_text=_("Which dispute, and what the proof is needed for. Who approves reads this."),
        max_length=2000,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why this proof has to be opened.")},
    )

    def clean_reason(self) -> str:
        reason = str(self.cleaned_data["reason"])
        if len(reason.split()) < 2:
            raise ValidationError(_("Say it in a few words, so that somebody else can judge it."))
        return reason
