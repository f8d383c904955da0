"""The pages of templates: the list, one template with its history, what changed, a new one, retiring."""

import uuid

import pytest
from django.urls import reverse

from accounts.models import Role
from mailing.models import RetiredTemplate, TemplateVersion
from tests import factories

LIST = "/mail/templates/"


@pytest.fixture
def rosa(organisation):
    return factories.make_user("Rosa")


@pytest.fixture
def olga(organisation):
    return factories.make_user("Olga", Role.OFFICER)


@pytest.fixture
def standard(organisation):
    return TemplateVersion.objects.latest_of("approach", "nl")


@pytest.fixture
def named(organisation):
    return factories.make_template(name="Senior finance, short", note="The first one.")


def at(name, version):
    return reverse(f"mailing:{name}", args=[version.pk])


def page(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_shows_what_is_in_use_and_who_drafts(browse, rosa, named):
    factories.make_template(name=named.name, published_at=None, author=rosa)
    shown = page(browse(rosa).get(LIST))
    assert named.name in shown
    assert "draft 2, Rosa" in shown
    assert "version 1, since" in shown
    assert "a privacy officer or an administrator publishes" in shown


def test_the_list_has_a_constant_number_of_queries(browse, rosa, named, django_assert_max_num_queries):
    for number in range(12):
        factories.make_template(name=f"Template {number}", published_at=None, author=rosa)
    browser = browse(rosa)
    browser.get(LIST)
    with django_assert_max_num_queries(12):
        assert "Template 11" in page(browser.get(LIST))


@pytest.mark.parametrize("name", ["template", "template-compare", "template-new"])
def test_there_is_nothing_for_a_client_or_behind_another_id(browse, organisation, named, rosa, name):
    factories.make_template(name=named.name)
    newest = TemplateVersion.objects.latest_of("approach", "nl", named.name)
    assert browse(factories.make_user("Carl", Role.CLIENT)).get(at(name, newest)).status_code == 404
    browser = browse(rosa)
    assert browser.get(at(name, newest)).status_code == 200
    assert browser.get(reverse(f"mailing:{name}", args=[uuid.uuid4()])).status_code == 404


def test_a_template_has_its_history(browse, rosa, olga, named):
    second = factories.make_template(name=named.name, author=rosa, published_by=olga, note="Friendlier.")
    shown = page(browse(rosa).get(at("template", second)))
    for words in ("Written by Rosa", "Published by Olga", "Friendlier.", "The first one.", "since version 1"):
        assert words in shown
    assert "Retire" not in shown


def test_what_changed_between_two_versions(browse, rosa, named):
    other = named.body.replace("Ik denk", "Ik geloof")
    second = factories.make_template(name=named.name, body=other)
    shown = page(browse(rosa).get(at("template-compare", second)))
    assert "<del>denk</del><ins>geloof</ins>" in shown
    same = page(browse(rosa).get(at("template-compare", second) + f"?with={named.pk}"))
    assert "<ins>geloof</ins>" in same
    alone = factories.make_template("receipt_no", name="Alone")
    assert browse(rosa).get(at("template-compare", alone)).status_code == 404
    assert browse(rosa).get(at("template-compare", second) + f"?with={alone.pk}").status_code == 404


def test_a_template_of_ones_own_begins_with_a_name(browse, rosa, standard):
    browser = browse(rosa)
    answer = browser.post(at("template-new", standard), {"name": "Plant manager"})
    draft = TemplateVersion.objects.get(name="Plant manager")
    assert answer.headers["Location"] == at("draft", draft)
    assert (draft.author, draft.body) == (rosa, standard.body)
    again = browser.post(at("template-new", standard), {"name": "plant MANAGER"})
    assert again.status_code == 422
    assert "There is a template with this name already." in again.content.decode()
    assert "plant MANAGER" in again.content.decode()
    assert browser.post(at("template-new", standard), {"name": " "}).status_code == 422


def test_a_new_version_begins_from_any(browse, rosa, standard):
    answer = browse(rosa).post(at("template-draft", standard))
    draft = TemplateVersion.objects.get(published_at=None)
    assert answer.headers["Location"] == at("draft", draft)
    assert (draft.version, draft.name) == (2, "")
    assert browse(rosa).get(at("template-draft", standard)).status_code == 405


def test_publishers_retire_and_bring_back(browse, rosa, olga, named, standard):
    assert browse(rosa).post(at("template-retire", named)).status_code == 404
    browser = browse(olga)
    assert browser.get(at("template-retire", named)).status_code == 405
    browser.post(at("template-retire", named))
    assert RetiredTemplate.objects.get().name == named.name
    assert "Nobody can choose it any more." in page(browser.get(at("template", named)))
    assert "Retired" in page(browser.get(LIST))
    browser.post(at("template-bring-back", named))
    assert not RetiredTemplate.objects.exists()
    refused = browser.post(at("template-retire", standard))
    assert refused.status_code == 409
    assert "always needed" in refused.content.decode()
