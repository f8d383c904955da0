"""From words with placeholders to the two parts of a mail."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailing import rendering
from mailing.ink import has_ink
from mailing.rendering import EmptyPlaceholder
from privacy.models import Link

LINK = Link(pk=uuid.UUID(int=7), purpose="consent")
PLACE = f"[[link:consent:{LINK.pk}]]"


def render(body, subject="Subject", footer="", **values):
    return rendering.render(
        subject=subject, body=body, values=values, links={"consent": LINK}, language="en", footer=footer
    )


def test_values_take_their_places_in_both_parts():
    made = render("Dear [name],\n\nhello", name="Anna")
    assert made.text == "Dear Anna,\n\nhello\n"
    assert "<p>Dear Anna,</p>" in made.html
    assert "<p>hello</p>" in made.html


@pytest.mark.parametrize("body", ["[name]", "[nobody_knows]", "[link:portal]", "[link:portal|Open]"])
def test_unknown_and_empty_are_errors(body):
    with pytest.raises(EmptyPlaceholder):
        render(body, name="  ")


def test_an_empty_option_takes_its_line_along():
    body = "One\n- [phone?]\n- two\nCall [phone?] or [mobile?].\nThree"
    assert render(body).text == "One\n- two\nThree\n"
    assert render(body, phone="1", mobile="2").text == "One\n- 1\n- two\nCall 1 or 2.\nThree\n"


def test_links_are_places_until_the_mail_leaves():
    made = render("[link:consent|Answer]\n\nOr here: [link:consent]")
    assert made.text == f"Answer:\n{PLACE}\n\nOr here: {PLACE}\n"
    assert f'<p class="button"><a href="{PLACE}" data-msys-clicktrack="0">Answer</a></p>' in made.html
    assert rendering.stored_links(made.text, made.html) == {LINK.pk: "consent"}


def test_headings_lists_and_blocks():
    made = render("# Title\n\n- one\n- two\n\n> Objection:\n> stop")
    assert made.text == "Title\n\n- one\n- two\n\nObjection:\nstop\n"
    assert "<h2>Title</h2>" in made.html
    assert "<ul><li>one</li><li>two</li></ul>" in made.html
    assert '<div class="aside">Objection:<br>\nstop</div>' in made.html


def test_a_value_is_never_read_as_words_again():
    made = render("[name]", subject="[name]", name=f"[vacancy] [link:consent] {PLACE} {{{{7*7}}}} <b>", vacancy="no")
    assert made.text.startswith("[vacancy] [link:consent] [ [link:consent:")
    assert PLACE not in made.text + made.html + made.subject
    assert "<b>" not in made.html
    assert "{{7*7}}" in made.text


def test_the_subject_is_one_line():
    assert render("x", subject="[name]", name="a\nBcc: b@c.example\r\nd").subject == "a Bcc: b@c.example d"


def test_lines_of_a_value_stay_lines():
    made = render("[words]", words="one\ntwo")
    assert made.text == "one\ntwo\n"
    assert "one<br>\ntwo" in made.html


def test_the_desk_never_sees_where_a_link_leads():
    assert rendering.masked(f"Here: {PLACE}.") == "Here: https://…/consent."


def test_a_link_that_is_gone_is_an_error():
    with pytest.raises(EmptyPlaceholder, match="link:consent"):
        rendering.with_addresses(PLACE, {})


def test_addresses_in_the_text_part_are_kept_from_tracking():
    text = "See https://a.example/x?y=1, (https://b.example/c) and https://p.example/privacy/."
    assert rendering.without_click_tracking(text, except_for=["https://p.example/privacy/"]) == (
        'See https://a.example/x?y=1[[data-msys-clicktrack="0"]],'
        ' (https://b.example/c[[data-msys-clicktrack="0"]]) and https://p.example/privacy/.'
    )


def test_a_plain_text_is_shown_word_for_word():
    made = rendering.render_plain("S [x]", "a [b] <c>\n\nhttps://w.example/", language="en", legal_name="Agency B.V.")
    assert made.text == "a [b] <c>\n\nhttps://w.example/\n\n-- \nAgency B.V.\n"
    assert "a [b] &lt;c&gt;" in made.html


@given(st.text(), st.text())
def test_no_value_breaks_out(name, words):
    if not has_ink(name):
        return
    made = render("Dear [name],\n\n[words?]", name=name, words=words)
    assert rendering.stored_links(made.text, made.html) == {}
    assert "<script" not in made.html.lower()
    assert made.html.count("<html") == 1
