"""Clients, their people and agreements, and the life of a vacancy from draft to closed procedure."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlencode

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organisation, User
from privacy import keys, ledger
from privacy.guards import Refused, lawful
from privacy.models import LegitimateInterestAssessment, Link, Subject
from privacy.models.subjects import LinkPurpose
from vacancies import ports
from vacancies.models import (
    NEEDS_AGREEMENT,
    Agreement,
    Client,
    ClientContact,
    Vacancy,
    VacancyAssessment,
    VacancyState,
)
from vacancies.signals import procedure_closed, vacancy_closed

Words = str | Promise

# Clients


def create_client(*, actor: User, **fields: Any) -> Client:
    """Add a client. The agency itself is recognised by its registration number or legal name."""
    with lawful():
        client = Client.objects.create(created_by=actor, is_agency=_is_agency(**fields), **fields)
        ledger.append("client.added", actor=actor, client=str(client.pk))
    return client


def save_client(client: Client, *, actor: User, **fields: Any) -> None:
    """Change the facts of a client."""
    with lawful():
        locked = Client.objects.select_for_update().get(pk=client.pk)
        for name, value in fields.items():
            setattr(locked, name, value)
        locked.is_agency = locked.is_agency or _is_agency(legal_name=locked.legal_name, kvk=locked.kvk)
        locked.save(update_fields=[*fields, "is_agency"])
        ledger.append("client.changed", actor=actor, client=str(locked.pk), fields=sorted(fields))


def _is_agency(*, legal_name: str, kvk: str = "", **others: Any) -> bool:
    own = Organisation.current()
    same_name = bool(own.legal_name) and legal_name.strip().casefold() == own.legal_name.strip().casefold()
    return same_name or (bool(own.kvk) and kvk == own.kvk)


def save_contact(client: Client, *, actor: User, contact: ClientContact | None = None, **fields: Any) -> ClientContact:
    """Add somebody who works at a client, as a data subject of their own, or change what is known of them."""
    with lawful():
        if contact is None:
            contact = ClientContact.objects.create(client=client, subject=Subject.objects.create(), **fields)
            kind = "contact.added"
        else:
            contact = ClientContact.objects.select_for_update().get(pk=contact.pk, client=client)
            moved = contact.email.lower() != str(fields.get("email", contact.email)).lower()
            for name, value in fields.items():
                setattr(contact, name, value)
            contact.save(update_fields=list(fields))
            if moved:
                close_door(contact)
            kind = "contact.changed"
        ledger.append(
            kind,
            subject=contact.subject_id,
            actor=actor,
            contact=str(contact.pk),
            client=str(client.pk),
            has_left=contact.left_on is not None,
        )
    return contact


def close_door(contact: ClientContact) -> None:
    """The contact has another address: whoever reads the old one enters the portal as them no longer.

    The account goes with the address; the next invitation finds or makes the one of the new address.
    """
    Link.objects.filter(purpose=LinkPurpose.PORTAL, about_id=contact.pk, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    if contact.user_id is not None:
        contact.user = None
        contact.save(update_fields=["user"])


# Agreements


def save_agreement(
    client: Client,
    *,
    actor: User,
    agreement: Agreement | None = None,
    upload: "File[bytes] | None" = None,
    **fields: Any,
) -> Agreement:
    """Add or change an agreement with a client; `upload` takes the place of the file that was there."""
    # The file is written before the transaction: a rollback could not take it back while holding locks.
    stored = _store(upload) if upload else ""
    replaced = ""
    try:
        with lawful():
            adding = agreement is None
            if agreement is None:
                agreement = Agreement(client=client, created_by=actor)
            else:
                agreement = Agreement.objects.select_for_update().get(pk=agreement.pk, client=client)
            for name, value in fields.items():
                setattr(agreement, name, value)
            if stored:
                replaced, agreement.file.name = agreement.file.name or "", stored
            agreement.save()
            ledger.append(
                "agreement.added" if adding else "agreement.changed",
                actor=actor,
                agreement=str(agreement.pk),
                client=str(client.pk),
                role=agreement.role,
                has_file=bool(agreement.file),
            )
    except Exception:
        if stored:
            default_storage.delete(stored)
        raise
    if replaced:
        default_storage.delete(replaced)
    return agreement


def _store(upload: "File[bytes]") -> str:
    """Write an agreement's file, sealed under the organisation's key; its name in the storage."""
    name = f"agreements/{timezone.now():%Y}/{uuid.uuid4()}.pdf"
    sealed = keys.seal(keys.ORGANISATION, upload.read(), context=_context(name))
    return default_storage.save(name, ContentFile(sealed))


def agreement_content(agreement: Agreement) -> bytes:
    """The signed file as it was uploaded. Raises FileNotFoundError, and Unsealable when its key is gone."""
    name = str(agreement.file.name)
    with default_storage.open(name) as file:
        held: bytes = file.read()
    # Files from before they were sealed are still as they were.
    return held if held.startswith(b"%PDF") else keys.unseal(held, context=_context(name))


def _context(name: str) -> str:
    return f"agreement:{PurePosixPath(name).stem}"


# What a vacancy needs before anybody may be looked for


@dataclass(frozen=True)
class Condition:
    """One of I2's conditions: whether it is met, what to do when it is not, and where."""

    code: str
    label: Words
    is_met: bool
    hint: Words = ""
    url: str = ""
    action: Words = ""

    @property
    def done(self) -> bool:
        return self.is_met

    @property
    def why(self) -> Words:
        return self.hint


