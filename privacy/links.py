"""Links in a person's hands: a row here, a token derived at hand-over, an address that stays."""

from datetime import datetime
from uuid import UUID

from django.conf import settings

from privacy import tokens
from privacy.models import Link, Subject
from privacy.models.subjects import LinkPurpose

PATHS: dict[str, str] = {
    LinkPurpose.CONSENT: "/c/{}/",
    LinkPurpose.WITHDRAW: "/w/{}/",
    LinkPurpose.MY_DATA: "/me/{}/",
    LinkPurpose.NOTICE: "/n/{}/",
    LinkPurpose.REQUEST: "/privacy/requests/{}/",
    LinkPurpose.PORTAL: "/portal/enter/{}/",
    LinkPurpose.CONFIRM: "/privacy/confirm/{}/",
    LinkPurpose.COPY: "/copy/{}/",
}


def issue(
    purpose: str,
    *,
    subject: Subject | UUID,
    about_kind: str = "",
    about_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> Link:
    """Make a link of one purpose for one person."""
    return Link.objects.create(
        purpose=LinkPurpose(purpose),
        subject_id=subject.pk if isinstance(subject, Subject) else subject,
        about_kind=about_kind,
        about_id=about_id,
        expires_at=expires_at,
    )


def request_link(request_id: UUID) -> Link:
    """The link to the page of one request. It has no row: whoever asks may be nobody we know, or not any more."""
    return Link(pk=request_id, purpose=LinkPurpose.REQUEST)


def path(link: Link) -> str:
    """The path of a link with its token, such as `/c/<token>/`. Never stored, never logged."""
    return PATHS[link.purpose].format(tokens.token_for(link.pk, link.purpose))


def url(link: Link) -> str:
    """The whole address of a link, for a message about to leave."""
    return f"{settings.BASE_URL}{path(link)}"


def resolve(token: str, purpose: str) -> Link | None:
    """The link of a token; None for garbage, another purpose or a revoked link.

    Expired and used links are returned: their page says so (`is_expired`, `used_at`).
    """
    link_id = tokens.read_token(token, purpose)
    if link_id is None:
        return None
    return Link.objects.filter(pk=link_id, purpose=purpose, revoked_at=None).select_related("subject").first()
