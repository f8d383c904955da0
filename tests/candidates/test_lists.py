"""The list of people: filters in its address, views that are kept, and the file one takes along."""

from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import SavedView
from candidates import services
from candidates.erasure import Lists
from candidates.models import ListExport, ListExportPerson, Source
from candidates.services import lists
from privacy.erasure import planning
from privacy.erasure.holders import Later, Person, Run
from privacy.models import AccessEntry, Erasure, LedgerEntry, Subject
from tests.factories import make_candidacy, make_team, make_vacancy
from watson.today import clocks

LIST = reverse("candidates:list")
SAVE = reverse("candidates:view-save")
EXPORT = reverse("candidates:export")
EXPORTS = reverse("candidates:exports")
WHY = "Voorbereiding van een gesprek"


@pytest.fixture
def anna(vacancy):
    return make_candidacy(
        vacancy,
        given_name="Anna",
        infix="van der",
        surname="Berg",
        email="anna@person.example",
        job_title="CFO",
        employer="Acme",
    )


def text_of(response):
    return response.content.decode()


def body_of(response):
    return response.content.decode("utf-8-sig").splitlines()


# Filters


def test_people_stand_from_a_to_z_by_surname(desk, rosa, vacancy, anna):
    for name in ("Zwart", "Aker"):
        make_candidacy(vacancy, surname=name)
    text = text_of(desk(rosa).get(LIST))
    assert text.index("Aker, Anna") < text.index("Berg, Anna van der") < text.index("Zwart, Anna")
    assert vacancy.title in text
    entry = AccessEntry.objects.get(actor=rosa, about_kind="candidates")
    assert len(entry.subjects) == 3


def test_the_list_is_filtered_by_its_address(desk, rosa, vacancy, anna):
    other = make_vacancy(owner=rosa)
    bert = make_candidacy(other, surname="Kok")
    services.move(bert.pk, to="in_talks", reason="next_step", actor=rosa)
    for query, shown, hidden in [
        ("q=berg", "Berg, Anna", "Kok"),
        ("q=acme+cfo", "Berg, Anna", "Kok"),
        (f"vacancy={other.pk}", "Kok", "Berg, Anna"),
        ("stage=in_talks", "Kok", "Berg, Anna"),
    ]:
        text = text_of(desk(rosa).get(f"{LIST}?{query}"))
        assert shown in text, query
        assert hidden not in text, query
    assert "Nobody here with these filters" in text_of(desk(rosa).get(f"{LIST}?q=nobody"))
    assert "Kok" in text_of(desk(rosa).get(f"{LIST}?vacancy=nonsense&stage=nonsense&page=nonsense"))


def test_the_list_takes_as_many_queries_for_many_as_for_few(desk, rosa, vacancy, anna, django_assert_num_queries):
    browser = desk(rosa)
    browser.get(LIST)
    with django_assert_num_queries(11):
        browser.get(LIST)
    for _number in range(5):
        make_candidacy(vacancy)
    with django_assert_num_queries(11):
        browser.get(LIST)


def test_everybody_sees_their_own_people(desk, rosa, vera, olga, carl, anna):
    theirs = make_candidacy(make_vacancy(owner=vera), surname="Vos")
    assert "Berg, Anna" not in text_of(desk(vera).get(LIST))
    assert "Vos" in text_of(desk(vera).get(LIST))
    assert "Berg, Anna" in text_of(desk(olga).get(LIST))
    assert "Nobody here yet" not in text_of(desk(rosa).get(LIST))
    assert theirs.candidate.surname not in text_of(desk(rosa).get(LIST))
    assert desk(carl).get(LIST).status_code == 404
    assert desk(None).get(LIST).status_code == 302
    assert desk(rosa).post(LIST).status_code == 405


def test_more_facts_filter_and_the_newest_may_come_first(desk, rosa, vera, vacancy, anna):
    bert = make_candidacy(vacancy, surname="Kok")
    Source.objects.filter(candidacy=bert).update(type="github")
    type(bert).objects.filter(pk=bert.pk).update(owner=vera)
    browser = desk(rosa)
    for query in ("source=github", f"owner={vera.pk}", f"vacancy={vacancy.pk}&source=github", "q=-acme"):
        text = text_of(browser.get(f"{LIST}?{query}"))
        assert "Kok" in text, query
        assert "Berg, Anna" not in text, query
    text = text_of(browser.get(f"{LIST}?sort=new"))
    assert text.index("Kok, Anna") < text.index("Berg, Anna")


