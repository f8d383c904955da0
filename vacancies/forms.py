"""Forms for clients, their people and agreements, and the intake of a vacancy."""

import re
from datetime import date
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format as format_date
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from privacy.guards import REFUSALS
from privacy.identifiers import BadContact, normalise_email, normalise_phone
from privacy.models import LegitimateInterestAssessment
from privacy.words import gate
from vacancies import guarantees
from vacancies.models import (
    AGENCY_OWN_STAFF,
    ART28_ITEMS,
    Agreement,
    Client,
    ClientContact,
    ProcessingRole,
    Shared,
    Vacancy,
    VacancyAssessment,
    VacancyState,
)

MAX_UPLOAD = 10 * 1024 * 1024
ART28_WORDS = {
    "a": gettext_lazy("(a) works only on documented instructions, transfers outside the EEA included"),
    "b": gettext_lazy("(b) everybody who handles the data is bound to confidentiality"),
    "c": gettext_lazy("(c) takes the security measures of art. 32"),
    "d": gettext_lazy("(d) sub-processors only with permission, and under the same duties"),
    "e": gettext_lazy("(e) helps to answer people who use their rights"),
    "f": gettext_lazy("(f) helps with security, breaches and impact assessments (art. 32–36)"),
    "g": gettext_lazy("(g) deletes or returns everything at the end"),
    "h": gettext_lazy("(h) shows that it does all this, and allows audits"),
}
ROLE_HELP = {
    ProcessingRole.OWN: gettext_lazy("The agency searches, chooses and asks in its own way. The usual role."),
    ProcessingRole.JOINT: gettext_lazy(
        "The client helps to decide who is sought or how, for example in a shared list."
    ),
    ProcessingRole.PROCESSOR: gettext_lazy(
        "The client gives the names or works in its own system; the agency follows."
    ),
}


def role_cards() -> list[tuple[str, str]]:
    """The roles as large cards: a title line and a help line."""
    return [(role.value, f"{str(role.label).capitalize()}\n{ROLE_HELP[role]}") for role in ProcessingRole]


def date_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ClientForm(forms.ModelForm):
    """The facts of a client."""

    website = forms.URLField(label=gettext_lazy("Website"), required=False, assume_scheme="https")

    class Meta:
        model = Client
        fields = ("name", "legal_name", "sector", "place", "kvk", "website")
        help_texts = {
            "name": gettext_lazy("As people say it."),
            "legal_name": gettext_lazy("As candidates read it when they are asked for consent."),
            "sector": gettext_lazy("For example: food industry."),
            "kvk": gettext_lazy("Eight digits."),
        }
        error_messages = {
            "name": {"required": gettext_lazy("Fill in the name of the client.")},
            "legal_name": {"required": gettext_lazy("Fill in the legal name of the client.")},
            "sector": {"required": gettext_lazy("Fill in the sector.")},
        }
        widgets = {"kvk": forms.TextInput(attrs={"class": "input--short", "inputmode": "numeric"})}

    def clean_legal_name(self) -> str:
        name = str(self.cleaned_data["legal_name"])
        if Client.objects.filter(legal_name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("A client with this legal name is here already."), code="unique")
        return name

    def clean_kvk(self) -> str:
        kvk = re.sub(r"[\s.\-]", "", str(self.cleaned_data["kvk"]))
        if kvk and not re.fullmatch(r"[0-9]{8}", kvk):
            raise ValidationError(_("A Chamber of Commerce number has eight digits."))
        return kvk


class ContactForm(forms.ModelForm):
    """Somebody who works at a client."""

    class Meta:
        model = ClientContact
        fields = ("name", "job_title", "email", "phone", "language", "left_on")
        help_texts = {
            "left_on": gettext_lazy("From this day on they see nothing in the portal and get no mail."),
            "language": gettext_lazy("In which they are written to."),
        }
        error_messages = {
            "name": {"required": gettext_lazy("Fill in a name.")},
            "email": {
                "required": gettext_lazy("Fill in an e-mail address."),
                "invalid": gettext_lazy("This is not an e-mail address."),
            },
        }
        widgets = {"left_on": date_input()}

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = client
        if self.instance._state.adding:
            del self.fields["left_on"]

    def clean_email(self) -> str:
        try:
            email = normalise_email(str(self.cleaned_data["email"]))
        except BadContact as bad:
            raise ValidationError(str(bad)) from bad
        others = ClientContact.objects.filter(client=self.client, email__iexact=email).exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError(_("This client has a contact with that e-mail address already."), code="unique")
        return email

    def clean_phone(self) -> str:
        phone = str(self.cleaned_data["phone"])
        try:
            return normalise_phone(phone) if phone else ""
        except BadContact as bad:
            raise ValidationError(str(bad)) from bad


