"""Assessments of legitimate interest: written by any of the staff, approved by somebody else, for a year at most."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from privacy.governance import services
from privacy.governance.services import SECTIONS
from privacy.guards import Refused
from privacy.models import LedgerEntry, LegitimateInterestAssessment
from tests.factories import make_assessment, make_organisation, make_user

LIST = "/privacy-desk/assessments/"
DAY = timedelta(days=1)


@pytest.fixture
def rosa(db) -> User:
    return make_user("Rosa")


@pytest.fixture
def olga(db) -> User:
    return make_user("Olga", Role.OFFICER)


@pytest.fixture
def carl(db) -> User:
    return make_user("Carl", Role.CLIENT)


def words(**fields) -> dict[str, str]:
    return {"title": "Executives in food", **{name: f"About {name}." for name in SECTIONS}, **fields}


def written(author: User, **fields) -> LegitimateInterestAssessment:
    return services.write_assessment(actor=author, **words(**fields))


def at(name: str, assessment: LegitimateInterestAssessment) -> str:
    return reverse(f"privacy:governance:{name}", args=[assessment.pk])


def review(days: int = 300) -> dict[str, str]:
    return {"review_on": (timezone.localdate() + days * DAY).isoformat()}


# Who may


def test_staff_read_and_client_contacts_do_not(client, rosa, olga, carl):
    draft = written(rosa)
    reads = [LIST, f"{LIST}new/", at("assessment", draft)]
    for url in reads:
        assert client.get(url).headers["Location"].startswith("/accounts/login/")
    for user in (rosa, olga):
        client.force_login(user)
        assert [client.get(url).status_code for url in reads] == [200, 200, 200]
    client.force_login(carl)
    assert [client.get(url).status_code for url in reads] == [404, 404, 404]
    assert client.post(f"{LIST}new/", words()).status_code == 404


def test_wrong_methods(client, olga):
    approved = make_assessment()
    client.force_login(olga)
    assert client.post(LIST).status_code == 405
    assert client.post(at("assessment", approved)).status_code == 405
    assert client.get(at("assessment-approve", approved)).status_code == 405
    assert client.get(at("assessment-new-version", approved)).status_code == 405
    assert client.delete(at("assessment-withdraw", approved)).status_code == 405


def test_only_the_author_changes_a_draft(client, rosa, olga):
    draft = written(rosa)
    client.force_login(olga)
    assert client.get(at("assessment-edit", draft)).status_code == 404
    assert client.post(at("assessment-edit", draft), words(scope="Other")).status_code == 404
    with pytest.raises(Refused, match="Only its author"):
        services.save_assessment(draft, actor=olga, scope="Other")
    client.force_login(rosa)
    client.post(at("assessment-edit", draft), words(scope="Other"))
    draft.refresh_from_db()
    assert draft.scope == "Other"


# Writing


def test_a_draft_needs_only_a_title(client, rosa):
    client.force_login(rosa)
    response = client.post(f"{LIST}new/", {"title": "Executives in food"})
    draft = LegitimateInterestAssessment.objects.get()
    assert response.headers["Location"] == at("assessment", draft)
    assert (draft.author, draft.version, draft.approved_at) == (rosa, 1, None)
    entry = LedgerEntry.objects.get(kind="assessment.written")
    assert (entry.actor, entry.codes) == (rosa.pk, {"assessment": str(draft.pk), "version": 1})


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("", "Name the kind of search."),
        (
            "executives in FOOD",
            "There is an assessment of this kind of search already. Open it and make a new version.",
        ),
    ],
)
def test_a_wrong_title_says_why_and_keeps_what_was_typed(client, rosa, title, sentence):
    written(rosa)
    client.force_login(rosa)
    response = client.post(f"{LIST}new/?lang=en", words(title=title, scope="Precious words"))
    assert response.status_code == 422
    assert response.context["form"].errors["title"] == [sentence]
    assert "Precious words" in response.content.decode()
    assert LegitimateInterestAssessment.objects.count() == 1


def test_a_draft_keeps_its_own_title(client, rosa):
    draft = written(rosa)
    client.force_login(rosa)
    assert client.post(at("assessment-edit", draft), words(balance="New")).status_code == 302
    assert client.post(at("assessment-edit", draft), words(title="Another kind")).status_code == 302


def test_the_way_back_to_the_vacancy_goes_along(client, rosa):
    client.force_login(rosa)
    response = client.post(f"{LIST}new/", {**words(), "next": "/vacancies/"})
    assert response.headers["Location"].endswith("?next=%2Fvacancies%2F")
    page = client.get(response.headers["Location"]).content.decode()
    assert 'href="/vacancies/"' in page


# Approving


def test_an_officer_approves_what_a_recruiter_wrote(client, rosa, olga):
    draft = written(rosa)
    client.force_login(olga)
    assert 'name="review_on"' in client.get(at("assessment", draft)).content.decode()
    assert client.post(at("assessment-approve", draft), review()).status_code == 302
    draft.refresh_from_db()
    assert draft.is_standing
    assert (draft.approved_by, draft.review_on) == (olga, timezone.localdate() + 300 * DAY)
    assert LedgerEntry.objects.get(kind="assessment.approved").actor == olga.pk


def test_recruiters_and_client_contacts_do_not_approve(client, rosa, carl):
    draft = written(make_user("Other"))
    for user in (rosa, carl):
        client.force_login(user)
        assert client.post(at("assessment-approve", draft), review()).status_code == 404
        assert client.get(at("assessment-withdraw", make_assessment())).status_code == 404
    with pytest.raises(Refused, match="officer or an administrator"):
        services.approve(draft, review_on=timezone.localdate() + DAY, actor=rosa)
    client.force_login(rosa)
    assert 'name="review_on"' not in client.get(at("assessment", draft)).content.decode()


def test_nobody_approves_their_own_words(client, olga):
    draft = written(olga)
    client.force_login(olga)
    response = client.post(f"{at('assessment-approve', draft)}?lang=en", review())
    assert response.status_code == 422
    assert "Somebody other than the author must approve" in response.content.decode()
    draft.refresh_from_db()
    assert draft.approved_at is None


def test_an_unfinished_draft_is_not_approved(client, rosa, olga):
    draft = written(rosa, balance="", outcome=" ")
    client.force_login(olga)
    page = client.get(f"{at('assessment', draft)}?lang=en").content.decode()
    assert "Still without an answer" in page
    assert client.post(at("assessment-approve", draft), review()).status_code == 422
    with pytest.raises(Refused, match="what it means for the people found, outcome"):
        services.approve(draft, review_on=timezone.localdate() + DAY, actor=olga)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [(0, "Choose a date after today."), (366, "Choose a date at most a year from now.")],
)
def test_a_review_date_out_of_reach_says_why(client, rosa, olga, days, sentence):
    draft = written(rosa)
    client.force_login(olga)
    response = client.post(f"{at('assessment-approve', draft)}?lang=en", review(days))
    assert response.status_code == 422
    assert response.context["form"].errors["review_on"] == [sentence]
    with pytest.raises(Refused, match="at most a year"):
        services.approve(draft, review_on=timezone.localdate() + days * DAY, actor=olga)
    assert client.post(at("assessment-approve", draft), {"review_on": "soon"}).status_code == 422
    assert client.post(at("assessment-approve", draft), review(365)).status_code == 302


def test_what_was_approved_never_changes(client, rosa, olga):
    draft = written(rosa)
    services.approve(draft, review_on=timezone.localdate() + DAY, actor=olga)
    client.force_login(rosa)
    assert client.get(at("assessment-edit", draft)).status_code == 404
    with pytest.raises(Refused, match="Make a new version"):
        services.save_assessment(draft, actor=rosa, scope="Other")
    with pytest.raises(Refused, match="approved already"):
        services.approve(draft, review_on=timezone.localdate() + DAY, actor=olga)


# Versions


def test_a_new_version_begins_with_the_words_of_the_last(client, rosa, olga):
    first = written(rosa)
    services.approve(first, review_on=timezone.localdate() + DAY, actor=olga)
    client.force_login(rosa)
    response = client.post(at("assessment-new-version", first))
    second = LegitimateInterestAssessment.objects.get(version=2)
    assert response.headers["Location"] == at("assessment-edit", second)
    assert (second.scope, second.author, second.approved_at) == (first.scope, rosa, None)
    # Asking again opens the same draft, and the name of the kind of search stays.
    client.post(at("assessment-new-version", first))
    client.post(at("assessment-edit", second), words(title="Renamed", balance="New"))
    second.refresh_from_db()
    assert (second.title, second.balance) == (first.title, "New")
    assert LegitimateInterestAssessment.objects.count() == 2
    first.refresh_from_db()
    assert first.is_standing


def test_a_colleagues_open_draft_is_shown(client, rosa, olga):
    first = written(rosa)
    services.approve(first, review_on=timezone.localdate() + DAY, actor=olga)
    draft = services.new_version(first, actor=rosa)
    client.force_login(olga)
    assert client.post(at("assessment-new-version", first)).headers["Location"] == at("assessment", draft)


def test_withdrawing_asks_first_and_stops_it_for_good(client, olga):
    approved = make_assessment()
    client.force_login(olga)
    assert client.get(at("assessment-withdraw", approved)).status_code == 200
    assert LegitimateInterestAssessment.objects.standing().exists()
    client.post(at("assessment-withdraw", approved))
    assert not LegitimateInterestAssessment.objects.standing().exists()
    assert client.get(at("assessment-withdraw", approved)).status_code == 404
    services.withdraw(approved, actor=olga)
    assert LedgerEntry.objects.filter(kind="assessment.withdrawn").count() == 1
    with pytest.raises(Refused, match="Only an approved"):
        services.withdraw(written(make_user()), actor=olga)


# The list


def test_the_list_says_how_each_stands(client, rosa):
    today, long_ago = timezone.localdate(), timezone.now() - 300 * DAY
    make_assessment(title="Fine")
    make_assessment(title="Soon", approved_at=long_ago, review_on=today + 30 * DAY)
    make_assessment(title="Past", approved_at=long_ago, review_on=today - DAY)
    make_assessment(title="Withdrawn", withdrawn_at=timezone.now())
    written(rosa, title="Waiting")
    client.force_login(rosa)

    def shown(query: str = "") -> dict[str, str]:
        return {row.title: standing.word for row, standing in client.get(f"{LIST}?lang=en{query}").context["rows"]}

    assert shown() == {
        "Fine": "Stands",
        "Soon": "Review within 30 days",
        "Past": "Past its review date",
        "Withdrawn": "Withdrawn",
        "Waiting": "Draft",
    }
    assert set(shown("&show=waiting")) == {"Waiting"}
    assert set(shown("&show=standing")) == {"Fine", "Soon"}


def test_an_empty_list_says_what_to_do(client, rosa):
    client.force_login(rosa)
    assert "No assessments yet" in client.get(f"{LIST}?lang=en").content.decode()


def test_the_list_costs_the_same_for_one_and_for_many(client, rosa, django_assert_num_queries):
    make_organisation()
    client.force_login(rosa)
    make_assessment()
    for _size in range(2):
        # Session, user, organisation; how many, and the assessments with their people.
        with django_assert_num_queries(5):
            assert client.get(LIST).status_code == 200
        for _more in range(4):
            make_assessment()


# What it is for


def test_an_assessment_of_proofs_carries_no_search_and_says_what_it_is_for(desk, rosa, olga):
    browser = desk(rosa)
    browser.post("/privacy-desk/assessments/new/", {"title": "Bewijs van introducties", "about": "proof"})
    written = LegitimateInterestAssessment.objects.get(title="Bewijs van introducties")
    assert written.about == "proof"
    page = browser.get(f"/privacy-desk/assessments/{written.pk}/", headers={"accept-language": "en"}).content.decode()
    assert "keeping proof of introductions" in page
    approved = make_assessment(about="proof")
    assert approved not in LegitimateInterestAssessment.objects.standing().of_searches()
    assert approved in LegitimateInterestAssessment.objects.standing().of_proofs()
    assert browser.post("/privacy-desk/assessments/new/", {"title": "Anders", "about": "iets"}).status_code == 422
