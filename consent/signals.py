"""What this floor announces to the floors above. All are sent inside the transaction."""

from django.dispatch import Signal

# request: ConsentRequest, event: ConsentEvent
consent_changed = Signal()

# subject: Subject, link: Link, request: ConsentRequest | None: the person stops everything
everything_stopped = Signal()

# link: Link, subject: Subject, request: ConsentRequest | None: the address belongs to somebody else
not_me_said = Signal()
