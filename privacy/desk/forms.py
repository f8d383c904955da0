"""Forms of an officer who handles a request."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from privacy.desk import identity
from privacy.desk.deciding import HOLD_GONE
from privacy.desk.telling import BY_HAND
from privacy.guards import REFUSALS
from privacy.models import DataRequest
from privacy.models.handling import EXTENSION_GROUNDS, REFUSAL_GROUNDS
from privacy.models.requests import Result
from privacy.words import WordsField

BY_MAIL = ("", _("by e-mail"))


def _words(label: Any, help_text: Any = "", rows: int = 4) -> forms.CharField:
    return WordsField(label=label, max_length=5000, help_text=help_text, widget=forms.Textarea(attrs={"rows": rows}))


def _channel(request: DataRequest) -> forms.ChoiceField:
    ways = [*BY_HAND.items()]
    choices = [BY_MAIL, *ways] if "@" in request.contact else ways
    return forms.ChoiceField(label=_("How they hear it"), choices=choices, required=False)


class AnswerForm(forms.Form):
    """What was done, in the words the person reads, and how they hear it."""

    result = forms.ChoiceField(
        label=_("What became of it"),
        choices=[choice for choice in Result.choices if choice[0] != Result.REFUSED],
        initial=Result.DONE,
    )
    outcome = _words(_("What was done"), _("The person reads this as you write it."))

    def __init__(self, *args: Any, request: DataRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"] = _channel(request)


class ExtendForm(forms.Form):
    """Two months longer, with the reasons the person reads (GDPR art. 12(3))."""

    ground = forms.ChoiceField(label=_("Because"), choices=[(one.value, one.label) for one in EXTENSION_GROUNDS])
    reasons = _words(_("Reasons"), _("Why this request takes longer. The person reads this."), rows=3)


class RefuseForm(forms.Form):
    """A refusal, with the reasons the person reads (GDPR art. 12(4)-(5))."""

    ground = forms.ChoiceField(label=_("Ground"), choices=[(one.value, one.label) for one in REFUSAL_GROUNDS])
    reasons = _words(_("Reasons"), _("Why we do not do it. The person reads this; where to complain comes by itself."))


class ProposedRefusalForm(forms.Form):
    """A refusal the desk proposes: its words, which may be changed, the holds it rests on, and how they hear it."""

    holds = forms.CharField(widget=forms.HiddenInput)
    reasons = _words(_("Reasons"), _("The person reads this; where to complain comes by itself."))

    def __init__(self, *args: Any, request: DataRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"] = _channel(request)

    def clean_holds(self) -> list[UUID]:
        try:
            return [UUID(one) for one in str(self.cleaned_data["holds"]).split()]
        except ValueError:
            raise forms.ValidationError(str(REFUSALS[HOLD_GONE])) from None


class DoubtForm(forms.Form):
    """More is asked to know who asks, because of a doubt (GDPR art. 12(6))."""

    doubt = _words(_("Why there is a doubt"), _("The person reads this."), rows=2)
    asked = _words(
        _("What you ask"),
        _("Never an identity document, a copy of one or a citizen service number: that is refused here."),
        rows=2,
    )

    def clean_asked(self) -> str:
        asked: str = self.cleaned_data["asked"]
        if identity.asks_for_document(asked):
            raise forms.ValidationError(str(REFUSALS[identity.NO_COPY]))
        return asked


class MandateForm(forms.Form):
    """Whether somebody may ask for somebody else."""

    looked_at = _words(_("What you looked at"), _("For example: a signed mandate of 3 November, for this person."), 2)


class GroupAnswerForm(forms.Form):
    """One text for several people, each answered in a message of their own."""

    outcome = _words(_("Answer"), _("Each gets this in a message of their own."), rows=3)
