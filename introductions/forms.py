"""Forms of introducing, and of the portal."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from introductions import placements
from introductions.models import VERDICTS, Introduction, Placement
from privacy.words import WordsField
from vacancies.models import ClientContact, Shared

WORDS = 4000


class ContactsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}, {obj.job_title}" if obj.job_title else str(obj.name)


class RecipientsForm(forms.Form):
    """Who at the client may see somebody who was introduced already."""

    contacts = ContactsField(
        label=_("Who may see this person"),
        queryset=ClientContact.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose who at the client may see this person.")},
    )

    def __init__(self, *args: Any, contacts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choosable = contacts
        cast(ContactsField, self.fields["contacts"]).queryset = contacts


class IntroduceForm(RecipientsForm):
    """Everything one introduction needs: to whom, what is shown, and the recruiter's words."""

    shared = forms.MultipleChoiceField(
        label=_("What they get to see"),
        help_text=_("Only what the person said yes to can be chosen."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what they get to see.")},
    )
    words = WordsField(
        label=_("Words to the client"),
        help_text=_("The client reads them beside the person. The person may ask to read them too."),
        required=False,
        max_length=WORDS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, shared: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        only = list(self.choosable[:2])
        if len(only) == 1:
            self.fields["contacts"].initial = [contact.pk for contact in only]
        field = cast(forms.MultipleChoiceField, self.fields["shared"])
        field.choices = [(code, label) for code, label in Shared.choices if code in shared]
        field.initial = shared


class FeedbackForm(forms.Form):
    """What a client contact thinks of a person introduced to them."""

    verdict = forms.ChoiceField(
        label=_("Your answer"),
        choices=VERDICTS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer.")},
    )
    words = WordsField(
        label=_("In your own words"), required=False, max_length=WORDS, widget=forms.Textarea(attrs={"rows": 4})
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("verdict") == "question" and not data.get("words") and "words" not in self.errors:
            self.add_error("words", _("Type your question."))
        return data


class PlacementForm(forms.ModelForm):
    """The billing record of a placement: dates, fee, invoice."""

    class Meta:
        model = Placement
        fields = ["start_on", "guarantee_until", "fee_kind", "fee", "invoice_number"]
        widgets = {
            name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d") for name in ("start_on", "guarantee_until")
        }
        help_texts = {
            "fee": _("What is invoiced, not what they earn."),
            "invoice_number": _("May follow later."),
            "guarantee_until": _("Runners-up can be asked to stay until this day."),
        }
        error_messages = {"start_on": {"required": _("Say on which day they begin.")}}


class BooksForm(forms.Form):
    """Why a list of placements leaves Watson."""

    reason = forms.ChoiceField(
        label=_("What for"),
        choices=[("", _("Choose")), *placements.REASONS.items()],
        error_messages={"required": _("Say what the list is for.")},
    )


class DoorForm(forms.Form):
    """Where a new link goes."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Fill in your e-mail address."), "invalid": _("This is not an e-mail address.")},
    )


def form_for(
    earlier: Introduction | None, data: Any, *, contacts: Any, shared: list[str]
) -> IntroduceForm | RecipientsForm:
    """The form of a first introduction, or of adding contacts to one that was made on the same yes."""
    if earlier is not None:
        return RecipientsForm(data, contacts=contacts.exclude(received__introduction=earlier))
    return IntroduceForm(data, contacts=contacts, shared=shared)
