"""Words a colleague types about somebody: screened at the field, before anything of them is stored."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from candidates import screening
from privacy.words import WordsField, gated

LANGUAGES = ("nl", "en")


def screened(text: str) -> str:
    """The text, when it tells nothing the law forbids to note here (GDPR art. 9, 10, 87); else a ValidationError that
    says, finding by finding, what was seen and why."""
    gated(text)
    found = screening.find(text)
    if not found:
        return text
    language = (translation.get_language() or "nl")[:2]
    said = dict.fromkeys(screening.explain(one, text, language if language in LANGUAGES else "nl") for one in found)
    raise ValidationError([*said, _("This may not be noted here. Take it out, or say it in words about the work.")])


class ScreenedField(WordsField):
    """A box for words about a person."""

    def clean(self, value: Any) -> str:
        return screened(str(super().clean(value)))
