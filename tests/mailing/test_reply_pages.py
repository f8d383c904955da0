"""Mail that came in at the desk: read, said what it is, dealt with; by whoever may see it."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from candidates.models import Candidacy, Task
from candidates.services import Contact, add_contact, mark_wrong
from consent.models import ConsentEvent, EventKind
from mailing.models import InboundFile, InboundKind, InboundMail, Suggestion
from mailing.replies import files, services
from mailing.replies.reading import Attached
from privacy import ports, registry, suppression
from privacy import services as privacy
from privacy.models import AccessEntry, DataRequest, LedgerEntry
from tests import factories
from tests.factories import make_inbound
from tests.support.client import Client


@pytest.fixture
def candidacy(db):
    factories.make_organisation()
    return factories.make_candidacy(email="anna@person.example", surname="Vries")


@pytest.fixture
def rosa(candidacy):
    return candidacy.vacancy.owner


@pytest.fixture
def vera(db):
    return factories.make_user("Vera")


@pytest.fixture
def mail(candidacy):
    return make_inbound(candidacy, text="Bel mij maar.", quoted="> Onze vraag")


@pytest.fixture
def desk():
    def sit(user):
        browser = Client()
        browser.force_login(user)
        return browser

    return sit


def at(mail, *more):
    return f"/mail/replies/{mail.pk}/" + "".join(f"{part}/" for part in more)


def suggest(mail, kind="erasure", phrase="verwijder mijn gegevens"):
    return Suggestion.objects.create(mail=mail, kind=kind, phrase=phrase)


# Who sees what


def test_the_page_shows_the_new_words_and_folds_the_old_away(desk, rosa, mail, candidacy):
    answer = desk(rosa).get(at(mail)).content.decode()
    assert "Bel mij maar." in answer
    assert "Onze vraag" in answer
    assert candidacy.candidate.name in answer
    entry = AccessEntry.objects.get(about_kind="inbound")
    assert (entry.actor, entry.subjects) == (rosa, [mail.subject_id])


def test_mail_of_another_recruiters_vacancy_is_not_there(desk, vera, mail, rosa):
    for path in ("", "handled", "delete", "by-a-person"):
        url = at(mail, path) if path else at(mail)
        method = "get" if not path else "post"
        assert getattr(desk(vera), method)(url).status_code == 404
    assert desk(rosa).get(at(mail)).status_code == 200
    mail.refresh_from_db()
    assert mail.handled_at is None


def test_who_sent_the_message_sees_its_answer(desk, vera, mail, candidacy):
    mail.answers = factories.make_message(candidacy, sender=vera)
    mail.save(update_fields=["answers"])
    assert desk(vera).get(at(mail)).status_code == 200


def test_mail_of_nobody_is_every_recruiters(desk, vera, rosa):
    stray = make_inbound()
    about = make_inbound(vacancy_ref=uuid.uuid4())
    for user in (vera, rosa):
        assert desk(user).get(at(stray)).status_code == 200
        assert desk(user).get(at(about)).status_code == 404
    olga = factories.make_user("Olga", Role.OFFICER)
    assert desk(olga).get(at(about)).status_code == 200


def test_mail_about_no_vacancy_is_only_for_who_has_the_person(desk, rosa, vera, candidacy):
    factories.make_candidacy(factories.make_vacancy(owner=rosa), candidate=candidacy.candidate)
    factories.make_candidacy(factories.make_vacancy(owner=vera))
    loose = make_inbound(candidacy, vacancy_ref=None, subject_line="Mijn opzegtermijn")
    assert desk(rosa).get(at(loose)).status_code == 200
    assert desk(vera).get(at(loose)).status_code == 404
    assert "Mijn opzegtermijn" in desk(rosa).get("/mail/replies/").content.decode()
    assert "Mijn opzegtermijn" not in desk(vera).get("/mail/replies/").content.decode()
    at_a_client = make_inbound(subject=factories.make_contact().subject, erase_on=None)
    assert desk(rosa).get(at(at_a_client)).status_code == 404
    assert desk(factories.make_user("Olga", Role.OFFICER)).get(at(at_a_client)).status_code == 200


def test_mail_of_a_restricted_person_is_the_officers(desk, mail, rosa):
    mail.subject.restricted_at = timezone.now()
    mail.subject.save(update_fields=["restricted_at"])
    assert desk(rosa).get(at(mail)).status_code == 404
    assert desk(factories.make_user("Ada", Role.ADMINISTRATOR)).get(at(mail)).status_code == 404
    assert desk(factories.make_user("Olga", Role.OFFICER)).get(at(mail)).status_code == 200


def test_a_client_contact_sees_nothing(desk, mail):
    assert desk(factories.make_user("Carl", Role.CLIENT)).get(at(mail)).status_code == 404


def test_what_was_written_is_shown_and_not_run(desk, rosa, candidacy):
    evil = make_inbound(candidacy, text="<script>alert(1)</script>", subject_line="<b>x</b>", from_name="<i>")
    page = desk(rosa).get(at(evil)).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "<b>x</b>" not in page


def test_the_list_costs_the_same_for_one_and_for_fifty(desk, rosa, candidacy, django_assert_max_num_queries):
    browser = desk(rosa)
    make_inbound(candidacy)
    make_inbound()
    browser.get("/mail/replies/")
    for _number in range(40):
        make_inbound(candidacy)
        make_inbound()
    with django_assert_max_num_queries(14):
        assert browser.get("/mail/replies/").status_code == 200


# Files


def attach(mail, name, data):
    for row in files.kept([Attached(name, data)], mail.pk):
        row.save(force_insert=True)
    return mail.files.get(name=name)


def test_a_file_is_saved_and_never_shown(desk, rosa, mail):
    file = attach(mail, 'cv "né".pdf', b"%PDF-1.7 cv")
    answer = desk(rosa).get(at(mail, "files", file.pk))
    assert answer.content == b"%PDF-1.7 cv"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert AccessEntry.objects.filter(action="download", about_id=file.pk).count() == 1


def test_a_file_of_another_recruiter_or_another_mail_is_not_there(desk, rosa, vera, mail, candidacy):
    file = attach(mail, "cv.pdf", b"%PDF-1.7 cv")
    assert desk(vera).get(at(mail, "files", file.pk)).status_code == 404
    assert desk(rosa).get(at(make_inbound(candidacy), "files", file.pk)).status_code == 404
    aside = attach(mail, "cv.exe", b"MZ")
    assert desk(rosa).get(at(mail, "files", aside.pk)).status_code == 404
    assert "a program" in desk(rosa).get(at(mail)).content.decode()


def test_a_file_whose_key_is_gone_is_not_there(desk, rosa, mail):
    file = attach(mail, "cv.pdf", b"%PDF-1.7 cv")
    InboundFile.objects.filter(pk=file.pk).update(body=b"\x02t1" + b"x" * 60)
    assert desk(rosa).get(at(mail, "files", file.pk)).status_code == 404


# Dealing with it


def test_dealing_with_it_finishes_the_task_and_the_task_deals_with_it(desk, rosa, mail, candidacy):
    task = Task.objects.create(candidacy=candidacy, kind="reply", assignee=rosa)
    other = make_inbound(candidacy)
    desk(rosa).post(at(mail, "handled"))
    task.refresh_from_db()
    assert task.done_at is None, "another answer waits"
    desk(rosa).post(at(other, "handled"))
    task.refresh_from_db()
    assert (task.done_by, bool(task.done_at)) == (rosa, True)
    third = make_inbound(candidacy)
    again = Task.objects.create(candidacy=candidacy, kind="reply", assignee=rosa)
    desk(rosa).post(f"/candidacies/{candidacy.pk}/tasks/{again.pk}/done/")
    third.refresh_from_db()
    assert (third.handled_by, bool(third.handled_at)) == (rosa, True)


def test_words_that_may_be_a_request_are_not_waved_away(desk, rosa, mail):
    asked, other = suggest(mail, "access"), suggest(mail, "erasure")
    answer = desk(rosa).post(at(mail, "handled"), follow=True)
    assert "Confirm or dismiss" in answer.content.decode()
    mail.refresh_from_db()
    assert mail.handled_at is None
    desk(rosa).post(at(mail, "confirm", asked.pk))
    mail.refresh_from_db()
    assert mail.handled_at is None, "another waits"
    desk(rosa).post(at(mail, "dismiss", other.pk))
    desk(rosa).post(at(mail, "handled"))
    mail.refresh_from_db()
    assert mail.handled_by == rosa


def test_a_machine_can_be_called_a_person(desk, rosa, candidacy):
    auto = make_inbound(candidacy, kind=InboundKind.AUTO)
    assert "does not count as an answer" in desk(rosa).get(at(auto)).content.decode()
    assert desk(rosa).post(at(auto, "by-a-person")).status_code == 302
    auto.refresh_from_db()
    assert auto.kind == InboundKind.MAIL


# Suggestions


@pytest.mark.parametrize("kind", ["erasure", "access"])
def test_confirming_takes_in_a_request_with_the_mails_own_date(desk, rosa, mail, kind):
    mail.sent_at = mail.received_at = timezone.now() - timedelta(days=3)
    mail.save(update_fields=["sent_at", "received_at"])
    asked = suggest(mail, kind)
    for _twice in range(2):
        assert desk(rosa).post(at(mail, "confirm", asked.pk)).status_code == 302
    request = DataRequest.objects.get()
    assert (request.kind, request.channel, request.subject) == (kind, "mail", mail.subject)
    assert (request.received_at, request.contact, request.logged_by) == (mail.sent_at, mail.from_email, rosa)
    asked.refresh_from_db()
    mail.refresh_from_db()
    assert (asked.confirmed, asked.settled_by, asked.act_id) == (True, rosa, request.pk)
    assert mail.handled_by == rosa


def test_confirming_an_objection_stops_all_contact(desk, rosa, mail, candidacy):
    asked = suggest(mail, "objection", "stop")
    assert candidacy.ended_at is None
    desk(rosa).post(at(mail, "confirm", asked.pk))
    candidacy.refresh_from_db()
    assert candidacy.ended_reason == "objected"
    assert DataRequest.objects.get().kind == "objection"


def test_confirming_a_withdrawal_is_the_same_as_pressing_it(desk, rosa, mail, candidacy):
    question = factories.make_request(candidacy)
    factories.make_event(question, EventKind.GIVEN)
    asked = suggest(mail, "withdrawal", "trek mijn toestemming in")
    desk(rosa).post(at(mail, "confirm", asked.pk))
    latest = ConsentEvent.objects.latest("id")
    candidacy.refresh_from_db()
    asked.refresh_from_db()
    assert (latest.kind, latest.request) == (EventKind.WITHDRAWN, question)
    assert (candidacy.ended_reason, asked.act_id) == ("withdrawn", question.pk)
    assert not DataRequest.objects.exists()


def test_nothing_asked_is_nothing_to_withdraw(desk, rosa, mail):
    asked = suggest(mail, "withdrawal", "i withdraw")
    answer = desk(rosa).post(at(mail, "confirm", asked.pk), follow=True)
    assert "nothing to withdraw" in answer.content.decode()
    asked.refresh_from_db()
    assert asked.settled_at is None


def test_dismissing_does_nothing_and_is_noted(desk, rosa, mail, candidacy):
    asked = suggest(mail, "objection", "stop")
    desk(rosa).post(at(mail, "dismiss", asked.pk))
    asked.refresh_from_db()
    candidacy.refresh_from_db()
    assert (asked.confirmed, asked.settled_by, candidacy.ended_at) == (False, rosa, None)
    assert LedgerEntry.objects.filter(kind="reply.suggestion_dismissed").count() == 1
    desk(rosa).post(at(mail, "confirm", asked.pk))
    assert not DataRequest.objects.exists(), "what is settled stays so"


def test_a_suggestion_of_another_mail_is_not_there(desk, rosa, mail, candidacy):
    asked = suggest(mail)
    assert desk(rosa).post(at(make_inbound(candidacy), "confirm", asked.pk)).status_code == 404
    assert desk(rosa).post(at(make_inbound(candidacy), "dismiss", asked.pk)).status_code == 404


def test_from_another_address_nobody_is_touched_unless_a_colleague_is_sure(desk, rosa, candidacy):
    mail = make_inbound(candidacy, from_email="work@office.example", other_address=True)
    first, second = suggest(mail, "objection", "stop"), suggest(mail, "erasure")
    desk(rosa).post(at(mail, "confirm", first.pk))
    candidacy.refresh_from_db()
    assert candidacy.ended_at is None
    assert DataRequest.objects.get().subject is None
    desk(rosa).post(at(mail, "confirm", second.pk), {"same_person": "1"})
    assert DataRequest.objects.get(kind="erasure").subject == candidacy.subject


@pytest.mark.parametrize("kind", ["objection", "access"])
def test_a_borrowed_address_in_a_thread_touches_nobody(desk, rosa, candidacy, kind):
    bob = factories.make_candidacy(email="bob@person.example")
    assert ports.find("email", "bob@person.example") == {bob.subject_id}
    mail = make_inbound(candidacy, from_email="bob@person.example", other_address=True)
    desk(rosa).post(at(mail, "confirm", suggest(mail, kind).pk))
    for theirs in (bob, candidacy):
        theirs.refresh_from_db()
        assert theirs.ended_at is None
    assert DataRequest.objects.get().subject is None


# Strays


def test_a_stray_is_deleted_with_one_click(desk, vera):
    stray = make_inbound()
    attach(stray, "cv.pdf", b"%PDF-1.7")
    assert desk(vera).post(at(stray, "delete")).status_code == 302
    assert not InboundMail.objects.exists()
    assert not InboundFile.objects.exists()
    assert LedgerEntry.objects.get(kind="reply.deleted").actor is not None


def test_mail_of_a_person_is_not_deleted_by_hand(desk, rosa, mail):
    answer = desk(rosa).post(at(mail, "delete"), follow=True)
    assert "belongs to somebody" in answer.content.decode()
    assert InboundMail.objects.exists()


def test_words_that_may_be_a_request_are_settled_before_deleting(desk, vera):
    stray = make_inbound()
    asked = suggest(stray)
    assert "Confirm or dismiss" in desk(vera).post(at(stray, "delete"), follow=True).content.decode()
    desk(vera).post(at(stray, "confirm", asked.pk))
    request = DataRequest.objects.get()
    assert (request.subject, request.contact) == (None, stray.from_email)
    desk(vera).post(at(stray, "delete"))
    assert not InboundMail.objects.exists()


def test_a_stray_goes_after_its_last_day(mail):
    today = timezone.localdate()
    stays, goes = make_inbound(erase_on=today), make_inbound(erase_on=today - timedelta(days=1))
    asking = make_inbound(erase_on=today - timedelta(days=1))
    suggest(asking)
    assert services.delete_overdue() == 1
    assert set(InboundMail.objects.values_list("pk", flat=True)) == {mail.pk, stays.pk, asking.pk}
    assert goes.pk not in InboundMail.objects.values_list("pk", flat=True)


def test_filing_makes_a_candidate_whose_mail_it_is(desk, rosa, candidacy):
    stray = make_inbound(from_email="eva@stranger.example", from_name="Eva van der Berg")
    twin = make_inbound(from_email="eva@stranger.example")
    attach(stray, "cv.pdf", b"%PDF-1.7")
    page = desk(rosa).get(at(stray, "file")).content.decode()
    assert 'value="van der"' in page
    given = {
        "vacancy": candidacy.vacancy_id,
        "given_name": "Eva",
        "infix": "van der",
        "surname": "Berg",
        "language": "en",
    }
    assert desk(rosa).post(at(stray, "file"), given).status_code == 302
    made = Candidacy.objects.exclude(pk=candidacy.pk).get()
    stray.refresh_from_db()
    twin.refresh_from_db()
    assert (made.candidate.name, made.sources.get().type) == ("Eva van der Berg", "application")
    assert made.candidate.contact_points.get().normalised == "eva@stranger.example"
    assert (stray.subject, stray.vacancy_ref, stray.erase_on) == (made.subject, made.vacancy_id, None)
    assert (twin.subject, twin.handled_at) == (made.subject, None)
    assert desk(rosa).get(at(stray, "file")).status_code == 404, "filed once"


def test_mail_to_a_vacancys_address_is_proposed_for_it_and_only_to_its_recruiters(desk, rosa, vera, candidacy):
    stray = make_inbound(from_email="eva@stranger.example", vacancy_ref=candidacy.vacancy_id)
    title = candidacy.vacancy.title
    assert f"Sent to the address of {title}" in desk(rosa).get(at(stray)).content.decode()
    assert f'<option value="{candidacy.vacancy_id}" selected>' in desk(rosa).get(at(stray, "file")).content.decode()
    assert title in desk(rosa).get("/").content.decode().partition('id="strays"')[2].partition("</section>")[0]
    assert desk(vera).get(at(stray)).status_code == 404


def test_the_board_shows_the_address_of_its_vacancy(desk, rosa, candidacy, settings):
    board = f"/vacancies/{candidacy.vacancy_id}/"
    address = f"vacature-{candidacy.vacancy_id.hex[:10]}@{settings.MAIL_INBOUND_DOMAIN}"
    page = desk(rosa).get(board).content.decode()
    assert f">{address}</textarea>" in page
    settings.MAIL_INBOUND_DOMAIN = ""
    assert "vacature-" not in desk(rosa).get(board).content.decode()


def test_filing_with_bad_input_keeps_what_was_typed(desk, rosa, candidacy):
    stray = make_inbound(from_email="eva@stranger.example")
    answer = desk(rosa).post(at(stray, "file"), {"given_name": "Eva", "vacancy": str(uuid.uuid4()), "language": "nl"})
    assert answer.status_code == 422
    assert 'value="Eva"' in answer.content.decode()
    nobody = make_inbound(from_email="")
    given = {"vacancy": candidacy.vacancy_id, "surname": "Berg", "language": "nl"}
    assert desk(rosa).post(at(nobody, "file"), given).status_code == 422


def test_who_said_stop_is_not_filed(desk, rosa, candidacy):
    suppression.suppress([("email", "eva@stranger.example")], scope="all", reason="objected", actor=rosa)
    stray = make_inbound(from_email="eva@stranger.example")
    given = {"vacancy": candidacy.vacancy_id, "surname": "Berg", "language": "nl"}
    answer = desk(rosa).post(at(stray, "file"), given)
    assert answer.status_code == 422
    assert "asked not to be contacted" in answer.content.decode()
    stray.refresh_from_db()
    assert stray.subject is None


# Requests that begin with an address


def test_the_officer_finds_what_nobody_filed_by_the_address_of_a_request(desk, mail):
    stray = make_inbound(from_email="eva@stranger.example", subject_line="Mijn brief")
    asked = privacy.receive_request(kind="erasure", channel="form", contact="eva@stranger.example")
    page = desk(factories.make_user("Olga", Role.OFFICER)).get(f"/privacy-desk/requests/{asked.pk}/").content.decode()
    assert at(stray) in page
    assert "Mijn brief" in page
    assert at(mail) not in page


def test_a_stray_goes_and_is_given_with_whoever_has_its_address(candidacy):
    factories.make_message(candidacy, to_email="anna@person.example", state="accepted")
    hers = make_inbound(from_email="anna@person.example", text="Van mij")
    another = make_inbound(from_email="other@person.example")
    whole = registry.export(candidacy.subject)["mailing"]
    assert [row["text"] for row in whole["mailing.InboundMail"]] == ["Van mij"]
    registry.handlers["mailing"].erase(candidacy.subject)
    assert registry.handlers["mailing"].verify(candidacy.subject) == []
    assert list(InboundMail.objects.all()) == [another]
    assert hers.pk


def test_mail_from_an_address_marked_wrong_stays_when_the_person_goes(candidacy):
    """It is a stranger's, may ask something, and has a last day of its own."""
    factories.make_message(candidacy, to_email="anna@person.example", state="accepted")
    add_contact(
        candidacy.candidate,
        contact=Contact(kind="email", value="anna@home.example", ground="consent"),
        actor=candidacy.owner,
    )
    factories.make_message(candidacy, to_email="anna@home.example", state="accepted")
    mark_wrong(candidacy.candidate.contact_points.get(value="anna@person.example"), actor=candidacy.owner)
    strangers = make_inbound(from_email="anna@person.example")
    hers = make_inbound(from_email="anna@home.example")
    privacy.erase(candidacy.subject, reason="request")
    assert list(InboundMail.objects.all()) == [strangers]
    assert strangers.erase_on
    assert hers.pk


