"""A stop is found again under every spelling and every key, holds no address, and only the person lifts it."""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from privacy import keyed_hash, links, suppression
from privacy.guards import Refused
from privacy.models import LedgerEntry, Subject, SuppressionEntry
from privacy.models.suppression import SUPPRESSION_LOCK, Reason, Scope
from tests.factories import make_user

ANNA = ("email", "anna@person.example")
OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
def person(db):
    return Subject.objects.create()


def stop(*addresses, scope=Scope.ALL, reason=Reason.OBJECTED, **where):
    return suppression.suppress(addresses or [ANNA], scope=scope, reason=reason, actor=None, **where)


def stands(*addresses, **where):
    return suppression.standing_for(addresses or [ANNA], **where).exists()


def test_a_stop_for_everything_reaches_every_contact(db):
    assert not stands()
    assert stop() == 1
    assert stands()
    assert stands(vacancy=uuid.uuid4(), client=uuid.uuid4())
    assert not stands(("email", "bob@person.example"))
    assert not stands(("phone", ANNA[1])), "another kind is another address"


def test_no_address_is_stored(db):
    stop(ANNA, ("phone", "+31612345678"), ("profile", "https://www.linkedin.com/in/anna"))
    rows = str(list(SuppressionEntry.objects.values())) + str(list(LedgerEntry.objects.values()))
    assert SuppressionEntry.objects.count() == 3
    assert "anna" not in rows
    assert "612345678" not in rows


def test_a_stop_for_one_vacancy_reaches_only_that_one(db):
    vacancy, other = uuid.uuid4(), uuid.uuid4()
    stop(scope=Scope.VACANCY, reason=Reason.REFUSED, vacancy=vacancy)
    assert stands(vacancy=vacancy)
    assert not stands(vacancy=other)
    assert not stands()


def test_a_stop_for_one_client_reaches_every_vacancy_of_it(db):
    client = uuid.uuid4()
    stop(scope=Scope.CLIENT, client=client)
    assert stands(vacancy=uuid.uuid4(), client=client)
    assert not stands(vacancy=uuid.uuid4(), client=uuid.uuid4())


@pytest.mark.parametrize(
    "where", [{"scope": Scope.VACANCY}, {"scope": Scope.CLIENT}, {"scope": Scope.ALL, "vacancy": uuid.uuid4()}]
)
def test_a_scope_without_its_object_is_refused(db, where):
    with pytest.raises(DatabaseError, match="suppression_scope_complete"), transaction.atomic():
        stop(**where)


def test_repeating_a_stop_changes_nothing(db):
    assert stop() == 1
    assert stop(reason=Reason.COMPLAINT) == 0
    assert stop(ANNA, ANNA, ("email", "bob@person.example")) == 1
    assert stop(scope=Scope.VACANCY, vacancy=uuid.uuid4()) == 1, "another scope is another stop"
    assert LedgerEntry.objects.filter(kind="suppression.added").count() == 3


@pytest.mark.parametrize(
    ("said", "returns"),
    [
        ("anna+jobs@person.example", "anna@person.example"),
        ("anna@person.example", "anna+again@person.example"),
        ("an.na+x@gmail.com", "anna@gmail.com"),
        ("anna@googlemail.com", "a.n.n.a@gmail.com"),
    ],
)
def test_the_same_mailbox_in_another_spelling_is_recognised(db, said, returns):
    stop(("email", said))
    assert stands(("email", returns))
    assert stop(("email", returns)) == 0


def test_dots_count_outside_gmail(db):
    stop(("email", "an.na@person.example"))
    assert not stands(("email", "anna@person.example"))


def test_one_call_with_two_spellings_makes_one_entry(db):
    assert stop(("email", "an.na@gmail.com"), ("email", "anna@gmail.com")) == 1


def test_hmacs_has_one_per_live_key_and_spelling(settings):
    settings.SUPPRESSION_KEYS = {"new": NEW, "old": OLD}
    assert len(suppression.hmacs([ANNA])) == 2
    assert len(suppression.hmacs([("email", "an.na+x@gmail.com")])) == 6
    assert suppression.hmacs([ANNA, ANNA]) == suppression.hmacs([ANNA])
    assert suppression.hmacs([]) == []


def test_variants_agree_with_what_contacts_are_normalised_to():
    from candidates.contact import email_variants_for_suppression

    for address in ("anna@person.example", "an.na+x@gmail.com", "anna+x@person.example", "a.b@googlemail.com"):
        assert suppression.variants("email", address) == email_variants_for_suppression(address)


def test_an_entry_under_the_old_key_is_found_after_a_new_key_comes_first(db, settings):
    settings.SUPPRESSION_KEYS = {"old": OLD}
    stop()
    settings.SUPPRESSION_KEYS = {"new": NEW, "old": OLD}
    assert stands()
    assert stop() == 0, "known already, under the old key"
    assert stop(("email", "bob@person.example")) == 1
    assert SuppressionEntry.objects.latest("at").key_id == "new"
    settings.SUPPRESSION_KEYS = {"new": NEW}
    assert not stands(), "a key that is thrown away takes its entries with it"


def test_only_the_persons_own_link_lifts(person):
    stop()
    link = links.issue("me", subject=person)
    entries = suppression.standing_for([ANNA])
    assert suppression.lift(entries, link=link) == 1
    assert not stands()
    assert suppression.lift(SuppressionEntry.objects.all(), link=link) == 0, "lifted already"
    lifted = LedgerEntry.objects.get(kind="suppression.lifted")
    assert (lifted.subject_id, lifted.actor) == (person.pk, None)


def test_a_portal_link_lifts_nothing(person):
    stop()
    with pytest.raises(Refused, match="Only the person"):
        suppression.lift(suppression.standing_for([ANNA]), link=links.issue("portal", subject=person))
    assert stands()


def test_a_revoked_link_lifts_nothing(person):
    stop()
    link = links.issue("me", subject=person)
    link.revoked_at = link.created_at
    with pytest.raises(Refused, match="no longer works"):
        suppression.lift(suppression.standing_for([ANNA]), link=link)
    assert stands()


def test_a_stop_can_be_said_again_after_it_was_lifted(person):
    stop()
    suppression.lift(suppression.standing_for([ANNA]), link=links.issue("withdraw", subject=person))
    assert stop() == 1
    assert stands()


def test_the_lock_is_taken_before_anything_is_read(transactional_db, app_connection):
    with app_connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [SUPPRESSION_LOCK])
    with transaction.atomic(), connection.cursor() as own:
        own.execute("SET LOCAL lock_timeout = '200ms'")
        with pytest.raises(DatabaseError, match="lock timeout"), transaction.atomic():
            stop()
    app_connection.rollback()
    assert stop() == 1


def test_the_ledger_says_who_noted_it(person):
    actor = make_user()
    suppression.suppress([ANNA], scope=Scope.ALL, reason=Reason.ERASED, actor=actor, subject=person)
    entry = LedgerEntry.objects.get()
    assert (entry.kind, entry.actor, entry.subject_id) == ("suppression.added", actor.pk, person.pk)
    assert entry.codes["reason"] == "erased"
    assert keyed_hash.current(*ANNA)[1] not in str(entry.codes), "not even the hash: it is an identifier"
