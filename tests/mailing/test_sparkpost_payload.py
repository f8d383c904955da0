"""What goes into a transmission, and that nothing in it is read as a template."""

import json
import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailing.attachments import plain_name
from mailing.sparkpost.payload import neutralise
from mailing.sparkpost.standin.template import TemplateError, render
from tests.mailing.wire import make_payload

SECRETS = {"address": {"name": "LEAK", "email": "LEAK"}, "email": "LEAK", "message": "LEAK"}
braces = st.text(alphabet="{} a.b'()", max_size=40)


def test_one_recipient_with_an_opaque_id_and_nothing_else_about_them():
    message_id = uuid.uuid4()
    built = make_payload(message_id=message_id)
    assert built["recipients"] == [
        {
            "address": {"email": "ann.smit@candidate.example", "name": "Ann Smit"},
            "metadata": {"message": str(message_id)},
        }
    ]
    assert "metadata" not in built
    assert "substitution_data" not in built


def test_options_are_all_said_aloud():
    assert make_payload(open_tracking=False)["options"] == {
        "open_tracking": False,
        "initial_open": False,
        "click_tracking": False,
        "transactional": True,
        "perform_substitutions": False,
    }
    assert make_payload(open_tracking=True)["options"]["initial_open"] is True


def test_unsubscribe_headers_pass_through():
    headers = {
        "List-Unsubscribe": "<https://agency.example/w/abc_-123/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert make_payload(headers=headers)["content"]["headers"] == headers


def test_bodies_are_left_as_written():
    content = make_payload(text="a {{name}}", html="<p>{{name}}</p>")["content"]
    assert (content["text"], content["html"]) == ("a {{name}}", "<p>{{name}}</p>")


@pytest.mark.parametrize(
    "changes",
    [
        {"to_email": "nobody"},
        {"to_email": "a{{email}}@x.example"},
        {"from_email": "@x.example"},
        {"to_email": "a b@x.example"},
        {"campaign_id": "é" * 33},
        {"campaign_id": "{{email}}"},
        {"text": "", "html": ""},
        {"headers": {"To": "else@x.example"}},
        {"headers": {"subject": "x"}},
        {"headers": {"X-A\r\nBcc": "x"}},
    ],
)
def test_what_sparkpost_would_misread_is_refused(changes):
    with pytest.raises(ValueError, match=r"."):
        make_payload(**changes)


def test_no_refusal_repeats_the_address():
    with pytest.raises(ValueError, match=r"address") as caught:
        make_payload(to_email="ann{{x}}@x.example")
    assert "ann" not in str(caught.value)


def test_a_line_break_can_not_start_another_header():
    content = make_payload(subject="A\r\nBcc: x@y.example", headers={"X-A": "1\n2"})["content"]
    assert content["subject"] == "A Bcc: x@y.example"
    assert content["headers"]["X-A"] == "1 2"


def test_the_stand_in_would_show_an_injection():
    assert render("Hi {{address.name}}", SECRETS) == "Hi LEAK"
    with pytest.raises(TemplateError):
        render("Hi {{", SECRETS)


@given(braces | st.text(max_size=60))
@example("{{address.name}}")
@example("{{{address.name}}}")
@example("{}}{{}")
@example("{{}")
@example("{}}")
@example("{{{{{email}}}}}")
@example("{\n{email}\n}")
@example("{\x00{email}}")
def test_no_text_reaches_the_template_language(text):
    shown = render(neutralise(text), SECRETS)
    assert "LEAK" not in shown
    # Nothing is lost but white space and control characters.
    kept = "".join(char for char in text if not char.isspace() and ord(char) > 31 and ord(char) != 127)
    assert "".join(shown.split()) == "".join(kept.split())


@given(braces, braces, braces, braces)
def test_no_field_reaches_the_template_language(name, subject, reply, header):
    built = make_payload(to_name=name, from_name=name, subject=subject, reply_to=reply, headers={"X-A": header})
    content, address = built["content"], built["recipients"][0]["address"]
    fields = [content["from"]["name"], content["subject"], content["headers"]["X-A"]]
    fields += [content.get("reply_to", ""), address.get("name", "")]
    assert "LEAK" not in "".join(render(value, SECRETS) for value in fields)
    json.dumps(built)


# One field at a time: what a person may type there, and the field as SparkPost would render it.

INJECTIONS = ["{{address.name}}", "{{{email}}}", "a {{message}} b", "{{ email or 'LEAK' }}", "{{x or 'LEAK'}}}"]
HEADERS = ["List-Unsubscribe", "List-Unsubscribe-Post", "Message-ID", "In-Reply-To", "References", "X-Anything"]


def _to(built):
    return built["recipients"][0]["address"]["name"]


def _header(name):
    return lambda typed: make_payload(headers={name: typed})["content"]["headers"][name]


FIELDS = {
    "to_name": lambda typed: _to(make_payload(to_name=typed)),
    "from_name": lambda typed: make_payload(from_name=typed)["content"]["from"]["name"],
    "subject": lambda typed: make_payload(subject=typed)["content"]["subject"],
    "reply_to": lambda typed: make_payload(reply_to=typed)["content"]["reply_to"],
    **{f"header {name}": _header(name) for name in HEADERS},
    "attachment name": lambda typed: plain_name(f"{typed}.pdf"),
}


@pytest.mark.parametrize("typed", INJECTIONS)
@pytest.mark.parametrize("field", FIELDS)
def test_what_is_typed_in_a_field_is_no_template(field, typed):
    # As it was typed it would leak, so what keeps it from leaking is done to this very field.
    assert "LEAK" in render(typed, SECRETS)
    shown = render(FIELDS[field](typed), SECRETS)
    assert "LEAK" not in shown.replace(typed, "").replace("'LEAK'", "")
    assert "email" in shown or "address.name" in shown or "message" in shown or "x or" in shown


@pytest.mark.parametrize("field", FIELDS)
def test_braces_left_open_in_a_field_make_no_mail_fail(field):
    with pytest.raises(TemplateError):
        render("Hi {{", SECRETS)
    assert "Hi" in render(FIELDS[field]("Hi {{"), SECRETS)


@pytest.mark.parametrize("typed", INJECTIONS)
def test_a_campaign_that_is_a_template_is_refused(typed):
    assert "LEAK" in render(typed, SECRETS)
    with pytest.raises(ValueError, match="braces"):
        make_payload(campaign_id=typed)


@pytest.mark.parametrize("typed", INJECTIONS)
def test_nothing_that_is_typed_gets_into_the_metadata(typed):
    message_id = uuid.uuid4()
    built = make_payload(
        message_id=message_id,
        **dict.fromkeys(("to_name", "from_name", "subject", "reply_to", "text", "html"), typed),
        headers={"X-Anything": typed},
    )
    (recipient,) = built["recipients"]
    assert recipient["metadata"] == {"message": str(message_id)}
    assert render(recipient["metadata"]["message"], SECRETS) == str(message_id)
    assert not {"metadata", "substitution_data"} & built.keys()
    assert not {"substitution_data", "tags"} & recipient.keys()
