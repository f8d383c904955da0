"""What did not arrive, on Today: one row per person with what to do, one row for many that failed for one reason."""

from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count
from django.urls import reverse

from accounts.models import User
from mailing import listing, ports, reasons, wording
from mailing.models import Message, State
from mailing.ports import Way
from privacy.guards import Sentence

LIMIT = 50
# So many with one reason have one cause; it is looked at once, not per person.
GROUPED_FROM = 5


@dataclass(frozen=True)
class Failure:
    """One message that did not arrive, in words, and how to reach its reader otherwise."""

    message: Message
    kind: Sentence
    mark: tuple[str, Sentence]
    reason: Sentence
    advice: Sentence
    way: Way
    may_again: bool
    is_undecided: bool

    @property
    def name(self) -> str:
        return self.message.to_name or self.way.name or self.message.to_email


@dataclass(frozen=True)
class Group:
    """Many messages that did not arrive for one reason."""

    code: str
    number: int
    reason: Sentence
    advice: Sentence
    url: str


@dataclass(frozen=True)
class Failures:
    """Everything this user should look at; `total` counts messages, shown or not."""

    total: int = 0
    groups: list[Group] = field(default_factory=list)
    rows: list[Failure] = field(default_factory=list)

    @property
    def shown(self) -> list[UUID]:
        """The people named on the page."""
        return [row.message.subject_id for row in self.rows if row.message.subject_id]


def of(user: User) -> Failures:
    """What did not arrive and nobody dealt with, among the messages this user may see: a handful of queries."""
    troubled = Message.objects.visible_to(user).troubled()
    numbers = dict(troubled.order_by().values_list("reason").annotate(number=Count("pk")).order_by("-number", "reason"))
    many = {code: number for code, number in numbers.items() if code and number >= GROUPED_FROM}
    alone = troubled.exclude(reason__in=many).select_related("template").defer("body_text", "body_html")
    messages = list(alone.order_by("-created_at", "-pk")[:LIMIT])
    ways = ports.ways(messages, user) if messages else {}
    return Failures(
        total=sum(numbers.values()),
        groups=[_group(code, number) for code, number in many.items()],
        rows=[_failure(message, ways.get(message.pk, Way())) for message in messages],
    )


def _group(code: str, number: int) -> Group:
    why = reasons.why(code)
    query = urlencode({"state": listing.TROUBLE, "reason": code})
    return Group(code, number, why.words, why.advice, f"{reverse('mailing:list')}?{query}")


def _failure(message: Message, way: Way) -> Failure:
    return Failure(
        message=message,
        kind=wording.kind_of(message),
        mark=wording.mark_of(message),
        reason=wording.reason_of(message),
        advice=wording.advice_of(message),
        way=way,
        may_again=message.reason not in wording.NEVER_AGAIN,
        is_undecided=message.state == State.NEEDS_PERSON,
    )
