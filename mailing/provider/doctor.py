"""The current state of the account and of what waits here, each with what it means and what to do."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q
from django.utils import timezone

from mailing import outbox, pauses
from mailing.models import MessageMark, OutgoingStop, State, Stream, WebhookBatch
from mailing.provider import catch_up, setup, streams
from mailing.provider.report import Lines, moment, note, ok, told, wrong

ACCOUNT = "Account"
KEY = "Key"
POSTS = "Posts of the last day"
QUEUE = "Queue"
WEBHOOK = "Last post"
MARK = "Catching up"
STOPS = "Stops"
NEARLY = 0.9
SLOW = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


def doctor() -> Lines:
    """What is so now, from the key to the last post; changes nothing."""
    if settings.SPARKPOST_API_KEY:
        yield from told(KEY, _key)
        yield from told(ACCOUNT, _account)
        yield from told(setup.DOMAIN, lambda: _set_up(setup.sending_domain(check=True)))
        yield from told(setup.EVENTS, lambda: _set_up(setup.event_webhook(check=True)))
        yield from told(POSTS, _posts)
        yield from told(setup.RELAY, lambda: _set_up(setup.relay_webhook(check=True)))
        yield from told(STOPS, _listed)
    else:
        yield wrong(
            KEY, "SPARKPOST_API_KEY is empty, so no mail leaves.", "Make a key in SparkPost and put it in .env."
        )
    yield from _own_stops()
    yield from _queue()
    yield from _webhook()
    yield from _mark()


# At SparkPost


def _set_up(lines: Lines) -> Lines:
    """What setup would make or mend; nothing is wrong with it where setup never ran."""
    is_new = streams.state_of(Stream.SETUP).looked_at is None
    for line in lines:
        if is_new and line.advice == setup.RUN:
            yield note(line.about, "Not checked yet: setup never ran here.", setup.RUN)
        else:
            yield line


def _key() -> Lines:
    outbox.client().webhooks.list()
    where = (
        "in the EU" if setup.is_eu() else "outside the EU" if "sparkpost.com" in settings.SPARKPOST_BASE_URL else "here"
    )
    yield ok(KEY, f"{settings.SPARKPOST_BASE_URL} knows it: what we send is kept {where}.")


def _account() -> Lines:
    account = outbox.client().account.get()
    status = str(account.get("status") or "unknown")
    if status != "active":
        why = str(account.get("status_reason_category") or "")
        yield wrong(
            ACCOUNT,
            f"Its status is “{status}”{f' ({why})' if why else ''}, so SparkPost may refuse our mail.",
            "Sign in to SparkPost, or ask their support, to have it active again.",
        )
    else:
        yield ok(ACCOUNT, "It is active.")
    usage = account.get("usage")
    for name, word in (("day", "today"), ("month", "this month")):
        part = usage.get(name) if isinstance(usage, Mapping) else None
        if isinstance(part, Mapping):
            yield from _quota(part, word)


def _quota(part: Mapping[str, Any], word: str) -> Lines:
    used, limit = int(part.get("used") or 0), int(part.get("limit") or 0)
    if not limit:
        return
    text = f"{used} of {limit} messages were used {word}."
    if used >= limit:
        yield wrong(
            ACCOUNT, text, "What is queued waits and leaves by itself once there is room. A larger plan gives more."
        )
    elif used >= NEARLY * limit:
        yield note(ACCOUNT, text, "After the limit mail waits, and leaves by itself later. A larger plan gives more.")
    else:
        yield ok(ACCOUNT, text)


def _posts() -> Lines:
    hooks = outbox.client().webhooks
    mine = [row for row in hooks.list() if str(row.get("target", "")).rstrip("/") == setup.event_target().rstrip("/")]
    for row in mine:
        rows = hooks.batch_status(str(row.get("id")))
        failing = Counter(str(one.get("response_code") or "none") for one in rows if one.get("failure_code"))
        late = sum(not one.get("failure_code") for one in rows)
        if failing:
            answers = ", ".join(f"{number} × {code}" for code, number in failing.most_common(3))
            yield wrong(
                POSTS,
                f"{failing.total()} posts were not answered with 200 (answers: {answers}).",
                "SparkPost repeats each for eight hours, and Watson asks for what is lost. A 401 means other"
                " SPARKPOST_WEBHOOK_* settings, a 5xx or 0 that the site was down: see its log.",
            )
        elif late:
            yield note(POSTS, f"{late} posts succeeded only at a later try.", "Nothing is lost. Was the site down?")
        else:
            yield ok(POSTS, "All were taken at once.")


def _listed() -> Lines:
    summary = outbox.client().suppression.summary()
    names = {
        "manually_added": "added by hand or by us",
        "spam_complaint": "spam complaints",
        "list_unsubscribe": "unsubscribed by header",
        "unsubscribe_link": "unsubscribed by link",
        "bounce_rule": "addresses that bounced",
        "compliance": "held by SparkPost",
    }
    parts = [f"{summary[code]} {words}" for code, words in names.items() if summary.get(code)]
    yield ok(STOPS, f"SparkPost's list has {', '.join(parts)}." if parts else "SparkPost's list is empty.")


# Here


def _own_stops() -> Lines:
    waiting = OutgoingStop.objects.aggregate(number=Count("pk"), oldest=Min("made_at"))
    state = streams.state_of(Stream.OWN_STOPS)
    if waiting["number"] and timezone.now() - waiting["oldest"] > SLOW:
        yield wrong(
            STOPS,
            f"{waiting['number']} of our own wait to be passed on to SparkPost, since {moment(waiting['oldest'])}"
            f"{f' (code {state.trouble})' if state.trouble else ''}. Watson itself keeps them all the same.",
            "See whether a worker and beat run. With code 401 or 403 the key lacks the grant Suppression Lists.",
        )
    elif waiting["number"]:
        yield ok(STOPS, f"{waiting['number']} of our own are on their way to SparkPost.")
    else:
        last = f" The last went at {moment(state.looked_at)}." if state.looked_at else ""
        yield ok(STOPS, f"None of ours waits to be passed on.{last}")
    theirs = streams.state_of(Stream.SUPPRESSIONS)
    if theirs.trouble:
        yield wrong(
            STOPS,
            f"SparkPost's list can't be read since {moment(theirs.troubled_since)} (code {theirs.trouble}); it was last"
            f" read whole at {moment(theirs.sure_until)}.",
            "Watson tries again by itself. With code 401 or 403 the key lacks the grant Suppression Lists.",
        )
    elif theirs.sure_until is None:
        yield note(STOPS, "SparkPost's list was never read yet.", "It is within ten minutes, if a worker and beat run.")
    else:
        yield ok(STOPS, f"SparkPost's list was taken over at {moment(theirs.sure_until)}.")


def _queue() -> Lines:
    now = timezone.now()
    overdue = now - timedelta(seconds=settings.MAIL_RECONCILE_AFTER)
    waiting = Q(state=State.QUEUED)
    counts = MessageMark.objects.filter(
        waiting | Q(state=State.CLAIMED) | Q(state=State.NEEDS_PERSON, handled_at=None)
    ).aggregate(
        due=Count("pk", filter=waiting & Q(not_before__lte=now)),
        later=Count("pk", filter=waiting & Q(not_before__gt=now)),
        oldest=Min("not_before", filter=waiting & Q(not_before__lte=now)),
        lost=Count("pk", filter=Q(state=State.CLAIMED, claimed_at__lt=overdue)),
        person=Count("pk", filter=Q(state=State.NEEDS_PERSON)),
    )
    text = f"{counts['due']} messages are due, {counts['later']} leave later."
    pause = pauses.in_force()
    if lacks := outbox.missing():
        yield wrong(QUEUE, f"No mail leaves. {text}", f"Fill in: {', '.join(lacks)}.")
    elif pause is not None and pause.until is None:
        yield wrong(
            QUEUE,
            f"{pauses.words(pause).text} {text}",
            "Mend what this list calls wrong, then press “Try again now” under Mail.",
        )
    elif pause is not None:
        yield note(QUEUE, f"{pauses.words(pause).text} {text}", "It goes on by itself.")
    elif counts["due"] and now - counts["oldest"] > SLOW:
        yield wrong(
            QUEUE, f"{text} The oldest is due since {moment(counts['oldest'])}.", "See whether a worker and beat run."
        )
    else:
        yield ok(QUEUE, text)
    if counts["lost"]:
        yield note(
            QUEUE,
            f"Of {counts['lost']} messages nobody knows yet whether SparkPost has them.",
            "Watson asks for their events every minute; none is sent twice. If it stays so, see whether a worker runs.",
        )
    if counts["person"]:
        yield note(QUEUE, f"{counts['person']} messages need a person.", "They are at the top of Mail, each with why.")


def _webhook() -> Lines:
    state = streams.state_of(Stream.EVENTS)
    silence = catch_up.silence()
    if catch_up.is_too_long(silence) and silence is not None:
        nothing = catch_up.missed_posts() is None
        text = f"None since {moment(silence.since)}, while {silence.messages} messages are under way."
        if nothing:
            yield note(WEBHOOK, f"{text} SparkPost has no news of them either.", "Their receivers keep them waiting.")
        else:
            yield wrong(
                WEBHOOK, text, "Watson asks by itself meanwhile. See what this list says about the event webhook."
            )
    else:
        came = f"It came at {moment(state.webhook_at)}." if state.webhook_at else "None came yet."
        yield ok(WEBHOOK, f"{came} {_under_way(silence)}")
    waiting = WebhookBatch.objects.filter(taken_in_at=None, received_at__lt=timezone.now() - MINUTE).count()
    if waiting:
        yield wrong(WEBHOOK, f"{waiting} posts were stored and not taken in yet.", "See whether a worker runs.")


def _under_way(silence: catch_up.Silence | None) -> str:
    return f"{silence.messages} messages are under way." if silence else "No message is under way."


def _mark() -> Lines:
    state = streams.state_of(Stream.EVENTS)
    mark = f"Every event until {moment(state.sure_until)} is here" if state.sure_until else "Nothing was asked for yet"
    if state.trouble:
        yield wrong(
            MARK,
            f"{mark}. Asking fails since {moment(state.troubled_since)} (code {state.trouble}).",
            "Watson tries again by itself, and SparkPost keeps events for ten days. With code 401 or 403 the key lacks"
            " the grant Events Search.",
        )
    else:
        yield ok(MARK, f"{mark}{f'; last asked at {moment(state.looked_at)}' if state.looked_at else ''}.")
