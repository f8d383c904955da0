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
_PLEASE = r"(?:alstublieft|alsjeblieft|a\.?u\.?b\.?|s\.?v\.?p\.?|please|pls)"
# Who writes about their own work stops as well, and some things go on without a stop.
_NOT_I = r"(?<!-)(?<!\bik )(?<!\bwij )(?<!\bwe )(?<!\bnon )(?<!\bi )(?<!n't )(?<!\bnot )(?<!\bniet )(?<!\bnever )"
_MAILING = (
    r"(?:e-?mailen|mailen|contact|benaderen|benadering|bellen|sturen|spammen|appen|lastig ?(?:te )?vallen"
    r"|(?:e-?)?mails?|mailtjes?|berichten?|berichtjes?|telefoontjes)"
)
_WITH_IT = r"(?:er|hier|daar) ?mee"
_THIS = r"(?:(?:het|dit|deze|die|al|alle|mij|me|ons|te) ){0,3}"
_ME = r"(?:me|mij|ons)"
_YOU = r"(?:u|jij|je|jullie)"
# After these words a moment or a place is meant, no end.
_SOMETIME = r"(?! (?:na|voor|vóór|vandaag|morgen|op|om|tussen|tijdens|onder|overdag|in het|deze week|dit weekend)\b)"
_PHRASES: dict[SuggestionKind, str] = {
    SuggestionKind.OBJECTION: (
        r"uitschrijven|schrijf (?:me|mij) uit|unsubscribe(?: me)?|opt[ -]?out|meld (?:me|mij) af"
        r"|afmelden(?! voor (?:de|het|een|onze|deze|dit|ons) (?:afspraak|gesprek|bijeenkomst|interview|kennismaking))"
        r"|(?:niet|nooit) (?:meer|langer) (?:te )?(?:e-?mailen|benaderen|contacteren|bellen)"
        r"|(?:niet|nooit) (?:meer|langer) (?:door \w+ )?benaderd (?:te )?worden"
        rf"|(?:mail|bel|benader|contacteer|app|schrijf) {_ME} (?:{_PLEASE} )?(?:niet|nooit) (?:meer|langer){_SOMETIME}"
        rf"|stuur {_ME} (?:{_PLEASE} )?(?:niets|niks|nooit) meer|geen (?:contact|(?:e-?)?mails?|berichten?) meer"
        rf"|neem (?:\w+ )?(?:geen|nooit(?: meer)?) contact (?:met {_ME} )?op(?! met (?!{_ME}\b))"
        rf"|(?:wil|wens|hoef) (?:ik )?(?:\w+ )?(?:niets|niks) meer (?:van {_YOU} )?(?:te )?(?:horen|ontvangen|weten)"
        rf"|{_NOT_I}stop(?:pen)? (?:{_PLEASE} )?met {_THIS}{_MAILING}|{_NOT_I}stop (?:{_PLEASE} )?{_WITH_IT}"
        rf"|{_NOT_I}stop(?:pen)? {_PLEASE}(?! (?:by|at|bij|in|naar|over)\b)"
        rf"|{_NOT_I}stop (?:deze|die|alle|dit|these|those|this|all|your) (?:\w+ )?"
        r"(?:(?:e-?)?mails?|berichten|messages|contact|communication|spam|gedoe|onzin|nonsense|harassment)"
        rf"|(?:wilt|kunt|zoudt?|wil|kun|zou) {_YOU} (?:{_PLEASE} )?{_WITH_IT} (?:willen )?(?:stoppen|ophouden)"
        rf"|{_NOT_I}hou(?:dt?)? (?:u )?(?:{_PLEASE} )?{_WITH_IT} (?:\w+ )?op"
        rf"|{_NOT_I}(?:hou(?:dt?)? (?:u )?op|ophouden) met {_THIS}{_MAILING}"
        rf"|laat {_ME} (?:(?:{_PLEASE}|nu|toch|gewoon|voortaan) ){{0,3}}met rust|leave (?:me|us) alone"
        r"|(?:haal|verwijder) (?:me|mij) (?:van|uit) (?:de|uw|jullie|je) (?:mailing)?(?:lijst|bestand|database)"
        r"|ik (?:maak|heb) (?:hierbij )?bezwaar|bezwaar (?:maken )?tegen (?:het )?(?:gebruik|de verwerking|verwerking)"
        r"|(?:do not|don't|dont|never) (?:contact|e-?mail|mail|call|approach) me(?: again| anymore)?"
        rf"|{_NOT_I}(?:stop|quit|cease) (?:contacting|e-?mailing|mailing|calling|sending|messaging|texting|spamming"
        r"|bothering|harassing|phoning|approaching|writing to me)(?: me| us)?"
        r"|cease (?:all |any )?(?:contact|communication)|cease and desist"
        r"|(?:do not|don't|dont|never) (?:reach out|write)(?: to me| to us)? (?:again|anymore|any more)"
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
# Some words say it only when they are the whole sentence, with no more than what is said out of politeness.
_POLITE = (
    rf"(?:{_PLEASE}|graag|gelieve|nee|no|nope|ok|oké|okay|dank (?:u|je)(?: wel)?|bedankt|thanks|thank you|kindly|nu|now"
    r"|just|dus|so|hallo|hi|beste|(?:wilt|kunt|zoudt) u|(?:wil|kun|zou) je|(?:can|could|would|will) you)"
)
_BARE = re.compile(
    rf"(?:^|[.!?,;:\n])\s*(?:{_POLITE}[ ,]+){{0,4}}"
    rf"(stop(?:pen)?(?: (?:{_WITH_IT}|dit|it|this|that|now|nu|direct|onmiddellijk|immediately))?"
    rf"|hou(?:dt?)? (?:u )?(?:(?:eens|nu|toch|hier|{_WITH_IT}) ){{0,2}}op|ophouden|{_WITH_IT} (?:stoppen|ophouden)"
    r"|remove me|knock it off)"
    rf"(?:[ ,]+{_POLITE}){{0,4}}\s*(?=$|[.!?,;\n])",
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
