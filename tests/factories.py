"""What tests start from: a named cast and rows that are lawful by default.

Nothing here goes round a guard; a test that wants an unlawful state has to attack for it.
"""

import itertools
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, Organisation, Role, Team, User
from candidates.models import (
    Candidacy,
    Candidate,
    ContactGround,
    ContactKind,
    ContactPoint,
    Source,
    SourceType,
)
from consent.models import (
    Basis,
    BasisReason,
    ConsentEvent,
    ConsentRequest,
    ConsentText,
    EventKind,
    LegalBasis,
    Notice,
    Purpose,
)
from mailing.models import Channel, FoundBy, InboundMail, Mailbox, Message, State, TemplateVersion
from mailing.texts import DEFAULTS
from privacy.models import LegitimateInterestAssessment, Link, Subject
from vacancies.models import (
    ART28_ITEMS,
    Agreement,
    Client,
    ClientContact,
    ProcessingRole,
    Shared,
    Vacancy,
    VacancyAssessment,
    VacancyState,
)

PASSWORD = "a-long-enough-password"
_count = itertools.count(1)


def make_organisation(**fields: Any) -> Organisation:
    values = {
        "name": "Voorbeeld Search",
        "legal_name": "Voorbeeld Search B.V.",
        "postal_address": "Kade 1\n3511 AA Utrecht",
        "kvk": "12345678",
        "email": "info@search.example",
        "phone": "+31 30 123 45 67",
        "website": "https://search.example",
        "privacy_contact": "privacy@search.example",
        "mail_domain": "mail.search.example",
        "mail_tracking": "disclosed",
        "mail_tracking_reason": "Named in every notice.",
    }
    return Organisation.objects.bulk_create(
        [Organisation(pk=1, **{**values, **fields})],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=list({**values, **fields}),
    )[0]


def make_user(name: str = "Rosa", role: str = Role.RECRUITER, **fields: Any) -> User:
    email = fields.pop("email", f"{name.lower()}{next(_count)}@search.example")
    return User.objects.create_user(email, PASSWORD, name=name, role=role, **fields)


def make_team(*members: User, name: str = "") -> Team:
    team = Team.objects.create(name=name or f"Team {next(_count)}")
    for member in members:
        Membership.objects.create(team=team, user=member)
    return team


def make_client(**fields: Any) -> Client:
    number = next(_count)
    values: dict[str, Any] = {
        "name": f"Molen {number}",
        "legal_name": f"Molen {number} B.V.",
        "sector": "food",
        "created_by": fields.pop("created_by", None) or make_user("Carla"),
    }
    return Client.objects.create(**{**values, **fields})


def make_contact(client: Client | None = None, **fields: Any) -> ClientContact:
    number = next(_count)
    values: dict[str, Any] = {"name": f"Contact {number}", "email": f"contact{number}@client.example"}
    values["subject"] = fields.pop("subject", None) or Subject.objects.create()
    return ClientContact.objects.create(client=client or make_client(), **{**values, **fields})


def make_agreement(client: Client | None = None, *, role: str = ProcessingRole.PROCESSOR, **fields: Any) -> Agreement:
    client = client or make_client()
    today = timezone.localdate()
    values: dict[str, Any] = {
        "title": "Agreement",
        "art28_items": list(ART28_ITEMS),
        "art26_essence": "Both are responsible; ask either of us.",
        "signed_on": today - timedelta(days=10),
        "valid_from": today - timedelta(days=10),
        "created_by": client.created_by,
    }
    return Agreement.objects.create(client=client, role=role, **{**values, **fields})


def make_assessment(**fields: Any) -> LegitimateInterestAssessment:
    now = timezone.now()
    values: dict[str, Any] = {
        "title": f"Executives in food {next(_count)}",
        "scope": "Directors and managers in the food industry.",
        "interest": "The client's interest in filling the job.",
        "necessity": "These people do not answer advertisements.",
        "sources": "LinkedIn: people expect to be found.",
        "categories": "Name, job, employer.",
        "balance": "One message.",
        "safeguards": "Opt-out in every message.",
        "outcome": "The interest outweighs.",
        "author": fields.pop("author", None) or make_user("Author"),
        "approved_by": fields.pop("approved_by", None) or make_user("Olga", Role.OFFICER),
        "approved_at": now,
        "review_on": timezone.localdate() + timedelta(days=300),
    }
    return LegitimateInterestAssessment.objects.create(**{**values, **fields})


