"""The page that asks whether somebody may be kept: what it says, who may answer, and every answer."""

import uuid

import pytest
from django.utils import timezone

from accounts.models import Organisation
from candidates.models import Candidacy, Candidate, Task
from consent import pool, services
from consent.models import ConsentEvent, ConsentRequest, EventKind, LegalBasis
from consent.views import POSTS_PER_LINK
from mailing.models import Message, State
from privacy import links
from privacy.models import Link
from tests import factories
from tests.consent.conftest import hold, link_to
from tests.support.client import Client


@pytest.fixture
def asked(anna):
    """Somebody wrote of their own accord, and is asked what we may do with it."""
    return factories.make_pool_request(factories.make_applicant(email="an@person.example"), asked_by=anna.vacancy.owner)


@pytest.fixture
def held(asked):
    return hold(asked)


@pytest.fixture
def opening(anna):
    return factories.make_vacancy(owner=anna.vacancy.owner, title="Head of audit", is_public=True)


def body(response):
    return " ".join(response.content.decode().split())


def get(path, client=None):
    return (client or Client()).get(f"{path}?lang=en")


def answers(asked):
    return list(asked.events.order_by("id").values_list("kind", flat=True))


# Fetching


def test_fetching_changes_nothing(held, asked, snapshot):
    before = snapshot()
    scanner = Client()
    for path in (held.consent, held.withdraw, held.notice):
        for address in (path, f"{path}?lang=en", f"{path}?answer=yes&keep=1&stop=pool"):
            assert scanner.get(address).status_code == 200
            assert scanner.head(address).status_code == 200
    for path in (f"{held.consent}keep/", f"{held.me}keep/"):
        assert scanner.get(path).status_code == 405
        assert scanner.head(path).status_code == 405
    assert snapshot() == before
    Client().post(held.consent, {"answer": "yes"})
    assert snapshot() != before


def test_the_page_says_for_how_long_who_sees_it_and_that_nobody_is_introduced(held, asked):
    page = body(get(held.consent))
    for words in (
        "May Voorbeeld Search keep your data for 12 months",
        "Yes, keep my data for 12 months and ask me for other vacancies.",
        "the recruiters of Voorbeeld Search and its privacy officer",
        "we introduce you to nobody",
        "No, delete them now",
        "Without an answer we erase everything after",
        "Rosa, Partner",
        "Autoriteit Persoonsgegevens",
        "This isn't me",
    ):
        assert words in page, words
    assert "<script" not in page


def test_it_speaks_the_language_of_the_question(held):
    answer = Client().get(held.consent)
    assert answer.headers["Content-Language"] == "nl"
    assert "Ja, bewaar mijn gegevens 12 maanden" in body(answer)


def test_the_notice_is_the_one_of_this_question(held):
    page = body(get(held.notice))
    assert "6(1)(a) GDPR" in page
    assert "legitimate interest" not in page.lower()


# Answering


def test_a_yes(held, asked):
    response = Client().post(held.consent, {"answer": "yes"})
    assert response.status_code == 302
    assert answers(asked) == [EventKind.GIVEN]
    page = body(get(held.consent))
    assert "You said yes" in page
    assert "Withdraw my yes" in page
    assert "No, delete them now" not in page
    event = asked.events.get()
    assert event.link == held.links["consent"]
    assert event.trace.ip


def test_a_no(held, asked):
    assert Client().post(held.consent, {"answer": "no"}).status_code == 302
    assert answers(asked) == [EventKind.REFUSED]
    assert "You said no" in body(get(held.consent))
    assert Candidate.objects.get(subject=asked.subject).erase_on == timezone.localdate()


def test_a_yes_is_taken_back_as_easily_here_and_behind_the_other_link(held, asked):
    for path, given in ((held.consent, {"answer": "no"}), (held.withdraw, {"stop": "pool"})):
        ConsentRequest.objects.filter(pk=asked.pk).update(closed_at=None)
        fresh = asked if not asked.events.exists() else ask_anew(asked)
        now = hold(fresh)
        Client().post(now.consent, {"answer": "yes"})
        assert pool.until_of([asked.subject_id])
        target = now.consent if path == held.consent else now.withdraw
        assert Client().post(target, given).status_code == 302
        assert answers(fresh)[-1] == EventKind.WITHDRAWN
        assert pool.until_of([asked.subject_id]) == {}


def ask_anew(asked):
    ConsentRequest.objects.filter(pk=asked.pk).update(closed_at=timezone.now())
    return pool.ask(subject=asked.subject, actor=asked.asked_by, language="nl", by_own_act=True)


