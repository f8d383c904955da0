"""The one organisation: read once while a request is answered, and never older than its last save."""

from accounts.models import Organisation
from tests.factories import make_organisation


def test_outside_a_request_each_call_asks_anew(db, django_assert_num_queries):
    make_organisation(name="Before")
    with django_assert_num_queries(2):
        Organisation.current()
        Organisation.current()


def test_within_one_it_is_read_once(db, django_assert_num_queries):
    made = make_organisation(name="Before")
    with Organisation.read_once(), django_assert_num_queries(1):
        assert Organisation.current() == made
        assert Organisation.current().name == "Before"


def test_what_one_caller_changes_in_hand_no_other_sees(db):
    make_organisation(name="Before")
    with Organisation.read_once():
        Organisation.current().name = "Typed, not saved"
        assert Organisation.current().name == "Before"


def test_what_is_saved_is_seen_at_once(db):
    make_organisation(name="Before")
    with Organisation.read_once():
        held = Organisation.current()
        held.name = "After"
        held.save()
        assert Organisation.current().name == "After"


def test_the_next_request_reads_anew(db, client):
    make_organisation(name="Before")
    assert "Before" in client.get("/privacy/").content.decode()
    Organisation.objects.update(name="After")
    assert "After" in client.get("/privacy/").content.decode()
