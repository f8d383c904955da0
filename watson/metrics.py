"""Counts for Prometheus: how much waits, and whether somebody works on it. Numbers only, about nobody."""

import hmac
import ipaddress
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Min, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from mailing import pauses
from mailing.models import TROUBLED, MessageMark, OutgoingStop, State, Stream, WebhookBatch
from mailing.provider import catch_up, streams
from privacy.models import DataRequest, LedgerEntry, LedgerSeal, LegalHold
from privacy.models.requests import ANSWER_BY
from privacy.retention import sweeping

HEARTBEAT = "worker-heartbeat"
# States in which a message is not at rest; the others would be counted over everything ever sent.
MOVING = (State.DRAFT, State.QUEUED, State.CLAIMED)
# Headers by which a proxy says that it passes on what somebody else asked.
PASSED_ON = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The counts, for who asks from this machine itself or brings the token; 404 for everybody else."""
    if not _may_read(request):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Counts())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Counts(Collector):
    """Asked anew at every visit, so that every process of the site gives the same answer."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = timezone.now()
        yield from _outbox(now)
        yield from _ledger(now)
        waiting = WebhookBatch.objects.filter(taken_in_at=None)
        yield _gauge("watson_webhook_batches_waiting", "Posts of the mail provider not taken in yet", waiting.count())
        yield from _provider(now)
        requests = DataRequest.objects.open()
        late = requests.alias(last_day=ANSWER_BY).filter(last_day__lt=timezone.localdate())
        yield _gauge("watson_data_requests_open", "Requests about personal data without an answer", requests.count())
        yield _gauge("watson_data_requests_overdue", "Of those, past their last day", late.count())
        yield from _retention(now)
        beat = cache.get(HEARTBEAT)
        if beat is not None:
            yield _gauge("watson_worker_heartbeat_age_seconds", "Since a worker last ran", _age(beat, now))


def heartbeat() -> None:
    """A worker says that it runs."""
    cache.set(HEARTBEAT, timezone.now(), timeout=None)


def _outbox(now: datetime) -> Iterator[GaugeMetricFamily]:
    moving = Q(state__in=MOVING) | Q(state__in=TROUBLED, handled_at=None)
    counted = dict(MessageMark.objects.filter(moving).order_by().values_list("state").annotate(number=Count("pk")))
    family = GaugeMetricFamily(
        "watson_outbox_messages", "Messages that wait, or did not arrive and wait for somebody", labels=["state"]
    )
    for state in (*MOVING, *TROUBLED):
        family.add_metric([str(state)], counted.get(state, 0))
    yield family
    oldest = MessageMark.objects.filter(state=State.QUEUED, not_before__lte=now).aggregate(oldest=Min("not_before"))[
        "oldest"
    ]
    yield _gauge("watson_outbox_oldest_due_seconds", "How long the oldest due message waits", _age(oldest, now))
    paused = pauses.in_force() is not None
    yield _gauge("watson_outbox_paused", "1 while the outbox stands still", int(paused))


def _provider(now: datetime) -> Iterator[GaugeMetricFamily]:
    silence = catch_up.silence(now)
    quiet = _age(silence.since if silence else None, now)
    yield _gauge("watson_webhook_silence_seconds", "Since the provider last posted while messages are under way", quiet)
    sure = streams.state_of(Stream.EVENTS).sure_until
    if sure is not None:
        yield _gauge("watson_events_sure_age_seconds", "Since when events may be missing", _age(sure, now))
    waiting = OutgoingStop.objects.aggregate(number=Count("pk"), oldest=Min("made_at"))
    yield _gauge("watson_stops_waiting", "Stops the provider does not know yet", waiting["number"])
    oldest = _age(waiting["oldest"], now)
    yield _gauge("watson_stops_waiting_age_seconds", "How long the oldest of them waits", oldest)


def _ledger(now: datetime) -> Iterator[GaugeMetricFamily]:
    last = LedgerSeal.objects.order_by("seq").last()
    unsealed = LedgerEntry.objects.filter(xid__gte=last.until_xid if last else 0)
    found = unsealed.aggregate(number=Count("pk"), oldest=Min("at"))
    yield _gauge("watson_ledger_unsealed_entries", "Ledger entries not sealed yet", found["number"])
    yield _gauge("watson_ledger_unsealed_age_seconds", "How long the oldest of them waits", _age(found["oldest"], now))


def _retention(now: datetime) -> Iterator[GaugeMetricFamily]:
    finished = sweeping.last_finished()
    if finished is not None:
        age = _age(finished, now)
        yield _gauge("watson_retention_run_age_seconds", "Since the clock that erases last ended a run", age)
    stands = int(sweeping.silent_since(now) is not None)
    yield _gauge("watson_retention_silent", "1 when no run of it ended for two days", stands)
    yield _gauge("watson_retention_due", "People whose time is over and who are still here", sweeping.due().count())
    holds = LegalHold.objects.in_force().count()
    yield _gauge("watson_legal_holds", "Legal holds that keep somebody", holds)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0


def _may_read(request: HttpRequest) -> bool:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and settings.METRICS_TOKEN:
        return hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    # A proxy on this machine is loopback too, whoever stands behind it.
    return _is_loopback(request) and not any(name in request.headers for name in PASSED_ON)


def _is_loopback(request: HttpRequest) -> bool:
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
