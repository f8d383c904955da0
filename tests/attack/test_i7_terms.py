"""I7: a receipt never changes, a term is what the law gives, and longer only with a notice given in time."""

from datetime import date, timedelta

import pytest

from privacy.deadlines import extended_due_date
from tests.attack.support import assert_refused, attack, by_role, rolled_back
from watson.roles import APP

DUE, RECEIPT, KEPT = "privacy.DataRequest:i7_due", "privacy.DataRequest:i7_receipt", "privacy.DataRequest:i7_kept"
EXTENSION, STAYS = "privacy.Extension:i7_extension", "privacy.Extension:i7_stays"
TOLD = "privacy.RequestNotice:i7_told"
ONE_DAY = timedelta(days=1)


# The receipt and the first term


for column, value in (
    ("received_at", "now() - interval '3 days'"),
    ("due_on", "due_on + 1"),
    ("kind", "'objection'"),
    ("channel", "'letter'"),
    ("calendar_version", "'other'"),
    ("created_at", "now() + interval '1 day'"),
    ("id", "gen_random_uuid()"),
):

    @attack("I7", rule="i7_receipt", guard=RECEIPT, name=f"change-{column}")
    def change(scene, run, column=column, value=value):
        run(f"UPDATE privacy_datarequest SET {column} = {value} WHERE id = %s", scene.bare)


@attack("I7", rule="i7_kept", guard=KEPT)
def delete_a_request(scene, run):
    run("DELETE FROM privacy_datarequest WHERE id = %s", scene.bare)


@attack("I7", rule="i7_kept", guard=KEPT)
def make_a_request_anew_with_another_receipt(scene, run):
    day = "2026-01-05"
    run.anew("privacy_datarequest", scene.bare, received_at=f"{day}T10:00:00Z", due_on="2026-02-05")


@attack("I7", rule="i7_kept", guard=KEPT)
def delete_an_answered_one_before_its_time(scene, run):
    run(
        "UPDATE privacy_datarequest SET answered_at = now(), answered_by_id = %s WHERE id = %s",
        scene.officer,
        scene.bare,
    )
    run("DELETE FROM privacy_datarequest WHERE id = %s", scene.bare)


@attack(
    "I7",
    rule="i7_kept",
    guard="privacy.DataRequest:no_truncate",
    besides=(
        *(
            f"privacy.{name}:no_truncate"
            for name in (
                "Extension",
                "RequestNotice",
                "RequestStep",
                "Crossing",
                "Erasure",
                "ErasureStep",
                "ErasureLine",
            )
        ),
        "mailing.MailboxSweep:no_truncate",
    ),
    denied_to=(APP,),
)
def truncate_requests(scene, run):
    run("TRUNCATE privacy_datarequest CASCADE")


for name, days in (("a-day-early", -1), ("a-week-late", 7), ("a-year-late", 365)):

    @attack("I7", rule="i7_due", guard=DUE, name=f"due-{name}")
    def wrong_day(scene, run, days=days):
        due = date(2026, 4, 5) + days * ONE_DAY
        run.clone("privacy_datarequest", scene.bare, received_at="2026-03-05T10:00:00Z", due_on=str(due))


@attack("I7", rule="i7_due", guard=DUE)
def count_the_days_of_london(scene, run):
    """Half past eleven at night there is the next day in Amsterdam."""
    run.clone("privacy_datarequest", scene.bare, received_at="2026-03-05T23:30:00Z", due_on="2026-04-05")


@attack("I7", rule="i7_future", guard=DUE)
def receive_it_next_month(scene, run):
    received, due = (
        run.one("SELECT (now() + interval '30 days')::text"),
        run.one("SELECT ((now() + interval '30 days') AT TIME ZONE 'Europe/Amsterdam')::date + interval '1 month'"),
    )
    run.clone(
        "privacy_datarequest",
        scene.bare,
        received_at=received,
        created_at=received,
        due_on=due.date().isoformat(),
    )


# The longer term


def longer(run, request, decision, notice, days=0):
    due = extended_due_date(request.received_at) + days * ONE_DAY
    run(
        "INSERT INTO privacy_extension (request_id, decision_id, notice_id, due_on, calendar_version)"
        " VALUES (%s, %s, %s, %s, 't')",
        request,
        decision,
        notice,
        str(due),
    )


@attack("I7", rule="i7_no_notice", guard=EXTENSION)
def borrow_the_notice_of_another(scene, run):
    longer(run, scene.one, scene.one_decision, scene.two_notice)


