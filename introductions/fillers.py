"""What this floor answers to the ports below."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from introductions.models import Recipient
from privacy.ports import GotIt, register_recipients


@register_recipients
def recipients(subject: UUID) -> Iterable[GotIt]:
    """Every contact to whom this person was introduced (GDPR art. 19)."""
    rows = Recipient.objects.filter(Q(introduction__subject=subject) | Q(introduction__subject__merged_into=subject))
    return [
        GotIt(
            kind="client",
            ref=recipient.introduction_id,
            party=recipient.contact.subject_id,
            name="",
            at=recipient.introduction.at,
            acknowledged_at=recipient.deletion_confirmed_at,
        )
        for recipient in rows.select_related("introduction", "contact")
    ]
