"""What the officer decides about a copy: which one, what is covered in it, and how it goes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from privacy.exports.wording import LeftOut
from privacy.models.exports import CodeBy, CopyKind
from privacy.words import WordsField

SHORTEST = 3


class PrepareForm(forms.Form):
    """Which copy, in which language."""

    kind = forms.ChoiceField(label=_("What the copy holds"), choices=CopyKind.choices)
    language = forms.ChoiceField(label=_("Language of the copy"), choices=[("nl", _("Dutch")), ("en", _("English"))])


class CoverForm(forms.Form):
    """Words about other people, one per line; and files that stay out, each with its reason."""

    words = WordsField(
        label=_("Cover these words about other people"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One per line: a name, an address, a sentence. In notes each becomes ▇▇▇."),
    )

    def __init__(self, *args: Any, files: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices_of = {f"file-{pk}": UUID(pk) for pk, _name in files}
        for pk, name in files:
            self.fields[f"file-{pk}"] = forms.ChoiceField(
                label=name, required=False, choices=[("", _("goes along")), *LeftOut.choices]
            )

    def clean_words(self) -> list[str]:
        words = [line.strip() for line in self.cleaned_data["words"].splitlines() if line.strip()]
        if short := next((word for word in words if len(word) < SHORTEST), None):
            raise forms.ValidationError(
                _("“%(word)s” is too short: it would be covered inside other words."), params={"word": short}
            )
        return words

    @property
    def left_out(self) -> dict[UUID, str]:
        """The files that stay out, with the reason of each."""
        return {pk: reason for name, pk in self.choices_of.items() if (reason := self.cleaned_data.get(name))}


class DeliverForm(forms.Form):
    """How the code goes: never by the mail that holds the link."""

    code_by = forms.ChoiceField(label=_("How the code goes"), choices=CodeBy.choices, widget=forms.RadioSelect)
    checked = forms.BooleanField(
        label=_("I looked at the copy: nothing in it is about other people, or it is covered."),
    )
