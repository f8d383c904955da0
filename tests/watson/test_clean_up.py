"""What outlived its period goes; what did not, stays."""

from datetime import timedelta

from django.utils import timezone

from candidates.models import ImportBatch
from consent.models import ConsentTrace
from mailing.models import MailEvent
from tests import factories
from watson.tasks import clean_up


def test_only_what_is_past_its_period_goes(db):
    factories.make_organisation(trace_days=90)
    now = timezone.now()
    old, young = (factories.make_event(factories.make_request()) for _ in range(2))
    for event, days in ((old, 91), (young, 89)):
        ConsentTrace.objects.create(event=event, ip="192.0.2.1", user_agent="x")
        ConsentTrace.objects.filter(event=event).update(at=now - timedelta(days=days))
    for name, days in (("old", 31), ("young", 29)):
        MailEvent.objects.create(event_id=name, type="open", at=now, received_at=now - timedelta(days=days))
    vacancy = factories.make_vacancy()
    for hours in (25, 23):
        batch = ImportBatch.objects.create(vacancy=vacancy, made_by=vacancy.owner, rows=b"x", row_count=1)
        ImportBatch.objects.filter(pk=batch.pk).update(created_at=now - timedelta(hours=hours))
    gone = clean_up()
    assert (gone["traces"], gone["mail_events"], gone["imports"]) == (1, 1, 1)
    assert ConsentTrace.objects.get().event == young
    assert MailEvent.objects.get().pk == "young"
    assert sum(clean_up().values()) == 0
