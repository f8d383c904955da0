"""Words on their way in: what may never be stored is refused where it is typed, and covered in what comes by itself.

Nobody outside is told off for a number they sent: a mail with a BSN in it arrives, without the BSN (I9).
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from privacy import ports

MASK = "•"


def gated(text: str) -> str:
    """The text, when it holds nothing that may not be stored; else a ValidationError with a sentence for the typist."""
    kinds = {finding.kind for finding in ports.gate_text(text)}
    if "bsn" in kinds:
        raise ValidationError(
            _("This looks like a citizen service number (BSN). It may not be kept here; take it out."), code="bsn"
        )
    if kinds:
        raise ValidationError(
            _("This looks like the number of an identity document. It may not be kept here; take it out."),
            code="id_document",
        )
    return text


def masked(text: str) -> tuple[str, int]:
    """The text with such numbers covered up, and how many there were.

    A covered number may bring another to light that stood right beside it, so it is looked again.
    """
    count = 0
    while found := ports.gate_text(text):
        count += len(found)
        for finding in reversed(found):
            text = text[: finding.start] + MASK * (finding.end - finding.start) + text[finding.end :]
    return text, count


class WordsField(forms.CharField):
    """Words in somebody's own manner, which may hold anything but an identity number."""

    def clean(self, value: Any) -> str:
        return gated(str(super().clean(value)))


def gate(form: forms.BaseForm, *names: str) -> None:
    """Put the sentence at each of these fields that holds such a number; for the `clean` of a form of a model."""
    for name in names:
        try:
            gated(str(form.cleaned_data.get(name) or ""))
        except ValidationError as error:
            form.add_error(name, error)
