"""What takes effect at once, without anybody's decision, as soon as it is known who asks (GDPR art. 21(3), 18(1))."""

from accounts.models import User
from privacy.limits import services as limits
from privacy.models import DataRequest
from privacy.models.requests import RequestChannel, RequestKind
from privacy.models.restrictions import RestrictionGround
from privacy.signals import objected
from privacy.steps import record

STOPPED = "effect.stopped"
RESTRICTED = "effect.restricted"


def take_effect(request: DataRequest, *, actor: User | None) -> None:
    """An objection stops everything; who asks for a limit, or disputes what is held, is set aside meanwhile."""
    if request.subject is None or request.answered_at is not None:
        return
    # Their own link stops by itself, with the trace of who pressed it.
    if request.kind == RequestKind.OBJECTION and request.channel != RequestChannel.LINK:
        record(request, STOPPED, actor=actor)
        objected.send(DataRequest, subject=request.subject, language=request.language)
    if request.kind == RequestKind.RESTRICTION:
        record(request, RESTRICTED, actor=actor)
        limits.restrict(request.subject, ground=RestrictionGround.CONTESTED, request=request, actor=actor)
