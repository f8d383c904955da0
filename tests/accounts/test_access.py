"""The door of every desk view."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts.access import roles, staff_only, way_back
from accounts.models import Role, User


@staff_only
def desk(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(f"desk {number}")


@roles(Role.OFFICER, Role.ADMINISTRATOR)
def office(request: HttpRequest) -> HttpResponse:
    return HttpResponse("office")


def ask(user: User | AnonymousUser, path: str = "/clients/?q=a") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user
    return request


def somebody(role: Role, *, is_active: bool = True) -> User:
    return User(email="a@agency.example", name="A", role=role, is_active=is_active)


def test_strangers_go_to_the_sign_in_page_and_come_back():
    response = desk(ask(AnonymousUser()), 1)
    assert response.status_code == 302
    assert response.headers["Location"].endswith("?next=/clients/%3Fq%3Da")


@pytest.mark.parametrize("role", [Role.RECRUITER, Role.OFFICER, Role.ADMINISTRATOR])
def test_staff_may_come_in(role):
    answer = desk(ask(somebody(role)), 2)
    assert isinstance(answer, HttpResponse)
    assert answer.content == b"desk 2"


@pytest.mark.parametrize(
    ("view", "user"),
    [
        (lambda request: desk(request, 1), somebody(Role.CLIENT)),
        (lambda request: desk(request, 1), somebody(Role.RECRUITER, is_active=False)),
        (office, somebody(Role.RECRUITER)),
        (office, somebody(Role.CLIENT)),
    ],
)
def test_the_wrong_role_sees_nothing(view, user):
    with pytest.raises(Http404):
        view(ask(user))


def test_a_named_role_may_come_in():
    answer = office(ask(somebody(Role.OFFICER)))
    assert isinstance(answer, HttpResponse)
    assert answer.content == b"office"


@pytest.mark.parametrize(
    ("asked", "goes_to"),
    [
        ("/vacancies/", "/vacancies/"),
        ("https://elsewhere.example/", "/clients/"),
        ("//elsewhere.example/", "/clients/"),
        ("javascript:alert(1)", "/clients/"),
        ("", "/clients/"),
    ],
)
def test_the_way_back_stays_on_this_site(asked, goes_to):
    request = RequestFactory().get("/x/", {"next": asked})
    assert way_back(request, "/clients/") == goes_to
