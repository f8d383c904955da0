"""Finds citizen service numbers and numbers of identity documents by their form. Pure standard library.

A BSN has no ground in recruitment before somebody is hired, and consent does not help (UAVG art. 46). The same patterns
are written into the database (`function_sql`), where the guards of I9 use them: what is found here is refused there.
They keep to what both dialects know: no switches within a pattern, `\\b` for the edge of a word.
"""

import re
from collections.abc import Iterator

Span = tuple[int, int]


def _any_case(words: str) -> str:
    """A pattern whose letters stand for both their cases; backslashes and sets in brackets are kept whole."""

    def both(match: re.Match[str]) -> str:
        found = match[0]
        if found.startswith("["):
            return "[" + found[1:-1].upper() + found[1:] if found[1:-1].isalpha() else found
        return found if len(found) > 1 else f"[{found.upper()}{found}]"

    return re.sub(r"\\.|\[[^\]]*\]|[a-z]", both, words)


# Signs that look like a space or a hyphen, and what they are read as.
_SIGNS = "\u00a0\u2007\u2009\u202f\u2010\u2011\u2012\u2013\u2014"
_READ_AS = "    -----"
_PLAIN = str.maketrans(_SIGNS, _READ_AS)

# Eight or nine digits, in groups as people write them.
_DIGITS = r"\d(?:[ .\-]?\d){7,8}"
# What stands behind may not make it the beginning of a longer number, nor an amount.
_UNITS = _any_case("(?:€|%|euro|eur|dollars?|usd|pond|pounds?|stuks|units|miljoen|million|km|m2)")
_AFTER = rf"(?![\w/]|[.\-]\w|,\d| ?\d| ?{_UNITS})"
# What stands before may not make it the end of one, nor of an address on the web; a leading area code is a telephone.
_BARE = (
    r"(?<![\w+/=#])(?<!\w[.\-])(?<!\d[ ,])(?<![€$£])(?<![€$£] )"
    rf"(?!0\d{{1,3}}[ .\-])({_DIGITS}){_AFTER}"
)
_NAMED = (
    r"\b"
    + _any_case(
        r"(?:bsn(?:[\- ]?(?:nummer|nr|number|no))?|burger ?service(?: ?nummer| ?nr)?|sofi(?:[\- ]?(?:nummer|nr))?"
        r"|citizen service (?:number|no)|social security (?:number|no))"
    )
    + rf"(?![A-Za-z_])[^\d\n]{{0,40}}({_DIGITS}){_AFTER}"
)
# Other numbers that are told by what stands right before them.
_OTHER = (
    r"\b"
    + _any_case(
        r"(?:kvk(?:[\- ]?(?:nummer|nr))?|k\.v\.k\.|kamer van koophandel|chamber of commerce|iban|fax|mobiel|mobile"
        r"|(?:bank)?rekening(?:nummer|nr)?|account(?: (?:number|no))?|tel(?:efoon(?:nummer|nr)?)?"
        r"|(?:tele)?phone(?: number)?|(?:order|factuur|dossier|zaak|klant|polis|offerte|artikel|referentie|vacature"
        r"|rsin|vestigings)[\- ]?(?:nummer|nr)?|(?:order|invoice|case|file|customer|policy|part|reference|ref|ticket"
        r"|vat|btw|job)(?: (?:number|no))?)"
    )
    + r"\b[^\w\n]{0,12}"
)

# A document is named, then within a few words comes its number: capitals and digits, two digits at least.
_PAPER = _any_case(
    r"(?:paspoort(?:en)?|passports?|(?:nationale )?identiteits(?:kaart|bewijs|document)"
    r"|id[ \-]?(?:kaart|bewijs|card|document)|identity (?:card|document|paper)s?|rijbewijs"
    r"|driv(?:ing|er'?s?) licen[cs]e|verblijfs(?:document|vergunning|kaart|pas)|residence (?:permit|card)"
    r"|vreemdelingendocument|travel document|reisdocument|legitimatie(?:bewijs)?|rijksregister(?:nummer)?)"
)
_NUMBERED = _any_case(r"(?:[\- ]?(?:nummer|numbers?|nr|no|id)\b\.?)?")
_NUMBER = r"((?=[A-Z]*\d[A-Z]*\d)[A-Z0-9]{7,16}|\d\d\.\d\d\.\d\d-\d\d\d\.\d\d|[A-Z]{1,3} \d{6,9})(?![\w/])"
_PAPERS = rf"\b{_PAPER}{_NUMBERED}(?:[^\w\n]+[A-Za-z]{{1,14}}){{0,4}}[^\w\n/]{{1,4}}{_NUMBER}"
_DOCUMENTS = (
    r"\b"
    + _any_case(r"document(?:nummer|nr| number| no)\.?")
    + rf"[^\n.]{{0,30}}{_PAPER}[^\n]{{0,20}}[^\w\n/]{{1,4}}{_NUMBER}"
)
# The lines at the foot of a document (ICAO 9303): letters, digits and fillers.
_MRZ = (
    r"(?<![A-Z0-9<])([PIACV][A-Z<][A-Z<]{3}[A-Z0-9<]{15,39}"
    r"|[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{2,16})(?![A-Z0-9<])"
)

