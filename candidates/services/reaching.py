"""What follows on this floor when a message did not arrive and somebody finds another way."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from candidates.models import Task
from consent.models import ANSWERS, ConsentEvent, ConsentRequest
from mailing.events import bulk
from mailing.kinds import ASKING_KINDS
from mailing.models import Message

# `Message.troubled`, asked for every few messages that leave: there seldom is one.
_FAILED_BEFORE = """
    SELECT message.id, message.about_id FROM mailing_message message
    JOIN mailing_messagemark mark ON mark.message_id = message.id
    WHERE message.about_kind = 'consent_request' AND message.about_id = ANY(%s::uuid[])
      AND mark.handled_at IS NULL AND mark.state IN ('bounced', 'failed', 'aborted', 'needs_person')
      AND NOT message.id = ANY(%s::uuid[])
"""


def on_troubles_handled(sender: Any, messages: list[Message], actor: User, **kwargs: Any) -> None:
    """Whoever deals with a message that did not arrive has done the task that asked for it."""
    _finish(messages, actor)


def on_question_left(sender: Any, messages: list[Message], **kwargs: Any) -> None:
    """The same questions reached people another way, so what failed before needs nobody any more."""
    asked = [message.about_id for message in messages if message.about_id]
    with connection.cursor() as cursor:
        cursor.execute(_FAILED_BEFORE, [bulk.array(asked), bulk.array(one.pk for one in messages)])
        settled = dict(cursor.fetchall())
    if not settled:
        return
    Message.objects.filter(pk__in=settled).update(handled_at=timezone.now())
    for message in messages:
        if message.about_id in settled.values():
            _finish([message], message.sender)


def on_answered(sender: Any, request: ConsentRequest, event: ConsentEvent, **kwargs: Any) -> None:
    """An answer through the link answers the message that carried it, for mail health."""
    if event.kind in ANSWERS and event.link_id:
        # Afterwards: an answer locks the question before the message, the intake of events the other way round.
        transaction.on_commit(partial(_note_answered, request.pk, timezone.now()), robust=True)


def _note_answered(question: UUID, at: datetime) -> None:
    asked = Message.objects.about("consent_request", [question]).filter(template__kind__in=ASKING_KINDS)
    newest = asked.exclude(accepted_at=None).order_by("-accepted_at").values("pk")[:1]
    Message.objects.filter(pk__in=newest, answered_at=None).update(answered_at=at)


def _finish(messages: Iterable[Message], actor: User | None) -> None:
    """Tick off the tasks to find another way, of people for whom nothing else went wrong in that vacancy."""
    still = Message.objects.troubled().filter(
        subject=OuterRef("candidacy__subject"), vacancy_ref=OuterRef("candidacy__vacancy")
    )
    about = {(message.subject_id, message.vacancy_ref) for message in messages}
    tasks = Task.objects.filter(
        ~Exists(still),
        kind="not_reached",
        done_at=None,
        candidacy__subject__in=[subject for subject, _vacancy in about],
        candidacy__vacancy__in=[vacancy for _subject, vacancy in about],
    ).values_list("pk", "candidacy__subject", "candidacy__vacancy")
    done = [pk for pk, subject, vacancy in tasks if (subject, vacancy) in about]
    Task.objects.filter(pk__in=done).update(done_at=timezone.now(), done_by=actor)
