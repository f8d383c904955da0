"""Writing a template: what is saved, said, shown, tested and published."""

import uuid

import pytest
from django.urls import reverse

from accounts.models import Organisation, Role
from mailing import authoring
from mailing.models import Message, TemplateVersion
from mailing.texts import DEFAULTS
from privacy.models import AccessEntry, Link
from tests import factories

OWN = DEFAULTS["nl"]["approach"]
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def candidacy(organisation):
    return factories.make_candidacy()


@pytest.fixture
def rosa(candidacy):
    return candidacy.vacancy.owner


@pytest.fixture
def olga(organisation):
    return factories.make_user("Olga", Role.OFFICER)


@pytest.fixture
def draft(rosa):
    standard = TemplateVersion.objects.latest_of("approach", "nl")
    return authoring.start(kind="approach", language="nl", origin=standard, actor=rosa)


def at(draft, name="draft"):
    return reverse(f"mailing:{name}", args=[draft.pk])


def typed(draft, **changes):
    words = {"subject_line": draft.subject_line, "body": draft.body, "short": draft.short, "note": draft.note}
    return {**words, "revision": draft.revision, **changes}


def page(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode()


# The page


def test_a_newcomer_finds_every_placeholder_with_its_meaning(browse, rosa, draft):
    shown = page(browse(rosa).get(at(draft)))
    for words in ("[note?]", "[vacancy]", "the title of the vacancy", "Financieel directeur", "[link:consent|"):
        assert words in shown
    assert "frame-src 'self'" in browse(rosa).get(at(draft)).headers["Content-Security-Policy"]


def test_the_page_is_for_those_who_work_here(browse, rosa, draft):
    client = browse(factories.make_user("Carl", Role.CLIENT))
    for name in ("draft", "draft-preview"):
        assert client.get(at(draft, name)).status_code == 404
        assert browse(rosa).get(at(draft, name)).status_code == 200
    assert browse(rosa).get(reverse("mailing:draft", args=[uuid.uuid4()])).status_code == 404
    assert browse(rosa).delete(at(draft)).status_code == 405


def test_what_is_published_is_read_elsewhere(browse, rosa, olga, draft):
    authoring.publish(draft, actor=olga)
    assert browse(rosa).get(at(draft)).headers["Location"] == reverse("mailing:template", args=[draft.pk])


# While typing


def test_what_is_typed_is_saved_and_checked(browse, rosa, draft):
    body = OWN.body.replace("[source]", "[sorce]", 1)
    said = page(browse(rosa).post(at(draft), typed(draft, body=body), **HTMX))
    assert "This message has no [sorce]. Did you mean [source]?" in said
    assert "Saved at" in said
    assert 'value="1"' in said
    held = TemplateVersion.objects.get(pk=draft.pk)
    assert (held.body, held.changed_by) == (body, rosa)


def test_what_lacks_is_named_with_what_to_write(browse, rosa, draft):
    said = page(browse(rosa).post(at(draft), typed(draft, body="Hallo"), **HTMX))
    assert "Put [link:consent|…] in the text." in said
    Organisation.objects.update(kvk="")
    assert "An administrator fills this in" in page(browse(rosa).post(at(draft), typed(draft, body="Dag"), **HTMX))


def test_two_who_write_at_once_are_told_and_both_keep_their_words(browse, rosa, olga, draft):
    browse(olga).post(at(draft), typed(draft, body="Van Olga"), **HTMX)
    answer = browse(rosa).post(at(draft), typed(draft, body="Van Rosa"), **HTMX)
    said = page(answer)
    assert "Olga saved other words meanwhile. Theirs are draft 2, yours are kept as draft 3." in said
    mine = TemplateVersion.objects.get(version=3, kind="approach", language="nl")
    assert answer.headers["HX-Replace-Url"] == at(mine)
    assert (mine.body, TemplateVersion.objects.get(pk=draft.pk).body) == ("Van Rosa", "Van Olga")


def test_what_cannot_be_saved_says_so_and_stays_typed(browse, rosa, draft):
    said = page(browse(rosa).post(at(draft), typed(draft, subject_line="a" * 201), **HTMX))
    assert "Not saved yet. Your words are still on this page." in said
    whole = page(browse(rosa).post(at(draft), typed(draft, subject_line="b" * 201)), 422)
    assert "b" * 201 in whole
    assert browse(rosa).post(at(draft), typed(draft, revision="x"), **HTMX).status_code == 200
    assert TemplateVersion.objects.get(pk=draft.pk).revision == 0


def test_without_a_script_a_save_leads_back_to_the_page(browse, rosa, draft):
    answer = browse(rosa).post(at(draft), typed(draft, body="Hallo [x]"))
    assert answer.headers["Location"] == at(draft)
    assert "This message has no [x]." in page(browse(rosa).get(at(draft)))


# The preview


def test_the_preview_is_a_page_that_can_do_nothing(browse, rosa, draft):
    before = list(TemplateVersion.objects.values())
    answer = browse(rosa).get(at(draft, "draft-preview"))
    assert "Beste Anna de Vries," in page(answer)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-same-origin; default-src 'none'")
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "href" not in page(answer)
    assert not Link.objects.exists()
    assert list(TemplateVersion.objects.values()) == before


def test_somebody_of_ones_own_is_found_and_shown_and_that_is_logged(browse, rosa, draft, candidacy):
    browser, name = browse(rosa), candidacy.candidate.name
    found = page(browser.post(at(draft, "draft-reader"), {"who": candidacy.candidate.surname[:4]}, **HTMX))
    assert str(candidacy.pk) in found
    chosen = browser.post(at(draft, "draft-reader"), {"reader": candidacy.pk}, **HTMX)
    assert name in page(chosen)
    assert chosen.headers["HX-Trigger-After-Swap"] == "readerchosen"
    assert candidacy.vacancy.title in page(browser.get(at(draft, "draft-preview")))
    entry = AccessEntry.objects.filter(actor=rosa, action="view").latest("pk")
    assert (entry.subjects, entry.about_kind, entry.about_id) == ([candidacy.subject_id], "template", draft.pk)
    browser.post(at(draft, "draft-reader"), {"reader": ""}, **HTMX)
    assert "Beste Anna de Vries," in page(browser.get(at(draft, "draft-preview")))


def test_somebody_of_another_recruiter_is_not_shown(browse, rosa, draft):
    theirs = factories.make_candidacy(surname="Vreemdeling")
    browser = browse(rosa)
    assert "Nobody of yours" in page(browser.post(at(draft, "draft-reader"), {"who": "vreemdeling"}, **HTMX))
    for wrong in (theirs.pk, uuid.uuid4(), "x"):
        answer = page(browser.post(at(draft, "draft-reader"), {"reader": wrong}, **HTMX))
        assert "Shown with an invented person." in answer
    assert "Beste Anna de Vries," in page(browser.get(at(draft, "draft-preview")))
    assert browser.get(at(draft, "draft-reader")).status_code == 405


# Publishing, testing, discarding


def test_what_stands_on_the_page_is_what_is_published(browse, olga, draft):
    body = OWN.body.replace("Ik denk", "Ik geloof")
    answer = browse(olga).post(at(draft), typed(draft, act="publish", body=body, note="Other word."))
    assert answer.headers["Location"] == reverse("mailing:template", args=[draft.pk])
    held = TemplateVersion.objects.latest_of("approach", "nl")
    assert (held.pk, held.body, held.note, held.published_by) == (draft.pk, body, "Other word.", olga)


def test_what_lacks_something_is_not_published_but_kept(browse, olga, draft):
    body = OWN.body.replace("[source]", "internet")
    said = page(browse(olga).post(at(draft), typed(draft, act="publish", body=body)), 422)
    assert "It still lacks: where the data come from." in said
    held = TemplateVersion.objects.get(pk=draft.pk)
    assert (held.published_at, held.body) == (None, body)


def test_a_recruiter_has_no_way_to_publish(browse, rosa, olga, draft):
    assert 'value="publish"' not in page(browse(rosa).get(at(draft)))
    assert browse(rosa).post(at(draft), typed(draft, act="publish")).status_code == 404
    assert 'value="publish"' in page(browse(olga).get(at(draft)))


def test_saving_while_typing_never_publishes(browse, olga, draft):
    browse(olga).post(at(draft), typed(draft, act="publish", note="Just typing."), **HTMX)
    held = TemplateVersion.objects.get(pk=draft.pk)
    assert (held.published_at, held.note) == (None, "Just typing.")


def test_words_a_colleague_wrote_meanwhile_are_not_published_unseen(browse, rosa, olga, draft):
    browse(rosa).post(at(draft), typed(draft, body=OWN.body + "\nStiekem erbij."), **HTMX)
    answer = browse(olga).post(at(draft), typed(draft, act="publish", subject_line="Van Olga"))
    assert answer.status_code == 302
    assert not TemplateVersion.objects.published().filter(version__gt=1).exists()
    assert TemplateVersion.objects.get(version=3).subject_line == "Van Olga"


def test_a_test_is_sent_of_what_stands_on_the_page(browse, rosa, draft):
    answer = browse(rosa).post(at(draft), typed(draft, act="test", subject_line="Nieuw: [vacancy]"))
    assert answer.headers["Location"] == at(draft)
    message = Message.objects.get()
    assert (message.subject_line, message.to_email) == ("[Test] Nieuw: Financieel directeur", rosa.email)
    browse(rosa).post(at(draft), typed(draft, act="test", subject_line="", revision=1))
    assert "of the subject" in page(browse(rosa).get(at(draft)))
    assert Message.objects.count() == 1


def test_the_links_of_a_test_say_that_it_was_one(client, db):
    said = page(client.get("/mail/test-link/?lang=en"))
    assert "Nothing was changed." in said or "niets veranderd" in said
    assert client.post("/mail/test-link/").status_code == 405


def test_a_draft_is_discarded_by_its_writer(browse, rosa, draft):
    other = factories.make_user("Tom")
    assert browse(other).post(at(draft, "draft-discard")).status_code == 409
    assert browse(rosa).get(at(draft, "draft-discard")).status_code == 405
    browse(rosa).post(at(draft, "draft-discard"))
    assert not TemplateVersion.objects.filter(pk=draft.pk).exists()