def test_the_other_link_offers_it_whatever_it_is_about(anna, question):
    factories.make_kept(anna.candidate, asked_by=anna.vacancy.owner)
    about_a_vacancy = hold(question)
    page = body(get(about_a_vacancy.withdraw))
    assert "Do not keep me any longer" in page
    assert Client().post(about_a_vacancy.withdraw, {"stop": "pool"}).status_code == 302
    assert "Do not keep me any longer" not in body(get(about_a_vacancy.withdraw))
    assert answers(question) == [], "the vacancy goes on"


def test_stopping_through_the_link_of_the_question(held, asked):
    assert "Do not keep me" in body(get(held.withdraw))
    assert Client().post(held.withdraw, {"stop": "vacancy"}).status_code == 302
    assert answers(asked) == [EventKind.REFUSED]
    assert "You are not kept for other vacancies" in body(get(held.withdraw))


def test_nobody_who_is_signed_in_answers(held, asked):
    staff = Client()
    staff.force_login(asked.asked_by)
    for path, given in (
        (held.consent, {"answer": "yes"}),
        (held.withdraw, {"stop": "pool"}),
        (f"{held.me}keep/", {"keep": "1"}),
    ):
        assert staff.post(path, given).status_code == 403
    assert not ConsentEvent.objects.filter(request=asked).exists()
    assert "You are signed in" in body(get(held.consent, staff))


@pytest.mark.parametrize("given", [{}, {"answer": "maybe"}, {"answer": "talk"}, {"vacancy": "x"}])
def test_an_answer_that_is_none(held, asked, given):
    response = Client().post(f"{held.consent}?lang=en", given)
    assert response.status_code == 422
    assert "Choose one of the answers below." in body(response)
    assert answers(asked) == []


def test_too_many_answers_at_once(held, asked):
    for _number in range(POSTS_PER_LINK):
        Client().post(held.consent, {"answer": "maybe"})
    assert Client().post(held.consent, {"answer": "yes"}).status_code == 429


def test_an_unknown_link(db):
    assert Client().get(f"/c/{'x' * 43}/").status_code == 404
    assert Client().post(f"/me/{'x' * 43}/keep/", {"keep": "1"}).status_code == 404


def test_after_its_day_it_can_no_longer_be_answered(held, asked):
    past = timezone.now()
    ConsentRequest.objects.filter(pk=asked.pk).update(expires_at=past)
    page = body(get(held.consent))
    assert "can no longer be used to answer" in page
    assert "still interested" not in page
    assert Client().post(held.consent, {"answer": "yes"}).status_code == 409
    assert answers(asked) == []
    assert Client().post(held.consent, {"answer": "no"}).status_code == 302, "a no is heard for ever"


def test_another_persons_link_to_it_opens_nothing(asked, anna):
    stranger = links.issue("consent", subject=anna.subject, about_kind="consent_request", about_id=asked.pk)
    assert Client().get(links.path(stranger)).status_code == 404
    assert Client().post(links.path(stranger), {"answer": "yes"}).status_code == 404


def test_who_is_somebody_else_is_forgotten(held, asked):
    assert Client().post(f"{held.consent}not-me/").status_code == 200
    assert Client().get(held.consent).status_code == 404
    assert not Link.objects.filter(subject=asked.subject, revoked_at=None).exists()


# Asked once more


def test_the_second_question_says_when_the_first_yes_ends(anna):
    near = factories.make_kept(factories.make_applicant(), days=20, asked_by=anna.vacancy.owner)
    again = pool.ask(subject=near.subject, actor=near.asked_by, language="en", renews=near)
    page = body(get(hold(again).consent))
    assert "May we keep your data for longer?" in page
    assert "as you agreed before" in page
    Client().post(hold(again).consent, {"answer": "no"})
    assert (answers(near), answers(again)) == ([EventKind.GIVEN], [EventKind.REFUSED])
    assert "as you agreed before" in body(get(hold(again).consent))


# The vacancies that are open to applicants


def test_an_applicant_sees_the_open_vacancies_and_no_other(held, opening):
    factories.make_vacancy(title="Not for applicants")
    factories.make_vacancy(title="Draft", is_public=True, state="draft")
    factories.make_vacancy(title="Closed", is_public=True, state="closed")
    factories.make_vacancy(title="In confidence", is_confidential=True, sector_label="a bank")
    page = body(get(held.consent))
    assert "Head of audit" in page
    assert opening.client.legal_name in page
    for hidden in ("Not for applicants", "Draft", "Closed", "In confidence", "a bank"):
        assert hidden not in page


