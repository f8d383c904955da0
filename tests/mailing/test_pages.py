"""Mail at the desk: who sees what, what they may do, and in which words."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from mailing import wording
from mailing.models import Message, QueuePause, State
from privacy import links
from privacy.models import AccessEntry
from tests import factories

LIST = "/mail/"


@pytest.fixture
def signed_in(client):
    def one(user):
        client.force_login(user)
        return client

    return one


@pytest.fixture(autouse=True)
def _no_second_factor(settings):
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def message(queue):
    return queue()


@pytest.fixture
def rosa(message):
    return message.sender


def text(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def page_of(message):
    return reverse("mailing:message", args=[message.pk])


# The list


def test_the_list_shows_who_what_and_where(signed_in, message, rosa):
    page = text(signed_in(rosa).get(LIST))
    for shown in ("Anna de Vries", message.to_email, "First message", "Queued"):
        assert shown in page or _dutch(shown, page)
    entry = AccessEntry.objects.get(actor=rosa)
    assert entry.subjects == [message.subject_id]


def _dutch(english, page):
    from django.utils import translation
    from django.utils.translation import gettext

    with translation.override("nl"):
        return gettext(english) in page


@pytest.mark.parametrize("path", ["list", "message"])
def test_strangers_sign_in_first(client, message, path):
    url = LIST if path == "list" else page_of(message)
    answer = client.get(url)
    assert answer.status_code == 302
    assert "/accounts/login/" in answer.url


@pytest.mark.parametrize("name", ["message", "cancel", "handled", "arrived", "not-arrived"])
def test_a_client_contact_and_another_recruiter_find_nothing(signed_in, message, name):
    url = reverse(f"mailing:{name}", args=[message.pk])
    for user in (factories.make_user("Kees", Role.CLIENT), factories.make_user("Rik")):
        client = signed_in(user)
        answer = client.get(url) if name == "message" else client.post(url)
        assert answer.status_code == 404
    assert Message.objects.get(pk=message.pk).state == State.QUEUED


def test_a_client_contact_has_no_list(signed_in, organisation):
    assert signed_in(factories.make_user("Kees", Role.CLIENT)).get(LIST).status_code == 404


def test_another_recruiter_sees_only_what_is_theirs(signed_in, message, rosa):
    rik = factories.make_user("Rik")
    assert "Anna de Vries" not in text(signed_in(rik).get(LIST))
    assert "Anna de Vries" in text(signed_in(rosa).get(LIST))


def test_a_colleague_of_the_vacancy_sees_it_too(signed_in, queue):
    rosa, rik = factories.make_user("Rosa"), factories.make_user("Rik")
    vacancy = factories.make_vacancy(owner=rosa, team=factories.make_team(rosa, rik))
    message = queue(factories.make_candidacy(vacancy))
    assert "Anna de Vries" in text(signed_in(rik).get(LIST))
    assert text(signed_in(rik).get(page_of(message)))


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMINISTRATOR])
def test_officers_and_administrators_see_all(signed_in, message, role):
    assert "Anna de Vries" in text(signed_in(factories.make_user("Olga", role)).get(LIST))


def test_mail_to_a_restricted_person_is_the_officers(signed_in, message, rosa):
    other = factories.make_message(sender=rosa, to_name="Bob Bos")
    message.subject.restricted_at = timezone.now()
    message.subject.save(update_fields=["restricted_at"])
    for user in (rosa, factories.make_user("Ada", Role.ADMINISTRATOR)):
        for address in (LIST, f"{LIST}?format=csv"):
            page = text(signed_in(user).get(address))
            assert other.to_name in page
            assert "Anna de Vries" not in page
        assert signed_in(user).get(page_of(message)).status_code == 404
    olga = signed_in(factories.make_user("Olga", Role.OFFICER))
    for address in (LIST, f"{LIST}?format=csv", page_of(message)):
        assert "Anna de Vries" in text(olga.get(address))


def test_what_did_not_arrive_comes_first_until_it_is_dealt_with(signed_in, queue, rosa, message):
    older = bounced(queue, rosa)
    rows = signed_in(rosa).get(LIST).context["rows"]
    assert [row["message"].pk for row in rows] == [older.pk, message.pk]
    assert rows[0]["reason"] == "This address does not exist."
    client = signed_in(rosa)
    assert client.post(reverse("mailing:handled", args=[older.pk])).url == LIST
    rows = client.get(LIST).context["rows"]
    assert [row["message"].pk for row in rows] == [message.pk, older.pk]


def bounced(queue, sender):
    message = queue(sender=sender)
    Message.objects.filter(pk=message.pk).update(state=State.CLAIMED)
    Message.objects.filter(pk=message.pk).update(
        state=State.BOUNCED,
        reason="bounce_10",
        ended_at=timezone.now(),
        created_at=timezone.now() - timedelta(days=3),
    )
    message.refresh_from_db()
    return message


def test_filters_live_in_the_address(signed_in, queue, rosa, message):
    receipt = queue(kind="receipt_yes", sender=rosa, transactional=True)
    failed = bounced(queue, rosa)
    client = signed_in(rosa)

    def shown(query):
        return {row["message"].pk for row in client.get(f"{LIST}?{query}").context["rows"]}

    assert shown("kind=receipt_yes") == {receipt.pk}
    assert shown("state=queued") == {message.pk, receipt.pk}
    assert shown("state=trouble") == {failed.pk}
    assert shown("state=queued&kind=approach") == {message.pk}
    assert shown("state=nonsense&kind=nonsense&page=x") == {message.pk, receipt.pk, failed.pk}
    assert shown("state=delivered") == set()


def test_the_list_has_pages_and_keeps_its_filters(signed_in, rosa, message, monkeypatch, queue):
    monkeypatch.setattr("mailing.listing.PER_PAGE", 1)
    queue(sender=rosa)
    page = text(signed_in(rosa).get(f"{LIST}?state=queued"))
    assert "?state=queued&amp;page=2" in page
    assert len(signed_in(rosa).get(f"{LIST}?page=99").context["rows"]) == 1


def test_the_number_of_queries_does_not_grow(signed_in, rosa, message, queue, django_assert_max_num_queries):
    for _ in range(6):
        queue(sender=rosa)
    client = signed_in(rosa)
    client.get(LIST)
    with django_assert_max_num_queries(14):
        client.get(LIST)


def test_no_mail_yet_says_what_to_do(signed_in, organisation):
    page = text(signed_in(factories.make_user("Rik")).get(LIST))
    assert "No mail yet" in page or _dutch("No mail yet", page)


def test_it_says_what_lacks_and_why_the_outbox_stands_still(signed_in, rosa, message):
    factories.make_organisation(mail_domain="")
    assert "sending domain" in str(signed_in(rosa).get(LIST).context["missing"])
    QueuePause.objects.create(since=timezone.now(), code="1303")
    page = text(signed_in(rosa).get(LIST))
    assert "1303" in page
    assert reverse("mailing:resume") not in page
    administrator = factories.make_user("Ada", Role.ADMINISTRATOR)
    assert reverse("mailing:resume") in text(signed_in(administrator).get(LIST))


# One message


def test_the_page_shows_the_words_and_hides_the_links(signed_in, message, rosa):
    page = text(signed_in(rosa).get(page_of(message)))
    assert "Mag ik u voorstellen aan Molen B.V.?" in page
    assert "https://…/consent" in page
    for link in message.subject.links.all():
        assert str(link.pk) not in page
        assert links.path(link) not in page
    assert AccessEntry.objects.filter(actor=rosa, action="view", about_id=message.pk).exists()


def test_a_name_is_never_markup(signed_in, queue, rosa):
    message = queue(sender=rosa, to_name="<script>alert(1)</script>")
    page = text(signed_in(rosa).get(page_of(message)))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "<script>" not in message.body_html


def test_the_life_is_told_in_order(signed_in, queue, rosa):
    message = bounced(queue, rosa)
    life = wording.life_of(message)
    assert life == sorted(life, key=lambda moment: moment.at)
    page = text(signed_in(rosa).get(page_of(message)))
    assert "This address does not exist." in page or _dutch("This address does not exist.", page)


def test_an_unknown_message_is_404(signed_in, rosa):
    assert signed_in(rosa).get("/mail/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_it_is_called_back_once(signed_in, message, rosa):
    url = reverse("mailing:cancel", args=[message.pk])
    client = signed_in(rosa)
    answer = client.post(url, {"next": "/candidates/"})
    assert (answer.status_code, answer.url) == (302, "/candidates/")
    assert Message.objects.get(pk=message.pk).reason == "undone"
    assert client.post(url, {"next": "https://elsewhere.example/"}).url == page_of(message)


def test_what_has_left_cannot_be_called_back_and_says_so(signed_in, message, rosa):
    Message.objects.filter(pk=message.pk).update(state=State.CLAIMED)
    answer = signed_in(rosa).post(reverse("mailing:cancel", args=[message.pk]))
    assert answer.status_code == 409
    page = answer.content.decode()
    sentence = "This message has left already. It can no longer be stopped."
    assert sentence in page or _dutch(sentence, page)


@pytest.mark.parametrize("name", ["cancel", "handled", "arrived", "not-arrived"])
def test_changes_are_posts(signed_in, message, rosa, name):
    assert signed_in(rosa).get(reverse(f"mailing:{name}", args=[message.pk])).status_code == 405


def test_pages_are_gets(signed_in, message, rosa):
    assert signed_in(rosa).post(LIST).status_code == 405
    assert signed_in(rosa).post(page_of(message)).status_code == 405


def test_only_an_administrator_starts_the_outbox_again(signed_in, rosa, message):
    QueuePause.objects.create(since=timezone.now(), code="1303")
    url = reverse("mailing:resume")
    assert signed_in(rosa).post(url).status_code == 404
    client = signed_in(factories.make_user("Ada", Role.ADMINISTRATOR))
    assert client.get(url).status_code == 405
    assert client.post(url).url == LIST
    assert QueuePause.objects.get().since is None