def test_erasing_a_person_takes_their_mail_files_and_suggestions(candidacy, mail):
    attach(mail, "cv.pdf", b"%PDF-1.7")
    suggest(mail)
    stays = make_inbound(factories.make_candidacy())
    assert registry.handlers["mailing"].verify(candidacy.subject)
    registry.handlers["mailing"].erase(candidacy.subject)
    assert (list(InboundMail.objects.all()), InboundFile.objects.count()) == ([stays], 0)
    assert registry.handlers["mailing"].verify(candidacy.subject) == []


# Deleted by a date that a colleague chose


def test_choosing_the_day_after_which_it_goes(desk, rosa):
    stray = make_inbound(subject_line="Open sollicitatie")
    day = timezone.localdate() + timedelta(days=3)
    assert "Open sollicitatie" in desk(rosa).get("/").content.decode()
    assert desk(rosa).post(at(stray, "delete-after"), {"day": day.isoformat()}).status_code == 302
    stray.refresh_from_db()
    assert (stray.erase_on, stray.handled_by) == (day, rosa)
    assert "Open sollicitatie" not in desk(rosa).get("/").content.decode()
    assert LedgerEntry.objects.filter(kind="reply.delete_after", actor=rosa.pk).exists()
    assert services.delete_overdue() == 0
    InboundMail.objects.update(erase_on=timezone.localdate() - timedelta(days=1))
    assert services.delete_overdue() == 1


