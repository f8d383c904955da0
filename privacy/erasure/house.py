"""The holders of this floor: the tables, the door, Redis, statistics, files, logs and backups."""

import glob
import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connections
from django.db.models import UUIDField
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from privacy import keyed_hash, keys, ports, registry, services, suppression
from privacy.erasure import grepping, scanning
from privacy.erasure.holders import Findings, Holder, Later, Line, Person, Run, register
from privacy.erasure.needles import EMAIL, KEY, NAME, PHONE, Needles
from privacy.erasure.needles import of as needles_of
from privacy.guards import lawful
from privacy.identifiers import BadContact, normalise_email, normalise_phone
from privacy.models import Canary, DataRequest, ErasurePerson, Subject, Telling
from privacy.models.erasure import ErasureReason, PlanAction
from privacy.models.suppression import Reason, Scope
from privacy.registry import DELETE
from privacy.vault.models import ErasureRecord, FileKey

logger = logging.getLogger(__name__)

ASKED = frozenset({ErasureReason.REQUEST.value})
CLOCK = frozenset({ErasureReason.RETENTION.value})
KEPT_FOR = timedelta(days=5 * 366)
LOOKED_AT_FOR = timedelta(days=366)
MOST_RECORDS = 1000
# How many the clock erases in one transaction.
PORTION = 500


def addresses_of(person: Person) -> list[suppression.Address]:
    """What of a person's identifiers somebody could be reached by, as the do-not-contact list spells it."""
    found: dict[suppression.Address, None] = {}
    for kind, normalise in ((EMAIL, normalise_email), (PHONE, normalise_phone)):
        for value in person.values(kind):
            try:
                found[kind, normalise(value)] = None
            except BadContact:
                continue
    return list(found)


@register
class Stop(Holder):
    """Before anything goes: nobody writes to this person, finds them or brings them back meanwhile."""

    code = "stop"
    label = _("Do-not-contact list")
    position = 10
    reasons = ASKED
    always = True

    def plan(self, run: Run) -> Iterable[Line]:
        for person in run.people:
            count = len(addresses_of(person))
            if count:
                yield Line("stop_hash", PlanAction.KEEP, count, "stop")

    def erase(self, run: Run) -> int:
        done = 0
        for person in run.people:
            suppression.lock()
            Subject.objects.filter(pk__in=person.ids, restricted_at=None).update(restricted_at=timezone.now())
            done += suppression.suppress(
                addresses_of(person), scope=Scope.ALL, reason=Reason.ERASED, actor=None, subject=person.subject
            )
        return done


@register
class Recipients(Holder):
    """Whoever got the data: told by the desk, one by one (GDPR art. 19); this waits until each was told or waived."""

    code = "recipients"
    label = _("Clients and others who got the data")
    position = 20
    reasons = ASKED

    def plan(self, run: Run) -> Iterable[Line]:
        if count := Telling.objects.filter(request=run.erasure.request_id).count():
            yield Line("tellings", PlanAction.ASK, count)

    def erase(self, run: Run) -> int:
        theirs = Telling.objects.filter(request=run.erasure.request_id)
        if theirs.open().exists():
            raise Later("recipients_open", 600)
        return theirs.count()


def write_record(run: Run) -> int:
    """Tell the vault whom this erases: a database put back from a backup is held against it."""
    people = [person for person in run.people if run.rows[person.subject.pk].spared_at is None]
    if not people:
        return 0
    hashes = {
        f"{kind}:{key_id}:{digest}"
        for person in people
        for kind, address in addresses_of(person)
        for key_id, digest in keyed_hash.hashes(kind, suppression.variants(kind, address)[-1]).items()
    }
    record = ErasureRecord(
        erasure=run.erasure.pk,
        request=run.erasure.request_id,
        reason=run.erasure.reason,
        people=[pk for person in people for pk in person.ids],
        records=_records(people),
        hashes=sorted(hashes),
        policy=run.erasure.policy,
    )
    ErasureRecord.objects.bulk_create([record], ignore_conflicts=True)
    return 1


def _records(people: list[Person]) -> list[UUID]:
    """The rows that hold a person, by their own UUIDs: those with a name or an address in them."""
    found: list[UUID] = []
    for handler in registry.handlers.values():
        for label in handler.paths:
            if label not in handler.erasure or len(found) >= MOST_RECORDS:
                continue
            model = registry.model_of(label)
            if isinstance(model._meta.pk, UUIDField) and label.startswith("candidates.Candidate"):
                with registry.together({person.subject.pk: person.ids for person in people}):
                    found += handler.rows(label, people[0].subject).values_list("pk", flat=True)[:MOST_RECORDS]
    return found[:MOST_RECORDS]


