"""Who looked at whom: one row per page."""

import uuid

from privacy import access
from privacy.models import AccessEntry
from tests.factories import make_user


def test_a_page_is_one_row_with_the_people_on_it(db, django_assert_num_queries):
    actor, people = make_user(), [uuid.uuid4() for _ in range(50)]
    with django_assert_num_queries(1):
        access.log(actor, "list", [*people, people[0]], about_kind="vacancy", about_id=people[1])
    entry = AccessEntry.objects.get()
    assert entry.subjects == people
    assert (entry.actor, entry.action, entry.about_kind, entry.about_id) == (actor, "list", "vacancy", people[1])


def test_a_page_that_shows_nobody_leaves_no_row(db):
    access.log(make_user(), "search", [])
    assert not AccessEntry.objects.exists()


def test_everyone_who_looked_at_a_person_newest_first(db):
    rosa, sam, anna, bob = make_user("Rosa"), make_user("Sam"), uuid.uuid4(), uuid.uuid4()
    access.log(rosa, "list", [anna, bob])
    access.log(sam, "view", [anna])
    access.log(sam, "view", [bob])
    assert [entry.actor for entry in AccessEntry.objects.about(anna)] == [sam, rosa]
