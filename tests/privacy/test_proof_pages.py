"""The desk of sealed proofs: who may, what is shown without a name, and the one page where it is read."""

from uuid import uuid4

import pytest

from privacy.models import ProofOpening, ProofRule
from privacy.proofs import services
from tests.factories import make_assessment, make_user
from tests.privacy.proofs import EMAIL, NAME, make_proof, make_rule

HOME = "/privacy-desk/proofs/"
WHY = {"reason": "De klant zegt dat wij deze persoon niet voorstelden."}


@pytest.fixture
def otto(db):
    return make_user("Otto", "officer")


def text(response):
    return response.content.decode()


def test_the_door(desk, agency, rosa, olga, ada, carl):
    found = make_proof()
    opening = ProofOpening.objects.create(introduction=found.pk, reason="Er is een geschil.", asked_by=olga)
    pages = (HOME, f"{HOME}rule/", f"{HOME}{found.pk}/")
    for page in pages:
        assert desk(None).get(page).status_code == 302
        assert [desk(user).get(page).status_code for user in (carl, rosa, olga, ada)] == [404, 404, 200, 200]
    posts = (f"{HOME}rule/end/", f"{HOME}openings/{opening.pk}/approve/", f"{HOME}openings/{opening.pk}/show/")
    for page in posts:
        assert desk(None).post(page).status_code == 302
        assert [desk(user).post(page).status_code for user in (carl, rosa)] == [404, 404]
    assert [desk(user).post(f"{HOME}{found.pk}/ask/", WHY).status_code for user in (carl, rosa, ada)] == [404] * 3
    assert not ProofRule.objects.exists()


def test_wrong_methods_and_unknown_ones(desk, agency, olga):
    browser = desk(olga)
    found = make_proof()
    opening = ProofOpening.objects.create(introduction=found.pk, reason="Er is een geschil.", asked_by=olga)
    for page in (f"{HOME}rule/end/", f"{HOME}{found.pk}/ask/", f"{HOME}openings/{opening.pk}/show/"):
        assert browser.get(page).status_code == 405
    assert browser.post(HOME).status_code == 405
    assert browser.get(f"{HOME}{uuid4()}/").status_code == 404
    assert browser.post(f"{HOME}{uuid4()}/ask/", WHY).status_code == 404
    assert browser.post(f"{HOME}openings/{uuid4()}/approve/").status_code == 404
    assert browser.post(f"{HOME}openings/{uuid4()}/show/").status_code == 404


def test_the_way_of_two_people(desk, agency, olga, otto):
    found = make_proof()
    page = f"{HOME}{found.pk}/"
    asked = desk(olga).post(f"{page}ask/", WHY, follow=True)
    assert "Somebody else has to approve it" in text(asked)
    assert "Let it be opened" not in text(asked)
    opening = ProofOpening.objects.get()
    assert desk(olga).post(f"{HOME}openings/{opening.pk}/approve/").status_code == 409
    assert "1 opening waits" in text(desk(otto).get("/privacy-desk/"))
    waiting = desk(otto).get(HOME)
    assert WHY["reason"] in text(waiting)
    assert "Let it be opened" in text(desk(otto).get(page))
    assert desk(otto).post(f"{HOME}openings/{opening.pk}/approve/").status_code == 302
    assert "Open it, once" not in text(desk(otto).get(page))
    assert desk(otto).post(f"{HOME}openings/{opening.pk}/show/").status_code == 409
    shown = desk(olga).post(f"{HOME}openings/{opening.pk}/show/")
    assert shown.status_code == 200
    assert NAME in text(shown)
    assert EMAIL in text(shown)
    assert "no-store" in shown["Cache-Control"]
    again = desk(olga).post(f"{HOME}openings/{opening.pk}/show/")
    assert again.status_code == 409
    for response in (again, asked, waiting, desk(olga).get(page), desk(olga).get(HOME)):
        assert NAME not in text(response)
        assert EMAIL not in text(response)


def test_a_bad_reason_is_told_at_the_field_and_nothing_typed_is_lost(desk, agency, olga):
    found = make_proof()
    response = desk(olga).post(f"{HOME}{found.pk}/ask/", {"reason": "zomaar"})
    assert response.status_code == 422
    assert "Say it in a few words" in text(response)
    assert "zomaar" in text(response)
    assert desk(olga).post(f"{HOME}{found.pk}/ask/", {"reason": " "}).status_code == 422
    assert not ProofOpening.objects.exists()


def test_the_rule_is_set_on_an_assessment_and_ended(desk, agency, olga):
    search, proof = make_assessment(title="Zoeken"), make_assessment(about="proof", title="Bewijs")
    browser = desk(olga)
    assert "No proof is kept" in text(browser.get(HOME))
    form = text(browser.get(f"{HOME}rule/"))
    assert ("Bewijs v1" in form, "Zoeken" in form) == (True, False)
    for data in (
        {"months": "37", "assessment": proof.pk},
        {"months": "", "assessment": proof.pk},
        {"months": "12", "assessment": search.pk},
        {"months": "12"},
    ):
        assert browser.post(f"{HOME}rule/", data).status_code == 422
    assert not ProofRule.objects.exists()
    response = browser.post(f"{HOME}rule/", {"months": "12", "assessment": proof.pk}, follow=True)
    assert "Proof is kept for 12 months" in text(response)
    assert "No proof is kept" in text(browser.post(f"{HOME}rule/end/", follow=True))


def test_a_rule_whose_assessment_fell_says_so(desk, agency, olga):
    rule = make_rule(olga)
    rule.assessment.withdrawn_at = rule.at
    rule.assessment.save(update_fields=["withdrawn_at"])
    assert "the assessment does not stand any more" in text(desk(olga).get(HOME))


def test_the_public_policy_says_it_while_it_is_so(client, agency, olga):
    assert "sealed proof" not in text(client.get("/privacy/", headers={"accept-language": "en"}))
    make_rule(olga)
    assert "sealed proof of it for 12 months" in text(client.get("/privacy/", headers={"accept-language": "en"}))


def test_fifty_proofs_cost_no_more_queries_than_one(desk, agency, olga, django_assert_max_num_queries):
    for _each in range(12):
        services.ask(make_proof().pk, reason="Er is een geschil.", actor=olga)
    browser = desk(olga)
    with django_assert_max_num_queries(14):
        browser.get(HOME)
