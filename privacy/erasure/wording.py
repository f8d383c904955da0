"""Erasures in plain words: what a line of a plan says, why something stays, what is in the way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from privacy.erasure.holders import Words, counts_outside, holders
from privacy.models import Erasure, ErasureLine, ErasureStep
from privacy.models.erasure import PlanAction, StepState

WHAT: dict[str, Words] = {
    "stop_hash": _("the stop on each address, as a keyed hash that nobody can read back"),
    "tellings": _("whoever got the data is told to erase them"),
    "lists": _("lists of people that colleagues took along as a file are deleted by whoever made them"),
    "erasure_record": _("that this erasure took place, in ids and hashes, outside the database"),
    "rtbf": _("SparkPost is asked to forget the addresses and takes them off its list"),
    "logs": _("logs hold no names or addresses, and end by themselves"),
    "backups": _("backups end by themselves; one that is put back is erased again before anybody sees it"),
    "request_file": _("that this was asked, when, and that it was done, without a name"),
    "people": _("people whose time is over, in every table"),
    "hold": _("everything: a legal hold stands, so nothing can be erased until it has ended"),
    "minimal_proof": _("a sealed proof of each introduction: who, to which client, for which vacancy, when"),
}
# One each, whatever they hold.
UNCOUNTED = frozenset({"logs", "backups", "request_file", "erasure_record", "hold"})
# The ground of what stays with a name in it, sealed, and is told apart from bare rows.
SEALED = "claim"
GROUNDS: dict[str, Words] = {
    "log": _("to be able to show what was done and who looked, in ids alone (GDPR art. 5(2))"),
    "request": _("to be able to show that the request was answered in time (GDPR art. 5(2), 12)"),
    "consent": _("proof of the person's own answers, in ids and dates (GDPR art. 7(1))"),
    "stop": _("so that this person is not contacted again (GDPR art. 21(3))"),
    "recipients": _("to know to whom the data went (GDPR art. 19), in ids"),
    "billing": _("the accounts of a placement, without a name: seven years (AWR art. 52, GDPR art. 17(3)(b))"),
    "proof": _("proof that a human decided, in ids and codes (GDPR art. 5(2), 22)"),
    "hold_claim": _("for a legal claim, made or expected (GDPR art. 17(3)(e))"),
    "hold_authority": _("because an authority asked for it (GDPR art. 17(3)(b))"),
    "hold_duty": _("because the law has us keep the data (GDPR art. 17(3)(b))"),
    SEALED: _("for legal claims about the introduction, sealed (GDPR art. 17(3)(e))"),
}
TROUBLE: dict[str, Words] = {
    "failed": _("Something went wrong. It is tried again; the technical log says what."),
    "somebody_failed": _(
        "One or more people could not be erased whole. It is tried again; the technical log says why."
    ),
    "recipients_open": _("Somebody who got the data was not told yet. Tell them on the page of the request."),
    "lists_open": _("A colleague has a list with this person as a file. Ask them to delete it and to say so."),
    "provider_no_key": _("SparkPost cannot be asked: its key is not set."),
    "provider_busy": _("SparkPost's list is being worked on. It is tried again in a moment."),
    "mailboxes_by_hand": _(
        "The linked mailboxes are done. Have the colleagues below search their own for every address, bin and spam too."
    ),
    "mailboxes_after": _("Linked mailboxes are searched as soon as everybody in it is erased here."),
    "mailboxes_failed": _("A mailbox could not be searched. It is tried again."),
    "mailboxes_review": _("Colleagues have mail to look at, which may be about somebody else. Ask them to decide."),
    "no_address": _("No mail can go to this person. Tell them yourself that it is done."),
    "letter_waits": _("The message that it is done waits to be sent."),
    "letter_failed": _("The message that it is done did not arrive. Tell them another way."),
    "letter_under_way": _("The message that it is done is on its way; its trace goes when it arrived."),
    "search_void": _("The search did not find what was planted to test it, so it proves nothing. It is done again."),
    "residue": _("Something is left. It has to be removed, and then searched again."),
}
_OTHERWISE = _("It could not be done yet and is tried again.")
TONES = {
    StepState.DONE.value: "ok",
    StepState.RUNNING.value: "info",
    StepState.PENDING.value: "",
    StepState.RETRY.value: "warn",
    StepState.NEEDS_HUMAN.value: "danger",
}
# What a holder can count by itself; what is done by hand nobody counts before.
COUNTED_ACTIONS = (PlanAction.DELETE, PlanAction.BLANK)
ICONS = {
    StepState.DONE.value: "check",
    StepState.RUNNING.value: "hourglass",
    StepState.PENDING.value: "clock",
    StepState.RETRY.value: "alert",
    StepState.NEEDS_HUMAN.value: "alert",
}


@dataclass(frozen=True)
class Told:
    """One line of a plan as a person reads it."""

    what: Words
    count: int
    is_counted: bool
    holder: Words
    action: Words
    ground: Words
    until: date | None
    foreseen: Words = ""
    is_awaited: bool = False


def told(line: ErasureLine) -> Told:
    """A line of a plan in words; a table by the name of its rows."""
    return told_of([line])[0]


def told_of(lines: Sequence[ErasureLine]) -> list[Told]:
    """The same for many: every holder is asked once for the words of its own lines."""
    asked: dict[str, list[str]] = {}
    for line in lines:
        if line.what not in WHAT and line.holder in holders:
            asked.setdefault(line.holder, []).append(line.what)
    said = {code: holders[code].say(whats) for code, whats in asked.items()}
    return [_told(line, WHAT.get(line.what) or said.get(line.holder, {}).get(line.what, "")) for line in lines]


def _told(line: ErasureLine, known: Words) -> Told:
    holder = holders.get(line.holder)
    return Told(
        what=known or _table(line.what),
        count=line.count,
        is_counted=line.what not in UNCOUNTED and not counts_outside_of(line),
        holder=holder.label if holder else line.holder,
        action=PlanAction(line.action).label,
        ground=GROUNDS.get(line.ground, ""),
        until=line.until,
    )


def _table(label: str) -> Words:
    try:
        return apps.get_model(label)._meta.verbose_name_plural or label
    except (LookupError, ValueError):
        return label


def trouble(step: ErasureStep) -> Words:
    """What is in the way of a step, and what happens next."""
    return TROUBLE.get(step.trouble, _OTHERWISE) if step.trouble and step.state != StepState.DONE else ""


def label(step: ErasureStep) -> Words:
    holder = holders.get(step.holder)
    return holder.label if holder else step.holder


def counts_outside_of(line: ErasureLine) -> bool:
    """Whether what this line is about is counted by its holder after the plan was made, or by nobody."""
    return line.holder in holders and counts_outside(holders[line.holder])


def with_foreseen(lines: Sequence[ErasureLine], erasure: Erasure) -> list[Told]:
    """Lines of a plan with what their holders counted outside meanwhile."""
    counted = {
        code: holders[code].foreseen(erasure)
        for code in {line.holder for line in lines if counts_outside_of(line) and line.action in COUNTED_ACTIONS}
    }
    found = []
    for line, told_line in zip(lines, told_of(lines), strict=True):
        if line.holder not in counted or line.action not in COUNTED_ACTIONS:
            found.append(told_line)
            continue
        seen = counted[line.holder].get(line.what)
        found.append(replace(told_line, foreseen=seen.words if seen else "", is_awaited=seen is None))
    return found


def by_holder(lines: Sequence[ErasureLine], erasure: Erasure) -> list[tuple[Words, int | None]]:
    """How much goes, or has to be done, at each holder; None where it is still counted or nobody can count it."""
    counted = {code: holder.foreseen(erasure) for code, holder in holders.items() if counts_outside(holder)}
    found: dict[str, int | None] = {}
    for line in lines:
        if line.action == PlanAction.KEEP or line.what in UNCOUNTED:
            continue
        number: int | None = line.count
        if counts_outside_of(line):
            if line.action not in COUNTED_ACTIONS:
                continue
            seen = counted[line.holder].get(line.what)
            number = seen.number if seen else None
        known = found.get(line.holder, 0)
        found[line.holder] = None if number is None or known is None else known + number
    order = {code: place for place, code in enumerate(holders)}
    return [
        (holders[code].label, found[code])
        for code in sorted(found, key=lambda code: order.get(code, 0))
        if code in holders
    ]
