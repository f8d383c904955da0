"""What the desk proposes where the law leaves little to weigh: a request to be erased while a legal hold stands."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from privacy.guards import Sentence
from privacy.models import DataRequest, IdentityCheck
from privacy.models.handling import Ground
from privacy.models.requests import RequestKind
from privacy.models.retention import HoldGround
from privacy.retention import holding

# A hold for an authority and one the law asks for are both a duty (GDPR art. 17(3)(b)).
GROUNDS = {HoldGround.CLAIM: Ground.CLAIM, HoldGround.AUTHORITY: Ground.DUTY, HoldGround.DUTY: Ground.DUTY}
REASONS: dict[str, Sentence] = {
    HoldGround.CLAIM: _("We need your data for a legal claim, made or expected (GDPR art. 17(3)(e))."),
    HoldGround.AUTHORITY: _("An authority asked us to keep your data (GDPR art. 17(3)(b))."),
    HoldGround.DUTY: _("The law has us keep your data (GDPR art. 17(3)(b))."),
}


@dataclass(frozen=True)
class Proposal:
    """A refusal as it could be sent: its ground, its last day, its words in the reader's language, and its holds."""

    ground: str
    until: date
    reasons: str
    holds: tuple[UUID, ...]


def refusal(request: DataRequest) -> Proposal | None:
    """The refusal of a request to be erased that an approved hold asks for; None where nothing does.

    Not before it is known who asks: the letter says that we hold something about them. A hold that still waits for its
    second person carries no refusal, for it may lapse.
    """
    if request.kind != RequestKind.ERASURE or request.subject is None or request.answered_at is not None:
        return None
    known = IdentityCheck.objects.filter(request=request, subject=request.subject_id, confirmed_at__isnull=False)
    if not known.exists():
        return None
    holds = list(holding.of(request.subject).filter(approved_at__isnull=False).order_by("-until", "asked_at"))
    if not holds:
        return None
    with override(request.language):
        reasons = [str(REASONS[ground]) for ground in dict.fromkeys(HoldGround(one.ground) for one in holds)]
        until = date_format(holds[0].until)
        last = gettext(
            "This lasts until and including %(day)s at most. Until then we only keep your data for this reason; after"
            " it they are erased as soon as their ordinary period is over. You may ask us again at any time."
        )
        words = " ".join([*reasons, last % {"day": until}])
    return Proposal(GROUNDS[HoldGround(holds[0].ground)], holds[0].until, words, tuple(one.pk for one in holds))
