"""Everything that happened with one person, in one line of time.

Each strand is a table with a moment: it says which rows a colleague may see, and tells those on the page. The page is
cut by the database out of all strands together, so it costs the same number of queries however much happened. Floors
above add strands of their own with `add`.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateTimeField, F, Max, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from candidates.models import Candidacy, Candidate, LoggedContact, Note, Source, StageDecision, Task
from consent.models import Basis, ConsentEvent, ConsentRequest, EventKind, LegalBasis, Notice, Purpose
from mailing import wording
from mailing.models import Channel, InboundMail, Message, State
from privacy.models import AccessEntry
from privacy.registry import closure

# What the page can be narrowed to, in the order in which it is offered.
KINDS = {
    "decision": gettext_lazy("Decisions"),
    "consent": gettext_lazy("Basis and consent"),
    "mail": gettext_lazy("Mail"),
    "call": gettext_lazy("Calls"),
    "note": gettext_lazy("Notes"),
    "task": gettext_lazy("Tasks"),
    "introduction": gettext_lazy("Introductions"),
    "view": gettext_lazy("Who looked"),
}
# A look at a page about this person or at something of theirs; that they stood in a list is in the access log.
LOOKS = {
    "view": gettext_lazy("Looked at this person"),
    "download": gettext_lazy("Opened a file of this person"),
    "export": gettext_lazy("Took this person's data along in a list"),
    "preview": gettext_lazy("Looked at the copy for this person"),
    "portal": gettext_lazy("Saw this person in the client's portal"),
}
TEXT_SHOWN = 600


@dataclass(frozen=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    icon: str
    text: str
    actor: str = ""
    detail: str = ""
    words: str = ""
    about: str = ""
    url: str = ""
    mark: tuple[str, str | Promise] | None = None


@dataclass(frozen=True)
class Scope:
    """Whose history is told, to whom, and the titles of the vacancies that colleague may open."""

    person: Candidate
    user: User
    subjects: list[UUID]
    titles: dict[UUID, str]
    candidacies: list[UUID]
    kind: str = ""

    @property
    def here(self) -> Q:
        """Rows with a `vacancy` that is one of these, or none."""
        return Q(subject__in=self.subjects) & (Q(vacancy__in=self.titles) | Q(vacancy=None))


@dataclass(frozen=True)
class Strand:
    """One table in the line of time: its kind, its rows within a scope, their moment, and how one of them is told."""

    name: str
    kind: str
    at: Any
    rows: Callable[[Scope], "QuerySet[Any]"]
    tell: Callable[[Any, Scope], Moment]
    along: tuple[str, ...] = ()

    def index(self, scope: Scope) -> "QuerySet[Any, Any]":
        at = F(self.at) if isinstance(self.at, str) else self.at
        return (
            self.rows(scope)
            .order_by()
            .annotate(
                row_at=Cast(at, DateTimeField()),
                row_strand=Value(self.name, CharField()),
                row_key=Cast("pk", CharField()),
            )
            .values_list("row_at", "row_strand", "row_key")
        )

    def told(self, scope: Scope, keys: Collection[str]) -> dict[str, Moment]:
        """The moments of these rows by key, in one query."""
        rows = self.rows(scope).filter(pk__in=keys)
        return {
            str(row.pk): self.tell(row, scope) for row in (rows.select_related(*self.along) if self.along else rows)
        }


STRANDS: dict[str, Strand] = {}


def add(strand: Strand) -> None:
    """Weave another table in; the same name again takes the place of the one before."""
    STRANDS[strand.name] = strand


class History:
    """What happened with a person as far as this colleague may see it; newest first, cut into pages."""

    def __init__(self, person: Candidate, user: User, *, kind: str = "") -> None:
        subjects = closure(person.subject)
        seen = Candidacy.objects.visible_to(user).filter(subject__in=subjects)
        found = list(seen.values_list("pk", "vacancy", "vacancy__title"))
        self.scope = Scope(
            person=person,
            user=user,
            subjects=subjects,
            titles={vacancy: title for _pk, vacancy, title in found},
            candidacies=[pk for pk, _vacancy, _title in found],
            kind=kind,
        )
        strands = [strand for strand in STRANDS.values() if not kind or strand.kind == kind]
        first, *others = [strand.index(self.scope) for strand in strands]
        self.rows = first.union(*others, all=True).order_by("-row_at", "row_strand", "row_key")

    def count(self) -> int:
        return self.rows.count()

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, cut: slice) -> list[Moment]:
        rows = list(self.rows[cut])
        keys: dict[str, list[str]] = {}
        for _at, strand, key in rows:
            keys.setdefault(strand, []).append(key)
        told = {strand: STRANDS[strand].told(self.scope, theirs) for strand, theirs in keys.items()}
        # Whatever went between the two looks is left out.
        return [told[strand][key] for _at, strand, key in rows if key in told[strand]]


# What is told of each


def basis(row: LegalBasis, scope: Scope | None = None) -> Moment:
    """A legal basis that began."""
    icon = {Basis.LEGITIMATE_INTEREST: "scale", Basis.CONSENT: "check"}.get(Basis(row.basis), "stop")
    return Moment(
        row.at,
        icon,
        _("Legal basis: %(basis)s") % {"basis": row.get_basis_display()},
        row.by.name if row.by else "",
        " · ".join(filter(None, (row.get_reason_display(), row.assessment.title if row.assessment else ""))),
        about=_title(scope, row.vacancy_id),
    )


def question(row: ConsentRequest, scope: Scope | None = None) -> Moment:
    """A question that was made."""
    text = {Purpose.TALK: _("May we talk?"), Purpose.POOL: _("May we keep your data?")}.get(
        Purpose(row.purpose), _("May we introduce you?")
    )
    said = _("Question made: “%(text)s”") % {"text": text}
    if row.keep_until is not None:
        day = date_format(row.keep_until, "j F Y")
        said = _("Question made: “May we keep you as runner-up until %(day)s?”") % {"day": day}
    words = {"client": row.client_as_named, "version": row.text.version}
    return Moment(
        row.created_at,
        "question",
        said,
        row.asked_by.name,
        _("to %(client)s, in words v%(version)s") % words
        if row.client_as_named
        else _("in words v%(version)s") % words,
        about=_title(scope, row.vacancy_id or row.reserve_for_id),
    )


def answered(row: ConsentEvent, person: Candidate, about: str = "") -> Moment:
    """An answer to a question."""
    icon = {
        EventKind.GIVEN: "check",
        EventKind.REFUSED: "ban",
        EventKind.WITHDRAWN: "undo",
        EventKind.TALK_FIRST: "phone",
        EventKind.PENDING: "hourglass",
    }.get(EventKind(row.kind), "clock")
    own = "" if row.kind in (EventKind.PENDING, EventKind.EXPIRED) else person.name
    return Moment(
        row.at,
        icon,
        _("Answer: %(answer)s") % {"answer": row.get_kind_display()},
        row.recorded_by.name if row.recorded_by else own,
        about=about,
    )


def notice(row: Notice, scope: Scope | None = None) -> Moment:
    """The notice of art. 14 reached the person."""
    return Moment(
        row.given_at,
        "scale",
        _("Told about us, why and where found (art. 14)"),
        about=_title(scope, row.vacancy_id),
        detail=_("That notice did not arrive after all") if row.undone_at and scope else "",
    )


def decision(row: StageDecision, scope: Scope | None = None) -> Moment:
    """A stage that was decided, by whom and why."""
    words = getattr(row, "note", None)
    return Moment(
        row.at,
        "arrow-right",
        _("%(from)s to %(to)s") % {"from": row.get_from_stage_display(), "to": row.get_to_stage_display()},
        row.decided_by.name,
        " · ".join(filter(None, (row.get_reason_display(), words.text if words else ""))),
        about=_title(scope, row.candidacy.vacancy_id) if scope else "",
    )


def ended(row: Candidacy, scope: Scope | None = None) -> Moment:
    """The end of a candidacy."""
    why = _("Ended: %(why)s") % {"why": row.get_ended_reason_display()}
    return Moment(row.ended_at or row.changed_at, "stop", why, about=_title(scope, row.vacancy_id))


def _title(scope: Scope | None, vacancy: UUID | None) -> str:
    return scope.titles.get(vacancy, "") if scope is not None and vacancy is not None else ""


def _found(row: Source, scope: Scope) -> Moment:
    return Moment(
        row.obtained_at,
        "search",
        _("Found: %(source)s") % {"source": row.get_type_display()},
        row.found_by.name if row.found_by else "",
        words=row.detail[:TEXT_SHOWN],
        about=_title(scope, row.candidacy.vacancy_id),
    )


def _sent(row: Message, scope: Scope) -> Moment:
    by_hand = row.channel != Channel.EMAIL
    return Moment(
        row.accepted_at or row.created_at,
        "copy" if by_hand else "send",
        row.subject_line or f"{wording.kind_of(row)}, {row.get_channel_display()}",
        row.sender.name if row.sender else "Watson",
        about=_title(scope, row.vacancy_ref),
        url=reverse("mailing:message", args=[row.pk]),
        mark=wording.mark_of(row),
    )


def _came(row: InboundMail, scope: Scope) -> Moment:
    return Moment(
        row.sent_at,
        "reply",
        row.subject_line or _("Reply"),
        row.who,
        words=row.text.strip()[:TEXT_SHOWN],
        about=_title(scope, row.vacancy_ref),
        url=reverse("mailing:reply", args=[row.pk]),
    )


def _call(row: LoggedContact, scope: Scope) -> Moment:
    icon = "phone" if row.kind == "phone" else "note"
    return Moment(
        row.at,
        icon,
        str(row.get_kind_display()),
        row.by.name,
        words=row.note.strip(),
        about=_title(scope, row.candidacy.vacancy_id),
    )


def _note(row: Note, scope: Scope) -> Moment:
    marks = [_("changed") if row.edited_at else "", _("the person may read this") if row.may_read else ""]
    return Moment(
        row.at,
        "note",
        _("Note"),
        row.author.name,
        " · ".join(filter(None, marks)),
        words=row.text[:TEXT_SHOWN],
        about=_title(scope, row.candidacy.vacancy_id) if row.candidacy else "",
    )


def _task(row: Task, scope: Scope, at: datetime, icon: str, text: str, actor: str) -> Moment:
    what = row.note if row.kind == "todo" else str(row.get_kind_display())
    return Moment(
        at,
        icon,
        text % {"what": what},
        actor,
        words="" if row.kind == "todo" else row.note,
        about=_title(scope, row.candidacy.vacancy_id),
    )


def _set(row: Task, scope: Scope) -> Moment:
    text = _("Task for %(name)s") % {"name": row.assignee.name} + ": %(what)s" if row.assignee else _("Task: %(what)s")
    return _task(row, scope, row.created_at, "flag", text, row.made_by.name if row.made_by else "Watson")


def _done(row: Task, scope: Scope) -> Moment:
    actor = row.done_by.name if row.done_by else "Watson"
    return _task(row, scope, row.done_at or row.created_at, "check", _("Done: %(what)s"), actor)


def _look(row: AccessEntry, scope: Scope) -> Moment:
    return Moment(row.at, "eye", str(LOOKS[row.action]), row.actor.name)


def _strands() -> Iterable[Strand]:
    def within(model: Any) -> Callable[[Scope], Any]:
        return lambda scope: model.objects.filter(candidacy__in=scope.candidacies)

    def here(model: Any) -> Callable[[Scope], Any]:
        return lambda scope: model.objects.filter(scope.here)

    def mails(scope: Scope) -> Any:
        rows = Message.objects.visible_to(scope.user).filter(subject__in=scope.subjects)
        return rows.exclude(state=State.DRAFT).defer("body_text", "body_html")

    def asked(scope: Scope) -> Any:
        # A question to be kept as runner-up names its vacancy apart.
        reserve = Q(reserve_for=None) | Q(reserve_for__in=scope.titles)
        return ConsentRequest.objects.filter(scope.here, reserve)

    def answers(scope: Scope) -> Any:
        return ConsentEvent.objects.filter(request__in=asked(scope).values("pk"))

    def mail_in(scope: Scope) -> Any:
        return InboundMail.objects.visible_to(scope.user).filter(subject__in=scope.subjects).defer("quoted")

    def notes(scope: Scope) -> Any:
        return Note.objects.standing().filter(
            Q(candidacy__in=scope.candidacies) | Q(candidacy=None), candidate__subject__in=scope.subjects
        )

    def looks(scope: Scope) -> Any:
        every = AccessEntry.objects.filter(subjects__overlap=scope.subjects, action__in=list(LOOKS))
        if scope.kind:
            return every
        # Among everything else, of each colleague the last look of each day and kind says enough.
        days = every.order_by().annotate(day=TruncDate("at")).values("actor", "action", "day")
        return AccessEntry.objects.filter(pk__in=days.annotate(last=Max("pk")).values("last"))

    def over(scope: Scope) -> Any:
        return Candidacy.objects.filter(pk__in=scope.candidacies, ended_at__isnull=False)

    def done(scope: Scope) -> Any:
        return within(Task)(scope).filter(done_at__isnull=False)

    def told(row: ConsentEvent, scope: Scope) -> Moment:
        return answered(row, scope.person, _title(scope, row.request.vacancy_id or row.request.reserve_for_id))

    left = Coalesce("accepted_at", "created_at")
    of_candidacy = ("candidacy",)
    yield Strand("found", "decision", "obtained_at", within(Source), _found, ("found_by", *of_candidacy))
    yield Strand("decision", "decision", "at", within(StageDecision), decision, ("decided_by", "note", *of_candidacy))
    yield Strand("ended", "decision", "ended_at", over, ended)
    yield Strand("basis", "consent", "at", here(LegalBasis), basis, ("by", "assessment"))
    yield Strand("question", "consent", "created_at", asked, question, ("asked_by", "text"))
    yield Strand("answer", "consent", "at", answers, told, ("recorded_by", "request"))
    yield Strand("notice", "consent", "given_at", here(Notice), notice)
    yield Strand("sent", "mail", left, mails, _sent, ("sender", "template"))
    yield Strand("came", "mail", "sent_at", mail_in, _came)
    yield Strand("call", "call", "at", within(LoggedContact), _call, ("by", *of_candidacy))
    yield Strand("note", "note", "at", notes, _note, ("author", *of_candidacy))
    yield Strand("task", "task", "created_at", within(Task), _set, ("assignee", "made_by", *of_candidacy))
    yield Strand("done", "task", "done_at", done, _done, ("done_by", *of_candidacy))
    yield Strand("look", "view", "at", looks, _look, ("actor",))


for _strand in _strands():
    add(_strand)
