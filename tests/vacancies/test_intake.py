"""The intake: saved however far it is, opened only when nothing lacks, and always said what lacks."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from privacy.guards import Refused
from privacy.models import LedgerEntry
from tests.factories import (
    make_agreement,
    make_assessment,
    make_client,
    make_organisation,
    make_team,
    make_user,
    make_vacancy,
)
from vacancies import services
from vacancies.models import Client, ProcessingRole, Vacancy, VacancyState


@pytest.fixture
def assessment(db):
    return make_assessment()


@pytest.fixture
def draft(rosa) -> Vacancy:
    return services.create_vacancy(actor=rosa, client=make_client(created_by=rosa), title="Finance director")


def whole(vacancy: Vacancy, assessment=None, **fields) -> dict:
    """Everything the form asks, as a browser posts it."""
    words = {
        "client": str(vacancy.client_id),
        "assignment": "E-mail of the client's director",
        "assignment_on": timezone.localdate().isoformat(),
        "title": "Finance director",
        "employment": "permanent",
        "place": "Ede",
        "purpose": "Find a finance director for the client.",
        "text": "Leads finance.",
        "shared": ["profile", "contact"],
        "role": "own",
        "role_reason": "The agency decides whom it looks for.",
        "agreement": "",
        "sector_label": "",
        "owner": str(vacancy.owner_id),
        "team": "",
    }
    if assessment:
        words |= {
            "assessment": str(assessment.pk),
            "within_scope": "on",
            "same_sources": "on",
            "safeguards_stand": "on",
        }
    return words | fields


def at(name: str, vacancy: Vacancy) -> str:
    return reverse(f"vacancies:{name}", args=[vacancy.pk])


# Who may


def test_the_ladder_of_every_page(client, rosa, tom, vera, olga, carl, draft):
    reads = [at("intake", draft)]
    writes = [at("intake", draft), at("intake-check", draft), at("open", draft), at("review", draft)]
    for url in reads:
        assert client.get(url).headers["Location"].startswith("/accounts/login/")
    for user in (carl, vera, tom):
        client.force_login(user)
        assert [client.get(url).status_code for url in reads] == [404]
        assert [client.post(url).status_code for url in writes] == [404] * 4
    Vacancy.objects.filter(pk=draft.pk).update(team=make_team(rosa, tom))
    for user in (rosa, tom, olga):
        client.force_login(user)
        assert client.get(reads[0]).status_code == 200
    for name in ("intake-check", "open", "review", "reopen"):
        assert client.get(at(name, draft)).status_code == 405
    assert client.delete(reads[0]).status_code == 405


# Making


def test_a_new_vacancy_is_a_draft_of_its_maker(client, rosa):
    found = make_client()
    client.force_login(rosa)
    new = reverse("vacancies:vacancy-new")
    assert f'value="{found.pk}" selected' in client.get(new, {"client": found.pk}).content.decode()
    assert client.get(new, {"client": "nonsense"}).status_code == 200
    response = client.post(new, {"client": found.pk, "title": "Finance director", "employment": "interim"})
    made = Vacancy.objects.get()
    assert response.headers["Location"] == at("intake", made)
    assert (made.owner, made.state, made.employment) == (rosa, VacancyState.DRAFT, "interim")
    assert LedgerEntry.objects.get(kind="vacancy.drafted").actor == rosa.pk


def test_a_wrong_new_vacancy_says_why(client, rosa):
    make_client()
    client.force_login(rosa)
    response = client.post("/vacancies/new/?lang=en", {"client": "", "title": "", "place": "Ede", "employment": "own"})
    errors = response.context["form"].errors
    assert response.status_code == 422
    assert errors["client"] == ["Choose the client who gave the assignment."]
    assert errors["title"] == ["Fill in the title of the job."]
    assert 'value="Ede"' in response.content.decode()


def test_without_clients_the_way_to_one_is_shown(client, rosa):
    client.force_login(rosa)
    page = client.get("/vacancies/new/?lang=en").content.decode()
    assert "First the client" in page
    assert "/clients/new/?next=/vacancies/new/" in page


def test_only_one_team_is_proposed(client, rosa, team):
    make_client()
    client.force_login(rosa)
    assert f'value="{team.pk}" selected' in client.get("/vacancies/new/").content.decode()


def test_client_contacts_and_strangers_make_none(client, carl):
    assert client.get("/vacancies/new/").headers["Location"].startswith("/accounts/login/")
    client.force_login(carl)
    assert client.get("/vacancies/new/").status_code == 404
    assert client.post("/vacancies/new/").status_code == 404


def test_the_agency_is_a_client_only_for_its_own_staff(client, rosa):
    make_organisation(legal_name="Voorbeeld Search B.V.")
    own = services.create_client(actor=rosa, name="Wij", legal_name="Voorbeeld Search B.V.", sector="search")
    client.force_login(rosa)
    words = {"client": own.pk, "title": "Recruiter", "employment": "permanent"}
    response = client.post("/vacancies/new/?lang=en", words)
    assert response.status_code == 422
    assert response.context["form"].errors["client"] == [
        "The agency is no client of its own, except for its own staff."
    ]
    assert client.post("/vacancies/new/", {**words, "for_own_staff": "on"}).status_code == 302


# Saving


def test_a_draft_is_saved_however_far_it_is(client, rosa, draft):
    client.force_login(rosa)
    response = client.post(at("intake", draft), whole(draft, purpose="", role="", assignment_on="", shared=[]))
    assert response.headers["Location"] == at("intake", draft)
    draft.refresh_from_db()
    assert (draft.place, draft.purpose, draft.state) == ("Ede", "", VacancyState.DRAFT)
    entry = LedgerEntry.objects.get(kind="vacancy.changed")
    assert "place" in entry.codes["fields"]
    assert "Ede" not in str(entry.codes)


def test_saving_the_same_twice_leaves_one_ledger_entry(client, rosa, draft, assessment):
    client.force_login(rosa)
    for _again in range(2):
        client.post(at("intake", draft), whole(draft, assessment))
    assert LedgerEntry.objects.filter(kind="vacancy.changed").count() == 1
    assert LedgerEntry.objects.filter(kind="vacancy.assessment_confirmed").count() == 1
    draft.refresh_from_db()
    assert draft.assessment_link.confirmed_by == rosa


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"title": ""}, "title", "Fill in the title of the job."),
        ({"client": ""}, "client", "Choose the client who gave the assignment."),
        ({"owner": ""}, "owner", "Choose who owns this vacancy."),
        (
            {"assignment": "Mail of BSN 111222333"},
            "assignment",
            "This looks like a citizen service number (BSN). It may not be kept here; take it out.",
        ),
        ({"assignment_on": "2999-01-01"}, "assignment_on", "The client cannot have said so after today."),
        ({"assignment_on": "soon"}, "assignment_on", "Enter a valid date."),
        (
            {"is_confidential": "on"},
            "sector_label",
            "Say how a confidential client is described until it is revealed.",
        ),
        (
            {"shared": ["everything"]},
            "shared",
            "Select a valid choice. everything is not one of the available choices.",
        ),
        ({"within_scope": "on"}, "assessment", "Choose the assessment these points are about."),
    ],
)
def test_a_wrong_intake_says_why_and_keeps_what_was_typed(client, rosa, draft, fields, field, sentence):
    client.force_login(rosa)
    response = client.post(f"{at('intake', draft)}?lang=en", whole(draft, text="Long and precious words", **fields))
    assert response.status_code == 422
    assert response.context["form"].errors[field] == [sentence]
    assert "Long and precious words" in response.content.decode()
    draft.refresh_from_db()
    assert draft.text == ""


def test_a_confidential_client_is_not_named_in_its_description(client, rosa, draft):
    client.force_login(rosa)
    words = whole(draft, is_confidential="on", sector_label=f"{draft.client.name}, food")
    response = client.post(f"{at('intake', draft)}?lang=en", words)
    assert response.context["form"].errors["sector_label"] == ["This description names the client."]
    words["sector_label"] = "A listed food company"
    assert client.post(at("intake", draft), words).status_code == 302


def test_all_three_points_are_confirmed(client, rosa, draft, assessment):
    client.force_login(rosa)
    words = whole(draft, assessment)
    del words["same_sources"]
    response = client.post(f"{at('intake', draft)}?lang=en", words)
    assert response.status_code == 422
    assert response.context["form"].errors["same_sources"] == [
        "Confirm all three points, or write an assessment that fits."
    ]


def test_an_assessment_that_does_not_stand_is_not_on_offer(client, rosa, draft):
    old = make_assessment(
        approved_at=timezone.now() - timedelta(days=300), review_on=timezone.localdate() - timedelta(days=1)
    )
    client.force_login(rosa)
    response = client.post(at("intake", draft), whole(draft, old))
    assert response.status_code == 422
    assert response.context["form"].errors["assessment"]


def test_the_agreements_on_offer_are_those_of_the_client_chosen(client, rosa, draft):
    other = make_client()
    theirs, ours = make_agreement(other), make_agreement(draft.client)
    client.force_login(rosa)
    words = whole(draft, role="processor", agreement=str(theirs.pk))
    assert client.post(at("intake", draft), words).status_code == 422
    assert client.post(at("intake", draft), {**words, "agreement": str(ours.pk)}).status_code == 302
    # Another client and its agreement, chosen in the same breath.
    assert client.post(at("intake", draft), {**words, "client": str(other.pk)}).status_code == 302
    draft.refresh_from_db()
    assert (draft.client, draft.agreement) == (other, theirs)


def test_giving_a_vacancy_away_leads_back_to_the_list(client, rosa, vera, draft):
    client.force_login(rosa)
    response = client.post(at("intake", draft), whole(draft, owner=str(vera.pk)))
    assert response.headers["Location"] == reverse("vacancies:vacancies")
    assert client.get(at("intake", draft)).status_code == 404


def test_an_owner_who_left_stays_choosable(client, olga):
    gone = make_user("Gone", is_active=False)
    vacancy = make_vacancy(owner=gone)
    client.force_login(olga)
    response = client.post(at("intake", vacancy), whole(vacancy, vacancy.assessment_link.assessment))
    assert response.status_code == 302


def test_a_client_contact_can_own_nothing(client, rosa, draft):
    client.force_login(rosa)
    response = client.post(at("intake", draft), whole(draft, owner=str(make_user("Carl", Role.CLIENT).pk)))
    assert response.context["form"].errors["owner"]


# Opening


def test_everything_in_one_go(client, rosa, draft, assessment):
    """The form, the three confirmations and the button: one post, saved and open."""
    client.force_login(rosa)
    response = client.post(at("open", draft), whole(draft, assessment))
    assert response.headers["Location"] == reverse("candidates:board", args=[draft.pk])
    draft.refresh_from_db()
    assert draft.state == VacancyState.SOURCING
    assert draft.opened_at
    codes = LedgerEntry.objects.get(kind="vacancy.opened").codes
    assert codes["assessment"] == str(assessment.pk)


def test_what_lacks_is_said_and_the_rest_is_saved(client, rosa, draft):
    client.force_login(rosa)
    response = client.post(f"{at('open', draft)}?lang=en", whole(draft, purpose="", role_reason=""))
    page = response.content.decode()
    assert response.status_code == 422
    assert "Still lacking: A purpose statement" in page
    assert response.context["form"].errors["role_reason"] == ["Say why the agency has this role."]
    assert {c.code for c in response.context["lacking"]} == {"purpose", "assessment"}
    draft.refresh_from_db()
    assert (draft.place, draft.state) == ("Ede", VacancyState.DRAFT)


def test_a_wrong_form_is_not_opened(client, rosa, draft, assessment):
    client.force_login(rosa)
    response = client.post(at("open", draft), whole(draft, assessment, title=""))
    assert response.status_code == 422
    draft.refresh_from_db()
    assert (draft.state, draft.place) == (VacancyState.DRAFT, "")


def test_the_button_alone_opens_what_was_saved(client, rosa, draft, assessment):
    client.force_login(rosa)
    assert client.post(at("open", draft)).status_code == 422
    client.post(at("intake", draft), whole(draft, assessment))
    assert client.post(at("open", draft)).status_code == 302
    assert client.post(at("open", draft)).status_code == 302
    assert LedgerEntry.objects.filter(kind="vacancy.opened").count() == 1


def test_the_button_is_pressable_only_when_nothing_lacks(client, rosa, draft, assessment):
    client.force_login(rosa)

    def button(page: str) -> str:
        return page[page.index("<button", page.index("formaction") - 80) : page.index("Open for sourcing")]

    page = client.get(f"{at('intake', draft)}?lang=en").content.decode()
    assert " disabled" in button(page)
    assert "4 conditions still lack" in page
    client.post(at("intake", draft), whole(draft, assessment))
    assert " disabled" not in button(client.get(at("intake", draft)).content.decode())


def test_the_check_judges_what_is_typed_and_writes_nothing(client, rosa, draft, assessment):
    client.force_login(rosa)
    before = LedgerEntry.objects.count()
    response = client.post(at("intake-check", draft), whole(draft, assessment))
    assert response.status_code == 200
    assert not response.context["lacking"]
    response = client.post(at("intake-check", draft), whole(draft, assessment, role="processor", title=""))
    assert [c.code for c in response.context["lacking"]] == ["agreement"]
    draft.refresh_from_db()
    assert (draft.purpose, hasattr(draft, "assessment_link")) == ("", False)
    assert LedgerEntry.objects.count() == before


def test_an_expired_assessment_stops_new_sourcing_only(client, rosa):
    old = make_assessment(
        author=rosa,
        approved_at=timezone.now() - timedelta(days=300),
        review_on=timezone.localdate() - timedelta(days=1),
    )
    vacancy = make_vacancy(owner=rosa, assessment=old)
    client.force_login(rosa)
    page = client.get(f"{at('intake', vacancy)}?lang=en").content.decode()
    assert "No new people for now" in page
    assert "past its review date" in page
    # The rest of the vacancy can still be changed.
    assert client.post(at("intake", vacancy), whole(vacancy, old)).status_code == 302


def test_an_opened_vacancy_keeps_its_client(client, rosa):
    vacancy = make_vacancy(owner=rosa)
    client.force_login(rosa)
    words = whole(vacancy, vacancy.assessment_link.assessment, client=str(make_client().pk))
    assert client.post(at("intake", vacancy), words).status_code == 302
    assert Vacancy.objects.get().client_id == vacancy.client_id
    with pytest.raises(Refused, match="Make a new vacancy"):
        services.save_intake(vacancy, actor=rosa, client=Client.objects.exclude(pk=vacancy.client_id)[0])


def test_a_closed_vacancy_is_only_read(client, rosa):
    vacancy = make_vacancy(owner=rosa, state=VacancyState.CLOSED)
    client.force_login(rosa)
    assert client.get(at("intake", vacancy)).status_code == 200
    assert client.post(at("intake", vacancy), whole(vacancy, title="Other")).status_code == 302
    vacancy.refresh_from_db()
    assert vacancy.title == "Finance director"
    with pytest.raises(Refused, match="Reopen it first"):
        services.save_intake(vacancy, actor=rosa, title="Other")


def test_confirming_refuses_what_does_not_stand(rosa, draft):
    standing = make_assessment()
    points = {"within_scope": True, "same_sources": True, "safeguards_stand": True}
    with pytest.raises(Refused, match="Confirm all three points"):
        services.confirm_assessment(draft, assessment=standing, actor=rosa, **{**points, "same_sources": False})
    withdrawn = make_assessment(withdrawn_at=timezone.now())
    with pytest.raises(Refused, match="does not stand"):
        services.confirm_assessment(draft, assessment=withdrawn, actor=rosa, **points)
    assert services.confirm_assessment(draft, assessment=standing, actor=rosa, **points).assessment == standing


def test_an_agreement_that_fits_opens_a_processor_vacancy(client, rosa, draft, assessment):
    client.force_login(rosa)
    words = whole(draft, assessment, role=ProcessingRole.PROCESSOR)
    assert client.post(at("open", draft), words).status_code == 422
    fits = make_agreement(draft.client, role=ProcessingRole.PROCESSOR)
    assert client.post(at("open", draft), {**words, "agreement": str(fits.pk)}).status_code == 302


def test_the_way_to_an_agreement_or_assessment_saves_first_and_comes_back(client, rosa, draft):
    client.force_login(rosa)
    back = f"next=%2Fvacancies%2F{draft.pk}%2Fintake%2F"
    words = whole(draft, role="processor")
    response = client.post(at("intake", draft), {**words, "then": "agreement"})
    assert response.headers["Location"] == f"/clients/{draft.client_id}/agreements/new/?role=processor&{back}"
    draft.refresh_from_db()
    assert draft.place == "Ede"
    response = client.post(at("intake", draft), {**words, "then": "assessment"})
    assert response.headers["Location"] == f"/privacy-desk/assessments/new/?{back}"
    assert client.post(at("intake", draft), {**words, "title": "", "then": "agreement"}).status_code == 422


def test_no_link_beside_the_form_leaves_it(client, rosa, draft):
    client.force_login(rosa)
    shown = client.get(at("intake", draft)).context["conditions"]
    assert {condition.url for condition in shown if not condition.is_met} == {
        "#id_assignment",
        "#id_purpose",
        "#id_role",
        "#add-assessment",
    }
    assert [condition.url for condition in shown if condition.is_met] == ["", ""]


# Open to applicants


def test_a_vacancy_is_open_to_applicants_only_when_somebody_says_so(client, rosa, draft, assessment):
    client.force_login(rosa)
    client.post(at("intake", draft), whole(draft, assessment))
    draft.refresh_from_db()
    assert not draft.is_public
    client.post(at("intake", draft), whole(draft, assessment, is_public="on"))
    draft.refresh_from_db()
    assert draft.is_public
    assert not Vacancy.objects.open_to_applicants().exists(), "a draft is open to nobody"
    services.open_vacancy(draft, actor=rosa)
    assert list(Vacancy.objects.open_to_applicants()) == [draft]


def test_a_confidential_one_never_is(client, rosa, draft, assessment):
    client.force_login(rosa)
    both = whole(draft, assessment, is_public="on", is_confidential="on", sector_label="a bank in the north")
    response = client.post(f"{at('intake', draft)}?lang=en", both)
    assert response.status_code == 422
    assert "confidential client cannot be open to applicants" in response.content.decode()
    with pytest.raises(IntegrityError, match="vacancy_public_names_client"), transaction.atomic():
        Vacancy.objects.filter(pk=draft.pk).update(is_public=True, is_confidential=True, sector_label="a bank")