class NotReady(Refused):
    """A vacancy cannot be opened yet; `lacking` says why, `fields` names form fields that still need words."""

    def __init__(self, lacking: list[Condition], fields: dict[str, Words]) -> None:
        words = [str(condition.label) for condition in lacking] + [str(sentence) for sentence in fields.values()]
        super().__init__(
            gettext_lazy("Still lacking: %(what)s.")
            % {"what": get_text_list([w.rstrip(".") for w in words], _("and"))},
            "vacancy_not_ready",
        )
        self.lacking = lacking
        self.fields = fields


def conditions(vacancy: Vacancy) -> list[Condition]:
    """I2, one by one, as the database will judge it today. Reads what is set on `vacancy`, saved or not."""
    intake = reverse("vacancies:intake", args=[vacancy.pk])
    return [
        Condition("client", gettext_lazy("A client"), vacancy.client_id is not None),
        _has_assignment(vacancy, intake),
        _has_purpose(vacancy, intake),
        _has_role(vacancy, intake),
        _has_agreement(vacancy, intake),
        _has_assessment(vacancy, intake),
    ]


def _has_assignment(vacancy: Vacancy, intake: str) -> Condition:
    label = gettext_lazy("Evidence of the assignment")
    has_words, has_date = bool(vacancy.assignment.strip()), vacancy.assignment_on is not None
    if has_words and has_date:
        return Condition("assignment", label, True)
    hint, field = gettext_lazy("Where the client says so, and on which day."), "assignment"
    if has_words:
        hint, field = gettext_lazy("The day of the assignment is missing."), "assignment_on"
    elif has_date:
        hint = gettext_lazy("Say where the assignment is found, such as an e-mail or a contract.")
    return Condition("assignment", label, False, hint, f"{intake}#id_{field}", gettext_lazy("Fill in"))


def _has_purpose(vacancy: Vacancy, intake: str) -> Condition:
    label = gettext_lazy("A purpose statement")
    if vacancy.purpose.strip():
        return Condition("purpose", label, True)
    hint = gettext_lazy("Say in a sentence or two what the search is for.")
    return Condition("purpose", label, False, hint, f"{intake}#id_purpose", gettext_lazy("Write it"))


def _has_role(vacancy: Vacancy, intake: str) -> Condition:
    label = gettext_lazy("The agency's role for the data")
    if vacancy.role:
        return Condition("role", label, True)
    hint = gettext_lazy("Choose who decides about the data: the agency, both, or the client.")
    return Condition("role", label, False, hint, f"{intake}#id_role", gettext_lazy("Choose"))


def _has_agreement(vacancy: Vacancy, intake: str) -> Condition:
    label = gettext_lazy("An agreement that fits the role")
    if vacancy.role not in NEEDS_AGREEMENT:
        hint = gettext_lazy("Not needed when the agency decides for itself.") if vacancy.role else ""
        return Condition("agreement", label, True, hint)
    chosen = vacancy.agreement
    fits = chosen is not None and chosen.client_id == vacancy.client_id and chosen.role == vacancy.role
    if chosen is not None and fits and chosen.is_valid:
        return Condition("agreement", label, True)
    usable = Agreement.objects.valid().filter(client=vacancy.client_id, role=vacancy.role).exists()
    if usable:
        url, action = f"{intake}#id_agreement", gettext_lazy("Choose it")
    else:
        query = urlencode({"role": vacancy.role, "next": intake})
        url = f"{reverse('vacancies:agreement-new', args=[vacancy.client_id])}?{query}"
        action = gettext_lazy("Add one")
    if chosen is None:
        hint = gettext_lazy("This role needs a signed agreement with the client that is valid today.")
    elif not fits:
        hint = gettext_lazy("The agreement chosen is for another role or another client.")
    elif chosen.signed_on is None:
        hint = gettext_lazy("The agreement chosen has not been signed yet.")
    else:
        hint = gettext_lazy("The agreement chosen is not valid today.")
    return Condition("agreement", label, False, hint, url, action)


