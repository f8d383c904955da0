"""Work on one person: decide, note a call, write a note, set a task."""

from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from candidates import mentions, when
from candidates.models import Candidacy, Candidate, ContactSort, DecisionReason, Stage
from candidates.words import ScreenedField
from vacancies.models import Vacancy

# A reason is asked for where a drag alone would say too little.
ENDS = (Stage.REJECTED,)
# Why somebody goes on; the other reasons say why somebody does not.
ONWARD = (DecisionReason.NEXT_STEP, DecisionReason.FITS, DecisionReason.PLACED)
FOLLOW_UP_DAYS = 92
TASK_DAYS = 366
EXAMPLES = gettext_lazy("For example: friday, next week, in 10 days, 12-3. Or in the line itself, behind a > sign.")


def words_box(**attrs: str) -> forms.Textarea:
    """A small box in which Enter sends, and Shift and Enter makes a new line; without a script there is the button."""
    return forms.Textarea(attrs={"rows": 2, "data-enter": "", **attrs})


class WhenField(forms.CharField):
    """A day in words or numbers, at most so many days ahead; a `date`, or None when nothing was typed."""

    def __init__(self, *, ahead: int, **kwargs: Any) -> None:
        self.ahead = ahead
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off"}))
        super().__init__(**{"max_length": 40, "required": False, **kwargs})

    def clean(self, value: Any) -> date | None:
        typed = super().clean(value)
        return self.day(typed) if typed else None

    def day(self, typed: str) -> date:
        """The day of these words. Raises ValidationError for words that mean none, and days too near or too far."""
        today = timezone.localdate()
        day = when.day_of(typed, today)
        if day is None:
            raise ValidationError(
                _("“%(words)s” is no day Watson knows. Try: friday, next week, 12-3.") % {"words": typed}
            )
        if day < today:
            raise ValidationError(_("This day has passed."))
        if day > today + timedelta(days=self.ahead):
            raise ValidationError(self.too_far())
        return day

    def too_far(self) -> str:
        if self.ahead == FOLLOW_UP_DAYS:
            return _("Not further than three months ahead: a person is not kept waiting without end.")
        return _("Not further than a year ahead.")


class LineForm(forms.Form):
    """Words with a day behind a `>`: what stands there takes the place of what stands in the field for the day."""

    line: str
    day: str

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        words, behind = when.split(data.get(self.line) or "")
        if behind:
            field = cast(WhenField, self.fields[self.day])
            try:
                data[self.day] = field.day(behind)
            except ValidationError as error:
                self.add_error(self.line, error)
            else:
                data[self.line] = words
                self.errors.pop(self.day, None)
        return data


class MoveForm(forms.Form):
    """A decision on a stage, with its reason; a drag gives no reason, so the usual one of a step is taken."""

    to = forms.ChoiceField(
        label=gettext_lazy("To"),
        choices=Stage.choices,
        error_messages={"invalid_choice": gettext_lazy("There is no such stage.")},
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Because"),
        required=False,
        choices=[("", gettext_lazy("Choose…")), *DecisionReason.choices],
        error_messages={"invalid_choice": gettext_lazy("There is no such reason.")},
    )
    note = ScreenedField(label=gettext_lazy("Note"), required=False, max_length=2000, widget=words_box())
    expected = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, stage: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stage = stage

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        to = data.get("to")
        if to and not data.get("reason"):
            if to in ENDS:
                self.add_error("reason", _("Choose why: the person can ask for it."))
            else:
                data["reason"] = self._usual(to)
        elif to in ENDS and data["reason"] in ONWARD:
            self.add_error(
                "reason", _("This says why somebody goes on. Choose why they do not: the person can ask for it.")
            )
        return data

    def _usual(self, to: str) -> str:
        order = list(Stage.values)
        if to == Stage.HIRED:
            return DecisionReason.PLACED
        return DecisionReason.NEXT_STEP if order.index(to) > order.index(self.stage) else DecisionReason.CORRECTION


def _in_a_week() -> str:
    return _("in a week")


class ContactLogForm(LineForm):
    """What was said in a call or a reply, and when to speak next."""

    note = ScreenedField(
        label=gettext_lazy("What was said"), required=False, max_length=2000, widget=words_box(**{"data-focus": "call"})
    )
    follow_up_on = WhenField(
        label=gettext_lazy("Speak again"),
        ahead=FOLLOW_UP_DAYS,
        initial=lazy(_in_a_week, str),
        help_text=EXAMPLES,
    )
    kind = forms.ChoiceField(label=gettext_lazy("What"), choices=ContactSort.choices, initial=ContactSort.PHONE)

    line, day = "note", "follow_up_on"


class NoteForm(forms.Form):
    """A note about a person, for colleagues."""

    text = ScreenedField(
        label=gettext_lazy("Note"),
        max_length=5000,
        widget=words_box(rows="3", **{"data-focus": "note"}),
        help_text=gettext_lazy("@ and a name asks a colleague to read it: they find it on Today."),
        error_messages={"required": gettext_lazy("Type the note.")},
    )
    may_read = forms.BooleanField(
        label=gettext_lazy("The person may read this"),
        required=False,
        help_text=gettext_lazy(
            "Then it stands on their own page. They may ask for all notes anyway, so write what they may read."
        ),
    )

    def __init__(self, *args: Any, candidate: Candidate, candidacy: Candidacy | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.candidate, self.candidacy = candidate, candidacy

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        mentions.readers(text, candidate=self.candidate, candidacy=self.candidacy)
        return text


class TaskForm(LineForm):
    """Something to do about a person, for oneself or a colleague."""

    what = ScreenedField(
        label=gettext_lazy("What to do"),
        max_length=500,
        widget=words_box(**{"data-focus": "task"}),
        error_messages={"required": gettext_lazy("Type what is to be done.")},
    )
    due_on = WhenField(label=gettext_lazy("When"), ahead=TASK_DAYS, help_text=EXAMPLES)
    assignee = forms.ModelChoiceField(
        label=gettext_lazy("Who"),
        queryset=User.objects.none(),
        empty_label=None,
        error_messages={"invalid_choice": gettext_lazy("Choose a colleague who may open this person.")},
    )

    line, day = "what", "due_on"

    def __init__(self, *args: Any, vacancy: Vacancy, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who = cast(forms.ModelChoiceField, self.fields["assignee"])
        who.queryset = vacancy.colleagues().order_by("name")
        # Drawn twice, for its label and its options; looked up once.
        who.choices = [(one.pk, one.name) for one in who.queryset]
        who.initial = user.pk
