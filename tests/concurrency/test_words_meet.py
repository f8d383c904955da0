"""Two who write words about the same people at once, in whatever order: neither waits for ever."""

from django.contrib.postgres.search import SearchQuery
from django.db import DatabaseError

from candidates.models import Note, SearchDocument
from tests import factories as make
from tests.support.threads import Runners

TIMES = 4


def test_two_statements_about_the_same_people_in_opposite_order_both_go_on(transactional_db):
    vacancy = make.make_vacancy()
    people = [make.make_candidacy(vacancy).candidate for _number in range(12)]

    def writes(order):
        Note.objects.bulk_create(Note(candidate=person, author=vacancy.owner, text="Kaas") for person in order)

    with Runners(2, expect=(DatabaseError,)) as runners:
        for _ in range(TIMES):
            met = runners.start(lambda: writes(people), lambda: writes(people[::-1]))
            assert met == [None, None]
    kaas = SearchQuery("kaas", config="simple")
    assert SearchDocument.objects.filter(vacancy=None, words=kaas).count() == len(people)
