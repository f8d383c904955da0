"""Who objected without a message of ours to tell them by: found by the address, stopped in everything."""

import logging

from django.db import transaction
from django.db.models import Q

from mailing.models import Language, Message
from privacy import ports, suppression
from privacy.guards import Refused
from privacy.models import Subject, SuppressionEntry
from privacy.models.suppression import Reason, Scope
from privacy.signals import objected

logger = logging.getLogger(__name__)


def people(email: str) -> list[Subject]:
    """Whoever has this address, with the ids they were merged into."""
    found = ports.find("email", email)
    either = Q(pk__in=found) | Q(merged__in=found)
    return list(Subject.objects.filter(either, erased_at=None).distinct().order_by("pk"))


def object_to_all(email: str, reason: Reason, theirs: list[Subject]) -> int:
    """People we know said stop: their address, and what follows from an objection. How many entries were new."""
    try:
        with transaction.atomic():
            new = _suppress(email, reason, theirs[0])
            for subject in theirs:
                objected.send(SuppressionEntry, subject=subject, language=_language_of(subject))
    except Refused as refusal:
        logger.error("mail: an objection could not be recorded (%s); the address is stopped", refusal.code)
        return _suppress(email, reason, theirs[0])
    return new


def _suppress(email: str, reason: Reason, subject: Subject) -> int:
    return suppression.suppress([("email", email)], scope=Scope.ALL, reason=reason, actor=None, subject=subject)


def _language_of(subject: Subject) -> str:
    last = Message.objects.filter(subject=subject).order_by("-created_at").values_list("language", flat=True).first()
    return last or Language.DUTCH
