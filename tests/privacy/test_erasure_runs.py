"""Being forgotten, from the plan to the certificate: everything goes, nobody else's rows change, and it is proved."""

import io
import zipfile
import zlib
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connections, transaction
from django.utils import timezone

from candidates.models import Candidate
from mailing import attachments, outbox
from mailing.models import Attachment, Message, OutgoingStop, State
from mailing.sparkpost.standin import StandIn
from privacy import registry, suppression, tokens
from privacy.desk import identity
from privacy.erasure import certificate, planning, running, services, verifying
from privacy.erasure.holders import holders
from privacy.erasure.house import _as_a_value
from privacy.guards import Refused
from privacy.models import DataRequest, Erasure, ErasurePerson, ErasureStep, LedgerEntry, Subject, SuppressionEntry
from privacy.models.erasure import PlanAction, StepState
from privacy.models.handling import Method
from privacy.retention import sweeping
from privacy.services import receive_request
from privacy.vault.models import ErasureEnd, ErasureRecord
from tests import factories
from tests.privacy.forgotten import ADDRESS, PHONE, WORD, Forgotten, neighbour, officer, rows_of_others, spread
from tests.support.texts import publish_texts

KEY = "a-key-of-the-stand-in"


@pytest.fixture
def agency(db):
    factories.make_organisation()
    publish_texts()


@pytest.fixture
def standin(settings):
    with StandIn(api_key=KEY, delay=None, events_lag=0) as running_one:
        settings.SPARKPOST_API_KEY = KEY
        settings.SPARKPOST_BASE_URL = running_one.url
        settings.SPARKPOST_TIMEOUT = 2.0
        yield running_one


@pytest.fixture
def olga(db):
    return officer()


def carry_on(erasure):
    """As the beat does, with every wait over."""
    ErasureStep.objects.filter(erasure=erasure, state=StepState.RETRY).update(next_at=timezone.now())
    return running.carry_on(erasure.pk)


def state_of(erasure, holder):
    return ErasureStep.objects.get(erasure=erasure, holder=holder)


def approved(person, olga):
    erasure = services.plan(person.request, actor=olga)
    return services.approve(erasure, actor=olga)


def to_the_end(erasure, olga, standin):
    """Everything a person, the outbox and SparkPost have to do in between."""
    assert not carry_on(erasure)
    services.done_by_hand(state_of(erasure, "mailboxes"), actor=olga)
    assert not carry_on(erasure)
    outbox.hand_over()
    assert not carry_on(erasure)
    Message.objects.filter(key=f"certificate:{erasure.pk}").update(state=State.DELIVERED, delivered_at=timezone.now())
    assert carry_on(erasure)
    erasure.refresh_from_db()
    return erasure


# The whole way


class Whole:
    """One erasure from the plan to its end, with somebody beside it who has to stay; what there was before."""

    def __init__(self, standin, olga):
        self.standin, self.olga = standin, olga
        self.person, self.other = Forgotten(), neighbour()
        standin.store.suppressions.clear()
        self.spread = spread()
        self.others, self.exported = rows_of_others([self.person.subject.pk]), registry.export(self.other.subject)
        self.erasure = to_the_end(approved(self.person, olga), olga, standin)


def nothing_of_the_person_is_left(whole):
    assert whole.spread >= {
        "candidates_candidate",
        "candidates_contactpoint",
        "candidates_decisionnote",
        "consent_consenttrace",
        "mailing_inboundmail",
        "mailing_message",
        "privacy_datarequest",
        "privacy_ledgerdetail",
    }
    assert spread() == set()
    assert spread(ADDRESS) == set()
    assert spread(PHONE[-9:]) == set()
    assert cache.get("last-search") is None
    whole.person.subject.refresh_from_db()
    assert whole.person.subject.erased_at
    assert whole.erasure.finished_at
    assert not ErasurePerson.objects.exclude(identifiers=b"").exists(), "the addresses were destroyed"


