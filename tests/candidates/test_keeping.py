"""Keeping people by their own consent, from the desk: a stranger's mail, a closed procedure, a vacancy."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Organisation, Role
from candidates import services
from candidates.models import Candidacy, Candidate, ContactPoint, Task
from candidates.services import keeping, making
from candidates.services.sourcing import addresses_of_candidate
from candidates.tasks import erase_due
from consent import pool
from consent import services as consent
from consent.models import Basis, ConsentRequest, EventKind, LegalBasis
from mailing.models import I8_SUPPRESSED, InboundMail, Message, State
from privacy import ports, registry, suppression
from privacy import services as privacy
from privacy.guards import REFUSALS, Refused
from privacy.models import LedgerEntry
from privacy.models.suppression import Reason, Scope
from tests import factories
from tests.consent.conftest import link_to
from tests.support.client import Client
from vacancies import services as vacancies

NAME = {"given_name": "Anna", "infix": "de", "surname": "Vries"}
DAY = timedelta(days=1)


def text(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def stray(agency):
    return factories.make_inbound(from_email="anna@person.example", from_name="Anna de Vries", text="Mijn cv.")


@pytest.fixture
def applicant(stray, rosa):
    return services.take_application(stray, name=NAME, language="nl", actor=rosa)


@pytest.fixture
def anna(vacancy):
    """Anna was asked, talked with us, and is in the vacancy."""
    candidacy = factories.make_candidacy(vacancy, notice=True, surname="Vries")
    asked = factories.make_request(candidacy)
    consent.talk_first(asked, link=link_to(asked), language="nl")
    return candidacy


def close(vacancy, keep=()):
    vacancies.close_vacancy(vacancy, actor=vacancy.owner)
    return vacancies.close_procedure(vacancy, actor=vacancy.owner, keep=keep)


def person_of(candidacy):
    return Candidate.objects.get(pk=candidacy.candidate_id)


def rule(candidate, **more):
    return keeping.hindrances([candidate], **more).get(candidate.pk)


# A stranger's mail


def test_an_applicant_is_told_at_once_and_has_a_date(applicant, stray, rosa):
    last_day = timezone.localdate() + 28 * DAY
    assert (applicant.erase_on, applicant.language, applicant.name) == (last_day, "nl", "Anna de Vries")
    stray.refresh_from_db()
    assert (stray.subject, stray.vacancy_ref, stray.erase_on) == (applicant.subject, None, None)
    basis = LegalBasis.objects.personal_of(applicant.subject_id)
    assert basis is not None
    assert (basis.basis, basis.until, basis.vacancy) == (Basis.OWN_REQUEST, last_day, None)
    notice = Message.objects.get(subject=applicant.subject)
    assert notice.template
    assert (notice.template.kind, notice.vacancy_ref, notice.sender) == ("application_received", None, rosa)
    assert notice.not_before <= timezone.now(), "at once: it does not wait for an undo"
    assert "Autoriteit Persoonsgegevens" in notice.body_text
    asked = ConsentRequest.objects.get(subject=applicant.subject)
    assert (asked.purpose, asked.vacancy, asked.client) == ("pool", None, None)
    assert not Candidacy.objects.exists()
    assert LedgerEntry.objects.filter(kind="candidate.applied", subject=applicant.subject, actor=rosa.pk).exists()


def test_without_an_answer_the_applicant_and_the_mail_are_erased(applicant, stray):
    Message.objects.update(state=State.ABORTED)
    Candidate.objects.update(erase_on=timezone.localdate() - DAY)
    assert erase_due() == 1
    assert not ContactPoint.objects.filter(candidate=applicant).exists()
    assert not InboundMail.objects.filter(pk=stray.pk).exists()


def test_who_said_stop_is_not_written_to(stray, rosa):
    suppression.suppress(
        [("email", "anna@person.example")], scope=Scope.ALL, reason=Reason.OBJECTED, actor=None, subject=None
    )
    with pytest.raises(Refused) as refused:
        services.take_application(stray, name=NAME, language="nl", actor=rosa)
    assert refused.value.code == I8_SUPPRESSED
    assert not Candidate.objects.exists()
    stray.refresh_from_db()
    assert stray.subject is None


def test_somebody_who_is_here_is_not_made_twice(anna, rosa):
    address = anna.candidate.contact_points.get().normalised
    mail = factories.make_inbound(from_email=address)
    with pytest.raises(Refused) as refused:
        services.take_application(mail, name=NAME, language="nl", actor=rosa)
    assert refused.value.code == keeping.HERE


# Who may be asked when a procedure ends


def test_who_answered_may_be_asked_once_the_procedure_has_ended(anna, vacancy):
    assert rule(anna.candidate) == REFUSALS[keeping.RUNNING]
    assert rule(anna.candidate, ending=vacancy.pk) is None
    close(vacancy)
    assert rule(anna.candidate) is None


def test_who_never_answered_is_not_asked_for_more(vacancy):
    silent = factories.make_candidacy(vacancy, notice=True)
    factories.make_request(silent)
    close(vacancy)
    assert rule(silent.candidate) == REFUSALS[keeping.NOT_IN_TOUCH]
    ConsentRequest.objects.filter(subject=silent.subject).update(replied_at=timezone.now())
    assert rule(silent.candidate) is None


def test_who_has_no_address_that_works_cannot_be_asked(anna, vacancy):
    close(vacancy)
    ContactPoint.objects.update(failed_at=timezone.now())
    assert rule(anna.candidate) == REFUSALS[making.NO_EMAIL]


def test_who_said_stop_agreed_refused_or_was_asked_is_not_asked(anna, vacancy, rosa):
    close(vacancy)
    asked = pool.ask(subject=anna.subject, actor=rosa, language="nl")
    assert rule(anna.candidate) == REFUSALS[pool.ASKED]
    consent.give(asked, link=link_to(asked), language="nl")
    assert rule(anna.candidate) == REFUSALS[pool.KEPT]
    consent.withdraw(asked, link=link_to(asked), language="nl")
    assert rule(anna.candidate) == REFUSALS[pool.SAID_NO]


def test_who_stopped_everything_is_not_asked(anna, vacancy):
    close(vacancy)
    asked = ConsentRequest.objects.get(subject=anna.subject)
    suppression.suppress(addresses_of_candidate(anna.candidate), scope=Scope.ALL, reason=Reason.OBJECTED, actor=None)
    assert rule(anna.candidate) == REFUSALS[I8_SUPPRESSED]
    with pytest.raises(Refused):
        services.ask_to_keep(anna.candidate, actor=asked.asked_by)


def test_asking_costs_the_same_for_one_and_for_many(vacancy, django_assert_max_num_queries):
    people = [factories.make_candidacy(vacancy).candidate for _number in range(12)]
    with django_assert_max_num_queries(9):
        keeping.hindrances(people)


# Closing a procedure


def test_only_who_was_ticked_is_asked_and_everybody_has_their_date(anna, vacancy, rosa):
    other = factories.make_candidacy(vacancy, notice=True)
    consent.talk_first(q := factories.make_request(other), link=link_to(q), language="nl")
    close(vacancy, keep=[anna.pk])
    told = timezone.localdate() + timedelta(days=Organisation.current().retention_days)
    assert {person_of(anna).erase_on, person_of(other).erase_on} == {told}
    message = Message.objects.get(kind="pool_ask")
    assert (message.subject, message.sender, message.vacancy_ref) == (anna.subject, rosa, None)
    assert not ConsentRequest.objects.pool().filter(subject=other.subject).exists()


def test_a_yes_after_the_procedure_moves_the_date_and_the_old_yes_stays_ended(anna, vacancy):
    asked = ConsentRequest.objects.get(subject=anna.subject)
    consent.give(asked, link=link_to(asked), language="nl")
    close(vacancy, keep=[anna.pk])
    question = ConsentRequest.objects.pool().get()
    consent.give(question, link=link_to(question), language="nl")
    assert person_of(anna).erase_on == pool.until_of([anna.subject_id])[anna.subject_id]
    assert list(asked.events.order_by("id").values_list("kind", flat=True))[-1] == EventKind.EXPIRED


def test_one_who_cannot_be_asked_stops_nobody(anna, vacancy):
    silent = factories.make_candidacy(vacancy, notice=True)
    close(vacancy, keep=[anna.pk, silent.pk, uuid.uuid4()])
    assert Message.objects.filter(kind="pool_ask").count() == 1


def at_close(vacancy):
    return f"/vacancies/{vacancy.pk}/close-procedure/"


def test_the_page_says_who_is_erased_when_and_ticks_nobody(anna, vacancy, desk, rosa):
    silent = factories.make_candidacy(vacancy, notice=True, surname="Zwijger")
    vacancies.close_vacancy(vacancy, actor=rosa)
    page = text(desk(rosa).get(f"{at_close(vacancy)}?lang=en"))
    assert page.count('name="keep"') == 1
    assert f'value="{anna.pk}"' in page
    assert "checked" not in page
    assert "Zwijger" in page
    assert "never answered us" in page
    assert silent.candidate.name in page


def test_ticking_somebody_asks_them(anna, vacancy, desk, rosa):
    vacancies.close_vacancy(vacancy, actor=rosa)
    stranger = factories.make_candidacy(notice=True)
    given = {"keep": [anna.pk, stranger.pk, "nonsense"]}
    response = desk(rosa).post(at_close(vacancy), given, follow=True, headers={"Accept-Language": "en"})
    assert response.status_code == 200
    assert list(Message.objects.filter(kind="pool_ask").values_list("subject", flat=True)) == [anna.subject_id]


def test_a_runner_up_is_asked_where_the_procedure_is_closed(anna, vacancy, desk, rosa):
    factories.make_candidacy(vacancy, notice=True, surname="Zwijger")
    vacancies.close_vacancy(vacancy, actor=rosa)
    browser, until = desk(rosa), timezone.localdate() + 80 * DAY
    page = text(browser.get(f"{at_close(vacancy)}?lang=en"))
    assert (page.count('name="reserve"'), page.count('name="until"')) == (1, 1)
    ticked = {"keep": [anna.pk], "reserve": [anna.pk], "until": until.isoformat()}
    looked = text(browser.post(f"{at_close(vacancy)}?lang=en", {**ticked, "look": "1"}))
    assert (looked.count("What Anna"), looked.count("checked")) == (2, 2), "one of each kind, and nothing typed is lost"
    assert vacancy.title in looked[looked.index("What Anna") :]
    vacancy.refresh_from_db()
    assert (vacancy.state, Message.objects.filter(kind__in=("pool_ask", "runner_up_ask")).count()) == ("closed", 0)
    wrong = browser.post(at_close(vacancy), {**ticked, "until": "2020-01-01"})
    assert (wrong.status_code, text(wrong).count("checked")) == (422, 2)
    browser.post(at_close(vacancy), ticked)
    asked = Message.objects.filter(kind__in=("pool_ask", "runner_up_ask")).values_list("kind", "subject")
    assert set(asked) == {("pool_ask", anna.subject_id), ("runner_up_ask", anna.subject_id)}
    assert ConsentRequest.objects.get(subject=anna.subject, reserve_for=vacancy).keep_until == until


def test_ticking_nobody_asks_nobody(anna, vacancy, desk, rosa):
    vacancies.close_vacancy(vacancy, actor=rosa)
    desk(rosa).post(at_close(vacancy))
    vacancy.refresh_from_db()
    assert vacancy.state == "procedure_closed"
    assert not Message.objects.filter(kind="pool_ask").exists()


def test_the_close_page_costs_the_same_for_many(vacancy, desk, rosa, django_assert_max_num_queries):
    for _number in range(8):
        factories.make_candidacy(vacancy, notice=True)
    vacancies.close_vacancy(vacancy, actor=rosa)
    browser = desk(rosa)
    browser.get(at_close(vacancy))
    with django_assert_max_num_queries(35):
        browser.get(at_close(vacancy))


# Who sees people who are kept


def test_every_recruiter_sees_who_agreed_and_nobody_else_of_others(anna, rosa, vera, olga, carl):
    stays = factories.make_applicant()
    factories.make_kept(kept := factories.make_applicant(), asked_by=rosa)
    over = factories.make_applicant()
    factories.make_kept(over, days=-1, asked_by=rosa)
    seen = {name: set(Candidate.objects.visible_to(user)) for name, user in (("vera", vera), ("rosa", rosa))}
    assert seen == {"vera": {kept}, "rosa": {kept, anna.candidate}}
    assert stays in Candidate.objects.visible_to(olga)
    assert not Candidate.objects.visible_to(carl).exists(), "no client sees anybody here"


def test_who_asked_sees_the_applicant_until_there_is_an_answer(applicant, rosa, vera):
    assert applicant in Candidate.objects.visible_to(rosa)
    assert applicant not in Candidate.objects.visible_to(vera)
    asked = ConsentRequest.objects.get(subject=applicant.subject)
    consent.refuse_request(asked, link=link_to(asked), language="nl")
    assert applicant not in Candidate.objects.visible_to(rosa)


def test_somebody_restricted_or_erased_is_seen_by_nobody(rosa, agency):
    kept = factories.make_applicant()
    factories.make_kept(kept, asked_by=rosa)
    assert kept in Candidate.objects.visible_to(rosa)
    kept.subject.restricted_at = timezone.now()
    kept.subject.save(update_fields=["restricted_at"])
    assert kept not in Candidate.objects.visible_to(rosa)
    kept.subject.restricted_at = None
    kept.subject.save(update_fields=["restricted_at"])
    Message.objects.update(state=State.ABORTED)
    privacy.erase(kept.subject, reason="request")
    assert kept not in Candidate.objects.visible_to(rosa)


def test_the_mail_of_an_applicant_goes_with_them(applicant, stray, rosa, vera):
    assert stray in InboundMail.objects.visible_to(rosa)
    assert stray not in InboundMail.objects.visible_to(vera)


# Into a vacancy


def test_who_agreed_can_be_put_in_a_vacancy_and_its_own_rules_hold_there(vacancy, rosa):
    factories.make_kept(kept := factories.make_applicant(), asked_by=rosa)
    until = kept_until(kept)
    sourced = services.into_vacancy(kept, vacancy=vacancy, actor=rosa)
    found = sourced.candidacy.sources.get()
    assert (found.type, str(until.year) in found.detail) == ("pool", True)
    basis = LegalBasis.objects.current_of(kept.subject_id, vacancy.pk)
    assert basis is not None
    assert basis.basis == Basis.LEGITIMATE_INTEREST
    assert kept_until(kept) == until
    services.move(sourced.candidacy.pk, to="approached", reason="next_step", actor=rosa)
    consent.refuse_request(q := factories.make_request(sourced.candidacy), link=link_to(q), language="nl")
    assert person_of(sourced.candidacy).erase_on == until, "a no to one vacancy leaves the agreement"


def kept_until(candidate):
    return pool.until_of([candidate.subject_id])[candidate.subject_id]


def test_who_did_not_agree_cannot(anna, vacancy, rosa):
    other = factories.make_vacancy(owner=rosa)
    with pytest.raises(Refused) as refused:
        services.into_vacancy(anna.candidate, vacancy=other, actor=rosa)
    assert refused.value.code == keeping.NOT_KEPT
    factories.make_kept(over := factories.make_applicant(), days=-1, asked_by=rosa)
    with pytest.raises(Refused):
        services.into_vacancy(over, vacancy=vacancy, actor=rosa)


# The pages


def at(candidate, *more):
    return f"/candidates/{candidate.pk}/" + "".join(f"{part}/" for part in more)


def test_the_person_shows_until_when_and_how_it_came(vacancy, desk, rosa):
    factories.make_kept(kept := factories.make_applicant(), asked_by=rosa)
    page = text(desk(rosa).get(f"{at(kept)}?lang=en"))
    assert "Agreed until" in page
    assert "Kept until" in page
    assert "May we keep you?" in page
    assert "Add to the vacancy" in page


def test_a_person_who_was_never_asked_shows_nothing_of_it(anna, desk, rosa):
    page = text(desk(rosa).get(f"{at(anna.candidate)}?lang=en"))
    assert "Kept for other vacancies" not in page


def test_the_list_finds_who_agreed(anna, desk, rosa):
    factories.make_kept(kept := factories.make_applicant(surname="Bewaard"), asked_by=rosa)
    browser = desk(rosa)
    page = text(browser.get("/candidates/?basis=pool&lang=en"))
    assert "Bewaard" in page
    assert "Kept until" in page
    assert at(anna.candidate) not in page
    for every in ("/candidates/", "/candidates/?basis=nonsense"):
        page = text(browser.get(every))
        assert at(anna.candidate) in page
        assert at(kept) in page


def test_the_list_costs_the_same_for_many(desk, rosa, agency, django_assert_max_num_queries):
    for _number in range(8):
        factories.make_kept(factories.make_applicant(), asked_by=rosa)
    browser = desk(rosa)
    browser.get("/candidates/?basis=pool")
    with django_assert_max_num_queries(25):
        browser.get("/candidates/?basis=pool")


def test_asking_from_the_page_of_a_person(anna, vacancy, desk, rosa):
    close(vacancy)
    assert "Ask whether we may keep them" in text(desk(rosa).get(f"{at(anna.candidate)}?lang=en"))
    assert desk(rosa).post(at(anna.candidate, "keep")).status_code == 302
    assert Message.objects.filter(kind="pool_ask", subject=anna.subject).count() == 1
    desk(rosa).post(at(anna.candidate, "keep"))
    assert Message.objects.filter(kind="pool_ask", subject=anna.subject).count() == 1


def test_putting_somebody_in_a_vacancy_from_their_page(vacancy, desk, rosa):
    factories.make_kept(kept := factories.make_applicant(), asked_by=rosa)
    response = desk(rosa).post(at(kept, "into-vacancy"), {"vacancy": vacancy.pk})
    candidacy = Candidacy.objects.get(candidate=kept)
    assert response.url == f"/vacancies/{vacancy.pk}/?person={candidacy.pk}"


@pytest.mark.parametrize("given", [{}, {"vacancy": "nonsense"}, {"vacancy": str(uuid.uuid4())}])
def test_without_a_vacancy_nothing_happens(vacancy, desk, rosa, given):
    factories.make_kept(kept := factories.make_applicant(), asked_by=rosa)
    response = desk(rosa).post(at(kept, "into-vacancy"), given, follow=True)
    assert response.status_code == 200
    assert "acature" in text(response) or "acancy" in text(response)
    assert not Candidacy.objects.filter(candidate=kept).exists()


def test_another_recruiters_vacancy_cannot_be_chosen(vacancy, desk, vera):
    factories.make_kept(kept := factories.make_applicant(), asked_by=vera)
    desk(vera).post(at(kept, "into-vacancy"), {"vacancy": vacancy.pk})
    assert not Candidacy.objects.filter(candidate=kept).exists()


@pytest.mark.parametrize("part", ["keep", "into-vacancy"])
def test_who_may_not(anna, desk, vera, carl, part):
    assert desk(vera).post(at(anna.candidate, part)).status_code == 404
    assert desk(carl).post(at(anna.candidate, part)).status_code in (403, 404)
    assert desk(None).post(at(anna.candidate, part)).status_code == 302
    assert desk(anna.owner).get(at(anna.candidate, part)).status_code == 405


def keep_page(mail):
    return f"/mail/replies/{mail.pk}/keep/"


def test_the_page_on_a_strangers_mail_says_what_will_happen(stray, desk, rosa):
    page = text(desk(rosa).get(f"{keep_page(stray)}?lang=en"))
    for words in ("Mijn cv.", "No client sees them.", 'value="Vries"', "Without an answer they are erased after"):
        assert words in page
    offered = text(desk(rosa).get(f"/mail/replies/{stray.pk}/?lang=en"))
    assert keep_page(stray) in offered
    assert f"/mail/replies/{stray.pk}/file/" in offered
    assert f"/mail/replies/{stray.pk}/delete-after/" in offered


def test_sending_the_question(stray, desk, rosa):
    response = desk(rosa).post(keep_page(stray), {**NAME, "language": "en"})
    person = Candidate.objects.get()
    assert response.url == at(person)
    assert Message.objects.get().language == "en"
    assert desk(rosa).get(keep_page(stray)).status_code == 404, "the mail is somebody's now"
    assert "Mijn cv." in text(desk(rosa).get(at(person)))


def test_without_a_name_nothing_is_sent_and_nothing_is_lost(stray, desk, rosa):
    response = desk(rosa).post(keep_page(stray), {"given_name": "Annabel", "surname": "", "language": "nl"})
    assert response.status_code == 422
    assert "Annabel" in text(response)
    assert not Message.objects.exists()


def test_a_refusal_stands_on_the_form(stray, desk, rosa):
    suppression.suppress(
        [("email", "anna@person.example")], scope=Scope.ALL, reason=Reason.OBJECTED, actor=None, subject=None
    )
    response = desk(rosa).post(keep_page(stray), {**NAME, "language": "nl"})
    assert response.status_code == 422
    assert not Candidate.objects.exists()


def test_an_address_that_cannot_be_used_stands_on_the_form(agency, desk, rosa):
    mail = factories.make_inbound(from_email="")
    response = desk(rosa).post(keep_page(mail), {**NAME, "language": "nl"})
    assert response.status_code == 422
    assert not Candidate.objects.exists()


def test_who_may_not_write_to_a_stranger(stray, anna, desk, vera, carl):
    theirs = factories.make_inbound(anna)
    assert desk(vera).get(keep_page(theirs)).status_code == 404
    assert desk(carl).get(keep_page(stray)).status_code in (403, 404)
    assert desk(None).get(keep_page(stray)).status_code == 302
    assert desk(vera).delete(keep_page(stray)).status_code == 405


# Elsewhere


def test_the_clock_leads_to_the_person_for_whoever_may_open_them(vacancy, rosa, carl):
    factories.make_kept(kept := factories.make_applicant(), asked_by=rosa)
    running = ports.clocks(subjects=[kept.subject_id])
    places = ports.places(rosa, running)
    assert {kind for kind, _object in places} == {"pool_expiry", "erase"}
    assert {place.url for place in places.values()} == {at(kept)}


def test_the_export_holds_it_and_erasure_leaves_only_the_proof(vacancy, rosa):
    factories.make_kept(kept := factories.make_applicant(), asked_by=rosa)
    exported = {
        label: rows for handler in registry.handlers.values() for label, rows in handler.export(kept.subject).items()
    }
    bases = exported["consent.LegalBasis"]
    assert {row["basis"] for row in bases} == {"own_request", "pool_consent"}
    assert any(row["until"] for row in bases)
    assert exported["consent.ConsentRequest"][0]["purpose"] == "pool"
    privacy.erase(kept.subject, reason="request")
    assert pool.until_of([kept.subject_id])  # the proof, by itself
    assert not Candidate.objects.exclude(surname="").filter(subject=kept.subject).exists()


def test_a_task_of_who_applied_ends_with_the_candidacy(vacancy, applicant):
    vacancy.is_public = True
    vacancy.save(update_fields=["is_public"])
    asked = ConsentRequest.objects.get(subject=applicant.subject)
    Client().post(link_path(asked), {"vacancy": vacancy.pk})
    assert Task.objects.get().done_at is None
    question = ConsentRequest.objects.get(vacancy=vacancy)
    consent.refuse_request(question, link=link_to(question), language="nl")
    assert Task.objects.get(kind="applied").done_at


def link_path(asked):
    from privacy import links

    return links.path(link_to(asked))


def test_an_officer_sees_the_page_of_an_applicant(applicant, desk):
    olga = factories.make_user("Olga", Role.OFFICER)
    page = text(desk(olga).get(f"{at(applicant)}?lang=en"))
    assert "Wrote to us, not answered yet" in page


# Asked again in the name of somebody who works here


@pytest.fixture
def ending(vacancy, rosa):
    """Somebody who was in Rosa's vacancy and agreed to be kept; Sam asked, and the consent ends soon."""
    sam = factories.make_user("Sam")
    candidacy = factories.make_candidacy(vacancy, notice=True)
    close(vacancy)
    factories.make_kept(candidacy.candidate, days=10, asked_by=sam)
    return ConsentRequest.objects.pool().get(subject=candidacy.subject)


