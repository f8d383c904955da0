"""Keyed hashes: new entries under the current key, look-ups under every live one, and keys never shown."""

import base64
import hashlib
import hmac
import os

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from privacy.keyed_hash import current, hashes, live_keys, parse_keys

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
KEYS = {"2026a": NEW, "2025a": OLD}

kinds = st.sampled_from(["email", "phone", "profile"])
texts = st.text(st.characters(exclude_categories=["Cs"]))
key_rings = st.dictionaries(
    st.from_regex(r"[a-z0-9]{1,16}", fullmatch=True),
    st.binary(min_size=32, max_size=32),
    min_size=1,
    max_size=4,
).filter(lambda ring: len(set(ring.values())) == len(ring))


def written(keys, padding=True):
    encoded = {key_id: base64.urlsafe_b64encode(key).decode() for key_id, key in keys.items()}
    return ",".join(f"{key_id}:{text if padding else text.rstrip('=')}" for key_id, text in encoded.items())


@given(key_rings, st.booleans())
def test_keys_read_back_in_their_order(keys, padding):
    assert list(parse_keys(written(keys, padding)).items()) == list(keys.items())


def test_spaces_and_a_last_comma_are_forgiven():
    assert parse_keys(f" {written(KEYS).replace(',', ' , ')}, ") == KEYS


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "At least one key is needed"),
        (" , ", "At least one key is needed"),
        (written({"": OLD}), "Entry 1 must read id:key"),
        (written({"A": OLD}), "Entry 1 must read id:key"),
        (written({"a" * 17: OLD}), "Entry 1 must read id:key"),
        (written({"a": OLD}) + ",loose", "Entry 2 must read id:key"),
        (written({"a": OLD}) + "," + written({"a": NEW}), "The key id a is used twice"),
        (written({"a": OLD}) + "," + written({"b": OLD}), "Key b repeats an earlier key"),
        (written({"a": OLD[:31]}), "Key a must be 32 bytes"),
        (written({"a": OLD + b"!"}), "Key a must be 32 bytes"),
        ("a:", "Key a must be 32 bytes"),
        ("a:é" + "A" * 42, "Key a must be 32 bytes"),
        ("a:" + "=" * 44, "Key a must be 32 bytes"),
    ],
)
def test_a_wrong_value_is_said_plainly(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        parse_keys(text)


def test_no_refusal_shows_a_key():
    key = os.urandom(31)
    with pytest.raises(ValueError, match="Key a") as refusal:
        parse_keys(written({"a": key}))
    assert base64.urlsafe_b64encode(key).decode().rstrip("=") not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_hash_is_hmac_sha256_of_kind_nul_identifier():
    message = b"email\0anna@example.nl"
    assert hashes("email", "anna@example.nl", KEYS) == {
        "2026a": hmac.new(NEW, message, hashlib.sha256).hexdigest(),
        "2025a": hmac.new(OLD, message, hashlib.sha256).hexdigest(),
    }


@given(kinds, texts)
def test_the_current_hash_is_the_first_of_all(kind, text):
    assert current(kind, text, KEYS) == ("2026a", hashes(kind, text, KEYS)["2026a"])


@given(kinds, texts)
def test_an_entry_made_before_a_rotation_is_still_found(kind, text):
    key_id, stored = current(kind, text, {"2025a": OLD})
    assert hashes(kind, text, KEYS)[key_id] == stored
    assert current(kind, text, KEYS)[0] == "2026a"


@given(kinds, texts, kinds, texts)
def test_two_identifiers_never_share_a_hash(kind, text, other_kind, other_text):
    same = (kind, text) == (other_kind, other_text)
    assert (hashes(kind, text, KEYS) == hashes(other_kind, other_text, KEYS)) is same


@given(kinds, texts)
def test_a_hash_fits_its_column_and_differs_by_key(kind, text):
    values = hashes(kind, text, KEYS).values()
    assert len(set(values)) == len(KEYS)
    assert all(len(value) == 64 and int(value, 16) >= 0 for value in values)


@pytest.mark.parametrize("kind", ["", "email\0anna"])
def test_a_kind_is_a_code(kind):
    with pytest.raises(ValueError, match="short code without NUL"):
        hashes(kind, "anna@example.nl", KEYS)


def test_the_keys_of_the_settings_are_the_default():
    with override_settings(SUPPRESSION_KEYS=KEYS):
        assert list(live_keys()) == ["2026a", "2025a"]
        assert hashes("email", "anna@example.nl") == hashes("email", "anna@example.nl", KEYS)
        assert current("email", "anna@example.nl") == current("email", "anna@example.nl", KEYS)
