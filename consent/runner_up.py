"""Keeping somebody as runner-up for the vacancy they were in, until a day: asked, answered and ended as any consent."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from consent import services
from consent.models import RUNNER_UP_ALONE, ConsentEvent, ConsentRequest, ConsentText, EventKind, Purpose, Revelation
from consent.services import NO_TEXT, Trace
from privacy import ledger, suppression
from privacy.deadlines import TZ
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import Link, Subject
from vacancies import guarantees
from vacancies.models import Vacancy

ASKED = refuse("runner_up_asked", _("This person has been asked already whether they stay as runner-up."))
KEPT = refuse("runner_up_kept", _("This person has agreed already to stay as runner-up."))
SAID_NO = refuse("runner_up_said_no", _("This person said no to staying as runner-up and is not asked again."))


def until_of(subjects: Iterable[UUID]) -> dict[UUID, date]:
    """The last day on which each of these people stays as runner-up, for whatever vacancy; others lack. One query."""
    kept = ConsentRequest.objects.runners_up().filter(subject__in=list(subjects))
    found: dict[UUID, date] = {}
    for asked in kept:
        if asked.keep_until is not None:
            found[asked.subject_id] = max(asked.keep_until, found.get(asked.subject_id, asked.keep_until))
    return found


def of(subject: UUID, vacancy: UUID) -> ConsentRequest | None:
    """The latest question to this person about staying for this vacancy, with `latest`, its answer."""
    asked = ConsentRequest.objects.with_latest().filter(purpose=Purpose.RUNNER_UP, subject=subject, reserve_for=vacancy)
    return asked.order_by("-created_at").first()


def ask(*, subject: Subject, vacancy: Vacancy, until: date, actor: User, language: str) -> ConsentRequest:
    """Write down the question. Raises Refused for who may still answer it, agreed, or said no to it before, and for a
    day that is not after today and within a year."""
    today = timezone.localdate()
    if not today < until <= guarantees.longest(today):
        raise Refused(REFUSALS[RUNNER_UP_ALONE], RUNNER_UP_ALONE)
    with lawful():
        # The row of the person first: for who was never asked there is no other row to wait at.
        Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
        earlier = ConsentRequest.objects.filter(purpose=Purpose.RUNNER_UP, subject=subject, reserve_for=vacancy)
        theirs = list(earlier.order_by("pk").select_for_update(of=("self",)))
        answers = ConsentEvent.objects.filter(request__in=theirs)
        if answers.filter(kind__in=(EventKind.REFUSED, EventKind.WITHDRAWN)).exists():
            raise Refused(REFUSALS[SAID_NO], SAID_NO)
        if earlier.given().filter(closed_at=None).exists():
            raise Refused(REFUSALS[KEPT], KEPT)
        if any(one.is_open for one in theirs):
            raise Refused(REFUSALS[ASKED], ASKED)
        now = timezone.now()
        earlier.filter(closed_at=None).update(closed_at=now)
        last_moment = datetime.combine(until + timedelta(days=1), time.min, tzinfo=TZ)
        asked = ConsentRequest.objects.create(
            subject=subject,
            purpose=Purpose.RUNNER_UP,
            reserve_for=vacancy,
            keep_until=until,
            client_as_named=_client_for(subject, vacancy),
            vacancy_title=vacancy.title,
            text=_text(),
            language=language,
            asked_by=actor,
            expires_at=min(now + timedelta(days=Organisation.current().link_days), last_moment),
        )
        ledger.append(
            "consent.requested",
            subject=subject,
            actor=actor,
            request=str(asked.pk),
            purpose=asked.purpose,
            vacancy=str(vacancy.pk),
            until=until,
            text=str(asked.text_id),
        )
    return asked


def withdraw(*, link: Link, language: str, trace: Trace | None = None) -> int:
    """The person takes back every yes to stay as runner-up, through whatever link of theirs; how many."""
    with lawful():
        suppression.lock()
        standing = list(ConsentRequest.objects.runners_up().filter(subject=link.subject_id).order_by("pk"))
        for asked in standing:
            services.withdraw(asked, link=link, language=language, trace=trace)
    return len(standing)


def _client_for(subject: Subject, vacancy: Vacancy) -> str:
    """The client as far as this person knows them."""
    told = not vacancy.is_confidential or Revelation.objects.filter(subject=subject, vacancy=vacancy).exists()
    return vacancy.client.legal_name if told else vacancy.sector_label


def _text() -> ConsentText:
    published = ConsentText.objects.filter(purpose=Purpose.RUNNER_UP, published_at__isnull=False)
    found = published.order_by("-version").first()
    if found is None:
        raise Refused(REFUSALS[NO_TEXT], NO_TEXT)
    return found
