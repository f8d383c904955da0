"""Words on their way in: refused where they are typed, covered where they come by themselves (I9)."""

import importlib
import pkgutil

import pytest
from django import forms
from django.core.exceptions import ValidationError

from mailing.replies.masking import mask
from privacy.models import DataRequest
from privacy.words import MASK, WordsField, gated, masked

BSN, PAPER = "BSN 111222333", "paspoort NX4K8P2D7"
# Forms about no person: agreements, assessments of a search, templates, the style guide.
NOT_ABOUT_SOMEBODY = {"AgreementForm", "AssessmentForm", "DraftForm", "ExampleForm"}


@pytest.mark.parametrize(("text", "said"), [(BSN, "citizen service number"), (PAPER, "number of an identity document")])
def test_a_number_is_refused_with_a_sentence_that_does_not_repeat_it(text, said):
    with pytest.raises(ValidationError, match=said) as refusal:
        WordsField().clean(f"Please note: {text}")
    assert text.split()[1] not in str(refusal.value)


def test_other_words_pass_as_they_were_typed():
    assert WordsField().clean("  Belde, 06-12345678. ") == "Belde, 06-12345678."
    assert gated("") == ""


@pytest.mark.parametrize(
    ("text", "covered", "count"),
    [
        (f"Mijn {BSN}.", f"Mijn BSN {MASK * 9}.", 1),
        (f"{BSN} en {PAPER}", f"BSN {MASK * 9} en paspoort {MASK * 9}", 2),
        ("Niets", "Niets", 0),
        ("111222333 (123456782)", f"{MASK * 9} ({MASK * 9})", 2),
    ],
)
def test_numbers_are_covered_and_counted(text, covered, count):
    assert masked(text) == (covered, count)
    assert masked(covered) == (covered, 0)


def test_a_mail_loses_our_own_links_too():
    token = "a" * 43
    assert mask(f"https://w.example/c/{token} {BSN}") == (f"https://w.example/c/{MASK * 3} BSN {MASK * 9}", 1)


def boxes():
    """Every field of ours in which words are typed freely, as (form, name, field)."""
    for floor in ("accounts", "privacy", "mailing", "vacancies", "consent", "candidates", "introductions", "watson"):
        package = importlib.import_module(floor)
        for found in pkgutil.walk_packages(package.__path__, f"{floor}."):
            if found.name.rpartition(".")[2].startswith("forms") or ".forms." in found.name:
                importlib.import_module(found.name)
    waiting, seen = [forms.BaseForm], set()
    while waiting:
        for form in waiting.pop().__subclasses__():
            waiting.append(form)
            if form not in seen and form.__module__.split(".")[0] not in ("django", "allauth", "tests"):
                seen.add(form)
                for name, field in getattr(form, "base_fields", {}).items():
                    if isinstance(field.widget, forms.Textarea):
                        yield form, name, field


def test_each_box_for_words_refuses_a_number():
    """A new box is a WordsField, or its form says what becomes of it."""
    found = list(boxes())
    assert len(found) > 8
    open_boxes = []
    for form, name, field in found:
        try:
            field.clean(BSN)
        except ValidationError as error:
            if error.code == "bsn" or any(one.code == "bsn" for one in error.error_list):
                continue
        label = f"{form.__name__}.{name}"
        if not (hasattr(form, f"clean_{name}") or name in getattr(form, "gated_words", ())):
            open_boxes.append(label)
    assert {label for label in open_boxes if label.partition(".")[0] not in NOT_ABOUT_SOMEBODY} == set()


@pytest.mark.django_db
def test_a_stranger_who_types_a_number_loses_nothing(client, agency):
    asked = {"kind": "erasure", "contact": "stranger@person.example", "words": f"Please erase me. My {BSN}."}
    response = client.post("/privacy/request/?lang=en", asked)
    assert response.status_code == 422
    assert "citizen service number" in response.content.decode()
    assert asked["words"] in response.content.decode()
    assert not DataRequest.objects.exists()
    client.post("/privacy/request/?lang=en", {**asked, "words": "Please erase me."})
    assert DataRequest.objects.get().words == "Please erase me."
