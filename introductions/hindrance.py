"""Why somebody cannot be introduced now, and what a recruiter can do about it (I4)."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from candidates.models import Candidacy
from consent.models import ConsentEvent, ConsentRequest, EventKind, Notice, Purpose, Revelation
from consent.services import standing
from introductions.models import I4_NO_CONSENT, I4_NOTICE
from introductions.services import ENDED, standing_yes
from privacy.guards import REFUSALS


@dataclass(frozen=True)
class Hindrance:
    """`rule`: the sentence of the invariant. `why`: what this person did or did not say. `advice`: what to do."""

    rule: str | Promise
    why: str
    advice: str


def of(candidacy: Candidacy) -> Hindrance | None:
    """What stands in the way of introducing this person to this vacancy's client; None when nothing does."""
    if candidacy.ended_at is not None:
        return _said_no(candidacy) or Hindrance(REFUSALS[ENDED], "", _("Nothing needs to be done here."))
    if standing_yes(candidacy) is None:
        why, advice = _unanswered(candidacy)
        return Hindrance(REFUSALS[I4_NO_CONSENT], why, advice)
    notices = Notice.objects.standing().filter(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id)
    if not notices.exists():
        return Hindrance(
            REFUSALS[I4_NOTICE],
            _("The message that carried the notice did not arrive."),
            _("Send it again by another way; the yes stays."),
        )
    return None


def _said_no(candidacy: Candidacy) -> Hindrance | None:
    latest = _latest(candidacy)
    if latest is None or latest.kind not in (EventKind.REFUSED, EventKind.WITHDRAWN):
        return None
    why, advice = _answered(latest)
    return Hindrance(REFUSALS[I4_NO_CONSENT], why, advice)


def _unanswered(candidacy: Candidacy) -> tuple[str, str]:
    asked = _asked(candidacy)
    if asked is None:
        return _("This person has not been asked yet."), _("Ask first: approach the person from the board.")
    asked, latest = standing(asked)
    if asked.purpose == Purpose.TALK and not _is_revealed(candidacy):
        return (
            _("The client is still confidential to this person. So far only a conversation could be agreed to."),
            _("Reveal the client to this person from the board. Then consent to the introduction is asked."),
        )
    if latest is not None:
        return _answered(latest)
    if asked.handed_over_at is None:
        return _("The question is ready, and has not been sent yet."), _("Send it from the board.")
    return (
        _("The person was asked on %(date)s and has not answered yet.") % {"date": _day(asked.handed_over_at)},
        _("Wait, or call: a yes counts once the person confirms it through their own link."),
    )


def _answered(latest: ConsentEvent) -> tuple[str, str]:
    day = {"date": _day(latest.at)}
    match latest.kind:
        case EventKind.REFUSED:
            return (
                _("The person said no on %(date)s.") % day,
                _("They are not asked again for this vacancy. They may come back themselves."),
            )
        case EventKind.WITHDRAWN:
            return (
                _("The person withdrew their yes on %(date)s.") % day,
                _("They are not asked again for this vacancy. They may come back themselves."),
            )
        case EventKind.TALK_FIRST:
            return (
                _("The person wants to talk first, and said so on %(date)s.") % day,
                _("Call them. Their own link stays open for a yes."),
            )
        case EventKind.PENDING:
            return (
                _("A yes by phone was noted on %(date)s, and the person has not confirmed it yet.") % day,
                _("It counts once the person confirms it through their own link."),
            )
        case EventKind.EXPIRED:
            return _("The question or the yes ran out on %(date)s.") % day, _("Ask again from the board.")
    return (
        _("The person agreed to talk on %(date)s.") % day,
        _("Consent to an introduction has to be asked with the client's name. Ask from the board."),
    )


def _asked(candidacy: Candidacy) -> ConsentRequest | None:
    return ConsentRequest.objects.filter(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id).first()


def _latest(candidacy: Candidacy) -> ConsentEvent | None:
    of_vacancy = ConsentEvent.objects.filter(
        request__subject=candidacy.subject_id, request__vacancy=candidacy.vacancy_id
    )
    return of_vacancy.order_by("-id").first()


def _is_revealed(candidacy: Candidacy) -> bool:
    if not candidacy.vacancy.is_confidential:
        return True
    return Revelation.objects.filter(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id).exists()


def _day(moment: datetime) -> str:
    return date_format(localtime(moment), "DATE_FORMAT")
