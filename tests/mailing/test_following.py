"""Switching off on the person's own page that opens and clicks are measured."""

import pytest

from mailing.models import Unfollowed
from privacy import links
from tests import factories


@pytest.fixture
def mine(organisation):
    candidacy = factories.make_candidacy()
    return candidacy.subject, links.path(links.issue("me", subject=candidacy.subject))


def test_the_person_switches_it_off_and_on_again(client, mine):
    subject, path = mine
    assert 'value="off"' in client.get(path).content.decode()
    assert not Unfollowed.objects.exists()
    assert client.post(path, {"following": "off"}).url == path
    assert Unfollowed.objects.filter(subject=subject).exists()
    assert 'value="on"' in client.get(path).content.decode()
    client.post(path, {"following": "on"})
    assert not Unfollowed.objects.exists()


def test_it_is_not_offered_where_nothing_is_measured(client, mine):
    factories.make_organisation(mail_tracking="off")
    assert 'name="following"' not in client.get(mine[1]).content.decode()


def test_a_member_of_staff_cannot_do_it_for_them(client, mine):
    client.force_login(factories.make_user())
    client.post(mine[1], {"following": "off"})
    assert not Unfollowed.objects.exists()