def leave(user):
    user.is_active = False
    user.save(update_fields=["is_active"])


def asked_again(ending):
    ending.refresh_from_db()
    message = keeping.ask_again(ConsentRequest.objects.select_related("asked_by").get(pk=ending.pk))
    assert message is not None
    return message.sender, ending.renewal.asked_by


def test_asked_again_by_who_asked(ending):
    assert [user.name for user in asked_again(ending)] == ["Sam", "Sam"]


def test_after_who_asked_has_left_by_the_owner_of_the_last_vacancy(ending, rosa):
    leave(ending.asked_by)
    assert asked_again(ending) == (rosa, rosa)


def test_after_both_have_left_by_an_administrator(ending, rosa):
    ada = factories.make_user("Ada", Role.ADMINISTRATOR)
    leave(ending.asked_by)
    leave(rosa)
    assert asked_again(ending) == (ada, ada)


def test_where_nobody_is_left_nothing_goes_and_the_reason_is_said(ending, rosa):
    leave(ending.asked_by)
    leave(rosa)
    with pytest.raises(Refused) as refused:
        asked_again(ending)
    assert refused.value.code == "pool_nobody_asks"
    assert not Message.objects.filter(kind="pool_again").exists()


def test_what_they_say_is_receipted_in_no_name_of_who_left(ending, rosa):
    leave(ending.asked_by)
    consent.withdraw(ending, link=link_to(ending, "withdraw"), language="nl")
    assert Message.objects.get(template__kind="receipt_pool_no").sender == rosa
