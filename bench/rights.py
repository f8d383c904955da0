"""The rights of people among many: erasing one, searching for what is left, the clock's sweep, a copy of one's data.

Each figure is of one run of this program on one database, which grows from size to size; times are medians.
"""

import argparse
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any
from uuid import UUID

from bench import servers
from bench.people import MESSAGES_EACH, Crowd
from bench.rows import at_will

# Steps that wait for somebody outside, or that are the search, which is told apart.
OUTSIDE = ("recipients", "provider", "mailboxes", "letter", "letter_trace", "search", "search_again", "close")


def main() -> int:
    """Run the bench and print what it found."""
    parser = argparse.ArgumentParser(prog="bench.rights", description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 100_000], help="sizes, smallest first")
    parser.add_argument("--runs", type=int, default=5, help="people erased, and copies made, at each size")
    parser.add_argument("--due", type=int, default=10_000, help="whose time is over in the sweep of the largest size")
    parser.add_argument("--steps", action="store_true", help="tell what each step of an erasure took")
    given = parser.parse_args()
    with servers.running(SPARKPOST_API_KEY=""):
        crowd = Crowd()
        took: dict[int, float] = {}
        for size in sorted(given.people):
            began = time.perf_counter()
            crowd.grow(size)
            _say(f"{size:,} people and {size * MESSAGES_EACH:,} messages, made in {time.perf_counter() - began:.0f} s")
            took[size] = _one_person(crowd, given.runs, told=given.steps)
            _copies(crowd, given.runs * 4)
        smallest, largest = min(took), max(took)
        if largest > smallest:
            growth = took[largest] / took[smallest]
            _say(f"erasing one: {largest:,} people take {growth:.2f} times what {smallest:,} take")
        _sweep(crowd, min(given.due, crowd.number // 10))
    return 0


def _one_person(crowd: Crowd, runs: int, *, told: bool) -> float:
    """Erase people who asked, one by one; the median time of it without outside parties and search, in seconds."""
    own: list[float] = []
    searched: list[float] = []
    steps: dict[str, list[float]] = {}
    for turn in range(runs + 1):
        times = _erase(crowd.subject(crowd.number - turn))
        if not turn:  # the first is for warming up
            continue
        for name, seconds in times.items():
            steps.setdefault(name, []).append(seconds)
        own.append(sum(seconds for name, seconds in times.items() if name not in OUTSIDE))
        searched.append(times.get("search", 0.0))
    _say(
        f"  erasing one: {median(own):.2f} s without outside parties (at most {max(own):.2f});"
        f" search for what is left: {median(searched):.1f} s"
    )
    if told:
        for name, each in sorted(steps.items(), key=lambda item: -median(item[1])):
            _say(f"    {median(each):8.3f} s  {name}")
    return median(own)


def _erase(subject: UUID) -> dict[str, float]:
    """One erasure from its plan to the search; seconds of the plan, the approval and each step."""
    from privacy.desk import identity
    from privacy.erasure import running, services
    from privacy.models import ErasureStep, Subject
    from privacy.models.erasure import StepState
    from privacy.models.handling import Method
    from privacy.services import receive_request
    from tests import factories

    officer = factories.make_user("Olga", "officer")
    person = Subject.objects.get(pk=subject)
    request = receive_request(kind="erasure", channel="mail", subject=person, contact="")
    identity.known(request, method=Method.LINK, actor=None)
    times: dict[str, float] = {}
    erasure = _timed(times, "plan", lambda: services.plan(request, actor=officer))
    _timed(times, "approve", lambda: services.approve(erasure, actor=officer))
    running.carry_on(erasure.pk)
    for step in ErasureStep.objects.filter(erasure=erasure, position__lt=100).exclude(state=StepState.DONE):
        # Nobody outside is asked here: what waits for them counts as done.
        ErasureStep.objects.filter(pk=step.pk).update(state=StepState.DONE, done_at=step.started_at)
    running.carry_on(erasure.pk)
    for step in erasure.steps.all():
        if step.started_at and step.done_at:
            times[step.holder] = (step.done_at - step.started_at).total_seconds()
    search = erasure.steps.get(holder="search")
    if search.state != StepState.DONE:
        raise RuntimeError(f"The search found {search.found.get('left')}, {search.trouble}.")
    person.refresh_from_db()
    if person.erased_at is None:
        raise RuntimeError("The person is still here.")
    return times


def _timed(times: dict[str, float], name: str, act: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    done = act()
    times[name] = time.perf_counter() - began
    return done


def _copies(crowd: Crowd, number: int) -> None:
    """Copies of one person's data (GDPR art. 15), gathered and packed."""
    from privacy.exports import gathering, packing
    from privacy.models import Subject
    from privacy.services import receive_request

    took = []
    for turn in range(number):
        subject = Subject.objects.get(pk=crowd.subject(1 + turn))
        request = receive_request(kind="access", channel="mail", subject=subject, contact="")
        began = time.perf_counter()
        packing.access_zip(gathering.gather(subject, language="nl"), request)
        took.append(time.perf_counter() - began)
        with at_will() as cursor:
            cursor.execute("DELETE FROM privacy_datarequest WHERE id = %s", [str(request.pk)])
    took.sort()
    _say(f"  a copy of one's data: median {median(took):.2f} s, 95 of 100 within {took[int(len(took) * 0.95)]:.2f} s")


def _sweep(crowd: Crowd, due: int) -> None:
    """The clock's sweep, beside one bare statement per table that deletes or blanks the same rows."""
    from candidates.models import Candidate
    from privacy.retention import sweeping

    people = [crowd.subject(number) for number in range(1001, 1001 + due)]
    with at_will() as cursor:
        cursor.execute(
            "UPDATE candidates_candidate SET erase_on = current_date - 1 WHERE subject_id = ANY(%s::uuid[])",
            [[str(pk) for pk in people]],
        )
    bare = _bare(people)
    began = time.perf_counter()
    ran = sweeping.run()
    whole = time.perf_counter() - began
    if ran is None or ran.finished_at is None or ran.erased != due:
        raise RuntimeError(f"The sweep erased {ran.erased if ran else 0} of {due}.")
    took = (ran.finished_at - ran.started_at).total_seconds()
    left = Candidate.objects.filter(subject__in=people).exclude(sort_key="").count()
    _say(
        f"sweep of {crowd.number:,} with {due:,} due: {took:.1f} s, a bare statement per table {bare:.1f} s:"
        f" {took / bare:.2f} times; {left} left; {whole:.1f} s until everything outside was asked once"
    )


def _bare(people: list[UUID]) -> float:
    """Delete or blank every row of these people by one statement per table, with the guards on; then put them back."""
    from django.db import connection, transaction

    from privacy import registry

    with at_will() as cursor:  # the application's role makes no tables
        cursor.execute("CREATE TABLE bench_due AS SELECT unnest(%s::uuid[]) AS id", [[str(pk) for pk in people]])
        cursor.execute("ANALYZE bench_due")
        cursor.execute("GRANT SELECT ON bench_due TO PUBLIC")
    began = time.perf_counter()
    with transaction.atomic():
        with connection.cursor() as cursor:
            for handler in registry.in_order():
                for label, act in handler.erasure.items():
                    cursor.execute(*_statement(label, handler.paths[label], act))
        took = time.perf_counter() - began
        transaction.set_rollback(True)
    with at_will() as cursor:
        cursor.execute("DROP TABLE bench_due")
    return took


def _statement(label: str, way: str, act: Any) -> tuple[str, list[Any]]:
    from django.db.models.expressions import RawSQL

    from privacy import registry

    model = registry.model_of(label)
    rows = model._base_manager.filter(**{f"{way}__in": RawSQL("SELECT id FROM bench_due", ())})
    inner, values = rows.order_by().values("pk").query.sql_with_params()
    table, key = model._meta.db_table, model._meta.pk.column
    if isinstance(act, dict):
        columns = [model._meta.get_field(name) for name in act]
        changed = ", ".join(f"{column.column} = %s" for column in columns)  # type: ignore[union-attr]
        return f"UPDATE {table} SET {changed} WHERE {key} IN ({inner})", [*act.values(), *values]
    return f"DELETE FROM {table} WHERE {key} IN ({inner})", list(values)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
