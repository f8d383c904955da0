"""Several templates of one kind: which one a message is made of."""

import pytest
from django.db import IntegrityError, transaction

from mailing.models import Message, RetiredTemplate, TemplateVersion
from mailing.rendering import EmptyPlaceholder
from mailing.texts import DEFAULTS
from privacy.guards import Refused
from tests import factories

BODY = DEFAULTS["nl"]["approach"].body.replace("[note?]", "Kort en goed: [vacancy].")


@pytest.fixture
def short_one(organisation):
    return factories.make_template(name="Senior finance, kort", subject_line="Kort: [vacancy]", body=BODY)


def test_a_message_is_made_of_the_template_that_was_chosen(queue, short_one):
    assert queue(template=short_one).subject_line == "Kort: Finance director"


def test_without_a_choice_it_is_the_standard_one(queue, short_one):
    message = queue()
    assert (message.template.name, message.template.version) == ("", 1)


def test_names_number_their_own_versions(organisation, short_one):
    assert short_one.version == 1
    second = factories.make_template(name=short_one.name, body=BODY)
    assert second.version == 2
    assert TemplateVersion.objects.latest_of("approach", "nl", short_one.name) == second
    assert TemplateVersion.objects.latest_of("approach", "nl").name == ""
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.make_template(name=short_one.name, version=2)


def test_an_older_version_may_still_be_chosen(queue, short_one):
    factories.make_template(name=short_one.name, subject_line="Nieuwer", body=BODY)
    assert queue(template=short_one).subject_line == "Kort: Finance director"


def test_what_is_used_is_what_is_stored(queue, short_one):
    short_one.body = "Iets heel anders. [link:consent]"
    body = queue(template=short_one).body_text
    assert "heel anders" not in body
    assert "Kort en goed: Finance director." in body


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "receipt_no"}, "another message"),
        ({"language": "en"}, "another message"),
        ({"published_at": None}, "published words only"),
    ],
)
def test_another_template_is_refused(queue, organisation, change, sentence):
    template = factories.make_template(**{"name": "Anders", "body": BODY, **change})
    with pytest.raises(Refused, match=sentence):
        queue(template=template)
    assert not Message.objects.exists()


def test_a_retired_one_is_neither_offered_nor_used(queue, short_one):
    offered = TemplateVersion.objects.offered("approach", "nl")
    assert [template.name for template in offered] == ["", short_one.name]
    RetiredTemplate.objects.create(kind="approach", language="nl", name=short_one.name, by=factories.make_user())
    assert [template.name for template in offered.all()] == [""]
    with pytest.raises(Refused, match="retired"):
        queue(template=short_one)
    assert TemplateVersion.objects.get(pk=short_one.pk).body == BODY


def test_only_the_newest_published_version_of_each_is_offered(organisation, short_one):
    newer = factories.make_template(name=short_one.name, body=BODY)
    factories.make_template(name=short_one.name, body=BODY, published_at=None)
    factories.make_template(name="Alleen een kladje", body=BODY, published_at=None)
    assert [template.version for template in TemplateVersion.objects.offered("approach", "nl")] == [1, newer.version]


def test_the_standard_one_is_never_retired(organisation):
    with pytest.raises(IntegrityError, match="template_standard_stays"), transaction.atomic():
        RetiredTemplate.objects.create(kind="approach", language="nl", name="", by=factories.make_user())


def test_a_text_to_copy_is_made_of_the_chosen_template_too(copy, organisation):
    template = factories.make_template(name="Kort", short="[greeting] Kort. [link:consent]")
    assert "Kort." in copy(template=template).body_text
    without = factories.make_template(name="Zonder", short="")
    with pytest.raises(Refused, match="no short text"):
        copy(template=without, key="other")


def test_a_chosen_template_with_a_hole_makes_no_message(queue, organisation):
    template = factories.make_template(name="Gat", body=BODY + "[nonsense]")
    with pytest.raises(EmptyPlaceholder, match="nonsense"):
        queue(template=template)
    assert Message.objects.count() == 0
