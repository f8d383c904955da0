"""A worker killed with SIGKILL wherever it is in a mailbox: the ones after it end where one that lived would have."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import connections
from django.utils import timezone

from mailing.mailboxes import services, sweeping
from mailing.models import MailboxFind, MailboxSweep, State
from privacy.desk import identity
from privacy.erasure import running
from privacy.erasure import services as erasures
from privacy.models import ErasureStep
from privacy.models.erasure import StepState
from privacy.services import receive_request
from tests import factories
from tests.mailing.mails import mail
from tests.support.dovecot import PASSWORD, SENT

ANNA, NAME = "gierzwaluw@person.example", "Anna Gierzwaluw"


class Wire:
    """Between Watson and the mailbox: kills the worker when it has sent so many times."""

    def __init__(self, port: int) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        self.to, self.worker, self.left = port, 0, 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _address = self.server.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.to))
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pass, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_worker: bool) -> None:
        try:
            while data := source.recv(65536):
                if is_worker and self.worker:
                    self.left -= 1
                    # Now the mailbox gets it and nobody reads the answer; every other time it does not get it.
                    if self.left == 0 and self._kill() % 2:
                        break
                target.sendall(data)
        except OSError:
            pass
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)  # the other direction waits for it

    def _kill(self) -> int:
        os.kill(self.worker, signal.SIGKILL)
        return self.worker


@contextmanager
def forked() -> Iterator[int]:
    """A worker of its own with connections of its own; in it the block ends the process."""
    pid = os.fork()
    if pid:
        yield pid
        return
    try:
        for connection in connections.all():
            connection.connection = None  # the parent's: it is neither used nor closed here
        yield 0
    finally:
        os._exit(1)


def carry_on_until(wire: Wire, erasure, sends: int) -> bool:
    """One worker, killed at its so-manieth send; whether it lived to the end of the mailboxes."""
    ErasureStep.objects.filter(erasure=erasure, state=StepState.RETRY).update(next_at=timezone.now())
    ready, go = os.pipe()
    with forked() as pid:
        if not pid:
            os.read(ready, 1)
            running.carry_on(erasure.pk, before=36)
            os._exit(0)
    wire.worker, wire.left = pid, sends
    os.write(go, b"!")
    _pid, status = os.waitpid(pid, 0)
    wire.worker = 0
    os.close(ready)
    os.close(go)
    return os.waitstatus_to_exitcode(status) == 0


def test_killed_at_any_command_it_ends_the_same(transactional_db, dovecot):
    olga, rosa = factories.make_user("Olga", "officer"), factories.make_user("Rosa", email="rosa@killed.example")
    candidacy = factories.make_candidacy(factories.make_vacancy(owner=rosa), email=ANNA, surname="Gierzwaluw")
    factories.make_message(candidacy, state=State.DELIVERED, to_email=ANNA, sender=rosa, accepted_at=timezone.now())
    wire = Wire(dovecot.port)
    server = services.Server(dovecot.host, wire.port, "tls", "", "password")
    services.link_imap(rosa.email, server, PASSWORD, owner=rosa, mode="purge", actor=rosa)
    dovecot.put(rosa.email, mail(ANNA, rosa.email, "one"), mail(ANNA, rosa.email, "two"))
    dovecot.put(rosa.email, mail(rosa.email, ANNA, "three"), mail(rosa.email, "bob@person.example", "Bob"), folder=SENT)
    dovecot.put(rosa.email, mail(ANNA, f"{rosa.email}, jan@client.example", "to look at"))
    asked = receive_request(kind="erasure", channel="mail", subject=candidacy.subject, contact=ANNA)
    identity.known(asked, method="link", actor=None)
    erasure = erasures.approve(erasures.plan(asked, actor=olga), actor=olga)

    # A search is some ninety sends, removing a handful, and the search after it as many again.
    assert not any(carry_on_until(wire, erasure, sends) for sends in (20, 94, 100))
    assert carry_on_until(wire, erasure, 10_000)
    sweep = MailboxSweep.objects.get()
    assert (sweep.state, sweep.trouble, sweep.removed, MailboxFind.objects.count()) == ("review", "", 3, 1)
    services.decide(sweep, [one.pk for one in sweeping.shown(sweep)], otherwise="other", actor=rosa)
    assert not any(carry_on_until(wire, erasure, sends) for sends in (97,))
    assert carry_on_until(wire, erasure, 10_000)
    sweep.refresh_from_db()
    assert (sweep.state, sweep.removed, sweep.going, MailboxFind.objects.count()) == ("done", 4, [], 0)
    assert dovecot.subjects(rosa.email) == {SENT: ["Bob"]}
