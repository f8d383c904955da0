"""The search for what is left, and the end: the words to the person, their trace, and the identifiers themselves."""

import hashlib
import json
import logging
import secrets
from collections.abc import Iterable
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy import ledger, registry
from privacy.erasure import TOOL, needles
from privacy.erasure.holders import ByHand, Findings, Holder, Later, Line, Run, in_order, register
from privacy.guards import lawful
from privacy.models import DataRequest, ErasurePerson, ErasureStep
from privacy.models.erasure import ErasureReason, PlanAction
from privacy.models.requests import Result
from privacy.proofs.services import kept_of
from privacy.vault.models import ErasureEnd

logger = logging.getLogger(__name__)


def search(run: Run) -> dict[str, Any]:
    """Look for everything these people are known by, everywhere; codes and counts of what was found.

    A canary is planted first, in every place. A search that does not find it there is void.
    """
    wanted = needles.of(pair for person in run.people for pair in person.identifiers)
    words = f"{uuid4()} canary{secrets.token_hex(6)}@erased.invalid +31 6 {secrets.randbelow(10**8):08d}"
    planted = needles.of([(needles.EMAIL, words.split()[1]), (needles.PHONE, words.split(" ", 2)[2])])
    places = [holder for holder in in_order() if holder.is_searched]
    found: dict[str, Findings] = {}
    with ExitStack() as stack:
        for holder in places:
            stack.enter_context(_planted(holder, words))
        for holder in places:
            found[holder.code] = holder.search(wanted, planted, run)
    return _told(found, wanted)


@contextmanager
def _planted(holder: Holder, words: str) -> Any:
    try:
        holder.plant(words)
        yield
    finally:
        holder.remove(words)


def _told(found: dict[str, Findings], wanted: needles.Needles) -> dict[str, Any]:
    told: dict[str, Any] = {
        "tool": TOOL,
        "forms": len(wanted.strict) + len(wanted.soft),
        "searched": sorted(found),
        "blind": sorted(code for code, one in found.items() if not one.canary),
        "left": {where: times for one in found.values() for where, times in sorted(one.strict.items())},
        "namesakes": {where: times for one in found.values() for where, times in sorted(one.soft.items())},
    }
    told["hash"] = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return told


class _Search(Holder):
    is_remote = True
    waits = True
    always = True

    def erase(self, run: Run) -> int:
        told = search(run)
        # Left on purpose, and unreadable to any search: said beside what was found, not among it.
        told["sealed"] = kept_of(run.erasure.pk)[0]
        ErasureStep.objects.filter(erasure=run.erasure, holder=self.code).update(found=told)
        if told["blind"]:
            logger.error("erasure %s: the search is blind in %s", run.erasure.pk, ", ".join(told["blind"]))
            raise Later("search_void")
        if told["left"]:
            raise ByHand("residue", told)
        return int(told["forms"])


@register
class Search(_Search):
    code = "search"
    label = _("Search for what is left")
    position = 100


@register
class SearchAgain(_Search):
    """Once more when the last message has left no trace here."""

    code = "search_again"
    label = _("Search once more, after the last message")
    position = 130
    reasons = frozenset({ErasureReason.REQUEST.value})


@register
class Close(Holder):
    """The last step: what the person was searched for by is destroyed, and the request is answered."""

    code = "close"
    label = _("Destroy the addresses that were kept for this")
    position = 140
    waits = True
    always = True
    is_remote = True  # the vault hears of it first; the rest is one transaction

    def plan(self, run: Run) -> Iterable[Line]:
        if run.erasure.request_id:
            yield Line("request_file", PlanAction.KEEP, 1, "request")

    def erase(self, run: Run) -> int:
        ErasureEnd.objects.bulk_create([ErasureEnd(erasure=run.erasure.pk)], ignore_conflicts=True)
        with lawful():
            request = run.erasure.request
            if request is not None and run.erasure.approved_by is not None:
                # The last message was the answer; the desk's own verb would write another.
                answered = DataRequest.objects.filter(pk=request.pk, answered_at=None).update(
                    answered_at=timezone.now(), answered_by=run.erasure.approved_by, result=Result.DONE
                )
                if answered:
                    ledger.append(
                        "request.answered",
                        subject=request.subject_id,
                        actor=run.erasure.approved_by,
                        request=request.pk,
                        result=Result.DONE,
                    )
                for person in run.people:
                    registry.handlers["privacy"].erase(person.subject)
            rows = ErasurePerson.objects.filter(erasure=run.erasure).exclude(identifiers=b"")
            destroyed = rows.update(identifiers=b"")
        return int(destroyed)
