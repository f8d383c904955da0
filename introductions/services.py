"""Introducing somebody to a client, opening the portal, and telling the client when a yes is taken back."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from candidates.models import Candidacy, DecisionReason, Stage, Task
from candidates.services import move
from consent.models import ConsentEvent, ConsentRequest, EventKind, Purpose
from introductions.models import I4_NO_CONSENT, Feedback, Introduction, Recipient
from introductions.signals import introduced
from mailing import services as mail
from privacy import ledger, links
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import Link, Subject
from privacy.models.subjects import LinkPurpose
from vacancies.models import ClientContact

NO_CONTACT = refuse("introduce_no_contact", _("Choose who at the client may see this person."))
OTHER_CONTACT = refuse("introduce_other_contact", _("This contact does not work at the client of this vacancy."))
STAFF_ADDRESS = refuse("portal_staff_address", _("This address belongs to somebody who works at the agency."))
LINK_USED = refuse("portal_link_used", _("This link has been used or is too old. Ask for a new one."))
PORTAL_LINK_LIFE = timedelta(days=7)
# Stages before the introduction: introducing moves on from these alone, never back.
BEFORE = (Stage.FOUND, Stage.APPROACHED, Stage.IN_TALKS, Stage.SHORTLISTED)


def introduce(
    *, candidacy: Candidacy, contacts: Iterable[ClientContact], shared: Iterable[str], words: str, actor: User
) -> Introduction:
    """Introduce one person to their vacancy's client, on the yes that stands now (I4). Raises Refused in words."""
    to = list(contacts)
    with lawful():
        if not to:
            raise Refused(_("Choose who at the client may see this person."), NO_CONTACT)
        candidacy = Candidacy.objects.select_related("vacancy__client", "subject").get(pk=candidacy.pk)
        if any(contact.client_id != candidacy.vacancy.client_id or contact.left_on for contact in to):
            raise Refused(_("This contact does not work at the client of this vacancy."), OTHER_CONTACT)
        # The same row a withdrawal locks, taken before anything is read: after this line the answer cannot change.
        asked = (
            ConsentRequest.objects.select_for_update()
            .filter(
                subject=candidacy.subject_id, vacancy=candidacy.vacancy_id, purpose=Purpose.INTRODUCE, closed_at=None
            )
            .first()
        )
        latest = asked.events.order_by("-id").first() if asked else None
        if asked is None or latest is None or latest.kind != EventKind.GIVEN:
            raise Refused(REFUSALS[I4_NO_CONSENT], I4_NO_CONSENT)
        if earlier := Introduction.objects.filter(event=latest).first():
            return _add_recipients(earlier, to, actor)
        introduction = Introduction.objects.create(
            candidacy=candidacy,
            subject=candidacy.subject,
            vacancy=candidacy.vacancy,
            client=candidacy.vacancy.client,
            request=asked,
            event=latest,
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
            event=latest.pk,
        )
        _add_recipients(introduction, to, actor)
        introduced.send(Introduction, introduction=introduction)
    return introduction


def invite(contact: ClientContact, *, actor: User | None, key: str = "") -> Link:
    """Mail a one-time link to the portal to a client contact, whose account is made when there is none."""
    with lawful():
        contact = ClientContact.objects.select_for_update(of=("self",)).select_related("client").get(pk=contact.pk)
        if contact.user_id is None:
            contact.user = _portal_user(contact)
            contact.save(update_fields=["user"])
        link = _one_time_link(contact)
        _mail_contact("portal_link", contact, key=key or f"portal_link:{link.pk}", link=link, sender=actor)
        ledger.append("portal.invited", subject=contact.subject, actor=actor, contact=str(contact.pk))
    return link


def open_portal(link: Link) -> User:
    """Use up a one-time portal link and say whose session to open. Raises Refused when it is used, old or revoked."""
    with lawful():
        fresh = Link.objects.select_for_update().alive().filter(pk=link.pk, purpose=LinkPurpose.PORTAL).first()
        contact = (
            ClientContact.objects.active().select_related("user").filter(pk=fresh.about_id).first() if fresh else None
        )
        if fresh is None or contact is None or contact.user is None or not contact.user.is_active:
            raise Refused(_("This link has been used or is too old. Ask for a new one."), LINK_USED)
        fresh.used_at = timezone.now()
        fresh.save(update_fields=["used_at"])
        ledger.append("portal.opened", subject=contact.subject, actor=contact.user, contact=str(contact.pk))
    return contact.user


def give_feedback(recipient: Recipient, *, verdict: str, words: str, actor: User) -> Feedback:
    """A client contact answers on a person introduced to them."""
    with lawful():
        feedback = Feedback.objects.create(recipient=recipient, verdict=verdict, words=words)
        Task.objects.create(
            candidacy=recipient.introduction.candidacy,
            kind="follow_up",
            assignee=recipient.introduction.introduced_by,
            due_on=timezone.localdate(),
            note=str(_("The client answered: %(answer)s") % {"answer": feedback.get_verdict_display()}),
        )
        ledger.append(
            "introduction.feedback",
            subject=recipient.introduction.subject_id,
            actor=actor,
            introduction=str(recipient.introduction_id),
            verdict=verdict,
        )
    return feedback


def on_consent_changed(sender: Any, request: ConsentRequest, event: ConsentEvent, **kwargs: Any) -> None:
    """A yes taken back reaches the client at once: the page shows the person no more, and each contact is told to
    delete what they have (GDPR art. 19)."""
    if event.kind not in (EventKind.WITHDRAWN, EventKind.EXPIRED):
        return
    told = Recipient.objects.select_related("contact__client", "introduction__candidacy").filter(
        introduction__request=request, contact__left_on=None
    )
    for recipient in told:
        _mail_contact(
            "withdrawn_client",
            recipient.contact,
            key=f"withdrawn_client:{event.pk}:{recipient.contact_id}",
            link=None,
            sender=request.asked_by,
            introduction=recipient.introduction,
        )
        Task.objects.get_or_create(
            candidacy=recipient.introduction.candidacy,
            kind="withdrawn",
            done_at=None,
            defaults={"assignee": recipient.introduction.introduced_by},
        )


def _add_recipients(introduction: Introduction, contacts: list[ClientContact], actor: User) -> Introduction:
    for contact in contacts:
        _row, is_new = Recipient.objects.get_or_create(introduction=introduction, contact=contact)
        if is_new:
            if contact.user_id is None:
                contact.user = _portal_user(contact)
                contact.save(update_fields=["user"])
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


def _portal_user(contact: ClientContact) -> User:
    user = User.objects.filter(email=contact.email.lower()).first()
    if user is None:
        return User.objects.create_user(contact.email, name=contact.name, role=Role.CLIENT, language=contact.language)
    if not user.is_client:
        raise Refused(_("This address belongs to somebody who works at the agency."), STAFF_ADDRESS)
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
