"""Mail that a page asks for without saying whether it goes."""

from celery import shared_task

from introductions import services
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