@attack("I7", rule="i7_no_notice", guard=EXTENSION)
def pass_a_receipt_for_the_notice(scene, run):
    longer(run, scene.two, scene.two_decision, scene.two_receipt)


@attack("I7", rule="i7_no_notice", guard=EXTENSION)
def borrow_the_decision_of_another(scene, run):
    longer(run, scene.one, scene.two_decision, scene.one_notice)


@attack("I7", rule="i7_notice_late", guard=EXTENSION)
def tell_it_after_the_first_term(scene, run):
    longer(run, scene.late, scene.late_decision, scene.late_notice)


for days in (-5, 8, 90):

    @attack("I7", rule="i7_due", guard=EXTENSION, name=f"longer-by-{days}-days")
    def too_long(scene, run, days=days):
        longer(run, scene.one, scene.one_decision, scene.one_notice, days=days)


for column, value in (("due_on", "due_on + 30"), ("calendar_version", "'other'")):

    @attack("I7", rule="i7_extension_stays", guard=STAYS, name=f"change-the-{column}-of-an-extension")
    def change_extension(scene, run, column=column, value=value):
        run(f"UPDATE privacy_extension SET {column} = {value} WHERE request_id = %s", scene.long)


@attack("I7", rule="i7_extension_stays", guard=STAYS)
def take_an_extension_back(scene, run):
    run("DELETE FROM privacy_extension WHERE request_id = %s", scene.long)


@attack("I7", rule="i7_extension_stays", guard="privacy.Extension:no_truncate", denied_to=(APP,))
def truncate_extensions(scene, run):
    run("TRUNCATE privacy_extension")


# What was told


def told(run, scene, **values):
    return run.clone("privacy_requestnotice", scene.two_receipt, **values)


@attack("I7", rule="i7_not_told", guard=TOLD)
def told_by_nobody(scene, run):
    told(run, scene, by_id=None)


@attack("I7", rule="i7_not_told", guard=TOLD)
def told_by_a_message_that_waits(scene, run):
    told(run, scene, request_id=scene.one, kind="extension", message_ref=scene.notice_waits)


@attack("I7", rule="i7_not_told", guard=TOLD)
def told_by_the_message_of_another_request(scene, run):
    told(run, scene, request_id=scene.two, kind="extension", message_ref=scene.notice_left)


@attack("I7", rule="i7_not_told", guard=TOLD)
def told_by_a_message_of_another_kind(scene, run):
    told(run, scene, request_id=scene.one, kind="refusal", message_ref=scene.notice_left)


# What was decided, and what may be asked


for column, value in (("ground", "'many'"), ("decided_at", "now()"), ("id", "gen_random_uuid()")):

    @attack("I7", rule="decision_fixed", guard="privacy.Decision:fixed", name=f"change-the-{column}-of-a-decision")
    def change_decision(scene, run, column=column, value=value):
        run(f"UPDATE privacy_decision SET {column} = {value} WHERE id = %s", scene.one_decision)


@attack("I7", rule="identity_needs_doubt", guard="privacy.IdentityCheck:needs_doubt")
def ask_more_without_a_doubt(scene, run):
    run.clone("privacy_identitycheck", scene.check, doubt=" ")


@attack("I7", rule="identity_needs_doubt", guard="privacy.IdentityCheck:needs_doubt")
def ask_more_by_nobody(scene, run):
    run.clone("privacy_identitycheck", scene.check, asked_by_id=None)


@pytest.mark.parametrize(("role", "attempt"), by_role("I7"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


# The other side: what the law allows goes through


@pytest.mark.parametrize("days", [0, 3])
def test_a_longer_term_told_in_time_is_allowed(days, role, scene, second):
    """Up to six days later, for the last day may move off a holiday."""
    with rolled_back(second(role)) as run:
        longer(run, scene.one, scene.one_decision, scene.one_notice, days=days)
        run.commit_checks()


def test_a_message_that_left_counts_as_told(role, scene, second):
    with rolled_back(second(role)) as run:
        told(run, scene, request_id=scene.one, kind="extension", message_ref=scene.notice_left, by_id=None)
        run.commit_checks()


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2025-08-31T10:00:00Z", "2025-09-30"),
        ("2026-01-30T10:00:00Z", "2026-03-02"),
        ("2026-03-06T10:00:00Z", "2026-04-07"),
        ("2026-03-05T23:30:00Z", "2026-04-07"),
    ],
)
def test_the_days_of_the_law_are_allowed(received, due, role, scene, second):
    with rolled_back(second(role)) as run:
        run.clone("privacy_datarequest", scene.bare, received_at=received, due_on=due)
        run.commit_checks()
