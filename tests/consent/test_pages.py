"""The pages behind the links in a mail: what they show, that fetching them changes nothing, and every answer."""

import re
import urllib.error
import urllib.request
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections
from django.utils import timezone
from django.utils.html import escape

from accounts.models import Organisation, Role
from candidates.models import Candidacy, Candidate, Source
from consent import services, wording
from consent.models import ConsentEvent, ConsentRequest, ConsentTrace, EventKind, LegalBasis
from consent.signals import consent_changed
from mailing.models import Message
from privacy.guards import Refused
from privacy.models import LedgerEntry, Link, SuppressionEntry
from privacy.models.logs import AccessEntry
from tests import factories
from tests.consent.conftest import ask, hold, link_to
from tests.support.client import Client
from vacancies.models import VacancyState


def body(response):
    return " ".join(response.content.decode().split())


def get(path, client=None, **more):
    return (client or Client()).get(f"{path}?lang=en", **more)


def answers(question):
    return list(question.events.values_list("kind", flat=True))


def reason_now(question):
    """Why this person is in this vacancy now."""
    basis = LegalBasis.objects.current_of(question.subject_id, question.vacancy_id)
    assert basis is not None
    return basis.reason


def run_out(question):
    """The question and its link are past their day."""
    now = timezone.now()
    ConsentRequest.objects.filter(pk=question.pk).update(expires_at=now - timedelta(minutes=1))
    Link.objects.filter(about_id=question.pk, purpose="consent").update(expires_at=now - timedelta(minutes=1))


# Fetching


@pytest.mark.parametrize("state", ["asked", "given", "withdrawn", "expired"])
def test_a_mail_scanner_that_fetches_every_link_changes_nothing(held, question, snapshot, state):
    if state in ("given", "withdrawn"):
        services.give(question, link=held.links["consent"], language="nl")
    if state == "withdrawn":
        services.withdraw(question, link=held.links["withdraw"], language="nl")
    if state == "expired":
        run_out(question)
    before = snapshot()
    scanner = Client()
    for path in (held.consent, held.withdraw, held.notice):
        for address in (path, f"{path}?lang=en", f"{path}?answer=yes&stop=all&List-Unsubscribe=One-Click"):
            assert scanner.get(address).status_code == 200
            assert scanner.head(address).status_code == 200
            scanner.options(address)
    for path in (f"{held.consent}not-me/", f"{held.consent}still-interested/", f"{held.withdraw}not-me/"):
        for method in (scanner.get, scanner.head, scanner.options):
            assert method(path).status_code == 405
    assert snapshot() == before


def test_the_snapshot_would_have_seen_a_change(held, question, snapshot):
    before = snapshot()
    Client().post(held.consent, {"answer": "yes"})
    after = snapshot()
    changed = {table for table in after if after[table] != before[table]}
    assert {"default.consent_consentevent", "default.consent_legalbasis", "default.privacy_ledgerentry"} <= changed


def test_the_pages_have_no_script_and_nothing_from_elsewhere(held):
    for path in (held.consent, held.withdraw, held.notice):
        page = body(get(path))
        assert "<script" not in page
        assert not re.search(r"\son\w+=", page)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_the_pages_are_not_kept_indexed_or_told_on(held):
    for path in (held.consent, held.withdraw, held.notice, f"/c/{'x' * 43}/"):
        headers = get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "DENY"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


# What the page says