class _InTheVault(Holder):
    label = _("Erasure ledger, outside the database and its backups")
    is_remote = True
    always = True

    def erase(self, run: Run) -> int:
        return write_record(run)


@register
class Record(_InTheVault):
    """Asked for and approved: written down before it happens, so that no crash can lose it."""

    code = "record"
    position = 30
    reasons = ASKED
    is_searched = True

    def plan(self, run: Run) -> Iterable[Line]:
        yield Line("erasure_record", PlanAction.KEEP, 1, "proof", timezone.localdate() + KEPT_FOR)

    def search(self, needles: Needles, canary: Needles, run: Run) -> Findings:
        return scanning.tables("vault", needles, canary, run)

    def plant(self, words: str) -> None:
        FileKey.objects.create(owner=_canary_id(words), key=words.encode())

    def remove(self, words: str) -> None:
        FileKey.objects.filter(owner=_canary_id(words)).delete()


@register
class RecordAfter(_InTheVault):
    """By the clock: written down when it is known who was spared."""

    code = "record_after"
    position = 45
    reasons = CLOCK


@register
class Tables(Holder):
    """Every registered table: rows go or are emptied, each person in one transaction with the mark that it is done."""

    code = "tables"
    label = _("Watson's own tables, with what searches are made by")
    position = 40
    is_remote = True  # in transactions of its own, one per person
    always = True
    is_searched = True

    def plan(self, run: Run) -> Iterable[Line]:
        if run.erasure.reason != ErasureReason.REQUEST:
            yield Line("people", PlanAction.DELETE, len(run.people))
            return
        for person in run.people:
            yield from lines_of_tables(person)

    def erase(self, run: Run) -> int:
        together = PORTION if run.erasure.reason == ErasureReason.RETENTION else 1
        left = [run.people[start : start + together] for start in range(0, len(run.people), together)]
        touched, failed = 0, False
        while left:
            portion = left.pop(0)
            try:
                touched += _erase_portion(run, portion) if together > 1 else _erase(run, portion[0])
            except Exception:
                if len(portion) > 1:
                    # One who can't be erased stops no other: the halves are tried, and theirs.
                    half = len(portion) // 2
                    left[:0] = [portion[:half], portion[half:]]
                    continue
                logger.exception("erasure %s: somebody could not be erased", run.erasure.pk)
                failed = True  # the step is tried again, and seen
        if failed:
            raise Later("somebody_failed")
        return touched

    def search(self, needles: Needles, canary: Needles, run: Run) -> Findings:
        return scanning.tables("default", needles, canary, run)

    def plant(self, words: str) -> None:
        # Twice the same, so that the planner keeps it as a common value.
        for _time in range(2):
            Canary.objects.create(words=words, raw=words.encode())

    def remove(self, words: str) -> None:
        Canary.objects.filter(words=words).delete()


def _erase(run: Run, person: Person) -> int:
    with lawful():
        suppression.lock()
        row = ErasurePerson.objects.select_for_update().get(pk=run.rows[person.subject.pk].pk)
        if row.erased_at or row.spared_at:
            return 0
        touched = services.erase(person.subject, reason=run.erasure.reason, actor=run.erasure.approved_by)
        if run.erasure.request_id:
            touched += _blank_request(run.erasure.request_id)
        row.erased_at = timezone.now()
        row.save(update_fields=["erased_at"])
    return touched


def _erase_portion(run: Run, people: Sequence[Person]) -> int:
    """Those of these people whose time is over still, in one transaction. Whoever came back, asked something or came
    under a hold since the list was made is left alone."""
    with lawful():
        suppression.lock()
        rows = ErasurePerson.objects.select_for_update().filter(
            pk__in=[run.rows[person.subject.pk].pk for person in people], erased_at=None, spared_at=None
        )
        waiting = {row.subject_id: row.pk for row in rows.order_by("pk")}
        due = ports.due_among(waiting)
        spared = [pk for subject, pk in waiting.items() if subject not in due]
        ErasurePerson.objects.filter(pk__in=spared).update(spared_at=timezone.now())
        touched = services.erase_together(due, reason=run.erasure.reason)
        gone = [pk for subject, pk in waiting.items() if subject in due]
        ErasurePerson.objects.filter(pk__in=gone).update(erased_at=timezone.now())
    return touched


