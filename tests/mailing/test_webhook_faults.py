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


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("acts", FATES, ids=lambda acts: "+".join(acts) or "delivery")
def test_a_mail_ends_as_its_reader_made_it_end(transactional_db, live_site, standin, queue, acts, fault):
    message, neighbour = queue(), queue()
    outbox.hand_over()
    aim(standin, live_site)
    if fault in ("duplicate", "shuffle", "delay"):
        standin.misbehave(fault, times=50)
    elif fault == "unreachable":
        aim(standin, live_site, url=nowhere())
    elif fault == "wrong password":
        aim(standin, live_site, password="wrong")
    posted = standin.flush_events()  # it arrives first, and only then is it read
    (mail,) = [mail for mail in standin.mails if mail.metadata["message"] == str(message.pk)]
    for act in acts:
        standin.reader.act(mail, act)
    posted += standin.flush_events()
    if fault in ("unreachable", "wrong password"):
        assert (posted, WebhookBatch.objects.count()) == (0, 0)
        aim(standin, live_site)
        posted = standin.flush_events()  # SparkPost posts again, for eight hours
    assert posted > 0
    run_tasks()
    assert not WebhookBatch.objects.waiting().exists()

    state, reason, true = FATES[acts]
    message = Message.objects.get(pk=message.pk)
    assert (message.state, message.reason) == (state, reason)
    moments = {name for name in ("opened_at", "clicked_at", "complained_at", "failed_at") if getattr(message, name)}
    assert moments == true - {"stopped"}
    assert suppression.standing_for([("email", mail.to.lower())]).exists() == ("stopped" in true)
    # Nobody else is touched by it.
    assert Message.objects.get(pk=neighbour.pk).state == State.DELIVERED
