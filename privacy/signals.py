"""What this floor announces to the floors above. Sent inside the transaction."""

from django.dispatch import Signal

# subject: Subject, language: str. A member of staff noted that this person objects; the person's own links act at once.
objected = Signal()