def everything_of_the_others_is_left(whole):
    after = rows_of_others([whole.person.subject.pk])
    new = {"privacy_ledgerentry", "privacy_suppressionlift"}  # grows with what happened, about nobody else
    assert {table: sums for table, sums in after.items() if table not in new} == {
        table: sums for table, sums in whole.others.items() if table not in new
    }
    assert registry.export(whole.other.subject) == whole.exported


def the_last_mail_carries_the_way_to_the_proof_and_its_own_trace_goes(whole):
    (mail,) = whole.standin.mails
    assert mail.to == ADDRESS
    assert f"/privacy/requests/{tokens.token_for(whole.person.request.pk, 'request')}/" in mail.text
    message = Message.objects.get(key=f"certificate:{whole.erasure.pk}")
    assert (message.kind, message.to_email, message.body_text, message.recipient_hmacs) == ("certificate", "", "", [])
    asked = [row for row in whole.standin.store.privacy if row["kind"] == "rtbf-request"]
    assert len(asked) == 2, "once for everything, once for the last mail"
    assert all(row["recipients"] == [ADDRESS] for row in asked)
    assert not whole.standin.store.suppressions, "the address stands on nobody's list in the clear"


def the_request_is_answered_and_the_address_stays_stopped(whole):
    request = DataRequest.objects.get(pk=whole.person.request.pk)
    assert (request.contact, request.words, request.outcome, request.result) == ("", "", "", "done")
    assert (request.answered_at is not None, request.answered_by) == (True, whole.olga)
    assert suppression.standing_among([("email", ADDRESS)]) == {("email", ADDRESS)}
    assert SuppressionEntry.objects.filter(reason="erased").count() == 2, "the address and the phone number"
    assert not OutgoingStop.objects.exists()
    kinds = set(LedgerEntry.objects.values_list("kind", flat=True))
    assert {"erasure.planned", "erasure.approved", "erasure.by_hand", "subject.erased", "erasure.finished"} <= kinds
    assert "request.answered" in kinds


def the_vault_knows_it_by_uuid_and_hash(whole):
    record = ErasureRecord.objects.get(erasure=whole.erasure.pk)
    assert record.people == [whole.person.subject.pk]
    assert whole.person.candidacy.candidate_id in record.records
    assert record.request == whole.person.request.pk
    assert len(record.hashes) == 2
    assert all(one.split(":")[0] in ("email", "phone") for one in record.hashes)
    assert ErasureEnd.objects.filter(erasure=whole.erasure.pk).exists()


def the_certificate_counts_and_names_nobody(whole):
    proof = certificate.of(whole.erasure)
    assert sum(place.touched for place in proof.places) > 10
    assert proof.forms > 20
    assert len(proof.searched) >= 5
    today = timezone.localdate()
    assert {place.until for place in proof.remains} == {today + timedelta(days=30)}
    assert proof.kept
    for word in (WORD, ADDRESS, PHONE, str(whole.person.subject.pk), str(whole.person.candidacy.candidate_id)):
        assert word not in str(proof)


def twice_is_once(whole):
    calls, entries = len(whole.standin.store.privacy), LedgerEntry.objects.count()
    assert running.carry_on(whole.erasure.pk)
    assert (len(whole.standin.store.privacy), LedgerEntry.objects.count()) == (calls, entries)


# Of one erasure, in this order.
ENDS = [
    nothing_of_the_person_is_left,
    everything_of_the_others_is_left,
    the_last_mail_carries_the_way_to_the_proof_and_its_own_trace_goes,
    the_request_is_answered_and_the_address_stays_stopped,
    the_vault_knows_it_by_uuid_and_hash,
    the_certificate_counts_and_names_nobody,
    twice_is_once,
]


def test_a_whole_erasure(agency, standin, olga):
    whole, wrong = Whole(standin, olga), []
    for end in ENDS:
        try:
            end(whole)
        except AssertionError as error:
            wrong.append(f"{end.__name__}: {error}")
    assert not wrong, "\n\n".join(wrong)


# The plan


