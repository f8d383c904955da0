"""What follows on this floor when a message did not arrive and somebody finds another way."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from candidates.models import Task
from mailing.models import Message


def on_troubles_handled(sender: Any, messages: list[Message], actor: User, **kwargs: Any) -> None:
    """Whoever deals with a message that did not arrive has done the task that asked for it."""
    _finish(messages, actor)


def on_question_left(sender: Any, message: Message, **kwargs: Any) -> None:
    """The same question reached the person another way, so what failed before needs nobody any more."""
    if message.about_id is None:
        return
    failed = Message.objects.about(message.about_kind, [message.about_id]).troubled().exclude(pk=message.pk)
    if failed.update(handled_at=timezone.now()):
        _finish([message], message.sender)


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
