"""What an import would do with each row and why: nothing is written, and queries do not grow with the rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from candidates import services
from candidates.contact import BadContact, source_type_for
from candidates.forms import gated, moment_of, parts_of, web_address
from candidates.models import Candidacy, Candidate, ContactGround, ContactKind, ContactPoint, SourceType
from candidates.names import fold
from candidates.services import Contact
from candidates.services.sourcing import OVER, OWN_NO, SAID_NO, SUPPRESSED, TWO_PEOPLE, UNREACHABLE
from candidates.sourcing.reading import Sheet
from privacy import suppression
from privacy.guards import REFUSALS
from privacy.models import SuppressionEntry
from vacancies.models import Vacancy

NEW, KNOWN, HERE, REFUSED = "new", "known", "here", "refused"
PARTS = ("given_name", "initials", "infix", "surname")
LONGEST = {part: getattr(Candidate._meta.get_field(part), "max_length", 100) for part in parts_of("")}
DATES = ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%y")
# Besides codes and labels: how people write a ground in a list.
GROUNDS = {
    "gepubliceerd": ContactGround.PUBLISHED,
    "openbaar": ContactGround.PUBLISHED,
    "published": ContactGround.PUBLISHED,
    "published for jobs": ContactGround.PUBLISHED,
    "open to work": ContactGround.OPEN_TO_WORK,
    "open voor werk": ContactGround.OPEN_TO_WORK,
    "eerder contact": ContactGround.PRIOR_CONTACT,
    "earlier contact": ContactGround.PRIOR_CONTACT,
    "prior contact": ContactGround.PRIOR_CONTACT,
    "eigen sollicitatie": ContactGround.APPLICATION,
    "own application": ContactGround.APPLICATION,
    "toestemming": ContactGround.CONSENT,
    "consent": ContactGround.CONSENT,
}


@dataclass
class Row:
    """One row of the list: what will happen, and why."""

    number: int
    name: str
    contacts: list[tuple[str, str]] = field(default_factory=list)
    verdict: str = NEW
    reason: str = ""
    warnings: list[str] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        return self.verdict == REFUSED

    def refuse(self, reason: str) -> None:
        """The first reason counts."""
        if not self.is_refused:
            self.verdict, self.reason = REFUSED, reason


def plan(
    sheet: Sheet, columns: Mapping[int, str], defaults: Mapping[str, str], *, vacancy: Vacancy, actor: User
) -> list[Row]:
    """Say of every row whether it makes a new person, adds a known one, or is refused and why."""
    planned = [
        _read(number, {name: cells[column] for column, name in columns.items() if column < len(cells)}, defaults)
        for number, cells in zip(sheet.numbers, sheet.rows, strict=True)
    ]
    _mark_twins(planned)
    _mark_stops(planned, vacancy)
    _mark_known(planned, vacancy, actor)
    return planned


def _read(number: int, cells: dict[str, str], defaults: Mapping[str, str]) -> Row:
    name = _name(cells)
    shown = " ".join(filter(None, (name["given_name"] or name["initials"], name["infix"], name["surname"])))
    row = Row(number=number, name=shown)
    if not shown:
        row.refuse(_("There is no name."))
    ground = _ground(cells.get("ground", "")) or ("" if cells.get("ground") else defaults.get("ground", ""))
    url, detail, kind = _source(cells, defaults, row)
    found_on = _day(cells.get("found_on") or defaults.get("found_on", ""), row)
    contacts = _contacts(cells, ground, cells.get("evidence") or url, found_on, row)
    if contacts and not ground:
        row.refuse(_("It does not say why the address may be used."))
    for text in (detail, cells.get("evidence", "")):
        try:
            gated(text)
        except ValidationError as error:
            row.refuse(" ".join(error.messages))
    row.found = {
        "name": name,
        "contacts": contacts,
        "source_type": kind,
        "url": url[:500],
        "detail": detail,
        "obtained_at": moment_of(found_on),
        "job_title": cells.get("job_title", "")[:200],
        "employer": cells.get("employer", "")[:200],
        "place": cells.get("place", "")[:120],
        "language": _language(cells.get("language", "")) or defaults.get("language") or "nl",
    }
    return row


def _name(cells: Mapping[str, str]) -> dict[str, str]:
    given = {part: cells.get(part, "")[:100] for part in PARTS}
    if given["surname"]:
        given["initials"], given["infix"] = given["initials"][:30], given["infix"][:30]
        return given
    whole = cells.get("name", "") or " ".join(filter(None, given.values()))
    parts = parts_of(whole[:200])
    return {part: value[: LONGEST[part]] for part, value in parts.items()}


def _ground(text: str) -> str:
    if text in ContactGround.values:
        return text
    wanted = fold(text.replace("_", " "))
    labels = {fold(str(ground.label)): ground.value for ground in ContactGround}
    return str(GROUNDS.get(wanted, "")) or labels.get(wanted, "")


def _language(text: str) -> str:
    return {"n": "nl", "d": "nl", "e": "en"}.get(fold(text)[:1], "")


def _source(cells: Mapping[str, str], defaults: Mapping[str, str], row: Row) -> tuple[str, str, str]:
    url, detail = cells.get("source_url", ""), cells.get("source_detail", "")
    if url and "." not in url.strip("."):
        # "LinkedIn" or a name: words about the source, no address.
        detail, url = f"{url}. {detail}".strip(". ") if detail else url, ""
    url = url or ("" if detail else cells.get("profile", ""))
    detail = detail or ("" if url else defaults.get("source_detail", ""))
    if not url and not detail:
        row.refuse(_("It does not say where the person was found."))
    if url:
        try:
            url = web_address(url)
        except BadContact as bad:
            row.refuse(str(bad))
    kind = defaults.get("source_type") or (source_type_for(url) if url else SourceType.NETWORK)
    return url, detail, str(kind)


def _day(text: str, row: Row) -> date | None:
    if not text:
        return None
    for pattern in DATES:
        try:
            day = datetime.strptime(text[:10].strip(), pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if day > timezone.localdate():
            row.refuse(_("The day it was found is still to come."))
        return day
    row.refuse(_("The day it was found is no date; write 31-12-2026."))
    return None


def _contacts(cells: Mapping[str, str], ground: str, evidence: str, found_on: date | None, row: Row) -> list[Contact]:
    contacts = []
    for kind in ContactKind:
        value = cells.get(kind.value, "")
        if not value:
            continue
        contact = Contact(
            kind=kind.value, value=value[:500], ground=ground, evidence=evidence[:500], evidence_on=found_on
        )
        try:
            row.contacts.append((kind.value, contact.normalised))
        except BadContact as bad:
            row.refuse(str(bad))
            continue
        contacts.append(contact)
    return contacts


def _mark_twins(rows: list[Row]) -> None:
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        twin = next((first[contact] for contact in row.contacts if contact in first), None)
        if twin is not None:
            row.refuse(_("The same person as in row %(row)s.") % {"row": twin})
        if not row.is_refused:
            first.update((contact, row.number) for contact in row.contacts)


def _mark_stops(rows: list[Row], vacancy: Vacancy) -> None:
    """Suppression first: one query for every spelling of every address under every live key."""
    hashes = {contact: suppression.hmacs([contact]) for row in rows for contact in row.contacts}
    stopped = _stopped({digest for many in hashes.values() for digest in many}, vacancy)
    for row in rows:
        if any(stopped.intersection(hashes[contact]) for contact in row.contacts):
            row.refuse(str(REFUSALS[SUPPRESSED]))


def _stopped(hashes: set[str], vacancy: Vacancy) -> set[str]:
    if not hashes:
        return set()
    entries = SuppressionEntry.objects.filter(hash__in=hashes).standing()
    return set(entries.covering(vacancy=vacancy.pk, client=vacancy.client_id).values_list("hash", flat=True))


def _mark_known(rows: list[Row], vacancy: Vacancy, actor: User) -> None:
    points: dict[tuple[str, str], Candidate] = {}
    wanted = {value for row in rows for _kind, value in row.contacts}
    for point in ContactPoint.objects.standing().filter(normalised__in=wanted).select_related("candidate__subject"):
        points[point.kind, point.normalised] = point.candidate
    people = {candidate.pk: candidate for candidate in points.values()}
    here = {row.candidate_id: row for row in Candidacy.objects.filter(vacancy=vacancy, candidate__in=people)}
    stopped = _stopped_people(people, vacancy)
    subjects = [candidate.subject_id for candidate in people.values()]
    warnings = services.approached_elsewhere_many(subjects, vacancy, actor=actor)
    seen: dict[UUID, int] = {}
    for row in rows:
        if row.is_refused:
            continue
        candidates = {points[contact].pk for contact in row.contacts if contact in points}
        if len(candidates) > 1:
            row.refuse(str(REFUSALS[TWO_PEOPLE]))
        elif candidates:
            person = people[candidates.pop()]
            if person.pk in seen:
                row.refuse(_("The same person as in row %(row)s.") % {"row": seen[person.pk]})
                continue
            seen[person.pk] = row.number
            _mark_person(row, person, here.get(person.pk), is_stopped=person.pk in stopped)
            row.warnings = [str(warning) for warning in warnings.get(person.subject_id, [])]


def _mark_person(row: Row, person: Candidate, candidacy: Candidacy | None, *, is_stopped: bool) -> None:
    if person.subject.erased_at or person.subject.restricted_at:
        row.refuse(str(REFUSALS[UNREACHABLE]))
    elif is_stopped:
        row.refuse(str(REFUSALS[SUPPRESSED]))
    elif candidacy is None:
        row.verdict, row.reason = (
            KNOWN,
            _("%(name)s is here already and is added to this vacancy.") % {"name": person.name},
        )
    elif candidacy.ended_at:
        row.refuse(str(REFUSALS[SAID_NO if candidacy.ended_reason in OWN_NO else OVER]))
    else:
        row.verdict, row.reason = HERE, _("Is in this vacancy already; where you found them is noted.")


def _stopped_people(people: Mapping[UUID, Candidate], vacancy: Vacancy) -> set[UUID]:
    """Known people who said stop under any address they have, also one that is not in the list."""
    owned: dict[str, UUID] = {}
    for candidate, kind, value in (
        ContactPoint.objects.standing().filter(candidate__in=people).values_list("candidate", "kind", "normalised")
    ):
        owned.update(dict.fromkeys(suppression.hmacs([(kind, value)]), candidate))
    return {owned[digest] for digest in _stopped(set(owned), vacancy)}
