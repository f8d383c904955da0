"""Erasing somebody who was introduced: a sealed proof stays where a rule says so and they were told; nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from candidates.models import Candidate
from consent import services as consent
from consent.models import ConsentText
from introductions.models import Introduction
from mailing.models import Message, State
from privacy.deadlines import add_months
from privacy.erasure import certificate, planning, running, services, verifying
from privacy.erasure.holders import holders
from privacy.exports.gathering import gather
from privacy.exports.packing import PAGE, access_zip, member
from privacy.models import DataRequest, Erasure, ErasurePerson, ErasureStep, LedgerEntry
from privacy.models.erasure import ErasureReason, StepState
from privacy.proofs import services as proofs
from privacy.services import receive_request
from privacy.vault.models import ErasureRecord, SealedProof
from tests import factories
from tests.introductions.conftest import ask, ask_able, introduce, link_of, sign_in
from tests.privacy.proofs import make_rule
from vacancies.models import Agreement


@pytest.fixture
def olga(db):
    return factories.make_user("Olga", "officer")


@pytest.fixture
def rule(olga):
    return make_rule(olga)


@pytest.fixture
def told(rule, introduction):
    """Somebody who was introduced after the rule was set, and whose question named it."""
    # One transaction has one moment: the introduction's own is that of the transaction, before the rule.
    return later(introduction)


def later(introduction):
    Introduction.objects.filter(pk=introduction.pk).update(at=timezone.now())
    introduction.refresh_from_db()
    return introduction


def erasing(introduction, olga, *, reason=ErasureReason.REQUEST):
    subject = introduction.subject
    if reason == ErasureReason.RETENTION:
        return planning.make([subject], reason=reason)
    request = receive_request(kind="erasure", channel="mail", subject=subject, contact="x@person.example")
    return services.plan(request, actor=olga)


def approve(erasure):
    Erasure.objects.filter(pk=erasure.pk).update(
        approved_at=timezone.now(), approved_by=factories.make_user("Otto", "officer")
    )
    erasure.refresh_from_db()
    return erasure


def holds(introduction):
    return proofs._unpacked(SealedProof.objects.get(pk=introduction.pk))


def test_the_proof_holds_who_to_whom_for_what_and_when(told, olga):
    name = told.candidacy.candidate.name
    email = told.candidacy.candidate.contact_points.get(kind="email").normalised
    erasure = approve(erasing(told, olga))
    running.carry_on(erasure.pk)
    assert Candidate.objects.get(pk=told.candidacy.candidate_id).surname == ""
    held = holds(told)
    assert (held.name, held.email) == (name, email)
    assert (held.client, held.vacancy) == (told.client.legal_name, told.vacancy.title)
    assert held.introduced_on == timezone.localdate(told.at)
    assert held.until == add_months(timezone.localdate(told.at), 12)
    step = erasure.steps.get(holder="proofs")
    assert (step.state, step.touched) == (StepState.DONE, 1)


def test_without_a_rule_nothing_stays(introduction, olga):
    erasure = approve(erasing(introduction, olga))
    assert not erasure.lines.filter(what="minimal_proof").exists()
    running.carry_on(erasure.pk)
    assert not SealedProof.objects.exists()
    assert not erasure.steps.filter(holder="proofs").exists()


def test_whoever_was_introduced_before_the_rule_was_not_told(introduction, olga):
    make_rule(olga)
    erasure = approve(erasing(introduction, olga))
    running.carry_on(erasure.pk)
    assert not SealedProof.objects.exists()


def test_nor_whose_question_did_not_name_it(rule, candidacy, kees, rosa, olga):
    ConsentText.objects.create(
        purpose="introduce",
        version=9,
        published_at=timezone.now(),
        **{
            f"{part}_{language}": f"{part} [client] [vacancy]"
            for part in ("question", "yes", "notice")
            for language in ("nl", "en")
        },
    )
    asked = ask(candidacy)
    assert asked.text.version == 9
    consent.give(asked, link=link_of(asked), language="nl")
    erasure = approve(erasing(later(introduce(candidacy, [kees])), olga))
    running.carry_on(erasure.pk)
    assert not SealedProof.objects.exists()


def test_the_plan_says_what_stays_sealed_and_until_when(told, olga):
    line = erasing(told, olga).lines.get(what="minimal_proof")
    assert (line.action, line.ground, line.count) == ("keep", "claim", 1)
    assert line.until == add_months(timezone.localdate(told.at), 12)


@pytest.mark.parametrize(("agreed", "months"), [(6, 6), (24, 12), (None, 12)])
def test_an_agreement_may_name_a_shorter_term_never_a_longer(told, olga, agreed, months):
    told.vacancy.agreement = Agreement.objects.create(
        client=told.client,
        role="own",
        title="Opdracht",
        valid_from=timezone.localdate(),
        created_by=olga,
        introduction_months=agreed,
    )
    told.vacancy.save(update_fields=["agreement"])
    assert erasing(told, olga).lines.get(what="minimal_proof").until == add_months(timezone.localdate(told.at), months)


def test_the_tables_wait_for_the_proof(told, olga, settings):
    """Afterwards nobody knows the name: what cannot be sealed now holds the erasure up, and is tried again."""
    erasure = approve(erasing(told, olga))
    keys, settings.SEAL_KEYS = settings.SEAL_KEYS, {}
    running.carry_on(erasure.pk)
    assert erasure.steps.get(holder="proofs").state == StepState.RETRY
    assert erasure.steps.get(holder="tables").state == StepState.PENDING
    assert Candidate.objects.get(pk=told.candidacy.candidate_id).surname != ""
    settings.SEAL_KEYS = keys
    ErasureStep.objects.filter(erasure=erasure, state=StepState.RETRY).update(next_at=timezone.now())
    running.carry_on(erasure.pk)
    assert holds(told).name


def test_done_again_it_stays_as_it_was(told, olga):
    erasure = approve(erasing(told, olga))
    run = planning.load(erasure)
    assert holders["proofs"].erase(run) == 1
    first = bytes(SealedProof.objects.get().sealed)
    assert holders["proofs"].erase(run) == 1
    running.carry_on(erasure.pk)
    assert holders["proofs"].erase(planning.load(erasure)) == 1
    assert bytes(SealedProof.objects.get().sealed) == first


def test_the_clock_leaves_a_proof_too_but_not_of_who_came_back(told, olga):
    gone, back = told, introduce_another(told)
    Message.objects.filter(subject=gone.subject).update(state=State.ABORTED)  # or a receipt would be waited for
    Candidate.objects.filter(subject=gone.subject).update(erase_on=timezone.localdate() - timedelta(days=1))
    erasure = planning.make([gone.subject, back.subject], reason=ErasureReason.RETENTION)
    running.carry_on(erasure.pk)
    assert list(SealedProof.objects.values_list("pk", flat=True)) == [gone.pk]
    assert ErasurePerson.objects.get(erasure=erasure, subject=back.subject).spared_at is not None


def introduce_another(told):
    other = ask_able(told.introduced_by)
    asked = ask(other)
    consent.give(asked, link=link_of(asked), language="nl")
    return later(introduce(other, [factories.make_contact(other.vacancy.client, name="Lies Vos")]))


def test_the_search_knows_it_and_finds_nothing_else(told, olga):
    erasure = approve(erasing(told, olga))
    for holder in ("proofs", "record", "tables", "door", "cache", "keys", "statistics"):
        holders[holder].erase(planning.load(erasure))
    run = planning.load(erasure)
    found = verifying.search(run)
    assert found["blind"] == []
    assert [place for place in found["left"] if place.startswith("vault_")] == []
    assert proofs.kept_of(erasure.pk)[0] == 1


def test_a_proof_that_was_not_sealed_is_found(told, olga):
    """The other side: the search does look into the table of proofs."""
    erasure = approve(erasing(told, olga))
    run = planning.load(erasure)
    email = told.candidacy.candidate.contact_points.get(kind="email").normalised
    SealedProof.objects.create(
        introduction=told.pk, erasure=erasure.pk, sealed=email.encode(), until=timezone.localdate()
    )
    assert verifying.search(run)["left"]["vault_sealedproof"] == 1


def test_a_restored_database_erases_again_and_the_proof_stays_the_one_it_was(told, olga):
    erasure = approve(erasing(told, olga))
    holders["record"].erase(planning.load(erasure))
    holders["proofs"].erase(planning.load(erasure))
    first = bytes(SealedProof.objects.get().sealed)
    assert ErasureRecord.objects.filter(erasure=erasure.pk).exists()
    again = planning.make([told.subject], reason=ErasureReason.REPLAY)
    running.carry_on(again.pk)
    assert bytes(SealedProof.objects.get().sealed) == first


def test_the_certificate_says_it_apart_from_what_stays_without_a_name(told, olga):
    erasure = approve(erasing(told, olga))
    running.carry_on(erasure.pk)
    ErasureStep.objects.filter(erasure=erasure).exclude(state=StepState.DONE).update(
        state=StepState.DONE, done_at=timezone.now()
    )
    ErasurePerson.objects.filter(erasure=erasure).update(identifiers=b"")
    Erasure.objects.filter(pk=erasure.pk).update(finished_at=timezone.now())
    erasure.refresh_from_db()
    proof = certificate.of(erasure)
    assert (proof.sealed, proof.sealed_until) == (1, add_months(timezone.localdate(told.at), 12))
    assert "Sealed proof" not in str([place.label for place in proof.places])
    with translation.override("en"):
        assert not any("sealed" in str(row["ground"]) for row in proof.kept)


def test_the_page_of_the_erasure_and_the_copy_say_it(client, told, olga):
    erasure = erasing(told, olga)
    olga.language = "en"
    olga.save(update_fields=["language"])
    sign_in(client, olga)
    page = client.get(f"/privacy-desk/requests/{erasure.request_id}/erasure/").content.decode()
    assert "What stays sealed, with a name in it" in page
    asked = DataRequest.objects.get(pk=erasure.request_id)
    copy = member(access_zip(gather(told.subject, language="en"), asked), PAGE).decode()
    assert "keep proof of that for 12 months at most" in copy


def test_proofs_are_listed_by_client_and_vacancy_without_a_name(client, told, olga):
    name = told.candidacy.candidate.name
    running.carry_on(approve(erasing(told, olga)).pk)
    sign_in(client, olga)
    page = client.get("/privacy-desk/proofs/").content.decode()
    assert told.client.name in page
    assert told.vacancy.title in page
    assert name not in page


def test_no_word_of_the_proof_reaches_the_ledger(told, olga):
    surname = told.candidacy.candidate.surname
    running.carry_on(approve(erasing(told, olga)).pk)
    assert Introduction.objects.get(pk=told.pk).words == ""
    assert surname not in str(list(LedgerEntry.objects.values_list("codes", flat=True)))
