"""A lawful agency for attackers to find: everything in it was made with all guards in place."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Role
from candidates.models import (
    Candidate,
    ContactSort,
    Correction,
    DecisionNote,
    DecisionReason,
    ListExport,
    LoggedContact,
    Note,
    Round,
    RoundPerson,
    Stage,
    StageDecision,
    Task,
)
from candidates.models.corrections import CorrectionValues
from consent.models import Basis, BasisReason, ConsentRequest, EventKind, LegalBasis, Purpose, Revelation
from introductions.models import Feedback, Introduction, Placement, Recipient
from mailing.models import InboundFile, MailboxSweep, StoredFile
from privacy import ledger
from privacy.deadlines import due_date, extended_due_date
from privacy.models import (
    AccessEntry,
    Breach,
    BreachCrossing,
    Crossing,
    DataCopy,
    DataRequest,
    Decision,
    Erasure,
    ErasureLine,
    ErasurePerson,
    ErasureStep,
    Extension,
    HeldPerson,
    IdentityCheck,
    ImpactAssessment,
    LedgerDetail,
    LedgerSeal,
    LegalHold,
    LegitimateInterestAssessment,
    Mandate,
    ProofOpening,
    ProofRule,
    RequestNotice,
    RequestStep,
    Restriction,
    RetentionRun,
    Subject,
    SuppressionEntry,
    SuppressionLift,
    Telling,
)
from privacy.models.exports import COPY_DAYS
from tests import factories as make
from vacancies.models import ProcessingRole, VacancyState

STOPPED = "b" * 64


def answer(request, kind, *, basis, reason):
    """An answer and the basis that follows from it, in one transaction as the verbs do."""
    with transaction.atomic():
        event = make.make_event(request, kind)
        LegalBasis.objects.create(
            subject=request.subject, vacancy=request.vacancy, basis=basis, reason=reason, event=event
        )
    return event


def decide(candidacy, to, by):
    with transaction.atomic():
        decision = StageDecision.objects.create(
            candidacy=candidacy,
            from_stage=candidacy.stage,
            to_stage=to,
            reason=DecisionReason.NEXT_STEP,
            decided_by=by,
        )
        candidacy.stage = to
        candidacy.save()
    return decision


def lay_requests(s: SimpleNamespace) -> None:
    """Requests: a bare one, two with all that a longer term needs but itself, one that is too late, one extended."""
    now = timezone.now()

    def ask(days: int = 0) -> DataRequest:
        at = now - timedelta(days=days)
        return DataRequest.objects.create(
            kind="access", channel="mail", received_at=at, due_on=due_date(at), calendar_version="t"
        )

    def decide_longer(asked: DataRequest) -> Decision:
        return Decision.objects.create(
            request=asked, kind="extension", ground="complex", reasons="Veel", decided_by=s.officer
        )

    def tell(asked: DataRequest, kind: str = "extension", **fields: Any) -> RequestNotice:
        return RequestNotice.objects.create(request=asked, kind=kind, channel="letter", by=s.officer, **fields)

    s.bare = ask()
    s.one, s.two, s.late, s.long = ask(), ask(), ask(45), ask()
    for name in ("one", "two", "late", "long"):
        asked = getattr(s, name)
        setattr(s, f"{name}_decision", decide_longer(asked))
        setattr(s, f"{name}_notice", tell(asked))
    s.two_receipt = tell(s.two, "receipt")
    s.extension = Extension.objects.create(
        request=s.long,
        decision=s.long_decision,
        notice=s.long_notice,
        due_on=extended_due_date(s.long.received_at),
        calendar_version="t",
    )
    of_it = {"act_kind": "data_request", "act_id": s.one.pk, "vacancy_ref": None, "client_ref": None, "subject": None}
    s.notice_waits = make.make_message(s.quinten, kind="extension", template=None, **of_it)
    s.notice_left = make.make_message(
        s.quinten, kind="extension", template=None, state="accepted", accepted_at=now, **of_it
    )
    s.telling = Telling.objects.create(request=s.one, kind="client", party=s.contact.subject)
    s.step = RequestStep.objects.create(request=s.one, code="test.done", by=s.officer)
    s.crossing = Crossing.objects.create(request=s.late, milestone="day14", on=timezone.localdate())
    s.check = IdentityCheck.objects.create(
        request=s.one, method="other", doubt="Ander adres", asked="Bel ons", asked_by=s.officer
    )


def lay_limits(s: SimpleNamespace) -> None:
    """Somebody whose data are limited, somebody freed again, a correction that waits, and a copy on its way."""
    now = timezone.now()
    s.limited = Subject.objects.create(restricted_at=now)
    s.restriction = Restriction.objects.create(subject=s.limited, ground="contested")
    s.lifted = Restriction.objects.create(
        subject=s.stranger,
        ground="contested",
        lift_reason="checked",
        told_how="phone",
        told_at=now,
        lifted_at=now,
        lifted_by=s.officer,
    )
    s.correction = Correction.objects.create(subject=s.limited, request=s.one, fact="employer")
    s.copy = DataCopy.objects.create(
        request=s.one,
        subject=s.limited,
        kind="access",
        language="nl",
        asked_by=s.officer,
        delete_on=timezone.localdate() + timedelta(days=COPY_DAYS),
    )


def lay_words(s: SimpleNamespace) -> None:
    """A row in each table of free words that has none yet."""
    now = timezone.now()
    s.task = Task.objects.create(candidacy=s.petra, kind="follow_up")
    s.contact_logged = LoggedContact.objects.create(candidacy=s.petra, kind=ContactSort.values[0], by=s.recruiter)
    s.note = Note.objects.create(
        candidate=s.petra.candidate, candidacy=s.petra, text="Belde", former="Schreef", author=s.recruiter
    )
    s.list_export = ListExport.objects.create(
        made_by=s.recruiter, reason="Voor het gesprek", rows=1, until=timezone.localdate()
    )
    s.round = Round.objects.create(vacancy=s.vacancy, made_by=s.recruiter)
    s.round_person = RoundPerson.objects.create(round=s.round, candidacy=s.petra)
    s.decision_note = DecisionNote.objects.create(decision=s.first_decision, text="Belde")
    s.correction_values = CorrectionValues.objects.create(correction=s.correction, before="A", after="B")
    s.feedback = Feedback.objects.create(recipient=s.recipient, verdict="yes")
    s.mandate = Mandate.objects.create(request=s.two)
    s.ledger_detail = LedgerDetail.objects.create(entry=s.entry, salt=b"salt", text="Woorden")
    s.source = s.petra.sources.first()
    s.contact_point = s.petra.candidate.contact_points.first()
    s.inbound = make.make_inbound(s.petra)
    s.inbound_file = InboundFile.objects.create(mail=s.inbound, name="cv.pdf", size=1, sha256="0" * 64)
    s.stored_file = StoredFile.objects.create(
        name="cv.pdf", content_type="application/pdf", size=1, sha256="0" * 64, body=b"x", added_at=now
    )


def lay_holds(s: SimpleNamespace) -> None:
    """Somebody under a hold that was approved, somebody under one that waits for that, and a night that is over."""
    until = timezone.localdate() + timedelta(days=30)
    how = {"ground": "claim", "reason": "Een brief", "until": until}
    s.administrator = make.make_user("Ada", Role.ADMINISTRATOR)
    s.held = Subject.objects.create()
    s.hold = LegalHold.objects.create(asked_by=s.administrator, **how)
    LegalHold.objects.filter(pk=s.hold.pk).update(approved_at=timezone.now(), approved_by=s.officer)
    s.held_person = HeldPerson.objects.create(hold=s.hold, subject=s.held)
    s.hold_asked = LegalHold.objects.create(asked_by=s.administrator, **how)
    now = timezone.now()
    s.breach = Breach.objects.create(what="Een mail", aware_at=now - timedelta(hours=80), reported_by=s.recruiter)
    s.crossing_of_breach = BreachCrossing.objects.create(breach=s.breach, milestone="reported")
    s.breach_told = Breach.objects.create(
        what="Een map",
        aware_at=now - timedelta(hours=5),
        reported_by=s.recruiter,
        notify="yes",
        reason="Veel mensen",
        decided_at=now,
        decided_by=s.officer,
        notified_at=now,
    )
    s.night = RetentionRun.objects.create(due=1, erased=1)
    RetentionRun.objects.filter(pk=s.night.pk).update(finished_at=timezone.now())


def lay() -> SimpleNamespace:
    """Commit the scene and return its rows by name."""
    s = SimpleNamespace()
    s.recruiter, s.officer = make.make_user("Rosa"), make.make_user("Olga", Role.OFFICER)
    s.client_user = make.make_user("Klaas", Role.CLIENT)
    s.gone = make.make_user("Gone", is_active=False)
    s.client, s.other_client = make.make_client(), make.make_client()
    s.contact, s.other_contact = make.make_contact(s.client), make.make_contact(s.other_client)
    s.assessment = make.make_assessment(author=s.recruiter, approved_by=s.officer)
    s.other_assessment = make.make_assessment(author=s.recruiter, approved_by=s.officer)
    s.vacancy = make.make_vacancy(owner=s.recruiter, client=s.client, assessment=s.assessment)
    s.other_vacancy = make.make_vacancy(owner=s.recruiter, client=s.other_client, assessment=s.assessment)
    s.draft = make.make_vacancy(owner=s.recruiter, client=s.client, assessment=s.assessment, state=VacancyState.DRAFT)
    s.confidential = make.make_vacancy(
        owner=s.recruiter,
        client=s.other_client,
        assessment=s.assessment,
        is_confidential=True,
        sector_label="A food company",
    )
    s.agreement = make.make_agreement(s.client)
    s.processor_vacancy = make.make_vacancy(
        owner=s.recruiter,
        client=s.client,
        assessment=s.assessment,
        role=ProcessingRole.PROCESSOR,
        agreement=s.agreement,
    )
    s.template = make.make_template()
    s.other_template = make.make_template("receipt_no")
    s.draft_template = make.make_template(published_at=None)
    s.text = make.make_text()
    s.draft_text = make.make_text(published_at=None)

    # Petra said yes and was introduced.
    s.petra = make.make_candidacy(s.vacancy, given_name="Petra", notice=True)
    s.notice = s.petra.subject.notices.get()
    s.petra_request = make.make_request(s.petra)
    s.yes = answer(s.petra_request, EventKind.GIVEN, basis=Basis.CONSENT, reason=BasisReason.GIVEN)
    s.basis = LegalBasis.objects.current_of(s.petra.subject_id, s.vacancy.pk)
    s.introduction = Introduction.objects.create(
        candidacy=s.petra,
        subject=s.petra.subject,
        vacancy=s.vacancy,
        client=s.client,
        request=s.petra_request,
        event=s.yes,
        shared=["profile"],
        introduced_by=s.recruiter,
    )
    s.recipient = Recipient.objects.create(introduction=s.introduction, contact=s.contact)
    s.first_decision = decide(s.petra, Stage.APPROACHED, s.recruiter)
    s.decision = decide(s.petra, Stage.INTRODUCED, s.recruiter)

    # Henk got the job; what is invoiced for it is on record.
    s.henk = make.make_candidacy(s.vacancy, given_name="Henk", notice=True)
    decide(s.henk, Stage.HIRED, s.recruiter)
    s.placement = Placement.objects.create(
        candidacy=s.henk,
        subject=s.henk.subject,
        vacancy=s.vacancy,
        client=s.client,
        start_on=timezone.localdate(),
        fee_kind="fixed",
        noted_by=s.recruiter,
    )

    # Yusuf said yes and was not introduced yet.
    s.yusuf = make.make_candidacy(s.vacancy, given_name="Yusuf", notice=True)
    s.yusuf_request = make.make_request(s.yusuf)
    s.yusuf_yes = answer(s.yusuf_request, EventKind.GIVEN, basis=Basis.CONSENT, reason=BasisReason.GIVEN)

    # Quinten was asked and has not answered; he is in two vacancies.
    s.quinten = make.make_candidacy(s.vacancy, given_name="Quinten", notice=True)
    s.quinten_too = make.make_candidacy(s.other_vacancy, candidate=s.quinten.candidate)
    s.asked = make.make_request(s.quinten)
    s.asked_link = make.make_link(s.asked)
    s.queued = make.make_message(s.quinten, template=s.template)
    s.reminder = make.make_message(
        s.quinten, kind="reminder", about_kind="consent_request", about_id=s.asked.pk, template=None
    )

    # Wim said yes, then withdrew; his address is stopped for everything, and another stop was lifted by himself.
    s.wim = make.make_candidacy(s.vacancy, given_name="Wim", notice=True)
    s.wim_request = make.make_request(s.wim)
    s.wim_yes = answer(s.wim_request, EventKind.GIVEN, basis=Basis.CONSENT, reason=BasisReason.GIVEN)
    s.wim_no = answer(s.wim_request, EventKind.WITHDRAWN, basis=Basis.LEGAL_OBLIGATION, reason=BasisReason.WITHDRAWN)
    s.to_wim = make.make_message(s.wim, recipient_hmacs=[STOPPED], template=s.template)
    s.stop = SuppressionEntry.objects.create(kind="email", key_id="t1", hash=STOPPED, scope="all", reason="withdrawn")
    s.old_stop = SuppressionEntry.objects.create(
        kind="email", key_id="t1", hash="c" * 64, scope="all", reason="refused"
    )
    s.lift_link = make.make_link(s.wim_request, "me")
    s.lift = SuppressionLift.objects.create(entry=s.old_stop, link=s.lift_link, subject=s.wim.subject)

    # Carla sits in a confidential vacancy and was asked for a talk; the client was revealed to her colleague only.
    s.carla = make.make_candidacy(s.confidential, given_name="Carla", notice=True)
    s.talk_text = make.make_text(Purpose.TALK)
    s.talk = make.make_request(s.carla, purpose=Purpose.TALK)
    s.revelation = Revelation.objects.create(
        subject=s.petra.subject, vacancy=s.confidential, client=s.other_client, by=s.recruiter
    )

    # Pia agreed to be kept for other vacancies, and was found for this one; nobody asked her for it.
    s.pia = make.make_candidacy(s.vacancy, given_name="Pia", notice=True)
    s.pool = make.make_kept(s.pia.candidate, asked_by=s.recruiter)
    s.pool_yes = s.pool.events.get()
    s.pool_basis = s.pool_yes.bases.get()
    Candidate.objects.filter(pk=s.pia.candidate_id).update(erase_on=s.pool_basis.until)

    # Rik agreed to stay as runner-up for another vacancy, until a day.
    s.rik = make.make_candidacy(s.vacancy, given_name="Rik", notice=True)
    until = timezone.localdate() + timedelta(days=90)
    s.reserve = ConsentRequest.objects.create(
        subject=s.rik.subject,
        purpose=Purpose.RUNNER_UP,
        reserve_for=s.other_vacancy,
        keep_until=until,
        text=make.make_text(Purpose.RUNNER_UP),
        language="nl",
        asked_by=s.recruiter,
        expires_at=timezone.now() + timedelta(days=28),
    )
    with transaction.atomic():
        s.reserve_yes = make.make_event(s.reserve)
        s.reserve_basis = LegalBasis.objects.create(
            subject=s.rik.subject,
            basis=Basis.RUNNER_UP,
            reason=BasisReason.GIVEN,
            event=s.reserve_yes,
            until=until,
        )
    Candidate.objects.filter(pk=s.rik.candidate_id).update(erase_on=until)

    # Somebody erased, somebody restricted, each with a message waiting.
    now = timezone.now()
    s.erased, s.restricted = Subject.objects.create(erased_at=now), Subject.objects.create(restricted_at=now)
    s.stranger = Subject.objects.create()
    s.to_erased = make.make_message(s.quinten, subject=s.erased)
    s.to_restricted = make.make_message(s.quinten, subject=s.restricted)

    s.mailbox = make.make_mailbox(s.recruiter)
    # An erasure that runs, with one step done and one open; and a plan that nobody approved yet.
    s.erasure = Erasure.objects.create(reason="retention", policy="test", approved_at=now)
    s.erasure_person = ErasurePerson.objects.create(erasure=s.erasure, subject=s.erased, identifiers=b"sealed")
    s.step_done = ErasureStep.objects.create(erasure=s.erasure, position=1, holder="tables", state="done", done_at=now)
    s.open_step = ErasureStep.objects.create(erasure=s.erasure, position=2, holder="search")
    s.other_erasure = Erasure.objects.create(reason="retention", policy="test", approved_at=now)
    s.other_step = ErasureStep.objects.create(
        erasure=s.other_erasure, position=1, holder="tables", state="done", done_at=now
    )
    Erasure.objects.filter(pk=s.other_erasure.pk).update(finished_at=now)
    s.plan = Erasure.objects.create(reason="request", policy="test")
    s.sweep = MailboxSweep.objects.create(erasure=s.erasure, mailbox=s.mailbox, owner=s.recruiter, mode="purge")
    s.swept = MailboxSweep.objects.create(
        erasure=s.other_erasure, mailbox=s.mailbox, owner=s.recruiter, mode="purge", state="done", verified_at=now
    )
    s.plan_step = ErasureStep.objects.create(erasure=s.plan, position=1, holder="tables")
    s.plan_line = ErasureLine.objects.create(
        erasure=s.plan, holder="tables", what="candidates.Candidate", action="blank", count=1
    )

    # A rule on proofs, and openings of one: asked, approved, and shown.
    s.proof_assessment = make.make_assessment(author=s.recruiter, approved_by=s.officer, about="proof")
    s.second_officer = make.make_user("Otto", Role.OFFICER)
    s.proof_rule = ProofRule.objects.create(months=12, assessment=s.proof_assessment, by=s.officer)
    s.opening, s.approved_opening, s.shown_opening = (
        ProofOpening.objects.create(introduction=s.introduction.pk, reason="De klant betwist het.", asked_by=s.officer)
        for _each in range(3)
    )
    for opening in (s.approved_opening, s.shown_opening):
        ProofOpening.objects.filter(pk=opening.pk).update(approved_by=s.second_officer, approved_at=now)
    ProofOpening.objects.filter(pk=s.shown_opening.pk).update(shown_at=now)

    s.link = make.make_link(s.asked, "notice")
    s.entry = ledger.append("test.happened", actor=s.recruiter)
    s.seal = LedgerSeal.objects.create(seq=1, from_xid=0, until_xid=1, entries=0, previous="0" * 64, hash="1" * 64)
    s.access = AccessEntry.objects.create(actor=s.recruiter, action="view", subjects=[s.petra.subject_id])
    s.dpia = ImpactAssessment.objects.create(
        feature="mail",
        title="Mail",
        author=s.recruiter,
        approved_by=s.officer,
        approved_at=now,
        review_on=timezone.localdate() + timedelta(days=90),
    )
    lay_requests(s)
    lay_limits(s)
    lay_words(s)
    lay_holds(s)
    s.withdrawn_assessment = make.make_assessment(author=s.recruiter, approved_by=s.officer)
    LegitimateInterestAssessment.objects.filter(pk=s.withdrawn_assessment.pk).update(withdrawn_at=now)
    return s
