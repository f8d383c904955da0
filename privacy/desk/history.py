"""What happened to a request, as a timeline, from what was written down of each step."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from privacy.guards import Sentence
from privacy.models import DataRequest, Decision, IdentityCheck, RequestNotice, RequestStep

STEPS: dict[str, Sentence] = {
    "effect.stopped": gettext_lazy("Everything stopped at once"),
    "effect.restricted": gettext_lazy("Set aside at once: only kept, no longer used"),
    "recipients.listed": gettext_lazy("List of recipients made"),
    "receipt.again": gettext_lazy("Receipt sent after all"),
    "answer.failed": gettext_lazy("The answer did not arrive: open again"),
    "refusal.hold": gettext_lazy("Refused on the legal hold that stands"),
    "extension.late": gettext_lazy("The notice left after the first term: it is not longer"),
}
NOTICES: dict[str, Sentence] = {
    "receipt": gettext_lazy("Told that it came in"),
    "extension": gettext_lazy("Told that it takes longer"),
    "refusal": gettext_lazy("Told that it is refused"),
    "rights_answer": gettext_lazy("Told what was done"),
    "restriction_lift": gettext_lazy("Told that the limit ends"),
}


@dataclass(frozen=True)
class Event:
    """One line of the timeline."""

    at: datetime
    icon: str
    text: Sentence
    actor: str = ""
    detail: str = ""


def of(
    request: DataRequest,
    notices: Iterable[RequestNotice],
    decisions: Iterable[Decision],
    checks: Iterable[IdentityCheck],
) -> list[Event]:
    """Everything, the newest first."""
    events = [*_asked(request), *_told(notices), *_decided(decisions), *_known(checks)]
    return sorted(events, key=lambda event: event.at, reverse=True)


def _asked(request: DataRequest) -> Iterator[Event]:
    received = _("Received: %(how)s") % {"how": request.get_channel_display()}
    yield Event(request.received_at, "inbox", received, _name(request.logged_by))
    for step in RequestStep.objects.filter(request=request).select_related("by"):
        yield Event(step.at, "check", STEPS.get(step.code, step.code), _name(step.by))
    for crossing in request.crossings.all():
        word = crossing.get_milestone_display()
        yield Event(crossing.at, "clock", word[:1].upper() + word[1:])
    if request.answered_at:
        closed = _("Closed: %(result)s") % {"result": request.get_result_display() or _("answered")}
        yield Event(request.answered_at, "flag", closed, _name(request.answered_by))


def _told(notices: Iterable[RequestNotice]) -> Iterator[Event]:
    for notice in notices:
        yield Event(notice.at, "send", NOTICES.get(notice.kind, notice.kind), _name(notice.by))


def _decided(decisions: Iterable[Decision]) -> Iterator[Event]:
    for one in decisions:
        words = {"what": one.get_kind_display(), "ground": one.get_ground_display()}
        text = _("Decided: %(what)s, because %(ground)s") % words
        yield Event(one.decided_at, "scale", text, _name(one.decided_by), one.reasons)


def _known(checks: Iterable[IdentityCheck]) -> Iterator[Event]:
    for check in checks:
        how = {"how": check.get_method_display()}
        yield Event(check.asked_at, "key", _("Asked who asks: %(how)s") % how, _name(check.asked_by), check.doubt)
        if check.confirmed_at:
            yield Event(check.confirmed_at, "key", _("Known who asks: %(how)s") % how, _name(check.confirmed_by))


def _name(user: object | None) -> str:
    return str(user) if user else ""
