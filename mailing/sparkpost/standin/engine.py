"""What happens to a mail after it was accepted, and how its events reach the webhooks."""

import base64
import json
import random
import secrets
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from mailing.sparkpost.standin import events, web
from mailing.sparkpost.standin.compose import compose
from mailing.sparkpost.standin.faults import Faults
from mailing.sparkpost.standin.store import Batch, Event, Mail, Step, Store, suppression_key

BATCH_SIZE = 350
ATTEMPTS = 12
OWN_HOOK = "configured"
STATUSES_KEPT = 1000
SAVE_EVERY = 1.0
SHUFFLE_WAIT = 1.5  # long enough for a delivery to join the injection it will overtake


class Engine:
    """Carries mails and events onward, in one thread of its own or when flushed."""

    def __init__(
        self, store: Store, faults: Faults, *, delay: float | None, batch_delay: float, retry_after: float
    ) -> None:
        self.store = store
        self.faults = faults
        self.delay = delay  # None: nothing happens until flush
        self.batch_delay = batch_delay
        self.retry_after = retry_after
        self.own_hook: dict[str, Any] | None = None
        self.dropped: list[str] = []
        self.base = ""  # the stand-in's own URL, known once it listens
        self._wake = threading.Condition()
        self._running = threading.Lock()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._saved_at = 0.0
        self._looks_at = float("inf")  # when the thread, which sleeps now, looks again by itself

    # Accepting

    def accept(self, payload: Mapping[str, Any], recipients: list[Mapping[str, Any]]) -> str:
        """Take mails in; returns the transmission's id."""
        tid = self.store.new_id()
        for number, recipient in enumerate(recipients):
            key = tid if number == 0 else f"{tid}-{number + 1}"
            mail = compose(payload, recipient, tid=tid, key=key, message_id=secrets.token_hex(10), base=self.base)
            mail.fate = self.faults.take_fate()
            with self.store.lock:
                self.store.add_mail(mail)
                self._plan(mail, "fail" if mail.failure else "inject")
        self._notify(self.delay)
        return tid

    def _plan(self, mail: Mail, what: str) -> None:
        due = None if self.delay is None else time.time() + self.delay
        with self.store.lock:
            self.store.steps.append(Step(due, mail.key, what))
            self.store.touch()

    def _step(self, step: Step) -> None:
        mail = self.store.mails.get(step.mail)
        if mail is None:
            return
        if step.do == "fail":
            self._never_made(mail, "generation_failure", mail.failure)
        elif step.do == "inject" and mail.fate.startswith("generation_"):
            self._never_made(mail, mail.fate, "as planned")
        elif step.do == "inject":
            self.emit(mail, "injection", recv_method="rest")
            self._plan(mail, "settle")
        elif mail.fate == "policy_rejection":
            text = "550 5.7.1 message held back by a policy"
            self.emit(mail, "policy_rejection", error_code="550", bounce_class="25", reason=text, raw_reason=text)
        elif mail.fate == "suppressed" or self.suppressed(mail):
            text = "554 5.7.1 [internal] recipient address suppressed due to customer policy"
            self.emit(mail, "bounce", **_bounce("25", "554", text, mail))
        elif _always_bounces(mail.to):
            self.hard_bounce(mail)
        else:
            self.emit(
                mail,
                "delivery",
                delv_method="esmtp",
                recv_method="rest",
                ip_address="127.0.0.1",
                num_retries="0",
                queue_time="120",
                outbound_tls="1",
            )

    def _never_made(self, mail: Mail, kind: str, reason: str) -> None:
        # SparkPost repeats what the mail was to be made of: who it was for, in plain words.
        given = {"name": mail.to_name, "email": mail.to, **mail.payload.get("substitution_data", {})}
        self.emit(mail, kind, error_code="3001", reason=reason, raw_reason=reason, rcpt_subs=given)

    def suppressed(self, mail: Mail) -> bool:
        """Whether the suppression list stops this mail."""
        kind = "transactional" if mail.option("transactional", False) else "non_transactional"
        with self.store.lock:
            return suppression_key({"recipient": mail.to, "type": kind}) in self.store.suppressions

    def suppress(self, recipient: str, kind: str, source: str, description: str, list_id: str = "") -> None:
        """Add or renew an entry of the suppression list."""
        now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        entry: dict[str, Any] = {
            "recipient": recipient.lower(),
            "type": kind,
            kind: True,
            "source": source,
            "description": description,
            "created": now,
            "updated": now,
        }
        if list_id:
            entry["list_id"] = list_id
        with self.store.lock:
            old = self.store.suppressions.get(suppression_key(entry))
            if old is not None:
                entry["created"] = old["created"]
            self.store.suppressions[suppression_key(entry)] = entry
            self.store.touch()

    # What a mail can meet

    def hard_bounce(self, mail: Mail) -> None:
        """The address doesn't exist; SparkPost puts it on the suppression list."""
        text = f"550 5.1.1 <{mail.to}>: Recipient address rejected: User unknown"
        late = mail.state == "delivered"
        self.emit(mail, "out_of_band" if late else "bounce", **_bounce("10", "550", text, mail))
        for kind in ("transactional", "non_transactional"):
            self.suppress(mail.to, kind, "Bounce Rule", "550: User unknown")

    def soft_bounce(self, mail: Mail) -> None:
        """The mailbox is full."""
        text = f"452 4.2.2 <{mail.to}>: mailbox full"
        late = mail.state == "delivered"
        self.emit(mail, "out_of_band" if late else "bounce", **_bounce("22", "452", text, mail))

    def complaint(self, mail: Mail) -> None:
        """The reader pressed 'this is spam'."""
        self.emit(mail, "spam_complaint", fbtype="abuse", report_by="standin.invalid", report_to="abuse.invalid")
        self.suppress(mail.to, "non_transactional", "Spam Complaint", "spam complaint")

    def list_unsubscribe(self, mail: Mail) -> None:
        """The reader used SparkPost's own unsubscribe header."""
        self.emit(mail, "list_unsubscribe", mailfrom=mail.to, ip_address="127.0.0.1")
        self.suppress(mail.to, "non_transactional", "List Unsubscribe", "List unsubscribe header")

    def emit(self, mail: Mail, kind: str, **extra: Any) -> dict[str, Any]:
        """Record an event of a mail and queue it for every webhook that wants it."""
        with self.store.lock:
            body = events.make(mail, kind, self.store.new_id(), **extra)
            mail.state = events.STATES.get(kind, mail.state)
            event = self.store.add_event(mail, body)
            for hook, definition in self.hooks().items():
                if definition.get("active", True) and kind in (definition.get("events") or [kind]):
                    self._queue(hook, event)
        self._notify()
        return body

    # Webhooks

    def hooks(self) -> dict[str, dict[str, Any]]:
        """Each webhook's definition by id."""
        with self.store.lock:
            own = {OWN_HOOK: self.own_hook} if self.own_hook else {}
            return {**own, **self.store.webhooks}

    def _queue(self, hook: str, event: Event) -> None:
        self.store.queues.setdefault(hook, []).append(event.seq)
        if self.store.queued_until.get(hook) is None:
            wait = SHUFFLE_WAIT if self.faults.peek_batch("shuffle") else self.batch_delay
            self.store.queued_until[hook] = None if self.delay is None else time.time() + wait

    def _form_batches(self, now: float, everything: bool) -> None:
        with self.store.lock:
            for hook, queue in self.store.queues.items():
                due = self.store.queued_until.get(hook)
                if not queue or not (everything or (due is not None and due <= now)):
                    continue
                self.store.queues[hook] = []
                self.store.queued_until[hook] = None
                if self.faults.take_batch("shuffle"):
                    parts = [[seq] for seq in reversed(queue)]
                else:
                    parts = [queue[at : at + BATCH_SIZE] for at in range(0, len(queue), BATCH_SIZE)]
                for part in parts:
                    held = self.faults.take_batch("delay")
                    start = now + held.seconds if held else now
                    self.store.batches.append(Batch(uuid.uuid4().hex, hook, part, start))
                self.store.touch()

    def post(self, hook: Mapping[str, Any], batch_id: str, elements: list[dict[str, Any]]) -> web.Reply:
        """Post one batch as SparkPost does."""
        headers = {"Content-Type": "application/json", "User-Agent": "SparkPost"}
        if batch_id:
            headers["X-MessageSystems-Batch-ID"] = batch_id
        if hook.get("auth_type") == "basic":
            credentials = hook.get("auth_credentials") or {}
            pair = f"{credentials.get('username', '')}:{credentials.get('password', '')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        if hook.get("auth_token"):
            headers["X-MessageSystems-Webhook-Token"] = str(hook["auth_token"])
        headers |= {str(name): str(value) for name, value in (hook.get("custom_headers") or {}).items()}
        return web.call("POST", str(hook["target"]), body=json.dumps(elements).encode(), headers=headers)

    def _post_batch(self, batch: Batch) -> bool:
        hook = self.hooks().get(batch.hook)
        with self.store.lock:
            bodies = [self.store.events[seq].body for seq in batch.events if seq in self.store.events]
        if hook is None or not bodies:
            self._forget(batch)
            return False
        elements = [events.wrap(body) for body in bodies]
        began = time.time()
        reply = self.post(hook, batch.id, elements)
        self._note(batch, reply, time.time() - began)
        if self.faults.take_batch("duplicate"):
            reply = self.post(hook, batch.id, elements)
            if len(elements) > 1:  # and once more as a batch of its own, events in another order
                self.post(hook, uuid.uuid4().hex, random.sample(elements, len(elements)))
        if reply.status == 200:
            self._forget(batch)
            return True
        with self.store.lock:
            batch.attempts += 1
            wait = self.retry_after * 2 ** (batch.attempts - 1)
            batch.due = None if self.delay is None else time.time() + wait
            self.store.touch()
        if batch.attempts >= ATTEMPTS:
            self.dropped.append(batch.id)
            self._forget(batch)
        return False

    def _note(self, batch: Batch, reply: web.Reply, seconds: float) -> None:
        """Keep what the batch status tells: failures, and successes after one."""
        if reply.status == 200 and not batch.attempts:
            return
        row: dict[str, Any] = {
            "batch_id": batch.id,
            "ts": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
            "attempts": batch.attempts + 1,
            "response_code": str(reply.status),
            "latency": int(seconds * 1000),
        }
        if reply.status != 200:
            row["failure_code"] = str(reply.status)
        with self.store.lock:
            kept = [one for one in self.store.posts.get(batch.hook, []) if one["batch_id"] != batch.id]
            self.store.posts[batch.hook] = [row, *kept][:STATUSES_KEPT]

    def _forget(self, batch: Batch) -> None:
        with self.store.lock:
            if batch in self.store.batches:
                self.store.batches.remove(batch)
            self.store.touch()

    # Running

    def flush(self) -> int:
        """Do everything that is due or will be, now; returns how many batches were answered 200."""
        posted = 0
        tried: set[str] = set()
        with self._running:
            while True:
                steps = self._all_steps()
                self._form_batches(time.time(), everything=True)
                with self.store.lock:
                    batches = [batch for batch in self.store.batches if batch.id not in tried]
                for batch in batches:
                    tried.add(batch.id)
                    posted += self._post_batch(batch)
                if not steps and not batches:
                    return posted

    def _all_steps(self) -> bool:
        """Take every step, and those that follow from it; whether there was any."""
        taken = False
        while True:
            with self.store.lock:
                steps, self.store.steps = self.store.steps, []
            if not steps:
                return taken
            taken = True
            for step in steps:
                self._step(step)

    def _pass(self) -> None:
        now = time.time()
        with self._running:
            with self.store.lock:
                ready: list[Step] = []
                waiting: list[Step] = []
                for step in self.store.steps:
                    (ready if step.due is not None and step.due <= now else waiting).append(step)
                self.store.steps = waiting
            for step in ready:
                self._step(step)
            self._form_batches(now, everything=False)
            with self.store.lock:
                batches = [batch for batch in self.store.batches if batch.due is not None and batch.due <= now]
            for batch in batches:
                if self._stopping:
                    break
                self._post_batch(batch)
        if now - self._saved_at >= SAVE_EVERY:
            self._saved_at = now
            self.store.save()

    def _next_due(self) -> float:
        with self.store.lock:
            moments = [step.due for step in self.store.steps]
            moments += [batch.due for batch in self.store.batches]
            moments += [due for hook, due in self.store.queued_until.items() if self.store.queues.get(hook)]
            if self.store.dirty and self.store.path is not None:
                moments.append(self._saved_at + SAVE_EVERY)
        return min((moment for moment in moments if moment is not None), default=float("inf"))

    def _run(self) -> None:
        while not self._stopping:
            self._looks_at = float("inf")
            self._pass()
            wait = min(self._next_due() - time.time(), 1.0)
            with self._wake:
                if not self._stopping and wait > 0:
                    self._looks_at = time.time() + wait
                    self._wake.wait(wait)

    def _notify(self, after: float | None = 0.0) -> None:
        """Have the thread look at what is due after so many seconds (None: never), unless it will by then."""
        # It walks through all that is still to happen, so it isn't called for each of a thousand mails.
        if after is not None and time.time() + after < self._looks_at:
            with self._wake:
                self._wake.notify_all()

    def start(self) -> None:
        """Begin working in a thread."""
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="standin-engine", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and keep the state."""
        self._stopping = True
        self._notify()
        if self._thread is not None:
            self._thread.join(web.TIMEOUT + 1)
            self._thread = None
        self.store.save()


def _always_bounces(address: str) -> bool:
    local, _, domain = address.lower().rpartition("@")
    return local == "bounce" or domain == "bounce.example" or domain.endswith(".bounce.example")


def _bounce(bounce_class: str, code: str, text: str, mail: Mail) -> dict[str, Any]:
    return {
        "bounce_class": bounce_class,
        "error_code": code,
        "reason": text.replace(mail.to, "..."),
        "raw_reason": text,
        "ip_address": "127.0.0.1",
        "num_retries": "0",
    }
