"""Verbs of the outbox: queue a message, make a text to copy, call back what has not left."""

import re
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import MailTracking, Organisation, User
from mailing import attachments as files
from mailing import events, footers, logos, outbox, pauses, rendering, tasks, transmissions
from mailing.kinds import ACCOUNT, KINDS, NOTICE_KINDS, Kind, is_followed
from mailing.models import (
    I10_WORDS,
    LEGAL_KINDS,
    Channel,
    Logo,
    MailEvent,
    Message,
    MessageQuerySet,
    State,
    StoredFile,
    TemplateVersion,
    Unfollowed,
    WebhookBatch,
)
from mailing.signals import called_back, calling_back, notice_failed, notice_handed_over, troubles_handled
from privacy import ledger, sealing, suppression
from privacy import links as links_of
from privacy.guards import REFUSALS, Refused, lawful, refuse, rule_of, sentence_for
from privacy.identifiers import BadContact, normalise_email
from privacy.models import Link, Subject
from privacy.models.subjects import LinkPurpose

__all__ = [
    "NOTICE_KINDS",
    "abort",
    "abort_to",
    "arrived",
    "can_cancel",
    "cancel",
    "check",
    "copy_text",
    "follow",
    "handle",
    "handle_all",
    "is_disclosed",
    "not_arrived",
    "poke",
    "queue",
    "queue_account_mail",
    "receive",
    "resume",
    "sent_by_hand",
    "sent_to",
    "shown",
    "text_to_copy",
    "undo_moment",
    "values_for",
]

Address = tuple[str, str]
Which = tuple[str, UUID]

NO_WORDS = refuse("mail_no_words", _("There is no published text for this message in this language."))
NO_SHORT = refuse("mail_no_short", _("There is no short text for this message in this language."))
OTHER_TEMPLATE = refuse("mail_other_template", _("This template is for another message or another language."))
RETIRED = refuse("mail_template_retired", _("This template is retired. Choose another one."))
GONE = refuse("mail_gone", _("This message has left already. It can no longer be stopped."))
LEGAL_STAYS = refuse("mail_legal_stays", _("The law has us send this message, so it can't be called back."))
NOT_COPY = refuse("mail_not_copy", _("This message was not made to be sent by hand, or was sent already."))
DECIDED = refuse("mail_decided", _("What became of this message is known already."))
BAD_ADDRESS = refuse("mail_bad_address", _("This is not an e-mail address mail can be sent to."))

HANDLED_TOGETHER = 1000
PING_BYTES = 300
COMPRESSION = 1  # a body is kept for minutes, and the poster waits
NAME_LENGTH = 200
_IN_BRACKETS = re.compile(r"\s*\(https?://\S*\)")

# States in which nothing has left yet.
WAITING = (State.DRAFT, State.QUEUED)


def undo_moment() -> datetime:
    """Until when a recruiter may still call a message back."""
    return timezone.now() + timedelta(seconds=settings.MAIL_UNDO_SECONDS)


