"""Does a text say everything art. 13 and 14 GDPR ask for? One that does not cannot be published. Pure: no database."""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

LANGUAGES = ("nl", "en")
# What `wording` fills in; anything else in brackets would be shown to people as it stands.
PLACEHOLDERS = frozenset(
    {"client", "vacancy", "agency", "legal_name", "address", "kvk", "email", "privacy_contact"}
    | {"no_answer_days", "retention_days", "consent_months", "pool_months", "proof", "kept_until"}
)
_PLACEHOLDER = re.compile(r"\[(\w+)\]")

# A right counts where it is given, in one sentence with "you may": elsewhere the same verbs say what we do ourselves.
_MAY = (
    r"(?:\bu (?:mag|kunt)\b|\brecht (?:op|om)\b|\bkunt u\b)[^.]*",
    r"(?:\byou (?:may|can)\b|\bright (?:to|of)\b)[^.]*",
)


def _right(dutch: str, english: str) -> tuple[str, str]:
    return rf"{_MAY[0]}\b(?:{dutch})", rf"{_MAY[1]}\b(?:{english})"


# What it is in words, what Dutch text must match, what English text must match.
ITEMS: Mapping[str, tuple[Promise, tuple[str, str]]] = {
    "controller": (_("who is responsible"), (r"\[legal_name\]", r"\[legal_name\]")),
    "reach": (_("how to reach who is responsible"), (r"\[(?:address|email)\]", r"\[(?:address|email)\]")),
    "contact": (_("the privacy contact"), (r"\[privacy_contact\]", r"\[privacy_contact\]")),
    "purpose": (_("the purpose"), (r"\bdoel\b", r"\bpurpose\b")),
    "basis": (_("the legal basis"), (r"\bgrondslag\b", r"\blegal basis\b")),
    "interest": (_("the legitimate interest"), (r"\bgerechtvaardigd belang\b", r"\blegitimate interest\b")),
    "consent": (_("that an introduction needs consent"), (r"\btoestemming\b", r"\bconsent\b")),
    "categories": (_("which kinds of data"), (r"\b(?:welke|soorten) gegevens\b", r"\b(?:which|kinds of) data\b")),
    "source": (_("where the data come from"), (r"\bbron(?:nen)?\b", r"\bsources?\b")),
    "recipients": (
        _("who receives the data"),
        (r"\bontvang(?:t|en|ers?)\b|\bwie (?:uw|de) gegevens\b", r"\brecipients?\b|\bwho (?:sees|receives)\b"),
    ),
    "transfers": (
        _("whether data leave the EEA"),
        (r"\bbuiten de (?:EER|Europese)\b", r"\boutside the (?:EEA|European)\b"),
    ),
    "storage": (_("how long they are kept"), (r"\[retention_days\]", r"\[retention_days\]")),
    # A sentence where proof is kept, nothing where it is not; the place is always there.
    "proof": (_("that proof of an introduction may be kept"), (r"\[proof\]", r"\[proof\]")),
    "no_answer": (_("how long they are kept without an answer"), (r"\[no_answer_days\]", r"\[no_answer_days\]")),
    "access": (_("the right to see the data"), _right("inzien|inzage", "see|access")),
    "rectification": (_("the right to correct them"), _right("corrig|verbeter", "correct|rectif")),
    "erasure": (_("the right to have them erased"), _right("wissen|verwijder", "eras|delet")),
    "restriction": (_("the right to limit their use"), _right("beperk", "limit|restrict")),
    "portability": (
        _("the right to take them along"),
        _right("meenemen|overdra", "take (?:them|your data) along|portab"),
    ),
    "objection": (_("the right to object"), _right("bezwaar", "object")),
    "withdraw": (_("that consent can be withdrawn"), (r"\bintrekken\b", r"\bwithdraw\b")),
    "complaint": (
        _("the right to complain to the Autoriteit Persoonsgegevens"),
        (r"\bklacht\b[^.]*Autoriteit Persoonsgegevens", r"\bcomplain\b[^.]*Autoriteit Persoonsgegevens"),
    ),
    "required": (
        _("whether giving data is required"),
        (r"\bniet verplicht ons\b", r"\bnot (?:required|obliged) to\b|\bneed not\b"),
    ),
    "automated": (
        _("that nothing is decided by a machine"),
        (r"\bgeautomatiseerde\b", r"\bautomated\b"),
    ),
    "profiling": (_("whether there is profiling"), (r"\bprofilering\b", r"\bprofiling\b")),
}


# A question to be kept is asked of who gave us their data themselves or knows us already (GDPR art. 13), and rests on
# consent alone: no interest to name, and a period of its own.
POOL_ITEMS: Mapping[str, tuple[Promise, tuple[str, str]]] = {
    **{code: item for code, item in ITEMS.items() if code not in ("interest", "storage", "proof")},
    "storage": (_("how long they are kept"), (r"\[pool_months\]", r"\[pool_months\]")),
    "asked_again": (
        _("that an introduction is asked for separately"),
        (r"\bopnieuw uw toestemming\b", r"\byour consent again\b"),
    ),
}


# To be kept as runner-up is for one vacancy, until a day.
RUNNER_UP_ITEMS: Mapping[str, tuple[Promise, tuple[str, str]]] = {
    **POOL_ITEMS,
    "storage": (_("how long they are kept"), (r"\[kept_until\]", r"\[kept_until\]")),
}
_OWN_ITEMS = {"pool": POOL_ITEMS, "runner_up": RUNNER_UP_ITEMS}


# Consent is for one vacancy and one client (GDPR art. 4(11)); a question to talk names the sector there, and one to be
# kept says for how long.
_NEEDED = {
    ("talk", "yes"): ("vacancy",),
    ("pool", "question"): ("pool_months",),
    ("pool", "yes"): ("pool_months",),
    ("runner_up", "question"): ("vacancy", "kept_until"),
    ("runner_up", "yes"): ("vacancy", "kept_until"),
}


def missing(text: str, language: str, purpose: str = "") -> list[str]:
    """The items (in words) this notice lacks in `nl` or `en`; an empty list when it says everything."""
    column = LANGUAGES.index(language)
    items = _OWN_ITEMS.get(purpose, ITEMS)
    return [str(words) for words, patterns in items.values() if not re.search(patterns[column], text, re.IGNORECASE)]


def lacking(words: Mapping[str, object]) -> list[str]:
    """What stands in the way of publishing a consent text, from its fields by name: in words, with the language."""
    found = []
    for language in LANGUAGES:
        parts = {name: str(words.get(f"{name}_{language}") or "") for name in ("question", "yes", "notice")}
        for name in ("question", "yes"):
            needed = _NEEDED.get((str(words.get("purpose")), name), ("client", "vacancy"))
            found += [f"[{one}] ({language})" for one in needed if f"[{one}]" not in parts[name]]
        found += [f"{item} ({language})" for item in missing(parts["notice"], language, str(words.get("purpose")))]
        unknown = sorted(set(_PLACEHOLDER.findall("\n".join(parts.values()))) - PLACEHOLDERS)
        found += [now_("another word for [%(name)s], which nothing fills in") % {"name": name} for name in unknown]
    return list(dict.fromkeys(found))
