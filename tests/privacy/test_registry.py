"""Every column is classified, in the models and in both databases; and the handlers do what they say."""

import json
from typing import ClassVar

import pytest
from django.db import connections, models
from django.test.utils import isolate_apps

from candidates.models import Candidate, ContactPoint, DecisionNote, DecisionReason, StageDecision
from consent.models import ConsentTrace
from mailing.models import Message, State
from privacy import ledger, ports, registry, services
from privacy.desk import deciding, identity
from privacy.models import AccessEntry, LedgerDetail, StaffSubject, Subject
from privacy.registry import ERASED, Class, PersonalData
from tests.factories import make_candidacy, make_contact, make_event, make_message, make_notice, make_request, make_user

INSTRUCTION = (
    "\nSay what each holds in `columns` of personal_data.py of its app (none, identifier, personal, special, free_text,"
    " secret or technical), how its rows lead to a person in `paths`, and what an erasure does with them in `erasure`"
    " or why they stay in `kept`. Sign-in and third-party tables: accounts/personal_data.py."
)
MADE_BY_HAND = (
    "\nThese columns are in the database but in no model. Make a model with a migration, or name the table with its"
    " reason in privacy.registry.UNMODELLED."
)


# Completeness


def test_every_model_field_is_classified():
    missing = registry.unclassified()
    assert not missing, f"Without a class: {', '.join(missing)}.{INSTRUCTION}"


def test_no_class_is_left_of_a_field_that_is_gone():
    gone = registry.stale()
    assert not gone, f"Classified, but gone: {', '.join(gone)}. Remove them from personal_data.py."


@pytest.mark.parametrize("using", ["default", "vault"])
def test_every_column_in_the_database_is_of_a_model(db, using):
    missing = registry.unmodelled(using)
    assert not missing, f"Made by hand: {', '.join(missing)}.{MADE_BY_HAND}"


def test_every_class_is_known():
    for label, fields in registry.classified().items():
        assert all(isinstance(kind, Class) for kind in fields.values()), label


def test_every_table_with_personal_data_leads_to_a_person_or_says_why_not():
    paths = {label for handler in registry.handlers.values() for label in handler.paths}
    pathless = {label for handler in registry.handlers.values() for label in handler.pathless}
    personal = {label for label, fields in registry.classified().items() if ERASED & set(fields.values())}
    lost = personal - paths - pathless
    assert not lost, f"No way to a person: {', '.join(sorted(lost))}.{INSTRUCTION}"
    assert not paths & pathless


def test_every_table_about_a_person_is_erased_or_kept_with_a_reason():
    for handler in registry.handlers.values():
        overridden = type(handler).erase is not PersonalData.erase
        for label in handler.paths:
            if ERASED & set(registry.classified()[label].values()):
                declared = label in handler.erasure or label in handler.kept or overridden
                assert declared, f"{label}: neither `erasure` nor `kept` names it.{INSTRUCTION}"
        assert all(len(reason) > 20 for reason in handler.kept.values())


def test_every_app_with_models_has_a_handler():
    assert set(registry.handlers) >= {"privacy", "mailing", "vacancies", "consent", "candidates", "introductions"}


# The tests above can fail


@isolate_apps("privacy")
def test_a_new_model_and_a_new_field_are_caught():
    class Sneaky(models.Model):
        mail = models.CharField(max_length=100)

        class Meta:
            app_label = "privacy"

    assert registry.unclassified([Sneaky]) == ["privacy.Sneaky.id", "privacy.Sneaky.mail"]


def test_a_field_whose_class_was_forgotten_is_caught(monkeypatch):
    fields = registry.handlers["candidates"].columns["candidates.Candidate"]
    monkeypatch.delitem(fields, "surname")
    assert registry.unclassified() == ["candidates.Candidate.surname"]


