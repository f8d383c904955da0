"""Somebody who is in every table, cache and session, and somebody else who has to stay as they are."""

import hashlib

from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db import connections, transaction

from candidates.models import ContactGround, ContactKind, ContactPoint, DecisionNote, DecisionReason, StageDecision
from consent.models import ConsentTrace
from mailing.models import State
from privacy import ledger, services
from privacy.desk import identity
from privacy.models import AccessEntry, DataRequest
from privacy.models.handling import Method
from tests.factories import (
    make_candidacy,
    make_event,
    make_inbound,
    make_message,
    make_notice,
    make_request,
    make_user,
)

WORD = "Zwaluwstaart"
ADDRESS = "zwaluwstaart@person.example"
PHONE = "+31612349876"


class Forgotten:
    """One person with a marker in every word, who asked to be erased."""

    request: DataRequest

    def __init__(self, *, asks=True, is_known=True):
        self.candidacy = make_candidacy(given_name=WORD, surname=WORD, email=ADDRESS)
        self.subject = self.candidacy.subject
        owner = self.candidacy.vacancy.owner
        ContactPoint.objects.create(
            candidate=self.candidacy.candidate,
            kind=ContactKind.PHONE,
            value="06 12349876",
            normalised=PHONE,
            ground=ContactGround.PUBLISHED,
            evidence="https://www.example.com/zwaluwstaart",
            evidence_on=self.candidacy.created_at.date(),
            added_by=owner,
        )
        message = make_message(
            self.candidacy, state=State.DELIVERED, to_name=WORD, body_text=f"Beste {WORD}", to_email=ADDRESS
        )
        type(message).objects.filter(pk=message.pk).update(accepted_at=message.created_at)
        make_notice(self.candidacy, message=message)
        make_inbound(self.candidacy, from_email=ADDRESS, from_name=WORD, text=f"Bel mij op {PHONE}.")
        event = make_event(make_request(self.candidacy))
        ConsentTrace.objects.create(event=event, ip="192.0.2.7", user_agent=WORD)
        ledger.append("test.happened", subject=self.subject, detail=f"{WORD} belde")
        with transaction.atomic():
            decision = StageDecision.objects.create(
                candidacy=self.candidacy,
                from_stage="found",
                to_stage="approached",
                reason=DecisionReason.FITS,
                decided_by=owner,
            )
            self.candidacy.stage = "approached"
            self.candidacy.save(update_fields=["stage"])
        DecisionNote.objects.create(decision=decision, text=f"{WORD} is geschikt")
        AccessEntry.objects.create(actor=owner, action="view", subjects=[self.subject.pk])
        cache.set("last-search", f"{ADDRESS} of {WORD}", timeout=600)
        session = SessionStore()
        session["_messages"] = f"{ADDRESS} was added"
        session.create()
        self.session = session.session_key
        if asks:
            self.request = services.receive_request(
                kind="erasure", channel="mail", subject=self.subject, contact=ADDRESS, words=f"Vergeet {WORD}"
            )
            if is_known:
                identity.known(self.request, method=Method.LINK, actor=None)


def neighbour():
    """Somebody else, with as much about them."""
    candidacy = make_candidacy(given_name="Andermans", surname="Gegevens", email="andermans@person.example")
    make_notice(candidacy, message=make_message(candidacy, state=State.ACCEPTED, to_email="andermans@person.example"))
    make_inbound(candidacy, from_email="andermans@person.example", from_name="Andermans Gegevens")
    ledger.append("test.happened", subject=candidacy.subject, detail="Andermans belde")
    return candidacy


def rows_of_others(subject_ids):
    """A checksum of every row of every table that names none of these people, by table."""
    from privacy import registry

    sums = {}
    for handler in registry.handlers.values():
        for label, path in handler.paths.items():
            model = registry.model_of(label)
            table = model._meta.db_table
            way = "subjects__overlap" if label == "privacy.AccessEntry" else f"{path}__in"
            theirs = list(model._base_manager.filter(**{way: list(subject_ids)}).values_list("pk", flat=True))
            with connections["default"].cursor() as cursor:
                key = model._meta.pk.column
                cursor.execute(
                    f'SELECT t::text FROM "{table}" t WHERE NOT (t."{key}"::text = ANY(%s)) ORDER BY 1',
                    [[str(pk) for pk in theirs]],
                )
                rows = [row for (row,) in cursor.fetchall()]
            sums[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return sums


def spread(word=WORD):
    """Tables in which a word can be read, for any person."""
    found = set()
    with connections["default"].cursor() as cursor:
        for table in connections["default"].introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', [f"%{word}%"])
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def officer():
    return make_user("Olga", "officer")
