"""Link tokens: readable only with a live key, for their own purpose, in their own spelling."""

import string
from uuid import UUID

import pytest
from django.test import override_settings
from hypothesis import example, given
from hypothesis import strategies as st

from privacy.tokens import read_token, token_for

OLD, NEW, FOREIGN = b"o" * 32, b"n" * 32, b"f" * 32
LINK = UUID("6f1d3a52-8c0e-4b1c-9a77-0c5e2f4d9b10")
ALPHABET = string.ascii_letters + string.digits + "-_"

purposes = st.sampled_from(["consent", "withdraw", "me", "portal"])


@pytest.fixture(autouse=True, scope="module")
def keys():
    with override_settings(LINK_KEYS={"2026a": NEW, "2025a": OLD}):
        yield


@given(st.uuids(), purposes)
def test_a_token_reads_back_as_its_link(link_id, purpose):
    token = token_for(link_id, purpose)
    assert read_token(token, purpose) == link_id
    assert len(token) == 43
    assert set(token) <= set(ALPHABET)


@given(st.uuids(), purposes, purposes)
def test_a_token_serves_one_purpose(link_id, purpose, other):
    assert (read_token(token_for(link_id, purpose), other) is not None) is (purpose == other)


@given(st.uuids(), st.uuids(), purposes)
def test_a_token_opens_no_other_link(link_id, other_id, purpose):
    token, other = token_for(link_id, purpose), token_for(other_id, purpose)
    swapped = other[:21] + token[21:]
    assert swapped in (token, other) or read_token(swapped, purpose) is None


@given(st.uuids(), purposes, st.integers(0, 42), st.sampled_from(ALPHABET))
def test_one_changed_character_spoils_it(link_id, purpose, position, character):
    token = token_for(link_id, purpose)
    changed = token[:position] + character + token[position + 1 :]
    assert changed == token or read_token(changed, purpose) is None


@given(st.one_of(st.text(), st.text(ALPHABET, min_size=43, max_size=43), st.binary(), st.none(), st.integers()))
@example("")
@example("=" * 43)
@example("A" * 43)
@example("\ud800" * 43)
@example("é" * 43)
@example("A" * 42 + "\n")
def test_garbage_is_none_and_never_an_error(garbage):
    assert read_token(garbage, "consent") is None


@pytest.mark.parametrize("wrap", [" {}", "{} ", "{}=", "{}\n", "{0}{0}"])
def test_a_token_has_one_spelling(wrap):
    token = token_for(LINK, "consent")
    assert read_token(token, "consent") == LINK
    assert read_token(wrap.format(token), "consent") is None


def test_the_spare_bits_of_the_last_character_are_no_second_spelling():
    token = token_for(LINK, "consent")
    others = [token[:-1] + character for character in ALPHABET if character != token[-1]]
    assert [read_token(other, "consent") for other in others] == [None] * 63


def test_a_token_outlives_a_rotation_until_its_key_is_dropped():
    with override_settings(LINK_KEYS={"2025a": OLD}):
        token = token_for(LINK, "me")
    assert token != token_for(LINK, "me")
    assert read_token(token, "me") == LINK
    with override_settings(LINK_KEYS={"2026a": NEW}):
        assert read_token(token, "me") is None


def test_a_token_of_a_foreign_key_is_refused():
    with override_settings(LINK_KEYS={"x": FOREIGN}):
        token = token_for(LINK, "me")
        assert read_token(token, "me") == LINK
    assert read_token(token, "me") is None


def test_the_same_link_always_has_the_same_token():
    assert token_for(LINK, "me") == token_for(UUID(str(LINK)), "me")