def _has_assessment(vacancy: Vacancy, intake: str) -> Condition:
    label = gettext_lazy("A legitimate-interest assessment that covers it")
    link: VacancyAssessment | None = getattr(vacancy, "assessment_link", None)
    if link is not None and link.assessment.is_standing:
        return Condition("assessment", label, True)
    if link is None:
        hint = gettext_lazy("Choose one that stands and confirm three points, or write one.")
    elif link.assessment.withdrawn_at:
        hint = gettext_lazy("The one chosen has been withdrawn.")
    elif link.assessment.approved_at is None:
        hint = gettext_lazy("The one chosen has not been approved yet.")
    else:
        hint = gettext_lazy("The one chosen is past its review date.")
    if LegitimateInterestAssessment.objects.standing().of_searches().exists():
        return Condition("assessment", label, False, hint, f"{intake}#id_assessment", gettext_lazy("Choose"))
    url = f"{reverse('privacy:governance:assessment-new')}?{urlencode({'next': intake})}"
    return Condition("assessment", label, False, hint, url, gettext_lazy("Write one"))


def _unsaid(vacancy: Vacancy) -> dict[str, Words]:
    """What the database does not ask, but the people who will be written to may: checked when a vacancy opens."""
    unsaid: dict[str, Words] = {}
    if not vacancy.role_reason.strip():
        unsaid["role_reason"] = gettext_lazy("Say why the agency has this role.")
    if not vacancy.shared:
        unsaid["shared"] = gettext_lazy("Choose what the client gets to see.")
    return unsaid


# Vacancies

EDITABLE = (VacancyState.DRAFT, VacancyState.SOURCING)


def create_vacancy(*, actor: User, **fields: Any) -> Vacancy:
    """Begin a draft; its maker owns it unless `owner` is among the fields."""
    with lawful():
        vacancy = Vacancy.objects.create(**{"owner": actor, **fields})
        ledger.append("vacancy.drafted", actor=actor, vacancy=str(vacancy.pk), client=str(vacancy.client_id))
    return vacancy


def save_intake(
    vacancy: Vacancy, *, actor: User, assessment: LegitimateInterestAssessment | None = None, **fields: Any
) -> Vacancy:
    """Keep what was typed, however far it is. `assessment` is one the actor confirmed three times just now."""
    with lawful():
        locked = _lock(vacancy)
        if locked.state not in EDITABLE:
            raise Refused(_("A closed vacancy does not change any more. Reopen it first."))
        if locked.state != VacancyState.DRAFT and fields.get("client", locked.client) != locked.client:
            raise Refused(_("People were told which client this is for. Make a new vacancy for another client."))
        changed = [name for name, value in fields.items() if getattr(locked, name) != value]
        for name in changed:
            setattr(locked, name, fields[name])
        if changed:
            locked.save(update_fields=changed)
            ledger.append("vacancy.changed", actor=actor, vacancy=str(locked.pk), fields=sorted(changed))
        if assessment is not None:
            confirm_assessment(
                locked, assessment=assessment, within_scope=True, same_sources=True, safeguards_stand=True, actor=actor
            )
    return locked


def confirm_assessment(
    vacancy: Vacancy,
    *,
    assessment: LegitimateInterestAssessment,
    within_scope: bool,
    same_sources: bool,
    safeguards_stand: bool,
    actor: User,
) -> VacancyAssessment:
    """Rest a vacancy on an assessment of its kind of search. Raises Refused unless all three points are confirmed."""
    with lawful():
        if not (within_scope and same_sources and safeguards_stand):
            raise Refused(_("Confirm all three points, or write an assessment that fits."))
        offered = LegitimateInterestAssessment.objects.standing().of_searches()
        standing = offered.select_for_update().filter(pk=assessment.pk).first()
        if standing is None:
            raise Refused(_("This assessment does not stand: it was withdrawn, or its review date has passed."))
        link, _made = VacancyAssessment.objects.update_or_create(
            vacancy=vacancy,
            defaults={
                "assessment": assessment,
                "within_scope": True,
                "same_sources": True,
                "safeguards_stand": True,
                "confirmed_by": actor,
            },
        )
        ledger.append(
            "vacancy.assessment_confirmed", actor=actor, vacancy=str(vacancy.pk), assessment=str(assessment.pk)
        )
    return link