def test_a_plan_says_what_goes_what_stays_and_what_others_must_do(agency, olga):
    person = Forgotten()
    erasure = services.plan(person.request, actor=olga)
    lines = {(line.what, line.action): line.count for line in erasure.lines.all()}
    assert lines["candidates.ContactPoint", PlanAction.DELETE] == 2
    assert lines["candidates.Candidate", PlanAction.BLANK] == 1
    assert lines["consent.ConsentEvent", PlanAction.KEEP] == 1
    assert lines["stop_hash", PlanAction.KEEP] == 2
    assert lines["rtbf", PlanAction.ASK] == 1
    assert lines[f"mailbox-hand:{olga.pk}", PlanAction.BY_HAND] == 1
    assert ("backups", PlanAction.EXPIRE) in lines
    assert all(line.ground for line in erasure.lines.all() if line.action == PlanAction.KEEP)
    assert person.subject.erased_at is None
    assert "candidates_candidate" in spread(), "a plan erases nothing"
    assert not ErasureStep.objects.exclude(state=StepState.PENDING).exists()


def test_nothing_begins_before_the_approval(agency, olga):
    erasure = services.plan(Forgotten().request, actor=olga)
    assert not running.carry_on(erasure.pk)
    assert not ErasureStep.objects.exclude(state=StepState.PENDING).exists()


def test_what_came_in_after_the_plan_asks_for_a_new_one(agency, olga):
    person = Forgotten()
    erasure = services.plan(person.request, actor=olga)
    factories.make_message(person.candidacy, state=State.DELIVERED, to_email=ADDRESS)
    with pytest.raises(Refused) as refused:
        services.approve(erasure, actor=olga)
    assert refused.value.code == services.CHANGED
    assert services.approve(services.plan(person.request, actor=olga), actor=olga).approved_at


def test_nobody_is_erased_while_it_is_not_known_who_asks(agency, olga):
    person = Forgotten(is_known=False)
    with pytest.raises(Refused) as refused:
        services.approve(services.plan(person.request, actor=olga), actor=olga)
    assert refused.value.code == services.UNKNOWN
    identity.known(person.request, method=Method.COLLEAGUE, actor=olga)
    assert services.approve(services.plan(person.request, actor=olga), actor=olga).approved_at


def test_only_the_newest_plan_can_be_approved(agency, olga):
    person = Forgotten()
    first, second = (services.plan(person.request, actor=olga) for _time in range(2))
    with pytest.raises(Refused, match="Look at the new plan"):
        services.approve(first, actor=olga)
    assert services.approve(second, actor=olga)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"kind": "access"}, "erasure_other_request"),
        ({"subject": None}, "erasure_nobody"),
    ],
)
def test_a_request_for_something_else_or_of_nobody_gets_no_plan(agency, olga, given, code):
    person = Forgotten(asks=False)
    values = {"kind": "erasure", "channel": "mail", "subject": person.subject, "contact": ADDRESS, **given}
    with pytest.raises(Refused) as refused:
        services.plan(receive_request(**values), actor=olga)
    assert refused.value.code == code


def test_another_question_is_answered_first(agency, olga):
    person = Forgotten()
    receive_request(kind="access", channel="mail", subject=person.subject, contact=ADDRESS)
    with pytest.raises(Refused) as refused:
        services.plan(person.request, actor=olga)
    assert refused.value.code == services.OTHERS_OPEN


# What goes wrong


def test_what_cannot_be_done_yet_is_seen_tried_again_and_never_called_done(agency, standin, olga, settings):
    person = Forgotten()
    erasure = approved(person, olga)
    settings.SPARKPOST_BASE_URL = "http://127.0.0.1:9"  # nobody answers there
    assert not running.carry_on(erasure.pk)
    step = state_of(erasure, "provider")
    assert (step.state, step.trouble[:9]) == (StepState.RETRY, "provider_")
    assert step.next_at > timezone.now()
    assert state_of(erasure, "tables").state == StepState.DONE, "one outside party holds up nothing inside"
    assert erasure in Erasure.objects.incomplete()
    assert erasure.finished_at is None
    assert state_of(erasure, "search").state == StepState.PENDING
    assert not running.carry_on(erasure.pk)
    assert state_of(erasure, "provider").attempts == 1, "not before its time"