def test_the_page_says_everything_a_decision_needs(held, question, anna):
    page = body(get(held.consent))
    client = anna.vacancy.client.legal_name
    for item in (
        "Rosa, Partner",
        "+31 6 12345678",
        "Voorbeeld Search B.V.",
        client,
        "Finance director, Ede",
        "A finance director with experience in food.",
        "name, job and employer, contact details",
        "Who can see you now",
        "the recruiters of Voorbeeld Search who work on this job, and its privacy officer",
        "Who sees you after a yes",
        f"also the people at {client} who decide about this job",
        "in Watson, our recruitment system, at our hosting company; mails also at SparkPost",
        "28 days without an answer; after a yes until 28 days after the procedure ends",
        "You may object to our using your data at any time",
        "You may see, correct, limit, take along and erase",
        "Autoriteit Persoonsgegevens",
        "The whole privacy notice",
        "You can take back a yes at any time",
        "This isn't me",
        "/privacy/request/",
    ):
        assert item in page, item
    words = wording.sentences(question, "en")
    for said in (words["question"], words["yes"], words["notice"].splitlines()[0]):
        assert escape(said) in page


def test_the_page_shows_no_details_of_the_person(held, anna):
    for path in (held.consent, held.withdraw, held.notice):
        page = body(get(path))
        for detail in ("Achternaamse", "Concerncontroller", "Werkgever", "anna@person.example", str(anna.subject_id)):
            assert detail not in page


def test_the_page_speaks_the_language_of_the_question_until_another_is_chosen(anna):
    held = hold(ask(anna, language="nl"))
    reader = Client(headers={"Accept-Language": "en"})
    response = reader.get(held.consent)
    assert response.headers["Content-Language"] == "nl"
    assert '<html lang="nl"' in body(response)
    assert "Mogen wij u bij" in body(response)
    english = reader.get(f"{held.consent}?lang=en")
    assert english.headers["Content-Language"] == "en"
    assert "May we introduce you to" in body(english)
    assert "May we introduce you to" in body(reader.get(held.consent))
    reader.post(held.consent, {"answer": "yes"})
    assert ConsentEvent.objects.get().language == "en"


def test_an_answer_proves_the_words_that_were_shown(held, question):
    Client().post(f"{held.consent}?lang=nl", {"answer": "yes"})
    event = ConsentEvent.objects.get()
    assert event.wording_sha256 == wording.sha256(question, "nl")
    assert event.wording_sha256 != wording.sha256(question, "en")


def test_a_confidential_client_is_not_named_before_it_is_revealed(anna):
    owner = anna.vacancy.owner
    vacancy = factories.make_vacancy(owner=owner, is_confidential=True, sector_label="a food company in the east")
    hidden = factories.make_candidacy(vacancy, notice=True)
    talk = ask(hidden)
    held = hold(talk)
    for path in (held.consent, held.withdraw, held.notice):
        page = body(get(path))
        assert vacancy.client.name not in page
        assert vacancy.client.legal_name not in page
    page = body(get(held.consent))
    assert "a food company in the east" in page
    assert "nothing; we only talk" in page
    assert "Who sees you after a yes" not in page
    Client().post(held.consent, {"answer": "yes"})
    assert vacancy.client.name not in body(get(held.consent))
    named = services.reveal_client(subject=hidden.subject, vacancy=vacancy, actor=owner)
    assert vacancy.client.legal_name in body(get(hold(named).consent))


def test_a_text_that_names_a_confidential_client_is_not_asked_with(anna):
    vacancy = factories.make_vacancy(owner=anna.vacancy.owner, is_confidential=True, sector_label="a food company")
    hidden = factories.make_candidacy(vacancy)
    vacancy.text = f"Come and work at {vacancy.client.name.upper()}!"
    vacancy.save()
    with pytest.raises(Refused, match="names the client"):
        ask(hidden)
    vacancy.text, vacancy.place = "Come and work at a mill!", f"{vacancy.client.name}, Ede"
    vacancy.save()
    with pytest.raises(Refused, match="names the client"):
        ask(hidden)
    vacancy.place = "Ede"
    vacancy.save()
    assert ask(hidden).client is None


def test_revealing_twice_asks_once(anna):
    owner = anna.vacancy.owner
    vacancy = factories.make_vacancy(owner=owner, is_confidential=True, sector_label="a food company")
    hidden = factories.make_candidacy(vacancy, notice=True)
    ask(hidden)
    named = services.reveal_client(subject=hidden.subject, vacancy=vacancy, actor=owner)
    services.give(named, link=link_to(named), language="nl")
    with pytest.raises(Refused, match="revealed to this person already"):
        services.reveal_client(subject=hidden.subject, vacancy=vacancy, actor=owner)
    named.refresh_from_db()
    assert named.closed_at is None


