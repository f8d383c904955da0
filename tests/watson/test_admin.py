"""Every table in the admin: opened, guarded, and heard of in our own ledgers."""

from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import psycopg2
import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Organisation, Role, SavedView, User
from candidates.models import (
    Candidate,
    ContactPoint,
    DecisionNote,
    DecisionReason,
    ImportBatch,
    ListExport,
    ListExportPerson,
    LoggedContact,
    Mention,
    Note,
    Round,
    RoundFile,
    Source,
    StageDecision,
    Task,
    TaskFeed,
)
from candidates.services import corrections, rounds
from consent import seed as consent_seed
from consent.models import ConsentText, ConsentTrace, Purpose, Revelation
from introductions.models import Feedback, Introduction, Placement, Recipient, SpottedMail
from mailing.models import (
    Attachment,
    InboundBatch,
    InboundFile,
    Logo,
    MailboxFind,
    MailboxSweep,
    MailboxWatch,
    MailEvent,
    OutgoingStop,
    ProviderMail,
    ProviderStream,
    QueuePause,
    RetiredTemplate,
    StoredFile,
    Suggestion,
    TemplateVersion,
    Unfollowed,
    WebhookBatch,
)
from privacy import access, ledger, links, services, suppression
from privacy.admin import ReadOnlyAdmin
from privacy.admin_site import Accountable
from privacy.breaches import services as breaches
from privacy.deadlines import extended_due_date
from privacy.exports import services as copies
from privacy.grants import ledgers
from privacy.limits import services as limits
from privacy.models import (
    AccessEntry,
    Canary,
    ClockFeed,
    Crossing,
    Decision,
    Erasure,
    ErasureLine,
    ErasurePerson,
    ErasureStep,
    Extension,
    IdentityCheck,
    ImpactAssessment,
    LedgerEntry,
    LedgerEra,
    LedgerSeal,
    LegitimateInterestAssessment,
    Mandate,
    ProofOpening,
    ProofRule,
    RequestGroup,
    RequestNotice,
    RequestStep,
    RetentionRun,
    StaffSubject,
    Subject,
    Telling,
)
from privacy.retention import holding
from privacy.vault.models import ErasureEnd, ErasureRecord, FileKey, LedgerHead, SealedProof
from tests import factories
from tests.support.services import PLACE, VAULT
from watson.roles import OWNER

OURS = ("accounts", "privacy", "vault", "vacancies", "mailing", "consent", "candidates", "introductions")
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
OUR_MODELS = [model for model in MODELS if model._meta.app_label in OURS]


@pytest.fixture
def administrator(db):
    return factories.make_user("Ada", Role.ADMINISTRATOR)


@pytest.fixture
def desk(client, administrator):
    client.force_login(administrator)
    return client


@pytest.fixture
def candidacy(db):
    return factories.make_candidacy(given_name="Zwaan", surname="Vogel", notice=True)


