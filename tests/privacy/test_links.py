"""Links: an address that stays, a token that is never stored."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from privacy import links
from privacy.models import Link, Subject

PREFIXES = {
    "consent": "/c/",
    "withdraw": "/w/",
    "me": "/me/",
    "notice": "/n/",
    "portal": "/portal/enter/",
    "confirm": "/privacy/confirm/",
    "copy": "/copy/",
}


@pytest.fixture
def person(db):
    return Subject.objects.create()


def token_of(link):
    return links.path(link).rstrip("/").rpartition("/")[2]


@pytest.mark.parametrize(("purpose", "prefix"), PREFIXES.items())
def test_a_link_has_its_address_and_comes_back(person, settings, purpose, prefix):
    about = uuid.uuid4()
    link = links.issue(purpose, subject=person, about_kind="consent_request", about_id=about)
    assert links.path(link) == f"{prefix}{token_of(link)}/"
    assert links.url(link) == f"{settings.BASE_URL}{links.path(link)}"
    found = links.resolve(token_of(link), purpose)
    assert found == link
    assert (found.subject, found.about_id) == (person, about)


def test_the_token_is_in_no_column(person):
    link = links.issue("me", subject=person.pk)
    assert token_of(link) not in str(Link.objects.values().get())


def test_a_token_opens_only_its_own_purpose(person):
    link = links.issue("consent", subject=person)
    assert links.resolve(token_of(link), "consent") == link
    assert links.resolve(token_of(link), "withdraw") is None


@pytest.mark.parametrize("garbage", ["", "x", "a" * 43, "é" * 43, "../../etc/passwd"])
def test_garbage_opens_nothing(db, garbage):
    assert links.resolve(garbage, "consent") is None


def test_a_revoked_link_opens_nothing(person):
    link = links.issue("consent", subject=person)
    Link.objects.filter(pk=link.pk).update(revoked_at=timezone.now())
    assert links.resolve(token_of(link), "consent") is None


def test_an_expired_link_comes_back_as_expired(person):
    link = links.issue("consent", subject=person, expires_at=timezone.now() - timedelta(days=1))
    found = links.resolve(token_of(link), "consent")
    assert found is not None
    assert found.is_expired


def test_a_new_key_first_leaves_old_links_working(person, settings):
    settings.LINK_KEYS = {"old": b"o" * 32}
    token = token_of(link := links.issue("consent", subject=person))
    settings.LINK_KEYS = {"new": b"n" * 32, "old": b"o" * 32}
    assert links.resolve(token, "consent") == link
    assert token_of(link) != token
    settings.LINK_KEYS = {"new": b"n" * 32}
    assert links.resolve(token, "consent") is None


def test_an_unknown_purpose_is_a_mistake(person):
    with pytest.raises(ValueError, match="tracking"):
        links.issue("tracking", subject=person)
