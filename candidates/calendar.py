"""A colleague's own tasks as a calendar: what and when, never about whom."""

from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from candidates.models import Candidacy, Task, TaskFeed
from privacy import calendars
from privacy.feeds import Feeds

AHEAD = timedelta(days=400)
EVENTS = 1000


FEEDS = Feeds(
    TaskFeed, purpose="task feed", address="candidates:calendar", kind="task_feed", may=lambda user: user.works_here
)


def text_of(feed: TaskFeed) -> str:
    """Open tasks with a day, as whole days in the owner's language, in one query. No name and no words of anybody:
    a calendar is kept by others, and read over shoulders."""
    user = feed.user
    rows = (
        Task.objects.filter(assignee=user, done_at=None, due_on__lte=timezone.localdate() + AHEAD)
        .filter(candidacy__in=Candidacy.objects.visible_to(user))
        .select_related("candidacy__vacancy")
        .order_by("due_on", "pk")[:EVENTS]
    )
    with translation.override(user.language):
        return calendars.text_of(_("My tasks in Watson"), [_day(task, task.due_on) for task in rows if task.due_on])


def _day(task: Task, on: date) -> calendars.Day:
    vacancy = task.candidacy.vacancy
    about = "" if vacancy.is_confidential else f", {vacancy.title}"
    board = reverse("candidates:board", args=[vacancy.pk])
    return calendars.Day(
        uid=f"task-{task.pk}",
        on=on,
        summary=f"{str(task.get_kind_display()).capitalize()}{about} ({str(task.pk)[:8]})",
        path=f"{board}?person={task.candidacy_id}",
    )
