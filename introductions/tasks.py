"""Mail that a page asks for without saying whether it goes."""

from celery import shared_task

from introductions import placements, services, spotting
from mailing.models import Mailbox
from privacy.guards import Refused
from vacancies.models import ClientContact


@shared_task
def mail_new_link(contact_id: str, key: str) -> bool:
    """Mail a fresh one-time link to a client contact who has been invited before. `key` makes a second run harmless."""
    contact = (
        ClientContact.objects.active()
        .filter(pk=contact_id, user__is_active=True, subject__erased_at=None)
        .select_related("user")
        .first()
    )
    if contact is None:
        return False
    try:
        services.invite(contact, actor=None, key=f"portal_link:{key}")
    except Refused:
        return False
    return True


@shared_task
def watch_mailboxes() -> int:
    """Have the sent mail of every linked mailbox looked at; how many mailboxes."""
    mailboxes = [str(pk) for pk in Mailbox.objects.values_list("pk", flat=True)]
    for mailbox_id in mailboxes:
        watch_mailbox.delay(mailbox_id)
    return len(mailboxes)


@shared_task
def watch_mailbox(mailbox_id: str) -> int:
    """Look at what was sent from one mailbox since last time; safe to run twice, for each mail is taken once."""
    mailbox = Mailbox.objects.select_related("owner").filter(pk=mailbox_id).first()
    return spotting.watch_and_note(mailbox) if mailbox else 0


@shared_task
def forget_placements() -> int:
    """Delete the billing records the law lets go; how many. Safe to run twice."""
    return placements.forget_over()
