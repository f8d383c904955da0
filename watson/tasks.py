"""Housekeeping that no single floor owns."""

from datetime import timedelta

from axes.models import AccessAttempt
from celery import shared_task
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import Organisation
from candidates.models import ImportBatch, Round
from consent.models import ConsentTrace
from mailing.models import MailEvent
from watson import metrics

IMPORT_HOURS = 24
ROUND_DAYS = 30
SIGN_IN_DAYS = 7


@shared_task
def heartbeat() -> None:
    """Beat and a worker are alive: `/metrics` tells how long ago this ran."""
    metrics.heartbeat()


@shared_task
def clean_up() -> dict[str, int]:
    """Drop what outlived its period: sessions, sign-in failures, mail events, traces of answers, uploaded lists.

    Each in its own statement; safe to run twice. Returns how many rows of each went.
    """
    now = timezone.now()
    trace_days = Organisation.current().trace_days
    going = {
        "sessions": Session.objects.filter(expire_date__lt=now),
        "sign_in_failures": AccessAttempt.objects.filter(attempt_time__lt=now - timedelta(days=SIGN_IN_DAYS)),
        "mail_events": MailEvent.objects.filter(received_at__lt=now - timedelta(days=settings.MAIL_EVENT_DAYS)),
        "traces": ConsentTrace.objects.filter(at__lt=now - timedelta(days=trace_days)),
        "rounds": Round.objects.filter(created_at__lt=now - timedelta(days=ROUND_DAYS)),
        "imports": ImportBatch.objects.filter(created_at__lt=now - timedelta(hours=IMPORT_HOURS)),
    }
    return {name: rows.delete()[0] for name, rows in going.items()}