def queue(
    kind: str,
    *,
    key: str,
    subject: Subject | None,
    to_email: str,
    to_name: str = "",
    addresses: Sequence[Address] = (),
    language: str,
    context: Mapping[str, Any],
    links: Mapping[str, Link | None] | None = None,
    about: Which | None = None,
    vacancy: UUID | None = None,
    client: UUID | None = None,
    sender: User | None,
    act: Which | None = None,
    template_kind: str = "",
    template: TemplateVersion | None = None,
    not_before: datetime | None = None,
    transactional: bool = False,
    attachments: Sequence[StoredFile] = (),
    inline: Mapping[str, StoredFile] | None = None,
) -> Message:
    """Write one mail in the outbox, in the words of `template` or else the standard ones; the worker hands it over.

    The same `key` again returns the first message. A `transactional` one answers what the reader just did: it is never
    followed and doesn't wait for an undo. `inline` are pictures by the content id under which the HTML shows them.
    Raises Refused for missing words, an empty placeholder, a bad address or files that are too large together.
    """
    if there := Message.objects.filter(key=key).first():
        return there
    template_kind = template_kind or kind
    of = KINDS.get(template_kind, Kind())
    try:
        to_email = normalise_email(to_email)
    except BadContact as error:
        raise _refused(BAD_ADDRESS) from error
    pictures = dict(inline or {})
    if logo := logos.current():
        pictures[logos.CONTENT_ID] = logo.file
    files.check([*attachments, *pictures.values()])
    with lawful():
        track = not transactional and _may_follow(template_kind, subject)
        words = _words(template_kind, language, template)
        held = _with_own_links(links, subject)
        values = values_for(context, language=language, sender=sender, to_name=to_name, track=track)
        rendered = rendering.render(
            subject=words.subject_line,
            body=words.body,
            values=values,
            links=held,
            language=language,
            footer=footers.footer(template_kind, language),
            picture=shown(logo),
        )
        waits = not_before or (timezone.now() if transactional or sender is None else undo_moment())
        message, made = Message.objects.get_or_create(
            key=key,
            defaults={
                **_where(of.legal or kind, about=about, act=act, vacancy=vacancy, client=client),
                "channel": Channel.EMAIL,
                "language": language,
                "template": words,
                "subject": subject,
                "sender": sender,
                "to_email": to_email,
                "to_name": to_name[:NAME_LENGTH],
                "recipient_hmacs": suppression.hmacs([("email", to_email), *addresses]),
                "subject_line": rendered.subject,
                "body_text": rendered.text,
                "body_html": rendered.html,
                "track": track,
                "state": State.QUEUED,
                "not_before": waits,
            },
        )
        if made and (attachments or pictures):
            files.join(message, attachments, pictures)
    if made and waits <= timezone.now():
        poke()
    return message


def copy_text(
    kind: str,
    *,
    key: str,
    channel: str,
    subject: Subject,
    to_email: str = "",
    to_name: str = "",
    addresses: Sequence[Address] = (),
    language: str,
    context: Mapping[str, Any],
    links: Mapping[str, Link] | None = None,
    about: Which | None = None,
    vacancy: UUID | None = None,
    client: UUID | None = None,
    sender: User,
    act: Which | None = None,
    template_kind: str = "",
    template: TemplateVersion | None = None,
) -> Message:
    """Make the short text with the person's own link, for another channel; the same `key` is the same text.

    Raises Refused where the person may not be contacted (I8), before anybody reads the text.
    """
    if there := Message.objects.filter(key=key).first():
        check(there)
        return there
    template_kind = template_kind or kind
    of = KINDS.get(template_kind, Kind())
    with lawful():
        words = _words(template_kind, language, template)
        if not words.short:
            raise _refused(NO_SHORT)
        held = _with_own_links(links, subject)
        values = values_for(context, language=language, sender=sender, to_name=to_name, track=False)
        # A profile's address would take the place of half the text.
        values["source"] = _IN_BRACKETS.sub("", values.get("source", ""))
        message, _made = Message.objects.get_or_create(
            key=key,
            defaults={
                **_where(of.legal or kind, about=about, act=act, vacancy=vacancy, client=client),
                "channel": Channel(channel),
                "language": language,
                "template": words,
                "subject": subject,
                "sender": sender,
                "to_email": to_email,
                "to_name": to_name[:NAME_LENGTH],
                "recipient_hmacs": suppression.hmacs(addresses),
                "body_text": rendering.render_short(words.short, values, held),
                "state": State.DRAFT,
            },
        )
        check(message)
    return message


def text_to_copy(message: Message) -> str:
    """The text with its links filled in, for the recruiter's screen only. Raises Refused where I8 forbids contact."""
    check(message)
    addressed = transmissions.addresses_of(transmissions.links_in(message))
    return rendering.with_addresses(message.body_text, addressed)


