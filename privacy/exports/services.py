"""Preparing a copy of somebody's data, looking at it, handing it out once, and deleting it (GDPR art. 12, 15, 20)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from privacy import ledger, links, ports, sealing
from privacy.exports import codes, gathering, outside, packing
from privacy.exports.wording import LeftOut
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import AccessEntry, DataCopy, DataRequest, Link
from privacy.models.exports import COPY_DAYS, COPY_LOOKED, CodeBy, CopyKind, CopyState
from privacy.models.subjects import LinkPurpose

NOBODY = refuse("copy_of_nobody", _("Nobody here belongs to this request, so there is nothing to copy."))
NOT_READY = refuse("copy_not_ready", _("The copy is not ready yet."))
HANDED_OUT = refuse("copy_handed_out", _("This copy was handed out already. Prepare a new one instead."))
NO_MAILBOX = refuse(
    "copy_no_mailbox", _("We know no e-mail address of this person. Tell the code yourself, by phone or face to face.")
)
NO_ADDRESS = refuse(
    "copy_no_address", _("There is no e-mail address to send the link to. Download the copy and hand it over yourself.")
)
NO_CODES = refuse("copy_no_codes", _("No more codes can be asked for through this link. Ask us for a new link."))
LINK_OVER = refuse("copy_link_over", _("This link has been used or is too old. Ask us for a new one."))

TRIES = 5  # per code
CODES = 5  # per link
CODE_LIVES = timedelta(minutes=20)  # one that was mailed; one that a colleague tells lives as long as the link
READ_FOR = timedelta(minutes=30)  # how long the browser that opened it may go on reading
PREVIEW = "preview"  # what the access log calls looking at a copy before it goes
ABOUT = "copy"


class Opening(StrEnum):
    """What came of an attempt to open a copy."""

    OPENED = "opened"
    WRONG = "wrong"
    NO_CODE = "no_code"
    OVER = "over"


@dataclass(frozen=True)
class Notes:
    """`words` the officer covered; `found`: addresses of others that may have to be; `files` by (id, name)."""

    words: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)


def prepare(request: DataRequest, *, kind: str, language: str, actor: User) -> DataCopy:
    """Have a copy made for a request; one that was not handed out yet makes way. Raises Refused without a person."""
    with lawful():
        subject = request.subject
        if subject is None or subject.erased_at is not None:
            raise Refused(REFUSALS[NOBODY], NOBODY)
        kind = CopyKind(kind)
        request.copies.filter(kind=kind, delivered_at=None).delete()
        copy = DataCopy.objects.create(
            request=request,
            subject=subject,
            kind=kind,
            language=language,
            asked_by=actor,
            delete_on=timezone.localdate() + timedelta(days=COPY_DAYS),
        )
        ledger.append("copy.asked", subject=subject, actor=actor, copy=copy.pk, request=request.pk, kind_of=copy.kind)
        _make_soon(copy)
    return copy


def cover(copy: DataCopy, *, words: Iterable[str], left_out: Mapping[UUID, str], actor: User) -> DataCopy:
    """Say which words about other people are covered, and which files stay out and why; the copy is made anew."""
    with lawful():
        held = _undelivered(copy)
        given = sorted({word.strip() for word in words if word.strip()})
        held.notes = _sealed_notes(held, Notes(words=given))
        held.left_out = {str(file): LeftOut(reason).value for file, reason in left_out.items()}
        held.state, held.claimed_at, held.made_at, held.body = CopyState.WAITING, None, None, b""
        held.save(update_fields=["notes", "left_out", "state", "claimed_at", "made_at", "body"])
        ledger.append(
            "copy.covered",
            subject=held.subject_id,
            actor=actor,
            copy=held.pk,
            words=len(given),
            left_out=len(held.left_out),
        )
        _make_soon(held)
    return held


def notes_of(copy: DataCopy) -> Notes:
    """What is covered in this copy, what may have to be, and which files there are."""
    if not copy.notes:
        return Notes()
    return Notes(**json.loads(sealing.unseal(copy.notes, context=_context(copy, "notes"))))


def make(copy_id: UUID) -> bool:
    """Make one copy that waits; False when it is in another worker's hands or gone. Safe to run twice."""
    now = timezone.now()
    if not DataCopy.objects.unmade().filter(pk=copy_id).update(state=CopyState.MAKING, claimed_at=now):
        return False
    copy = DataCopy.objects.select_related("subject", "request").get(pk=copy_id)
    try:
        body, notes, counts = _made(copy)
    except Exception:
        DataCopy.objects.filter(pk=copy_id, claimed_at=now).update(state=CopyState.FAILED)
        raise
    # Only into the row as it was claimed: it may have been erased, or covered anew, meanwhile.
    return bool(
        DataCopy.objects.filter(pk=copy_id, state=CopyState.MAKING, claimed_at=now, subject__erased_at=None).update(
            state=CopyState.READY,
            made_at=timezone.now(),
            body=sealing.seal(body, context=_context(copy, "body")),
            notes=_sealed_notes(copy, notes),
            size=len(body),
            counts=counts,
        )
    )