def test_who_was_found_for_a_vacancy_is_offered_none(anna, opening):
    services.refuse_request(q := factories.make_request(anna), link=link_to(q), language="nl")
    asked = pool.ask(subject=anna.subject, actor=anna.vacancy.owner, language="nl", by_own_act=True)
    page = body(get(hold(asked).consent))
    assert "May we keep your data for other vacancies?" in page
    assert "Head of audit" not in page


def test_choosing_a_vacancy_starts_a_candidacy_and_asks_about_it(held, asked, opening):
    response = Client().post(held.consent, {"vacancy": opening.pk})
    assert response.status_code == 302
    candidacy = Candidacy.objects.get(subject=asked.subject)
    assert (candidacy.vacancy, candidacy.owner) == (opening, opening.owner)
    assert candidacy.sources.get().type == "application"
    assert Candidate.objects.get(subject=asked.subject).erase_on is None
    assert LegalBasis.objects.filter(subject=asked.subject, vacancy=opening).get().reason == "own_interest"
    question = ConsentRequest.objects.get(subject=asked.subject, vacancy=opening)
    assert (question.purpose, question.client) == ("introduce", opening.client)
    page = body(Client().get(f"{response.headers['Location']}?lang=en"))
    assert f"May we introduce you to {opening.client.legal_name}?" in page
    told = Message.objects.get(subject=asked.subject, template__kind="applied")
    assert (told.vacancy_ref, told.about_id, told.state) == (opening.pk, question.pk, State.QUEUED)
    assert Task.objects.get(candidacy=candidacy).kind == "applied"
    assert answers(asked) == [], "choosing a vacancy is no yes to be kept"


def test_choosing_it_twice_is_one_candidacy(held, asked, opening):
    for _time in range(2):
        assert Client().post(held.consent, {"vacancy": opening.pk}).status_code == 302
    assert Candidacy.objects.filter(subject=asked.subject).count() == 1
    assert ConsentRequest.objects.filter(subject=asked.subject, vacancy=opening, closed_at=None).count() == 1


def test_a_vacancy_that_is_not_open_to_applicants_is_not_chosen(held, asked):
    other = factories.make_vacancy()
    for pk in (other.pk, uuid.uuid4()):
        assert Client().post(held.consent, {"vacancy": pk}).status_code == 422
    assert not Candidacy.objects.filter(subject=asked.subject).exists()


def test_the_period_on_the_page_is_the_organisations(held):
    Organisation.objects.update(pool_months=6)
    page = body(get(held.consent))
    assert "keep your data for 6 months" in page
    assert "12 months" not in page


# 'Ask me again within a year', after a no


def test_after_a_no_it_is_offered_unticked(question):
    mine = hold(question)
    assert "Ask me again" not in body(get(mine.consent))
    Client().post(mine.consent, {"answer": "no"})
    page = body(get(mine.consent))
    assert "Ask me again within a year?" in page
    box = page[page.index('name="keep"') - 40 : page.index('name="keep"') + 40]
    assert "checked" not in box


@pytest.mark.parametrize("purpose", ["consent", "me"])
def test_ticking_it_keeps_them_and_one_press_ends_that(question, purpose):
    mine = hold(question)
    Client().post(mine.consent, {"answer": "no"})
    page = getattr(mine, purpose)
    response = Client().post(f"{page}keep/", {"keep": "1"})
    assert response.status_code == 302
    assert response.headers["Location"].startswith(page)
    assert pool.until_of([question.subject_id])
    assert "You are kept for other vacancies" in body(get(page))
    assert Client().post(f"{page}keep/", {"stop": "pool"}).status_code == 302
    assert pool.until_of([question.subject_id]) == {}
    assert "Ask me again within a year?" in body(get(page))


def test_sending_it_without_a_tick_changes_nothing_and_says_so(question):
    mine = hold(question)
    Client().post(mine.consent, {"answer": "no"})
    response = Client().post(f"{mine.me}keep/", {})
    page = body(Client().get(response.headers["Location"].replace("#keep", "&lang=en")))
    assert "Tick the box first" in page
    assert pool.until_of([question.subject_id]) == {}


def test_it_cannot_be_chosen_where_it_is_not_offered(question):
    mine = hold(question)
    response = Client().post(f"{mine.me}keep/", {"keep": "1"})
    assert response.status_code == 302
    assert pool.until_of([question.subject_id]) == {}
    assert not ConsentRequest.objects.pool().exists()