@pytest.mark.parametrize("days", [-1, 29, 400])
def test_a_day_it_cannot_be(desk, rosa, days):
    stray = make_inbound()
    before = stray.erase_on
    day = (timezone.localdate() + timedelta(days=days)).isoformat()
    response = desk(rosa).post(at(stray, "delete-after"), {"day": day})
    assert response.status_code == 422
    assert day in response.content.decode(), "what was typed stands there"
    stray.refresh_from_db()
    assert (stray.erase_on, stray.handled_at) == (before, None)


@pytest.mark.parametrize("typed", ["", "morgen", "2026-13-45"])
def test_what_is_no_day_at_all(desk, rosa, typed):
    assert desk(rosa).post(at(make_inbound(), "delete-after"), {"day": typed}).status_code == 422


def test_only_a_strangers_mail_without_an_open_request_gets_a_day(desk, rosa, mail, vera):
    day = {"day": timezone.localdate().isoformat()}
    assert desk(rosa).post(at(mail, "delete-after"), day).status_code == 422
    asking = make_inbound()
    suggest(asking)
    assert desk(rosa).post(at(asking, "delete-after"), day).status_code == 422
    assert desk(vera).post(at(mail, "delete-after"), day).status_code == 404
    assert desk(vera).get(at(asking, "delete-after")).status_code == 405
