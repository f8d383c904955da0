"""Seals: what went in comes out unchanged, in its own context, under a live key; anything else is refused."""

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from privacy.sealing import Unsealable, seal, unseal

OLD, NEW, FOREIGN = b"o" * 32, b"n" * 32, b"f" * 32

contexts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.fixture(autouse=True, scope="module")
def keys():
    with override_settings(SEAL_KEYS={"2026a": NEW, "2025a": OLD}):
        yield


@given(st.binary(max_size=4000), contexts)
def test_what_is_sealed_opens_unchanged(data, context):
    blob = seal(data, context=context)
    assert unseal(blob, context=context) == data
    assert unseal(memoryview(blob), context=context) == data
    assert len(data) < 8 or data not in blob


@given(st.binary(max_size=200), contexts, contexts)
def test_a_blob_opens_in_its_own_context_only(data, context, other):
    blob = seal(data, context=context)
    if context == other:
        assert unseal(blob, context=other) == data
    else:
        with pytest.raises(Unsealable):
            unseal(blob, context=other)


@given(st.binary(max_size=60), st.data())
def test_any_changed_bit_is_noticed(data, draw):
    blob = bytearray(seal(data, context="screening:1"))
    position = draw.draw(st.integers(0, len(blob) - 1))
    blob[position] ^= 1 << draw.draw(st.integers(0, 7))
    with pytest.raises(Unsealable):
        unseal(bytes(blob), context="screening:1")


@given(st.binary(max_size=60), st.data())
def test_a_cut_or_lengthened_blob_is_noticed(data, draw):
    blob = seal(data, context="screening:1")
    with pytest.raises(Unsealable):
        unseal(blob[: draw.draw(st.integers(0, len(blob) - 1))], context="screening:1")
    with pytest.raises(Unsealable):
        unseal(blob + draw.draw(st.binary(min_size=1, max_size=9)), context="screening:1")


@given(st.binary(max_size=200))
def test_garbage_is_unsealable_and_no_other_error(garbage):
    with pytest.raises(Unsealable):
        unseal(garbage, context="screening:1")


def test_the_same_secret_never_looks_the_same_twice():
    blobs = {seal(b"secret", context="screening:1") for _ in range(200)}
    assert len(blobs) == 200


def test_a_blob_outlives_a_rotation_until_its_key_is_dropped():
    with override_settings(SEAL_KEYS={"2025a": OLD}):
        blob = seal(b"secret", context="screening:1")
    assert unseal(blob, context="screening:1") == b"secret"
    assert seal(b"secret", context="screening:1")[1:6] == b"2026a"
    with (
        override_settings(SEAL_KEYS={"2026a": NEW}),
        pytest.raises(Unsealable, match="not among the live ones"),
    ):
        unseal(blob, context="screening:1")


def test_another_key_under_the_same_id_does_not_open_it():
    with override_settings(SEAL_KEYS={"2026a": FOREIGN}):
        blob = seal(b"secret", context="screening:1")
    with pytest.raises(Unsealable, match="was changed"):
        unseal(blob, context="screening:1")
