"""Whether the words of a message hold what the law wants in them, item by item. Pure: no database.

GDPR art. 14(1)-(2) and 21(4) for the first message, which tells people that we have their data; art. 13(2) and 7(3)
for the receipts of what somebody just gave us; Tw 11.7(4) for the footer, which every message gets by itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from mailing.kinds import KINDS, NOTICE_KINDS, Kind
from privacy.guards import Sentence

if TYPE_CHECKING:
    from accounts.models import Organisation


@dataclass(frozen=True)
class Item:
    """One thing to say: `title` names it, `advice` tells what to write, `held` whether it is there."""

    code: str
    title: Sentence
    advice: Sentence
    held: bool


@dataclass(frozen=True)
class _Rule:
    code: str
    title: Sentence
    advice: Sentence
    dutch: str
    english: str = ""

    def on(self, text: str, language: str) -> Item:
        shown = self.english if language == "en" and self.english else self.dutch
        return Item(self.code, self.title, self.advice, bool(re.search(shown, text)))

    def absent(self, text: str, language: str) -> Item:
        found = self.on(text, language)
        return Item(found.code, found.title, found.advice, not found.held)


_NOTICE = (
    _Rule("controller", _("who is responsible"), _("Write [legal_name]."), r"\[legal_name\]"),
    _Rule("contact", _("whom to ask about privacy"), _("Write [privacy_contact]."), r"\[privacy_contact\]"),
    _Rule("purpose", _("the purpose"), _("Say that it is about this one vacancy."), r"vacature", r"vacancy"),
    _Rule(
        "legal basis",
        _("the legal basis"),
        _("Name the legitimate interest and whose it is."),
        r"gerechtvaardigd belang",
        r"legitimate interest",
    ),
    _Rule(
        "categories",
        _("which kinds of data"),
        _("Write a line that begins with “Which data:”."),
        r"(?i)welke gegevens",
        r"(?i)which data",
    ),
    _Rule("source", _("where the data come from"), _("Write [source]."), r"\[source\]"),
    _Rule(
        "recipients",
        _("who gets to see the data"),
        _("Write a line that begins with “Who sees them:”."),
        r"(?i)wie ze zien",
        r"(?i)who sees them",
    ),
    _Rule("client", _("the client, or its sector"), _("Write [client]."), r"\[client\]"),
    _Rule(
        "transfers",
        _("whether data leave the EEA"),
        _("Say what holds outside the European Economic Area."),
        r"Europese Economische Ruimte",
        r"European Economic Area",
    ),
    _Rule("storage period", _("how long data are kept"), _("Write [retention_days]."), r"\[retention_days\]"),
    _Rule("access", _("the right to see the data"), _("Say that they may access their data."), r"inzien", r"access"),
    _Rule(
        "rectification", _("the right to correct them"), _("Say that they may correct them."), r"verbeteren", r"correct"
    ),
    _Rule("erasure", _("the right to have them erased"), _("Say that they may have them erased."), r"wissen", r"erase"),
    _Rule(
        "restriction",
        _("the right to restrict their use"),
        _("Say that they may have the use restricted."),
        r"beperken",
        r"restricted",
    ),
    _Rule(
        "portability",
        _("the right to take them along"),
        _("Say that they may take them along."),
        r"meenemen",
        r"take along",
    ),
    _Rule(
        "objection in its own block",
        _("the right to object, in a block of its own"),
        _("Begin a line with “> ” and tell there that they may object."),
        r"(?m)^> .*[Bb]ezwaar",
        r"(?m)^> .*[Oo]bject",
    ),
    _Rule(
        "withdrawal",
        _("that consent can be withdrawn"),
        _("Say that they may always withdraw."),
        r"intrekken",
        r"withdraw",
    ),
    _Rule(
        "complaint",
        _("the right to complain"),
        _("Name the Autoriteit Persoonsgegevens."),
        r"Autoriteit Persoonsgegevens",
    ),
    _Rule(
        "automated decisions",
        _("that no machine decides"),
        _("Say that there is no automated decision-making."),
        r"geautomatiseerde besluitvorming",
        r"automated decision-making",
    ),
    _Rule(
        "tracking",
        _("whether opens and clicks are measured"),
        _("Put [tracking?] on a line of its own; it falls away where nothing is measured."),
        r"(?m)^[-> ]*\[tracking\?\]\s*$",
    ),
)
_WITHDRAW = _Rule(
    "withdrawal link",
    _("the way to withdraw, as easy as the yes"),
    _("Put [link:withdraw|…] in the text."),
    r"\[link:withdraw[\]|]",
)
# What somebody just gave us: a yes, their time for a talk, a request. What the notice said is not said again (13(4)).
_RECEIVED = {
    "receipt_yes": (_WITHDRAW,),
    "receipt_talk": (
        _Rule(
            "purpose",
            _("what we use it for"),
            _("Say that what they tell is used for this one vacancy."),
            r"vacature",
            r"vacancy",
        ),
        _Rule(
            "voluntary",
            _("that they need not tell anything"),
            _("Say that they are not obliged to tell us anything."),
            r"niet(?:s)? verplicht|nergens toe verplicht",
            r"not (?:obliged|required)",
        ),
        _Rule("storage period", _("how long data are kept"), _("Say when it is erased."), r"wissen", r"erase"),
    ),
    "receipt_pool_yes": (
        _WITHDRAW,
        _Rule("pool end", _("until when they are kept"), _("Write [pool_until]."), r"\[pool_until\]"),
    ),
    "receipt_runner_up_yes": (
        _WITHDRAW,
        _Rule("kept until", _("until when they are kept"), _("Write [kept_until]."), r"\[kept_until\]"),
    ),
    "receipt_request": (
        _Rule("contact", _("whom to ask about privacy"), _("Write [privacy_contact]."), r"\[privacy_contact\]"),
        _Rule("term", _("when the answer comes"), _("Put [due_on?] on a line of its own."), r"\[due_on\?\]"),
    ),
    # GDPR art. 12(3): the longer term and its reasons.
    "extension": (
        _Rule("reasons", _("the reasons"), _("Write [reasons]."), r"\[reasons\]"),
        _Rule("longer term", _("the new last day"), _("Write [new_due_on]."), r"\[new_due_on\]"),
        _Rule("contact", _("whom to ask about privacy"), _("Write [privacy_contact]."), r"\[privacy_contact\]"),
    ),
    # GDPR art. 12(4): the reasons, the authority, the court (and UAVG art. 35: within six weeks).
    "refusal": (
        _Rule("reasons", _("the reasons"), _("Write [reasons]."), r"\[reasons\]"),
        _Rule(
            "complaint",
            _("the right to complain"),
            _("Name the Autoriteit Persoonsgegevens."),
            r"Autoriteit Persoonsgegevens",
        ),
        _Rule(
            "court",
            _("the right to go to court, and until when"),
            _("Name the court and the six weeks."),
            r"(?s)zes weken.*rechtbank|rechtbank.*zes weken",
            r"(?s)six weeks.*court|court.*six weeks",
        ),
        _Rule("contact", _("whom to ask about privacy"), _("Write [privacy_contact]."), r"\[privacy_contact\]"),
    ),
    "rights_answer": (
        _Rule("answer", _("what was done"), _("Write [answer]."), r"\[answer\]"),
        _Rule(
            "complaint",
            _("the right to complain"),
            _("Name the Autoriteit Persoonsgegevens."),
            r"Autoriteit Persoonsgegevens",
        ),
    ),
    "receipt_identity": (_Rule("code", _("the code to type"), _("Write [code]."), r"\[code\]"),),
    "rights_answer_copy": (
        _Rule("contact", _("whom to ask about privacy"), _("Write [privacy_contact]."), r"\[privacy_contact\]"),
        _Rule("last day", _("until when the link works"), _("Write [until_on]."), r"\[until_on\]"),
        _Rule(
            "complaint",
            _("the right to complain"),
            _("Name the Autoriteit Persoonsgegevens."),
            r"Autoriteit Persoonsgegevens",
        ),
    ),
    "rights_answer_code": (_Rule("code", _("the code"), _("Write [code]."), r"\[code\]"),),
    "restriction_lift": (
        _Rule("reasons", _("the reasons"), _("Write [reasons]."), r"\[reasons\]"),
        _Rule(
            "complaint",
            _("the right to complain"),
            _("Name the Autoriteit Persoonsgegevens."),
            r"Autoriteit Persoonsgegevens",
        ),
    ),
}
_KEPT_FOR = _Rule("pool period", _("how long a yes lasts"), _("Write [pool_months]."), r"\[pool_months\]")
_POOL = (
    _KEPT_FOR,
    _Rule(
        "no introduction",
        _("that nobody is introduced on this yes"),
        _("Say that no client sees them, and that each vacancy is asked for first."),
        r"(?i)geen (?:enkele )?opdrachtgever",
        r"(?i)no client",
    ),
    _Rule(
        "free",
        _("that a no has no consequence"),
        _("Say that they may say no or do nothing."),
        r"(?i)nee|doet u niets",
        r"(?i)say no|do nothing",
    ),
    _WITHDRAW,
)
# GDPR art. 13(1)-(2): the data come from the person, and there is no client yet.
_APPLICATION = (
    *(
        rule
        for rule in _NOTICE
        if rule.code not in ("purpose", "legal basis", "source", "client", "storage period", "tracking")
    ),
    _Rule(
        "purpose",
        _("the purpose"),
        _("Say that it is to see what may be done with their message."),
        r"(?i)waarom:",
        r"(?i)why:",
    ),
    _Rule(
        "legal basis",
        _("the legal basis"),
        _("Name the steps at their own request, and consent for the rest."),
        r"artikel 6 lid 1 onder b",
        r"article 6\(1\)\(b\)",
    ),
    _Rule("storage period", _("how long data are kept"), _("Write [erase_on]."), r"\[erase_on\]"),
    _Rule(
        "voluntary",
        _("that they need not tell anything"),
        _("Say that they are not obliged to tell us anything."),
        r"niet(?:s)? verplicht|nergens toe verplicht",
        r"not (?:obliged|required)",
    ),
    *_POOL[:2],
)
_RUNNER_UP = (
    _Rule("kept until", _("until when they are kept"), _("Write [kept_until]."), r"\[kept_until\]"),
    _Rule("vacancy", _("for which vacancy"), _("Write [vacancy]."), r"\[vacancy\]"),
    *_POOL[2:],
)
_ABOUT_KEEPING = {
    "application_received": _APPLICATION,
    "pool_ask": _POOL,
    "pool_again": _POOL,
    "runner_up_ask": _RUNNER_UP,
}
_FORBIDDEN = (
    _Rule(
        "silence is no yes",
        _("no silence that counts as a yes"),
        _("Take out the words that make silence or a click a consent."),
        r"(?i)automatisch (?:akkoord|toestemming)"
        r"|zonder (?:tegenbericht|reactie|antwoord)[^.\n]{0,80}(?:akkoord|toestemming|stemt|sturen wij|voor te stellen)"
        r"|(?:niet reageert|geen antwoord|niets doet)[^.\n]{0,60}(?:akkoord|stemt u|geeft u toestemming)"
        r"|door (?:te|op \w+ te|op de link te) klikken[^.\n]{0,60}(?:akkoord|stemt|toestemming)",
        r"(?i)(?:automatically|deemed to) (?:agree|consent)"
        r"|unless (?:we|i) hear[^.\n]{0,80}(?:agree|consent|assume|introduce|send)"
        r"|(?:silence|no (?:reply|answer|response))[^.\n]{0,60}(?:means|counts|agree|consent)"
        r"|by clicking[^.\n]{0,60}(?:agree|consent)",
    ),
    _Rule(
        "no keeping for ever",
        _("no data kept for ever"),
        _("Take out the words that promise to keep data without an end."),
        r"(?i)(?:voor altijd|onbeperkt|voor onbepaalde tijd) (?:te )?(?:bewaren|bewaard)"
        r"|bewa(?:ren|art|ard)[^.\n]{0,50}(?:voor altijd|onbeperkt|onbepaalde tijd)",
        r"(?i)(?:keep|kept|store|stored)[^.\n]{0,50}(?:for ever|forever|indefinitely)",
    ),
)
_ANSWER = _Rule(
    "answer link", _("the link on which they answer"), _("Put [link:consent|…] in the text."), r"\[link:consent[\]|]"
)
_PORTAL = _Rule(
    "portal link", _("the link to the portal"), _("Put [link:portal|…] in the text."), r"\[link:portal[\]|]"
)
_COPY = _Rule(
    "copy link", _("the link to the copy of their data"), _("Put [link:copy|…] in the text."), r"\[link:copy[\]|]"
)
_CONFIRM = _Rule(
    "confirm link", _("the link to show who asks"), _("Put [link:confirm|…] in the text."), r"\[link:confirm[\]|]"
)
_REQUEST = _Rule(
    "request link",
    _("the link to the page of their request"),
    _("Put [link:request|…] in the text."),
    r"\[link:request[\]|]",
)
_LINKS = {"consent": _ANSWER, "portal": _PORTAL, "copy": _COPY, "confirm": _CONFIRM, "request": _REQUEST}
_IN_SHORT = (
    _Rule(
        "answer link, short",
        _("the answer link in the short text"),
        _("Put [link:consent] in the short text."),
        r"\[link:consent[\]|]",
    ),
    _Rule(
        "stop link, short",
        _("the way out in the short text"),
        _("Put [link:withdraw] in the short text."),
        r"\[link:withdraw[\]|]",
    ),
)


def items(kind: str, language: str, *, body: str, short: str = "") -> list[Item]:
    """All that a message of this kind has to say, with whether these words do."""
    return list(_items(kind, language, body.replace("\r\n", "\n"), short))


def _items(kind: str, language: str, body: str, short: str) -> Iterator[Item]:
    links = KINDS.get(kind, Kind()).links
    for name in links:
        yield _LINKS[name].on(body, language)
    if kind in NOTICE_KINDS:
        yield from (rule.on(body, language) for rule in _NOTICE)
    yield from (rule.on(body, language) for rule in _RECEIVED.get(kind, ()))
    yield from (rule.on(body, language) for rule in _ABOUT_KEEPING.get(kind, ()))
    if "consent" in links and short.strip():
        yield from (rule.on(short, language) for rule in _IN_SHORT)
    yield from (rule.absent(f"{body}\n{short}", language) for rule in _FORBIDDEN)


def footer_items(organisation: "Organisation") -> list[Item]:
    """What stands under every message by itself, and whether the organisation's details for it are filled in (M3)."""
    details = {
        "legal_name": _("our legal name"),
        "postal_address": _("our postal address"),
        "kvk": _("our Chamber of Commerce number"),
        "email": _("our e-mail address"),
        "privacy_contact": _("whom to ask about privacy"),
    }
    fill_in = _("An administrator fills this in under Administration, Organisation.")
    return [
        *(Item(name, title, fill_in, bool(getattr(organisation, name).strip())) for name, title in details.items()),
        Item("reason", _("why they get this message"), "", True),
        Item("way out", _("the way out, and their own data"), "", True),
    ]


def lint(kind: str, text: str, language: str) -> list[str]:
    """The codes of the items this body lacks; none when it may be published."""
    return [item.code for item in items(kind, language, body=text) if not item.held]