def make_leftovers() -> int:
    """Make what a lost job or a killed worker left; how many."""
    return sum(make(pk) for pk in list(DataCopy.objects.unmade().values_list("pk", flat=True)))


def content(copy: DataCopy) -> bytes:
    """The ZIP. Raises Refused while it is not made."""
    if not copy.body:
        raise Refused(REFUSALS[NOT_READY], NOT_READY)
    return sealing.unseal(copy.body, context=_context(copy, "body"))


def looked(copy: DataCopy) -> AccessEntry | None:
    """Who first looked at this copy as it is now."""
    if copy.made_at is None:
        return None
    seen = AccessEntry.objects.filter(action=PREVIEW, about_kind=ABOUT, about_id=copy.pk, at__gte=copy.made_at)
    return seen.select_related("actor").order_by("at").first()


def deliver(copy: DataCopy, *, code_by: str, actor: User) -> tuple[DataCopy, str]:
    """Mail the one-time link; the code as well when `actor` is to tell it, else it is empty. Raises Refused.

    Again for the same copy makes a new link, and the one before works no more.
    """
    with lawful():
        held = DataCopy.objects.select_for_update(of=("self",)).select_related("subject", "link").get(pk=copy.pk)
        if held.state != CopyState.READY or not held.body or held.subject.erased_at is not None:
            raise Refused(REFUSALS[NOT_READY], NOT_READY)
        seen = looked(held)
        if seen is None:
            raise Refused(REFUSALS[COPY_LOOKED], COPY_LOOKED)
        held.code_by = CodeBy(code_by)
        if held.code_by == CodeBy.MAILBOX and mailbox_of(held) is None:
            raise Refused(REFUSALS[NO_MAILBOX], NO_MAILBOX)
        if held.link_id:
            Link.objects.filter(pk=held.link_id, revoked_at=None).update(revoked_at=timezone.now())
        held.link = links.issue(
            LinkPurpose.COPY,
            subject=held.subject,
            about_kind="data_copy",
            about_id=held.pk,
            expires_at=timezone.make_aware(datetime.combine(held.delete_on + timedelta(days=1), time.min)),
        )
        held.looked_at, held.looked_by = seen.at, seen.actor
        held.delivered_at, held.delivered_by, held.opened_at = timezone.now(), actor, None
        held.codes_left, held.tries_left, held.code_at = CODES, 0, None
        told = held.code_by == CodeBy.COLLEAGUE
        if told:
            _next_code(held)
        held.save()
        message = ports.mail("rights_answer_copy", subject=held.subject_id, codes=_codes(held))
        if message is None:
            raise Refused(REFUSALS[NO_ADDRESS], NO_ADDRESS)
        ledger.append(
            "copy.delivered",
            subject=held.subject_id,
            actor=actor,
            copy=held.pk,
            message=message.pk,
            link=held.link.pk,
            code_by=held.code_by,
        )
    return held, codes.code_of(held) if told else ""


def mailbox_of(copy: DataCopy) -> str | None:
    """The e-mail address we know this person by, whatever address the request names; None without one."""
    known = sorted(address for kind, address in gathering.addresses(copy.subject) if kind == "email")
    if not known:
        return None
    # Where the request came from a mailbox we know, that one is the person's own choice.
    return copy.request.contact if copy.request.contact in known else known[0]


def of_link(link: Link) -> DataCopy | None:
    """The copy behind a link, while the link is the newest one."""
    rows = DataCopy.objects.select_related("request", "subject", "link")
    return rows.filter(link=link, subject__erased_at=None).first()


def ask_code(link: Link) -> DataCopy:
    """Mail a new code to the mailbox we know; the one before works no more. Raises Refused when there were enough."""
    with lawful():
        held = _locked_behind(link)
        if held is None or not held.is_open or held.code_by != CodeBy.MAILBOX:
            raise Refused(REFUSALS[LINK_OVER], LINK_OVER)
        if not held.codes_left:
            raise Refused(REFUSALS[NO_CODES], NO_CODES)
        held.codes_left -= 1
        _next_code(held)
        held.save(update_fields=["codes_left", "code_number", "code_at", "tries_left"])
        ports.mail("rights_answer_code", subject=held.subject_id, codes=_codes(held))
        ledger.append("copy.code_asked", subject=held.subject_id, copy=held.pk, link=link.pk)
    return held


