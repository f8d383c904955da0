"""Today: whose move it is. Each list is a handful of queries, however many people there are."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from candidates.models import Candidacy, Candidate, Mention, Note, Task
from introductions.models import SpottedMail
from mailing import outbox, pauses, reconciler
from mailing import ports as mail_ports
from mailing.mailboxes import erasing
from mailing.models import InboundBatch, InboundKind, InboundMail, Message, State, Suggestion
from mailing.provider import catch_up, streams
from privacy import clocks as clock_words
from privacy import ports
from privacy.models import DataRequest
from privacy.ports import Clock, Key, Place
from privacy.retention import sweeping

LIMIT = 50
SOON = timedelta(days=14)
DONE_SHOWN = 5


@dataclass(frozen=True)
class ClockRow:
    """One term on the page: whom or what it is about, in words, until when, and how urgent."""

    subject_id: UUID | None
    name: str
    word: str
    due_on: date
    tone: str
    url: str


def tasks(user: User) -> "QuerySet[Task]":
    """Open tasks that are this person's to do now, the oldest date first.

    To find another way stands with the message that did not arrive, where the ways are.
    """
    failed = Message.objects.visible_to(user).troubled()
    failed = failed.filter(subject=OuterRef("candidacy__subject"), vacancy_ref=OuterRef("candidacy__vacancy"))
    return (
        own_tasks(user)
        .filter(Q(due_on=None) | Q(due_on__lte=timezone.localdate()), done_at=None)
        .exclude(kind="reply")  # the answer itself stands on the page
        .exclude(Exists(failed), kind="not_reached")
        .select_related("candidacy__candidate", "candidacy__vacancy", "assignee", "made_by")
        .order_by("due_on", "created_at", "pk")[:LIMIT]
    )


def done_today(user: User) -> "QuerySet[Task]":
    """What this person ticked off today, to take back a slip; the last one first."""
    since = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = own_tasks(user).filter(done_by=user, done_at__gte=since).exclude(kind="reply")
    return rows.select_related("candidacy__candidate", "candidacy__vacancy").order_by("-done_at", "pk")[:DONE_SHOWN]


def to_read(user: User) -> "QuerySet[Mention]":
    """Notes in which a colleague named this person, about people they may still open; the oldest first."""
    unread = Mention.objects.unread().filter(user=user)
    if not unread.exists():  # mostly so, and whom they may open takes longer to ask
        return unread.none()
    unread = unread.filter(note__in=Note.objects.visible_to(user))
    return unread.select_related("note__author", "note__candidate", "note__candidacy__vacancy").order_by(
        "note__at", "pk"
    )[:LIMIT]


def own_tasks(user: User) -> "QuerySet[Task]":
    """Tasks of this person: their own, those of their vacancies that nobody has, and what only officers are told."""
    nobody = Q(assignee=None) | Q(assignee__is_active=False)
    mine = Q(assignee=user) | nobody & Q(candidacy__vacancy__owner=user)
    if _sees_everybody(user):
        mine |= Q(kind="not_me", assignee=None)
    return Task.objects.filter(mine, candidacy__in=Candidacy.objects.visible_to(user))


def answers(user: User) -> list[dict[str, Any]]:
    """What people answered by mail and nobody has dealt with, among what this person may see; the oldest first."""
    rows = list(_inbound(InboundMail.objects.visible_to(user).answers_in()))
    names = ports.names({row.subject_id for row in rows if row.subject_id}) if rows else {}
    titles = dict(mail_ports.titles(user)) if rows else {}
    return [
        {
            "mail": row,
            "name": names.get(row.subject_id, "") if row.subject_id else "",
            "vacancy": titles.get(row.vacancy_ref, "") if row.vacancy_ref else "",
            "asks": row.asks,
        }
        for row in rows
    ]


def strays(user: User) -> list[dict[str, Any]]:
    """Mail of people nobody knows, waiting to be filed or deleted; machines write to nobody in particular."""
    written = InboundMail.objects.visible_to(user).strays().filter(kind=InboundKind.MAIL, handled_at=None)
    rows = list(_inbound(written.annotate(files_kept=Count("files"))))
    titles = dict(mail_ports.titles(user)) if any(row.vacancy_ref for row in rows) else {}
    return [
        {"mail": row, "files": row.files_kept, "asks": row.asks, "vacancy": titles.get(row.vacancy_ref, "")}
        for row in rows
    ]


def _inbound(rows: "QuerySet[InboundMail]") -> "QuerySet[Any]":
    asking = Suggestion.objects.filter(mail=OuterRef("pk"), settled_at=None)
    return rows.defer("quoted").annotate(asks=Exists(asking)).order_by("sent_at", "pk")[:LIMIT]


def clocks(user: User) -> list[ClockRow]:
    """Terms that end within two weeks, of people and things this person works with; soonest first."""
    today = timezone.localdate()
    running, places = _running(user, today + SOON)
    names = ports.names({clock.subject_id for clock in running if clock.subject_id})
    rows = []
    for clock in running:
        place = places.get((clock.kind, clock.object_id))
        name = names.get(clock.subject_id, "") if clock.subject_id else ""
        rows.append(
            ClockRow(
                subject_id=clock.subject_id,
                name=name or (place.label if place else ""),
                word=clock_words.word(clock),
                due_on=clock.due_on,
                tone=clock_words.tone(clock, today),
                url=place.url if place else "",
            )
        )
    return rows


def banners(user: User) -> list[dict[str, Any]]:
    """What stands in the way of everything: an unfinished set-up, a paused outbox."""
    found: list[dict[str, Any]] = []
    if missing := outbox.missing():
        found.append(
            {
                "kind": "warn",
                "title": _("No mail leaves yet"),
                "text": _("What lacks in the set-up: %(missing)s.") % {"missing": ", ".join(missing)},
                "url": reverse("admin:accounts_organisation_change", args=[1]) if user.is_administrator else "",
                "action": _("Fill it in"),
            }
        )
    pause = pauses.in_force()
    if pause is not None:
        words = pauses.words(pause)
        url = reverse("mailing:list") if pause.until is None and user.is_administrator else ""
        kind = "danger" if pause.until is None else "warn"
        found.append({"kind": kind, "title": words.title, "text": words.text, "url": url, "action": _("Go to mail")})
    if user.is_administrator or user.is_recruiter:
        if (out_since := streams.outage()) is not None:
            found.append(_outage(user, out_since))
        if (lost := reconciler.unsettled()) is not None:
            found.append(_unsettled(user, lost))
        if (missed := catch_up.missed_posts()) is not None:
            found.append(_silence(user, missed))
    found += [_mail_to_look_at(waiting) for waiting in erasing.waiting_for(user)]
    if _sees_everybody(user) and (since := sweeping.silent_since(timezone.now())) is not None:
        found.append(_nobody_erased(since))
    found += [_mail_to_a_client(row) for row in _spotted(user)]
    if _sees_everybody(user) and (number := InboundBatch.objects.stuck().count()):
        found.append(_stuck(number))
    return found


def _mail_to_look_at(waiting: erasing.Waiting) -> dict[str, Any]:
    url = reverse("mailing:mailbox-look", args=[waiting.pk])
    return {"kind": "warn", "title": waiting.title, "text": waiting.text, "url": url, "action": _("Look at it")}


def _mail_to_a_client(row: SpottedMail) -> dict[str, Any]:
    words = {"client": row.contact.name, "who": row.sender.name}
    title = _("A mail of yours to %(client)s seems to have a candidate in it")
    if row.sender.has_left:
        title = _("A mail of %(who)s, who left, to %(client)s seems to have a candidate in it")
    text = _("Sent %(when)s. Say what it was: an introduction, a data breach, or neither.")
    url = reverse("introductions:spotted", args=[row.pk])
    return {
        "kind": "warn",
        "title": title % words,
        "text": text % {"when": _moment(row.sent_at)},
        "url": url,
        "action": _("Say it"),
    }


def _spotted(user: User) -> "QuerySet[SpottedMail]":
    return SpottedMail.objects.waiting_for(user).select_related("contact", "sender")[:LIMIT]


def _stuck(number: int) -> dict[str, Any]:
    title = ngettext(
        "%(n)s mail that came in could not be taken in", "%(n)s mails that came in could not be taken in", number
    )
    text = _("It may be an answer or a request with a term. It is kept sealed until somebody has dealt with it.")
    url = reverse("mailing:stuck")
    return {"kind": "danger", "title": title % {"n": number}, "text": text, "url": url, "action": _("Look at it")}


def _nobody_erased(since: datetime) -> dict[str, Any]:
    text = _(
        "Since %(since)s no run of it has ended. Whoever should be erased is still here. Ask the administrator to look"
        " at the workers."
    )
    return {
        "kind": "danger",
        "title": _("The clock that erases stands still"),
        "text": text % {"since": _moment(since)},
        "url": reverse("privacy:retention:page"),
        "action": _("Look at it"),
    }


def _outage(user: User, since: datetime) -> dict[str, Any]:
    text = _(
        "Since %(since)s the mail provider can't be reached. Messages wait and leave by themselves as soon as it can;"
        " nothing is lost and nothing needs to be done."
    )
    if user.is_administrator:
        text = _(
            "Since %(since)s SparkPost answers no call. Messages wait and leave by themselves as soon as it does;"
            " nothing is lost. If it lasts, run “manage.py sparkpost doctor” to see whether this machine can reach it."
        )
    return {"kind": "warn", "title": _("The mail provider can't be reached"), "text": text % {"since": _moment(since)}}


def _unsettled(user: User, lost: reconciler.Unsettled) -> dict[str, Any]:
    words = {"since": _moment(lost.since), "n": lost.messages}
    text = ngettext(
        "Of %(n)s message nobody knows whether it left; it was handed over at %(since)s. The mail provider is asked"
        " every minute. Until it answers the message is not sent again, so that nobody gets it twice.",
        "Of %(n)s messages nobody knows whether they left; the first was handed over at %(since)s. The mail provider is"
        " asked every minute. Until it answers none is sent again, so that nobody gets one twice.",
        lost.messages,
    )
    claimed = f"{reverse('mailing:list')}?state={State.CLAIMED}"
    return {
        "kind": "warn",
        "title": _("The mail provider does not say what became of mail"),
        "text": text % words,
        "url": claimed,
        "action": _("Look at these messages"),
    }


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")


def _silence(user: User, missed: catch_up.Silence) -> dict[str, Any]:
    words = {"since": _moment(missed.since), "n": missed.messages}
    if user.is_administrator:
        text = ngettext(
            "Since %(since)s SparkPost's webhook has posted nothing here, while %(n)s message is under way. Watson asks"
            " SparkPost by itself meanwhile. Run “manage.py sparkpost doctor” to see what is wrong.",
            "Since %(since)s SparkPost's webhook has posted nothing here, while %(n)s messages are under way. Watson"
            " asks SparkPost by itself meanwhile. Run “manage.py sparkpost doctor” to see what is wrong.",
            missed.messages,
        )
        return {"kind": "warn", "title": _("The mail provider is silent"), "text": text % words}
    text = ngettext(
        "Since %(since)s the mail provider told us nothing by itself, while %(n)s message is under way. Watson asks for"
        " the news instead, so whether it arrived may show here later than usual. Nothing is lost.",
        "Since %(since)s the mail provider told us nothing by itself, while %(n)s messages are under way. Watson asks"
        " for the news instead, so whether they arrived may show here later than usual. Nothing is lost.",
        missed.messages,
    )
    return {"kind": "info", "title": _("News about sent mail comes later"), "text": text % words}


def requests_waiting(user: User) -> int:
    """Requests of people about their data that wait for an answer; officers only."""
    return DataRequest.objects.open().count() if _sees_everybody(user) else 0


def _running(user: User, until: date) -> tuple[list[Clock], dict[Key, Place]]:
    """The first clocks due by this day that this user may see, and where their objects are."""
    if _sees_everybody(user):
        clocks = ports.clocks(until=until, limit=LIMIT)
        return clocks, ports.places(user, clocks)
    # The database leaves out other people's clocks; whether each of what is left may be opened, its place says. Nearly
    # all may, so a few more than are shown will do.
    theirs = Candidate.objects.visible_to(user).values("subject")
    number = 2 * LIMIT
    while True:
        clocks = ports.clocks(subjects=theirs, and_things=True, until=until, limit=number)
        places = ports.places(user, clocks)
        seen = [clock for clock in clocks if (clock.kind, clock.object_id) in places]
        if len(seen) >= LIMIT or len(clocks) < number:
            return seen[:LIMIT], places
        number *= 10


def _sees_everybody(user: User) -> bool:
    return user.is_officer or user.is_administrator
