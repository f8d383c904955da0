"""Verbs of whoever writes templates: begin a draft, save, publish, retire, and send it to oneself."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, Role, User
from mailing import attachments, footers, linter, logos, placeholders, proofreading, rendering, services
from mailing.ink import has_ink
from mailing.kinds import KINDS, TEST, WITHOUT_TEMPLATE, is_followed
from mailing.linter import Item
from mailing.models import (
    STANDARD,
    STANDARD_STAYS,
    TEMPLATE_BLANK,
    Message,
    RetiredTemplate,
    State,
    TemplateVersion,
)
from mailing.ports import Reader
from mailing.proofreading import Problem
from mailing.rendering import Rendered, Shown
from privacy import ledger, suppression
from privacy.guards import PUBLISHED, REFUSALS, Refused, lawful, refuse
from privacy.models import Link

NOT_YOURS = refuse(
    "template_not_publisher", _("A template is published and retired by a privacy officer or an administrator.")
)
UNFIT = refuse("template_unfit", _("This draft is not ready to be published."))
RETIRED_NOW = refuse("template_retired_now", _("This template is retired. Bring it back first."))
NAME_TAKEN = refuse("template_name_taken", _("There is a template with this name already."))
UNKNOWN = refuse("template_of_nothing", _("There is no such kind of message."))
NEVER_PUBLISHED = refuse("template_never_published", _("Only a template that was published can be retired."))
TOO_MANY_TESTS = refuse(
    "template_tests", _("You sent yourself five tests in ten minutes. Wait a little, or look at the preview.")
)

PUBLISHERS = (Role.OFFICER, Role.ADMINISTRATOR)
TESTS_AT_ONCE = 5
TESTS_WITHIN = timedelta(minutes=10)
# What stays as somebody real has it, and falls away in the preview too where it is empty.
_OWN = ("tracking", "recruiter_title", "recruiter_phone", "agency_phone")


@dataclass(frozen=True)
class Words:
    """What a writer types."""

    subject_line: str
    body: str
    short: str
    note: str


@dataclass(frozen=True)
class Saved:
    """Where the words went: `theirs` is the draft a colleague saved meanwhile, when ours are kept apart."""

    draft: TemplateVersion
    theirs: TemplateVersion | None = None


@dataclass(frozen=True)
class Check:
    """All that is to be said about a draft; it may be published when nothing of it stands in the way."""

    problems: list[Problem]
    items: list[Item]
    footer: list[Item]

    @property
    def lacking(self) -> list[Item]:
        return [item for item in (*self.items, *self.footer) if not item.held]

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if not problem.is_hint]

    @property
    def count(self) -> int:
        """How many things are to be put right."""
        return len(self.lacking) + len(self.errors)

    @property
    def is_fit(self) -> bool:
        return not self.lacking and not self.errors


@dataclass(frozen=True)
class Preview:
    """A draft as somebody would read it, links as places; `blank` says why there is nothing to show."""

    subject: str = ""
    text: str = ""
    html: str = ""
    short: str = ""
    blank: str = ""


def may_publish(user: User) -> bool:
    return user.role in PUBLISHERS


def start(
    *, kind: str, language: str, name: str = STANDARD, origin: TemplateVersion | None = None, actor: User
) -> TemplateVersion:
    """A new draft, with the words of `origin` or none. Raises Refused for a kind that has no template."""
    if kind not in KINDS or kind in WITHOUT_TEMPLATE or language not in ("nl", "en"):
        raise _refused(UNKNOWN)
    with lawful():
        return _new(kind, language, name, _words_of(origin) if origin else Words("", "", "", ""), actor)


def start_named(*, origin: TemplateVersion, name: str, actor: User) -> TemplateVersion:
    """The draft of a new template with a name of its own, in the words of another. Raises Refused when it is taken."""
    with lawful():
        if TemplateVersion.objects.filter(kind=origin.kind, language=origin.language, name__iexact=name).exists():
            raise _refused(NAME_TAKEN)
        return start(kind=origin.kind, language=origin.language, name=name, origin=origin, actor=actor)


def save(draft: TemplateVersion, *, words: Words, revision: int, actor: User) -> Saved:
    """Keep what was typed. Where somebody saved since `revision`, both are kept: these words as a draft of their own.

    Raises Refused for what is published.
    """
    with lawful():
        held = _locked(draft)
        if words == _words_of(held):
            return Saved(held)
        if held.published_at is not None or held.revision != revision:
            mine = _new(held.kind, held.language, held.name, words, actor)
            return Saved(mine, theirs=held)
        for name in ("subject_line", "body", "short", "note"):
            setattr(held, name, getattr(words, name))
        held.revision += 1
        held.changed_at, held.changed_by = timezone.now(), actor
        held.save(
            update_fields=["subject_line", "body", "short", "note", "revision", "changed_at", "changed_by"],
        )
    return Saved(held)


def publish(draft: TemplateVersion, *, actor: User) -> TemplateVersion:
    """From now on messages are made of these words, and they never change (I10). Publishing twice changes nothing.

    Raises Refused with what it lacks.
    """
    _check_publisher(actor)
    with lawful():
        held = _locked(draft)
        if held.published_at is not None:
            return held
        if held.is_retired:
            raise _refused(RETIRED_NOW)
        if not has_ink(held.subject_line) or not has_ink(held.body):
            raise _refused(TEMPLATE_BLANK)
        _check_fit(held)
        newest = TemplateVersion.objects.published().of(held.kind, held.language, held.name)
        last = newest.aggregate(last=Max("version"))["last"] or 0
        if last > held.version:
            held.version = _next_version(held.kind, held.language, held.name)
        held.published_at, held.published_by = timezone.now(), actor
        held.save(update_fields=["version", "published_at", "published_by"])
        _note("template.published", held, actor, version=held.version)
    return held


def discard(draft: TemplateVersion, *, actor: User) -> None:
    """Throw a draft away: one's own, or as a publisher anybody's. Raises Refused for what is published."""
    with lawful():
        held = _locked(draft)
        if held.published_at is not None:
            raise _refused(PUBLISHED)
        if held.author_id != actor.pk:
            _check_publisher(actor)
        _note("template.discarded", held, actor, version=held.version)
        held.delete()


def retire(template: TemplateVersion, *, actor: User) -> None:
    """Offer this template no longer; its versions stay. Raises Refused for the standard one."""
    _check_publisher(actor)
    with lawful():
        if template.name == STANDARD:
            raise _refused(STANDARD_STAYS)
        if not TemplateVersion.objects.published().of(template.kind, template.language, template.name).exists():
            raise _refused(NEVER_PUBLISHED)
        _row, is_new = RetiredTemplate.objects.get_or_create(
            kind=template.kind, language=template.language, name=template.name, defaults={"by": actor}
        )
        if is_new:
            _note("template.retired", template, actor)


def bring_back(template: TemplateVersion, *, actor: User) -> None:
    """Offer a retired template again."""
    _check_publisher(actor)
    with lawful():
        retired = RetiredTemplate.objects.filter(kind=template.kind, language=template.language, name=template.name)
        if retired.delete()[0]:
            _note("template.brought_back", template, actor)


def check(draft: TemplateVersion) -> Check:
    """What stands in the way of these words, and what is already right."""
    return Check(
        proofreading.proofread(
            draft.kind, draft.language, subject=draft.subject_line, body=draft.body, short=draft.short
        ),
        linter.items(draft.kind, draft.language, body=draft.body, short=draft.short),
        linter.footer_items(Organisation.current()),
    )


def preview(draft: TemplateVersion, *, actor: User, reader: Reader | None = None) -> Preview:
    """The draft as this reader, or an invented one, would get it. No link is issued; mistakes are shown as typed."""
    asked = set().union(*(rendering.names_in(part) for part in (draft.subject_line, draft.body, draft.short)))
    values = _values(draft, actor, reader)
    known = {one.name for one in placeholders.of(draft.kind)}
    values |= {name: f"[{name}]" for name in asked - known if not name.startswith("link:")}
    places = {name.removeprefix("link:") for name in asked if name.startswith("link:")} | {"withdraw", "me"}
    links = {name: Link(pk=uuid.uuid4()) for name in places}
    short = ""
    with suppress(Refused):
        short = rendering.masked(rendering.render_short(draft.short, values, links))
    try:
        made = _rendered(draft, values, links)
    except Refused as refusal:
        return Preview(short=short, blank=str(refusal))
    return Preview(made.subject, rendering.masked(made.text), rendering.as_seen(made.html), short)


def send_test(draft: TemplateVersion, *, actor: User) -> Message:
    """Send the draft as it stands to whoever writes it, with an invented reader: nobody's data lands in a mailbox.

    Its links lead to a page that says it was a test. Raises Refused for a draft a mail can't be made of.
    """
    with lawful():
        recent = Message.objects.filter(kind=TEST, sender=actor, created_at__gte=timezone.now() - TESTS_WITHIN)
        if recent.count() >= TESTS_AT_ONCE:
            raise _refused(TOO_MANY_TESTS)
        names = {one.name for one in placeholders.links_of(draft.kind)} | {"withdraw", "me"}
        logo = logos.current()
        invented = {name: Link(pk=uuid.uuid4()) for name in names}
        made = _rendered(draft, _values(draft, actor, None), invented, services.shown(logo))
        nowhere = settings.BASE_URL + reverse("mailing:test-link")
        with override(draft.language):
            subject = f"[{gettext('Test')}] {made.subject}"
        message = Message(
            kind=TEST,
            language=draft.language,
            sender=actor,
            to_email=actor.email,
            to_name=actor.name,
            recipient_hmacs=suppression.hmacs([("email", actor.email.strip().lower())]),
            subject_line=subject,
            body_text=rendering.leading_to(made.text, nowhere),
            body_html=rendering.leading_to(made.html, nowhere),
            state=State.QUEUED,
        )
        message.key = f"{TEST}:{message.pk}"
        message.save(force_insert=True)
        if logo is not None:
            attachments.join(message, (), {logos.CONTENT_ID: logo.file})
    services.poke()
    return message


def _rendered(
    draft: TemplateVersion, values: Mapping[str, str], links: Mapping[str, Link], picture: Shown | None = None
) -> Rendered:
    return rendering.render(
        subject=draft.subject_line,
        body=draft.body,
        values=values,
        links=links,
        language=draft.language,
        footer=footers.footer(draft.kind, draft.language),
        picture=picture,
    )


def _values(draft: TemplateVersion, actor: User, reader: Reader | None) -> dict[str, str]:
    """Our own details as they are; what is about the reader from the real one, else from the invented one."""
    invented = {
        name: value for name, value in placeholders.examples(draft.kind, draft.language).items() if name not in _OWN
    }
    about = {*KINDS[draft.kind].names, "greeting", "name"}
    context = {name: value for name, value in invented.items() if name in about}
    real = services.values_for(
        {**context, **(reader.values if reader else {})},
        language=draft.language,
        sender=actor,
        to_name=reader.name if reader else invented["name"],
        track=is_followed(draft.kind) and services.is_disclosed(),
    )
    return {**invented, **{name: value for name, value in real.items() if value}}


def _locked(draft: TemplateVersion) -> TemplateVersion:
    return TemplateVersion.objects.select_for_update(of=("self",)).get(pk=draft.pk)


def _new(kind: str, language: str, name: str, words: Words, actor: User) -> TemplateVersion:
    draft = TemplateVersion(
        kind=kind,
        language=language,
        name=name,
        subject_line=words.subject_line,
        body=words.body,
        short=words.short,
        note=words.note,
        author=actor,
        changed_by=actor,
        changed_at=timezone.now(),
    )
    for _attempt in range(3):
        draft.version = _next_version(kind, language, name)
        try:
            with transaction.atomic():
                draft.save(force_insert=True)
        except IntegrityError:
            continue  # somebody began one at the same moment
        return draft
    raise _refused(NAME_TAKEN)


def _next_version(kind: str, language: str, name: str) -> int:
    last: int = TemplateVersion.objects.of(kind, language, name).aggregate(last=Max("version"))["last"] or 0
    return last + 1


def _words_of(version: TemplateVersion) -> Words:
    return Words(
        version.subject_line, version.body, version.short, version.note if version.published_at is None else ""
    )


def _check_publisher(actor: User) -> None:
    if not may_publish(actor):
        raise _refused(NOT_YOURS)


def _check_fit(draft: TemplateVersion) -> None:
    found = check(draft)
    if found.is_fit:
        return
    lacking = [str(item.title) for item in found.lacking] + [problem.text for problem in found.errors]
    raise Refused(_("It still lacks: %(items)s.") % {"items": "; ".join(lacking)}, UNFIT)


def _note(what: str, template: TemplateVersion, actor: User, **codes: Any) -> None:
    about: dict[str, Any] = {"template": template.pk, "template_kind": template.kind, "language": template.language}
    ledger.append(what, actor=actor, **about, **codes)


def _refused(rule: str) -> Refused:
    return Refused(REFUSALS[rule], rule)
