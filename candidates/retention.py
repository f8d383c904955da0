"""Until when each person is kept, and why: one definition, in SQL, for the board, the desk, the sweep and the person.

Somebody in a running procedure is kept for that, and each candidacy has a day of its own on which it ends by itself or
is looked at anew. Somebody in none carries one date (I1), which a hold can put off and nothing else.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Greatest, TruncDate
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Organisation
from candidates.models import Candidacy, Candidate, EndReason, Source, SourceType
from consent.models import KEEPING, ConsentRequest, Notice
from mailing.models import Message, State
from privacy import composed
from privacy.deadlines import TZ, purge_after_days
from privacy.models import DataRequest, HeldPerson, LegalHold
from privacy.ports import Retention, register_retention
from vacancies.models import Vacancy

# Codes of reasons beside those of `EndReason`.
HOLD = "hold"
POOL = "pool"
RUNNER_UP = "runner_up"
APPLIED = "applied"
ART14 = "art14"
CONSENT = "consent"
PROCEDURE = "procedure"
ELSEWHERE = "elsewhere"

# A procedure nobody looked at for so long is asked about (vacancies' own clock).
LOOKED_AT_EVERY_DAYS = 90

WORDS: Mapping[str, str | Promise] = {
    HOLD: gettext_lazy("legal hold"),
    POOL: gettext_lazy("consent to be kept"),
    RUNNER_UP: gettext_lazy("consent to be kept as runner-up"),
    APPLIED: gettext_lazy("wrote to us, without an answer"),
    EndReason.CLOSED: gettext_lazy("period after the procedure"),
    EndReason.NO_ANSWER: gettext_lazy("no answer in time"),
    EndReason.NO_NOTICE: gettext_lazy("not told in time"),
    EndReason.EXPIRED: gettext_lazy("consent ended"),
    EndReason.REFUSED: gettext_lazy("said no"),
    EndReason.WITHDRAWN: gettext_lazy("withdrew"),
    EndReason.OBJECTED: gettext_lazy("objected"),
    EndReason.NOT_ME: gettext_lazy("the address was somebody else's"),
}


class Kept(NamedTuple):
    """Until and including which day something is kept, as a code and in words; `on` is None where another candidacy
    says it."""

    on: date | None
    reason: str
    why: str


# People


def with_last_day(candidates: "QuerySet[Candidate]") -> "QuerySet[Any, Any]":
    """Annotate `last_day`, `last_reason` and `last_since` on people; all None for who is in a running procedure."""
    ended = Candidacy.objects.filter(candidate=OuterRef("pk"), ended_at__isnull=False).order_by("-ended_at", "pk")
    held = _holds().filter(subject=OuterRef("subject")).order_by("-hold__until")
    pool = ConsentRequest.objects.keeping().filter(subject=OuterRef("subject")).order_by("-until")
    reserve = ConsentRequest.objects.runners_up().filter(subject=OuterRef("subject")).order_by("-keep_until")
    return candidates.annotate(
        held_until=Subquery(held.values("hold__until")[:1]),
        pool_until=Subquery(pool.values("until")[:1]),
        reserve_until=Subquery(reserve.values("keep_until")[:1]),
        ended_reason_last=Subquery(ended.values("ended_reason")[:1]),
        ended_at_last=Subquery(ended.values("ended_at")[:1]),
    ).annotate(
        last_day=Case(
            When(erase_on=None, then=Value(None)),
            default=Greatest(F("erase_on"), F("held_until")),
            output_field=DateField(),
        ),
        last_reason=Case(
            When(erase_on=None, then=Value(None)),
            When(held_until__gte=F("erase_on"), then=Value(HOLD)),
            When(pool_until__gte=F("erase_on"), then=Value(POOL)),
            When(reserve_until__gte=F("erase_on"), then=Value(RUNNER_UP)),
            When(ended_reason_last__isnull=False, then=F("ended_reason_last")),
            default=Value(APPLIED),
            output_field=CharField(),
        ),
        last_since=Coalesce(F("ended_at_last"), F("created_at")),
    )


def period_ends(closed_on: date) -> date:
    """The last day of somebody whose procedure ended on a day, where nothing keeps them longer."""
    return purge_after_days(closed_on, Organisation.current().retention_days)


def when_closed(vacancy: UUID, candidacies: Collection[Candidacy]) -> dict[UUID, date | None]:
    """Until when the people of these candidacies are kept if their procedure ends now; None for who stays in another
    one. A query or two; what closing does and `with_last_day` then says is the same (a test holds them together)."""
    people = {one.candidate_id for one in candidacies}
    elsewhere = set(
        Candidacy.objects.running()
        .filter(candidate__in=people)
        .exclude(vacancy=vacancy)
        .values_list("candidate", flat=True)
    )
    longer = {
        pk: [day for day in days if day is not None]
        for pk, *days in with_last_day(Candidate.objects.filter(pk__in=people)).values_list(
            "pk", "held_until", "pool_until", "reserve_until"
        )
    }
    day = period_ends(timezone.localdate())
    return {
        one.pk: None if one.candidate_id in elsewhere else max([day, *longer.get(one.candidate_id, [])])
        for one in candidacies
    }


def dated() -> "QuerySet[Candidate]":
    """Everybody who is still here and carries a date."""
    return Candidate.objects.filter(erase_on__isnull=False, subject__erased_at=None)


def over() -> "QuerySet[Candidate]":
    """Whose day has passed."""
    return dated().filter(erase_on__lt=timezone.localdate())


def due() -> "QuerySet[Candidate]":
    """Whoever must be erased now. Not: who waits for a receipt, asked something, asked to be kept (GDPR art. 18), or is
    under a hold."""
    return over().filter(~Exists(_waiting()), ~Exists(_asking()), ~Exists(_held()), subject__restricted_at=None)


def forecast() -> "QuerySet[Any, Any]":
    """Everybody with a date: when they go, and why."""
    return with_last_day(dated()).order_by()


def left_alone() -> dict[str, int]:
    """How many whose day has passed are left for now, by cause; one person may be in several."""
    counted = over().aggregate(
        waiting=Count("pk", filter=Exists(_waiting())),
        asking=Count("pk", filter=Exists(_asking())),
        restricted=Count("pk", filter=Q(subject__restricted_at__isnull=False)),
        hold=Count("pk", filter=Exists(_held())),
    )
    return {cause: number for cause, number in counted.items() if number}


def people_of(vacancy: UUID) -> "QuerySet[Any, Any]":
    """Whoever is or was in this vacancy and is still here."""
    there = Candidacy.objects.filter(vacancy=vacancy, subject__erased_at=None).order_by()
    return there.values_list("subject", flat=True)


def vacancy_names(pks: set[UUID]) -> dict[UUID, str]:
    """What these vacancies are called."""
    return dict(Vacancy.objects.filter(pk__in=pks).values_list("pk", "title"))


@register_retention
def retention() -> Retention:
    return Retention(
        due=due,
        forecast=forecast,
        left_alone=left_alone,
        words=WORDS,
        people_of=people_of,
        vacancy_names=vacancy_names,
    )


def _holds() -> "QuerySet[HeldPerson]":
    return HeldPerson.objects.filter(released_at=None, hold__in=LegalHold.objects.in_force())


def _held() -> "QuerySet[HeldPerson]":
    return _holds().filter(subject=OuterRef("subject"))


def _waiting() -> "QuerySet[Message]":
    return Message.objects.filter(subject=OuterRef("subject"), state__in=(State.QUEUED, State.CLAIMED))


def _asking() -> "QuerySet[DataRequest]":
    return DataRequest.objects.open().filter(subject=OuterRef("subject"))


# Candidacies


def with_kept(candidacies: "QuerySet[Candidacy]") -> "QuerySet[Any, Any]":
    """Annotate `kept_on`, `kept_reason` and `kept_since`: the day of each candidacy, running or ended, and why."""
    us = Organisation.current()
    same = {"subject": OuterRef("subject"), "vacancy": OuterRef("vacancy")}
    told = Notice.objects.standing().filter(**same)
    applied = Source.objects.filter(candidacy=OuterRef("pk"), type=SourceType.APPLICATION)
    found = Source.objects.filter(candidacy=OuterRef("pk")).order_by("obtained_at").values("obtained_at")[:1]
    waiting = ConsentRequest.objects.waiting().exclude(purpose__in=KEEPING).filter(**same)
    waiting = waiting.exclude(replied_at__isnull=False, follow_up_on=None).order_by("-created_at")
    given: QuerySet[Any] = ConsentRequest.objects.given().exclude(purpose__in=KEEPING).filter(closed_at=None, **same)
    people = with_last_day(Candidate.objects.filter(pk=OuterRef("candidate")))
    is_over = Q(ended_at__isnull=False)
    # Of these the first that is there counts; SQL writes each out wherever it is named, so each is named seldom.
    return candidacies.alias(
        yes_at=Subquery(given.order_by("-latest_at").values("latest_at")[:1]),
        asked_at=Subquery(waiting.values("handed_over_at")[:1]),
        speak_on=Subquery(waiting.values("follow_up_on")[:1]),
        untold_since=Case(When(~Exists(told) & ~Exists(applied), then=Subquery(found)), output_field=DateTimeField()),
    ).annotate(
        kept_reason=Case(
            When(is_over, then=Subquery(people.values("last_reason")[:1])),
            When(yes_at__isnull=False, then=Value(CONSENT)),
            When(asked_at__isnull=False, then=Value(str(EndReason.NO_ANSWER))),
            When(untold_since__isnull=False, then=Value(ART14)),
            default=Value(PROCEDURE),
            output_field=CharField(),
        ),
        kept_since=Case(
            When(is_over, then=Subquery(people.values("last_since")[:1])),
            default=Coalesce(F("yes_at"), F("asked_at"), F("untold_since"), F("vacancy__reviewed_at")),
        ),
        kept_on=Case(
            When(is_over, then=Subquery(people.values("last_day")[:1])),
            default=Coalesce(
                _after("yes_at", months=us.consent_months),
                F("speak_on"),
                _after("asked_at", days=us.no_answer_days),
                _after("untold_since", months=1),
                _after("vacancy__reviewed_at", days=LOOKED_AT_EVERY_DAYS),
            ),
            output_field=DateField(),
        ),
    )


def _after(moment: str, *, months: int = 0, days: int = 0) -> Cast:
    """The day in Amsterdam so many months and days after a moment; of a day a month lacks its last (`deadlines`)."""
    # Years, months, weeks, days.
    period = Func(
        Value(0), Value(months), Value(0), Value(days), function="make_interval", output_field=DurationField()
    )
    return Cast(ExpressionWrapper(TruncDate(moment, tzinfo=TZ) + period, output_field=DateTimeField()), DateField())


def kept_of(candidacies: Collection[UUID]) -> dict[UUID, Kept]:
    """Until when each of these candidacies is kept, and why, in one query."""
    if not candidacies:
        return {}
    found = {}
    for pk, on, reason, since in composed.rows(_kept_rows, candidacies):
        # Somebody who left one vacancy and is in another carries no date.
        code = reason or ELSEWHERE
        found[pk] = Kept(on, code, sentence(code, since, on))
    return found


def _kept_rows(whose: RawSQL) -> "QuerySet[Any, Any]":
    rows = with_kept(Candidacy.objects.filter(pk__in=whose)).order_by()
    return rows.values_list("pk", "kept_on", "kept_reason", "kept_since")


def of_person(candidate: Candidate) -> Kept | None:
    """Until when this person is kept, and why; None for who is in a running procedure."""
    if candidate.erase_on is None:
        return None
    row = with_last_day(Candidate.objects.filter(pk=candidate.pk)).values_list("last_day", "last_reason", "last_since")
    day, reason, since = row.get()
    return Kept(day, reason, sentence(reason, since, day)) if day is not None else None


# In words


def sentence(reason: str, since: datetime | None, on: date | None) -> str:
    """Why somebody is kept until a day, as a sentence or two for a recruiter."""
    if reason == ELSEWHERE or on is None or since is None:
        return _("Kept for another vacancy, and erased when that has ended.")
    begun = timezone.localdate(since, timezone=TZ)
    words = {
        "since": date_format(begun, "SHORT_DATE_FORMAT"),
        "on": date_format(on, "SHORT_DATE_FORMAT"),
        "days": (on - begun).days,
    }
    match reason:
        case "hold":
            text = _("A legal hold keeps these data until %(on)s, though their time is over sooner.")
        case "pool":
            text = _("Agreed to be kept for other vacancies, until %(on)s.")
        case "runner_up":
            text = _("Agreed to be kept as runner-up, until %(on)s.")
        case "applied":
            text = _("Wrote to us on %(since)s. Without an answer they are kept until %(on)s.")
        case "consent":
            text = _("Said yes on %(since)s. The yes ends by itself on %(on)s, and with it the candidacy.")
        case "art14":
            text = _("Found on %(since)s. Who is not told by %(on)s leaves, and is erased the day after.")
        case "procedure":
            text = _(
                "Kept while the procedure runs, and four weeks after it is closed. Whether it still runs is looked at"
                " by %(on)s."
            )
        case EndReason.CLOSED:
            text = ngettext(
                "The procedure was closed on %(since)s. Kept until %(on)s, %(days)s day after it.",
                "The procedure was closed on %(since)s. Kept until %(on)s, %(days)s days after it.",
                (on - begun).days,
            )
        case EndReason.NO_ANSWER if on > timezone.localdate():
            text = _("Asked on %(since)s. Without an answer this ends on %(on)s, and they are erased the day after.")
        case EndReason.NO_ANSWER:
            text = _("Did not answer in time. Kept until %(on)s.")
        case _:
            what = str(WORDS.get(reason, reason))
            text = _("Ended on %(since)s (%(what)s). Kept until %(on)s.")
            words["what"] = what
    return text % words