@pytest.fixture
def world(candidacy, administrator):
    """At least one row in every table of ours."""
    vacancy, owner = candidacy.vacancy, candidacy.vacancy.owner
    factories.make_organisation()
    factories.make_agreement(vacancy.client)
    factories.make_candidacy(vacancy)
    factories.make_template()
    Membership.objects.create(team=factories.make_team(), user=owner)
    StaffSubject.objects.create(user=owner, subject=Subject.objects.create())
    request = factories.make_request(candidacy)
    event = factories.make_event(request)
    ConsentTrace.objects.create(event=event, ip="192.0.2.1")
    Revelation.objects.create(subject=candidacy.subject, vacancy=vacancy, client=vacancy.client, by=owner)
    introduction = introduce(candidacy, request, event)
    recipient = Recipient.objects.create(introduction=introduction, contact=factories.make_contact(vacancy.client))
    Feedback.objects.create(recipient=recipient, verdict="yes")
    decision = StageDecision.objects.create(
        candidacy=candidacy,
        from_stage="found",
        to_stage="approached",
        reason=DecisionReason.NEXT_STEP,
        decided_by=owner,
    )
    candidacy.stage = "approached"
    candidacy.save(update_fields=["stage"])
    DecisionNote.objects.create(decision=decision, text="words")
    Task.objects.create(candidacy=candidacy, kind="follow_up")
    LoggedContact.objects.create(candidacy=candidacy, kind="phone", by=owner)
    note = Note.objects.create(candidate=candidacy.candidate, candidacy=candidacy, text="words", author=owner)
    Mention.objects.create(note=note, user=owner)
    TaskFeed.objects.create(user=owner)
    ImportBatch.objects.create(vacancy=vacancy, made_by=owner, rows=b"sealed", row_count=1)
    SavedView.objects.create(page="candidates", name="Mine", owner=owner)
    listed = ListExport.objects.create(made_by=owner, reason="words", rows=1, until=timezone.localdate())
    ListExportPerson.objects.create(export=listed, subject=candidacy.subject)
    rounds.open_round(vacancy, [candidacy], kind="approach", actor=owner)
    MailEvent.objects.create(event_id="1", type="open", at=timezone.now())
    ProviderMail.objects.create(provider_message_id="mid", message_id=uuid4())
    WebhookBatch.objects.create(body=b"sealed")
    InboundBatch.objects.create(body=b"sealed")
    stored = StoredFile.objects.create(
        name="profile.pdf", content_type="application/pdf", size=1, sha256="0" * 64, body=b"s"
    )
    Attachment.objects.create(message=factories.make_message(candidacy), file=stored)
    RoundFile.objects.create(round=Round.objects.get(), file=stored)
    Logo.objects.create(file=stored, width=120, height=40)
    mail = factories.make_inbound(candidacy)
    InboundFile.objects.create(mail=mail, name="cv.pdf", size=1, sha256="0" * 64, body=b"sealed")
    Suggestion.objects.create(mail=mail, kind="erasure", phrase="verwijder mijn gegevens")
    QueuePause.objects.create(code="limit")
    ProviderStream.objects.create(name="events")
    OutgoingStop.objects.create(subject=candidacy.subject, address=b"sealed")
    RetiredTemplate.objects.create(kind="approach", language="nl", name="Short", by=owner)
    Unfollowed.objects.create(subject=Subject.objects.create())
    link = links.issue("me", subject=candidacy.subject)
    suppression.suppress([("email", "a@b.example")], scope="all", reason="objected", actor=owner)
    suppression.lift(suppression.standing_for([("email", "a@b.example")]), link=link)
    asked = handled(candidacy, owner)
    copies.prepare(asked, kind="access", language="nl", actor=owner)
    corrections.propose(asked, {"employer": "Molenland"}, actor=owner)
    limits.restrict(Subject.objects.create(), ground="contested", actor=owner)
    ImpactAssessment.objects.create(feature="tracking", title="Tracking", author=owner)
    ledger.append("test.happened", detail="words", subject=candidacy.subject)
    LedgerSeal.objects.create(seq=1, from_xid=0, until_xid=1, entries=0, previous="0" * 64, hash="1" * 64)
    LedgerHead.objects.create(seq=1, hash="1" * 64)
    until = timezone.localdate() + timedelta(days=9)
    holding.ask(ground="claim", reason="Brief", until=until, subject=Subject.objects.create(), actor=owner)
    RetentionRun.objects.create()
    breaches.report(what="Een mail", aware_at=timezone.now(), actor=owner)
    erasure = Erasure.objects.create(reason="retention", policy="test")
    ErasurePerson.objects.create(erasure=erasure, subject=Subject.objects.create())
    ErasureStep.objects.create(erasure=erasure, position=1, holder="tables")
    ErasureLine.objects.create(erasure=erasure, holder="tables", what="people", action="delete", count=1)
    box = factories.make_mailbox(owner)
    sweep = MailboxSweep.objects.create(erasure=erasure, mailbox=box, owner=owner, mode="purge")
    MailboxWatch.objects.create(mailbox=box, mark="1:1", looked_at=timezone.now())
    StageDecision.objects.create(
        candidacy=candidacy,
        from_stage="approached",
        to_stage="hired",
        reason=DecisionReason.NEXT_STEP,
        decided_by=owner,
    )
    candidacy.stage = "hired"
    candidacy.save(update_fields=["stage"])
    Placement.objects.create(
        candidacy=candidacy,
        subject=candidacy.subject,
        vacancy=vacancy,
        client=vacancy.client,
        start_on=timezone.localdate(),
        fee_kind="fixed",
        noted_by=owner,
    )
    SpottedMail.objects.create(
        mailbox=box,
        sender=owner,
        key="0",
        contact=recipient.contact,
        candidacy=candidacy,
        why="name",
        sent_at=timezone.now(),
    )
    MailboxFind.objects.create(sweep=sweep, key="0" * 64, body=b"sealed")
    Canary.objects.create(words="canary", raw=b"canary")
    ErasureRecord.objects.create(erasure=erasure.pk, reason="retention", people=[], policy="test")
    ErasureEnd.objects.create(erasure=erasure.pk)
    FileKey.objects.create(owner=erasure.pk, key=b"sealed")
    officer = factories.make_user("Olga", Role.OFFICER)
    assessment = factories.make_assessment(about="proof", approved_by=officer)
    ProofRule.objects.create(months=12, assessment=assessment, by=owner)
    ProofOpening.objects.create(introduction=introduction.pk, reason="Een geschil.", asked_by=officer)
    SealedProof.objects.create(
        introduction=introduction.pk, erasure=erasure.pk, sealed=b"sealed", until=timezone.localdate()
    )
    access.log(administrator, "view", [candidacy.subject_id])
    with restored():
        yield candidacy