def sent_by_hand(message: Message, *, actor: User) -> Message:
    """The recruiter says the copied text was sent, now: I8 is checked, and it counts as notice. Raises Refused."""
    with lawful():
        outbox.share_suppression_lock()
        message = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
        if message.state == State.ACCEPTED and message.channel != Channel.EMAIL:
            return message
        if message.state != State.DRAFT:
            raise _refused(NOT_COPY)
        message.state = State.ACCEPTED
        message.accepted_at = timezone.now()
        message.sender = actor
        message.save(update_fields=["state", "accepted_at", "sender"])
        ledger.append(
            "mail.sent_by_hand", subject=message.subject, actor=actor, message=message.pk, channel=message.channel
        )
        if message.asks:
            notice_handed_over.send(Message, messages=[message])
    return message


def abort(
    *, subject: Subject | UUID, vacancy: UUID | Any | None, reason: str, kinds: Collection[str] | None = None
) -> int:
    """Stop what waits for this person, in one vacancy or at all; what the law wants sent still goes. How many.

    What a worker holds may have left: it stays claimed, and is stopped on its way back into the queue.
    """
    waiting = Message.objects.filter(subject=subject).exclude(kind__in=(*LEGAL_KINDS, ACCOUNT))
    if vacancy is not None:
        waiting = waiting.filter(vacancy_ref=getattr(vacancy, "pk", vacancy))
    if kinds is not None:
        waiting = waiting.filter(kind__in=kinds)
    # Nobody needs to look at it: the person's own act explains it.
    return _stop(waiting, reason, handled_at=timezone.now())


def abort_to(addresses: Collection[str], *, subjects: Collection[UUID], reason: str) -> int:
    """Stop what waits for these people at these e-mail addresses; how many. As `abort` does.

    Also what the law wants sent: it would not reach its reader. It stands on Today, for another way has to be found.
    """
    waiting = Message.objects.filter(subject__in=subjects, to_email__in=addresses).exclude(to_email="")
    return _stop(waiting, reason, handled_at=None)


def _stop(messages: MessageQuerySet, reason: str, *, handled_at: datetime | None) -> int:
    """Stop these while they wait or are claimed; how many at once. Waits for nobody.

    Who calls this holds a question, and who writes down what became of a message locks the question after it. So what
    is being written down at this moment is stopped as soon as this transaction is over and holds nothing.
    """
    messages = messages.filter(state__in=(*WAITING, State.CLAIMED))
    found = set(messages.values_list("pk", flat=True))
    if not found:
        return 0
    free = messages.order_by("pk").select_for_update(skip_locked=True, no_key=True, of=("self",))
    held = set(free.values_list("pk", flat=True))
    if taken := found - held:
        transaction.on_commit(partial(_stop_now, taken, reason, handled_at), robust=True)
    return _stop_now(held, reason, handled_at)


def _stop_now(ids: Collection[UUID], reason: str, handled_at: datetime | None) -> int:
    is_claimed = Q(state=State.CLAIMED)
    # One statement: whoever is claimed or given back meanwhile is met as it stands then.
    return Message.objects.filter(pk__in=ids, state__in=(*WAITING, State.CLAIMED)).update(
        state=Case(When(is_claimed, then=F("state")), default=Value(State.ABORTED)),
        reason=Case(When(is_claimed, then=F("reason")), default=Value(reason[:60])),
        stop_reason=reason[:60],
        ended_at=Case(When(is_claimed, then=F("ended_at")), default=Value(timezone.now())),
        handled_at=Case(When(is_claimed, then=F("handled_at")), default=Value(handled_at)),
    )


def can_cancel(message: Message) -> bool:
    """Whether a recruiter may call this message back now: it waits, and the law doesn't want it sent."""
    return message.state in WAITING and message.kind not in LEGAL_KINDS


