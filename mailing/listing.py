"""The list of mail: what the address asks for, what did not arrive first, and quick among a million messages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.models import User
from mailing import ports, wording
from mailing.kinds import ACCOUNT
from mailing.models import TROUBLED, Channel, Message, MessageQuerySet, State, TemplateVersion
from privacy.identifiers import BadContact, normalise_email
from privacy.ports import find

PER_PAGE = 50
# Nobody pages further, and counting on costs more than all the rest of the page.
COUNTED = 2_000
EXPORTED = 10_000
TROUBLE = "trouble"
SENT = (State.ACCEPTED, State.DELIVERED)
DAYS = (7, 30, 90, 365)


@dataclass(frozen=True)
class Filters:
    """What the address of the list asks for; whatever cannot be understood is left out."""

    state: str = ""
    kind: str = ""
    channel: str = ""
    vacancy: UUID | None = None
    person: UUID | None = None
    days: int = 0
    reason: str = ""
    q: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, Any]) -> "Filters":
        def word(name: str) -> str:
            return str(asked.get(name, "")).strip()[:100]

        state, kind, channel, days = word("state"), word("kind"), word("channel"), word("days")
        return cls(
            state=state if state in (TROUBLE, *State.values) else "",
            kind=kind if kind in wording.KINDS else "",
            channel=channel if channel in Channel.values else "",
            vacancy=uuid_of(word("vacancy")),
            person=uuid_of(word("person")),
            days=int(days) if days in map(str, DAYS) else 0,
            reason=word("reason")[:60],
            q=word("q"),
        )

    def query(self) -> str:
        """The query string of these filters; empty ones are left out."""
        values = {name: str(value) for name, value in vars(self).items() if value}
        return urlencode(values)

    @property
    def are_set(self) -> bool:
        return bool(self.query())


def found(user: User, filters: Filters) -> MessageQuerySet:
    """The messages this user may see that the filters let through."""
    rows = Message.objects.visible_to(user)
    if filters.state == TROUBLE:
        rows = rows.troubled()
    elif filters.state in SENT:
        # Common enough to be met by walking the newest.
        rows = rows.filter(state=filters.state)
    elif filters.state:
        rows = rows.marked(State(filters.state))
    if filters.kind == ACCOUNT:
        rows = rows.filter(kind=ACCOUNT)
    elif filters.kind:
        # By their ids, so that the index on the template serves.
        words = TemplateVersion.objects.filter(kind=filters.kind).values_list("pk", flat=True)
        rows = rows.filter(template__in=list(words))
    if filters.channel:
        rows = rows.filter(channel=filters.channel)
    if filters.vacancy:
        rows = rows.filter(vacancy_ref=filters.vacancy)
    if filters.person:
        rows = rows.filter(subject=filters.person)
    if filters.days:
        rows = rows.filter(created_at__gte=timezone.now() - timedelta(days=filters.days))
    if filters.reason:
        # Only what did not arrive is looked for by its reason; those few are marked.
        rows = rows.marked(*TROUBLED).filter(reason=filters.reason)
    if filters.q:
        rows = rows.filter(subject__in=_people(user, filters.q))
    return rows


def _people(user: User, words: str) -> list[UUID]:
    """Whoever has this name, or this e-mail address."""
    if "@" in words:
        try:
            return list(find("email", normalise_email(words)))
        except BadContact:
            return []
    return ports.people_named(user, words)


class Rows:
    """Messages in the order of the list, as a Paginator takes them: two ordered walks instead of a sort of them all."""

    def __init__(self, rows: MessageQuerySet, *, troubles_first: bool) -> None:
        newest = rows.order_by("-created_at", "-pk")
        self.first = newest.troubled() if troubles_first else newest.none()
        arrived = ~Q(state__in=TROUBLED) | Q(handled_at__isnull=False)
        self.rest = newest.filter(arrived) if troubles_first else newest

    @cached_property
    def troubles(self) -> int:
        return _counted(self.first)

    @cached_property
    def total(self) -> int:
        return min(self.troubles + _counted(self.rest), COUNTED + 1)

    def count(self) -> int:
        """How many there are, at most `COUNTED`."""
        return min(self.total, COUNTED)

    def __getitem__(self, part: slice) -> list[Message]:
        start, stop = int(part.start or 0), int(part.stop)
        shown = _shown(self.first[start:stop]) if start < self.troubles else []
        if len(shown) < stop - start:
            after = max(start - self.troubles, 0)
            shown += _shown(self.rest[after : after + stop - start - len(shown)])
        return shown


class Pages(Paginator):
    """Pages of `Rows`; `is_more` when there are more messages than were counted."""

    @property
    def is_more(self) -> bool:
        rows: Rows = self.object_list  # type: ignore[assignment]
        return rows.total > COUNTED


def pages(user: User, filters: Filters) -> Pages:
    """The list in pages: what did not arrive first, unless one state was asked for."""
    return Pages(Rows(found(user, filters), troubles_first=not filters.state), PER_PAGE)  # type: ignore[arg-type]


def exported(user: User, filters: Filters) -> Iterator[Message]:
    """The same messages newest first, for a file; some thousands at most, and no bodies."""
    rows = found(user, filters).order_by("-created_at", "-pk")
    return iter(_shown(rows[:EXPORTED]))


def _counted(rows: MessageQuerySet) -> int:
    return rows.order_by()[: COUNTED + 1].count()


def _shown(rows: MessageQuerySet) -> list[Message]:
    return list(rows.select_related("template", "sender").defer("body_text", "body_html"))


def uuid_of(text: str) -> UUID | None:
    """An id as typed; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None