class AgreementForm(forms.ModelForm):
    """Who decides what about the data (GDPR art. 26, 28)."""

    role = forms.ChoiceField(
        label=gettext_lazy("Role of the agency"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the role of the agency.")},
    )
    art28_items = forms.MultipleChoiceField(
        label=gettext_lazy("What a processor agreement says (art. 28(3) GDPR)"),
        help_text=gettext_lazy("Tick what the signed text really says. A processor agreement needs all eight."),
        choices=list(ART28_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    upload = forms.FileField(
        label=gettext_lazy("Signed agreement"),
        help_text=gettext_lazy("A PDF of at most 10 MB. Only staff can open it."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
        required=False,
        error_messages={"empty": gettext_lazy("This file is empty.")},
    )

    class Meta:
        model = Agreement
        fields = (
            *("title", "role", "art28_items", "art26_essence", "signed_on", "valid_from", "valid_until"),
            "introduction_months",
        )
        help_texts = {
            "title": gettext_lazy("For example: processor agreement 2026."),
            "art26_essence": gettext_lazy(
                "In words candidates read on the consent page: who does what, and whom they can turn to. "
                "A joint arrangement needs it (art. 26(2) GDPR)."
            ),
            "valid_until": gettext_lazy("Leave empty when it has no end."),
            "introduction_months": gettext_lazy(
                "The term for which the client owes a fee if they hire somebody introduced to them. "
                "Where proof of introductions is kept, it goes at the end of it. Leave empty when none is agreed."
            ),
        }
        error_messages = {
            "title": {"required": gettext_lazy("Give the agreement a title.")},
            "valid_from": {"required": gettext_lazy("Fill in from which day it is valid.")},
        }
        widgets = {
            "art26_essence": forms.Textarea(attrs={"rows": 4}),
            "signed_on": date_input(),
            "valid_from": date_input(),
            "valid_until": date_input(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["role"]).choices = role_cards()

    def clean_art28_items(self) -> list[str]:
        return sorted(self.cleaned_data["art28_items"])

    def clean_signed_on(self) -> Any:
        signed_on = self.cleaned_data["signed_on"]
        if signed_on and signed_on > timezone.localdate():
            raise ValidationError(_("It cannot have been signed after today."))
        return signed_on

    def clean_upload(self) -> UploadedFile | None:
        upload: UploadedFile | None = self.cleaned_data["upload"]
        if not upload:
            return None
        if (upload.size or 0) > MAX_UPLOAD:
            raise ValidationError(
                _("The file is %(size)s; at most 10 MB fits.") % {"size": filesizeformat(upload.size or 0)}
            )
        upload.seek(0)
        head = upload.read(5)
        upload.seek(0)
        if head != b"%PDF-":
            raise ValidationError(_("This is not a PDF. Save or scan the agreement as a PDF."))
        return upload

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        starts, ends = data.get("valid_from"), data.get("valid_until")
        if starts and ends and ends < starts:
            self.add_error("valid_until", _("The agreement ends before it begins."))
        if data.get("signed_on"):
            lacking = [item for item in ART28_ITEMS if item not in data.get("art28_items", [])]
            if data.get("role") == ProcessingRole.PROCESSOR and lacking:
                letters = get_text_list([f"({item})" for item in lacking], _("and"))
                self.add_error(
                    "art28_items",
                    _("A signed processor agreement covers all eight points. Still to cover: %(letters)s.")
                    % {"letters": letters},
                )
            if data.get("role") == ProcessingRole.JOINT and not data.get("art26_essence"):
                self.add_error(
                    "art26_essence", _("A joint arrangement has an essence candidates can read (art. 26(2) GDPR).")
                )
        return data


class OwnStaffMixin(forms.ModelForm):
    """The agency is no client of its own, except for its own staff."""

    def drop_own_staff(self) -> None:
        """The question is asked only where the agency is among the clients."""
        if not Client.objects.filter(is_agency=True).exists():
            del self.fields["for_own_staff"]

    def check_own_staff(self) -> None:
        client = self.cleaned_data.get("client") or self.instance.client
        if client and client.is_agency and not self.cleaned_data.get("for_own_staff"):
            self.add_error("client" if "client" in self.cleaned_data else None, str(REFUSALS[AGENCY_OWN_STAFF]))


class VacancyForm(OwnStaffMixin):
    """The first four facts; the intake asks the rest."""

    gated_words = ("title",)

    class Meta:
        model = Vacancy
        fields = ("client", "for_own_staff", "title", "employment", "place", "team")
        help_texts = {"team": gettext_lazy("Colleagues in this team see the vacancy and its people.")}
        error_messages = {
            "client": {"required": gettext_lazy("Choose the client who gave the assignment.")},
            "title": {"required": gettext_lazy("Fill in the title of the job.")},
        }
        widgets = {"employment": forms.RadioSelect}

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.drop_own_staff()
        cast(forms.ModelChoiceField, self.fields["client"]).empty_label = str(_("Choose a client"))
        team = cast(forms.ModelChoiceField, self.fields["team"])
        team.empty_label = str(_("No team: only the owner"))
        mine = list(actor.teams.all()[:2])
        if len(mine) == 1:
            team.initial = mine[0]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        gate(self, *self.gated_words)
        if "client" not in self.errors:
            self.check_own_staff()
        return data


def _names(client: Client | None, text: str) -> bool:
    return client is not None and any(
        name.casefold() in text.casefold() for name in (client.name, client.legal_name) if name
    )


class AgreementChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Agreement) -> str:
        until = format_date(obj.valid_until, "SHORT_DATE_FORMAT") if obj.valid_until else _("no end")
        if obj.is_valid:
            return _("%(title)s: %(role)s, until %(until)s") % {
                "title": obj.title,
                "role": obj.get_role_display(),
                "until": until,
            }
        return _("%(title)s: not valid today") % {"title": obj.title}


class AssessmentChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: LegitimateInterestAssessment) -> str:
        if obj.is_standing and obj.review_on:
            return _("%(title)s, review before %(date)s") % {
                "title": obj,
                "date": format_date(obj.review_on, "SHORT_DATE_FORMAT"),
            }
        return _("%(title)s: does not stand any more") % {"title": obj}


# What is written by hand and read by people outside, or kept as evidence.
WORDS = ("assignment", "title", "purpose", "text", "role_reason", "sector_label")
CONFIRMATIONS = ("within_scope", "same_sources", "safeguards_stand")


class IntakeForm(OwnStaffMixin):
    """Everything a vacancy needs, in one form that can be saved however far it is."""

    shared = forms.MultipleChoiceField(
        label=gettext_lazy("What the client gets to see of a person"),
        help_text=gettext_lazy("Candidates are asked for exactly this, and never more is shown."),
        choices=Shared.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role of the agency for the data"), widget=forms.RadioSelect, required=False
    )
    agreement = AgreementChoice(
        label=gettext_lazy("Agreement"),
        queryset=Agreement.objects.none(),
        required=False,
        empty_label=gettext_lazy("None"),
        help_text=gettext_lazy("Needed when the client decides too."),
    )
    assessment = AssessmentChoice(
        label=gettext_lazy("Assessment"),
        queryset=LegitimateInterestAssessment.objects.none(),
        required=False,
        empty_label=gettext_lazy("None chosen yet"),
    )
    within_scope = forms.BooleanField(label=gettext_lazy("This search falls within its scope"), required=False)
    same_sources = forms.BooleanField(label=gettext_lazy("Only its sources and kinds of data are used"), required=False)
    safeguards_stand = forms.BooleanField(label=gettext_lazy("Its safeguards are in place"), required=False)

    gated_words = WORDS

    class Meta:
        model = Vacancy
        fields = (
            "client", "for_own_staff", "assignment", "assignment_on", "title", "employment", "place", "purpose", "text",
            "shared", "role", "role_reason", "agreement", "is_confidential", "sector_label", "is_public", "owner",
            "team",
        )  # fmt: skip
        labels = {
            "is_confidential": gettext_lazy("The client is confidential"),
            "is_public": gettext_lazy("Open to applicants"),
        }
        help_texts = {
            "assignment": gettext_lazy("Where it is found: an e-mail, an order, a contract; from whom."),
            "purpose": gettext_lazy("What the search is for. Candidates read it: nobody is sought 'just in case'."),
            "text": gettext_lazy("What candidates read about the job."),
            "role_reason": gettext_lazy("One sentence is enough."),
            "is_confidential": gettext_lazy(
                "The first message names only the description below, and asks only whether the person wants to talk."
            ),
            "team": gettext_lazy("Colleagues in this team see the vacancy and its people."),
        }
        error_messages = {
            "client": {"required": gettext_lazy("Choose the client who gave the assignment.")},
            "title": {"required": gettext_lazy("Fill in the title of the job.")},
            "owner": {"required": gettext_lazy("Choose who owns this vacancy.")},
        }
        widgets = {
            "assignment": forms.Textarea(attrs={"rows": 2}),
            "assignment_on": date_input(),
            "purpose": forms.Textarea(attrs={"rows": 3}),
            "text": forms.Textarea(attrs={"rows": 8}),
            "role_reason": forms.Textarea(attrs={"rows": 2}),
            "employment": forms.RadioSelect,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        vacancy = self.instance
        self.link: VacancyAssessment | None = getattr(vacancy, "assessment_link", None)
        self.drop_own_staff()
        cast(forms.ChoiceField, self.fields["role"]).choices = role_cards()
        cast(AgreementChoice, self.fields["agreement"]).queryset = Agreement.objects.filter(client=self._client_id())
        owners = User.objects.staff()
        cast(forms.ModelChoiceField, self.fields["owner"]).queryset = (
            owners | User.objects.filter(pk=vacancy.owner_id)
        ).order_by("name")
        cast(forms.ModelChoiceField, self.fields["team"]).empty_label = str(_("No team: only the owner"))
        cast(forms.ModelChoiceField, self.fields["client"]).empty_label = None
        if vacancy.state != VacancyState.DRAFT:
            self.fields["client"].disabled = True
        self._offer_assessments()

    def _client_id(self) -> UUID:
        """The client chosen in this very form counts: its agreements are the ones on offer."""
        asked = self.data.get(self.add_prefix("client"), "")
        try:
            return UUID(str(asked)) if asked and self.instance.state == VacancyState.DRAFT else self.instance.client_id
        except ValueError:
            return self.instance.client_id

    def _offer_assessments(self) -> None:
        field = cast(AssessmentChoice, self.fields["assessment"])
        offered = LegitimateInterestAssessment.objects.standing().of_searches()
        if self.link is not None:
            offered |= LegitimateInterestAssessment.objects.filter(pk=self.link.assessment_id)
            field.empty_label = None
            field.initial = self.link.assessment_id
            for name in CONFIRMATIONS:
                self.fields[name].initial = True
        field.queryset = offered.order_by("title", "-version")

    def clean_assignment_on(self) -> Any:
        day = self.cleaned_data["assignment_on"]
        if day and day > timezone.localdate():
            raise ValidationError(_("The client cannot have said so after today."))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        gate(self, *self.gated_words)
        if "client" not in self.errors:
            self.check_own_staff()
        if data.get("is_confidential") and not data.get("sector_label"):
            self.add_error("sector_label", _("Say how a confidential client is described until it is revealed."))
        elif data.get("is_confidential") and _names(data.get("client"), str(data.get("sector_label"))):
            self.add_error("sector_label", _("This description names the client."))
        if data.get("is_confidential") and data.get("is_public"):
            self.add_error("is_public", _("A vacancy with a confidential client cannot be open to applicants."))
        chosen = data.get("assessment")
        ticked = [bool(data.get(name)) for name in CONFIRMATIONS]
        if chosen and not all(ticked):
            self.add_error(
                CONFIRMATIONS[ticked.index(False)], _("Confirm all three points, or write an assessment that fits.")
            )
        elif not chosen and any(ticked) and "assessment" not in self.errors:
            self.add_error("assessment", _("Choose the assessment these points are about."))
        return data

    @property
    def vacancy_fields(self) -> dict[str, Any]:
        """The columns of the vacancy, for `services.save_intake`."""
        own = {*CONFIRMATIONS, "assessment"}
        return {name: value for name, value in self.cleaned_data.items() if name not in own}

    @property
    def newly_confirmed(self) -> LegitimateInterestAssessment | None:
        """The assessment confirmed in this form, when it is another one than the vacancy rests on already."""
        chosen: LegitimateInterestAssessment | None = self.cleaned_data.get("assessment")
        return None if chosen is None or (self.link and self.link.assessment_id == chosen.pk) else chosen

    def as_typed(self) -> Vacancy:
        """The vacancy as it would be if this form were saved now; nothing is written."""
        self.is_valid()
        vacancy = self.instance
        if "assessment" in self.cleaned_data and not self.errors.keys() & set(CONFIRMATIONS):
            chosen = self.cleaned_data["assessment"]
            if chosen is not None:
                vacancy.assessment_link = VacancyAssessment(vacancy=vacancy, assessment=chosen)
        return vacancy


class ReserveForm(forms.Form):
    """Until when somebody is to stay as runner-up."""

    until = forms.DateField(
        label=gettext_lazy("Until and including"),
        help_text=gettext_lazy("The guarantee period of the placement, as a rule. A year at most."),
        widget=date_input(),
        error_messages={
            "required": gettext_lazy("Say until when."),
            "invalid": gettext_lazy("Type a date, such as 31-12-2026."),
        },
    )

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        today = timezone.localdate()
        if not today < until <= guarantees.longest(today):
            raise forms.ValidationError(gettext_lazy("Choose a day after today and within a year."))
        return until
