"""The certificate: where was erased, how much, what was searched, what remains until when. No identifier is in it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from privacy.erasure.holders import Words, holders, in_order
from privacy.erasure.wording import GROUNDS, SEALED, WHAT, told
from privacy.models import Erasure
from privacy.models.erasure import PlanAction


@dataclass(frozen=True)
class Place:
    """One holder on the certificate: how many rows or entries it erased, and until when something may remain."""

    label: Words
    touched: int
    until: date | None


@dataclass(frozen=True)
class Certificate:
    """What a finished erasure proves, in counts, codes and dates."""

    erasure: Erasure
    places: list[Place]
    kept: list[dict[str, Any]]
    sealed: int
    sealed_until: date | None
    asked: list[dict[str, Any]]
    remains: list[Place]
    forms: int
    searched: list[Words]
    tool: str
    hash: str


def of(erasure: Erasure) -> Certificate:
    """The certificate of an erasure that is finished; raises ValueError for one that is not."""
    if erasure.finished_at is None:
        raise ValueError("Only what is finished has a certificate.")
    ended = timezone.localdate(erasure.finished_at)
    steps = list(erasure.steps.order_by("position"))
    lines = list(erasure.lines.order_by("pk"))
    searched: dict[str, Any] = next((step.found for step in reversed(steps) if step.found.get("searched")), {})
    sealed = [line for line in lines if line.ground == SEALED]
    sealing = {line.holder for line in sealed}
    taking_part = {step.holder for step in steps} | {line.holder for line in lines}
    return Certificate(
        erasure=erasure,
        places=[
            Place(holders[step.holder].label, step.touched, None)
            for step in steps
            if step.holder in holders and step.holder not in sealing and step.touched and "searched" not in step.found
        ],
        kept=_kept([line for line in lines if line.ground != SEALED]),
        sealed=sum(step.touched for step in steps if step.holder in sealing),
        sealed_until=max((line.until for line in sealed if line.until), default=None),
        asked=[{"what": told(line).what, "count": line.count} for line in lines if line.action == PlanAction.ASK],
        remains=[
            Place(holder.label, 0, ended + left)
            for holder in in_order(erasure.reason)
            if holder.code in taking_part and (left := holder.residual()) is not None
        ],
        forms=int(searched.get("forms", 0)),
        searched=[holders[code].label for code in searched.get("searched", ()) if code in holders],
        tool=str(searched.get("tool", "")),
        hash=str(searched.get("hash", "")),
    )


def _kept(lines: list[Any]) -> list[dict[str, Any]]:
    """What stays, one line per ground: the person need not know the tables."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        if line.action != PlanAction.KEEP:
            continue
        row = found.setdefault(line.ground, {"ground": GROUNDS.get(line.ground, ""), "count": 0, "until": line.until})
        row["count"] += line.count
        row["what"] = WHAT.get(line.what, "")
        row["until"] = max(filter(None, (row["until"], line.until)), default=None)
    return list(found.values())