def test_a_stale_class_is_caught(monkeypatch):
    fields = registry.handlers["candidates"].columns["candidates.Candidate"]
    monkeypatch.setitem(fields, "shoe_size", Class.PERSONAL)
    assert registry.stale() == ["candidates.Candidate.shoe_size"]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("CREATE TABLE sneaky (mail text)", ["sneaky.mail"]),
        ("CREATE SCHEMA hidden CREATE TABLE people (mail text)", ["hidden.people.mail"]),
        ("ALTER TABLE candidates_candidate ADD COLUMN bsn text", ["candidates_candidate.bsn"]),
        ("CREATE VIEW seen AS SELECT surname FROM candidates_candidate", ["seen.surname"]),
    ],
)
def test_a_column_made_by_hand_is_caught(db, statement, found):
    with connections["owner"].cursor() as cursor:
        cursor.execute("BEGIN")
        try:
            cursor.execute(statement)
            assert registry.unmodelled("owner") == found
        finally:
            cursor.execute("ROLLBACK")
    connections["owner"].close()


test_a_column_made_by_hand_is_caught.pytestmark.append(pytest.mark.django_db(databases=["default", "vault", "owner"]))


# What the handlers do


class Person:
    """One person in every table, with a marker in every word."""

    WORDS: ClassVar[str] = "Zwaluwstaart"

    def __init__(self):
        word, address = self.WORDS, f"{self.WORDS.lower()}@person.example"
        self.candidacy = make_candidacy(given_name=word, surname=word, email=address)
        self.subject = self.candidacy.subject
        owner = self.candidacy.vacancy.owner
        self.message = make_message(
            self.candidacy,
            state=State.ACCEPTED,
            to_name=word,
            body_text=word,
            to_email=address,
        )
        make_notice(self.candidacy, message=self.message)
        self.event = make_event(make_request(self.candidacy))
        ConsentTrace.objects.create(event=self.event, ip="192.0.2.7", user_agent=word)
        ledger.append("test.happened", subject=self.subject, detail=word)
        decision = StageDecision.objects.create(
            candidacy=self.candidacy,
            from_stage="found",
            to_stage="approached",
            reason=DecisionReason.FITS,
            decided_by=owner,
        )
        self.candidacy.stage = "approached"
        self.candidacy.save(update_fields=["stage"])
        DecisionNote.objects.create(decision=decision, text=word)
        AccessEntry.objects.create(actor=owner, action="view", subjects=[self.subject.pk])
        request = services.receive_request(
            kind="access", channel="phone", subject=self.subject, words=word, actor=owner
        )
        identity.confirm(request, method="callback", actor=owner)
        deciding.answer_request(request, outcome=word, result="taken_back", channel="letter", actor=owner)

    def spread(self):
        """Tables in which the marker can be read, for any person."""
        found = set()
        with connections["default"].cursor() as cursor:
            for table in connections["default"].introspection.table_names(cursor):
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', [f"%{self.WORDS}%"])
                if cursor.fetchone()[0]:
                    found.add(table)
        return found


def test_an_export_holds_every_word_about_the_person_and_none_about_another(db):
    person, other = Person(), make_candidacy(given_name="Andermans", surname="Gegevens")
    whole = registry.export(person.subject)
    text = json.dumps(whole)
    assert set(whole) >= {"candidates", "consent", "mailing", "privacy"}
    assert whole["candidates"]["candidates.Candidate"][0]["surname"] == Person.WORDS
    assert whole["mailing"]["mailing.Message"][0]["body_text"] == Person.WORDS
    assert whole["privacy"]["privacy.AccessEntry"][0]["action"] == "view"
    assert "Andermans" in json.dumps(registry.export(other.subject))
    assert "Andermans" not in text
    assert "password" not in text


def test_an_export_follows_a_merge(db):
    person, newer = Person(), Subject.objects.create()
    assert registry.export(newer) == {}
    Subject.objects.filter(pk=person.subject.pk).update(merged_into=newer)
    assert registry.export(newer)["candidates"]["candidates.Candidate"][0]["surname"] == Person.WORDS


