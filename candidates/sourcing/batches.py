"""The list between its preview and its end: sealed, carried out row by row, gone after a day."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from candidates.contact import BadContact
from candidates.models import ContactKind, ImportBatch
from candidates.services import source
from candidates.sourcing import planning
from candidates.sourcing.reading import Sheet, guess
from privacy import ledger, sealing, spreadsheets
from privacy.guards import Refused
from privacy.words import masked
from vacancies.models import Vacancy

# A run that stood still for so long has died with its worker; it may be taken up again, for rows are safe to repeat.
DEAD_AFTER = timedelta(minutes=10)
IN_A_REQUEST = 200
NOTE_EVERY = 20


class Payload:
    """What is sealed in a batch: the list, which column holds what, and what holds for rows that do not say."""

    def __init__(self, sheet: Sheet, columns: dict[int, str], defaults: dict[str, str]) -> None:
        self.sheet = sheet
        self.columns = columns
        self.defaults = defaults

    def plan(self, *, vacancy: Vacancy, actor: User) -> list[planning.Row]:
        return planning.plan(self.sheet, self.columns, self.defaults, vacancy=vacancy, actor=actor)

    def to_bytes(self) -> bytes:
        held = {
            "headers": self.sheet.headers,
            "rows": self.sheet.rows,
            "numbers": self.sheet.numbers,
            "columns": self.columns,
            "defaults": self.defaults,
        }
        return json.dumps(held).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Payload":
        held = json.loads(data)
        columns = {int(number): name for number, name in held["columns"].items()}
        return cls(Sheet(held["headers"], held["rows"], held["numbers"]), columns, held["defaults"])


def start(sheet: Sheet, defaults: dict[str, str], *, vacancy: Vacancy, actor: User) -> ImportBatch:
    """Keep an uploaded list, sealed, until its preview is answered."""
    columns = guess(sheet.headers)
    payload = Payload(_covered(sheet, columns), columns, defaults)
    pk = uuid4()
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            pk=pk, vacancy=vacancy, made_by=actor, rows=_sealed(pk, payload), row_count=len(sheet.rows)
        )
        ledger.append("import.uploaded", actor=actor, vacancy=vacancy.pk, batch=pk, rows=len(sheet.rows))
    return batch


def _covered(sheet: Sheet, columns: dict[int, str]) -> Sheet:
    """The list with identity numbers covered, before it is stored (I9); ways to reach somebody stay as they are."""
    ways = {number for number, name in columns.items() if name in ContactKind.values}
    rows = [[cell if number in ways else masked(cell)[0] for number, cell in enumerate(cells)] for cells in sheet.rows]
    return Sheet(sheet.headers, rows, sheet.numbers)


def open_batch(batch: ImportBatch) -> Payload:
    """The list in a batch. Raises sealing.Unsealable."""
    return Payload.from_bytes(sealing.unseal(batch.rows, context=_context(batch.pk)))


def arrange(batch: ImportBatch, columns: dict[int, str], defaults: dict[str, str]) -> None:
    """Say anew which column holds what; nothing of it when the run has begun."""
    payload = open_batch(batch)
    fresh = Payload(payload.sheet, columns, defaults)
    ImportBatch.objects.filter(pk=batch.pk, outcome={}).update(rows=_sealed(batch.pk, fresh))


def claim(batch_id: UUID) -> bool:
    """Take a batch to carry it out; only one taker at a time."""
    now = timezone.now()
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().filter(pk=batch_id, done_at=None).first()
        if batch is None:
            return False
        moved = batch.outcome.get("moved")
        if moved and datetime.fromisoformat(moved) > now - DEAD_AFTER:
            return False
        batch.outcome = {"moved": now.isoformat(), "rows": []}
        batch.save(update_fields=["outcome"])
    return True


def carry_out(batch_id: UUID) -> ImportBatch:
    """Add the people of a claimed batch, each in a transaction of its own; what came of each row is noted as codes."""
    batch = ImportBatch.objects.select_related("vacancy__assessment_link", "vacancy__client", "made_by").get(
        pk=batch_id
    )
    rows = open_batch(batch).plan(vacancy=batch.vacancy, actor=batch.made_by)
    outcomes: list[dict[str, Any]] = []
    for row in rows:
        outcomes.append(_add(row, batch))
        if len(outcomes) % NOTE_EVERY == 0:
            _note(batch, outcomes)
    batch.done_at = timezone.now()
    _note(batch, outcomes)
    added = sum(outcome["verdict"] != planning.REFUSED for outcome in outcomes)
    ledger.append("import.done", actor=batch.made_by, vacancy=batch.vacancy_id, batch=batch.pk, added=added)
    return batch


def _add(row: planning.Row, batch: ImportBatch) -> dict[str, Any]:
    outcome: dict[str, Any] = {"row": row.number, "verdict": row.verdict, "reason": row.reason}
    if row.is_refused:
        return outcome
    try:
        sourced = source(vacancy=batch.vacancy, actor=batch.made_by, **row.found)
    except (Refused, BadContact) as refusal:
        # Something changed since the plan was made: somebody said stop, or a colleague was quicker.
        return {**outcome, "verdict": planning.REFUSED, "reason": str(refusal)}
    verdict = planning.NEW if sourced.person_is_new else planning.KNOWN
    outcome["verdict"] = verdict if sourced.candidacy_is_new else planning.HERE
    # Its words may name the person; a code is all that is kept.
    outcome["reason"] = ""
    outcome["candidacy"] = str(sourced.candidacy.pk)
    return outcome


def _note(batch: ImportBatch, outcomes: list[dict[str, Any]]) -> None:
    batch.outcome = {"moved": timezone.now().isoformat(), "rows": outcomes}
    batch.save(update_fields=["outcome", "done_at"])


def refused_rows(batch: ImportBatch) -> str:
    """The rows that were refused, as they came, with why, for a spreadsheet: no cell of it is read as a formula."""
    payload = open_batch(batch)
    rows = dict(zip(payload.sheet.numbers, payload.sheet.rows, strict=True))
    refused = [outcome for outcome in batch.outcome.get("rows", []) if outcome["verdict"] == planning.REFUSED]
    return spreadsheets.written(
        [
            [*payload.sheet.headers, _("Why it was refused")],
            *([*rows[outcome["row"]], outcome["reason"]] for outcome in refused),
        ]
    )


def _context(pk: UUID) -> str:
    return f"import:{pk}"


def _sealed(pk: UUID, payload: Payload) -> bytes:
    return sealing.seal(payload.to_bytes(), context=_context(pk))