def make_vacancy(
    *,
    owner: User | None = None,
    client: Client | None = None,
    assessment: LegitimateInterestAssessment | None = None,
    state: str = VacancyState.SOURCING,
    **fields: Any,
) -> Vacancy:
    """A vacancy that fulfils every condition of I2 and is open, unless `state` says otherwise."""
    owner = owner or make_user("Rosa")
    values: dict[str, Any] = {
        "client": client or make_client(created_by=owner),
        "owner": owner,
        "title": "Finance director",
        "purpose": "Find a finance director for the client.",
        "text": "A finance director with experience in food.",
        "shared": [Shared.PROFILE, Shared.CONTACT],
        "role": ProcessingRole.OWN,
        "role_reason": "The agency decides whom it looks for.",
        "assignment": "E-mail of the client's director",
        "assignment_on": timezone.localdate(),
    }
    vacancy = Vacancy.objects.create(**{**values, **fields})
    VacancyAssessment.objects.create(
        vacancy=vacancy,
        assessment=assessment or make_assessment(author=owner),
        within_scope=True,
        same_sources=True,
        safeguards_stand=True,
        confirmed_by=owner,
    )
    steps = [VacancyState.DRAFT, VacancyState.SOURCING, VacancyState.CLOSED, VacancyState.PROCEDURE_CLOSED]
    now = timezone.now()
    for step in steps[1 : steps.index(VacancyState(state)) + 1]:
        vacancy.state = step
        vacancy.opened_at = vacancy.opened_at or now
        vacancy.closed_at = now if step in steps[2:] else None
        vacancy.procedure_closed_at = now if step == steps[3] else None
        vacancy.save()
    return vacancy


def make_candidacy(
    vacancy: Vacancy | None = None,
    *,
    candidate: Candidate | None = None,
    email: str = "",
    notice: bool = False,
    **fields: Any,
) -> Candidacy:
    """A person found for a vacancy, with an e-mail address, a source and legitimate interest as the basis."""
    vacancy = vacancy or make_vacancy()
    number = next(_count)
    with transaction.atomic():
        if candidate is None:
            given, surname = fields.pop("given_name", "Anna"), fields.pop("surname", f"Vries{number}")
            candidate = Candidate.objects.create(
                subject=Subject.objects.create(),
                given_name=given,
                infix=fields.pop("infix", ""),
                surname=surname,
                **fields,
            )
            address = email or f"anna{number}@person.example"
            ContactPoint.objects.create(
                candidate=candidate,
                kind=ContactKind.EMAIL,
                value=address,
                normalised=address,
                ground=ContactGround.PUBLISHED,
                evidence="https://www.linkedin.com/in/anna",
                evidence_on=timezone.localdate(),
                added_by=vacancy.owner,
            )
        candidacy = Candidacy.objects.create(
            candidate=candidate, subject=candidate.subject, vacancy=vacancy, owner=vacancy.owner
        )
        Source.objects.create(
            candidacy=candidacy,
            type=SourceType.LINKEDIN,
            url=f"https://www.linkedin.com/in/anna{number}",
            obtained_at=timezone.now(),
            found_by=vacancy.owner,
        )
        LegalBasis.objects.create(
            subject=candidate.subject,
            vacancy=vacancy,
            basis=Basis.LEGITIMATE_INTEREST,
            reason=BasisReason.FOUND,
            by=vacancy.owner,
            assessment=vacancy.assessment_link.assessment,
        )
    if notice:
        make_notice(candidacy)
    return candidacy


def make_text(purpose: str = Purpose.INTRODUCE, **fields: Any) -> ConsentText:
    """A published consent text; the newest of the purpose when there is one already."""
    if not fields and (text := ConsentText.objects.filter(purpose=purpose, published_at__isnull=False).last()):
        return text
    values: dict[str, Any] = {
        "version": ConsentText.objects.filter(purpose=purpose).count() + 1,
        "question_nl": "Mogen wij u voorstellen?",
        "question_en": "May we introduce you?",
        "yes_nl": "Ja, stuur mijn gegevens.",
        "yes_en": "Yes, send my data.",
        "notice_nl": "Privacyverklaring",
        "notice_en": "Privacy notice",
        "published_at": timezone.now(),
    }
    return ConsentText.objects.create(purpose=purpose, **{**values, **fields})


def make_request(
    candidacy: Candidacy | None = None, *, purpose: str = Purpose.INTRODUCE, **fields: Any
) -> ConsentRequest:
    candidacy = candidacy or make_candidacy()
    vacancy = candidacy.vacancy
    values: dict[str, Any] = {
        "client": vacancy.client if purpose == Purpose.INTRODUCE else None,
        "client_as_named": vacancy.client.legal_name if purpose == Purpose.INTRODUCE else vacancy.sector_label,
        "vacancy_title": vacancy.title,
        "vacancy_text": vacancy.text,
        "shared": vacancy.shared,
        "text": make_text(purpose),
        "language": "nl",
        "asked_by": vacancy.owner,
        "expires_at": timezone.now() + timedelta(days=28),
        "handed_over_at": timezone.now(),
    }
    return ConsentRequest.objects.create(
        subject=candidacy.subject, vacancy=vacancy, purpose=purpose, **{**values, **fields}
    )


def make_pool_request(candidate: Candidate, **fields: Any) -> ConsentRequest:
    """The question whether this person may be kept, handed over and open."""
    values: dict[str, Any] = {
        "text": make_text(Purpose.POOL),
        "language": "nl",
        "expires_at": timezone.now() + timedelta(days=28),
        "handed_over_at": timezone.now(),
    }
    values["asked_by"] = fields.pop("asked_by", None) or make_user("Rosa")
    return ConsentRequest.objects.create(subject=candidate.subject, purpose=Purpose.POOL, **{**values, **fields})


