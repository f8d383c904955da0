"""The worker's side of mail: thin, and safe to run twice."""

import requests
from celery import shared_task
from django.db import OperationalError

from mailing import attachments, events, outbox, pauses, reconciler
from mailing.mailboxes import services as mailbox_services
from mailing.models import Mailbox
from mailing.provider import catch_up as catching_up
from mailing.provider import stops
from mailing.replies import intake, stuck
from mailing.replies import services as replies


@shared_task
def hand_over() -> int:
    """Hand over what is due; the number of messages SparkPost took."""
    return outbox.hand_over()


@shared_task
def reconcile() -> int:
    """Find out what became of messages whose hand-over was cut off."""
    return reconciler.reconcile()


@shared_task(autoretry_for=(OperationalError,), max_retries=5, retry_backoff=1)
def take_in(batch_id: str = "") -> int:
    """Take in the batches of events that wait; the number that was new. Older jobs name the batch they were for."""
    return events.take_in_waiting()


@shared_task
def take_in_leftovers() -> int:
    """Take in batches whose worker died or was never told, and forget the marks of old ones."""
    return events.take_in_leftovers()


@shared_task
def catch_up() -> int:
    """Ask the provider for events it did not post, when it is time to; the number that was new."""
    return catching_up.catch_up()


@shared_task
def tell_stops() -> int:
    """Pass our stops, and their lifting, on to the provider; the number of addresses."""
    return stops.tell()


@shared_task
def take_over_stops() -> int:
    """Take over what is new on the provider's list of stops; the number that was new to us."""
    return stops.take_over()


@shared_task(autoretry_for=(OperationalError,), max_retries=5, retry_backoff=1)
def take_in_mail(batch_id: str) -> int:
    """Take in one post of the relay webhook; the number of new mails."""
    return intake.take_in(batch_id)


@shared_task
def take_in_mail_leftovers() -> int:
    """Take in posts whose worker died or was never told, and forget the marks of old ones."""
    return intake.take_in_leftovers()


@shared_task
def forget_unused_files() -> int:
    """Delete files that no message holds any more; how many."""
    return attachments.forget_unused()


@shared_task
def delete_strays() -> int:
    """Delete mail of nobody we know, and mail nobody could take in, whose last day has passed; how many."""
    return replies.delete_overdue() + stuck.delete_overdue()


@shared_task
def check_mailboxes() -> int:
    """Have every linked mailbox opened, so that its owner hears what fails before an erasure needs it; how many."""
    mailboxes = [str(pk) for pk in Mailbox.objects.values_list("pk", flat=True)]
    for mailbox_id in mailboxes:
        check_mailbox.delay(mailbox_id)
    return len(mailboxes)


@shared_task
def check_mailbox(mailbox_id: str) -> bool:
    """Open one linked mailbox and note what fails; whether nothing does."""
    mailbox = Mailbox.objects.select_related("owner").filter(pk=mailbox_id).first()
    return mailbox is not None and not mailbox_services.check(mailbox)


@shared_task(autoretry_for=(requests.RequestException,), max_retries=10, retry_backoff=5, retry_backoff_max=600)
def page_operator(since: str) -> bool:
    """Page the operator about the stop that began at this moment, unless it is over."""
    return pauses.page_operator(since)
