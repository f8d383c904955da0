"""Who asks: shown by what is known already, never by a copy of an identity document (GDPR art. 12(6), 5(1)(c)).

The usual way is a link and a code to the mailbox on file: whoever reads that mailbox is who we wrote to. The code is
derived from the check's id with the key of the links and is stored nowhere; it works once, for some days, and five
wrong ones end it. More may be asked where there is a reason to doubt, and that reason is written down.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from privacy import deadlines, ledger, links, ports, suppression
from privacy.desk import effects
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import DataRequest, IdentityCheck, Link, Subject
from privacy.models.handling import NEEDS_DOUBT, Method
from privacy.models.requests import RequestKind
from privacy.models.subjects import LinkPurpose

CODE_DIGITS = 6
WORKS_FOR = timedelta(days=14)
ABOUT = "identity_check"

NO_MAILBOX = refuse("identity_no_mailbox", _("No mailbox of this person is known. Call them on a number we know."))
NOBODY = refuse("identity_nobody", _("Say first whose request this is."))
NO_COPY = refuse(
    "identity_no_copy",
    _(
        "Do not ask for an identity document, a copy of one, or a citizen service number. A copy shows far more than"
        " who somebody is, and what we hold is known by a mailbox or a number (GDPR art. 5(1)(c) and 12(6))."
    ),
)
# What may not be asked for, in both languages: documents, their numbers, and pictures of a face.
_DOCUMENT = re.compile(
    r"paspoort|passport|identiteits?(?:kaart|bewijs|document)|\bid[\s-]*(?:kaart|bewijs|card|copy|kopie|document)"
    r"|identity\s+(?:card|document|paper)|rijbewijs|driv(?:er|ing)['’]?s?[\s-]*licen[cs]e|\bbsn\b|burgerservice"
    r"|citizen\s+service|social\s+security|verblijfs(?:vergunning|document)|residence\s+permit|pasfoto|selfie"
    r"|legitimatie",
    re.IGNORECASE,
)


def asks_for_document(text: str) -> bool:
    """Whether these words ask somebody for an identity document or its number."""
    return bool(_DOCUMENT.search(text))


def code_of(check: UUID, key: bytes | None = None) -> str:
    """The six digits of one check, under the current key."""
    secret = key if key is not None else next(iter(settings.LINK_KEYS.values()))
    digest = hmac.new(secret, b"identity code" + check.bytes, hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def ask_mailbox(request: DataRequest, *, actor: User | None) -> IdentityCheck:
    """Send a link and a code to the mailbox on file, whatever address the request came from.

    One that still works is not sent again. Raises Refused without a person or a mailbox.
    """
    with lawful():
        request = DataRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        if request.subject_id is None:
            raise _refused(NOBODY)
        waiting = request.identity_checks.waiting().filter(method=Method.MAILBOX, subject=request.subject_id).first()
        if waiting is not None:
            return waiting
        check = IdentityCheck.objects.create(
            request=request,
            subject_id=request.subject_id,
            method=Method.MAILBOX,
            asked_by=actor,
            expires_at=timezone.now() + WORKS_FOR,
        )
        links.issue(
            LinkPurpose.CONFIRM,
            subject=request.subject_id,
            about_kind=ABOUT,
            about_id=check.pk,
            expires_at=check.expires_at,
        )
        codes = {"request": str(request.pk), "check": str(check.pk)}
        if ports.mail("receipt_identity", subject=request.subject_id, codes=codes) is None:
            raise _refused(NO_MAILBOX)
        ledger.append("request.identity_asked", subject=request.subject_id, actor=actor, request=request.pk)
    return check


def behind(link: Link) -> IdentityCheck | None:
    """The check a link was made for."""
    if link.purpose != LinkPurpose.CONFIRM or link.about_kind != ABOUT or link.about_id is None:
        return None
    return IdentityCheck.objects.filter(pk=link.about_id, subject=link.subject_id).select_related("request").first()


def try_code(check: IdentityCheck, typed: str) -> bool:
    """Whether these are the digits that were sent; if so it is known who asks, and what needs no decision begins.

    A wrong one counts, and the fifth ends the check.
    """
    digits = re.sub(r"\s", "", typed)
    with lawful():
        suppression.lock()  # before any row: what they ask may end in a stop
        # Lock, then look: two tabs may try at once, and each counts.
        held = IdentityCheck.objects.select_for_update(of=("self",)).select_related("request").get(pk=check.pk)
        if held.confirmed_at is not None:
            return True
        if not IdentityCheck.objects.waiting().filter(pk=held.pk).exists():
            return False
        matches = [hmac.compare_digest(code_of(held.pk, key), digits) for key in settings.LINK_KEYS.values()]
        if not any(matches):
            IdentityCheck.objects.filter(pk=held.pk).update(attempts=F("attempts") + 1)
            return False
        _confirm(held, actor=None)
    return True


def ask_more(request: DataRequest, *, doubt: str, asked: str, actor: User) -> IdentityCheck:
    """Ask for something more, because of a doubt that is written down. The term may stand still meanwhile.

    Raises Refused without a reason, and for what may never be asked.
    """
    if not doubt.strip():
        raise _refused(NEEDS_DOUBT)
    if asks_for_document(asked):
        raise _refused(NO_COPY)
    with lawful():
        check = IdentityCheck.objects.create(
            request=request,
            subject_id=request.subject_id,
            method=Method.OTHER,
            doubt=doubt,
            asked=asked,
            asked_by=actor,
        )
        ports.mail(
            "receipt_question", subject=request.subject_id, codes={"request": str(request.pk), "check": str(check.pk)}
        )
        ledger.append(
            "request.identity_doubted", subject=request.subject_id, actor=actor, request=request.pk, check=check.pk
        )
    return check


def confirm(request: DataRequest, *, method: str, actor: User) -> IdentityCheck:
    """An officer or colleague knows who asks: called back, or the doubt is gone. Raises Refused without a person."""
    with lawful():
        suppression.lock()
        request = DataRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        if request.subject_id is None:
            raise _refused(NOBODY)
        open_one = request.identity_checks.filter(method=method, confirmed_at=None).order_by("-asked_at").first()
        if open_one is None and method == Method.OTHER:
            raise _refused(NEEDS_DOUBT)
        check = open_one or IdentityCheck.objects.create(
            request=request, subject_id=request.subject_id, method=Method(method), asked_by=actor
        )
        check.request = request
        _confirm(check, actor=actor)
    return check


def tie(request: DataRequest, subject: Subject, *, actor: User) -> DataRequest:
    """An officer found out whose request this is; that it is really they who ask is still to be shown."""
    with lawful():
        request = DataRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        if request.answered_at is None and request.subject_id is None:
            request.subject = subject
            request.save(update_fields=["subject"])
            ledger.append("request.tied", subject=subject, actor=actor, request=request.pk)
    return request


def paused(request: DataRequest, checks: Iterable[IdentityCheck]) -> tuple[date, str] | None:
    """The last day and its reason if the term stood still while a doubt was cleared up; None if it did not.

    Only where it was asked in time, and never for what takes effect at once. Alarms keep to the earlier day.
    """
    if request.kind == RequestKind.OBJECTION:
        return None
    by = deadlines.pause_ask_by(request.received_at)
    for check in checks:
        asked_on = timezone.localdate(check.asked_at, deadlines.TZ)
        if check.method == Method.OTHER and check.confirmed_at and asked_on <= by:
            answered_on = timezone.localdate(check.confirmed_at, deadlines.TZ)
            return (
                deadlines.paused_due_date(request.received_at, asked_on, answered_on),
                deadlines.why(request.received_at, asked_on=asked_on, answered_on=answered_on),
            )
    return None


def known(request: DataRequest, *, method: str, actor: User | None) -> IdentityCheck:
    """It is known from the start who asks: through their own link, or to a colleague who spoke to them."""
    check = IdentityCheck.objects.create(
        request=request, subject_id=request.subject_id, method=Method(method), asked_by=actor
    )
    check.request = request
    _confirm(check, actor=actor)
    return check


def _confirm(check: IdentityCheck, *, actor: User | None) -> None:
    check.confirmed_at, check.confirmed_by = timezone.now(), actor
    check.save(update_fields=["confirmed_at", "confirmed_by"])
    ledger.append(
        "request.identity_known",
        subject=check.request.subject_id,
        actor=actor,
        request=check.request_id,
        method=check.method,
    )
    effects.take_effect(check.request, actor=actor)


def _refused(rule: str) -> Refused:
    return Refused(REFUSALS[rule], rule)