def _blank_request(pk: UUID) -> int:
    """The words about this very request: where its answer goes is sealed with the erasure, and its facts stay."""
    asked = dict.fromkeys(("contact", "words"), "")
    touched = DataRequest.objects.filter(pk=pk).exclude(**asked).update(**asked)
    for label in ("privacy.IdentityCheck", "privacy.Mandate", "privacy.Decision"):
        values: dict[str, Any] = dict.fromkeys(registry.fields_of(label, registry.ERASED), "")
        rows = registry.model_of(label)._default_manager.filter(request=pk)
        touched += rows.exclude(**values).update(**values)
    return touched


def lines_of_tables(person: Person) -> Iterable[Line]:
    """What goes and what stays of this person, or of everybody within `registry.together`, table by table."""
    for app in sorted(registry.handlers):
        yield from _lines_of(registry.handlers[app], person)


def _lines_of(handler: registry.PersonalData, person: Person) -> Iterable[Line]:
    today = timezone.localdate()
    for label in handler.paths:
        act = handler.erasure.get(label)
        if act is not None or (type(handler).erase is not registry.PersonalData.erase and label not in handler.kept):
            rows = handler.erasable(label, person.subject)
            if isinstance(act, dict):
                rows = rows.exclude(**act)
            if count := rows.count():
                yield Line(label, PlanAction.DELETE if act == DELETE else PlanAction.BLANK, count)
        stays = handler.rows(label, person.subject).count() if label in handler.kept or isinstance(act, dict) else 0
        if stays:
            kept_for = LOOKED_AT_FOR if label == "privacy.AccessEntry" else KEPT_FOR
            until = handler.kept_until(label, person.subject) or today + kept_for
            yield Line(label, PlanAction.KEEP, stays, ground_of(label), until)


def ground_of(label: str) -> str:
    """Why the bare rows of a table outlive the person, as a code (`wording.GROUNDS`)."""
    if label in ("privacy.LedgerEntry", "privacy.AccessEntry"):
        return "log"
    if label == "privacy.DataRequest":
        return "request"
    if label in ("privacy.Link", "privacy.SuppressionLift") or label.startswith("consent."):
        return "consent"
    if label == "mailing.OutgoingStop":
        return "stop"
    if label == "introductions.Placement":
        return "billing"
    if label.startswith("introductions."):
        return "recipients"
    return "proof"


@register
class Door(Holder):
    """Sessions, failed sign-ins and addresses of the sign-in, for people who have an account."""

    code = "door"
    label = _("Sign-in: sessions, addresses, failed attempts")
    position = 50
    always = True
    is_searched = True

    def plan(self, run: Run) -> Iterable[Line]:
        if count := AccessAttempt.objects.filter(username__in=run.values(EMAIL)).count():
            yield Line("axes.AccessAttempt", PlanAction.DELETE, count)
        if count := EmailAddress.objects.annotate(low=Lower("email")).filter(low__in=_low(run)).count():
            yield Line("account.EmailAddress", PlanAction.DELETE, count)

    def erase(self, run: Run) -> int:
        emails = _low(run)
        gone = AccessAttempt.objects.annotate(low=Lower("username")).filter(low__in=emails).delete()[0]
        gone += EmailAddress.objects.annotate(low=Lower("email")).filter(low__in=emails).delete()[0]
        users = User.objects.filter(staff_subject__subject__in=run.ids, is_active=False)
        theirs = {str(pk) for pk in users.values_list("pk", flat=True)}
        words = [value.lower().encode() for person in run.people for _kind, value in person.identifiers]
        going = []

        def dump(out: Any) -> None:
            for session in Session.objects.iterator():
                held = session.get_decoded()
                if str(held.get("_auth_user_id", "")) in theirs:
                    going.append(session.pk)
                out.write(f"{session.pk}\t{held}".replace("\n", " ").encode() + b"\n")

        # Words about the person: in a message that waits for the next page, say.
        lines = grepping.lines_with([word for word in words if len(word) > 5], dump)
        going += [line.split(b"\t", 1)[0].decode() for line in lines]
        return gone + Session.objects.filter(pk__in=going).delete()[0]

    def search(self, needles: Needles, canary: Needles, run: Run) -> Findings:
        """Sessions are packed, so that no search of the table sees what is in them."""
        found = Findings()
        held = (str(session.get_decoded()).encode() for session in Session.objects.iterator())
        _weigh(found, (text.replace(b"\n", b" ") for text in held), needles, canary, "sessions")
        return found

    def plant(self, words: str) -> None:
        session = SessionStore(f"canary{_canary_id(words).hex}")
        session["canary"] = words
        session.save(must_create=True)

    def remove(self, words: str) -> None:
        Session.objects.filter(pk=f"canary{_canary_id(words).hex}").delete()


