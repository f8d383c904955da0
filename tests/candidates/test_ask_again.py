"""A vacancy that is reopened brings nobody back: only who is asked again stays, and only a new yes counts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from candidates import services
from candidates.models import Candidacy, Candidate, EndReason
from candidates.tasks import erase_due
from consent import services as consent
from consent.models import ConsentRequest, EventKind, LegalBasis
from consent.tasks import run_clocks
from introductions import services as introductions
from introductions.models import Introduction
from mailing import services as mail
from mailing.models import Message, State
from privacy import links
from privacy.guards import Refused
from privacy.models import Subject
from tests import factories
from vacancies import services as vacancies

DAY = timedelta(days=1)


def link_to(asked):
    return links.issue("consent", subject=asked.subject, about_kind="consent_request", about_id=asked.pk)


@pytest.fixture
def two(vacancy):
    """Anna and Bea said yes, the procedure was closed, and the vacancy is open again."""
    people = [factories.make_candidacy(vacancy, notice=True, given_name=name) for name in ("Anna", "Bea")]
    for one in people:
        asked = factories.make_request(one)
        consent.give(asked, link=link_to(asked), language="nl")
    Message.objects.filter(state=State.QUEUED).update(state=State.ABORTED)
    vacancies.close_vacancy(vacancy, actor=vacancy.owner)
    vacancies.close_procedure(vacancy, actor=vacancy.owner)
    vacancies.reopen_vacancy(vacancy, actor=vacancy.owner)
    return people


def fresh(candidacy):
    return Candidacy.objects.select_related("candidate").get(pk=candidacy.pk)


def test_reopening_stops_no_clock_and_revives_no_yes(two, vacancy, rosa):
    day = timezone.localdate() + 28 * DAY
    for one in two:
        one = fresh(one)
        assert (one.ended_reason, one.candidate.erase_on) == (EndReason.CLOSED, day)
        asked = ConsentRequest.objects.get(subject=one.subject_id)
        newest = asked.events.order_by("-id").first()
        assert newest is not None
        assert newest.kind == EventKind.EXPIRED
    Candidate.objects.update(erase_on=timezone.localdate() - DAY)
    assert erase_due() == 2


def test_only_who_is_asked_again_stays(two, rosa):
    anna, bea = two
    message = services.ask_again(fresh(anna), actor=rosa)
    assert (message.kind, message.subject_id) == ("approach", anna.subject_id)
    assert (fresh(anna).ended_at, fresh(anna).candidate.erase_on) == (None, None)
    assert fresh(bea).candidate.erase_on is not None
    Candidate.objects.exclude(erase_on=None).update(erase_on=timezone.localdate() - DAY)
    assert erase_due() == 1
    assert Subject.objects.get(pk=bea.subject_id).erased_at
    assert Subject.objects.get(pk=anna.subject_id).erased_at is None


def test_a_lapsed_yes_opens_no_introduction_and_a_new_one_does(two, rosa, vacancy):
    anna, _bea = two
    services.ask_again(fresh(anna), actor=rosa)
    contact = factories.make_contact(vacancy.client)
    how = {"contacts": [contact], "shared": ["profile"], "words": "", "actor": rosa}
    with pytest.raises(Refused):
        introductions.introduce(candidacy=fresh(anna), **how)
    asked = ConsentRequest.objects.filter(subject=anna.subject_id, closed_at=None).get()
    ConsentRequest.objects.filter(pk=asked.pk).update(handed_over_at=timezone.now())
    consent.give(asked, link=link_to(asked), language="nl")
    introductions.introduce(candidacy=fresh(anna), **how)
    assert Introduction.objects.filter(candidacy=anna).exists()


def test_without_an_answer_they_go_after_all(two, rosa):
    anna, _bea = two
    services.ask_again(fresh(anna), actor=rosa)
    ConsentRequest.objects.filter(subject=anna.subject_id, closed_at=None).update(
        handed_over_at=timezone.now() - 28 * DAY
    )
    assert run_clocks() == 1
    assert (fresh(anna).ended_reason, fresh(anna).candidate.erase_on) == (EndReason.NO_ANSWER, timezone.localdate())
    basis = LegalBasis.objects.current_of(anna.subject_id, anna.vacancy_id)
    assert basis is not None
    assert basis.basis == "legal_obligation"


def test_called_back_is_not_asked(two, rosa):
    anna, _bea = two
    message = services.ask_again(fresh(anna), actor=rosa)
    mail.cancel(message, actor=rosa)
    assert (fresh(anna).ended_reason, fresh(anna).candidate.erase_on) == (
        EndReason.CLOSED,
        timezone.localdate() + 28 * DAY,
    )


def test_who_said_no_and_who_is_over_their_day_are_not_asked_again(two, rosa, vacancy):
    anna, bea = two
    Candidacy.objects.filter(pk=anna.pk).update(ended_reason=EndReason.REFUSED)
    with pytest.raises(Refused, match="procedure"):
        services.ask_again(fresh(anna), actor=rosa)
    Candidate.objects.filter(pk=bea.candidate_id).update(erase_on=timezone.localdate() - DAY)
    with pytest.raises(Refused, match="last day"):
        services.ask_again(fresh(bea), actor=rosa)
    Candidate.objects.filter(pk=bea.candidate_id).update(erase_on=timezone.localdate())
    vacancies.close_vacancy(vacancy, actor=rosa)
    with pytest.raises(Refused, match="Reopen"):
        services.ask_again(fresh(bea), actor=rosa)


# The button


def test_the_button_in_the_panel(desk, two, rosa, vera, carl):
    anna, bea = two
    url = f"/candidacies/{anna.pk}/again/"
    assert desk(None).post(url).status_code == 302
    assert [desk(user).post(url).status_code for user in (carl, vera)] == [404, 404]
    browser = desk(rosa, htmx=True)
    assert browser.get(url).status_code == 405
    assert url in browser.get(f"/candidacies/{anna.pk}/panel/").content.decode()
    assert browser.post(url).status_code == 200
    assert fresh(anna).ended_at is None
    assert url not in browser.get(f"/candidacies/{anna.pk}/panel/").content.decode()
    Candidacy.objects.filter(pk=bea.pk).update(ended_reason=EndReason.REFUSED)
    assert "/again/" not in browser.get(f"/candidacies/{bea.pk}/panel/").content.decode()
