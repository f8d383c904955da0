"""Forms for a legitimate-interest assessment."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.governance.services import LONGEST, WRITTEN
from privacy.models import LegitimateInterestAssessment

HELP = {
    "about": _("A vacancy rests on one about searches, and sealed proof of introductions on one about that alone."),
    "title": _("For example: directors and senior managers in food and agriculture."),
    "scope": _("Which jobs, sectors and countries. A vacancy may rest on it only inside these words."),
    "interest": _("A real, present and lawful interest: the client's, the agency's, perhaps the candidate's own."),
    "necessity": _("Could an advertisement, fewer people or fewer facts reach the same?"),
    "sources": _("Name each source. Somebody 'open to work' on a professional network expects to be found there."),
    "categories": _("For example: name, job, employer, public contact details. No photos, no private pages."),
    "balance": _("What they notice of it, what could go wrong, and whether they would be surprised."),
    "safeguards": _("For example: told within a month, one message, stop in every message, erased after 28 days."),
    "outcome": _("Why the interest does, or does not, outweigh."),
}
LONG = {"scope": 3, "interest": 4, "necessity": 4, "sources": 4, "categories": 3, "balance": 4, "safeguards": 4}


class AssessmentForm(forms.ModelForm):
    """The three steps. A draft may be saved with only a title; approval asks for every answer."""

    class Meta:
        model = LegitimateInterestAssessment
        fields = WRITTEN
        help_texts = HELP
        widgets = {
            **{name: forms.Textarea(attrs={"rows": rows}) for name, rows in LONG.items()},
            "outcome": forms.Textarea(attrs={"rows": 3}),
        }
        error_messages = {"title": {"required": _("Name the kind of search.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.required = name == "title"
        if self.instance.version > 1:
            self.fields["about"].disabled = True
            # The versions of one kind of search are kept together by its name.
            self.fields["title"].disabled = True

    def clean_about(self) -> str:
        return str(self.cleaned_data["about"] or self.instance.about)

    def clean_title(self) -> str:
        title = str(self.cleaned_data["title"])
        others = LegitimateInterestAssessment.objects.filter(title__iexact=title).exclude(title=self.instance.title)
        if self.instance._state.adding:
            others = LegitimateInterestAssessment.objects.filter(title__iexact=title)
        if others.exists():
            raise ValidationError(
                _("There is an assessment of this kind of search already. Open it and make a new version."),
                code="unique",
            )
        return title


class ApproveForm(forms.Form):
    """When the assessment must be looked at again."""

    review_on = forms.DateField(
        label=_("Review before"),
        help_text=_("At most a year from now. After this date nobody new can be sourced on it."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Choose the date of the next review."),
            "invalid": _("Enter a date such as 2027-03-31."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        widget = self.fields["review_on"].widget
        widget.attrs["min"] = (today + timedelta(days=1)).isoformat()
        widget.attrs["max"] = (today + LONGEST).isoformat()
        self.fields["review_on"].initial = today + LONGEST

    def clean_review_on(self) -> Any:
        review_on, today = self.cleaned_data["review_on"], timezone.localdate()
        if review_on <= today:
            raise ValidationError(_("Choose a date after today."))
        if review_on > today + LONGEST:
            raise ValidationError(_("Choose a date at most a year from now."))
        return review_on
