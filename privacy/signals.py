"""What this floor announces to the floors above. Sent inside the transaction."""

from django.dispatch import Signal

# subject: Subject, language: str. This person objects, as a member of staff noted or the mail provider's list says; the
# person's own links act at once.
objected = Signal()

# scope: str, reason: str, subject: Subject | None, addresses: list[Address]. These were suppressed just now, in every
# spelling that was given. Only hashes are stored, so this is the one moment at which the addresses are known.
suppressed = Signal()

# subject_id: UUID, addresses: list[Address]. A stop of theirs was lifted, under the spellings given with the lift.
lifted = Signal()