def cancel(message: Message, *, actor: User) -> Message:
    """The recruiter calls a waiting message back, and what sending it did with it.

    Raises Refused when it has left, and for what the law has us send. Doing it twice changes nothing.
    """
    if message.kind in LEGAL_KINDS:
        raise _refused(LEGAL_STAYS)
    with lawful():
        calling_back.send(Message, message=message)
        changed = Message.objects.filter(pk=message.pk, state__in=WAITING).update(
            state=State.ABORTED, reason="undone", ended_at=timezone.now(), handled_at=timezone.now()
        )
        message.refresh_from_db()
        if not changed and not (message.state == State.ABORTED and message.reason == "undone"):
            raise _refused(GONE)
        if changed:
            ledger.append("mail.undone", subject=message.subject, actor=actor, message=message.pk)
            called_back.send(Message, message=message, actor=actor)
    return message


def handle(message: Message, *, actor: User) -> Message:
    """Somebody has dealt with a message that did not arrive: it leaves the list of troubles."""
    handle_all(Message.objects.filter(pk=message.pk), actor=actor)
    message.refresh_from_db()
    return message


def handle_all(messages: MessageQuerySet, *, actor: User) -> int:
    """The same for many at once, `HANDLED_TOGETHER` at most; how many there were."""
    with lawful():
        chosen = messages.troubled().order_by("pk").values("pk")[:HANDLED_TOGETHER]
        locked = Message.objects.filter(pk__in=chosen).troubled().order_by("pk").select_for_update(of=("self",))
        troubled = list(locked.select_related("subject").defer("body_text", "body_html"))
        Message.objects.filter(pk__in=[message.pk for message in troubled]).update(handled_at=timezone.now())
        for message in troubled:
            ledger.append("mail.handled", subject=message.subject, actor=actor, message=message.pk)
        if troubled:
            troubles_handled.send(Message, messages=troubled, actor=actor)
    return len(troubled)


def arrived(message: Message, *, actor: User) -> Message:
    """Somebody found out that a message nobody knew the fate of did arrive: it was sent, and counts as notice.

    Raises Refused when that is known already.
    """
    with lawful():
        held = _undecided(message, also=(State.ACCEPTED, State.DELIVERED))
        if held.state == State.NEEDS_PERSON:
            now = timezone.now()
            # It left with the claim; what somebody says today is that it did.
            events.mark_accepted(held, held.claimed_at or now)
            state = State.DELIVERED if held.delivered_at else State.ACCEPTED
            _decide(held, actor, "mail.arrived", state=state, reason="", ended_at=held.delivered_at, handled_at=now)
    message.refresh_from_db()
    return message


def not_arrived(message: Message, *, actor: User) -> Message:
    """Somebody found out that a message nobody knew the fate of did not arrive: the person may be asked again.

    Raises Refused when it is known to have arrived.
    """
    with lawful():
        held = _undecided(message, also=(State.FAILED,))
        if held.state == State.NEEDS_PERSON:
            now = timezone.now()
            _decide(
                held, actor, "mail.not_arrived", state=State.FAILED, reason="not_arrived", ended_at=now, handled_at=now
            )
    message.refresh_from_db()
    return message


def _undecided(message: Message, *, also: Collection[str]) -> Message:
    """The message, locked, while it needs a person; or what the same answer has made of it already."""
    rows = Message.objects.select_for_update(no_key=True, of=("self",)).select_related("template", "subject")
    held = rows.get(pk=message.pk)
    if held.state not in (State.NEEDS_PERSON, *also):
        raise _refused(DECIDED)
    return held


def _decide(held: Message, actor: User, entry: str, **changes: Any) -> None:
    Message.objects.filter(pk=held.pk).update(**changes)
    held.refresh_from_db()
    ledger.append(entry, subject=held.subject, actor=actor, message=held.pk)
    if held.state == State.FAILED:
        notice_failed.send(Message, messages=[held])
    troubles_handled.send(Message, messages=[held], actor=actor)


def resume(*, actor: User) -> None:
    """An operator has mended what stopped the outbox."""
    with lawful():
        if pauses.lift():
            ledger.append("mail.resumed", actor=actor)
    poke()


