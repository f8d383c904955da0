"""Does a notice say everything art. 13 and 14 GDPR ask for? A text that does not cannot be published."""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# item -> (what it is in words, what Dutch text must match, what English text must match)
ITEMS: Mapping[str, tuple[Promise, str, str]] = {
    "controller": (_("who is responsible, and how to reach them"), r"\[legal_name\]", r"\[legal_name\]"),
    "contact": (_("the privacy contact"), r"\[privacy_contact\]", r"\[privacy_contact\]"),
    "purpose": (_("the purpose"), r"\bdoel\b|\bom u te\b|waarvoor", r"\bpurpose\b|what for"),
    "basis": (_("the legal basis"), r"grondslag", r"legal basis"),
    "interest": (_("the legitimate interest"), r"gerechtvaardigd belang", r"legitimate interest"),
    "categories": (_("which kinds of data"), r"welke gegevens|soorten gegevens", r"which data|kinds of data"),
    "recipients": (_("who receives the data"), r"ontvang|wie (?:uw|de) gegevens", r"recipients|who (?:sees|receives)"),
    "transfers": (_("whether data leave the EEA"), r"buiten de (?:EER|Europese)", r"outside the (?:EEA|European)"),
    "storage": (_("how long"), r"hoe lang|\[retention_days\]", r"how long|\[retention_days\]"),
    "rights": (
        _("the rights to see, correct, erase, limit, object and take along"),
        r"(?=.*inzien)(?=.*corrig|.*verbeter)(?=.*(?:wissen|verwijder))(?=.*beperk)(?=.*bezwaar)(?=.*meenemen)",
        r"(?=.*\bsee\b)(?=.*correct)(?=.*erase)(?=.*limit)(?=.*object)(?=.*take)",
    ),
    "withdraw": (_("that consent can be withdrawn"), r"intrekken", r"withdraw"),
    "complaint": (
        _("the right to complain to the Autoriteit Persoonsgegevens"),
        r"Autoriteit Persoonsgegevens",
        r"Autoriteit Persoonsgegevens",
    ),
    "source": (_("where the data come from"), r"\bbron(?:nen)?\b|waar wij .* vonden", r"\bsources?\b|where we found"),
    "required": (_("whether giving data is required"), r"niet verplicht", r"not (?:required|obliged)|need not"),
    "automated": (
        _("that nothing is decided by a machine"),
        r"geautomatiseerde|door een computer|profilering",
        r"automated|by a computer|profiling",
    ),
}


def missing(text: str, language: str) -> list[str]:
    """The items (in words) this notice lacks in `nl` or `en`; an empty list when it says everything."""
    column = 1 if language == "nl" else 2
    return [
        str(item[0]) for item in ITEMS.values() if not re.search(str(item[column]), text, re.IGNORECASE | re.DOTALL)
    ]
