"""Reading a CSV file as people make them: any common encoding and separator, Dutch or English headers."""

import codecs
import csv
import io
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from candidates.names import fold
from privacy.guards import Refused

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 2000
MAX_CELL = 2000
SEPARATORS = ";,\t"

# What a column may hold, and the headers under which lists have it; compared folded.
FIELDS: dict[str, tuple[object, str]] = {
    "name": (_("Name"), "naam|volledige naam|name|full name|kandidaat|candidate"),
    "given_name": (_("First name"), "voornaam|roepnaam|first name|given name|firstname"),
    "initials": (_("Initials"), "voorletters|initialen|initials"),
    "infix": (_("Infix"), "tussenvoegsel|tussenvoegsels|voorvoegsel|infix"),
    "surname": (_("Surname"), "achternaam|familienaam|surname|last name|lastname|family name"),
    "email": (_("E-mail address"), "e mail|email|mail|e mailadres|emailadres|e mail address|email address"),
    "phone": (
        _("Phone number"),
        "telefoon|telefoonnummer|mobiel|tel|phone|phone number|mobile|mobiel nummer|mobielnummer",
    ),
    "profile": (
        _("Profile page"),
        "profiel|profielpagina|linkedin|linkedin url|profile|profile url|url profiel|github",
    ),
    "job_title": (_("Job"), "functie|functietitel|job|job title|title|position|titel|rol"),
    "employer": (_("Employer"), "werkgever|bedrijf|organisatie|employer|company|organisation|organization"),
    "place": (_("Place"), "plaats|woonplaats|stad|place|city|location|locatie"),
    "language": (_("Writes"), "taal|language"),
    "source_url": (_("Address of the source"), "bron|bron url|bronadres|source|source url|vindplaats"),
    "source_detail": (_("Tip from the network"), "tip|toelichting bron|source detail|netwerk"),
    "found_on": (_("Found on"), "gevonden op|gevonden|datum gevonden|found on|found|date found"),
    "ground": (_("Why it may be used"), "grond|contactgrond|ground|reden contact|contact ground"),
    "evidence": (_("Where that can be seen"), "bewijs|bewijs grond|evidence"),
}


class Unreadable(Refused):
    """The file cannot be taken in; the sentence says why and what to do."""


@dataclass(frozen=True)
class Sheet:
    """A list as it came: headers, rows of as many cells, and the number each row has in a spreadsheet."""

    headers: list[str]
    rows: list[list[str]]
    numbers: list[int]


def read(data: bytes) -> Sheet:
    """The list in a file. Raises Unreadable."""
    if len(data) > MAX_BYTES:
        raise Unreadable(_("This file is larger than 5 MB. Split it, or leave out columns nobody needs."))
    text = _decoded(data).replace("\0", "")
    if not text.strip():
        raise Unreadable(_("This file is empty."))
    first, _newline, rest = text.partition("\n")
    # A spreadsheet may say its separator on a line of its own.
    if first.strip().lower().startswith("sep=") and rest:
        separator, text = first.strip()[4:5] or "\t", rest
    else:
        separator = _separator(first)
    try:
        lines = [
            [cell.strip() for cell in line] for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        ]
    except csv.Error as error:
        raise Unreadable(_("This is no CSV file, or a damaged one. Save it as CSV and try again.")) from error
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if any(line)]
    if len(numbered) < 2:
        raise Unreadable(_("There is a row of headers, but no row with a person under it."))
    headers, rows = numbered[0][1], numbered[1:]
    if len(rows) > MAX_ROWS:
        raise Unreadable(_("There are more than 2000 rows in this file. Split it."))
    width = len(headers)
    return Sheet(
        [header[:100] for header in headers],
        [[cell[:MAX_CELL] for cell in (row + [""] * width)[:width]] for _number, row in rows],
        [number for number, _row in rows],
    )


def _decoded(data: bytes) -> str:
    if data[:2] == b"PK" or data[:4] == b"\xd0\xcf\x11\xe0":
        raise Unreadable(_("This is a spreadsheet, not a CSV file. In Excel: Save as, CSV UTF-8."))
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _separator(header: str) -> str:
    outside = "".join(header.split('"')[::2])
    return max(SEPARATORS, key=outside.count)


def guess(headers: list[str]) -> dict[int, str]:
    """Which column holds what, by its header; a field is taken from its first column, the others are left out."""
    known = {header: name for name, (_label, headers_of) in FIELDS.items() for header in headers_of.split("|")}
    taken: dict[int, str] = {}
    for number, header in enumerate(headers):
        name = known.get(fold(header))
        if name and name not in taken.values():
            taken[number] = name
    return taken
