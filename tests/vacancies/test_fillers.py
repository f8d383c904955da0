"""What this floor answers to the ports below."""

from datetime import timedelta

from django.utils import timezone

from mailing.ports import visible_vacancies
from privacy import ports
from privacy.models import Subject
from tests.factories import make_agreement, make_candidacy, make_client, make_contact, make_vacancy
from vacancies.models import ProcessingRole, VacancyState
from vacancies.ports import People, people

DAY = timedelta(days=1)


def clocks(kind: str) -> list[ports.Clock]:
    return [clock for clock in ports.clocks() if clock.kind == kind]


def test_names_of_client_contacts(db):
    contact, erased = make_contact(name="Kees Bakker"), make_contact(name="Gone")
    Subject.objects.filter(pk=erased.subject_id).update(erased_at=timezone.now())
    assert ports.names([contact.subject_id, erased.subject_id]) == {contact.subject_id: "Kees Bakker"}


def test_an_agreement_in_use_warns_a_month_ahead_and_goes_on(db):
    today = timezone.localdate()
    client = make_client()
    ends = {
        "long gone": today - 5 * DAY,
        "soon": today + 30 * DAY,
        "later": today + 31 * DAY,
        "never": None,
    }
    made = {
        name: make_agreement(client, valid_from=today - 99 * DAY, valid_until=end, signed_on=today - 99 * DAY)
        for name, end in ends.items()
    }
    for agreement in made.values():
        make_vacancy(client=client, role=ProcessingRole.PROCESSOR, agreement=agreement)
    make_agreement(client, valid_until=today)  # nothing rests on it
    over = make_agreement(client, valid_until=today)
    make_vacancy(client=client, agreement=over, state=VacancyState.PROCEDURE_CLOSED)
    found = [(clock.object_id, clock.due_on, clock.subject_id) for clock in clocks("agreement_expiry")]
    assert found == [(made[name].pk, ends[name], None) for name in ("long gone", "soon")]


def test_a_vacancy_nobody_looks_at_warns_two_weeks_ahead(db):
    now = timezone.now()
    make_vacancy(reviewed_at=now - 75 * DAY)
    due = make_vacancy(reviewed_at=now - 77 * DAY)
    make_vacancy(reviewed_at=now - 100 * DAY, state=VacancyState.CLOSED)
    [clock] = clocks("vacancy_review")
    assert (clock.object_id, clock.due_on) == (due.pk, timezone.localdate(due.reviewed_at) + 90 * DAY)


def test_mail_shows_the_vacancies_one_may_open(rosa, vera):
    mine = make_vacancy(owner=rosa)
    assert list(visible_vacancies(rosa)) == [mine.pk]
    assert list(visible_vacancies(vera)) == []


def test_people_of_many_vacancies_in_one_query(db, django_assert_num_queries):
    full, empty = make_vacancy(), make_vacancy()
    make_candidacy(full)
    restricted = make_candidacy(full)
    assert people([full.pk])[full.pk].running == 2
    Subject.objects.filter(pk=restricted.subject_id).update(restricted_at=timezone.now())
    with django_assert_num_queries(1):
        found = people([full.pk, empty.pk])
    assert found[full.pk].running == 1
    assert found[empty.pk] == People()
    assert people([]) == {}