# Answering


@pytest.mark.parametrize(
    ("answer", "kind", "receipt", "mail"),
    [
        ("yes", "given", "You said yes", "receipt_yes"),
        ("no", "refused", "You said no", "receipt_no"),
        ("talk", "talk_first", "You asked us to talk first", "receipt_talk"),
    ],
)
def test_each_answer_is_one_post_and_has_a_receipt(held, question, answer, kind, receipt, mail):
    reader = Client()
    response = reader.post(held.consent, {"answer": answer}, headers={"User-Agent": "Phone"})
    assert (response.status_code, response.headers["Location"]) == (302, held.consent)
    assert answers(question) == [kind]
    page = body(get(held.consent, reader))
    assert receipt in page
    assert body(get(held.consent, reader)) == page or answers(question) == [kind]
    assert Message.objects.filter(template__kind=mail).count() == 1
    trace = ConsentTrace.objects.get()
    assert (trace.ip, trace.user_agent) == ("127.0.0.1", "Phone")


def test_a_double_tap_is_one_answer(held, question):
    for answer, kind in (("talk", "talk_first"), ("yes", "given"), ("no", "withdrawn")):
        for _tap in range(2):
            assert Client().post(held.consent, {"answer": answer}).status_code == 302
        assert answers(question)[-1] == kind
    assert answers(question) == ["talk_first", "given", "withdrawn"]


def test_withdrawing_takes_one_tap_on_the_same_page(held, question):
    Client().post(held.consent, {"answer": "yes"})
    page = body(get(held.consent))
    assert "Withdraw my yes" in page
    assert page.count('name="answer"') == 1
    Client().post(held.consent, {"answer": "no"})
    assert "You withdrew your yes" in body(get(held.consent))
    assert reason_now(question) == "withdrawn"


@pytest.mark.parametrize("posted", [{}, {"answer": ""}, {"answer": "maybe"}])
def test_an_answer_that_is_none_changes_nothing_and_says_so(held, question, posted):
    response = Client().post(f"{held.consent}?lang=en", posted)
    assert response.status_code == 422
    assert "Choose one of the answers below." in body(response)
    assert answers(question) == []


def test_a_yes_by_phone_is_confirmed_on_the_page(held, question, anna):
    services.note_oral(question, actor=anna.vacancy.owner)
    assert "You said yes by phone. Please confirm it here" in body(get(held.consent))
    Client().post(held.consent, {"answer": "yes"})
    assert answers(question) == ["pending", "given"]


def test_after_a_no_a_yes_through_the_old_page_is_refused_in_words(held, question):
    Client().post(held.consent, {"answer": "no"})
    response = Client().post(f"{held.consent}?lang=en", {"answer": "yes"})
    assert response.status_code == 409
    assert "can no longer be answered through this link" in body(response)
    assert answers(question) == ["refused"]


@pytest.mark.parametrize("role", [Role.RECRUITER, Role.OFFICER, Role.ADMINISTRATOR, Role.CLIENT])
def test_nobody_who_is_signed_in_answers_for_the_person(client, held, question, snapshot, role):
    client.force_login(factories.make_user("Tom", role))
    assert "you cannot answer here" in body(get(held.consent, client))
    assert "you cannot answer here" in body(get(held.withdraw, client))
    before = snapshot()
    posts: tuple[tuple[str, dict[str, str]], ...] = (
        (held.consent, {"answer": "yes"}),
        (held.consent, {"answer": "no"}),
        (f"{held.consent}not-me/", {}),
        (f"{held.consent}still-interested/", {"name": "Tom", "email": "tom@person.example"}),
        (held.withdraw, {"stop": "all"}),
        (held.withdraw, {"List-Unsubscribe": "One-Click"}),
        (f"{held.withdraw}not-me/", {}),
    )
    for path, posted in posts:
        response = client.post(f"{path}?lang=en", posted)
        assert response.status_code == 403, path
        assert "You are signed in, so nothing was changed" in body(response)
    assert snapshot() == before