def test_a_step_that_waits_for_a_person_waits(agency, standin, olga):
    person = Forgotten()
    erasure = approved(person, olga)
    carry_on(erasure)
    assert state_of(erasure, "mailboxes").state == StepState.NEEDS_HUMAN
    carry_on(erasure)
    assert state_of(erasure, "mailboxes").attempts == 1
    with pytest.raises(Refused):
        services.done_by_hand(state_of(erasure, "tables"), actor=olga)
    services.done_by_hand(state_of(erasure, "mailboxes"), actor=olga)
    assert state_of(erasure, "mailboxes").by == olga


def test_who_has_no_mailbox_is_told_another_way(agency, standin, olga):
    person = Forgotten(asks=False)
    address = "Kade 1, Utrecht"
    person.request = receive_request(kind="erasure", channel="letter", subject=person.subject, contact=address)
    identity.known(person.request, method=Method.COLLEAGUE, actor=olga)
    erasure = approved(person, olga)
    carry_on(erasure)
    services.done_by_hand(state_of(erasure, "mailboxes"), actor=olga)
    carry_on(erasure)
    assert (state_of(erasure, "letter").state, state_of(erasure, "letter").trouble) == ("needs_human", "no_address")
    services.done_by_hand(state_of(erasure, "letter"), actor=olga)
    assert carry_on(erasure)
    assert spread("Kade 1, Utrecht") == set()


# The search


def test_the_search_finds_what_was_planted_and_what_is_left(agency, standin, olga):
    person = Forgotten()
    erasure = services.plan(person.request, actor=olga)
    told = verifying.search(planning.load(erasure))
    assert told["blind"] == [], "the canary was seen everywhere"
    assert {"candidates_candidate", "mailing_message", "redis.cache"} <= set(told["left"])
    assert ADDRESS not in str(told)


def test_the_search_opens_files_that_went_along_with_mail(agency, standin, olga):
    """One that nobody else got is left; one that a neighbour got too is theirs, and shown."""
    person = Forgotten()
    erasure = services.plan(person.request, actor=olga)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as document:
        document.writestr("word/document.xml", f"<w:t>Bel {ADDRESS[:5]}</w:t><w:t>{ADDRESS[5:]}</w:t>" * 3)
    streams = b"%PDF-1.7\nstream\n" + zlib.compress(f"Bel {ADDRESS}".encode()) + b"\nendstream"
    for name, content in (
        ("plain.txt", f"Bel {ADDRESS}".encode()),
        ("word.docx", packed.getvalue()),
        ("p.pdf", streams),
    ):
        attachments.add(name, content, content_type="application/octet-stream", actor=None)
    shared = attachments.add("lijst.csv", ADDRESS.encode().hex().encode(), content_type="text/csv", actor=None)
    Attachment.objects.create(message=factories.make_message(factories.make_candidacy()), file=shared)
    told = verifying.search(planning.load(erasure))
    assert (told["left"]["mailing.StoredFile"], told["namesakes"]["mailing.StoredFile"]) == (3, 1)


def test_a_search_that_misses_the_canary_is_void(agency, standin, olga, monkeypatch):
    person = Forgotten()
    erasure = approved(person, olga)
    carry_on(erasure)
    services.done_by_hand(state_of(erasure, "mailboxes"), actor=olga)
    monkeypatch.setattr(type(holders["jobs"]), "plant", lambda self, words: None)
    carry_on(erasure)
    step = state_of(erasure, "search")
    assert (step.state, step.trouble, step.found["blind"]) == (StepState.RETRY, "search_void", ["jobs"])


def test_a_namesake_condemns_nothing(agency, standin, olga):
    person = Forgotten()
    namesake = factories.make_candidacy(given_name=WORD, surname=WORD, email="namesake@person.example")
    erasure = to_the_end(approved(person, olga), olga, standin)
    assert state_of(erasure, "search").found["namesakes"]["candidates_candidate"] == 1
    namesake.candidate.refresh_from_db()
    assert namesake.candidate.surname == WORD


