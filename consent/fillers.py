"""What this floor answers to the ports below."""

from collections.abc import Iterator
from typing import Any

from django.db.models import DateField, Exists, F, OuterRef, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from consent.models import KEEPING, Basis, ConsentEvent, ConsentRequest, EventKind, LegalBasis, Notice, Purpose
from mailing.models import LEGAL_KINDS, Message
from mailing.ports import Fact, register_facts
from privacy.models import Subject
from privacy.ports import clock_rows, register_clock


@register_clock
def no_answer() -> "QuerySet[Any, Any]":
    """Questions nobody answered: the day the candidacy ends, or the follow-up day that took its place.

    An answer in words ends the wait; a day agreed after it begins another."""
    days = Organisation.current().no_answer_days
    end = RawSQL("((consent_consentrequest.handed_over_at AT TIME ZONE 'Europe/Amsterdam')::date + %s)", (days,))
    return clock_rows(
        ConsentRequest.objects.waiting()
        .exclude(purpose__in=KEEPING)  # nothing ends by silence there that does not have its own date
        .filter(~Exists(Subject.objects.hidden().filter(pk=OuterRef("subject"), erased_at__isnull=False)))
        .exclude(replied_at__isnull=False, follow_up_on=None),
        kind="no_answer",
        due_on=Coalesce(F("follow_up_on"), end, output_field=DateField()),
        since="handed_over_at",
        subject="subject_id",
        reason="no_answer",
    )


@register_clock
def consent_expiry() -> "QuerySet[Any, Any]":
    """Consents that stand, and the day they end by themselves."""
    months = Organisation.current().consent_months
    # Among all that is open, what was ever answered with a yes; whether that is the last word is asked of those alone.
    ever = ConsentEvent.objects.filter(request=OuterRef("pk"), kind=EventKind.GIVEN)
    return clock_rows(
        ConsentRequest.objects.given().exclude(purpose__in=KEEPING).filter(Exists(ever), closed_at=None),
        kind="consent_expiry",
        due_on=RawSQL(
            "((SELECT max(e.at) FROM consent_consentevent e WHERE e.request_id = consent_consentrequest.id)"
            " AT TIME ZONE 'Europe/Amsterdam')::date + make_interval(months => %s)",
            (months,),
        ),
        since="latest_at",
        subject="subject_id",
        reason="consent_expiry",
    )


@register_clock
def pool_expiry() -> "QuerySet[Any, Any]":
    """People who agreed to be kept, and the last day of that."""
    return clock_rows(
        ConsentRequest.objects.keeping().filter(closed_at=None, subject__erased_at=None),
        kind="pool_expiry",
        due_on="until",
        since="latest_at",
        subject="subject_id",
        reason="pool_expiry",
    )


@register_clock
def runner_up_expiry() -> "QuerySet[Any, Any]":
    """People who agreed to be kept as runner-up, and the last day of that."""
    return clock_rows(
        ConsentRequest.objects.runners_up().filter(closed_at=None, subject__erased_at=None),
        kind="runner_up_expiry",
        due_on="keep_until",
        since="latest_at",
        subject="subject_id",
        reason="runner_up_expiry",
    )


@register_facts
def facts(message: Message, user: User) -> Iterator[Fact]:
    """On which ground a message went, which question it carried, and whether it counts as the notice of art. 14."""
    asked = None
    if message.about_kind == "consent_request" and message.about_id:
        asked = ConsentRequest.objects.with_latest().select_related("text").filter(pk=message.about_id).first()
    if message.kind in LEGAL_KINDS:
        yield Fact(
            _("Ground"),
            _("an answer the law requires to what the person did"),
            _("It is sent even to somebody who said stop, and says nothing of a vacancy."),
        )
    elif message.subject_id and (message.vacancy_ref or (asked is not None and asked.is_keeping)):
        yield from _basis_then(message)
    if asked is not None:
        yield _question(asked)
    if message.is_notice:
        yield _notice(message)


def _basis_then(message: Message) -> Iterator[Fact]:
    """The legal basis in force when the message left, or now while it waits."""
    at = message.accepted_at or message.ended_at or timezone.now()
    basis = (
        LegalBasis.objects.filter(subject=message.subject_id, vacancy=message.vacancy_ref, at__lte=at)
        .select_related("assessment")
        .order_by("-id")
        .first()
    )
    if basis is None:
        return
    since = _("%(why)s, since %(day)s") % {
        "why": basis.get_reason_display(),
        "day": date_format(timezone.localtime(basis.at), "j F Y"),
    }
    weighed = basis.assessment.title if basis.basis == Basis.LEGITIMATE_INTEREST and basis.assessment else ""
    yield Fact(_("Ground"), basis.get_basis_display(), " · ".join(filter(None, (since, weighed))))


def _question(asked: ConsentRequest) -> Fact:
    words = {"client": asked.client_as_named, "vacancy": asked.vacancy_title}
    text = _("may we introduce you to %(client)s for %(vacancy)s?")
    if asked.purpose == Purpose.TALK:
        text = _("may we talk about %(vacancy)s, at %(client)s?")
    elif asked.is_pool:
        text = _("may we keep your data, to ask you for other vacancies?")
    elif asked.is_runner_up:
        text = _("may we keep your data, as runner-up for %(vacancy)s?")
    answer = _("not answered")
    if kind := asked.latest:  # type: ignore[attr-defined]
        answer = _("answered: %(answer)s") % {"answer": EventKind(kind).label}
    elif asked.is_open:
        answer = _("to be answered until %(day)s") % {"day": date_format(timezone.localtime(asked.expires_at), "j F Y")}
    return Fact(
        _("Asks"), text % words, _("words v%(version)s, %(answer)s") % {"version": asked.text.version, "answer": answer}
    )


def _notice(message: Message) -> Fact:
    label = _("Counts as notice")
    notice = Notice.objects.filter(message=message).first()
    if notice is None:
        return Fact(
            label, _("not yet: it counts from the moment it has left") if message.failed_at is None else _("no")
        )
    given = date_format(timezone.localtime(notice.given_at), "j F Y, H:i")
    if notice.undone_at is None:
        return Fact(label, _("yes, since %(moment)s") % {"moment": given}, _("The person was told (GDPR art. 14)."))
    undone = date_format(timezone.localtime(notice.undone_at), "j F Y, H:i")
    return Fact(
        label,
        _("no longer, since %(moment)s") % {"moment": undone},
        _("It counted from %(given)s, and did not arrive after all. The month of art. 14 runs again.")
        % {"given": given},
    )