def follow(*, subject: Subject, wanted: bool, actor: User | None) -> None:
    """The person says whether opens and clicks may be measured; switching it off also forgets what was."""
    with lawful():
        if wanted:
            changed, _rows = Unfollowed.objects.filter(subject=subject).delete()
        else:
            _row, changed = Unfollowed.objects.get_or_create(subject=subject)
            MailEvent.objects.filter(message__subject=subject, type__in=events.FOLLOWING).delete()
            Message.objects.filter(subject=subject).exclude(prefetched_at=None, opened_at=None, clicked_at=None).update(
                prefetched_at=None, opened_at=None, clicked_at=None
            )
        if changed:
            ledger.append("mail.followed" if wanted else "mail.unfollowed", subject=subject, actor=actor)


def sent_to(subject_ids: Iterable[UUID]) -> dict[UUID, list[Message]]:
    """What left for these people, newest first."""
    found: dict[UUID, list[Message]] = {}
    left = Message.objects.filter(subject_id__in=list(subject_ids)).exclude(accepted_at=None)
    for message in left.select_related("template").order_by("-accepted_at"):
        found.setdefault(message.subject_id, []).append(message)  # type: ignore[arg-type]
    return found


def queue_account_mail(mail: EmailMessage) -> int:
    """One message of Django's own (a password reset) as rows of the outbox, one per addressee; 1 when there was any."""
    organisation = Organisation.current()
    language = "nl" if (translation.get_language() or "").startswith("nl") else "en"
    rendered = rendering.render_plain(
        str(mail.subject), str(mail.body), language=language, legal_name=organisation.legal_name
    )
    for address in mail.recipients():
        made = Message(
            kind=ACCOUNT,
            language=language,
            to_email=address,
            recipient_hmacs=suppression.hmacs([("email", address.strip().lower())]),
            subject_line=rendered.subject,
            body_text=rendered.text,
            body_html=rendered.html,
        )
        made.key = f"{ACCOUNT}:{made.pk}"
        made.save(force_insert=True)
    poke()
    return int(bool(mail.recipients()))


def receive(body: bytes) -> WebhookBatch | None:
    """Seal a post of SparkPost as it came and wake a worker; None for a ping, which holds no event."""
    if len(body) <= PING_BYTES and not any(events.read(body)):
        return None
    batch = WebhookBatch()
    batch.body = sealing.seal(zlib.compress(body, COMPRESSION), context=events.context_of(batch))
    batch.save(force_insert=True)
    transaction.on_commit(events.wake, robust=True)
    return batch


def check(message: Message) -> None:
    """Ask the guard of I8 whether this message may leave now, and leave it as it is. Raises Refused."""
    if message.state not in (*WAITING, State.ABORTED):
        return
    try:
        with transaction.atomic():
            outbox.share_suppression_lock()
            Message.objects.filter(pk=message.pk).update(state=State.CLAIMED)
            transaction.set_rollback(True)
    except IntegrityError as error:
        sentence = sentence_for(error)
        if sentence is None:
            raise
        raise Refused(sentence, rule_of(error)) from error


def poke() -> None:
    """Wake a worker when this transaction is committed."""
    transaction.on_commit(partial(tasks.hand_over.apply_async, expires=60), robust=True)


def _refused(rule: str) -> Refused:
    return Refused(REFUSALS[rule], rule)


def _words(template_kind: str, language: str, template: TemplateVersion | None) -> TemplateVersion:
    if template is not None:
        if (template.kind, template.language) != (template_kind, language):
            raise _refused(OTHER_TEMPLATE)
        # As it is stored: what a caller holds may have been written over since.
        words = TemplateVersion.objects.get(pk=template.pk)
        if words.published_at is None:
            raise _refused(I10_WORDS)
        if words.is_retired:
            raise _refused(RETIRED)
        return words
    try:
        return TemplateVersion.objects.latest_of(template_kind, language)
    except TemplateVersion.DoesNotExist as error:
        raise _refused(NO_WORDS) from error


