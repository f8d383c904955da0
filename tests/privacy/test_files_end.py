"""The file of a request and of an erasure goes some years after its end: whole, counted, and nothing sooner."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from mailing.models import MailboxSweep
from privacy.deadlines import due_date, extended_due_date
from privacy.desk import ending
from privacy.erasure import planning
from privacy.models import (
    Crossing,
    DataRequest,
    Decision,
    Erasure,
    ErasurePerson,
    Extension,
    IdentityCheck,
    LedgerEntry,
    RequestGroup,
    RequestNotice,
    RequestStep,
    Restriction,
    Subject,
    Telling,
)
from privacy.models.erasure import ErasureReason
from privacy.tasks import forget_request_files
from privacy.vault.models import ErasureEnd, ErasureRecord

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "vault", "owner", "vault_owner"])

FILE = {
    "candidates_correction",
    "candidates_correctionvalues",
    "mailing_mailboxfind",
    "mailing_mailboxsweep",
    "privacy_crossing",
    "privacy_datacopy",
    "privacy_datarequest",
    "privacy_decision",
    "privacy_erasure",
    "privacy_erasureline",
    "privacy_erasureperson",
    "privacy_erasurestep",
    "privacy_extension",
    "privacy_identitycheck",
    "privacy_mandate",
    "privacy_requestnotice",
    "privacy_requeststep",
    "privacy_restriction",
    "privacy_telling",
}


def age(alias, *tables, years):
    """Let so many years pass over every moment in these tables, which only the tests' owner can do."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table in tables:
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
                " AND data_type = 'timestamp with time zone'",
                [table],
            )
            moments = ", ".join(f"{name} = {name} - interval '{years} years'" for (name,) in cursor.fetchall())
            if moments:
                cursor.execute(f"UPDATE {table} SET {moments}")
        cursor.execute("SET session_replication_role = origin")


def answered(olga, **fields):
    """An answered request with something in every drawer of its file."""
    subject = Subject.objects.create()
    at = timezone.now()
    asked = DataRequest.objects.create(
        kind="restriction", channel="letter", received_at=at, due_on=due_date(at), calendar_version="t", subject=subject
    )
    RequestStep.objects.create(request=asked, code="test.done", by=olga)
    Crossing.objects.create(request=asked, milestone="day14", on=timezone.localdate())
    IdentityCheck.objects.create(request=asked, subject=subject, method="callback", asked_by=olga)
    decision = Decision.objects.create(request=asked, kind="extension", ground="complex", decided_by=olga)
    notice = RequestNotice.objects.create(request=asked, kind="extension", channel="letter", by=olga)
    Extension.objects.create(
        request=asked, decision=decision, notice=notice, due_on=extended_due_date(at), calendar_version="t"
    )
    Telling.objects.create(request=asked, kind="other", name="Iemand")
    limit = Restriction.objects.create(subject=subject, request=asked, ground="contested")
    Restriction.objects.filter(pk=limit.pk).update(
        lift_reason="asked", told_how="phone", told_at=at, lifted_at=timezone.now(), lifted_by=olga
    )
    erasure = planning.make([subject], reason=ErasureReason.RETENTION)
    MailboxSweep.objects.create(erasure=erasure, owner=olga, mode="trash", state="done", verified_at=at)
    erasure.steps.update(state="done", done_at=at)
    ErasurePerson.objects.filter(erasure=erasure).update(identifiers=b"")
    Erasure.objects.filter(pk=erasure.pk).update(finished_at=timezone.now())
    DataRequest.objects.filter(pk=asked.pk).update(
        answered_at=timezone.now(), answered_by=olga, result="done", **fields
    )
    return asked


def tables():
    """The tables of a file, found as the function of the owner finds them."""
    with connections["default"].cursor() as cursor:
        cursor.execute("""
            WITH RECURSIVE of(id) AS (
                SELECT 'privacy_datarequest'::regclass::oid UNION
                SELECT c.conrelid FROM pg_constraint c JOIN of ON c.confrelid = of.id WHERE c.contype = 'f')
            SELECT id::regclass::text FROM of""")
        return {name for (name,) in cursor.fetchall()}


def test_what_is_part_of_a_file_is_known():
    """A new table with a key to a request goes with it: so it has to be meant."""
    assert tables() == FILE