def open_copy(link: Link, *, code: str) -> Opening:
    """Use up the link with the right code. A wrong one costs a try, which stays spent whatever happens after."""
    with lawful():
        held = _locked_behind(link)
        if held is None or not held.is_open:
            return Opening.OVER
        if held.code_at is None or not held.tries_left or _is_too_old(held):
            return Opening.NO_CODE
        held.tries_left -= 1
        if not codes.is_code(held, code):
            held.save(update_fields=["tries_left"])
            ledger.append("copy.code_wrong", subject=held.subject_id, copy=held.pk, link=link.pk)
            return Opening.WRONG if held.tries_left else Opening.NO_CODE
        held.tries_left, held.opened_at = 0, timezone.now()
        held.save(update_fields=["tries_left", "opened_at"])
        Link.objects.filter(pk=link.pk).update(used_at=held.opened_at)
        ledger.append("copy.opened", subject=held.subject_id, copy=held.pk, link=link.pk)
    return Opening.OPENED


def is_readable(copy: DataCopy) -> bool:
    """Whether the browser that opened it may still read on."""
    return copy.opened_at is not None and timezone.now() - copy.opened_at < READ_FOR


def forget_old() -> int:
    """Delete copies whose day has come, and end their links; how many."""
    with lawful():
        old = DataCopy.objects.overdue(timezone.localdate())
        ended = list(old.select_for_update(of=("self",)).values_list("pk", "subject", "link"))
        Link.objects.filter(pk__in=[link for _pk, _subject, link in ended if link], revoked_at=None).update(
            revoked_at=timezone.now()
        )
        DataCopy.objects.filter(pk__in=[pk for pk, _subject, _link in ended]).delete()
        for pk, subject, _link in ended:
            ledger.append("copy.deleted", subject=subject, copy=pk)
    return len(ended)


def _made(copy: DataCopy) -> tuple[bytes, Notes, dict[str, int]]:
    if copy.kind == CopyKind.PORTABILITY:
        body = packing.portable_zip(copy.subject, language=copy.language)
        return body, Notes(), {"files": sum(name.startswith("files/") for name in packing.members(body))}
    words = notes_of(copy).words
    left_out = {UUID(file): reason for file, reason in copy.left_out.items()}
    beyond = outside.fetch(copy.subject, language=copy.language)
    held = gathering.gather(
        copy.subject,
        language=copy.language,
        covered=words,
        left_out=left_out,
        outside=beyond.tables,
        failures=beyond.failures,
        keepers=beyond.keepers,
    )
    notes = Notes(
        words=words,
        found=gathering.others_in(held),
        files=[(str(file.id), file.name) for file in (*held.files, *held.left_out)],
    )
    counts = {
        "rows": sum(len(table.rows) for table in held.tables),
        "tables": len(held.tables),
        "files": len(held.files),
        "covered": held.covered,
        "failures": len(held.failures),
    }
    return packing.access_zip(held, copy.request), notes, counts


def _sealed_notes(copy: DataCopy, notes: Notes) -> bytes:
    return sealing.seal(json.dumps(asdict(notes)).encode(), context=_context(copy, "notes"))


def _make_soon(copy: DataCopy) -> None:
    from privacy import tasks  # the jobs of this room call these verbs

    transaction.on_commit(partial(tasks.make_copy.delay, str(copy.pk)), robust=True)


def _undelivered(copy: DataCopy) -> DataCopy:
    held = DataCopy.objects.select_for_update(of=("self",)).get(pk=copy.pk)
    if held.delivered_at is not None:
        raise Refused(REFUSALS[HANDED_OUT], HANDED_OUT)
    return held


def _locked_behind(link: Link) -> DataCopy | None:
    rows = DataCopy.objects.select_for_update(of=("self",)).select_related("subject", "request", "link")
    return rows.filter(link=link, subject__erased_at=None, link__revoked_at=None).first()


def _next_code(copy: DataCopy) -> None:
    copy.code_number += 1
    copy.code_at, copy.tries_left = timezone.now(), TRIES


def _is_too_old(copy: DataCopy) -> bool:
    if copy.code_by == CodeBy.COLLEAGUE or copy.code_at is None:
        return False
    return timezone.now() - copy.code_at > CODE_LIVES


def _codes(copy: DataCopy) -> dict[str, str]:
    return {"request": str(copy.request_id), "copy": str(copy.pk), "language": copy.language}


def _context(copy: DataCopy, what: str) -> str:
    return f"datacopy:{what}:{copy.pk}"
