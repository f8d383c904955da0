"""The access log: who saw whom, one row per page (GDPR art. 32; asked for by art. 15 guidance)."""

from collections.abc import Iterable
from uuid import UUID

from accounts.models import User
from privacy.models import AccessEntry


def log(
    actor: User, action: str, subjects: Iterable[UUID], *, about_kind: str = "", about_id: UUID | None = None
) -> None:
    """Note that `actor` was shown these people. A page that shows nobody leaves no row."""
    shown = list(dict.fromkeys(subjects))
    if shown:
        AccessEntry.objects.create(actor=actor, action=action, subjects=shown, about_kind=about_kind, about_id=about_id)
