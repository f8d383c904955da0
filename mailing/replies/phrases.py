"""Words that may be a request under the law: whole phrases, Dutch and English. They suggest, they never decide."""

import re
from typing import NamedTuple

from mailing.models import SuggestionKind


class Hint(NamedTuple):
    """What a text may ask for, and the words that say so."""

    kind: SuggestionKind
    phrase: str


_MINE = r"(?:al |alle )?(?:mijn|m'n|mij'?n) (?:persoons)?(?:gegevens|data|dossier|profiel|cv)"
_MY = r"(?:all )?(?:of )?my (?:personal )?(?:data|details|information|profile|records?|file|cv|resume)"
_YES = r"(?:toestemming|akkoord|kandidatuur|sollicitatie)"
_PHRASES: dict[SuggestionKind, str] = {
    SuggestionKind.OBJECTION: (
        r"uitschrijven|schrijf (?:me|mij) uit|unsubscribe(?: me)?|opt[ -]?out|meld (?:me|mij) af"
        r"|afmelden(?! voor (?:de|het|een|onze|deze|dit|ons) (?:afspraak|gesprek|bijeenkomst|interview|kennismaking))"
        r"|(?:niet|nooit) (?:meer|langer) (?:te )?(?:e-?mailen|benaderen|contacteren|bellen)"
        r"|(?:niet|nooit) (?:meer|langer) (?:door \w+ )?benaderd (?:te )?worden"
        r"|mail (?:me|mij) (?:niet|nooit) meer|geen (?:contact|mails?|e-mails?|berichten?) meer"
        r"|stop(?:pen)? met (?:het )?(?:mailen|contact|benaderen|bellen|sturen)"
        r"|(?:haal|verwijder) (?:me|mij) (?:van|uit) (?:de|uw|jullie|je) (?:mailing)?(?:lijst|bestand|database)"
        r"|ik (?:maak|heb) (?:hierbij )?bezwaar|bezwaar (?:maken )?tegen (?:het )?(?:gebruik|de verwerking|verwerking)"
        r"|(?:do not|don't|dont|never) (?:contact|e-?mail|mail|call|approach) me(?: again| anymore)?"
        r"|stop (?:contacting|e-?mailing|mailing|calling|sending)(?: me)?"
        r"|no (?:more|further) (?:contact|e-?mails?|messages)"
        r"|(?:take|remove) me (?:off|from) (?:your|this|the) (?:mailing )?(?:list|database)"
        r"|(?:i |hereby )object to|i object\b"
    ),
    SuggestionKind.ERASURE: (
        rf"(?:verwijder|wis|vernietig|delete)(?:t|en)? (?:(?:a\.?u\.?b\.?|alstublieft|dan|graag) )?{_MINE}"
        rf"|{_MINE} (?:(?:te|laten|volledig|graag|direct|willen|wilt|wil|uit|uw|jullie|systeem|systemen) )*"
        r"(?:verwijder(?:en|t|d)?|wissen|gewist|vernietigen|vernietigd)"
        r"|gegevens (?:te )?(?:laten )?(?:verwijderen|wissen)|recht op (?:vergetelheid|wissing|verwijdering)"
        rf"|(?:delete|erase|remove|destroy) {_MY}|right to (?:be forgotten|erasure)"
        rf"|{_MY} (?:to be )?(?:deleted|erased|removed)"
    ),
    SuggestionKind.ACCESS: (
        r"inzage(?:verzoek|recht)?(?! in (?:de|het|een|onze|deze|dit) (?:vacature|functie|profiel|opdracht|rol|proces))"
        r"|welke (?:persoons)?gegevens|(?:kopie|afschrift|overzicht) van (?:al )?mijn (?:persoons)?gegevens"
        r"|(?:hoe kom(?:t|en)? (?:u|jullie|je)|waar heb(?:t|ben)? (?:u|jullie|je)) (?:aan )?mijn"
        r" (?:gegevens|adres|naam|e-?mailadres)"
        r"|(?:what|which) (?:personal )?(?:data|information) (?:do you|you|have you|is)"
        rf"|copy of {_MY}|access to {_MY}|(?:data )?subject access request|right of access"
        r"|(?:how|where) did you (?:get|find|obtain) my"
    ),
    SuggestionKind.WITHDRAWAL: (
        rf"trek (?:ik )?(?:hierbij )?(?:mijn|m'n) {_YES} (?:hierbij )?(?:weer )?in"
        rf"|(?:mijn|m'n|de) {_YES} (?:weer |hierbij )?(?:intrekken|in te trekken)"
        r"|toestemming intrekken|ik trek (?:me|mij) (?:hierbij )?terug|(?:me|mij) terugtrekken"
        r"|withdraw my (?:consent|permission|application|candidacy)"
        r"|i (?:hereby )?withdraw\b|revoke my (?:consent|permission)"
    ),
}
_FINDERS = {kind: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I) for kind, words in _PHRASES.items()}
# One bare word says it only when it is the whole sentence.
_BARE = re.compile(
    r"(?:^|[.!?\n])\s*(stop|stop hiermee|stop it|please stop|stop please|stop a\.?u\.?b\.?|graag stoppen)"
    r"\s*(?=$|[.!?\n])",
    re.I,
)


def hints(text: str) -> list[Hint]:
    """What the writer may be asking, each kind once, with the words; give it the new part without the signature."""
    plain = " ".join(text.replace("’", "'").split())
    found = [
        Hint(kind, match.group()[:120]) for kind, finder in _FINDERS.items() if (match := finder.search(plain[:20_000]))
    ]
    bare = _BARE.search(text[:20_000])
    if bare and all(hint.kind != SuggestionKind.OBJECTION for hint in found):
        found.insert(0, Hint(SuggestionKind.OBJECTION, bare[1]))
    return found
