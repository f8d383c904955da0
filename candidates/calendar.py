"""A colleague's own tasks as a calendar: what and when, never about whom. The address holds a token derived from the
feed's id, so that the database holds no working address; a new one ends the one before.
"""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from candidates.models import Candidacy, Task, TaskFeed
from privacy import calendars, ledger, tokens

PURPOSE = "task feed"
AHEAD = timedelta(days=400)
EVENTS = 1000


def own(user: User) -> TaskFeed | None:
    """The feed of this colleague that works now."""
    return TaskFeed.objects.filter(user=user, revoked_at=None).first()


def renew(user: User) -> TaskFeed:
    """A new address for this colleague; the one before stops working at once."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        TaskFeed.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
        feed = TaskFeed.objects.create(user=user)
        ledger.append("task_feed.renewed", actor=user, feed=feed.pk)
    return feed


def revoke(user: User) -> None:
    """This colleague's address stops working. Again changes nothing."""
    with transaction.atomic():
        if TaskFeed.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now()):
            ledger.append("task_feed.revoked", actor=user)


def url(feed: TaskFeed) -> str:
    """The whole secret address, for its owner's eyes."""
    return f"{settings.BASE_URL}{reverse('candidates:calendar', args=[tokens.token_for(feed.pk, PURPOSE)])}"


def behind(token: str) -> TaskFeed | None:
    """The feed of a token, while it is not revoked and its owner still works here."""
    found = tokens.read_token(token, PURPOSE)
    if found is None:
        return None
    feed = TaskFeed.objects.select_related("user").filter(pk=found, revoked_at=None, user__is_active=True).first()
    return feed if feed is not None and feed.user.works_here else None


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
