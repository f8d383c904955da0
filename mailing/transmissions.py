"""From claimed messages to SparkPost's JSON: real addresses in, tracking as the organisation and the person allow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import MailTracking, Organisation, User
from mailing import attachments, footers, rendering
from mailing.events import bulk
from mailing.kinds import ACCOUNT, is_transactional
from mailing.models import LEGAL_KINDS, Message, TemplateVersion
from mailing.replies import addresses
from mailing.sparkpost import payload
from privacy import links as links_of
from privacy.models import Link
from privacy.models.subjects import LinkPurpose

Links = Mapping[UUID, Link]

# Asked for every few messages, so in the spelling that costs least.
_LINKS = "SELECT * FROM privacy_link WHERE id = ANY(%s::uuid[])"
_UNFOLLOWED = "SELECT subject_id FROM mailing_unfollowed WHERE subject_id = ANY(%s::uuid[])"


def links_in(message: Message) -> Links:
    """The links this message's bodies hold places for; only the addressee's own."""
    return links_of_all([message])[message.pk]


def links_of_all(messages: Iterable[Message]) -> dict[UUID, Links]:
    """The same for many messages, in one query."""
    held = {message.pk: rendering.stored_links(message.body_text, message.body_html) for message in messages}
    ids = {link for links in held.values() for link in links}
    found = {link.pk: link for link in Link.objects.raw(_LINKS, [bulk.array(ids)])} if ids else {}
    return {
        message.pk: {
            **{link: found[link] for link in held[message.pk] if link in found and _is_of(found[link], message)},
            **_request_in(message, held[message.pk]),
        }
        for message in messages
    }


def _request_in(message: Message, held: Mapping[UUID, str]) -> dict[UUID, Link]:
    """The page of the request a message answers: it has no row of its own, for strangers ask too."""
    if message.act_kind == "data_request" and message.act_id is not None and held.get(message.act_id) == "request":
        return {message.act_id: links_of.request_link(message.act_id)}
    return {}


def addresses_of(links: Links) -> dict[str, str]:
    """Where links lead, by their id as it stands in stored bodies. Tokens: never stored, never logged."""
    return {str(pk): links_of.url(link) for pk, link in links.items()}


class Words:
    """Templates and senders of a round: published words never change, and a name not within these seconds."""

    def __init__(self) -> None:
        self._templates: dict[UUID, TemplateVersion] = {}
        self._senders: dict[UUID, User] = {}

    def give(self, messages: Iterable[Message]) -> None:
        """Set `template` and `sender` of each message, asking the database for what is new alone."""
        messages = list(messages)
        templates = {message.template_id for message in messages if message.template_id}
        senders = {message.sender_id for message in messages if message.sender_id}
        if new := templates - self._templates.keys():
            self._templates |= TemplateVersion.objects.in_bulk(new)
        if unknown := senders - self._senders.keys():
            self._senders |= User.objects.in_bulk(unknown)
        for message in messages:
            message.template = self._templates[message.template_id] if message.template_id else None
            message.sender = self._senders[message.sender_id] if message.sender_id else None


def build(
    messages: list[Message], organisation: Organisation, words: Words | None = None
) -> dict[UUID, dict[str, Any] | Exception]:
    """The transmission of each message in a handful of queries, or what keeps it from being one."""
    (words or Words()).give(messages)
    links = links_of_all(messages)
    along = attachments.along_with(messages)
    subjects = {message.subject_id for message in messages if message.track and message.subject_id}
    unfollowed = set(bulk.column(_UNFOLLOWED, subjects)) if subjects else set()
    may_follow = organisation.mail_tracking == MailTracking.DISCLOSED
    built: dict[UUID, dict[str, Any] | Exception] = {}
    for message in messages:
        followed = message.track and may_follow and message.subject_id not in unfollowed
        try:
            transmission = _build(message, organisation, links[message.pk], followed)
            transmission["content"] |= attachments.parts_of(along.get(message.pk, attachments.NOTHING))
            built[message.pk] = transmission
        except Exception as error:
            built[message.pk] = error
    return built


def _build(message: Message, organisation: Organisation, links: Links, followed: bool) -> dict[str, Any]:
    addressed = addresses_of(links)
    text = rendering.with_addresses(message.body_text, addressed)
    if followed:
        text = rendering.without_click_tracking(text, except_for=[footers.policy_address(message.language)])
    sender = sender_of(message, organisation)
    return payload.build(
        message_id=message.pk,
        to_email=message.to_email,
        to_name=message.to_name,
        from_name=sender.name,
        from_email=sender.email,
        reply_to=sender.reply_to,
        subject=message.subject_line,
        text=text,
        html=rendering.with_addresses(message.body_html, addressed) if message.body_html else "",
        campaign_id=message.pk.hex,
        open_tracking=followed,
        click_tracking=followed,
        transactional=message.kind in LEGAL_KINDS or is_transactional(template_kind_of(message)),
        headers={**addresses.message_id_header(message.pk), **_unsubscribe(message, links, addressed)},
    )


@dataclass(frozen=True)
class Sender:
    """In whose name a message goes, from which address, and where answers go."""

    name: str
    email: str
    reply_to: str


def sender_of(message: Message, organisation: Organisation) -> Sender:
    """The recruiter through the agency's sending domain, or the agency itself."""
    agency = organisation.name or organisation.legal_name
    own = message.sender.email if message.sender else organisation.email
    name = message.sender.name if message.sender else agency
    return Sender(
        name=f"{name} ({agency})" if message.sender else agency,
        email=f"{own.partition('@')[0]}@{organisation.mail_domain}",
        # Nobody answers account mail in a thread.
        reply_to=own if message.kind == ACCOUNT else addresses.reply_to(message.pk, name=name, otherwise=own),
    )


def template_kind_of(message: Message) -> str:
    """Which words a message is made of; a kind of the closed list may have several."""
    return message.template.kind if message.template else message.kind


def _unsubscribe(message: Message, links: Links, addressed: Mapping[str, str]) -> dict[str, str]:
    """One-click unsubscribe (RFC 8058), where the message has a withdraw link."""
    stop = next((link for link in links.values() if link.purpose == LinkPurpose.WITHDRAW), None)
    if stop is None or message.kind == ACCOUNT:
        return {}
    return {
        "List-Unsubscribe": f"<{addressed[str(stop.pk)]}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _is_of(link: Link, message: Message) -> bool:
    return link.subject_id == message.subject_id
