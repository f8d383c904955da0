"""Requests for tests: taken in by whichever way, and the mails that came of it handed over."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from mailing.models import Message, State
from mailing.signals import answer_handed_over
from privacy import services
from privacy.deadlines import CALENDAR_VERSION, due_date
from privacy.models import DataRequest
from tests.factories import make_candidacy

ANNA = "anna@person.example"


def ask(kind: str = "access", **fields: Any) -> DataRequest:
    """A request through the public form, of whoever has this address."""
    values: dict[str, Any] = {"channel": "form", "contact": ANNA, "words": "", "language": "en"}
    return services.take_in(kind=kind, **{**values, **fields})


def received(days_ago: int, kind: str = "access", **fields: Any) -> DataRequest:
    """A bare request that reached the agency some days ago."""
    at = timezone.now() - timedelta(days=days_ago)
    return DataRequest.objects.create(
        kind=kind, channel="letter", received_at=at, due_on=due_date(at), calendar_version=CALENDAR_VERSION, **fields
    )


def anna(**fields: Any) -> Any:
    """A candidacy of somebody with Anna's mailbox."""
    return make_candidacy(email=ANNA, notice=True, **fields)


def leave(at: datetime | None = None) -> list[Message]:
    """Every waiting message leaves, as the worker writes it down: what was told is told."""
    waiting = list(Message.objects.filter(state=State.QUEUED).order_by("created_at"))
    for message in waiting:
        # The claim asks the guard of I8; then it was taken.
        Message.objects.filter(pk=message.pk).update(state=State.CLAIMED, claimed_at=timezone.now())
        Message.objects.filter(pk=message.pk).update(state=State.ACCEPTED, accepted_at=at or timezone.now())
        message.refresh_from_db()
        if message.act_kind:
            answer_handed_over.send(Message, messages=[message])
    return waiting


def code_in(message: Message) -> str:
    """The six digits in a mail."""
    found = re.search(r"\b(\d{6})\b", message.body_text)
    assert found, "no code in it"
    return found[1]
