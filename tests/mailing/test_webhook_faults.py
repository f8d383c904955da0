"""The fault matrix of what comes in: whatever goes wrong on the way, each mail ends as its reader made it end."""

import socket

import pytest

from mailing import outbox
from mailing.models import Message, State, WebhookBatch
from privacy import suppression
from tests.support import services
from tests.support.worker import run_tasks

HOOK = "/hooks/sparkpost/"
# What its reader (or their mail server) does to a mail; the state it ends in, its reason, what else is true of it.
FATES = {
    (): (State.DELIVERED, "", set()),
    ("open",): (State.DELIVERED, "", {"opened_at"}),
    ("open", "click"): (State.DELIVERED, "", {"opened_at", "clicked_at"}),
    ("soft_bounce",): (State.BOUNCED, "bounce_22", {"failed_at"}),
    ("hard_bounce",): (State.BOUNCED, "bounce_10", {"failed_at"}),
    ("open", "complaint"): (State.DELIVERED, "", {"opened_at", "complained_at", "stopped"}),
    ("list_unsubscribe",): (State.DELIVERED, "", {"stopped"}),
}
FAULTS = ("none", "duplicate", "shuffle", "delay", "unreachable", "wrong password")


def aim(standin, site, password=services.SECRETS["SPARKPOST_WEBHOOK_PASSWORD"], url=None):
    secrets = services.SECRETS
    standin.set_webhook(
        url or f"{site.url}{HOOK}",
        user=secrets["SPARKPOST_WEBHOOK_USER"],
        password=password,
        secret=secrets["SPARKPOST_WEBHOOK_SECRET"],
    )


def nowhere():
    """An address of this machine where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{held.getsockname()[1]}/"


def fate_of(message, address):
    """State, reason, and what else is true of it."""
    message = Message.objects.get(pk=message.pk)
    true = {name for name in ("opened_at", "clicked_at", "complained_at", "failed_at") if getattr(message, name)}
    if suppression.standing_for([("email", address)]).exists():
        true.add("stopped")
    return message.state, message.reason, true


@pytest.mark.parametrize("fault", FAULTS)
def test_each_mail_ends_as_its_reader_made_it_end(transactional_db, live_site, standin, queue, fault):
    messages, neighbour = {acts: queue() for acts in FATES}, queue()
    outbox.hand_over()
    mails = {mail.metadata["message"]: mail for mail in standin.mails}
    aim(standin, live_site)
    if fault in ("duplicate", "shuffle", "delay"):
        standin.misbehave(fault, times=50)
    elif fault == "unreachable":
        aim(standin, live_site, url=nowhere())
    elif fault == "wrong password":
        aim(standin, live_site, password="wrong")
    posted = standin.flush_events()  # each arrives first, and only then is it read
    for acts, message in messages.items():
        for act in acts:
            standin.reader.act(mails[str(message.pk)], act)
    posted += standin.flush_events()
    if fault in ("unreachable", "wrong password"):
        assert (posted, WebhookBatch.objects.count()) == (0, 0)
        aim(standin, live_site)
        posted = standin.flush_events()  # SparkPost posts again, for eight hours
    assert posted > 0
    run_tasks()
    assert not WebhookBatch.objects.waiting().exists()

    found = {acts: fate_of(message, mails[str(message.pk)].to.lower()) for acts, message in messages.items()}
    assert found == FATES
    # Nobody else is touched by it.
    assert Message.objects.get(pk=neighbour.pk).state == State.DELIVERED
