"""Sealed proofs: the rule they rest on, opening one with two people, and their end."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone

from privacy import sealing
from privacy.guards import Refused
from privacy.models import AccessEntry, LedgerEntry, LegitimateInterestAssessment, ProofOpening, ProofRule
from privacy.proofs import services, wording
from privacy.tasks import forget_proofs
from privacy.vault.models import SealedProof
from tests.factories import make_assessment, make_user
from tests.privacy.proofs import EMAIL, NAME, make_proof, make_rule


@pytest.fixture
def otto(db):
    return make_user("Otto", "officer")


def pass_by(days):
    """So many days later, for every proof and every opening; as the owner, for nobody else can."""
    with connections["vault_owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE vault_sealedproof SET until = until - %s", [days])
        cursor.execute("SET session_replication_role = origin")


# The rule


def test_nothing_is_kept_until_a_rule_rests_on_an_assessment(olga):
    assert wording.months() == 0
    assert wording.sentence("nl", 0) == ""
    rule = services.set_rule(months=12, assessment=make_assessment(about="proof"), actor=olga)
    assert wording.months() == 12
    assert "12 maanden" in wording.sentence("nl", 12)
    assert "12 months" in wording.sentence("en", 12)
    entry = LedgerEntry.objects.get(kind="proof.rule")
    assert (entry.codes["months"], entry.codes["assessment"]) == (12, str(rule.assessment_id))


def test_an_assessment_of_a_search_carries_no_proof(olga):
    with pytest.raises(Refused) as refused:
        services.set_rule(months=12, assessment=make_assessment(), actor=olga)
    assert refused.value.code == "proof_rule_rests"
    assert not ProofRule.objects.exists()


def test_the_rule_falls_with_its_assessment_and_ends_when_somebody_says_so(olga):
    rule = make_rule(olga)
    assert ProofRule.standing() == rule
    LegitimateInterestAssessment.objects.filter(pk=rule.assessment_id).update(withdrawn_at=timezone.now())
    assert ProofRule.standing() is None
    again = make_rule(olga, months=6)
    assert ProofRule.standing() == again
    services.set_rule(months=0, assessment=None, actor=olga)
    assert ProofRule.standing() is None


def test_a_rule_counts_from_when_it_began_without_a_break(olga):
    make_rule(olga)
    services.set_rule(months=0, assessment=None, actor=olga)
    began = make_rule(olga)
    longer = make_rule(olga, months=18)
    assert longer.since == began.at


# Sealing


def test_a_proof_is_unreadable_in_the_vault_and_sealed_under_a_key_that_is_not_there(db, settings):
    found = make_proof()
    for word in (NAME, EMAIL, "Koninklijke", "Directeur"):
        assert word.encode() not in bytes(found.sealed)
    assert NAME.encode() in sealing.unseal(found.sealed, context=f"proof:{found.introduction}")
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(found.sealed, context=f"proof:{uuid4()}")
    settings.SEAL_KEYS = {"other": b"o" * 32}
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(found.sealed, context=f"proof:{found.introduction}")


def test_a_proof_that_would_be_over_is_not_kept(db):
    with pytest.raises(SealedProof.DoesNotExist):
        make_proof(days=-1)
    assert make_proof(days=0)


# Opening


def test_two_people_open_it_once(olga, otto):
    found = make_proof()
    opening = services.ask(found.pk, reason="De klant zegt dat wij niemand voorstelden.", actor=olga)
    services.approve(opening, actor=otto)
    shown = services.show(opening, actor=olga)
    assert (shown.name, shown.email, shown.vacancy) == (NAME, EMAIL, "Directeur")
    with pytest.raises(Refused) as refused:
        services.show(opening, actor=olga)
    assert refused.value.code == "proof_in_order"
    kinds = ["proof.asked", "proof.approved", "proof.shown"]
    assert list(LedgerEntry.objects.filter(kind__in=kinds).order_by("at").values_list("kind", flat=True)) == kinds
    looked = AccessEntry.objects.get(about_kind="proof")
    assert (looked.actor, looked.subjects, looked.about_id) == (olga, [shown.subject], found.pk)


def test_neither_asks_nor_approves_who_may_not(olga, otto, ada, rosa):
    found = make_proof()
    for wrong in (rosa, ada):
        with pytest.raises(Refused) as refused:
            services.ask(found.pk, reason="Er is een geschil.", actor=wrong)
        assert refused.value.code == "proof_wrong_role"
    with pytest.raises(Refused) as refused:
        services.ask(found.pk, reason="  ", actor=olga)
    assert refused.value.code == "proof_no_reason"
    opening = services.ask(found.pk, reason="Er is een geschil.", actor=olga)
    with pytest.raises(Refused) as refused:
        services.approve(opening, actor=olga)
    assert refused.value.code == "proof_other_approver"
    with pytest.raises(Refused) as refused:
        services.approve(opening, actor=rosa)
    assert refused.value.code == "proof_wrong_role"
    services.approve(opening, actor=ada)
    with pytest.raises(Refused) as refused:
        services.show(opening, actor=otto)
    assert refused.value.code == "proof_not_yours"


def test_it_is_not_shown_before_the_approval_nor_asked_twice(olga, otto):
    found = make_proof()
    opening = services.ask(found.pk, reason="Er is een geschil.", actor=olga)
    with pytest.raises(Refused) as refused:
        services.show(opening, actor=olga)
    assert refused.value.code == "proof_in_order"
    with pytest.raises(Refused) as refused:
        services.ask(found.pk, reason="Ik wil het ook zien.", actor=otto)
    assert refused.value.code == "proof_asked_already"
    with pytest.raises(Refused) as refused:
        services.ask(uuid4(), reason="Er is een geschil.", actor=olga)
    assert refused.value.code == "proof_gone"


def test_a_lost_key_leaves_it_unshown(olga, otto, settings):
    found = make_proof()
    opening = services.ask(found.pk, reason="Er is een geschil.", actor=olga)
    services.approve(opening, actor=otto)
    keys, settings.SEAL_KEYS = settings.SEAL_KEYS, {"other": b"o" * 32}
    with pytest.raises(services.Unsealable):
        services.show(opening, actor=olga)
    opening.refresh_from_db()
    assert opening.shown_at is None
    settings.SEAL_KEYS = keys
    assert services.show(opening, actor=olga).name == NAME


# The end


@pytest.mark.django_db(transaction=True, databases=["default", "vault", "vault_owner"])
def test_it_goes_by_itself_with_the_reasons_and_is_counted(olga):
    first, second, later = make_proof(days=10), make_proof(days=20), make_proof(days=40)
    for one in (first, later):
        services.ask(one.pk, reason=f"Geschil over {NAME}.", actor=olga)
    assert forget_proofs() == 0
    pass_by(21)
    assert forget_proofs() == 2
    assert list(SealedProof.objects.values_list("pk", flat=True)) == [later.pk]
    assert LedgerEntry.objects.get(kind="proof.ended").codes["proofs"] == 2
    reasons = dict(ProofOpening.objects.values_list("introduction", "reason"))
    assert reasons == {first.pk: "", later.pk: f"Geschil over {NAME}."}
    assert second.pk not in reasons
    assert forget_proofs() == 0


@pytest.mark.django_db(transaction=True, databases=["default", "vault", "vault_owner"])
def test_thirty_go_in_as_many_statements_as_one(olga, django_assert_max_num_queries):
    for _each in range(30):
        make_proof(days=1)
    pass_by(timedelta(days=2).days)
    with django_assert_max_num_queries(3, using="vault"):  # with BEGIN and COMMIT
        assert forget_proofs() == 30
