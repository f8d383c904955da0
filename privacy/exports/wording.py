"""The words of a copy: its sections in their order, and why a file is not in it."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.guards import Sentence
from privacy.registry import Section

SECTIONS: Mapping[Section, tuple[Sentence, Sentence]] = {
    Section.WHO: (_("Who you are, and how we can reach you"), ""),
    Section.WHY: (
        _("Why we hold it"),
        _("For each vacancy: its purpose, on which ground we may use your data, and since when."),
    ),
    Section.FOUND: (_("Where we found it"), _("Each source, with its date and who found it.")),
    Section.TO_WHOM: (
        _("To whom it went"),
        _("Each client that was shown your data, by name, and when. Companies that work for us are named below."),
    ),
    Section.ASKED: (
        _("What we asked you, and what you answered"),
        _("With the words as you saw them."),
    ),
    Section.MAIL: (_("Mail and messages, both ways"), ""),
    Section.NOTES: (_("What we noted"), ""),
    Section.LOOKED: (
        _("Who looked"),
        _("By what somebody does here, for colleagues have a right to privacy too."),
    ),
    Section.REQUESTS: (_("What you asked about your data"), ""),
    Section.OTHER: (_("Everything else"), ""),
}


class LeftOut(models.TextChoices):
    OTHERS = "others", _("it is about somebody else")
    SECRET = "secret", _("it holds a business secret")


def why_left_out(reason: str) -> str:
    """Why one file is not in the copy, as a sentence."""
    return str(LeftOut(reason).label) if reason in LeftOut.values else reason