def test_nobody_restricted_is_in_it_not_even_for_the_officer(desk, olga, anna):
    assert "Berg, Anna" in text_of(desk(olga).get(LIST))
    Subject.objects.filter(pk=anna.subject_id).update(restricted_at=timezone.now())
    assert "Berg, Anna" not in text_of(desk(olga).get(LIST))


def test_columns_are_chosen_in_the_address(desk, rosa, anna):
    usual = text_of(desk(rosa).get(LIST))
    assert 'data-label="Job"' in usual
    assert 'data-label="Since"' not in usual
    chosen = text_of(desk(rosa).get(f"{LIST}?col=since&col=nonsense"))
    assert 'data-label="Since"' in chosen
    assert 'data-label="Job"' not in chosen


def test_what_is_ticked_in_a_vacancy_is_the_card_there(desk, rosa, vacancy, anna):
    assert f'value="{anna.candidate_id}" form="bulk"' in text_of(desk(rosa).get(LIST))
    narrowed = text_of(desk(rosa).get(f"{LIST}?vacancy={vacancy.pk}"))
    assert f'value="{anna.pk}" form="bulk"' in narrowed
    assert reverse("candidates:approach", args=[vacancy.pk]) in narrowed


# Views


def test_a_view_keeps_facts_and_never_words(desk, rosa, tom, vera, team, anna):
    asked = f"q=berg&vacancy={anna.vacancy_id}&sort=new&col=since"
    desk(rosa).post(SAVE, {"filters": asked, "name": "Mine"})
    desk(rosa).post(SAVE, {"filters": asked, "name": "Ours", "team": team.pk})
    mine, ours = SavedView.objects.order_by("name")
    assert parse_qs(mine.query) == {"vacancy": [str(anna.vacancy_id)], "sort": ["new"], "col": ["since"]}
    assert [view.name for view in SavedView.objects.shown_to(rosa, "candidates")] == ["Mine", "Ours"]
    assert [view.name for view in SavedView.objects.shown_to(tom, "candidates")] == ["Ours"]
    assert not SavedView.objects.shown_to(vera, "candidates").exists()
    assert "Ours" in text_of(desk(tom).get(LIST))
    assert LedgerEntry.objects.filter(kind="view.saved", actor=rosa.pk).count() == 2
    assert desk(tom).post(reverse("candidates:view-drop", args=[ours.pk])).status_code == 404
    assert desk(rosa).post(reverse("candidates:view-drop", args=[ours.pk])).status_code == 302
    assert not SavedView.objects.filter(pk=ours.pk).exists()


def test_a_view_that_cannot_be_kept_says_why(desk, rosa, vera, carl, anna):
    desk(rosa).post(SAVE, {"filters": "", "name": "Mine"})
    for given, said in (
        ({"name": "Mine"}, "You have a view with this name already."),
        ({"name": ""}, "This field is required."),
        ({"name": "BSN 111222333"}, "citizen service number"),
        ({"name": "Other", "team": make_team(vera).pk}, "Select a valid choice"),
    ):
        response = desk(rosa).post(SAVE, {"filters": "stage=found", **given})
        assert response.status_code == 422, given
        assert said in text_of(response), given
        assert 'value="stage=found"' in text_of(response)
    assert SavedView.objects.count() == 1
    assert desk(carl).post(SAVE, {"name": "Mine"}).status_code == 404
    assert desk(rosa).get(SAVE).status_code == 405


# Files


