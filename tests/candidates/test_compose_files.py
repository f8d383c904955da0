"""Files that go along with a round: chosen, kept with the draft, refused in words, sent to everybody."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from candidates.models import Round, RoundFile, RoundPerson
from candidates.services import rounds
from mailing import attachments, tasks
from mailing.models import Attachment, Message, StoredFile
from privacy import registry
from privacy.guards import Refused
from tests.candidates.composing import asked_days_ago, compose_url, typed
from tests.factories import make_candidacy, make_vacancy


@pytest.fixture
def anna(vacancy):
    return make_candidacy(vacancy, given_name="Anna", surname="Bos", email="anna@person.example")


@pytest.fixture
def bert(vacancy):
    return make_candidacy(vacancy, given_name="Bert", surname="Kok", email="bert@person.example")


@pytest.fixture
def draft(vacancy, rosa, anna, bert):
    return rounds.open_round(vacancy, [anna, bert], kind="approach", actor=rosa)


def upload(name="Profile.pdf", content=b"%PDF-1.4 a profile", content_type="application/pdf"):
    return SimpleUploadedFile(name, content, content_type)


def text_of(response):
    return response.content.decode()


def names(made):
    return [one.file.name for one in made.files.select_related("file")]


def test_files_are_chosen_listed_shown_and_sent_to_everybody(desk, draft, rosa):
    browser = desk(rosa)
    assert 'enctype="multipart/form-data"' in text_of(browser.get(compose_url(draft)))
    chosen = [upload(), upload("Kaart van het kantoor.png", b"x" * 2048, "image/png")]
    page = browser.post(compose_url(draft), typed(new_files=chosen, note="Voor iedereen."), follow=True)
    text = text_of(page)
    # Once with a button to remove it, once under the message that is looked at.
    assert text.count("<span>Profile.pdf</span>") == 2
    assert text.count("2.0\xa0KB") == 2
    assert "Remove Kaart van het kantoor.png" in text
    assert "Voor iedereen." in text
    assert not Attachment.objects.exists()
    browser.post(compose_url(draft), typed("send"))
    assert Message.objects.count() == 2
    for message in Message.objects.all():
        assert [use.file.name for use in message.attachments.all()] == ["Profile.pdf", "Kaart van het kantoor.png"]
        assert message.attachments.all()[0].file.content_type == "application/pdf"
    # One file for both; the round needs it no more.
    assert StoredFile.objects.count() == 2
    assert not RoundFile.objects.exists()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Profiel.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("Profiel.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("Profiel.pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        ("Profiel.odt", "application/vnd.oasis.opendocument.text"),
        ("Profiel", "application/octet-stream"),
    ],
)
def test_documents_of_an_office_go_along_whatever_the_browser_calls_them(desk, draft, rosa, name, kind):
    response = desk(rosa).post(compose_url(draft), typed(new_files=[upload(name, content_type="x")]))
    assert response.status_code == 302
    assert draft.files.get().file.content_type == kind


def test_who_chooses_other_people_keeps_the_files(desk, draft, vacancy, rosa, anna):
    rounds.attach(draft, upload(), actor=rosa)
    begin = reverse("candidates:approach", args=[vacancy.pk])
    page = desk(rosa).post(begin, {"pk": [str(anna.pk)]}, follow=True)
    assert "Remove Profile.pdf" in text_of(page)
    fresh = Round.objects.exclude(pk=draft.pk).get()
    assert names(fresh) == names(draft) == ["Profile.pdf"]
    rounds.detach(fresh, fresh.files.get().pk, actor=rosa)
    assert names(draft) == ["Profile.pdf"], "each draft holds its own"


def test_files_of_another_piece_of_work_stay_there(draft, vacancy, rosa, tom, anna, bert):
    rounds.attach(draft, upload(), actor=rosa)
    assert names(rounds.open_round(vacancy, [anna], kind="approach", actor=tom)) == []
    assert names(rounds.open_round(vacancy, [anna], kind="reminder", actor=rosa)) == []
    elsewhere = make_candidacy(make_vacancy(owner=rosa))
    assert names(rounds.open_round(elsewhere.vacancy, [elsewhere], kind="approach", actor=rosa)) == []
    Round.objects.filter(pk=draft.pk).update(created_at=timezone.now() - rounds.SAME_SITTING)
    assert names(rounds.open_round(vacancy, [anna], kind="approach", actor=rosa)) == []
    Round.objects.filter(pk=draft.pk).update(created_at=timezone.now(), started_at=timezone.now())
    assert names(rounds.open_round(vacancy, [bert], kind="approach", actor=rosa)) == []


def test_files_chosen_with_the_button_that_sends_go_along(desk, draft, rosa):
    desk(rosa).post(compose_url(draft), typed("send", new_files=[upload()]))
    assert Attachment.objects.count() == 2


def test_a_file_is_removed_and_what_was_typed_stays(desk, draft, rosa):
    browser = desk(rosa)
    browser.post(compose_url(draft), typed(new_files=[upload(), upload("Map.pdf")]))
    one = draft.files.get(file__name="Profile.pdf")
    page = browser.post(compose_url(draft), typed(f"remove:{one.pk}", note="Voor iedereen."), follow=True)
    assert "Profile.pdf" not in text_of(page)
    assert "Map.pdf" in text_of(page)
    assert "Voor iedereen." in text_of(page)
    browser.post(compose_url(draft), typed("send"))
    assert set(Attachment.objects.values_list("file__name", flat=True)) == {"Map.pdf"}


@pytest.mark.parametrize("act", ["remove:", "remove:x", "remove:²", "remove:99999999999999999999"])
def test_a_number_that_is_none_removes_nothing(desk, draft, rosa, act):
    rounds.attach(draft, upload(), actor=rosa)
    assert desk(rosa).post(compose_url(draft), typed(act)).status_code == 302
    assert names(draft) == ["Profile.pdf"]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (upload("leeg.pdf", b""), "leeg.pdf: This file is empty."),
        (
            upload("groot.pdf", b"x" * (attachments.MOST_BYTES + 1)),
            "groot.pdf: Files with one message are at most 14 MB",
        ),
        (upload("setup.exe"), "setup.exe: Mail servers refuse programs and scripts."),
        (upload("111222333.pdf"), "citizen service number"),
    ],
    ids=["empty", "large", "program", "bsn"],
)
def test_a_bad_file_is_told_at_the_field_and_the_rest_is_kept(desk, draft, rosa, bad, sentence):
    bad.seek(0)
    chosen = [upload(), bad]
    response = desk(rosa).post(compose_url(draft), typed("send", new_files=chosen, note="Voor iedereen."))
    assert response.status_code == 422
    text = text_of(response)
    at_field = text[text.index('id="id_new_files_error"') :]
    assert sentence in at_field[: at_field.index("</ul>")]
    assert "Voor iedereen." in text
    assert "Remove Profile.pdf" in text
    assert names(draft) == ["Profile.pdf"]
    assert not Message.objects.exists()


def test_files_too_large_together_are_refused_at_the_field(desk, draft, rosa):
    half = b"x" * (attachments.MOST_BYTES // 2 + 1)
    browser = desk(rosa)
    assert browser.post(compose_url(draft), typed(new_files=[upload("a.pdf", half)])).status_code == 302
    response = browser.post(compose_url(draft), typed(new_files=[upload("b.pdf", half)]))
    assert response.status_code == 422
    assert "b.pdf: Files with one message are at most 14 MB together." in text_of(response)
    assert names(draft) == ["a.pdf"]


def test_files_are_kept_when_something_else_is_wrong(desk, draft, rosa):
    browser = desk(rosa)
    response = browser.post(compose_url(draft), typed("send", new_files=[upload()], line="BSN 111222333"))
    assert response.status_code == 422
    assert "Remove Profile.pdf" in text_of(response)
    browser.post(compose_url(draft), typed("send"))
    assert Attachment.objects.count() == 2


def test_the_same_file_again_is_that_file(desk, draft, rosa):
    for _number in range(2):
        desk(rosa).post(compose_url(draft), typed(new_files=[upload()]))
    assert names(draft) == ["Profile.pdf"]
    desk(rosa).post(compose_url(draft), typed(new_files=[upload(content=b"another by that name")]))
    assert names(draft) == ["Profile.pdf", "Profile.pdf"]


def test_a_reminder_takes_files_along(desk, vacancy, rosa):
    asked = asked_days_ago(vacancy, 8, actor=rosa, email="cor@person.example")
    made = rounds.open_round(vacancy, [asked], kind="reminder", actor=rosa)
    desk(rosa).post(compose_url(made), typed("send", new_files=[upload()]))
    assert Attachment.objects.get().message.kind == "reminder"


def test_others_may_not(desk, draft, rosa, tom, vera, carl):
    rounds.attach(draft, upload(), actor=rosa)
    one = draft.files.get()
    for user, status in ((tom, 404), (vera, 404), (carl, 404), (None, 302)):
        assert desk(user).post(compose_url(draft), typed(new_files=[upload("b.pdf")])).status_code == status
        assert desk(user).post(compose_url(draft), typed(f"remove:{one.pk}")).status_code == status
    assert names(draft) == ["Profile.pdf"]


def test_another_rounds_file_is_not_removed_here(desk, draft, vacancy, rosa, tom, anna):
    other = rounds.open_round(vacancy, [anna], kind="approach", actor=tom)
    rounds.attach(other, upload(), actor=tom)
    desk(rosa).post(compose_url(draft), typed(f"remove:{other.files.get().pk}"))
    assert names(other) == ["Profile.pdf"]


def test_once_sent_nothing_is_added_or_removed(desk, draft, rosa):
    rounds.attach(draft, upload(), actor=rosa)
    one = draft.files.get()
    Round.objects.filter(pk=draft.pk).update(started_at=timezone.now(), moved_at=timezone.now())
    browser = desk(rosa)
    for data in (typed(new_files=[upload("b.pdf")]), typed(f"remove:{one.pk}")):
        assert browser.post(compose_url(draft), data).status_code == 302
    rounds.detach(draft, one.pk, actor=rosa)
    with pytest.raises(Refused, match="sent already"):
        rounds.attach(draft, upload("b.pdf"), actor=rosa)
    assert names(draft) == ["Profile.pdf"]


def test_the_page_costs_the_same_with_many_files(desk, draft, rosa, django_assert_max_num_queries):
    browser = desk(rosa)

    def queries():
        with django_assert_max_num_queries(120) as captured:
            browser.get(compose_url(draft))
        assert not any('"mailing_storedfile"."body"' in query["sql"] for query in captured.captured_queries)
        return len(captured)

    rounds.attach(draft, upload(), actor=rosa)
    queries()
    before = queries()
    for number in range(6):
        rounds.attach(draft, upload(f"{number}.pdf"), actor=rosa)
    assert queries() == before


def test_a_drafts_file_is_in_use_and_a_discarded_ones_is_forgotten(draft, rosa):
    rounds.attach(draft, upload(), actor=rosa)
    StoredFile.objects.update(added_at=timezone.now() - timedelta(days=2))
    assert tasks.forget_unused_files() == 0
    draft.delete()
    assert tasks.forget_unused_files() == 1
    assert not StoredFile.objects.exists()


def test_a_stopped_round_needs_its_files_no_more(draft, rosa):
    rounds.attach(draft, upload(), actor=rosa)
    Round.objects.filter(pk=draft.pk).update(started_at=timezone.now(), moved_at=timezone.now())
    assert rounds.carry_out(draft.pk, portion=1)
    assert names(draft) == ["Profile.pdf"]
    rounds.stop(draft, actor=rosa)
    assert not RoundFile.objects.exists()


def test_an_erasure_meanwhile_leaves_the_file_for_who_is_still_to_be_written_to(draft, rosa, anna, bert):
    rounds.attach(draft, upload(), actor=rosa)
    Round.objects.filter(pk=draft.pk).update(started_at=timezone.now(), moved_at=timezone.now())
    assert rounds.carry_out(draft.pk, portion=1)
    first = RoundPerson.objects.get(message__isnull=False).candidacy
    (last,) = {anna, bert} - {first}
    registry.handlers["mailing"].erase(first.subject)
    assert registry.handlers["mailing"].verify(first.subject) == []
    while rounds.carry_out(draft.pk):
        pass
    assert Attachment.objects.get().message.subject == last.subject
    registry.handlers["mailing"].erase(last.subject)
    assert not StoredFile.objects.exists()
