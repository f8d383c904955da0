"""Add somebody; import a list; correct a person's own facts."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from candidates.contact import BadContact, kind_of, normalise, normalise_url, source_type_for
from candidates.models import Candidate, ContactGround, ContactKind, SourceType
from candidates.names import split_name
from candidates.services import Contact
from candidates.sourcing.reading import FIELDS
from privacy.words import gated
from vacancies.models import Vacancy

PARTS = (
    "given_name",
    "initials",
    "infix",
    "surname",
    "partner_infix",
    "partner_surname",
    "title_before",
    "title_after",
)
LANGUAGES = [("nl", gettext_lazy("Dutch")), ("en", gettext_lazy("English"))]


def date_input(**attrs: str) -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", **attrs}, format="%Y-%m-%d")


def web_address(text: str) -> str:
    """A typed web address with its scheme, so that it can be followed. Raises BadContact for anything else."""
    normalise_url(text)
    text = text.strip()
    return text if text.lower().startswith(("http://", "https://")) else f"https://{text}"


# The person's own doing: noted by what they did, never chosen in a form.
OWN_SOURCES = (SourceType.APPLICATION, SourceType.POOL)


class AddForm(forms.Form):
    """Somebody found for a vacancy. What was pasted and a name are enough to begin with."""

    paste = forms.CharField(
        label=gettext_lazy("Paste a profile page, an e-mail address or a phone number"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        help_text=gettext_lazy("As you found it, for example: Anna van der Berg."),
        error_messages={"required": gettext_lazy("Type the name of the person.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    split_of = forms.CharField(required=False, widget=forms.HiddenInput)
    given_name = forms.CharField(label=gettext_lazy("First name"), required=False, max_length=100)
    initials = forms.CharField(label=gettext_lazy("Initials"), required=False, max_length=30)
    infix = forms.CharField(label=gettext_lazy("Infix"), required=False, max_length=30)
    surname = forms.CharField(label=gettext_lazy("Surname"), required=False, max_length=120)
    partner_infix = forms.CharField(label=gettext_lazy("Infix of the partner's name"), required=False, max_length=30)
    partner_surname = forms.CharField(label=gettext_lazy("Partner's name"), required=False, max_length=120)
    title_before = forms.CharField(label=gettext_lazy("Title before"), required=False, max_length=60)
    title_after = forms.CharField(label=gettext_lazy("Title after"), required=False, max_length=60)
    job_title = forms.CharField(label=gettext_lazy("Job"), required=False, max_length=200)
    employer = forms.CharField(label=gettext_lazy("Employer"), required=False, max_length=200)
    place = forms.CharField(label=gettext_lazy("Place"), required=False, max_length=120)
    email = forms.CharField(
        label=gettext_lazy("E-mail address"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone number"), required=False, max_length=40, widget=forms.TextInput({"inputmode": "tel"})
    )
    profile = forms.CharField(label=gettext_lazy("Profile page"), required=False, max_length=500)
    ground = forms.ChoiceField(
        label=gettext_lazy("Why may we use these?"),
        required=False,
        choices=[("", gettext_lazy("Choose…")), *ContactGround.choices],
        help_text=gettext_lazy("A message needs a reason that can be shown later (Tw art. 11.7)."),
    )
    evidence = forms.CharField(
        label=gettext_lazy("Where that can be seen"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Empty: the source below."),
    )
    evidence_on = forms.DateField(label=gettext_lazy("Seen on"), required=False, widget=date_input())
    source_type = forms.ChoiceField(
        label=gettext_lazy("Found through"),
        required=False,
        choices=[
            ("", gettext_lazy("Read it off the address")),
            *[choice for choice in SourceType.choices if choice[0] not in OWN_SOURCES],
        ],
    )
    source_url = forms.CharField(
        label=gettext_lazy("Address of the source"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Empty: the profile page."),
    )
    source_detail = forms.CharField(
        label=gettext_lazy("Tip from the network: who told it, when, and what"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    found_on = forms.DateField(label=gettext_lazy("Found on"), required=False, widget=date_input())
    language = forms.ChoiceField(label=gettext_lazy("Writes"), choices=LANGUAGES, required=False)
    salutation = forms.ChoiceField(
        label=gettext_lazy("Salutation"),
        choices=Candidate._meta.get_field("salutation").choices,  # type: ignore[arg-type]
        required=False,
        help_text=gettext_lazy("Only what the person told or shows."),
    )

    gated_words = ("source_detail", "evidence")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._take_paste(data)
        for kind in ContactKind:
            self._check_contact(data, kind.value)
        self._check_ground(data)
        self._check_source(data)
        self._check_days(data)
        for name in self.gated_words:
            try:
                gated(data.get(name, ""))
            except ValidationError as error:
                self.add_error(name, error)
        return data

    def _take_paste(self, data: dict[str, Any]) -> None:
        """Put what was pasted in its own field, unless something else stands there."""
        pasted = data.get("paste", "")
        kind = kind_of(pasted) if pasted else None
        if kind is None:
            if pasted and not data.get("name"):
                data["name"] = pasted
                self.errors.pop("name", None)
            return
        if not data.get(kind):
            data[kind] = pasted

    def _check_contact(self, data: dict[str, Any], kind: str) -> None:
        if not data.get(kind):
            return
        try:
            normalise(kind, data[kind])
        except BadContact as bad:
            self.add_error(kind, str(bad))

    def _check_ground(self, data: dict[str, Any]) -> None:
        if any(data.get(kind.value) for kind in ContactKind) and not data.get("ground"):
            self.add_error("ground", _("Choose why these may be used."))

    def _check_source(self, data: dict[str, Any]) -> None:
        url = data.get("source_url") or data.get("profile") or ""
        kind = data.get("source_type") or (source_type_for(url) if url else "")
        if kind == SourceType.NETWORK:
            if not data.get("source_detail"):
                self.add_error("source_detail", _("Say who told it, when, and what."))
            url = data.get("source_url") or ""
        elif not url and not data.get("source_detail"):
            self.add_error(
                "source_url", _("Say where the person was found: an address, or who told it, when and what.")
            )
        if url:
            try:
                url = web_address(url)
            except BadContact as bad:
                self.add_error("source_url", str(bad))
        data["source_type"] = kind or (SourceType.NETWORK if data.get("source_detail") else SourceType.OTHER)
        data["source_url"] = url

    def _check_days(self, data: dict[str, Any]) -> None:
        for name in ("found_on", "evidence_on"):
            if data.get(name) and data[name] > timezone.localdate():
                self.add_error(name, _("This day is still to come."))

    @property
    def found(self) -> dict[str, Any]:
        """What `services.source` takes, out of a valid form."""
        data = self.cleaned_data
        return {
            "name": {**self.parts(data), "salutation": data.get("salutation") or "neutral"},
            "contacts": contacts_of(data, evidence=data.get("evidence") or data["source_url"]),
            "source_type": data["source_type"],
            "url": data["source_url"],
            "detail": data["source_detail"],
            "obtained_at": moment_of(data.get("found_on")),
            "job_title": data["job_title"],
            "employer": data["employer"],
            "place": data["place"],
            "language": data.get("language") or "nl",
        }

    @staticmethod
    def parts(data: dict[str, Any]) -> dict[str, str]:
        """The parts of the name: as corrected, or as guessed when they were made for another name or not at all."""
        given = {part: data.get(part) or "" for part in PARTS}
        name = data.get("name") or ""
        if any(given.values()) and data.get("split_of", name) in ("", name):
            return given
        return parts_of(name)


def parts_of(name: str) -> dict[str, str]:
    """A first guess at the parts of a typed name."""
    guess = split_name(name)
    return {part: getattr(guess, part) for part in PARTS}


def contacts_of(data: dict[str, Any], *, evidence: str) -> list[Contact]:
    """The contact points in a form's data."""
    return [
        Contact(
            kind=kind.value,
            value=data[kind.value],
            ground=data["ground"],
            evidence=evidence[:500],
            evidence_on=data.get("evidence_on") or data.get("found_on") or None,
        )
        for kind in ContactKind
        if data.get(kind.value)
    ]


