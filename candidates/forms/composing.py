"""Writing to people: to one or many at once, by a text to copy, and in words of one's own."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candidates.models import Round
from candidates.services.making import AHEAD
from mailing.models import Channel, TemplateVersion
from privacy import deadlines
from privacy.words import gated

LINE_LENGTH = 400
LETTER_LENGTH = 4000
MORNING = time(9)
COPY_CHANNELS = [choice for choice in Channel.choices if choice[0] != Channel.EMAIL]
WORDS_GONE = gettext_lazy("These words are not there any more. Choose others.")
WORDS_IN = {"nl": gettext_lazy("Words in Dutch"), "en": gettext_lazy("Words in English")}


class LineField(forms.CharField):
    """One short paragraph of one's own, without anything that may not be kept."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 2, "maxlength": LINE_LENGTH}))
        super().__init__(required=False, max_length=LINE_LENGTH, **kwargs)

    def clean(self, value: Any) -> str:
        return gated(" ".join(str(super().clean(value)).split()))


class FilesInput(forms.FileInput):
    """A choice of several files at once."""

    allow_multiple_selected = True


def files_field() -> forms.Field:
    """Files to add. The view keeps each with the draft, whatever is wrong with the rest of the form."""
    return forms.Field(
        label=gettext_lazy("Add files"),
        required=False,
        help_text=gettext_lazy("All together at most 14 MB. No programs or scripts: mail servers refuse them."),
        widget=FilesInput(attrs={"multiple": True}),
    )


def template_names(kind: str, language: str) -> list[tuple[str, str]]:
    """The words to choose from, by name; the standard ones first."""
    names = TemplateVersion.objects.offered(kind, language).values_list("name", flat=True)
    return [(name, name or _("Standard")) for name in names]


def working_days() -> list[date]:
    """The working days a message may be planned for: today and the coming two weeks."""
    today = timezone.localdate()
    days = [today + timedelta(days=number) for number in range(AHEAD.days + 1)]
    return [day for day in days if not deadlines.is_nonworking(day)]


class ComposeForm(forms.Form):
    """Which words, which lines, and when: for a round, and the line of the one person shown."""

    line = LineField(
        label=gettext_lazy("A line for this person alone"),
        help_text=gettext_lazy(
            "One short paragraph, put into the message. It takes the place of the line for everybody."
        ),
    )
    note = LineField(label=gettext_lazy("A line for everybody"))
    new_files = files_field()
    when = forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=[("now", gettext_lazy("Now")), ("later", gettext_lazy("At a moment to come"))],
        error_messages={"required": gettext_lazy("Choose when it leaves.")},
        widget=forms.RadioSelect,
    )
    day = forms.ChoiceField(
        label=gettext_lazy("Day"),
        error_messages={
            "required": gettext_lazy("Choose a day."),
            "invalid_choice": gettext_lazy("Choose a working day within two weeks."),
        },
    )
    time = forms.TimeField(
        label=gettext_lazy("Time"),
        widget=forms.TimeInput(attrs={"type": "time", "class": "input--short"}, format="%H:%M"),
        error_messages={
            "required": gettext_lazy("Choose a time."),
            "invalid": gettext_lazy("Type a time, such as 09:30."),
        },
    )

    def __init__(self, *args: Any, made: Round, kind: str, languages: Iterable[str], **kwargs: Any) -> None:
        planned = timezone.localtime(made.not_before) if made.not_before else None
        days = working_days()
        later = [day for day in days if day > timezone.localdate()]
        kwargs["initial"] = {
            "note": made.note,
            "when": "later" if planned else "now",
            "day": (planned.date() if planned else later[0]).isoformat(),
            "time": planned.time() if planned else MORNING,
            **{f"template_{language}": name for language, name in made.templates.items()},
            **kwargs.get("initial", {}),
        }
        super().__init__(*args, **kwargs)
        choices = [(day.isoformat(), date_format(day, "l j F")) for day in days]
        if planned and planned.date() not in days:
            choices.insert(0, (planned.date().isoformat(), date_format(planned, "l j F")))
        self.fields["day"].choices = choices  # type: ignore[attr-defined]
        self.languages = [language for language in WORDS_IN if language in set(languages)]
        for language in self.languages:
            names = template_names(kind, language)
            if len(names) > 1:
                self.fields[f"template_{language}"] = forms.ChoiceField(
                    label=WORDS_IN[language],
                    required=False,
                    choices=names,
                    error_messages={
                        "invalid_choice": gettext_lazy("These words are not there any more. Choose others.")
                    },
                )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["not_before"] = None
        if data.get("when") != "later":
            for name in ("day", "time"):  # not shown, so nothing can be wrong with them
                self.errors.pop(name, None)
        elif data.get("day") and data.get("time"):
            day = date.fromisoformat(data["day"])
            moment = timezone.make_aware(datetime.combine(day, data["time"]), deadlines.TZ)
            if moment <= timezone.now():
                self.add_error("time", _("This moment has passed. Choose a later one."))
            elif day > timezone.localdate() + AHEAD:
                self.add_error("day", _("Choose a working day within two weeks."))
            else:
                data["not_before"] = moment
        return data

    @property
    def templates(self) -> dict[str, str]:
        """The chosen words by language."""
        return {language: self.cleaned_data.get(f"template_{language}") or "" for language in self.languages}

    def template_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("template_")]


class CopyForm(forms.Form):
    """A text to send by hand: through which channel, in which words, with which line."""

    channel = forms.ChoiceField(
        label=gettext_lazy("Send it by"),
        choices=COPY_CHANNELS,
        error_messages={"invalid_choice": gettext_lazy("Choose how you will send it.")},
    )
    template = forms.ChoiceField(
        label=gettext_lazy("Words"),
        required=False,
        error_messages={"invalid_choice": WORDS_GONE},
    )
    note = LineField(label=gettext_lazy("A line of your own"))

    def __init__(self, *args: Any, kind: str, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = template_names(kind, language)
        if len(names) > 1:
            self.fields["template"].choices = names  # type: ignore[attr-defined]
        else:
            del self.fields["template"]
        self.kind, self.language = kind, language

    @property
    def templates(self) -> dict[str, str]:
        """The chosen words, as a wish has them."""
        return {self.language: self.cleaned_data.get("template") or ""}


class LetterForm(forms.Form):
    """A message in words of one's own."""

    title = forms.CharField(
        label=gettext_lazy("Subject"),
        max_length=150,
        error_messages={"required": gettext_lazy("Type a subject.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=LETTER_LENGTH,
        help_text=gettext_lazy("The greeting, your name and the footer are put round it."),
        error_messages={"required": gettext_lazy("Type the message.")},
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    new_files = files_field()
    # One form is one message, however often it is sent.
    key = forms.UUIDField(widget=forms.HiddenInput)

    def clean_title(self) -> str:
        return gated(" ".join(self.cleaned_data["title"].split()))

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        if not text.strip():
            raise ValidationError(_("Type the message."))
        return gated(text)
