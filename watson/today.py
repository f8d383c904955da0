"""Today: whose move it is. Each list is a handful of queries, however many people there are."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from candidates.models import Candidacy, Candidate, Task
from mailing.models import Message, QueuePause
from privacy import clocks as words
from privacy import ports
from privacy.models import DataRequest

LIMIT = 50
SOON = timedelta(days=14)


@dataclass(frozen=True)
class ClockRow:
    """One term on the page: whom it is about, in words, until when, and how urgent."""

    name: str
    word: str
    due_on: date
    tone: str
    url: str


def tasks(user: User) -> "QuerySet[Task]":
    """Open tasks of this person: their own, unclaimed ones of their vacancies, and what only officers are told."""
    mine = Q(assignee=user) | Q(assignee=None, candidacy__vacancy__owner=user)
    if user.is_officer or user.is_administrator:
        mine |= Q(kind="not_me", assignee=None)
    return (
        Task.objects.filter(mine, done_at=None, candidacy__subject__erased_at=None)
        .filter(Q(due_on=None) | Q(due_on__lte=timezone.localdate()))
        .select_related("candidacy__candidate", "candidacy__vacancy")
        .order_by("due_on", "created_at")[:LIMIT]
    )


def troubles(user: User) -> "QuerySet[Message]":
    """Messages that did not arrive and nobody dealt with, among those this person may see."""
    return Message.objects.visible_to(user).troubled().order_by("-created_at")[:LIMIT]


def clocks(user: User) -> list[ClockRow]:
    """Terms that end within two weeks, of people and things this person works with; soonest first."""
    today = timezone.localdate()
    running = [clock for clock in ports.clocks(until=today + SOON) if clock.kind != "request" or _sees_requests(user)]
    subjects = {clock.subject_id for clock in running if clock.subject_id}
    seen = _subjects_of(user, subjects)
    names = ports.names(seen)
    people = dict(Candidate.objects.filter(subject__in=seen).values_list("subject_id", "pk"))
    rows = []
    for clock in running:
        if clock.subject_id is not None and clock.subject_id not in seen:
            continue
        rows.append(
            ClockRow(
                name=names.get(clock.subject_id, "") if clock.subject_id else "",
                word=words.word(clock),
                due_on=clock.due_on,
                tone=words.tone(clock, today),
                url=f"/candidates/{people[clock.subject_id]}/" if clock.subject_id in people else "",
            )
        )
        if len(rows) == LIMIT:
            break
    return rows


def banners(user: User) -> list[dict[str, Any]]:
    """What stands in the way of everything: an unfinished set-up, a paused outbox."""
    found: list[dict[str, Any]] = []
    if missing := Organisation.current().missing:
        found.append(
            {
                "kind": "warn",
                "title": _("No mail leaves yet"),
                "text": _("The organisation's details lack: %(missing)s.") % {"missing": ", ".join(missing)},
            }
        )
    pause = QueuePause.objects.exclude(code="").first()
    if pause is not None and (pause.until is None or pause.until > timezone.now()):
        text = (
            _("The mail provider refuses our mail (code %(code)s). An administrator must look at it.")
            if pause.until is None
            else _("The mail provider asks us to wait (code %(code)s). Sending goes on by itself.")
        )
        found.append({"kind": "danger", "title": _("Mail is waiting"), "text": text % {"code": pause.code}})
    return found


def requests_waiting(user: User) -> int:
    """Requests of people about their data that wait for an answer; officers only."""
    return DataRequest.objects.open().count() if _sees_requests(user) else 0


def _sees_requests(user: User) -> bool:
    return user.is_officer or user.is_administrator


def _subjects_of(user: User, subjects: set[UUID]) -> set[UUID]:
    if _sees_requests(user):
        return subjects
    return set(Candidacy.objects.visible_to(user).filter(subject__in=subjects).values_list("subject_id", flat=True))