def test_a_whole_file_goes_after_its_years_and_another_stays(olga):
    old = answered(olga)
    age("owner", *FILE, years=6)
    young = answered(olga)
    ErasureRecord.objects.create(erasure=uuid4(), reason="request", people=[old.subject_id], policy="t")
    ErasureEnd.objects.create(erasure=uuid4())
    age("vault_owner", "vault_erasurerecord", "vault_erasureend", years=6)
    kept = ErasureRecord.objects.create(erasure=uuid4(), reason="request", people=[uuid4()], policy="t")
    gone = forget_request_files()
    assert gone == {"requests": 1, "erasures": 1, "groups": 0, "records": 1}
    assert list(DataRequest.objects.all()) == [young]
    for model in (RequestStep, Crossing, IdentityCheck, Decision, RequestNotice, Extension, Telling, Restriction):
        assert model.objects.count() == 1, model
    assert (Erasure.objects.count(), MailboxSweep.objects.count()) == (1, 1)
    assert list(ErasureRecord.objects.all()) == [kept]
    assert not ErasureEnd.objects.exists()
    assert Subject.objects.filter(pk=old.subject_id).exists(), "a bare id stays"
    entry = LedgerEntry.objects.get(kind="request.files_ended")
    assert (entry.codes["requests"], entry.codes["erasures"]) == (1, 1)
    assert set(forget_request_files().values()) == {0}


@pytest.mark.parametrize(
    ("table", "column"),
    [("privacy_requeststep", "at"), ("privacy_restriction", "lifted_at"), ("privacy_datarequest", "answered_at")],
)
def test_what_happened_later_keeps_the_whole_file(olga, table, column):
    answered(olga)
    age("owner", *FILE, years=6)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"UPDATE {table} SET {column} = now() - interval '4 years'")
        cursor.execute("SET session_replication_role = origin")
    assert forget_request_files()["requests"] == 0
    assert RequestStep.objects.count() == 1


def test_an_open_request_stays_however_old(olga):
    asked = answered(olga)
    DataRequest.objects.filter(pk=asked.pk).update(answered_at=None, answered_by=None, result="")
    age("owner", *FILE, years=9)
    assert forget_request_files()["requests"] == 0


def test_more_years_keep_it_longer_and_less_than_five_do_not_exist(olga, settings):
    answered(olga)
    age("owner", *FILE, years=6)
    settings.REQUEST_YEARS = 7
    assert forget_request_files()["requests"] == 0
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT requests FROM public.watson_forget_requests(0)")
        assert cursor.fetchone() == (1,)


def test_the_application_can_delete_no_row_by_itself(olga):
    answered(olga)
    age("owner", *FILE, years=6)
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        RequestStep.objects.all().delete()
    with connections["default"].cursor() as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute("SELECT public.watson_forget_rows('privacy_datarequest', '{}')")


def test_a_file_within_its_years_is_refused_to_the_owner_too(olga):
    asked = answered(olga)
    for table, column in (("privacy_extension", "request_id"), ("privacy_restriction", "request_id")):
        with (
            connections["owner"].cursor() as cursor,
            pytest.raises(IntegrityError),
            transaction.atomic(using="owner"),
        ):
            cursor.execute(f"DELETE FROM {table} WHERE {column} = %s", [asked.pk])


def test_an_empty_group_goes_too(olga):
    old, young = (RequestGroup.objects.create(label=name, agent="agent@law.example") for name in ("Oud", "Jong"))
    RequestGroup.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=6 * 366))
    assert forget_request_files()["groups"] == 1
    assert list(RequestGroup.objects.all()) == [young]


def test_a_hundred_files_cost_no_more_statements_of_ours_than_one(olga, django_assert_max_num_queries):
    for _each in range(5):
        answered(olga)
    age("owner", *FILE, years=6)
    with django_assert_max_num_queries(14):
        assert ending.forget_files()["requests"] == 5


def test_the_page_says_on_which_day(desk, agency, olga):
    asked = DataRequest.objects.get(pk=answered(olga).pk)
    last = ending.last_day(asked)
    assert last is not None
    assert last.year == timezone.localdate().year + 5
    page = desk(olga).get(f"/privacy-desk/requests/{asked.pk}/", headers={"accept-language": "en"}).content.decode()
    assert "This file goes by itself after" in page
    assert str(last.year) in page