def test_statistics_forget_too(agency, standin, olga):
    person = Forgotten()
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT public.watson_analyze('candidates_contactpoint')")
        cursor.execute("SELECT count(*) FROM pg_stats p WHERE p::text ILIKE %s", [f"%{ADDRESS}%"])
        assert cursor.fetchone()[0], "the planner knows the address"
    to_the_end(approved(person, olga), olga, standin)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stats p WHERE p::text ILIKE %s", [f"%{ADDRESS}%"])
        assert cursor.fetchone()[0] == 0


def test_a_short_name_is_looked_for_as_a_whole_value():
    forms = list(_as_a_value(b"an"))
    for held in (b"{an}", b"{bob,an,cor}", b"{an,bob}", b'{"an","bob cor"}'):
        assert any(form in held for form in forms), held
    for held in (b'{"dear an de vries"}', b"{anna,jan}"):
        assert not any(form in held for form in forms), held


# Proof by mutation: the search notices each step that was left out


@contextmanager
def undone():
    """What happens to one case leaves nothing for the next; the caches and queues hold no row."""
    with transaction.atomic("default"), transaction.atomic("vault"):
        yield
        for alias in ("default", "vault"):
            transaction.set_rollback(True, using=alias)


def searched(erasure, *left_out):
    """The search of an erasure in which these steps are called done and were not."""
    ErasureStep.objects.filter(erasure=erasure, holder__in=[*left_out, "mailboxes"]).update(
        state=StepState.DONE, done_at=timezone.now()
    )
    carry_on(erasure)
    return state_of(erasure, "search")


def test_each_step_left_out_is_noticed(agency, standin, olga):
    person, seen = Forgotten(), {}
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT public.watson_analyze('candidates_contactpoint')")
    erasure, held = approved(person, olga), cache.get("last-search")
    holders_left_out = ["tables", "cache", "statistics", "door"]
    for holder in holders_left_out:
        with undone():
            cache.set("last-search", held)
            step = searched(erasure, holder)
            seen[holder] = (step.state, step.trouble, bool(step.found["left"]))
    assert seen == dict.fromkeys(holders_left_out, (StepState.NEEDS_HUMAN, "residue", True))


LEFT_OUT = [
    "candidates.Candidate",
    "candidates.ContactPoint",
    "candidates.DecisionNote",
    "consent.ConsentTrace",
    "mailing.InboundMail",
    "mailing.Message",
    "privacy.LedgerDetail",
]


def test_each_table_left_out_is_noticed(agency, standin, olga, monkeypatch):
    erasure, seen = approved(Forgotten(), olga), {}
    for label in LEFT_OUT:
        handler = registry.handlers[label.partition(".")[0]]
        with undone(), monkeypatch.context() as patch:
            patch.delitem(handler.erasure, label)
            # Not even its own check looks: only the search is left to notice.
            patch.setattr(handler, "verify", lambda subject: [])
            step = searched(erasure)
            noticed = registry.model_of(label)._meta.db_table in step.found["left"]
            seen[label] = (step.state, step.trouble, noticed)
    assert seen == dict.fromkeys(LEFT_OUT, (StepState.NEEDS_HUMAN, "residue", True))
    with undone():
        assert not searched(erasure).found["left"], "with none left out"


def test_the_clock_sweeps_without_approval(agency, standin):
    person = Forgotten(asks=False)
    Candidate.objects.filter(subject=person.subject).update(erase_on=timezone.localdate() - timedelta(days=1))
    ran = sweeping.run()
    assert ran is not None
    assert ran.erased == 1
    erasure = Erasure.objects.get()
    assert (erasure.reason, erasure.approved_by, erasure.finished_at is not None) == ("retention", None, True)
    assert spread() == set()
    assert Subject.objects.get(pk=person.subject.pk).erased_at
    assert not SuppressionEntry.objects.exists(), "whose time is over did not ask us to stop"
    assert ErasureRecord.objects.get().people == [person.subject.pk]