def test_a_form_without_its_token_is_refused(held, question):
    strict = Client(enforce_csrf_checks=True)
    posts: tuple[tuple[str, dict[str, str]], ...] = (
        (held.consent, {"answer": "yes"}),
        (f"{held.consent}not-me/", {}),
        (held.withdraw, {"stop": "all"}),
        (held.withdraw, {"stop": "vacancy"}),
        (f"{held.withdraw}not-me/", {}),
    )
    for path, posted in posts:
        assert strict.post(path, posted).status_code == 403, path
    assert answers(question) == []
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', body(strict.get(held.consent)))
    assert token
    assert strict.post(held.consent, {"answer": "yes", "csrfmiddlewaretoken": token[1]}).status_code == 302
    assert answers(question) == ["given"]


# Links that do not open


@pytest.mark.parametrize("room", ["c", "w", "n"])
def test_a_token_we_do_not_know_is_a_plain_404(held, room):
    own = {"c": held.consent, "w": held.withdraw, "n": held.notice}[room]
    other = held.withdraw if room != "w" else held.consent
    token = own.split("/")[2]
    forged = f"{token[:-1]}{'A' if token[-1] != 'A' else 'B'}"
    for bad in ("x", "x" * 43, "é" * 43, forged, other.split("/")[2]):
        response = get(f"/{room}/{bad}/")
        assert response.status_code == 404
        assert "We do not know this link" in body(response)
        assert "Finance director" not in body(response)


@pytest.mark.parametrize("change", ["revoked", "erased"])
def test_a_link_that_was_revoked_opens_nothing(held, question, change):
    if change == "revoked":
        Link.objects.filter(subject=question.subject).update(revoked_at=timezone.now())
    else:
        type(question.subject).objects.filter(pk=question.subject_id).update(erased_at=timezone.now())
    for path in (held.consent, held.withdraw, held.notice):
        assert get(path).status_code == 404
    assert Client().post(held.consent, {"answer": "yes"}).status_code == 404
    assert Client().post(held.withdraw, {"List-Unsubscribe": "One-Click"}).status_code == 404
    assert answers(question) == []


def test_wrong_methods(held):
    for path in (held.consent, held.withdraw, held.notice):
        assert Client().put(path).status_code == 405
        assert Client().delete(path).status_code == 405
    assert Client().post(held.notice).status_code == 405


def test_a_machine_that_answers_without_end_is_stopped(held, question):
    reader = Client()
    codes = [reader.post(held.consent, {"answer": "maybe"}).status_code for _n in range(30)]
    assert set(codes) == {422}
    response = reader.post(f"{held.consent}?lang=en", {"answer": "yes"})
    assert response.status_code == 429
    assert "Wait ten minutes" in body(response)
    assert answers(question) == []
    assert reader.post(held.withdraw, {"stop": "vacancy"}).status_code == 302


# Expired


def test_an_expired_link_carries_no_yes(held, question):
    Link.objects.filter(pk=held.links["consent"].pk).update(expires_at=timezone.now())
    assert 'name="answer"' not in body(get(held.consent))
    assert Client().post(held.consent, {"answer": "yes"}).status_code == 409
    assert Client().post(held.consent, {"answer": "talk"}).status_code == 409
    assert answers(question) == []
    assert Client().post(held.consent, {"answer": "no"}).status_code == 302
    assert answers(question) == ["refused"]