def test_an_erasure_leaves_no_word_and_touches_nobody_else(db):
    person, other = Person(), make_candidacy(given_name="Andermans", surname="Gegevens")
    before = registry.export(other.subject)
    assert person.spread() >= {
        "candidates_candidate",
        "candidates_contactpoint",
        "candidates_decisionnote",
        "consent_consenttrace",
        "mailing_message",
        "privacy_datarequest",
        "privacy_ledgerdetail",
    }
    assert any(handler.verify(person.subject) for handler in registry.handlers.values())
    assert sum(handler.erase(person.subject) for handler in registry.handlers.values()) > 5
    assert person.spread() == set()
    assert [left for handler in registry.handlers.values() for left in handler.verify(person.subject)] == []
    assert registry.export(other.subject) == before
    assert sum(handler.erase(person.subject) for handler in registry.handlers.values()) == 0, "repeatable"
    assert LedgerDetail.objects.filter(entry__subject=other.subject).count() == 0


def test_verify_names_the_field_and_not_the_value(db):
    person = Person()
    left = registry.handlers["candidates"].verify(person.subject)
    assert "candidates.Candidate.surname" in left
    assert Person.WORDS not in str(left)


def test_an_open_request_keeps_its_address_until_it_is_answered(db):
    person, officer = Person(), make_user("Olga", "officer")
    request = services.receive_request(
        kind="erasure", channel="mail", subject=person.subject, contact="z@person.example", actor=officer
    )
    registry.handlers["privacy"].erase(person.subject)
    request.refresh_from_db()
    assert request.contact == "z@person.example"
    identity.confirm(request, method="callback", actor=officer)
    deciding.answer_request(request, outcome="erased", result="taken_back", channel="letter", actor=officer)
    registry.handlers["privacy"].erase(person.subject)
    request.refresh_from_db()
    assert request.contact == ""


def test_an_unsent_message_to_an_erased_person_is_stopped(db):
    candidacy = make_candidacy()
    message = make_message(candidacy)
    registry.handlers["mailing"].erase(candidacy.subject)
    assert Message.objects.get(pk=message.pk).state == State.ABORTED


def test_a_client_contact_is_blanked_and_the_portal_account_closed(db):
    user = make_user("Karel", "client")
    contact = make_contact(user=user)
    twin = make_contact(contact.client)
    for one in (contact, twin):
        assert registry.handlers["vacancies"].export(one.subject)
        assert registry.handlers["vacancies"].erase(one.subject) > 0
        assert registry.handlers["vacancies"].verify(one.subject) == []
    user.refresh_from_db()
    assert (user.is_active, user.name) == (False, "")


def test_everybody_is_found_by_address_in_whatever_role(db):
    candidacy, contact, staff = make_candidacy(), make_contact(), make_user()
    subject = StaffSubject.objects.create(user=staff, subject=Subject.objects.create()).subject_id
    point = ContactPoint.objects.get(candidate__subject=candidacy.subject)
    assert ports.find("email", point.normalised) == {candidacy.subject_id}
    assert ports.find("email", contact.email) == {contact.subject_id}
    assert ports.find("email", staff.email) == {subject}
    assert ports.find("email", "nobody@person.example") == set()
    assert ports.find("phone", point.normalised) == set()


def test_an_erased_candidate_carries_its_date(db):
    candidacy = make_candidacy()
    registry.handlers["candidates"].erase(candidacy.subject)
    assert Candidate.objects.get(subject=candidacy.subject).erase_on is not None


# Whole lists of addresses


def test_what_is_known_of_a_list_is_what_finding_one_by_one_would_find(db, django_assert_max_num_queries):
    make_candidacy(email="anna@person.example")
    make_contact(email="Carl@client.example")
    make_message(to_email="Mailed@person.example", subject=Subject.objects.create())
    StaffSubject.objects.create(user=make_user(email="staff@agency.example"), subject=Subject.objects.create())
    asked = ["anna", "carl", "mailed", "staff", "nobody"]
    addresses = [f"{name}@{host}.example" for name in asked for host in ("person", "client", "agency")]
    with django_assert_max_num_queries(8):
        known = registry.known("email", addresses)
    assert known == {address for address in addresses if registry.find("email", address)}
    assert len(known) == 4
    assert registry.known("email", []) == set()
