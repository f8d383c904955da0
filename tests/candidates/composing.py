"""What tests of composing share: a first message that left some days ago, and what the page posts."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from candidates import services
from candidates.models import Candidacy, Round
from consent.models import ConsentRequest, Notice
from mailing.models import Message, State
from mailing.signals import notice_handed_over
from tests.factories import make_candidacy
from vacancies.models import Vacancy


def asked_days_ago(vacancy: Vacancy, days: int, *, actor: User, **person: Any) -> Candidacy:
    """Somebody whose first message left so many days ago and who has not answered."""
    candidacy = make_candidacy(vacancy, **person)
    message = services.approach_one(candidacy, actor=actor)
    at = timezone.now() - timedelta(days=days)
    Message.objects.filter(pk=message.pk).update(
        state=State.DELIVERED, accepted_at=at, delivered_at=at, claimed_at=at, attempts=1, created_at=at
    )
    message.refresh_from_db()
    notice_handed_over.send(Message, messages=[message])
    candidacy.refresh_from_db()
    return candidacy


def question_to(candidacy: Candidacy) -> ConsentRequest:
    return ConsentRequest.objects.get(subject=candidacy.subject_id, vacancy=candidacy.vacancy_id, closed_at=None)


def told(candidacy: Candidacy) -> bool:
    return Notice.objects.filter(subject=candidacy.subject_id).exists()


def compose_url(made: Round) -> str:
    return reverse("candidates:compose", args=[made.vacancy_id, made.pk])


def typed(act: str = "save", **values: Any) -> dict[str, Any]:
    """What the page posts when nothing but these values was touched."""
    return {"line": "", "note": "", "when": "now", "day": "", "time": "", "act": act, **values}
