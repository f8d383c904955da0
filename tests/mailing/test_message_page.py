"""The page of one message: the words as the reader saw them, the ground, what comes next, and acts in place."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Role
from consent.services import note_handed_over, undo_handed_over
from mailing import attachments, rendering
from mailing.models import Channel, Message, State, Unfollowed
from privacy import links
from privacy.models import AccessEntry
from tests import factories


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def browse(client):
    def one(user):
        user.language = "en"
        user.save(update_fields=["language"])
        client.force_login(user)
        return client

    return one


@pytest.fixture
def message(queue):
    return queue()


@pytest.fixture
def rosa(message):
    return message.sender


def page_of(message, name="message"):
    return reverse(f"mailing:{name}", args=[message.pk])


def shown(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def facts(answer):
    return {str(fact.label): fact for fact in answer.context["facts"]}


def bounce(message, reason="bounce_10"):
    now = timezone.now()
    Message.objects.filter(pk=message.pk).update(state=State.CLAIMED, claimed_at=now)
    Message.objects.filter(pk=message.pk).update(state=State.ACCEPTED, accepted_at=now)
    message.refresh_from_db()
    note_handed_over([message])
    Message.objects.filter(pk=message.pk).update(state=State.BOUNCED, reason=reason, failed_at=now, ended_at=now)
    message.refresh_from_db()
    undo_handed_over([message])


# The words


def test_the_formatted_part_stands_in_a_frame_of_ours_without_a_working_link(browse, message, rosa):
    browser = browse(rosa)
    page = browser.get(page_of(message))
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert f'src="{page_of(message, "body")}" sandbox=""' in shown(page)
    body = browser.get(page_of(message, "body"))
    assert "Molen B.V." in shown(body)
    assert "href=" not in body.content.decode()
    assert 'title="https://…/consent"' in body.content.decode()
    for link in message.subject.links.all():
        assert str(link.pk) not in body.content.decode()
        assert links.path(link) not in body.content.decode()


def test_the_frame_may_run_load_and_send_nothing(browse, message, rosa):
    answer = browse(rosa).get(page_of(message, "body"))
    policy = answer.headers["Content-Security-Policy"]
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert directives["sandbox"] == ""
    assert directives["default-src"] == directives["base-uri"] == directives["form-action"] == "'none'"
    assert directives["frame-ancestors"] == "'self'"
    assert directives["img-src"] == "data:"
    assert directives["style-src"].startswith("'sha256-")
    assert "script-src" not in directives
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in answer.headers["Cache-Control"]


def test_only_the_style_of_the_message_itself_is_allowed():
    assert rendering.styles_in("<style>a</style><p>") == ["'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='"]
    assert rendering.styles_in("<p>no style</p>") == []


def test_a_text_for_another_channel_has_no_frame(browse, rosa, queue):
    copied = factories.make_message(
        factories.make_candidacy(factories.make_vacancy(owner=rosa)), channel=Channel.INMAIL, state=State.DRAFT
    )
    browser = browse(rosa)
    page = shown(browser.get(page_of(copied)))
    assert "Beste Anna" in page
    assert "<iframe" not in page
    assert "Send the text yourself" in page
    assert browser.get(page_of(copied, "body")).status_code == 404


@pytest.mark.parametrize("name", ["body", "progress"])
def test_parts_of_the_page_have_its_door(client, browse, message, rosa, name):
    url = page_of(message, name)
    assert client.get(url).status_code == 302
    for user in (factories.make_user("Rik"), factories.make_user("Kees", Role.CLIENT)):
        assert browse(user).get(url).status_code == 404
    assert browse(rosa).post(url).status_code == 405
    assert browse(rosa).get(url).status_code == 200


def test_sign_in_mail_shows_no_words(browse, db, organisation):
    account = factories.make_message(kind="account", body_html="<p>reset</p>", state=State.QUEUED)
    browser = browse(factories.make_user("Ada", Role.ADMINISTRATOR))
    page = shown(browser.get(page_of(account)))
    assert "are not kept here" in page
    assert "Beste Anna" not in page
    assert browser.get(page_of(account, "body")).status_code == 404


# Whom, on which ground


def test_it_says_who_wrote_where_answers_go_and_in_which_words(browse, message, rosa):
    page = shown(browse(rosa).get(page_of(message)))
    for words in (rosa.name, "@mail.search.example", "Answers go to", message.to_email, "First message, version 1"):
        assert words in page
    assert reverse("mailing:template", args=[message.template_id]) in page


def test_the_ground_the_question_and_the_reason_for_the_address(browse, message, rosa):
    found = facts(browse(rosa).get(page_of(message)))
    assert found["Ground"].text == "legitimate interest"
    assert "found for this vacancy" in found["Ground"].detail
    assert found["Asks"].text.startswith("may we introduce you to ")
    assert "to be answered until" in found["Asks"].detail
    assert found["Why this address"].text == "published by the person for contact about work"
    assert found["Why this address"].url == "https://www.linkedin.com/in/anna"
    assert found["Vacancy"].text == "Finance director"
    assert found["Counts as notice"].text.startswith("not yet")


def test_a_notice_counts_from_its_hand_over_and_no_longer_after_a_bounce(browse, message, rosa):
    now = timezone.now()
    Message.objects.filter(pk=message.pk).update(state=State.CLAIMED, claimed_at=now)
    Message.objects.filter(pk=message.pk).update(state=State.ACCEPTED, accepted_at=now)
    message.refresh_from_db()
    note_handed_over([message])
    assert facts(browse(rosa).get(page_of(message)))["Counts as notice"].text.startswith("yes, since ")
    Message.objects.filter(pk=message.pk).update(state=State.BOUNCED, reason="bounce_10", ended_at=now)
    message.refresh_from_db()
    undo_handed_over([message])
    found = facts(browse(rosa).get(page_of(message)))["Counts as notice"]
    assert found.text.startswith("no longer, since ")
    assert "art. 14 runs again" in found.detail


def test_an_answer_the_law_requires_says_so(browse, queue, rosa):
    receipt = queue(kind="receipt", template_kind="receipt_yes", sender=rosa, transactional=True)
    found = facts(browse(rosa).get(page_of(receipt)))
    assert "the law requires" in found["Ground"].text
    assert "Vacancy" not in found
    assert "Counts as notice" not in found


@pytest.mark.parametrize(
    ("change", "word", "why"),
    [
        ({"track": True}, "followed", "The message says so."),
        ({"track": False}, "not followed", "did not follow mail"),
        ({"unfollowed": True}, "not followed", "switched it off"),
    ],
)
def test_whether_opens_are_followed_and_why(browse, message, rosa, change, word, why):
    if change.pop("unfollowed", False):
        Unfollowed.objects.create(subject=message.subject)
    Message.objects.filter(pk=message.pk).update(**(change or {"track": True}))
    context = browse(rosa).get(page_of(message)).context
    assert context["following"] == word
    assert why in str(context["following_why"])


# What happened, and what now


def test_a_bounce_is_told_plainly_with_what_to_do_and_the_class_folded_away(browse, message, rosa):
    bounce(message)
    page = shown(browse(rosa).get(page_of(message)))
    assert "This message did not arrive" in page
    assert "This address does not exist." in page
    assert "never guess one" in page
    folded = re.search(r"<details class=\"fold\"><summary>For your administrator</summary>(.*?)</details>", page)
    assert folded
    assert "bounce class 10 (Invalid Recipient)" in folded[1]
    assert "bounce_10" not in page


def test_the_acts_stand_in_place(browse, message, rosa):
    bounce(message, "bounce_22")
    candidacy = message.subject.candidacies.get()
    page = shown(browse(rosa).get(page_of(message)))
    card = f"/vacancies/{message.vacancy_ref}/?person={candidacy.pk}"
    assert f"{card}&amp;way=copy" in page
    assert f'<input type="hidden" name="pk" value="{candidacy.pk}">' in page
    assert reverse("mailing:handled", args=[message.pk]) in page
    Message.objects.filter(pk=message.pk).update(handled_at=timezone.now())
    page = shown(browse(rosa).get(page_of(message)))
    assert "way=copy" not in page
    assert card in page


def test_whoever_said_stop_is_not_written_to_from_here(browse, message, rosa):
    Message.objects.filter(pk=message.pk).update(state=State.ABORTED, reason="i8_suppressed", ended_at=timezone.now())
    page = shown(browse(rosa).get(page_of(message)))
    assert "asked not to be contacted" in page
    assert "Dealt with" in page
    assert "way=copy" not in page
    assert "Try again" not in page


def test_the_undo_counts_down_and_the_page_draws_it_anew_while_it_moves(browse, queue):
    message = queue(not_before=timezone.now() + timedelta(seconds=40))
    browser = browse(message.sender)
    page = browser.get(page_of(message))
    assert 30 < page.context["seconds_left"] <= 40
    assert f'hx-get="{page_of(message, "progress")}"' in shown(page)
    looks = AccessEntry.objects.count()
    part = browser.get(page_of(message, "progress"))
    assert "call it back" in shown(part)
    assert 'id="life"' in shown(part)
    assert "<html" not in shown(part)
    assert AccessEntry.objects.count() == looks
    browser.post(page_of(message, "cancel"))
    page = browser.get(page_of(message, "progress"))
    assert "hx-get" not in shown(page)
    assert "called it back" in shown(page)


def test_a_message_of_another_day_has_no_countdown(browse, queue):
    message = queue(not_before=timezone.now() + timedelta(days=2))
    page = browse(message.sender).get(page_of(message))
    assert page.context["seconds_left"] == 0
    assert "It leaves at" in shown(page)


def test_it_costs_the_same_whatever_happened(browse, message, rosa):
    browser = browse(rosa)

    def cost():
        browser.get(page_of(message))
        with CaptureQueriesContext(connection) as captured:
            browser.get(page_of(message))
        return len(captured)

    before = cost()
    for number in range(20):
        message.events.create(event_id=str(number), type="delay", at=timezone.now())
    assert cost() == before
    assert before < 30


# The files


def test_its_files_are_named_with_size_and_hash(browse, queue, rosa):
    files = [attachments.add(f"Profile {n}.pdf", b"x" * 2048, content_type="a/b", actor=rosa) for n in range(5)]
    picture = attachments.add("map.png", b"y" * 10, content_type="image/png", actor=rosa)
    one = queue(attachments=files[:1], sender=rosa)
    many = queue(attachments=files, inline={"map": picture}, sender=rosa)
    browser = browse(rosa)
    browser.get(page_of(one))
    with CaptureQueriesContext(connection) as few:
        page = shown(browser.get(page_of(one)))
    assert "Profile 0.pdf" in page
    assert "2.0 KB, attached" in page
    assert files[0].sha256[:16] in page
    with CaptureQueriesContext(connection) as more:
        page = shown(browser.get(page_of(many)))
    assert "Profile 4.pdf" in page
    assert "10 bytes, shown in the text" in page
    assert len(more) == len(few)
    # The sealed content is not fetched for it.
    assert not any('"mailing_storedfile"."body"' in query["sql"] for query in more)


def test_a_message_without_files_says_nothing_of_them(browse, message, rosa):
    assert 'id="files"' not in shown(browse(rosa).get(page_of(message)))


def test_who_may_not_see_the_message_sees_no_files(browse, queue, rosa):
    file = attachments.add("Profile.pdf", b"x", content_type="a/b", actor=rosa)
    message = queue(attachments=[file], sender=rosa)
    assert "Profile.pdf" in shown(browse(rosa).get(page_of(message)))
    for user in (factories.make_user("Vera"), factories.make_user("Carl", Role.CLIENT)):
        answer = browse(user).get(page_of(message))
        assert answer.status_code == 404
        assert b"Profile.pdf" not in answer.content


# Many at once


def test_many_are_dealt_with_at_once_but_only_ones_own(browse, queue, message, rosa):
    others = queue(factories.make_candidacy(factories.make_vacancy(owner=factories.make_user("Vera"))))
    mine = [message, queue(sender=rosa)]
    for one in (*mine, others):
        bounce(one)
    browser = browse(rosa)
    url = reverse("mailing:handled-many")
    answer = browser.post(
        url, {"pk": [str(one.pk) for one in (*mine, others)] + ["nonsense"], "next": "/mail/?kind=approach"}
    )
    assert answer.headers["Location"] == "/mail/?kind=approach"
    left = set(Message.objects.troubled().values_list("pk", flat=True))
    assert left == {others.pk}
    assert browser.post(url).headers["Location"] == "/mail/"
    assert browser.get(url).status_code == 405


# The list, for what its first page does not show


def test_the_list_finds_people_by_name_and_address(browse, queue, message, rosa):
    candidacy = factories.make_candidacy(
        factories.make_vacancy(owner=rosa), given_name="Willemijn", surname="Oosterhuis", email="w.o@person.example"
    )
    hers = queue(candidacy, sender=rosa)
    browser = browse(rosa)

    def pks(query):
        return {row["message"].pk for row in browser.get(f"/mail/?{query}").context["rows"]}

    assert pks("q=oosterhuis") == {hers.pk}
    assert pks("q=W.O%40person.example") == {hers.pk}
    assert pks("q=nobody") == pks("q=no%40") == set()
    assert pks(f"vacancy={candidacy.vacancy_id}") == {hers.pk}
    assert pks(f"person={candidacy.subject_id}") == {hers.pk}
    assert pks("channel=email&days=7") == {hers.pk, message.pk}
    assert pks("channel=inmail") == set()
    Message.objects.filter(pk=hers.pk).update(created_at=timezone.now() - timedelta(days=10))
    assert pks("days=7") == {message.pk}


def test_the_list_as_a_file_has_no_words_and_no_formulas(browse, message, rosa):
    Message.objects.filter(pk=message.pk).update(to_name="=HYPERLINK(1)")
    answer = browse(rosa).get("/mail/?format=csv")
    text = answer.content.decode("utf-8-sig")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "'=HYPERLINK(1);Finance director;First message" in text
    assert "Molen B.V." not in text
    assert message.to_email not in text
    entry = AccessEntry.objects.get(actor=rosa, action="export")
    assert entry.subjects == [message.subject_id]


def test_what_failed_first_then_the_newest_over_pages(browse, queue, message, rosa, monkeypatch):
    monkeypatch.setattr("mailing.listing.PER_PAGE", 2)
    monkeypatch.setattr("mailing.listing.COUNTED", 4)
    made = [message, *(queue(sender=rosa) for _ in range(5))]
    for age, one in enumerate(reversed(made)):
        Message.objects.filter(pk=one.pk).update(created_at=timezone.now() - timedelta(days=age))
    for one in made[:3]:
        bounce(one)
    browser = browse(rosa)
    pages = [browser.get(f"/mail/?page={number}") for number in (1, 2)]
    found = [row["message"].pk for page in pages for row in page.context["rows"]]
    assert found == [made[2].pk, made[1].pk, made[0].pk, made[5].pk]
    assert pages[0].context["is_more"]
    assert "of more than 4" in shown(pages[0])


def test_the_copy_form_is_where_another_channel_leads(browse, message, rosa):
    bounce(message)
    candidacy = message.subject.candidacies.get()
    page = shown(browse(rosa).get(f"/vacancies/{message.vacancy_ref}/?person={candidacy.pk}&way=copy"))
    assert re.search(r'<details class="fold" open>\s*<summary>Copy a text', page)
