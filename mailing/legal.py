"""Messages about a request or to a recipient of the data: who gets them, and what fills their words.

All belong to the closed list of I8: each names the act it answers and says nothing of a vacancy.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from mailing import footers, rendering, rights, services
from mailing.kinds import KINDS
from mailing.models import Message, TemplateVersion
from mailing.transmissions import template_kind_of
from privacy import deadlines, ports
from privacy.desk import identity, telling
from privacy.guards import REFUSALS, Refused
from privacy.identifiers import BadContact, normalise_email
from privacy.links import request_link
from privacy.models import DataRequest, Decision, IdentityCheck, Link, Subject, Telling
from privacy.models.handling import Ground, Method
from privacy.models.requests import RequestKind
from privacy.models.subjects import LinkPurpose

DATA_REQUEST = "data_request"
TELLING = "telling"
# These ask, or open what another message told of; the person was told nothing by them.
TELLS_NOTHING = frozenset({"rights_answer_code", "receipt_identity", "receipt_question"})


@dataclass(frozen=True)
class _Draft:
    """What one message needs beyond its words."""

    key: str
    to: str
    language: str
    act: tuple[str, UUID]
    subject: UUID | None
    to_name: str = ""
    context: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)


def mail(kind: str, *, subject: UUID | None, codes: Mapping[str, Any]) -> Message | None:
    """Queue a message about a request, or to a recipient; None where no e-mail address is known.

    Kinds of `mailing.rights` bring words and links of their own.
    """
    if kind in rights.KINDS:
        return rights.queue(kind, subject=subject, codes=codes)
    draft = _to_recipient(codes) if "telling" in codes else _to_person(kind, subject, codes)
    if not draft.to:
        return None
    return services.queue(
        kind,
        key=draft.key,
        subject=Subject.objects.filter(pk=draft.subject).first() if draft.subject else None,
        to_email=draft.to,
        to_name=draft.to_name,
        addresses=[("email", draft.to)],
        language=draft.language,
        context=draft.context,
        links=draft.links,
        act=draft.act,
        sender=None,
        transactional=True,
    )


def letter(kind: str, *, request: UUID, words: Mapping[str, str]) -> ports.Letter:
    """The same message as it would read, with links masked; `words` stand in for what is not stored yet."""
    asked = DataRequest.objects.get(pk=request)
    language = asked.language
    template = TemplateVersion.objects.of(kind, language).published().order_by("-version").first()
    if template is None:
        raise Refused(REFUSALS[services.NO_WORDS], services.NO_WORDS)
    with override(language):
        context = _context(asked, words)
    values = services.values_for(context, language=language, sender=None, to_name="", track=False)
    own = (*KINDS[kind].links, *KINDS[kind].may_hold)
    names = own if asked.subject_id is None else (*own, "me", "withdraw")
    places = {name: Link(purpose=LinkPurpose.NOTICE) for name in names}
    rendered = rendering.render(
        subject=template.subject_line,
        body=template.body,
        values=values,
        links=places,
        language=language,
        footer=footers.footer(kind, language),
    )
    return ports.Letter(to=_address(asked.contact), subject=rendered.subject, text=rendering.masked(rendered.text))


def on_handed_over(sender: Any, messages: Iterable[Message], **kwargs: Any) -> None:
    """What the person was told about a request is written down with the hand-over itself."""
    about = [one for one in messages if one.act_kind == DATA_REQUEST and template_kind_of(one) not in TELLS_NOTHING]
    telling.note_handed_over([(one.pk, one.act_id, one.kind) for one in about if one.act_id])


def on_failed(sender: Any, messages: Iterable[Message], **kwargs: Any) -> None:
    """An answer that did not arrive answers nothing."""
    for one in messages:
        if one.act_kind == DATA_REQUEST and one.act_id and template_kind_of(one) not in TELLS_NOTHING:
            telling.note_failed(one.act_id, message=one.pk, kind=one.kind)


def _to_person(kind: str, subject: UUID | None, codes: Mapping[str, Any]) -> _Draft:
    request = DataRequest.objects.get(pk=codes["request"])
    language = str(codes.get("language") or request.language)
    key = f"{kind}:{request.pk}"
    to, to_name, words, held = _address(request.contact), "", {}, {}
    if "check" in codes:
        check = IdentityCheck.objects.get(pk=codes["check"])
        key = f"{kind}:{check.pk}"
        words = {"asked": check.asked, "doubt": check.doubt}
        if check.method == Method.MAILBOX and subject is not None:
            # To the mailbox on file, whatever address the request came from: that is the point of it.
            known = ports.reach([subject]).get(subject)
            to, to_name = (known.email, known.name) if known else ("", "")
            words = {"code": identity.code_of(check.pk)}
            held = {"confirm": Link.objects.get(about_kind=identity.ABOUT, about_id=check.pk)}
    elif kind == "receipt_request":
        held = {"request": request_link(request.pk)}
    if "decision" in codes:
        decision = Decision.objects.get(pk=codes["decision"])
        key = f"{kind}:{decision.pk}"
        words = {"ground": decision.ground, "reasons": decision.reasons}
    if attempt := int(codes.get("attempt") or 0):
        key = f"{key}:{attempt}"
    with override(language):
        context = _context(request, words)
    return _Draft(key, to, language, (DATA_REQUEST, request.pk), subject, to_name, context, held)


def _to_recipient(codes: Mapping[str, Any]) -> _Draft:
    line = Telling.objects.select_related("request").get(pk=codes["telling"])
    known = ports.reach([line.party_id]).get(line.party_id) if line.party_id else None
    language = known.language if known else "nl"
    what = {
        "nl": {
            RequestKind.ERASURE: "Wis alles wat u van deze persoon hebt, ook kopieën, mails en aantekeningen.",
            RequestKind.RECTIFICATION: "De gegevens van deze persoon zijn verbeterd. Gebruik alleen wat u nu ziet.",
            RequestKind.RESTRICTION: "Bewaar de gegevens van deze persoon, maar gebruik ze niet tot u van ons hoort.",
        },
        "en": {
            RequestKind.ERASURE: "Erase everything you have of this person, copies, mails and notes included.",
            RequestKind.RECTIFICATION: "The data of this person were corrected. Use only what you see now.",
            RequestKind.RESTRICTION: "Keep the data of this person, but do not use them until you hear from us.",
        },
    }
    with override(language):
        context = {
            "greeting": gettext("Hello,"),
            "what_to_do": what[language].get(RequestKind(line.request.kind), ""),
            "got_on": date_format(timezone.localtime(line.disclosed_at), "j F Y") if line.disclosed_at else "",
        }
    return _Draft(
        key=f"art19_request:{line.pk}",
        to=known.email if known else "",
        to_name=known.name if known else "",
        language=language,
        act=(TELLING, line.pk),
        subject=line.party_id,
        context=context,
    )


def _context(request: DataRequest, words: Mapping[str, str]) -> dict[str, str]:
    """What the words of these kinds may name, in the language active now."""
    return {
        "greeting": gettext("Hello,"),
        "due_on": date_format(request.due_on),
        "received_on": date_format(timezone.localdate(request.received_at)),
        "asked_for": _asked_for(request),
        "new_due_on": date_format(deadlines.extended_due_date(request.received_at)),
        "code": words.get("code", ""),
        "asked": words.get("asked", ""),
        "doubt": words.get("doubt", ""),
        "ground": str(Ground(words["ground"]).label) if words.get("ground") else "",
        "reasons": words.get("reasons", ""),
        "answer": words.get("answer", request.outcome),
    }


def _asked_for(request: DataRequest) -> str:
    return str(RequestKind(request.kind).label)


def _address(contact: str) -> str:
    try:
        return normalise_email(contact)
    except BadContact:
        return ""