@contextmanager
def restored():
    """A restoration, which only the owner of the vault can write down, in a transaction of its own."""
    owner = psycopg2.connect(PLACE.database_url(OWNER, VAULT))
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vault_restoration (id, last_seal, last_head, at) VALUES (gen_random_uuid(), 1, 1, now())"
        )
        yield
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM vault_restoration")
    owner.close()


def handled(candidacy, owner):
    """A request with everything that may be done about one."""
    asked = services.receive_request(kind="access", channel="form", subject=candidacy.subject, contact="a@b.example")
    asked.group = RequestGroup.objects.create(label="Campaign")
    asked.save(update_fields=["group"])
    RequestStep.objects.create(request=asked, code="test.done", by=owner)
    Crossing.objects.create(request=asked, milestone="day14", on=timezone.localdate())
    IdentityCheck.objects.create(request=asked, subject=candidacy.subject, method="callback", asked_by=owner)
    Mandate.objects.create(request=asked, agent="Lawyer")
    decision = Decision.objects.create(
        request=asked, kind="extension", ground="many", reasons="Many.", decided_by=owner
    )
    notice = RequestNotice.objects.create(request=asked, kind="extension", channel="letter", by=owner)
    Extension.objects.create(
        request=asked,
        decision=decision,
        notice=notice,
        due_on=extended_due_date(asked.received_at),
        calendar_version="t",
    )
    Telling.objects.create(request=asked, kind="vendor", name="SparkPost")
    ClockFeed.objects.create(user=owner)
    return asked


def introduce(candidacy, request, event):
    return Introduction.objects.create(
        candidacy=candidacy,
        subject=candidacy.subject,
        vacancy=candidacy.vacancy,
        client=candidacy.vacancy.client,
        request=request,
        event=event,
        shared=request.shared,
        introduced_by=candidacy.vacancy.owner,
    )