def make_kept(candidate: Candidate, *, days: int = 300, **fields: Any) -> ConsentRequest:
    """This person agreed to be kept for so many days from today, and carries that date of erasure."""
    until = timezone.localdate() + timedelta(days=days)
    with transaction.atomic():
        request = make_pool_request(candidate, **fields)
        LegalBasis.objects.create(
            subject=candidate.subject,
            basis=Basis.POOL,
            reason=BasisReason.GIVEN,
            event=make_event(request),
            until=until,
        )
        if not candidate.candidacies.filter(ended_at=None).exists():
            Candidate.objects.filter(pk=candidate.pk).update(erase_on=until)
    return request


def make_applicant(*, email: str = "", **fields: Any) -> Candidate:
    """Somebody who wrote of their own accord and is in no vacancy: erased within four weeks."""
    number = next(_count)
    until = timezone.localdate() + timedelta(days=28)
    values: dict[str, Any] = {"given_name": "Anna", "surname": f"Vries{number}", "erase_on": until}
    candidate = Candidate.objects.create(subject=Subject.objects.create(), **{**values, **fields})
    address = email or f"anna{number}@person.example"
    ContactPoint.objects.create(
        candidate=candidate,
        kind=ContactKind.EMAIL,
        value=address,
        normalised=address,
        ground=ContactGround.APPLICATION,
        evidence_on=timezone.localdate(),
    )
    LegalBasis.objects.create(
        subject=candidate.subject, basis=Basis.OWN_REQUEST, reason=BasisReason.APPLIED, until=until
    )
    return candidate


def make_link(request: ConsentRequest, purpose: str = "consent", **fields: Any) -> Link:
    return Link.objects.create(
        purpose=purpose, subject=request.subject, about_kind="consent_request", about_id=request.pk, **fields
    )


def make_event(request: ConsentRequest, kind: str = EventKind.GIVEN, **fields: Any) -> ConsentEvent:
    values: dict[str, Any] = {"channel": Channel.EMAIL, "language": "nl", "wording_sha256": "0" * 64}
    if kind == EventKind.PENDING:
        values["recorded_by"] = request.asked_by
    elif kind != EventKind.EXPIRED:
        values["link"] = make_link(request)
    return ConsentEvent.objects.create(request=request, kind=kind, **{**values, **fields})


def make_template(kind: str = "approach", language: str = "nl", **fields: Any) -> TemplateVersion:
    """Published, with Watson's own words of this kind unless others are given."""
    words = DEFAULTS[language][kind]
    values: dict[str, Any] = {
        "version": TemplateVersion.objects.of(kind, language, fields.get("name", "")).count() + 1,
        "subject_line": words.subject,
        "body": words.body,
        "short": words.short,
        "published_at": timezone.now(),
    }
    return TemplateVersion.objects.create(kind=kind, language=language, **{**values, **fields})


def make_message(candidacy: Candidacy | None = None, **fields: Any) -> Message:
    candidacy = candidacy or make_candidacy()
    values: dict[str, Any] = {
        "key": f"test:{next(_count)}",
        "kind": "approach",
        "language": "nl",
        "subject": candidacy.subject,
        "vacancy_ref": candidacy.vacancy_id,
        "client_ref": candidacy.vacancy.client_id,
        "recipient_hmacs": ["a" * 64],
        "to_email": "anna@person.example",
        "subject_line": "Vacature",
        "body_text": "Beste Anna",
    }
    return Message.objects.create(**{**values, **fields})


def make_mailbox(owner: User | None = None, **fields: Any) -> Mailbox:
    """A linked mailbox by IMAP, on a server that is never asked."""
    owner = owner or make_user()
    values: dict[str, Any] = {
        "owner": owner,
        "address": owner.email,
        "kind": "imap",
        "mode": "purge",
        "host": "127.0.0.1",
        "port": 993,
        "security": "tls",
        "way": "password",
        "linked_by": owner,
    }
    return Mailbox.objects.create(**{**values, **fields})


def make_inbound(candidacy: Candidacy | None = None, **fields: Any) -> InboundMail:
    """A mail of this candidate about this vacancy; without a candidacy of somebody we don't know."""
    now = timezone.now()
    values: dict[str, Any] = {
        "digest": f"{next(_count):064d}",
        "from_email": "anna@person.example",
        "from_name": "Anna de Vries",
        "subject_line": "Re: Vacature",
        "text": "Dat klinkt goed.",
        "sent_at": now,
        "received_at": now,
    }
    if candidacy is None:
        values["erase_on"] = timezone.localdate() + timedelta(days=28)
    else:
        values |= {"subject": candidacy.subject, "vacancy_ref": candidacy.vacancy_id, "found_by": FoundBy.SENDER}
    return InboundMail.objects.create(**{**values, **fields})


def make_notice(candidacy: Candidacy, **fields: Any) -> Notice:
    message = fields.pop("message", None) or make_message(candidacy, state=State.ACCEPTED)
    return Notice.objects.create(
        subject=candidacy.subject,
        vacancy=candidacy.vacancy,
        message=message,
        text=make_text(),
        given_at=timezone.now(),
        **fields,
    )
