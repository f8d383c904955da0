"""When the outbox stands still: a limit that passes by itself, or a fault that an operator must mend."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import requests
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from mailing.models import QueuePause
from privacy.guards import Sentence

logger = logging.getLogger(__name__)

LONGEST_BACKOFF = 300.0  # seconds between two tries at a rate limit; a quota names its own, longer wait
PAGE_TIMEOUT = 10.0

TOO_MANY_CALLS = "429"
LIMITS: dict[str, Sentence] = {
    TOO_MANY_CALLS: _("SparkPost gets more calls at once than it takes now."),
    "2101": _("The hourly sending limit of our SparkPost account is reached."),
    "2102": _("The daily sending limit of our SparkPost account is reached; it counts over the last 24 hours."),
}
_LIMIT = _("The sending limit of our SparkPost account is reached.")
FAULTS: dict[str, Sentence] = {
    **dict.fromkeys(("401", "1303", "1304"), _("SparkPost does not accept our API key.")),
    **dict.fromkeys(("403", "1100", "1601"), _("Our API key or account may not do this, or is suspended.")),
    "2103": _("Our SparkPost account may only send a few test mails."),
    "2105": _("The monthly sending limit of our SparkPost account is reached."),
    "7000": _("SparkPost has blocked our sending domain."),
    "7001": _("Our sending domain is not set up or not verified at SparkPost."),
    "tls": _("The certificate of SparkPost's address can't be verified."),
}
_FAULT = _("SparkPost refuses our account or settings.")


@dataclass(frozen=True)
class Words:
    """A pause as people read it."""

    title: str
    text: str


def in_force() -> QueuePause | None:
    """Why the outbox stands still now, if it does."""
    pause = QueuePause.objects.exclude(since=None).first()
    return pause if pause and (pause.until is None or pause.until > timezone.now()) else None


def limit(code: str, after: float) -> None:
    """A limit of the account: wait `after` seconds, longer each time the same one is met again.

    A stop stays a stop, and a wait under way is never replaced by a shorter one: lines side by side may meet both.
    """
    now = timezone.now()
    with transaction.atomic():
        pause = _lock()
        if pause.since and pause.until is None:
            return
        if pause.since is None or pause.code != code:
            if pause.until and pause.until >= now + timedelta(seconds=after):
                return
            pause.since, pause.code, pause.until = now, code, now
        met_for = (now - pause.since).total_seconds()
        wait = max(after, min(met_for, LONGEST_BACKOFF))
        pause.until = max(pause.until or now, now + timedelta(seconds=wait))
        pause.save(update_fields=["since", "code", "until"])


def stop(code: str) -> bool:
    """Nothing may leave until an operator has mended this; they are paged once per stop. True when it is a new one."""
    with transaction.atomic():
        pause = _lock()
        if pause.since and pause.until is None:
            return False
        pause.since, pause.code, pause.until = timezone.now(), code, None
        pause.save(update_fields=["since", "code", "until"])
        from mailing import tasks  # which imports the outbox, which imports this

        transaction.on_commit(partial(tasks.page_operator.delay, pause.since.isoformat()), robust=True)
    logger.error("mail: the outbox stands still (code %s) until an operator has mended it", code)
    return True


def passed() -> None:
    """SparkPost takes mail again: forget a limit whose time is over."""
    QueuePause.objects.filter(until__lte=timezone.now()).update(since=None, until=None, code="")


def lift() -> bool:
    """Go on now, whatever it was. True when there was something."""
    return bool(QueuePause.objects.exclude(since=None).update(since=None, until=None, code=""))


def page_operator(since: str) -> bool:
    """Tell the operator's chat or pager of the stop that began then, if it still stands. Raises RequestException."""
    pause = in_force()
    if not settings.OPERATOR_WEBHOOK_URL or pause is None or pause.until or not pause.since:
        return False
    if pause.since.isoformat() != since:
        return False
    reason = FAULTS.get(pause.code, _FAULT)
    text = f"Watson at {settings.BASE_URL}: no mail leaves. {reason} (code {pause.code})"
    answer = requests.post(
        settings.OPERATOR_WEBHOOK_URL, json={"text": text}, timeout=PAGE_TIMEOUT, allow_redirects=False
    )
    answer.raise_for_status()
    return True


def words(pause: QueuePause) -> Words:
    """What stands still, why, since when, and until when or until whom."""
    since = _moment(pause.since)
    if pause.until is None:
        text = now_(
            "%(reason)s (code %(code)s) Nothing leaves since %(since)s. Nothing is lost: messages wait until an"
            " administrator has mended it."
        )
        reason = FAULTS.get(pause.code, _FAULT)
        return Words(now_("The outbox stands still"), text % {"reason": reason, "code": pause.code, "since": since})
    text = now_(
        "%(reason)s Messages wait since %(since)s. At %(until)s it is tried again by itself; nothing is lost and"
        " nothing needs to be done."
    )
    until = _moment(pause.until)
    reason = LIMITS.get(pause.code, _LIMIT)
    title = now_("The outbox waits until %(until)s") % {"until": until}
    return Words(title, text % {"reason": reason, "since": since, "until": until})


def _lock() -> QueuePause:
    QueuePause.objects.get_or_create(pk=1)
    return QueuePause.objects.select_for_update().get(pk=1)


def _moment(at: object) -> str:
    local = localtime(at)  # type: ignore[arg-type]
    same_day = local.date() == timezone.localdate()
    return date_format(local, "H:i:s" if same_day else "j F, H:i")
