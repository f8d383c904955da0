"""What a request needs before it is closed: every room says so for its own part, and the request's page shows it.

A room registers what it needs with `register_steps`, for whole lists of requests at once; it writes down what was done
with `record`, which stays. What needs no decision it registers with `register_start`: a clock begins with that by
itself, once, as soon as it is known who asks.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import User
from privacy.guards import Sentence
from privacy.models import DataRequest, RequestStep
from privacy.ports import Port


@dataclass(frozen=True)
class Step:
    """One thing to do about a request; open until `done_at`. `url` is the page or anchor where it is done.

    `needed`: the request cannot be closed while it is open. `order`: 10 receipt, 20 who asks, 30 look, 40 decide,
    50 do, 60 tell the recipients, 80 answer.
    """

    code: str
    label: Sentence
    order: int = 50
    url: str = ""
    done_at: datetime | None = None
    done_by: str = ""
    detail: Sentence = ""
    needed: bool = True

    @property
    def is_open(self) -> bool:
        return self.needed and self.done_at is None


Steps = Mapping[UUID, Iterable[Step]]

steps_port: Port[Callable[[Sequence[DataRequest]], Steps]] = Port("steps")

register_steps = steps_port.register
_starters: dict[str, tuple[frozenset[str], Callable[[DataRequest], None]]] = {}


def steps_of(requests: Sequence[DataRequest]) -> dict[UUID, list[Step]]:
    """What each of these requests needs, done or not, in the order in which it is done."""
    found: dict[UUID, list[Step]] = {request.pk: [] for request in requests}
    for filler in steps_port.all():
        for pk, steps in filler(requests).items():
            found[pk] += steps
    return {pk: sorted(steps, key=lambda step: (step.order, step.code)) for pk, steps in found.items()}


def steps_for(request: DataRequest) -> list[Step]:
    """The same for one request."""
    return steps_of([request])[request.pk]


def record(request: DataRequest, code: str, *, actor: User | None, ref: UUID | None = None) -> RequestStep:
    """Write down that this was done, by whom (None: a clock, or the person), about which row. Once: again is the same.

    Words do not belong here: the row is never changed and stays for five years.
    """
    step, _made = RequestStep.objects.get_or_create(request=request, code=code, ref=ref, defaults={"by": actor})
    return step


def done(requests: Collection[DataRequest], *codes: str) -> dict[tuple[UUID, str], RequestStep]:
    """Which of these codes were recorded for these requests, the newest of each; in one query."""
    rows = RequestStep.objects.filter(request__in=requests, code__in=codes).select_related("by").order_by("at")
    return {(row.request_id, row.code): row for row in rows}


def register_start(code: str, *kinds: str) -> Callable[[Callable[[DataRequest], None]], Callable[[DataRequest], None]]:
    """Decorator: begin by yourself with requests of these kinds (none named: of every kind), once it is known who asks.

    Runs in a transaction of its own, in a worker, at most once per request; it is recorded under `code`. A failure is
    tried again an hour later.
    """

    def register(starter: Callable[[DataRequest], None]) -> Callable[[DataRequest], None]:
        _starters[code] = (frozenset(kinds), starter)
        return starter

    return register


def starters_for(kind: str) -> dict[str, Callable[[DataRequest], None]]:
    """What begins by itself with a request of this kind, by code."""
    return {code: starter for code, (kinds, starter) in _starters.items() if not kinds or kind in kinds}