def _where(
    kind: str, *, about: Which | None, act: Which | None, vacancy: UUID | None, client: UUID | None
) -> dict[str, Any]:
    """What the message is about. One the law requires names the act it answers and nothing of a vacancy (I8)."""
    if kind in LEGAL_KINDS:
        act, vacancy, client = act or about, None, None
    about_kind, about_id = about or ("", None)
    act_kind, act_id = act or ("", None)
    return {
        "kind": kind,
        "about_kind": about_kind,
        "about_id": about_id,
        "act_kind": act_kind,
        "act_id": act_id,
        "vacancy_ref": getattr(vacancy, "pk", vacancy),
        "client_ref": getattr(client, "pk", client),
    }


def _with_own_links(links: Mapping[str, Link | None] | None, subject: Subject | None) -> dict[str, Link]:
    """The caller's links, and the two that stand under every message to a person; one that is None is left out."""
    held = dict(links or {})
    if subject is not None:
        for name, purpose in (("withdraw", LinkPurpose.WITHDRAW), ("me", LinkPurpose.MY_DATA)):
            if name not in held:
                held[name] = links_of.issue(purpose, subject=subject)
    return {name: link for name, link in held.items() if link is not None}


def is_disclosed() -> bool:
    """Whether the organisation measures opens and clicks and says so in every notice."""
    return Organisation.current().mail_tracking == MailTracking.DISCLOSED


def shown(logo: Logo | None) -> rendering.Shown | None:
    """The logo as the head of a formatted part."""
    if logo is None:
        return None
    organisation = Organisation.current()
    return rendering.Shown(logos.CONTENT_ID, logo.width, logo.height, organisation.name or organisation.legal_name)


def _may_follow(template_kind: str, subject: Subject | None) -> bool:
    """Whether opens and clicks are measured: only where every notice discloses it and the person did not object."""
    if subject is None or not is_followed(template_kind):
        return False
    return is_disclosed() and not Unfollowed.objects.filter(subject=subject).exists()


_GREETING = {"nl": "Beste {name},", "en": "Dear {name},"}
_FOLLOWED = {
    "nl": (
        "Wij meten of dit bericht aankomt, of het wordt geopend en of er op de link naar ons privacybeleid wordt"
        " geklikt. Wij beslissen daar niets mee. U kunt het uitzetten op de pagina met uw gegevens."
    ),
    "en": (
        "We measure whether this message arrives, whether it is opened and whether the link to our privacy policy is"
        " clicked. We decide nothing by it. You can switch it off on the page with your data."
    ),
}


def values_for(
    context: Mapping[str, Any], *, language: str, sender: User | None, to_name: str, track: bool
) -> dict[str, str]:
    """Everything words may name: the organisation, the sender and the reader, and over that what the caller knows."""
    organisation = Organisation.current()
    agency = organisation.name or organisation.legal_name
    own = {
        "agency": agency,
        "legal_name": organisation.legal_name,
        "postal_line": ", ".join(organisation.postal_address.split("\n")),
        "kvk": organisation.kvk,
        "agency_email": organisation.email,
        "agency_phone": organisation.phone,
        "privacy_contact": organisation.privacy_contact,
        "no_answer_days": organisation.no_answer_days,
        "retention_days": organisation.no_answer_days,
        "recruiter": sender.name if sender else agency,
        "recruiter_title": sender.job_title if sender else "",
        "recruiter_phone": (sender.phone if sender else "") or organisation.phone,
        "recruiter_email": sender.email if sender else organisation.email,
        "name": to_name,
        "greeting": _GREETING[language if language in _GREETING else "en"].format(name=to_name) if to_name else "",
        "tracking": _FOLLOWED.get(language, _FOLLOWED["en"]) if track else "",
        "portal_address": f"{settings.BASE_URL}/portal/",
        rendering.POLICY: footers.policy_address(language),
    }
    given = {name: value for name, value in context.items() if value not in (None, "")}
    return {name: str(value) for name, value in {**own, **given}.items()}
