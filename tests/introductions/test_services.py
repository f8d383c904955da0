"""Introducing, the portal's links, feedback, and a yes taken back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Organisation, Role, User
from candidates.models import Candidacy, Stage, StageDecision, Task
from candidates.services import move
from consent import services as consent
from consent.models import ConsentEvent, EventKind
from introductions import services, tasks
from introductions.models import Feedback, Introduction, Recipient
from mailing.models import Message
from privacy import links
from privacy.guards import Refused
from privacy.models import LedgerEntry, Link
from tests import factories
from tests.introductions.conftest import ask, ask_able, introduce, link_of, withdraw


def mails(kind):
    return Message.objects.filter(template__kind=kind)


def test_an_introduction_on_a_standing_yes(candidacy, kees, yes, rosa):
    made = introduce(candidacy, [kees], words="Anna leads finance.")
    assert (made.event, made.client, made.introduced_by, made.words) == (
        yes,
        kees.client,
        rosa,
        "Anna leads finance.",
    )
    candidacy.refresh_from_db()
    assert candidacy.stage == Stage.INTRODUCED
    assert StageDecision.objects.get(candidacy=candidacy).decided_by == rosa
    assert Task.objects.get(candidacy=candidacy, kind="answer_yes").done_by == rosa
    assert list(Introduction.objects.standing()) == [made]
    entry = LedgerEntry.objects.get(kind="introduction.made")
    assert (entry.actor, entry.codes["introduction"]) == (rosa.pk, str(made.pk))


def test_the_contact_gets_an_account_and_a_mail_that_does_not_name_the_person(introduction, kees):
    kees.refresh_from_db()
    assert (kees.user.role, kees.user.has_usable_password()) == (Role.CLIENT, False)
    message = mails("introduced_client").get()
    assert (message.to_email, message.subject) == (kees.email, kees.subject)
    text = f"{message.subject_line} {message.body_text} {message.body_html}"
    assert introduction.vacancy.title in text
    assert introduction.candidacy.candidate.surname not in text
    assert "[[link:portal:" in message.body_text


@pytest.mark.parametrize("answer", [None, "talk_first", "refused", "withdrawn", "pending", "expired"])
def test_no_introduction_without_a_yes_that_stands(candidacy, kees, asked, rosa, answer):
    if answer in ("withdrawn",):
        factories.make_event(asked)
    if answer:
        factories.make_event(asked, answer)
    with pytest.raises(Refused, match="own yes for this vacancy"):
        introduce(candidacy, [kees])
    assert not Introduction.objects.exists()
    assert not mails("introduced_client").exists()
    candidacy.refresh_from_db()
    assert candidacy.stage == Stage.FOUND


def test_a_yes_to_another_vacancy_is_no_yes_here(candidacy, yes, rosa):
    other = factories.make_candidacy(factories.make_vacancy(owner=rosa), candidate=candidacy.candidate, notice=True)
    with pytest.raises(Refused, match="own yes for this vacancy"):
        introduce(other, [factories.make_contact(other.vacancy.client)])


def test_nobody_of_another_client_and_nobody_who_left(candidacy, kees, yes):
    with pytest.raises(Refused, match="does not work at the client of this vacancy"):
        introduce(candidacy, [kees, factories.make_contact()])
    gone = factories.make_contact(kees.client, left_on=timezone.localdate())
    with pytest.raises(Refused, match="any more"):
        introduce(candidacy, [gone])
    with pytest.raises(Refused, match="Choose who"):
        introduce(candidacy, [])
    assert not Introduction.objects.exists()
    assert not User.objects.filter(role=Role.CLIENT).exists()


def test_no_more_is_shown_than_was_agreed_to(candidacy, kees, yes):
    with pytest.raises(Refused, match="More would be shared"):
        introduce(candidacy, [kees], shared=["profile", "cv"])
    assert introduce(candidacy, [kees], shared=["profile"]).shared == ["profile"]


def test_nobody_is_introduced_before_the_notice(rosa, kees):
    untold = factories.make_candidacy(factories.make_vacancy(owner=rosa, client=kees.client))
    asked = ask(untold)
    consent.give(asked, link=link_of(asked), language="nl")
    with pytest.raises(Refused, match="privacy notice"):
        introduce(untold, [kees])


def test_an_ended_candidacy_stays_ended(candidacy, kees, yes):
    Candidacy.objects.filter(pk=candidacy.pk).update(ended_at=timezone.now(), ended_reason="closed")
    with pytest.raises(Refused, match="has ended"):
        introduce(candidacy, [kees])


def test_a_later_stage_is_not_set_back(candidacy, kees, yes, rosa):
    move(candidacy.pk, to=Stage.INTERVIEW, reason="next_step", actor=rosa)
    introduce(candidacy, [kees])
    candidacy.refresh_from_db()
    assert candidacy.stage == Stage.INTERVIEW


def test_the_same_yes_again_only_adds_contacts(introduction, candidacy, kees):
    second = factories.make_contact(kees.client)
    again = introduce(candidacy, [kees, second], words="Other words.", shared=["profile"])
    assert again == introduction
    assert {row.contact for row in again.recipients.all()} == {kees, second}
    again.refresh_from_db()
    assert (again.words, again.shared) == ("Leads a team.", candidacy.vacancy.shared)
    assert mails("introduced_client").count() == 2


def test_an_address_of_staff_gets_no_portal(candidacy, yes, vera):
    contact = factories.make_contact(candidacy.vacancy.client, email=vera.email)
    with pytest.raises(Refused, match="works at the agency"):
        introduce(candidacy, [contact])
    assert not Introduction.objects.exists()
    with pytest.raises(Refused, match="works at the agency"):
        services.invite(contact, actor=vera)
    vera.refresh_from_db()
    assert vera.role == Role.RECRUITER


def test_inviting_mails_a_link_that_works_once(kees, rosa):
    link = services.invite(kees, actor=rosa)
    assert mails("portal_link").get().to_email == kees.email
    user = services.open_portal(link)
    kees.refresh_from_db()
    assert user == kees.user
    with pytest.raises(Refused, match="used or is too old"):
        services.open_portal(link)
    assert LedgerEntry.objects.filter(kind="portal.opened", actor=user.pk).count() == 1


def test_inviting_again_makes_no_second_account(kees, rosa):
    assert services.invite(kees, actor=rosa) != services.invite(kees, actor=rosa)
    assert User.objects.filter(email=kees.email).count() == 1
    assert mails("portal_link").count() == 2


@pytest.mark.parametrize("fault", ["expired", "revoked", "left", "erased", "inactive", "staff", "other"])
def test_a_link_that_opens_nothing(kees, rosa, fault):
    link = services.invite(kees, actor=rosa)
    kees.refresh_from_db()
    match fault:
        case "expired":
            Link.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        case "revoked":
            Link.objects.filter(pk=link.pk).update(revoked_at=timezone.now())
        case "left":
            type(kees).objects.filter(pk=kees.pk).update(left_on=timezone.localdate())
        case "erased":
            type(kees.subject).objects.filter(pk=kees.subject_id).update(erased_at=timezone.now())
        case "inactive":
            User.objects.filter(pk=kees.user_id).update(is_active=False)
        case "staff":
            User.objects.filter(pk=kees.user_id).update(role=Role.RECRUITER)
        case "other":
            link = links.issue("me", subject=kees.subject)
    with pytest.raises(Refused):
        services.open_portal(link)
    link.refresh_from_db()
    assert link.used_at is None


def test_somebody_who_left_is_not_invited(kees, rosa):
    kees.left_on = timezone.localdate()
    kees.save()
    with pytest.raises(Refused, match="any more"):
        services.invite(kees, actor=rosa)
    assert not mails("portal_link").exists()


def test_a_new_link_by_task_only_for_whom_was_invited(kees, rosa):
    assert not tasks.mail_new_link(str(kees.pk), "a")
    services.invite(kees, actor=rosa)
    assert tasks.mail_new_link(str(kees.pk), "b")
    assert tasks.mail_new_link(str(kees.pk), "b")
    assert mails("portal_link").count() == 2


def test_feedback_becomes_a_task_of_the_recruiter(introduction, kees, rosa):
    kees.refresh_from_db()
    recipient = introduction.recipients.get()
    services.give_feedback(recipient, verdict="yes", words="Looks good.", actor=kees.user)
    assert Feedback.objects.get().words == "Looks good."
    task = Task.objects.get(kind="follow_up")
    assert (task.assignee, task.note) == (rosa, "The client answered: we would like to meet")
    entry = LedgerEntry.objects.get(kind="introduction.feedback")
    assert "Looks good" not in str(entry.codes)


def test_no_feedback_on_somebody_who_withdrew(introduction, kees, asked):
    kees.refresh_from_db()
    withdraw(asked)
    with pytest.raises(Refused, match="not introduced to you any more"):
        services.give_feedback(introduction.recipients.get(), verdict="yes", words="", actor=kees.user)
    assert not Feedback.objects.exists()


def test_a_withdrawal_reaches_the_client_at_once(introduction, asked, kees, rosa):
    assert Introduction.objects.standing().exists()
    withdraw(asked)
    assert not Introduction.objects.standing().exists()
    message = mails("withdrawn_client").get()
    assert (message.kind, message.subject, message.act_id) == ("art19", kees.subject, introduction.pk)
    assert introduction.candidacy.candidate.surname not in f"{message.subject_line} {message.body_text}"
    assert Task.objects.get(kind="withdrawn").assignee == rosa
    with pytest.raises(Refused):
        introduce(introduction.candidacy, [kees])


def test_a_no_through_an_older_message_takes_the_yes_back_too(introduction, candidacy, kees):
    older = ask_expired(candidacy)
    consent.withdraw(older, link=link_of(older, "withdraw"), language="nl")
    assert not Introduction.objects.standing().exists()
    assert ConsentEvent.objects.latest("id").request == introduction.request
    assert mails("withdrawn_client").count() == 1


def ask_expired(candidacy):
    """An earlier question about the same vacancy, which ran out."""
    return factories.make_request(candidacy, closed_at=timezone.now() - timedelta(days=30))


def test_stopping_everything_takes_back_every_introduction(introduction, candidacy, rosa):
    other = factories.make_candidacy(factories.make_vacancy(owner=rosa), candidate=candidacy.candidate, notice=True)
    asked = ask(other)
    consent.give(asked, link=link_of(asked), language="nl")
    introduce(other, [factories.make_contact(other.vacancy.client)])
    assert Introduction.objects.standing().count() == 2
    consent.stop_everything(link=link_of(asked, "withdraw"), language="nl")
    assert not Introduction.objects.standing().exists()
    assert mails("withdrawn_client").count() == 2


def test_a_yes_given_by_somebody_else_is_taken_back(introduction, asked):
    consent.not_me(link=link_of(asked))
    assert not Introduction.objects.standing().exists()
    assert mails("withdrawn_client").count() == 1
    assert not mails("receipt_withdrawn").exists()


def run_out(asked):
    """The yes ends by its own clock."""
    Organisation.objects.update(consent_months=0)
    ended = consent.expire(asked)
    assert ended is not None
    assert ended.kind == EventKind.EXPIRED


def test_a_yes_that_ran_out_shows_nobody_but_is_called_no_withdrawal(introduction, asked, kees):
    assert consent.expire(asked) is None
    run_out(asked)
    assert not Introduction.objects.standing().exists()
    assert list(Introduction.objects.taken_back()) == [introduction]
    assert not mails("withdrawn_client").exists()


def test_a_contact_who_left_is_not_mailed_about_a_withdrawal(introduction, asked, kees):
    type(kees).objects.filter(pk=kees.pk).update(left_on=timezone.localdate())
    withdraw(asked)
    assert not mails("withdrawn_client").exists()


def test_deletion_is_confirmed_once(introduction, asked, kees):
    kees.refresh_from_db()
    withdraw(asked)
    recipient = Recipient.objects.to_delete(kees.user).get()
    first = services.confirm_deletion(recipient, actor=kees.user).deletion_confirmed_at
    assert first is not None
    assert services.confirm_deletion(recipient, actor=kees.user).deletion_confirmed_at == first
    assert not Recipient.objects.to_delete(kees.user).exists()
    assert LedgerEntry.objects.filter(kind="introduction.deleted_by_client").count() == 1


def test_a_hired_person_whose_consent_ran_out_need_not_be_deleted(introduction, asked, candidacy, rosa):
    move(candidacy.pk, to=Stage.HIRED, reason="placed", actor=rosa)
    run_out(asked)
    assert not Introduction.objects.taken_back().exists()


def test_a_hired_person_who_withdraws_has_to_be_deleted(introduction, asked, candidacy, rosa):
    move(candidacy.pk, to=Stage.HIRED, reason="placed", actor=rosa)
    withdraw(asked)
    assert Introduction.objects.taken_back().exists()


def test_each_contact_sees_exactly_whom_they_got(introduction, candidacy, kees, rosa):
    kees.refresh_from_db()
    colleague = factories.make_contact(kees.client)
    services.invite(colleague, actor=rosa)
    colleague.refresh_from_db()
    elsewhere = ask_able(rosa)
    asked = ask(elsewhere)
    consent.give(asked, link=link_of(asked), language="nl")
    other = factories.make_contact(elsewhere.vacancy.client)
    theirs = introduce(elsewhere, [other])
    other.refresh_from_db()
    assert kees.user
    assert other.user
    assert colleague.user
    assert list(Introduction.objects.visible_to(kees.user)) == [introduction]
    assert list(Introduction.objects.visible_to(other.user)) == [theirs]
    assert not Introduction.objects.visible_to(colleague.user).exists()
    assert not Introduction.objects.visible_to(rosa).exists()


@pytest.mark.parametrize("change", ["left", "restricted", "erased", "closed", "inactive"])
def test_who_may_no_longer_be_shown_is_not(introduction, kees, change):
    kees.refresh_from_db()
    user = kees.user
    assert Introduction.objects.visible_to(user).exists()
    now = timezone.now()
    match change:
        case "left":
            type(kees).objects.filter(pk=kees.pk).update(left_on=timezone.localdate())
        case "restricted":
            type(kees.subject).objects.filter(pk=introduction.subject_id).update(restricted_at=now)
        case "erased":
            type(kees.subject).objects.filter(pk=introduction.subject_id).update(erased_at=now)
        case "closed":
            Introduction.objects.update(closed_at=now)
        case "inactive":
            user.is_active = False
            user.save()
    assert not Introduction.objects.visible_to(user).exists()


def test_a_withdrawal_stands_where_the_client_cannot_be_told_by_mail(introduction, asked, rosa):
    factories.make_organisation(legal_name="", kvk="")
    withdraw(asked)
    assert not Introduction.objects.standing().exists()
    assert not mails("withdrawn_client").exists()
    assert Task.objects.get(kind="withdrawn").assignee == rosa
    assert LedgerEntry.objects.filter(kind="mail.not_told", codes__introduction=str(introduction.pk)).exists()