def test_an_expired_question_may_be_started_anew_while_the_vacancy_is_open(held, question):
    assert "I am still interested" not in body(get(held.consent))
    run_out(question)
    assert "I am still interested" in body(get(held.consent))
    for state in (VacancyState.CLOSED, VacancyState.PROCEDURE_CLOSED):
        vacancy = question.vacancy
        vacancy.state, vacancy.closed_at = state, vacancy.closed_at or timezone.now()
        vacancy.procedure_closed_at = timezone.now() if state == VacancyState.PROCEDURE_CLOSED else None
        vacancy.save()
        page = body(get(held.consent))
        assert "I am still interested" not in page
        assert "The job is no longer open" in page
        again = Client().post(f"{held.consent}still-interested/", {"name": "Anna", "phone": "0612345678"})
        assert again.status_code == 404


@pytest.mark.parametrize("answer", ["no", "yes", "none"])
def test_only_an_unanswered_question_that_ended_starts_anew(held, question, answer):
    if answer != "none":
        Client().post(held.consent, {"answer": answer})
    if answer == "yes":
        run_out(question)
    response = Client().post(f"{held.consent}still-interested/", {"name": "Anna", "phone": "0612345678"})
    assert response.status_code == 404


def test_an_old_message_does_not_start_anew_what_a_newer_one_answered(anna, question, held):
    run_out(question)
    newer = ask(anna)
    page = body(get(held.consent))
    assert "I am still interested" not in page
    assert "There is a newer message from us about this job" in page
    services.give(newer, link=link_to(newer), language="nl")
    assert "I am still interested" not in body(get(held.consent))


def test_own_details_start_a_new_candidacy_with_a_new_question(held, question):
    question.handed_over_at = timezone.now() - timedelta(days=29)
    question.save()
    services.expire(question)
    run_out(question)
    assert Candidacy.objects.get().ended_reason == "no_answer"
    reader = Client()
    response = reader.post(
        f"{held.consent}still-interested/",
        {"name": "Anna Achternaamse", "email": "Anna.New@person.example", "phone": ""},
    )
    assert response.status_code == 302
    fresh = ConsentRequest.objects.exclude(pk=question.pk).get()
    assert response.headers["Location"] != held.consent
    assert fresh.is_open
    assert Candidacy.objects.running().get().subject == fresh.subject
    assert Source.objects.filter(type="application").count() == 1
    assert reason_now(fresh) == "own_interest"
    assert "anna.new@person.example" in Candidate.objects.get().contact_points.values_list("normalised", flat=True)
    assert reader.post(response.headers["Location"], {"answer": "yes"}).status_code == 302
    assert answers(fresh) == ["given"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "123"}, "Type your name in letters."),
        ({"email": "anna"}, "An e-mail address looks like name@example.com."),
        ({"email": "", "phone": "12"}, "This phone number does not exist."),
        ({"email": "", "phone": "call me"}, "A phone number has digits only"),
        ({"email": "", "phone": ""}, "Fill in an e-mail address or a phone number"),
        ({"email": "piet@person.example"}, "We could not note this address here."),
    ],
)
def test_wrong_details_say_why_and_nothing_is_lost_or_half_saved(held, question, snapshot, change, sentence):
    factories.make_candidacy(question.vacancy, email="piet@person.example")
    run_out(question)
    before = snapshot()
    typed = {"name": "Anna Typed", "email": "new@person.example", "phone": "06 12345678", **change}
    response = Client().post(f"{held.consent}still-interested/?lang=en", typed)
    assert response.status_code == 422
    page = body(response)
    assert sentence in page
    for value in filter(None, typed.values()):
        assert f'value="{escape(value)}"' in page
    assert snapshot() == before


# Withdrawing


def test_the_footer_link_withdraws_a_yes(held, question):
    services.give(question, link=held.links["consent"], language="nl")
    assert "Withdraw my yes for this job" in body(get(held.withdraw))
    response = Client().post(held.withdraw, {"stop": "vacancy"})
    assert (response.status_code, response.headers["Location"]) == (302, held.withdraw)
    assert answers(question) == ["given", "withdrawn"]
    page = body(get(held.withdraw))
    assert "We have stopped for Finance director" in page
    assert "Stop everything" in page


