"""Linked mailboxes: whose one is stays, and what was searched again after an erasure stays on record."""

import pytest

from tests.attack.support import assert_refused, attack, by_role, rolled_back

FIXED, STAYS = "mailbox_fixed", "mailbox_sweep_stays"


@attack("M", rule=FIXED, guard="mailing.Mailbox:fixed")
def read_a_mailbox_as_somebody_elses(scene, run):
    run("UPDATE mailing_mailbox SET owner_id = %s WHERE id = %s", scene.officer, scene.mailbox)


@attack("M", rule=FIXED, guard="mailing.Mailbox:fixed")
def point_a_link_at_another_mailbox(scene, run):
    run("UPDATE mailing_mailbox SET address = 'boss@search.example' WHERE id = %s", scene.mailbox)


@attack("M", rule=STAYS, guard="mailing.MailboxSweep:fixed")
def count_a_mailbox_for_another_erasure(scene, run):
    run("UPDATE mailing_mailboxsweep SET erasure_id = %s WHERE id = %s", scene.plan, scene.sweep)


@attack("M", rule=STAYS, guard="mailing.MailboxSweep:verified_stays")
def change_what_was_counted(scene, run):
    run("UPDATE mailing_mailboxsweep SET removed = 99 WHERE id = %s", scene.swept)


@attack("M", rule=STAYS, guard="mailing.MailboxSweep:verified_stays")
def forget_that_a_mailbox_was_searched(scene, run):
    run("DELETE FROM mailing_mailboxsweep WHERE id = %s", scene.swept)


@attack("M", rule=STAYS, guard="mailing.MailboxSweep:no_truncate", denied_to=("watson_app",))
def forget_all_of_them(scene, run):
    run("TRUNCATE mailing_mailboxsweep CASCADE")


@pytest.mark.parametrize(("role", "attempt"), by_role("M"))
def test_refused(role, attempt, scene, second):
    assert_refused(attempt, scene, second(role), role)


def test_unlinking_leaves_the_count(scene, second):
    """The other side: the record outlives the link."""
    with rolled_back(second("watson_app")) as run:
        run("UPDATE mailing_mailboxsweep SET mailbox_id = NULL WHERE mailbox_id = %s", scene.mailbox)
        run("DELETE FROM mailing_mailbox WHERE id = %s", scene.mailbox)
        run.commit_checks()
