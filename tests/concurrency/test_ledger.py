"""Sixteen writers and two sealers at once: nobody waits for anybody for ever, and no entry falls between two seals."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connections, transaction
from django.db.models import Sum

from privacy import ledger
from privacy.models import LedgerEntry, LedgerSeal, Subject
from privacy.vault.models import LedgerHead

WRITERS = 16
ROUNDS = 25
LIMIT = ledger.UNSEALED_AFTER.total_seconds()


class Undone(Exception):
    """Rolls a transaction back on purpose."""


def in_own_session(work, *args):
    """Run in this thread with connections of its own, and leave none behind."""
    try:
        return work(*args)
    finally:
        connections.close_all()


def write(number, subject, start):
    """Write for a while: short transactions, long ones that commit late, and ones that are rolled back."""
    dice, kept = random.Random(number), 0
    start.wait(60)
    for turn in range(ROUNDS):
        kind = dice.choices(["short", "several", "long", "undone", "savepoint"], [5, 3, 1, 2, 2])[0]
        try:
            with transaction.atomic():
                written = [ledger.append("test.short", subject=subject, writer=number, turn=turn)]
                if kind in ("several", "long"):
                    written += [ledger.append("test.more", detail="words") for _ in range(dice.randint(1, 4))]
                if kind == "long":
                    time.sleep(dice.uniform(0.1, 0.6))
                if kind == "savepoint":
                    try:
                        with transaction.atomic():
                            ledger.append("test.undone")
                            raise Undone
                    except Undone:
                        written.append(ledger.append("test.after"))
                if kind == "undone":
                    raise Undone
            kept += len(written)
        except Undone:
            pass
    return kept


def seal_until(stop):
    """Seal again and again, as beat does but faster, until told to stop; the entries sealed."""
    sealed = 0
    while not stop.is_set():
        sealed += ledger.seal()
        time.sleep(0.05)
    return sealed


def unsealed():
    last = LedgerSeal.objects.order_by("seq").last()
    return LedgerEntry.objects.filter(xid__gte=last.until_xid if last else 0).count()


def test_sixteen_writers_and_two_sealers_leave_no_gap(transactional_db):
    subject = Subject.objects.create()
    stop, start = threading.Event(), threading.Barrier(WRITERS)
    with ThreadPoolExecutor(WRITERS + 2) as pool:
        sealers = [pool.submit(in_own_session, seal_until, stop) for _ in range(2)]
        writers = [pool.submit(in_own_session, write, number, subject, start) for number in range(WRITERS)]
        try:
            kept = sum(writer.result() for writer in writers)
            last_commit = time.monotonic()
            while unsealed() and time.monotonic() - last_commit < LIMIT:
                time.sleep(0.05)
            left = unsealed()
        finally:
            stop.set()  # or a writer's error would wait for the sealers for ever
        sealed = sum(sealer.result() for sealer in sealers)
    assert left == 0, f"{left} entries were not sealed within {LIMIT} seconds"
    assert kept == LedgerEntry.objects.count() == sealed
    assert LedgerSeal.objects.aggregate(all=Sum("entries"))["all"] == kept
    assert LedgerSeal.objects.count() > 3, "the sealers worked while the writers did"
    assert LedgerHead.objects.count() == LedgerSeal.objects.count()
    assert not LedgerEntry.objects.filter(kind="test.undone").exists()
    assert ledger.verify() == []


def test_two_sealers_at_once_seal_each_entry_once(transactional_db):
    for _entry in range(20):
        ledger.append("test.happened")
    start = threading.Barrier(4)

    def race():
        start.wait(60)
        return ledger.seal()

    with ThreadPoolExecutor(4) as pool:
        sealed = [pool.submit(in_own_session, race) for _ in range(4)]
        assert sum(one.result() for one in sealed) == 20
    assert LedgerSeal.objects.count() == 1
    assert ledger.verify() == []


def test_the_sealer_never_makes_a_writer_wait(transactional_db, app_connection):
    with app_connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ledger.SEAL_LOCK])
    ledger.append("test.happened")
    assert ledger.seal() == 0, "another sealer is at work"
    app_connection.rollback()
    assert ledger.seal() == 1


def test_a_worker_and_beat_seal_within_five_seconds(transactional_db, celery_worker_process, beat_process):
    ledger.append("test.happened")
    began = time.monotonic()
    while unsealed() and time.monotonic() - began < LIMIT:
        time.sleep(0.1)
    assert unsealed() == 0
    assert ledger.verify() == []