def open_vacancy(vacancy: Vacancy, *, actor: User) -> Vacancy:
    """Draft to sourcing, when nothing lacks. Safe to repeat. Raises NotReady with what lacks."""
    with lawful():
        locked = _lock(vacancy)
        if locked.state == VacancyState.SOURCING:
            return locked
        if locked.state != VacancyState.DRAFT:
            raise Refused(_("This vacancy is closed. Reopen it instead."))
        lacking, unsaid = [c for c in conditions(locked) if not c.is_met], _unsaid(locked)
        if lacking or unsaid:
            raise NotReady(lacking, unsaid)
        now = timezone.now()
        locked.state, locked.opened_at, locked.reviewed_at = VacancyState.SOURCING, now, now
        locked.save(update_fields=["state", "opened_at", "reviewed_at"])
        link = locked.assessment_link
        ledger.append(
            "vacancy.opened",
            actor=actor,
            vacancy=str(locked.pk),
            client=str(locked.client_id),
            role=locked.role,
            agreement=str(locked.agreement_id or ""),
            assessment=str(link.assessment_id),
        )
    return locked


def close_vacancy(vacancy: Vacancy, *, actor: User) -> Vacancy:
    """Stop looking for people; those found stay in the procedure. Safe to repeat."""
    with lawful():
        locked = _lock(vacancy)
        if locked.state == VacancyState.CLOSED:
            return locked
        if locked.state != VacancyState.SOURCING:
            raise Refused(_("Only a vacancy that is open for sourcing can be closed."))
        locked.state, locked.closed_at = VacancyState.CLOSED, timezone.now()
        locked.save(update_fields=["state", "closed_at"])
        ledger.append("vacancy.closed", actor=actor, vacancy=str(locked.pk))
        vacancy_closed.send(Vacancy, vacancy=locked, actor=actor)
    return locked


def reopen_vacancy(vacancy: Vacancy, *, actor: User) -> Vacancy:
    """Closed to sourcing again. Safe to repeat.

    When the procedure was over, whoever was in it has left: their dates run on and consents that lapsed stay so. Only
    who is asked again (`candidates.services.ask_again`) is kept for this vacancy again.
    """
    with lawful():
        locked = _lock(vacancy)
        if locked.state == VacancyState.SOURCING:
            return locked
        if locked.state not in (VacancyState.CLOSED, VacancyState.PROCEDURE_CLOSED):
            raise Refused(_("Only a closed vacancy can be reopened."))
        after = locked.state
        locked.state, locked.closed_at, locked.procedure_closed_at = VacancyState.SOURCING, None, None
        locked.reviewed_at = timezone.now()
        locked.save(update_fields=["state", "closed_at", "procedure_closed_at", "reviewed_at"])
        ledger.append("vacancy.reopened", actor=actor, vacancy=str(locked.pk), after=after)
    return locked


def close_procedure(
    vacancy: Vacancy,
    *,
    actor: User,
    keep: Collection[uuid.UUID] = (),
    reserve: Collection[uuid.UUID] = (),
    until: date | None = None,
) -> Vacancy:
    """The job is filled or the search ended: from now on the retention of everybody in it runs. Safe to repeat.

    `keep`: whom of the people in it to ask whether they may be kept for other vacancies, `reserve`: whom to ask to stay
    as runner-up for this one `until` a day; both by `ports.Leaver.pk`.
    """
    asking = ports.Asking(frozenset(keep), frozenset(reserve), until)
    with lawful():
        locked = _lock(vacancy)
        if locked.state == VacancyState.PROCEDURE_CLOSED:
            return locked
        if locked.state != VacancyState.CLOSED:
            raise Refused(_("Close the vacancy first."))
        locked.state, locked.procedure_closed_at = VacancyState.PROCEDURE_CLOSED, timezone.now()
        locked.save(update_fields=["state", "procedure_closed_at"])
        ledger.append("vacancy.procedure_closed", actor=actor, vacancy=str(locked.pk))
        procedure_closed.send(Vacancy, vacancy=locked, actor=actor, asking=asking)
    return locked


def mark_reviewed(vacancy: Vacancy, *, actor: User) -> Vacancy:
    """Somebody looked and the search is still needed as it is."""
    with lawful():
        locked = _lock(vacancy)
        if locked.state != VacancyState.SOURCING:
            raise Refused(_("Only a vacancy that is open for sourcing is reviewed."))
        locked.reviewed_at = timezone.now()
        locked.save(update_fields=["reviewed_at"])
        ledger.append("vacancy.reviewed", actor=actor, vacancy=str(locked.pk))
    return locked


def _lock(vacancy: Vacancy) -> Vacancy:
    return (
        Vacancy.objects.select_for_update(of=("self",))
        .select_related("client", "agreement", "assessment_link__assessment")
        .get(pk=vacancy.pk)
    )