def test_the_footer_of_an_older_message_withdraws_the_yes_that_stands(anna, question, held):
    run_out(question)
    newer = ask(anna)
    services.give(newer, link=link_to(newer), language="nl")
    assert "Withdraw my yes for this job" in body(get(held.withdraw))
    Client().post(held.withdraw, {"stop": "vacancy"})
    assert answers(newer) == ["given", "withdrawn"]
    assert "This has ended" in body(get(held.withdraw))


def test_stopping_everything_ends_every_question_and_is_told(anna, question, held):
    other = factories.make_candidacy(
        factories.make_vacancy(owner=anna.vacancy.owner), candidate=anna.candidate, notice=True
    )
    second = ask(other)
    services.give(second, link=link_to(second), language="nl")
    assert "You get no more messages from us" not in body(get(f"{held.withdraw}"))
    Client().post(held.withdraw, {"stop": "all"})
    assert (answers(question), answers(second)) == (["refused"], ["given", "withdrawn"])
    assert "You get no more messages from us" in body(get(held.withdraw))
    assert not Candidacy.objects.running().exists()
    assert SuppressionEntry.objects.filter(scope="all").exists()


def test_an_address_bar_makes_no_receipt(held):
    for claimed in ("done=all", "done=vacancy", "stop=all"):
        page = body(Client().get(f"{held.withdraw}?{claimed}&lang=en"))
        assert "You get no more messages from us" not in page
        assert "We have stopped" not in page


def test_a_withdrawal_that_says_nothing_is_asked_again(held, question):
    response = Client().post(f"{held.withdraw}?lang=en", {"stop": "maybe"})
    assert response.status_code == 422
    assert "Choose one of the answers below." in body(response)
    assert answers(question) == []


def test_one_click_needs_no_cookie_and_no_page_and_works_once(held, question):
    services.give(question, link=held.links["consent"], language="nl")
    program = Client(enforce_csrf_checks=True)
    response = program.post(held.withdraw, {"List-Unsubscribe": "One-Click"})
    assert (response.status_code, response.content) == (200, b"")
    assert not program.cookies

    def state():
        return (
            answers(question),
            SuppressionEntry.objects.count(),
            LedgerEntry.objects.count(),
            Message.objects.count(),
            LegalBasis.objects.count(),
        )

    before = state()
    assert before[0] == ["given", "withdrawn"]
    for _again in range(2):
        body_of_program = "List-Unsubscribe=One-Click"
        form = "application/x-www-form-urlencoded"
        assert program.post(held.withdraw, body_of_program, content_type=form).status_code == 200
    assert state() == before
    assert "You get no more messages from us" in body(get(held.withdraw))


def test_only_the_exact_one_click_passes_without_a_token(held, question):
    program = Client(enforce_csrf_checks=True)
    for posted in ({"List-Unsubscribe": "one-click"}, {"List-Unsubscribe": ""}, {"stop": "all"}):
        assert program.post(held.withdraw, posted).status_code == 403
    assert answers(question) == []


# This isn't me


@pytest.mark.parametrize("room", ["consent", "withdraw"])
def test_this_is_not_me_closes_everything_behind_the_address(held, question, anna, room):
    path = getattr(held, room)
    response = Client().post(f"{path}not-me/?lang=en")
    assert response.status_code == 200
    assert "We removed this address" in body(response)
    for link in (held.consent, held.withdraw, held.notice):
        assert get(link).status_code == 404
    question.refresh_from_db()
    assert question.closed_at is not None
    assert not anna.candidate.contact_points.standing().exists()
    assert SuppressionEntry.objects.get().reason == "not_me"
    assert Client().post(f"{path}not-me/").status_code == 404