def _low(run: Run) -> list[str]:
    return [email.lower() for email in run.values(EMAIL)]


@register
class Cached(Holder):
    """What the cache holds under or about the person."""

    code = "cache"
    label = _("Cache (Redis)")
    position = 55
    is_remote = True
    always = True
    is_searched = True

    def erase(self, run: Run) -> int:
        words = [value.lower().encode() for person in run.people for _kind, value in person.identifiers]
        gone = 0
        with scanning.client(scanning.cache_url()) as held:

            def dump(out: Any) -> None:
                for key, values in scanning.entries(held):
                    text = b" ".join((key, *values)).replace(b"\n", b" ")
                    out.write(key.hex().encode() + b"\t" + text + b"\n")

            for line in grepping.lines_with([word for word in words if len(word) > 5], dump):
                gone += int(held.delete(bytes.fromhex(line.split(b"\t", 1)[0].decode())))
        return gone

    def search(self, needles: Needles, canary: Needles, run: Run) -> Findings:
        return scanning.keys(scanning.cache_url(), "redis.cache", needles, canary)

    def plant(self, words: str) -> None:
        cache.set(f"canary:{_canary_id(words)}", words, timeout=3600)

    def remove(self, words: str) -> None:
        cache.delete(f"canary:{_canary_id(words)}")


@register
class Jobs(Holder):
    """Queued jobs carry ids alone, and results are not kept; the search makes sure of it."""

    code = "jobs"
    label = _("Queue of jobs and their results (Celery)")
    position = 80
    is_searched = True

    def search(self, needles: Needles, canary: Needles, run: Run) -> Findings:
        return scanning.keys(scanning.broker_url(), "redis.jobs", needles, canary)

    def plant(self, words: str) -> None:
        with scanning.client(scanning.broker_url()) as held:
            held.set(f"canary:{_canary_id(words)}", words, ex=3600)

    def remove(self, words: str) -> None:
        with scanning.client(scanning.broker_url()) as held:
            held.delete(f"canary:{_canary_id(words)}")


@register
class FileKeys(Holder):
    """The person's key in the vault: without it no copy of their files can be read, in no backup either."""

    code = "keys"
    label = _("Keys of the person's files")
    position = 65
    is_remote = True
    always = True

    def plan(self, run: Run) -> Iterable[Line]:
        if count := FileKey.objects.filter(owner__in=self._owners(run.people)).count():
            yield Line("vault.FileKey", PlanAction.DELETE, count)

    def erase(self, run: Run) -> int:
        # Whoever was spared keeps theirs; the files of those who went are gone.
        gone = [person for person in run.people if run.rows[person.subject.pk].erased_at]
        going = self._owners(gone) | {UUID(value) for value in run.values(KEY)}
        # Somebody else may have got a file meanwhile.
        used = {owner for handler in registry.handlers.values() for owner in handler.keys_in_use(going)}
        return keys.destroy(going - used)

    def _owners(self, people: Iterable[Person]) -> set[UUID]:
        return {owner for person in people for owner in (*person.ids, *map(UUID, person.values(KEY)))}


@register
class Statistics(Holder):
    """What PostgreSQL remembers of columns, for planning: it holds values until the next ANALYZE."""

    code = "statistics"
    label = _("Statistics of the database")
    position = 75
    is_remote = True
    always = True
    is_searched = True

    def erase(self, run: Run) -> int:
        """Only the tables of which it still remembers something: in a large house the others cost seconds."""
        known = [pair for person in run.people for pair in person.identifiers]
        needles = needles_of(known)
        names = {value.strip().lower().encode() for kind, value in known if kind == NAME}
        short = {name for name in names if name and name not in needles.soft}
        wanted = {*needles.strict, *needles.soft, *(form for name in short for form in _as_a_value(name))}
        touched = 0
        for using in ("default", "vault"):
            remembered = scanning.remembered(using, wanted)
            analyze(using, remembered)
            touched += len(remembered)
        return touched

    def search(self, needles: Needles, canary: Needles, run: Run) -> Findings:
        found = scanning.statistics("default", needles, canary)
        for where, times in scanning.statistics("vault", needles, canary).strict.items():
            found.strict[where] = times
        return found

    def plant(self, words: str) -> None:
        analyze("default", [Canary._meta.db_table])

    def remove(self, words: str) -> None:
        # After the rows are gone; that is what drops it from the statistics.
        Canary.objects.filter(words=words).delete()
        analyze("default", [Canary._meta.db_table])


