"""The clocks of requests: milestones written once, officers told without names, steps begun by themselves."""

from datetime import timedelta

import pytest

from mailing.models import Message
from privacy.desk import deciding, running, telling
from privacy.models import DataRequest, RequestStep
from privacy.steps import _starters, register_start
from tests.factories import make_organisation
from tests.privacy.asking import anna, ask, received
from tests.support.texts import publish_templates


@pytest.fixture(autouse=True)
def outbox(settings):
    """Django's own mail goes where it goes in production."""
    settings.EMAIL_BACKEND = "mailing.backend.Outbox"


def crossed(request) -> list[str]:
    return list(request.crossings.order_by("on").values_list("milestone", flat=True))


def mails() -> list[Message]:
    return list(Message.objects.filter(kind="account"))


@pytest.mark.parametrize(
    ("days", "milestones"),
    [
        (0, []),
        (13, []),
        (14, ["day14"]),
        (20, ["day14"]),
        (21, ["day14", "day21"]),
        (45, ["day14", "day21", "due", "overdue"]),
    ],
)
def test_each_milestone_once(agency, olga, days, milestones):
    asked = received(days)
    assert running.run().crossings == len(milestones)
    assert crossed(asked) == milestones
    assert running.run().crossings == 0, "a week off or a second worker adds nothing"
    assert crossed(asked) == milestones


def test_on_its_last_day_it_is_due_and_not_yet_overdue(agency, olga):
    asked = received(10)
    running._cross(asked.due_on - timedelta(days=1))
    assert crossed(asked) == ["day14", "day21"]
    running._cross(asked.due_on)
    assert crossed(asked) == ["day14", "day21", "due"]
    running._cross(asked.due_on + timedelta(days=1))
    assert crossed(asked) == ["day14", "day21", "due", "overdue"]


def test_one_mail_per_officer_with_the_furthest_of_each(agency, olga):
    received(45)
    received(14)
    assert running.run().mails == 1
    (mail,) = mails()
    assert mail.to_email == olga.email
    assert "2" in mail.subject_line
    body = mail.body_text
    assert ("de termijn is voorbij" in body) or ("the term has passed" in body)
    assert len([line for line in body.splitlines() if "/privacy-desk/requests/" in line]) == 2
    running.run()
    assert len(mails()) == 1, "nothing new is no mail"


def test_the_mail_names_nobody(agency, olga):
    candidacy = anna(surname="Zeldzaam")
    received(14, subject=candidacy.subject, contact="anna@person.example", words="Ik ben Zeldzaam")
    running.run()
    assert olga.email in [mail.to_email for mail in mails()]
    for mail in mails():
        for secret in ("Zeldzaam", "anna@person.example"):
            assert secret not in mail.body_text + mail.subject_line + mail.body_html


def test_without_an_officer_the_administrators_hear_it(agency, ada):
    received(14)
    running.run()
    assert [mail.to_email for mail in mails()] == [ada.email]


def test_an_answered_request_passes_nothing(agency, olga):
    asked = received(45)
    deciding.answer_request(asked, outcome="Done.", channel="letter", actor=olga)
    assert running.run().crossings == 0


def test_a_longer_term_moves_the_last_day(agency, olga):
    asked = received(20)
    deciding.extend(asked, ground="many", reasons="Many.", actor=olga)
    telling.tell_by_hand(asked, kind="extension", channel="letter", actor=olga)
    asked.refresh_from_db()
    with_due = DataRequest.objects.with_due().get(pk=asked.pk)
    running._cross(asked.due_on + timedelta(days=1))
    assert crossed(asked) == ["day14", "day21"], "the first last day is none any more"
    running._cross(with_due.answer_by + timedelta(days=1))
    assert crossed(asked) == ["day14", "day21", "due", "overdue"]
    assert asked.crossings.get(milestone="due").on == with_due.answer_by


# What begins by itself


@pytest.fixture
def starter(monkeypatch):
    """A room that begins with requests to see, and what it began with."""
    begun = []
    monkeypatch.setattr("privacy.steps._starters", dict(_starters))

    @register_start("export.prepare", "access")
    def prepare(request):
        begun.append(request.pk)

    return begun


def test_it_begins_once_when_it_is_known_who_asks(agency, olga, starter):
    subject = anna().subject
    asked = ask("access", channel="link", subject=subject)
    unknown = ask("access")
    ask("erasure", channel="link", subject=subject)
    running.run()
    running.run()
    assert starter == [asked.pk]
    assert RequestStep.objects.get(request=asked, code="export.prepare").by is None
    assert not unknown.steps.filter(code="export.prepare").exists()


def test_one_that_fails_keeps_no_other_from_its_start(agency, olga, monkeypatch, caplog):
    monkeypatch.setattr("privacy.steps._starters", dict(_starters))
    subject = anna().subject
    first, second = (ask("access", channel="link", subject=subject) for _ in range(2))
    fails = {first.pk}

    @register_start("export.prepare", "access")
    def prepare(request):
        if request.pk in fails:
            raise RuntimeError("no room on the disk")

    running.run()
    assert not first.steps.filter(code="export.prepare").exists()
    assert second.steps.filter(code="export.prepare").exists()
    assert "could not begin" in caplog.text
    fails.clear()
    running.run()
    assert first.steps.filter(code="export.prepare").exists()


def test_a_receipt_that_lacked_words_goes_after_all(db, olga):
    make_organisation()
    asked = ask()
    assert not Message.objects.filter(act_id=asked.pk).exists()
    publish_templates()
    assert running.run().started == 1
    assert Message.objects.filter(act_id=asked.pk, template__kind="receipt_request").exists()
    assert running.run().started == 0