def moment_of(day: date | None) -> datetime:
    """Now for today or no day; noon in Amsterdam for a day before."""
    if day is None or day == timezone.localdate():
        return timezone.now()
    return timezone.make_aware(datetime.combine(day, time(12)))


class ListDefaults(forms.Form):
    """What holds for the rows of a list that do not say it themselves."""

    ground = forms.ChoiceField(
        label=gettext_lazy("Why the addresses may be used"),
        required=False,
        choices=[("", gettext_lazy("Every row says so itself")), *ContactGround.choices],
    )
    source_type = forms.ChoiceField(
        label=gettext_lazy("Found through"),
        required=False,
        choices=[
            ("", gettext_lazy("Read it off the address")),
            *[choice for choice in SourceType.choices if choice[0] not in OWN_SOURCES],
        ],
    )
    source_detail = forms.CharField(
        label=gettext_lazy("Where these people were found"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("For rows without an address of their own: who told it, when, and what."),
    )
    found_on = forms.DateField(label=gettext_lazy("Found on"), required=False, widget=date_input())
    language = forms.ChoiceField(label=gettext_lazy("Write to them in"), choices=LANGUAGES, required=False)

    def clean_source_detail(self) -> str:
        return gated(self.cleaned_data["source_detail"])

    def clean_found_on(self) -> date | None:
        day = cast("date | None", self.cleaned_data["found_on"])
        if day and day > timezone.localdate():
            raise ValidationError(_("This day is still to come."))
        return day

    @property
    def defaults(self) -> dict[str, str]:
        """The answers as they are kept beside the list."""
        day = self.cleaned_data["found_on"]
        return {
            **{name: self.cleaned_data[name] for name in ("ground", "source_type", "source_detail", "language")},
            "found_on": day.isoformat() if day else "",
        }


class UploadForm(ListDefaults):
    """A list of people to import."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy("One person in a row, with headers. At most 2000 rows and 5 MB. Nothing is saved yet."),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("This file is empty."),
        },
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )
    field_order = ("file", "ground", "source_detail", "source_type", "found_on", "language")


class ColumnsForm(ListDefaults):
    """Which column of a list holds what."""

    def __init__(self, *args: Any, headers: list[str], columns: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", gettext_lazy("Leave out")), *[(name, label) for name, (label, _headers) in FIELDS.items()]]
        self.names = [f"column_{number}" for number in range(len(headers))]
        for number, (name, header) in enumerate(zip(self.names, headers, strict=True)):
            self.fields[name] = forms.ChoiceField(
                label=header or _("Column %(number)s") % {"number": number + 1},
                required=False,
                choices=choices,
                initial=columns.get(number, ""),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        taken: dict[str, str] = {}
        for name in self.names:
            what = data.get(name)
            if what and what in taken:
                self.add_error(name, _("Another column holds this already."))
            elif what:
                taken[what] = name
        return data

    @property
    def columns(self) -> dict[int, str]:
        """The columns that are taken."""
        return {
            number: self.cleaned_data[name] for number, name in enumerate(self.names) if self.cleaned_data.get(name)
        }

    def column_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.names]


class PersonForm(forms.ModelForm):
    """A person's own facts."""

    class Meta:
        model = Candidate
        fields = (*PARTS, "salutation", "job_title", "employer", "place", "language")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("surname") and not data.get("given_name"):
            self.add_error("surname", _("Type a surname, or a first name."))
        return data

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["surname"].required = False


class ContactPointForm(forms.Form):
    """One more way to reach somebody, and why it may be used."""

    value = forms.CharField(
        label=gettext_lazy("E-mail address, phone number or profile page"),
        max_length=500,
        error_messages={"required": gettext_lazy("Type an address, a number or a profile page.")},
    )
    ground = forms.ChoiceField(
        label=gettext_lazy("Why may we use it?"),
        choices=[("", gettext_lazy("Choose…")), *ContactGround.choices],
        error_messages={"required": gettext_lazy("Choose why it may be used.")},
    )
    evidence = forms.CharField(label=gettext_lazy("Where that can be seen"), required=False, max_length=500)
    evidence_on = forms.DateField(label=gettext_lazy("Seen on"), required=False, widget=date_input())

    def clean_value(self) -> str:
        value = str(self.cleaned_data["value"])
        kind = kind_of(value)
        if kind is None:
            raise ValidationError(_("This is no e-mail address, phone number or profile page."))
        try:
            normalise(kind, value)
        except BadContact as bad:
            raise ValidationError(str(bad)) from bad
        self.cleaned_data["kind"] = kind
        return value

    def clean_evidence(self) -> str:
        return gated(self.cleaned_data["evidence"])

    def clean_evidence_on(self) -> date | None:
        day = cast("date | None", self.cleaned_data["evidence_on"])
        if day and day > timezone.localdate():
            raise ValidationError(_("This day is still to come."))
        return day

    @property
    def contact(self) -> Contact:
        data = self.cleaned_data
        return Contact(
            kind=data["kind"],
            value=data["value"],
            ground=data["ground"],
            evidence=data["evidence"],
            evidence_on=data["evidence_on"],
        )


def errors_in_words(form: forms.BaseForm) -> str:
    """Every error of a form as sentences, for a toast."""
    lists: Iterable[Any] = form.errors.values()
    return " ".join(str(error) for errors in lists for error in errors)


class IntoVacancyForm(forms.Form):
    """The vacancy for which somebody who is kept is to be asked."""

    vacancy = forms.ModelChoiceField(
        label=gettext_lazy("Vacancy"),
        queryset=Vacancy.objects.none(),
        empty_label=gettext_lazy("Choose a vacancy"),
        error_messages={
            "required": gettext_lazy("Choose the vacancy."),
            "invalid_choice": gettext_lazy("Choose a vacancy that is open for sourcing."),
        },
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_ones = Vacancy.objects.visible_to(user).sourcing().select_related("client").order_by("title")
        cast(forms.ModelChoiceField, self.fields["vacancy"]).queryset = open_ones


class ApplicantForm(forms.Form):
    """What somebody who wrote to us is called, and in which language they are answered."""

    given_name = forms.CharField(label=gettext_lazy("First name"), required=False, max_length=100)
    infix = forms.CharField(label=gettext_lazy("Infix"), required=False, max_length=30)
    surname = forms.CharField(
        label=gettext_lazy("Surname"),
        max_length=120,
        error_messages={"required": gettext_lazy("Type the name of the person.")},
    )
    language = forms.ChoiceField(label=gettext_lazy("Writes"), choices=LANGUAGES)