_bare, _named, _other = re.compile(_BARE), re.compile(_NAMED), re.compile(_OTHER + "$")
_papers = (re.compile(_PAPERS), re.compile(_DOCUMENTS))
_mrz = re.compile(_MRZ)
_NEAR = 40


def bsn(text: str) -> list[Span]:
    """Every citizen service number: nine digits that pass the eleven-test, or eight behind its name."""
    text = text.translate(_PLAIN)
    named = {match.span(1) for match in _named.finditer(text) if is_bsn(_plain(match[1]))}
    bare = {
        match.span(1)
        for match in _bare.finditer(text)
        if len(_plain(match[1])) == 9
        and is_bsn(_plain(match[1]))
        and not _other.search(text[max(0, match.start() - _NEAR) : match.start()])
    }
    return sorted(named | bare)


def is_bsn(digits: str) -> bool:
    """Whether eight or nine digits pass the eleven-test of a citizen service number."""
    padded = digits.zfill(9)
    if len(padded) != 9 or not padded.isdigit() or not padded.strip("0"):
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(int(digit) * weight for digit, weight in zip(padded, weights, strict=True)) % 11 == 0


def _plain(number: str) -> str:
    return re.sub(r"\D", "", number)


def documents(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, rule) of every number of a passport, card or licence, and of every machine-readable line."""
    text = text.translate(_PLAIN)
    found: dict[Span, str] = {match.span(1): "mrz" for match in _mrz.finditer(text) if "<<" in match[1]}
    for pattern in _papers:
        found |= {match.span(1): "named" for match in pattern.finditer(text)}
    for (start, end), rule in sorted(found.items()):
        yield start, end, rule


# A run of digits that may hold such a number, and plain words without which no document is named.
_RUN = r"\d([ .\-]?\d){7,}"
_HINTS = ("pas", "iden", "kaart", "card", "bewijs", "licen", "document", "verblijf", "residence", "legitim", "rijksreg")


def _hints() -> str:
    return " OR ".join(f"strpos(low, '{hint}') > 0" for hint in _HINTS)


FUNCTION = "public.watson_identity_number"


def function_sql() -> str:
    """The function of the database that says whether words hold such a number; guards call it."""
    pattern = {
        name: "'" + value.replace(r"\b", r"\y").replace("'", "''") + "'"
        for name, value in {
            "bare": _BARE,
            "named": _NAMED,
            "papers": _PAPERS,
            "documents": _DOCUMENTS,
            "mrz": _MRZ,
            "other": _OTHER + rf"{_DIGITS}(?!\d)",
        }.items()
    }
    return f"""
CREATE OR REPLACE FUNCTION {FUNCTION}(words text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    said text;
    low text;
    hit text[];
    digits text;
    total integer;
    run constant text := '{_RUN}';
    first integer;
    behind integer := 1;
    since integer;
    near text;
BEGIN
    IF words IS NULL OR words !~ '\\d|<<' THEN
        RETURN false;
    END IF;
    said := translate(words, '{_SIGNS}', '{_READ_AS}');
    -- Looking for plain words first: most texts name no document, and the patterns take their time.
    low := lower(said);
    IF ({_hints()})
       AND (said ~ {pattern["papers"]} OR said ~ {pattern["documents"]}) THEN
        RETURN true;
    END IF;
    IF strpos(said, '<<') > 0 THEN
        FOR hit IN SELECT regexp_matches(said, {pattern["mrz"]}, 'g') LOOP
            IF strpos(hit[1], '<<') > 0 THEN
                RETURN true;
            END IF;
        END LOOP;
    END IF;
    -- Each run of digits with what stands around it: far enough for its name, and never half of another number.
    LOOP
        first := regexp_instr(said, run, behind);
        EXIT WHEN first = 0;
        since := greatest(behind - 1, first - 72, 1);
        behind := regexp_instr(said, run, first, 1, 1);
        near := substr(said, since, behind - since + 9);
        FOR hit IN
            SELECT regexp_matches(near, {pattern["named"]}, 'g')
            UNION ALL
            SELECT spotted.parts
            FROM regexp_matches(regexp_replace(near, {pattern["other"]}, ' ', 'g'), {pattern["bare"]}, 'g')
                AS spotted(parts)
            WHERE length(regexp_replace(spotted.parts[1], '\\D', '', 'g')) = 9
        LOOP
            digits := lpad(regexp_replace(hit[1], '\\D', '', 'g'), 9, '0');
            total := -substr(digits, 9, 1)::integer;
            FOR place IN 1..8 LOOP
                total := total + (10 - place) * substr(digits, place, 1)::integer;
            END LOOP;
            IF digits <> '000000000' AND total % 11 = 0 THEN
                RETURN true;
            END IF;
        END LOOP;
    END LOOP;
    RETURN false;
END
$body$;
"""