def page(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


# Every table


def test_the_admin_covers_every_table_of_ours():
    missing = [model._meta.label for model in apps.get_models() if model._meta.app_label in OURS]
    missing = sorted(set(missing) - {model._meta.label for model in MODELS})
    assert not missing, f"No admin for {', '.join(missing)}: add it to admin.py of its app."


def test_every_admin_is_accountable():
    assert all(isinstance(one, Accountable) for one in admin.site._registry.values())
    assert all(one.actions is None for one in admin.site._registry.values()), "no bulk actions, no bulk delete"


def test_the_world_fills_every_table(world):
    # An era of the ledger begins with a restore and is the owner's alone.
    ours = [model for model in OUR_MODELS if model is not LedgerEra]
    empty = [model._meta.label for model in ours if not model._default_manager.exists()]
    assert not empty, f"Put a row of {', '.join(empty)} in the world of this test."


@pytest.mark.long
def test_every_page_of_every_table_opens(world, desk, monkeypatch):
    index = desk.get(reverse("admin:index"))
    assert index.status_code == 200
    # Django lists all tables beside each page, which takes longer than the page; the index has just shown the list.
    monkeypatch.setattr(admin.site, "get_app_list", lambda request, app_label=None: [])
    wrong = []

    def see(address, status=200):
        answer = desk.get(address)
        if answer.status_code != status:
            wrong.append(f"{address} answers {answer.status_code}, not {status}")

    for model in MODELS:
        one = admin.site._registry[model]
        see(page(model, "changelist"))
        if one.search_fields:
            see(f"{page(model, 'changelist')}?q=Vogel")
        see(page(model, "add"), 200 if one.has_add_permission(index.wsgi_request) else 403)
        for row in model._default_manager.all()[:1]:
            see(page(model, "change", row.pk))
            see(page(model, "history", row.pk), 302)
    assert not wrong, "\n".join(wrong)


def test_ledgers_are_only_to_look_at(world, desk):
    wrong = []
    for model in ledgers():
        row = model._default_manager.first()
        assert row is not None, model._meta.label
        kept = {
            "shown only": isinstance(admin.site._registry[model], ReadOnlyAdmin),
            "not added to": desk.get(page(model, "add")).status_code == 403,
            "not deleted from": desk.get(page(model, "delete", row.pk)).status_code == 403,
            "not changed": desk.post(page(model, "change", row.pk), {"kind": "other"}).status_code == 403,
        }
        wrong += [f"{model._meta.label} is to be {what}" for what, is_so in kept.items() if not is_so]
    assert not wrong, "\n".join(wrong)


def test_people_cannot_be_made_or_deleted_one_by_one_or_in_bulk(world, desk):
    candidate = world.candidate
    assert desk.get(page(Candidate, "add")).status_code == 403
    assert desk.post(page(Candidate, "delete", candidate.pk), {"post": "yes"}).status_code == 403
    desk.post(page(Candidate, "changelist"), {"action": "delete_selected", "_selected_action": [str(candidate.pk)]})
    assert Candidate.objects.filter(pk=candidate.pk).exists()


def test_a_published_version_is_only_to_look_at(world, desk):
    text = factories.make_text()
    answer = desk.get(page(type(text), "change", text.pk))
    assert b'name="_save"' not in answer.content
    assert desk.post(page(type(text), "change", text.pk), {"question_nl": "Anders"}).status_code == 403


def test_a_draft_is_published_once_it_says_everything(desk, administrator):
    words = {"purpose": "introduce", "version": 1, **consent_seed.TEXTS[Purpose.INTRODUCE]}
    draft = {**words, "notice_nl": "Hallo", "notice_en": "Hello"}
    answer = desk.post(page(ConsentText, "add"), {**draft, "publish": "on"})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors["publish"]
    assert not ConsentText.objects.exists()
    full = {**words, "notice_nl": consent_seed.NOTICE_NL, "notice_en": consent_seed.NOTICE_EN}
    assert desk.post(page(ConsentText, "add"), full).status_code == 302
    version = ConsentText.objects.get()
    assert (version.author, version.published_at) == (administrator, None)
    answer = desk.post(page(ConsentText, "change", version.pk), {**full, "publish": "on"})
    assert answer.status_code == 302
    version.refresh_from_db()
    assert version.published_at
    assert desk.post(page(ConsentText, "change", version.pk), full).status_code == 403


def test_templates_are_written_at_the_desk(desk):
    draft = factories.make_template(published_at=None)
    assert desk.get(page(TemplateVersion, "add")).status_code == 403
    assert desk.get(page(TemplateVersion, "change", draft.pk)).status_code == 200
    assert desk.post(page(TemplateVersion, "change", draft.pk), {"body": "Anders"}).status_code == 403


def test_an_assessment_is_not_approved_here(desk, administrator):
    made = LegitimateInterestAssessment.objects.create(title="Food", author=administrator)
    answer = desk.get(page(LegitimateInterestAssessment, "change", made.pk))
    assert b'name="scope"' in answer.content
    assert b'name="publish"' not in answer.content
    assert b'name="approved_at' not in answer.content


def test_secrets_are_never_shown(world, desk):
    user = factories.make_user("Rosa")
    answer = desk.get(page(User, "change", user.pk))
    assert user.email in answer.text
    assert user.password not in answer.text
    assert "md5$" not in answer.text


# Heard of


def test_a_change_goes_to_our_ledger_and_not_to_djangos(desk, administrator, candidacy):
    candidate = candidacy.candidate
    fields = {name: getattr(candidate, name) for name in ("initials", "infix", "salutation", "place", "language")}
    names = ("partner_infix", "partner_surname", "title_before", "title_after", "job_title", "employer")
    fields |= {name: getattr(candidate, name) for name in names}
    answer = desk.post(page(Candidate, "change", candidate.pk), {**fields, "given_name": "Zwaan", "surname": "Meeuw"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    candidate.refresh_from_db()
    assert candidate.surname == "Meeuw"
    assert candidate.sort_key.startswith("meeuw")
    assert not LogEntry.objects.exists()
    entry = LedgerEntry.objects.get(kind="admin.changed")
    assert entry.codes == {"table": "candidates.Candidate", "row": str(candidate.pk), "fields": ["surname"]}
    assert (entry.actor, entry.subject_id) == (administrator.pk, candidate.subject_id)
    assert "Meeuw" not in str(list(LedgerEntry.objects.values()))


def test_making_and_removing_goes_to_our_ledger(desk):
    from accounts.models import Team

    desk.post(page(Team, "add"), {"name": "Noord", "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0})
    team = Team.objects.get(name="Noord")
    assert desk.post(page(Team, "delete", team.pk), {"post": "yes"}).status_code == 302
    assert not LogEntry.objects.exists()
    kinds = set(LedgerEntry.objects.filter(codes__row=str(team.pk)).values_list("kind", flat=True))
    assert kinds == {"admin.added", "admin.deleted"}


def test_a_view_of_a_person_is_logged(desk, administrator, candidacy):
    assert not AccessEntry.objects.exists()
    desk.get(page(Candidate, "change", candidacy.candidate_id))
    entry = AccessEntry.objects.get()
    assert (entry.actor, entry.action, entry.about_kind) == (administrator, "view", "candidate")
    assert entry.subjects == [candidacy.subject_id]


def test_a_list_of_people_is_one_row_with_those_on_the_page(desk, candidacy):
    other = factories.make_candidacy(given_name="Bob", surname="Ander")
    desk.get(page(Candidate, "changelist"))
    assert set(AccessEntry.objects.get().subjects) == {candidacy.subject_id, other.subject_id}
    desk.get(f"{page(Candidate, 'changelist')}?q=Ander")
    assert AccessEntry.objects.latest("id").subjects == [other.subject_id]


@pytest.mark.parametrize("model", [ContactPoint, Source, StageDecision])
def test_what_hangs_on_a_person_is_logged_as_that_person(world, desk, model):
    before = AccessEntry.objects.count()
    desk.get(page(model, "change", model.objects.first().pk))
    assert AccessEntry.objects.count() == before + 1
    assert AccessEntry.objects.latest("id").subjects == [world.subject_id]


def test_a_page_about_nobody_is_not_logged(desk):
    factories.make_organisation()
    desk.get(page(Organisation, "change", 1))
    desk.get(page(LedgerEntry, "changelist"))
    assert not AccessEntry.objects.exists()


# The door and the guards


def test_the_door_is_the_desks(client, db):
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert "next=%2Fadmin%2F" in answer.redirect_chain[-1][0] or "next=/admin/" in answer.redirect_chain[-1][0]
    assert client.post(reverse("admin:login"), {"username": "x", "password": "y"}).status_code == 302


@pytest.mark.parametrize("role", [Role.RECRUITER, Role.OFFICER, Role.CLIENT])
def test_other_roles_find_nothing_here(client, db, role):
    user = factories.make_user("Rosa", role)
    client.force_login(user)
    assert client.get(reverse("admin:index"), follow=True).status_code == 404
    assert client.get(page(Candidate, "changelist"), follow=True).status_code == 404


def test_without_a_second_factor_the_admin_stays_shut(desk, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    assert desk.get(reverse("admin:index")).headers["Location"] == reverse("mfa_index")


def test_leaving_and_a_new_password_are_the_desks_too(desk):
    assert desk.post(reverse("admin:logout")).headers["Location"] == reverse("account_logout")
    assert desk.get(reverse("admin:password_change")).headers["Location"] == reverse("account_change_password")


# Users


def test_an_administrator_makes_a_recruiter_who_can_sign_in(desk, client):
    fields = {
        "email": "Rosa@Search.example",
        "name": "Rosa",
        "role": "recruiter",
        "language": "nl",
        "is_active": "on",
        "new_password": "een-lang-wachtwoord-77",
    }
    answer = desk.post(page(User, "add"), fields)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    rosa = User.objects.get(email="rosa@search.example")
    assert rosa.check_password("een-lang-wachtwoord-77")
    assert rosa.staff_subject
    assert "wachtwoord" not in str(list(LedgerEntry.objects.values("codes")))


def test_a_user_without_a_password_cannot_sign_in_by_one(desk):
    desk.post(page(User, "add"), {"email": "sam@search.example", "name": "Sam", "role": "officer", "language": "en"})
    assert not User.objects.get(name="Sam").has_usable_password()


def test_a_weak_password_is_told_at_its_field_and_nothing_is_lost(desk):
    fields = {"email": "sam@search.example", "name": "Sam", "role": "officer", "language": "en", "new_password": "kort"}
    answer = desk.post(page(User, "add"), fields)
    assert answer.status_code == 200
    assert "new_password" in answer.context["adminform"].form.errors
    assert "sam@search.example" in answer.text
    assert not User.objects.filter(name="Sam").exists()


def test_a_change_without_a_password_keeps_the_old_one(desk):
    rosa = factories.make_user("Rosa")
    fields = {"email": rosa.email, "name": "Rosa Nieuw", "role": "recruiter", "language": "nl", "is_active": "on"}
    assert desk.post(page(User, "change", rosa.pk), fields).status_code == 302
    rosa.refresh_from_db()
    assert rosa.name == "Rosa Nieuw"
    assert rosa.check_password(factories.PASSWORD)