def _as_a_value(name: bytes) -> Iterable[bytes]:
    """A short name, which no search looks for, as one whole value among those the planner remembers. As a part of
    others it stands in many a table, and letters to anybody would be looked at anew for it."""
    return (b"%b%b%b" % (before, name, after) for before, after in product((b"{", b",", b'"'), (b",", b"}", b'"')))


def analyze(using: str, only: Iterable[str] | None = None) -> None:
    """Have the planner look anew at the tables with data about people. The role that runs Watson owns no table, so a
    function of the owner does it (migration of this room)."""
    with connections[using].cursor() as cursor:
        if only is None:
            cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
            only = [name for (name,) in cursor.fetchall()]
        for table in only:
            cursor.execute("SELECT public.watson_analyze(%s)", [table])


@register
class Files(Holder):
    """Files outside the database. What is about a person lies in the tables, sealed; the search makes sure of it."""

    code = "files"
    label = _("Files")
    position = 82
    is_searched = True

    def search(self, needles: Needles, canary: Needles, run: Run) -> Findings:
        found = Findings()
        for name in _stored(""):
            with default_storage.open(name) as file:
                content = file.read()
            _weigh(found, [name.encode(), content], needles, canary, "files")
        return found

    def plant(self, words: str) -> None:
        default_storage.save(_canary_file(words), ContentFile(words.encode()))

    def remove(self, words: str) -> None:
        default_storage.delete(_canary_file(words))


@register
class Logs(Holder):
    """Logs hold ids alone. Where they lie in files, the search reads them; elsewhere they end with their rotation."""

    code = "logs"
    label = _("Logs")
    position = 84

    @property
    def is_searched(self) -> bool:  # type: ignore[override]
        return bool(log_files())

    def plan(self, run: Run) -> Iterable[Line]:
        yield Line("logs", PlanAction.EXPIRE, 1, "", timezone.localdate() + timedelta(days=settings.LOG_DAYS))

    def residual(self) -> timedelta | None:
        return timedelta(days=settings.LOG_DAYS)

    def search(self, needles: Needles, canary: Needles, run: Run) -> Findings:
        found = Findings()
        for path in log_files():
            _weigh(found, [path.read_bytes()], needles, canary, "logs")
        return found

    def plant(self, words: str) -> None:
        for path in log_files():
            with path.open("a") as file:
                file.write(f"{words}\n")


def log_files() -> list[Path]:
    """The files that LOG_FILES names."""
    return [Path(name) for pattern in settings.LOG_FILES for name in sorted(glob.glob(pattern)) if Path(name).is_file()]


@register
class Backups(Holder):
    """Backups are not edited: they end by themselves, and what is put back is erased again before anybody sees it."""

    code = "backups"
    label = _("Backups")
    position = 86

    def plan(self, run: Run) -> Iterable[Line]:
        yield Line("backups", PlanAction.EXPIRE, 1, "", timezone.localdate() + timedelta(days=settings.BACKUP_DAYS))

    def residual(self) -> timedelta | None:
        return timedelta(days=settings.BACKUP_DAYS)


def _stored(directory: str) -> Iterable[str]:
    try:
        directories, files = default_storage.listdir(directory)
    except FileNotFoundError:
        return
    for name in files:
        yield f"{directory}/{name}" if directory else name
    for name in directories:
        yield from _stored(f"{directory}/{name}" if directory else name)


def _weigh(found: Findings, texts: Iterable[bytes], needles: Needles, canary: Needles, where: str) -> None:
    def write(out: Any) -> None:
        for text in texts:
            out.write(text + b"\n")

    for line in grepping.lines_with([*needles.strict, *needles.soft, *canary.strict], write):
        if grepping.words_in(line, canary.strict):
            found.canary = True
        if grepping.words_in(line, needles.strict):
            found.add(where)
        elif grepping.words_in(line, needles.soft):
            found.add(where, soft=True)


def _canary_id(words: str) -> UUID:
    return UUID(words.split()[0])


def _canary_file(words: str) -> str:
    return f"canary/{_canary_id(words)}.txt"
