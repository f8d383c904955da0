"""When the procedure is over, everybody leaves it, the portal closes the same day, and retention runs."""

from datetime import timedelta

from django.utils import timezone

from consent.models import ConsentRequest
from introductions.models import Introduction
from introductions.services import introduce
from tests import factories
from tests.support.texts import publish_templates
from vacancies import services as vacancies
from vacancies.models import Shared


def test_everybody_leaves_with_the_procedure_and_the_portal_closes(db):
    organisation = factories.make_organisation(retention_days=28)
    publish_templates()
    vacancy = factories.make_vacancy()
    yes = factories.make_candidacy(vacancy, notice=True)
    factories.make_event(factories.make_request(yes))
    contact = factories.make_contact(vacancy.client)
    introduce(candidacy=yes, contacts=[contact], shared=[Shared.PROFILE], words="", actor=vacancy.owner)
    asked = factories.make_candidacy(vacancy, notice=True)
    factories.make_request(asked)
    found = factories.make_candidacy(vacancy)
    elsewhere = factories.make_candidacy(factories.make_vacancy(owner=vacancy.owner), candidate=found.candidate)
    assert Introduction.objects.standing().exists()

    vacancies.close_vacancy(vacancy, actor=vacancy.owner)
    assert not vacancy.candidacies.exclude(ended_at=None).exists()
    vacancies.close_procedure(vacancy, actor=vacancy.owner)

    assert set(vacancy.candidacies.values_list("ended_reason", flat=True)) == {"closed"}
    assert set(vacancy.candidacies.values_list("stage", flat=True)) == {"introduced", "found"}
    assert not Introduction.objects.standing().exists()
    assert not ConsentRequest.objects.filter(vacancy=vacancy, closed_at=None).exists()
    last_day = timezone.localdate() + timedelta(days=organisation.retention_days)
    for candidacy in (yes, asked):
        candidacy.candidate.refresh_from_db()
        assert candidacy.candidate.erase_on == last_day
    found.candidate.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (found.candidate.erase_on, elsewhere.ended_at) == (None, None)
