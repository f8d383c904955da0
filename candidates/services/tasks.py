"""Tasks a colleague sets for themselves or another: what, about whom, by when; done, and not done after all."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates import mentions
from candidates.models import Candidacy, Task
from mailing.replies import services as replies
from privacy import ledger
from privacy.guards import REFUSALS, Refused, lawful, refuse

OVER = refuse("work_over", _("This candidacy has ended: nothing more is noted about this person here."))
SHUT = refuse("task_assignee_shut", _("This colleague may not open this person, so can't do it."))
NOT_AGAIN = refuse("task_not_again", _("An answer that was dealt with stays so. Make a new task instead."))


def add_task(candidacy: Candidacy, *, what: str, actor: User, due_on: date | None = None, assignee: User) -> Task:
    """Set a task about somebody in a vacancy, for a colleague who may open it."""
    if candidacy.ended_at is not None:
        raise Refused(REFUSALS[OVER], OVER)
    if not mentions.may_open(assignee, candidate=candidacy.candidate, candidacy=candidacy):
        raise Refused(REFUSALS[SHUT], SHUT)
    with lawful():
        task = Task.objects.create(
            candidacy=candidacy, kind="todo", note=what, due_on=due_on, assignee=assignee, made_by=actor
        )
        ledger.append("task.added", subject=candidacy.subject_id, actor=actor, task=str(task.pk), due=due_on)
    return task


def finish_task(task: Task, *, actor: User) -> Task:
    """Tick a task off. Doing it twice changes nothing."""
    with lawful():
        Task.objects.filter(pk=task.pk, done_at=None).update(done_at=timezone.now(), done_by=actor)
        if task.kind == "reply":
            replies.handle_all(subject=task.candidacy.subject_id, vacancy=task.candidacy.vacancy_id, actor=actor)
    task.refresh_from_db()
    return task


def reopen_task(task: Task, *, actor: User) -> Task:
    """A task was not done after all. Doing it twice changes nothing."""
    if task.kind == "reply":
        raise Refused(REFUSALS[NOT_AGAIN], NOT_AGAIN)
    with lawful():
        if Task.objects.filter(pk=task.pk, done_at__isnull=False).update(done_at=None, done_by=None):
            ledger.append("task.reopened", subject=task.candidacy.subject_id, actor=actor, task=str(task.pk))
    task.refresh_from_db()
    return task
