"""Every address of ours: refuses methods it does not know, and the desk's lets in nobody who does not work here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern
from django.utils import timezone

from accounts.models import Role, SavedView, User
from candidates import services as people
from candidates.models import ListExport, Mention, Task
from candidates.services import corrections, rounds
from candidates.sourcing import batches, reading
from introductions.models import SpottedMail
from mailing.models import InboundBatch, MailboxSweep, Suggestion
from privacy import services
from privacy.breaches import services as breaches
from privacy.erasure import services as erasures
from privacy.exports import services as copies
from privacy.governance import services as governance
from privacy.models import ProofOpening, RequestGroup
from privacy.retention import holding
from privacy.vault.models import SealedProof
from tests.factories import (
    make_agreement,
    make_candidacy,
    make_contact,
    make_inbound,
    make_mailbox,
    make_message,
    make_template,
    make_user,
)
from tests.support.client import Client
from watson.catalogue import ROOMS

# For everybody, or behind a door of their own; each has tests of its own.
NOT_THE_DESK = (
    "c/",
    "w/",
    "n/",
    "me/",
    "copy/",
    "mail/test-link/",
    "portal/",
    "privacy/",
    "hooks/",
    "calendar/",
    "healthz",
    "metrics",
    "favicon.ico",
    "styleguide/",
)
# Sign-in is allauth's, with its own methods; the admin is Django's.
NOT_OURS = ("accounts/", "admin/", "i18n/")
# There only after something this world does not do; their own tests open them.
LATER = {
    "candidacies/<uuid:pk>/sent/": "names a text that was copied",
    "mail/replies/<uuid:pk>/files/<uuid:file>/": "a mail with a file",
    "clients/<uuid:pk>/agreements/<uuid:agreement>/file/": "an agreement with a file",
    "mail/replies/stuck/<uuid:pk>/mail.zip": "the officer's alone",
    "privacy-desk/proofs/<uuid:pk>/ask/": "the officer's alone",
    "mailboxes/google/": "a Google client in the settings",
    "mailboxes/delegated/": "a service account in the settings",
    "privacy-desk/copies/<uuid:pk>/preview/<path:name>": "a file of that name",
    "privacy-desk/assessments/<uuid:pk>/withdraw/": "an approved assessment",
    "vacancies/<uuid:pk>/import/<uuid:batch>/refused.csv": "an import that ran",
}


@dataclass(frozen=True)
class Address:
    """One URL pattern: its whole route, and the names of what it takes."""

    route: str
    takes: tuple[str, ...]

    @property
    def is_desk(self) -> bool:
        return not self.route.startswith(NOT_THE_DESK)


def addresses() -> list[Address]:
    """Every URL pattern whose view is in one of our rooms."""
    return sorted(_walk(get_resolver().url_patterns, ""), key=lambda address: address.route)


def _walk(patterns: list[Any], before: str) -> Iterator[Address]:
    for pattern in patterns:
        assert isinstance(pattern.pattern, RoutePattern) or before.startswith(NOT_OURS) or pattern.namespace == "admin"
        route = f"{before}{pattern.pattern}"
        if route.startswith(NOT_OURS):
            continue
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            assert pattern.callback.__module__.split(".")[0] in ROOMS, route
            yield Address(route, tuple(pattern.pattern.converters))


ALL = addresses()
DESK = [address for address in ALL if address.is_desk]


@pytest.fixture
def world(vacancy: Any, rosa: User, ada: User) -> Callable[[Address], str]:
    """`world(address)`: that address with something real behind it."""
    candidacy = make_candidacy(vacancy, notice=True)
    point = candidacy.candidate.contact_points.get()
    contact = make_contact(vacancy.client)
    agreement = make_agreement(vacancy.client)
    batch = batches.start(reading.read(b"Name,E-mail\nBob Ander,bob@person.example\n"), {}, vacancy=vacancy, actor=ada)
    task = Task.objects.create(candidacy=candidacy, kind="follow_up", assignee=ada)
    note = people.write_note(candidacy.candidate, text="Belde", candidacy=candidacy, actor=ada)
    mention = Mention.objects.create(note=note, user=ada)
    asked = services.receive_request(kind="access", channel="mail")
    theirs = services.receive_request(kind="rectification", channel="mail", subject=candidacy.subject)
    [correction] = corrections.propose(theirs, {"employer": "Molenland"}, actor=None)
    copy = copies.prepare(theirs, kind="access", language="nl", actor=ada)
    copies.make(copy.pk)
    assessment = governance.write_assessment(actor=ada, title="Executives")
    stray = make_inbound()
    suggestion = Suggestion.objects.create(mail=stray, kind="access", phrase="welke gegevens")
    first: dict[str, Any] = {
        "vacancies": vacancy.pk,
        "candidacies": candidacy.pk,
        "candidates": candidacy.candidate_id,
        "clients": vacancy.client_id,
        "contacts": contact.pk,
        "mail": make_message(candidacy, sender=rosa, body_html="<p>Beste Anna</p>").pk,
        "replies": stray.pk,
        "templates": [make_template(name="Short") for _version in range(2)][-1].pk,
        "drafts": make_template(published_at=None, author=rosa).pk,
        "requests": asked.pk,
        "groups": RequestGroup.objects.create(label="Campaign", created_by=ada).pk,
        "assessments": assessment.pk,
        "copies": copy.pk,
        "holds": holding.ask(
            ground="claim",
            reason="Brief",
            until=timezone.localdate() + timedelta(days=9),
            subject=make_candidacy().subject,
            actor=ada,
        ).pk,
        "breaches": breaches.report(what="Een mail", aware_at=timezone.now(), actor=ada).pk,
        "corrections": correction.pk,
        "tasks": task.pk,
        "notes": note.pk,
        "mentions": mention.pk,
        "deleted": 1,
        "people": candidacy.pk,
        "stuck": InboundBatch.objects.create(
            body=b"x", stuck_at=timezone.now(), erase_on=timezone.localdate() + timedelta(days=28)
        ).pk,
    }
    taken = ListExport.objects.create(made_by=ada, reason="Gesprek", rows=1, until=timezone.localdate())
    forgotten = services.receive_request(kind="erasure", channel="phone", subject=make_candidacy().subject, actor=ada)
    plan = erasures.plan(forgotten, actor=ada)
    box = make_mailbox(ada)
    first["mailboxes"] = box.pk
    first["spotted"] = SpottedMail.objects.create(
        mailbox=box, sender=ada, key="0", contact=contact, candidacy=candidacy, why="name", sent_at=timezone.now()
    ).pk
    first["gone"] = make_user("Lotte", "recruiter", is_active=False).pk
    first["look"] = MailboxSweep.objects.create(erasure=plan, mailbox=box, owner=ada, mode="purge", state="review").pk
    proof = SealedProof.objects.create(
        introduction=uuid4(), erasure=plan.pk, sealed=b"x", until=timezone.localdate() + timedelta(days=90)
    )
    first["proofs"] = proof.pk
    first["openings"] = ProofOpening.objects.create(
        introduction=proof.pk, reason="A dispute.", asked_by=make_user("Otto", Role.OFFICER)
    ).pk
    others: dict[str, Any] = {
        "erasure": plan.pk,
        "step": plan.steps.all()[0].pk,
        "suggestion": suggestion.pk,
        "made": rounds.start(rounds.open_round(vacancy, [candidacy], kind="approach", actor=ada), actor=ada).pk,
        "file": stray.pk,
        "asked": services.receive_request(kind="access", channel="phone", actor=ada).pk,
        "contact": contact.pk,
        "agreement": agreement.pk,
        "batch": batch.pk,
        "task": task.pk,
        "point": point.pk,
        "subject": candidacy.subject_id,
        "vacancy": vacancy.pk,
        "view": SavedView.objects.create(page="candidates", name="Mine", owner=ada).pk,
        "export": taken.pk,
    }
    others["message"] = first["mail"]
    words = {"token": "x" * 43, "page": "board", "name": "no.such"}

    def fill(address: Address) -> str:
        found, parts = [], address.route.split("/")
        for before, part in zip(["", *parts], parts, strict=False):
            if part.startswith("<"):
                name = part.strip("<>").rpartition(":")[2]
                known: dict[str, UUID | str] = {**others, **words, "pk": first.get(before, "")}
                if name == "pk" and "/erasure/" in address.route:
                    known["pk"] = forgotten.pk
                part = str(known[name])
                assert part, f"Put something behind {address.route} in the world of this test."
            found.append(part)
        return f"/{'/'.join(found)}"

    return fill


def nothing_behind(address: Address) -> str:
    """That address with nothing behind it: whoever is turned away at the door is not told so."""
    known = {"uuid": str(uuid4()), "int": "1"}
    parts = [
        known.get(part[1:].partition(":")[0], "x") if part[:1] == "<" else part for part in address.route.split("/")
    ]
    return f"/{'/'.join(parts)}"


def methods(browser: Client, url: str) -> list[str]:
    """What the address itself says it takes."""
    response = browser.generic("PURGE", url)
    assert response.status_code == 405, f"{url} takes any method: decorate its view"
    return [method for method in response.headers["Allow"].split(", ") if method in ("GET", "POST")]


def test_the_walk_finds_the_addresses():
    routes = {address.route for address in ALL}
    assert {"", "search/", "c/<str:token>/", "healthz", "privacy-desk/assessments/<uuid:pk>/approve/"} <= routes
    assert len(DESK) > 50
    assert not [address for address in DESK if address.route.startswith("portal")]


def test_every_address_refuses_methods_it_does_not_know(agency, desk):
    """The methods come before the door and before the object, so that nothing is done by a wrong one."""
    stranger = desk(None)
    for address in ALL:
        assert methods(stranger, nothing_behind(address)), address.route


@pytest.mark.long
def test_the_desk_sends_strangers_to_the_door_and_shows_clients_nothing(world, desk, ada, carl):
    stranger, client, works_here = desk(None), desk(carl), desk(ada)
    works_here.raise_request_exception = False
    wrong = []
    for address in DESK:
        url = world(address)
        for method in methods(stranger, url):
            response = stranger.generic(method, url)
            if response.status_code != 302 or not response.headers["Location"].startswith("/accounts/login/?next="):
                wrong.append(f"{method} {address.route} answers a stranger with {response.status_code}")
            response = client.generic(method, url)
            to_portal = address.route == "" and response.headers.get("Location") == "/portal/"
            if response.status_code != 404 and not to_portal:
                wrong.append(f"{method} {address.route} answers a client contact with {response.status_code}")
            # What is refused above is there for who works here, so it was the door that refused.
            with transaction.atomic():
                response = works_here.generic(method, url, content_type="application/x-www-form-urlencoded")
                transaction.set_rollback(True)
            if (response.status_code == 404) != (address.route in LATER) or response.status_code >= 500:
                wrong.append(f"{method} {address.route} answers an administrator with {response.status_code}")
    assert not wrong, "\n".join(wrong)


def test_whoever_left_is_a_stranger(agency, desk, ada):
    browser = desk(ada)
    assert browser.get("/").status_code == 200
    User.objects.filter(pk=ada.pk).update(is_active=False)
    for address in DESK:
        url = nothing_behind(address)
        method = methods(browser, url)[0]
        assert browser.generic(method, url).status_code == 302, address.route
