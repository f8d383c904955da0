"""Tags for what stands on a page by the hundred."""

from uuid import uuid4

from django.template import Context, Template
from django.urls import reverse


def render(text, **context):
    return Template("{% load ui %}" + text).render(Context(context))


def test_the_address_of_a_row_is_the_one_of_its_page():
    for key in (uuid4(), uuid4()):
        assert render("{% at 'candidates:move' key %}", key=key) == reverse("candidates:move", args=[key])


def test_options_say_which_one_is_chosen_and_escape_what_they_hold():
    key = uuid4()
    found = render("{% options choices chosen %}", choices=[(key, "R&D"), ("x", "Y")], chosen=key)
    assert found == f'<option value="{key}" selected>R&amp;D</option><option value="x">Y</option>'
    assert "selected" not in render("{% options choices chosen %}", choices=[("", "Y")], chosen=None)


def test_words_are_escaped_however_often_they_are_drawn():
    for _twice in range(2):
        assert "<b>" not in render("{% state 'given' word %}", word="<b>x</b>")
