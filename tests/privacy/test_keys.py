"""Keys of files, one per owner, in the vault: made once, opening only what is theirs, and gone for good."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import IntegrityError, connections

from privacy import keys, sealing
from privacy.sealing import Unsealable
from privacy.vault.models import FileKey

CONTEXT = "file:1"


def test_what_is_sealed_opens_with_the_same_context_only(db):
    owner = uuid4()
    blob = keys.seal(owner, b"het cv", context=CONTEXT)
    assert b"het cv" not in blob
    assert keys.owner_of(blob) == owner
    assert keys.unseal(blob, context=CONTEXT) == b"het cv"
    with pytest.raises(Unsealable):
        keys.unseal(blob, context="file:2")


def test_two_seals_of_the_same_differ(db):
    owner = uuid4()
    assert keys.seal(owner, b"x", context=CONTEXT) != keys.seal(owner, b"x", context=CONTEXT)
    assert FileKey.objects.count() == 1


def test_the_key_of_one_owner_opens_nothing_of_another(db):
    mine, theirs = uuid4(), uuid4()
    blob = keys.seal(mine, b"van mij", context=CONTEXT)
    keys.seal(theirs, b"van hen", context=CONTEXT)
    swapped = blob.replace(mine.bytes, theirs.bytes)
    assert swapped != blob
    with pytest.raises(Unsealable):
        keys.unseal(swapped, context=CONTEXT)


def test_the_vault_alone_opens_nothing(db, settings):
    """The row in the vault is itself sealed, under a key of the environment."""
    owner = uuid4()
    blob = keys.seal(owner, b"geheim", context=CONTEXT)
    row = FileKey.objects.get(pk=owner)
    assert len(sealing.unseal(row.key, context=f"filekey:{owner}")) == keys.KEY_BYTES
    settings.SEAL_KEYS = {"other": b"o" * 32}
    with pytest.raises(Unsealable):
        keys.unseal(blob, context=CONTEXT)


def test_a_key_of_one_owner_put_in_the_place_of_anothers_opens_nothing(db):
    mine, theirs = uuid4(), uuid4()
    keys.seal(mine, b"x", context=CONTEXT)
    FileKey.objects.create(owner=theirs, key=FileKey.objects.get(pk=mine).key)
    with pytest.raises(Unsealable):
        keys.seal(theirs, b"y", context=CONTEXT)


def test_destroyed_is_unreadable_and_a_new_key_does_not_bring_it_back(db):
    owner, other = uuid4(), uuid4()
    blob, kept = keys.seal(owner, b"weg", context=CONTEXT), keys.seal(other, b"blijft", context=CONTEXT)
    assert keys.destroy([owner, uuid4()]) == 1
    with pytest.raises(Unsealable, match="destroyed"):
        keys.unseal(blob, context=CONTEXT)
    keys.seal(owner, b"nieuw", context=CONTEXT)
    with pytest.raises(Unsealable):
        keys.unseal(blob, context=CONTEXT)
    assert keys.unseal(kept, context=CONTEXT) == b"blijft"
    assert keys.destroy([owner]) == 1
    assert keys.destroy([owner]) == 0


def test_many_open_with_one_look_at_the_vault(db, django_assert_num_queries):
    blobs = [(keys.seal(uuid4(), str(number).encode(), context=CONTEXT), CONTEXT) for number in range(5)]
    with django_assert_num_queries(1, using="vault"):
        assert keys.unseal_all(blobs) == [b"0", b"1", b"2", b"3", b"4"]
    with django_assert_num_queries(0, using="vault"):
        assert keys.unseal_all([]) == []


def test_what_was_sealed_before_owners_had_keys_still_opens(db):
    blob = sealing.seal(b"oud", context=CONTEXT)
    assert keys.owner_of(blob) is None
    assert keys.unseal(blob, context=CONTEXT) == b"oud"


@pytest.mark.parametrize("cut", [6, 21, 22, 30, 40])
def test_a_cut_or_changed_blob_is_told_from_a_whole_one(db, cut):
    blob = keys.seal(uuid4(), b"heel", context=CONTEXT)
    with pytest.raises(Unsealable):
        keys.unseal(blob[:cut], context=CONTEXT)
    changed = bytearray(blob)
    changed[-1] ^= 1
    with pytest.raises(Unsealable):
        keys.unseal(bytes(changed), context=CONTEXT)


def test_a_key_never_changes(db):
    owner = uuid4()
    keys.seal(owner, b"x", context=CONTEXT)
    with pytest.raises(IntegrityError, match="never changes"):
        FileKey.objects.filter(pk=owner).update(key=b"other")


@pytest.mark.django_db(transaction=True, databases=["default", "vault"])
def test_two_who_seal_first_at_once_use_the_same_key():
    owner = uuid4()

    def seal(number):
        try:
            return keys.seal(owner, str(number).encode(), context=CONTEXT)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        blobs = list(pool.map(seal, range(4)))
    assert FileKey.objects.count() == 1
    assert keys.unseal_all((blob, CONTEXT) for blob in blobs) == [b"0", b"1", b"2", b"3"]