def test_a_yes_of_somebody_else_is_taken_back(held, question):
    services.give(question, link=held.links["consent"], language="nl")
    receipts = Message.objects.filter(kind="receipt").count()
    Client().post(f"{held.consent}not-me/")
    assert answers(question) == ["given", "withdrawn"]
    assert reason_now(question) == "not_me"
    assert Message.objects.filter(kind="receipt").count() == receipts


# Clocks


def test_a_consent_ends_by_its_clock_and_the_page_says_so(held, question):
    services.give(question, link=held.links["consent"], language="nl")
    assert services.expire(question) is None
    Organisation.objects.update(consent_months=0)
    ended = services.expire(question)
    assert ended is not None
    assert ended.kind == EventKind.EXPIRED
    assert services.expire(question) is None
    assert reason_now(question) == "expired"
    page = body(get(held.consent))
    assert "You said yes" not in page
    assert 'name="answer"' not in page
    assert Client().post(held.consent, {"answer": "yes"}).status_code == 409


# Tokens


def columns_with(text):
    """Every table of both databases in which a row says this."""
    found = set()
    for alias in ("default", "vault"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            for (table,) in cursor.fetchall():
                cursor.execute(
                    f'SELECT EXISTS (SELECT 1 FROM public."{table}" t WHERE position(%s in t::text) > 0)', [text]
                )
                if cursor.fetchone()[0]:
                    found.add(table)
    return found


def test_a_token_is_never_stored(held, question, anna):
    reader = Client()
    reader.post(held.consent, {"answer": "talk"})
    reader.post(held.consent, {"answer": "yes"})
    reader.post(held.withdraw, {"stop": "all"})
    assert Message.objects.filter(kind="receipt").exists()
    assert "privacy_link" in columns_with(str(held.links["consent"].pk))
    for path in (held.consent, held.withdraw, held.notice):
        assert columns_with(path.split("/")[2]) == set()
    assert not AccessEntry.objects.exists()


def fetch(url, data=None):
    try:
        urllib.request.urlopen(url, data=data, timeout=20).close()
    except urllib.error.HTTPError as refused:
        return refused.code
    return 200


def test_a_token_is_never_logged(live_site, question):
    held = hold(question)
    garbage = "z" * 43
    paths = (held.consent, held.withdraw, held.notice, f"/c/{garbage}/", f"/w/{garbage}/", f"/portal/enter/{garbage}/")
    codes = {fetch(f"{live_site.url}{path}", data) for path in paths for data in (None, b"answer=yes")}
    assert codes >= {200, 403, 404}
    # The tests' own gunicorn writes an access log; the one that is shipped has none.
    lines = [line for line in live_site.child.tail(1000).splitlines() if " HTTP/1.1" not in line]
    assert any("Not Found: /c/" in line for line in lines)
    for path in paths:
        assert path.split("/")[-2] not in "".join(lines)


# A deadlock


@pytest.fixture
def deadlocks():
    """`deadlocks(n)`: the next n answers meet a deadlock, as the database tells it."""
    left: list[int] = []

    def meet(sender, **kwargs):
        if left:
            left.pop()
            with connection.cursor() as cursor:
                cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END $$")

    consent_changed.connect(meet, dispatch_uid="deadlocks")
    yield lambda times: left.extend(range(times))
    consent_changed.disconnect(dispatch_uid="deadlocks")


@pytest.mark.parametrize("answer", ["yes", "no", "talk"])
def test_an_answer_that_meets_a_deadlock_is_heard_all_the_same(held, question, deadlocks, answer):
    deadlocks(1)
    assert Client().post(held.consent, {"answer": answer}).status_code == 302
    assert len(answers(question)) == 1


def test_one_click_that_meets_a_deadlock_is_heard_all_the_same(held, question, deadlocks):
    deadlocks(1)
    assert Client().post(held.withdraw, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert answers(question) == [EventKind.REFUSED]


def test_it_is_tried_once_more_and_not_for_ever(held, question, deadlocks):
    deadlocks(2)
    with pytest.raises(OperationalError):
        Client().post(held.consent, {"answer": "no"})
    assert answers(question) == []
