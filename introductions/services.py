"""Introducing somebody to a client, opening the portal, and telling the client when a yes is taken back."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from candidates.models import Candidacy, DecisionReason, Stage, Task
from candidates.services import move
from consent.models import ConsentEvent, ConsentRequest, EventKind, Purpose
from introductions.models import I4_NO_CONSENT, Feedback, Introduction, Recipient
from introductions.signals import introduced
from mailing import services as mail
from privacy import ledger, links, suppression
from privacy.desk import telling
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import Link, Subject
from privacy.models.subjects import LinkPurpose
from privacy.models.suppression import Reason, Scope
from vacancies.models import ClientContact

NO_CONTACT = refuse("introduce_no_contact", _("Choose who at the client may see this person."))
OTHER_CONTACT = refuse("introduce_other_contact", _("This contact does not work at the client of this vacancy."))
ENDED = refuse("introduce_ended", _("This candidacy has ended, so nobody can be introduced on it."))
STAFF_ADDRESS = refuse("portal_staff_address", _("This address belongs to somebody who works at the agency."))
LINK_USED = refuse("portal_link_used", _("This link has been used or is too old. Ask for a new one."))
CONTACT_LEFT = refuse("portal_contact_left", _("This contact does not work at the client any more."))
NOT_SHOWN = refuse("feedback_not_shown", _("This person is not introduced to you any more."))
PORTAL_LINK_LIFE = timedelta(days=7)
# Stages before the introduction: introducing moves on from these alone, never back.
BEFORE = (Stage.FOUND, Stage.APPROACHED, Stage.IN_TALKS, Stage.SHORTLISTED)
NO_MORE = (EventKind.REFUSED, EventKind.WITHDRAWN)


def _refused(rule: str) -> Refused:
    return Refused(REFUSALS[rule], rule)


def standing_yes(candidacy: Candidacy, *, lock: bool = False) -> ConsentEvent | None:
    """The person's own yes to an introduction to this vacancy's client, while it is the last word (I4); else None.

    With `lock` its question is locked first: the row a withdrawal locks too, so the answer can no longer change.
    """
    asked = ConsentRequest.objects.filter(
        subject=candidacy.subject_id, vacancy=candidacy.vacancy_id, purpose=Purpose.INTRODUCE, closed_at=None
    )
    question = (asked.select_for_update() if lock else asked).first()
    latest = question.events.select_related("request").order_by("-id").first() if question else None
    return latest if latest is not None and latest.kind == EventKind.GIVEN else None


def introduce(
    *, candidacy: Candidacy, contacts: Iterable[ClientContact], shared: Iterable[str], words: str, actor: User
) -> Introduction:
    """Introduce one person to their vacancy's client, on the yes that stands now (I4). Raises Refused in words.

    On the same yes again it only adds contacts: what is shown stays what it was.
    """
    to = list(contacts)
    with lawful():
        if not to:
            raise _refused(NO_CONTACT)
        yes = standing_yes(candidacy, lock=True)
        if yes is None:
            raise _refused(I4_NO_CONSENT)
        candidacy = Candidacy.objects.select_related("vacancy__client", "subject").get(pk=candidacy.pk)
        if candidacy.ended_at is not None:
            raise _refused(ENDED)
        if any(contact.client_id != candidacy.vacancy.client_id for contact in to):
            raise _refused(OTHER_CONTACT)
        if any(contact.left_on or contact.subject.erased_at for contact in to):
            raise _refused(CONTACT_LEFT)
        if earlier := Introduction.objects.filter(event=yes).first():
            return _add_recipients(earlier, to, actor)
        introduction = Introduction.objects.create(
            candidacy=candidacy,
            subject=candidacy.subject,
            vacancy=candidacy.vacancy,
            client=candidacy.vacancy.client,
            request=yes.request,
            event=yes,
            shared=list(shared),
            introduced_by=actor,
            words=words,
        )
        if candidacy.stage in BEFORE:
            move(candidacy.pk, to=Stage.INTRODUCED, reason=DecisionReason.FITS, actor=actor)
        Task.objects.filter(candidacy=candidacy, kind="answer_yes", done_at=None).update(
            done_at=timezone.now(), done_by=actor
        )
        ledger.append(
            "introduction.made",
            subject=candidacy.subject,
            actor=actor,
            introduction=str(introduction.pk),
            client=str(introduction.client_id),
            event=yes.pk,
        )
        _add_recipients(introduction, to, actor)
        introduced.send(Introduction, introduction=introduction)
    return introduction


def invite(contact: ClientContact, *, actor: User | None, key: str = "") -> Link:
    """Mail a one-time link to the portal to a client contact, whose account is made when there is none.

    `actor` None: the contact asked for a new link. Raises Refused for somebody who left.
    """
    with lawful():
        contact = (
            ClientContact.objects.select_for_update(of=("self",))
            .select_related("client", "subject", "user")
            .get(pk=contact.pk)
        )
        if contact.left_on or contact.subject.erased_at:
            raise _refused(CONTACT_LEFT)
        _give_account(contact)
        link = _one_time_link(contact)
        _mail_contact("portal_link", contact, key=key or f"portal_link:{link.pk}", link=link, sender=actor)
        ledger.append("portal.invited", subject=contact.subject, actor=actor, contact=str(contact.pk))
    return link


def open_portal(link: Link) -> User:
    """Use up a one-time portal link and say whose session to open. Raises Refused when it is used, old or revoked."""
    with lawful():
        fresh = Link.objects.select_for_update().alive().filter(pk=link.pk, purpose=LinkPurpose.PORTAL).first()
        contact = contact_behind(fresh) if fresh else None
        # Who works at the agency signs in at the other door, with a second factor.
        if fresh is None or contact is None or contact.user is None or not contact.user.is_active:
            raise _refused(LINK_USED)
        if not contact.user.is_client:
            raise _refused(STAFF_ADDRESS)
        fresh.used_at = timezone.now()
        fresh.save(update_fields=["used_at"])
        ledger.append("portal.opened", subject=contact.subject, actor=contact.user, contact=str(contact.pk))
    return contact.user


def contact_behind(link: Link) -> ClientContact | None:
    """The client contact a portal link was made for, while they work at the client."""
    if link.about_id is None:
        return None
    return (
        ClientContact.objects.active()
        .select_related("user", "subject", "client")
        .filter(pk=link.about_id, subject=link.subject_id, subject__erased_at=None)
        .first()
    )


def give_feedback(recipient: Recipient, *, verdict: str, words: str, actor: User) -> Feedback:
    """A client contact answers on a person introduced to them. Raises Refused once that person is no longer shown."""
    with lawful():
        introduction = recipient.introduction
        # The row a withdrawal locks: nothing is noted about somebody who has just withdrawn.
        ConsentRequest.objects.select_for_update().filter(pk=introduction.request_id).first()
        if not Introduction.objects.visible_to(actor).filter(pk=introduction.pk).exists():
            raise _refused(NOT_SHOWN)
        feedback = Feedback.objects.create(recipient=recipient, verdict=verdict, words=words)
        Task.objects.create(
            candidacy=introduction.candidacy,
            kind="follow_up",
            assignee=introduction.introduced_by,
            due_on=timezone.localdate(),
            note=_in_language_of(introduction.introduced_by, feedback),
        )
        ledger.append(
            "introduction.feedback",
            subject=introduction.subject_id,
            actor=actor,
            introduction=str(introduction.pk),
            verdict=verdict,
        )
    return feedback


def first_seen(recipients: Iterable[Recipient]) -> None:
    """Note when a contact first opened the page of a person introduced to them; later visits change nothing."""
    Recipient.objects.filter(pk__in=[recipient.pk for recipient in recipients], first_seen_at=None).update(
        first_seen_at=timezone.now()
    )


def confirm_deletion(recipient: Recipient, *, actor: User) -> Recipient:
    """The contact says that what they kept of somebody who withdrew is deleted. Saying it twice changes nothing."""
    with lawful():
        confirmed = Recipient.objects.filter(pk=recipient.pk, deletion_confirmed_at=None).update(
            deletion_confirmed_at=timezone.now()
        )
        if confirmed:
            telling.acknowledge(source_ref=recipient.introduction_id, party=recipient.contact.subject_id)
            ledger.append(
                "introduction.deleted_by_client",
                subject=recipient.introduction.subject_id,
                actor=actor,
                introduction=str(recipient.introduction_id),
                contact=str(recipient.contact_id),
            )
        recipient.refresh_from_db()
    return recipient


def on_consent_changed(sender: Any, request: ConsentRequest, event: ConsentEvent, **kwargs: Any) -> None:
    """A yes taken back reaches the client at once: the page shows the person no more, and each contact is told to
    delete what they have (GDPR art. 19).

    A no to any question about the vacancy takes it back. A yes that merely ran out is no withdrawal, so no mail says
    it was one: the portal says that it ended.
    """
    if event.kind not in NO_MORE:
        return
    told = (
        Recipient.objects.select_related("contact__client", "contact__subject")
        .select_related("introduction__candidacy", "introduction__introduced_by", "introduction__vacancy")
        .filter(
            introduction__subject=request.subject_id,
            introduction__vacancy=request.vacancy_id,
            introduction__event__lt=event.pk,
            contact__left_on=None,
            contact__subject__erased_at=None,
        )
    )
    for recipient in told:
        introduction = recipient.introduction
        try:
            _mail_contact(
                "withdrawn_client",
                recipient.contact,
                key=f"withdrawn_client:{introduction.pk}:{recipient.contact_id}",
                link=None,
                sender=introduction.introduced_by,
                introduction=introduction,
            )
        except Refused:
            # A withdrawal stands whether or not the mail can be made; the task below has somebody call instead.
            ledger.append("mail.not_told", subject=recipient.contact.subject, introduction=introduction.pk)
        Task.objects.get_or_create(
            candidacy=introduction.candidacy,
            kind="withdrawn",
            done_at=None,
            defaults={"assignee": introduction.introduced_by},
        )


def on_everything_stopped(sender: Any, subject: Subject, **kwargs: Any) -> None:
    """Somebody at a client who stops gets no more mail; what the law wants told (GDPR art. 19) still reaches them."""
    addresses = ClientContact.objects.filter(subject=subject).values_list("email", flat=True)
    suppression.suppress(
        [("email", address.lower()) for address in addresses],
        scope=Scope.ALL,
        reason=Reason.OBJECTED,
        actor=None,
        subject=subject,
    )


def _in_language_of(reader: User, feedback: Feedback) -> str:
    with translation.override(reader.language):
        return str(_("The client answered: %(answer)s") % {"answer": feedback.get_verdict_display()})


def _add_recipients(introduction: Introduction, contacts: list[ClientContact], actor: User) -> Introduction:
    for contact in contacts:
        _row, is_new = Recipient.objects.get_or_create(introduction=introduction, contact=contact)
        if is_new:
            # Lock, then look: two recruiters may introduce to somebody new at once.
            contact = (
                ClientContact.objects.select_for_update(of=("self",))
                .select_related("client", "subject")
                .get(pk=contact.pk)
            )
            _give_account(contact)
            link = _one_time_link(contact)
            _mail_contact(
                "introduced_client",
                contact,
                key=f"introduced_client:{introduction.pk}:{contact.pk}",
                link=link,
                sender=actor,
                introduction=introduction,
            )
    return introduction


def _one_time_link(contact: ClientContact) -> Link:
    return links.issue(
        LinkPurpose.PORTAL,
        subject=contact.subject,
        about_kind="client_contact",
        about_id=contact.pk,
        expires_at=timezone.now() + PORTAL_LINK_LIFE,
    )


def _give_account(contact: ClientContact) -> None:
    if contact.user_id is None:
        contact.user = _portal_user(contact)
        contact.save(update_fields=["user"])


def _portal_user(contact: ClientContact) -> User:
    user = User.objects.filter(email=contact.email.lower()).first()
    if user is None:
        return User.objects.create_user(contact.email, name=contact.name, role=Role.CLIENT, language=contact.language)
    if not user.is_client:
        raise _refused(STAFF_ADDRESS)
    return user


def _mail_contact(
    kind: str,
    contact: ClientContact,
    *,
    key: str,
    link: Link | None,
    sender: User | None,
    introduction: Introduction | None = None,
) -> None:
    """A message to a client contact; it names the vacancy, never the person."""
    subject: Subject = contact.subject
    mail.queue(
        kind,
        key=key,
        subject=subject,
        to_email=contact.email.lower(),
        to_name=contact.name,
        addresses=[("email", contact.email.lower())],
        language=contact.language,
        context={
            "name": contact.name,
            "recruiter": sender.name if sender else "",
            "vacancy": introduction.vacancy.title if introduction else "",
            "client": contact.client.name,
        },
        links={"portal": link} if link else {},
        about=("introduction", introduction.pk) if introduction else ("client_contact", contact.pk),
        vacancy=introduction.vacancy_id if introduction else None,
        client=contact.client_id,
        sender=sender,
        transactional=True,
    )