def test_a_file_is_registered_before_it_is_handed_out(desk, rosa, vacancy, anna):
    make_candidacy(vacancy, surname="Kok", employer="=cmd()")
    page = desk(rosa).get(f"{EXPORT}?q=acme")
    assert "1 person goes along" in text_of(page)
    assert not ListExport.objects.exists()
    response = desk(rosa).post(EXPORT, {"filters": "col=job", "reason": WHY})
    assert body_of(response) == ["Name;Job", "Berg, Anna van der;CFO, Acme", "Kok, Anna;'=cmd()"]
    assert response.headers["Content-Disposition"].startswith("attachment")
    made = ListExport.objects.get()
    assert (made.made_by, made.reason, made.rows, made.with_contacts) == (rosa, WHY, 2, False)
    assert (made.until - timezone.localdate()).days == 7
    assert set(made.people.values_list("subject", flat=True)) >= {anna.subject_id}
    assert len(AccessEntry.objects.get(action="export").subjects) == 2
    assert LedgerEntry.objects.get(kind="list.exported").codes["people"] == 2


def test_contact_points_go_along_only_when_asked_for(desk, rosa, vacancy, anna):
    make_candidacy(vacancy, surname="Kok")
    asked = {"filters": "col=place", "reason": WHY, "pk": [str(anna.pk)], "with_contacts": "on"}
    lines = body_of(desk(rosa).post(EXPORT, asked))
    assert len(lines) == 2, "only who is ticked"
    assert lines[1].startswith("Berg, Anna van der;;anna@person.example")
    assert ListExport.objects.get().with_contacts


def test_a_file_of_others_people_or_without_a_reason_is_refused(desk, rosa, vera, carl, anna):
    for reason in ("", "kort", "BSN 111222333 van haar"):
        response = desk(rosa).post(EXPORT, {"filters": "", "reason": reason, "pk": [str(anna.pk)]})
        assert response.status_code == 422, reason
        assert f'value="{anna.pk}"' in text_of(response), "who was ticked stays ticked"
    response = desk(vera).post(EXPORT, {"filters": "", "reason": WHY, "pk": [str(anna.pk)]})
    assert "Nobody is in this list" in text_of(response)
    assert not ListExport.objects.exists()
    assert desk(carl).get(EXPORT).status_code == 404
    assert desk(None).get(EXPORT).status_code == 302
    assert desk(rosa).delete(EXPORT).status_code == 405


def test_an_erasure_waits_until_the_maker_deleted_the_file(desk, rosa, tom, olga, anna):
    desk(rosa).post(EXPORT, {"filters": "", "reason": WHY})
    made = ListExport.objects.get()
    run = Run(Erasure(), (Person(anna.subject, (anna.subject_id,)),))
    [line] = Lists().plan(run)
    assert (line.count, line.until) == (1, made.until)
    with pytest.raises(Later):
        Lists().erase(run)
    assert [clock.url for clock in clocks(rosa) if clock.due_on == made.until and clock.url == EXPORTS]
    assert WHY in text_of(desk(rosa).get(EXPORTS))
    assert WHY not in text_of(desk(tom).get(EXPORTS))
    assert WHY in text_of(desk(olga).get(EXPORTS))
    asked = planning.make([anna.subject], reason="request", by=olga)
    [part] = Lists().parts(asked)
    assert (part.label, part.url) == (rosa.name, EXPORTS)
    gone = reverse("candidates:export-deleted", args=[made.pk])
    assert desk(tom).post(gone).status_code == 404
    assert desk(rosa).get(gone).status_code == 405
    for _twice in range(2):
        assert desk(rosa).post(gone).status_code == 302
    assert LedgerEntry.objects.filter(kind="list.deleted").count() == 1
    assert not ListExportPerson.objects.exists()
    assert list(Lists().plan(run)) == []
    assert Lists().erase(run) == 0
    assert WHY not in text_of(desk(rosa).get(EXPORTS))


def test_what_is_registered_of_a_file_goes_a_month_after_it_was_deleted(rosa, anna):
    kept, gone, lost, held = (
        lists.take_along([anna.candidate], reason=WHY, with_contacts=False, actor=rosa) for _each in range(4)
    )
    for made in (kept, gone):
        lists.confirm_deleted(made, actor=rosa)
    ListExport.objects.filter(pk=gone.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    long_ago = timezone.localdate() - timedelta(days=366)
    ListExport.objects.filter(pk__in=(lost.pk, held.pk)).update(until=long_ago)
    lost.people.all().delete()
    assert lists.forget_exports() == 2
    assert set(ListExport.objects.all()) == {kept, held}
    assert LedgerEntry.objects.filter(kind="list.forgotten").count() == 2
    assert lists.forget_exports() == 0
