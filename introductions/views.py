"""Introducing somebody at the desk, and the portal in which the client sees them."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import auth, messages
from django.core.cache import cache
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import staff_only, staff_user
from accounts.models import Organisation, User
from candidates.models import Candidacy
from consent import wording
from introductions import hindrance, services, tasks
from introductions.forms import DoorForm, FeedbackForm, form_for
from introductions.models import Introduction, Recipient
from privacy import access, links
from privacy.guards import Refused, told_on
from privacy.models import Link
from privacy.models.subjects import LinkPurpose
from vacancies.models import ClientContact, Shared

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PORTAL_HOURS = 8
NEW_LINKS = 3  # for one contact in an hour

P = ParamSpec("P")
PortalView = Callable[Concatenate[HttpRequest, P], HttpResponse]


# The desk


@require_http_methods(["GET", "POST"])
@staff_only
def introduce(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the person said yes to, and whom at the client to show them to; or why that cannot be done now."""
    user = staff_user(request)
    candidacy = get_object_or_404(
        Candidacy.objects.visible_to(user).select_related("candidate", "vacancy__client", "subject"), pk=pk
    )
    yes = services.standing_yes(candidacy)
    # Looked at before the form, so that a page without one still says why.
    in_the_way = hindrance.of(candidacy)
    earlier = Introduction.objects.filter(event=yes).first() if yes else None
    contacts = candidacy.vacancy.client.contacts.active().filter(subject__erased_at=None).order_by("name")
    shared = yes.request.shared if yes else candidacy.vacancy.shared
    form = form_for(earlier, request.POST or None, contacts=contacts, shared=shared)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            services.introduce(
                candidacy=candidacy,
                contacts=form.cleaned_data["contacts"],
                shared=form.cleaned_data.get("shared", []),
                words=form.cleaned_data.get("words", ""),
                actor=user,
            )
            messages.success(request, _("Introduced. The client gets a mail with a link, without the name."))
            return redirect(_board(candidacy))
    access.log(user, "view", [candidacy.subject_id], about_kind="introduce", about_id=candidacy.pk)
    context = {
        "candidacy": candidacy,
        "person": candidacy.candidate,
        "client": candidacy.vacancy.client,
        "form": form,
        "hindrance": in_the_way,
        "earlier": earlier,
        "recipients": earlier.recipients.select_related("contact") if earlier else [],
        "has_contacts": form.choosable.exists(),
        "yes": yes,
        "back": _board(candidacy),
        "crumbs": [
            {"label": _("Vacancies"), "url": reverse("vacancies:vacancies")},
            {"label": candidacy.vacancy.title, "url": reverse("candidates:board", args=[candidacy.vacancy_id])},
            {"label": _("Introduce")},
        ],
    }
    if yes:
        context["words"] = wording.sentences(yes.request, yes.language)
        context["may_be_shown"] = [Shared(code).label for code in yes.request.shared]
    return render(request, "introductions/introduce.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only
def invite(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Mail a client contact a one-time link to the portal."""
    of_clients = ClientContact.objects.active().filter(subject__erased_at=None)
    contact = get_object_or_404(of_clients, pk=pk)
    try:
        services.invite(contact, actor=staff_user(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("A link to the portal is on its way to %(name)s.") % {"name": contact.name})
    return redirect(f"{reverse('vacancies:client', args=[contact.client_id])}#people")


def _board(candidacy: Candidacy) -> str:
    return f"{reverse('candidates:board', args=[candidacy.vacancy_id])}?person={candidacy.pk}"


# The door of the portal


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Open the portal with a one-time link. Only the button uses the link up: mail scanners fetch every address."""
    link = links.resolve(token, LinkPurpose.PORTAL)
    if link is None:
        return _door(request, {"unknown": True}, 404)
    signed_in = request.user.is_authenticated and staff_user(request).works_here
    if not _opens(link):
        return _door(request, {"token": token}, 410)
    if request.method != "POST":
        return _entrance(request, {"signed_in": signed_in})
    if signed_in:
        return _entrance(request, {"signed_in": True}, 403)
    try:
        user = services.open_portal(link)
    except Refused:
        return _door(request, {"token": token}, 410)
    auth.login(request, user, backend=BACKEND)
    request.session.set_expiry(PORTAL_HOURS * 60 * 60)
    response = redirect("introductions:portal")
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=60 * 60 * 24 * 365,
            httponly=True,
            samesite="Lax",
            secure=settings.LANGUAGE_COOKIE_SECURE,
        )
    return response


@require_POST
def enter_again(request: HttpRequest, token: str) -> HttpResponse:
    """A new link for the holder of an old one, to the address that is known. The answer is always the same."""
    link = links.resolve(token, LinkPurpose.PORTAL)
    contact = services.contact_behind(link) if link else None
    _mail_new_link(contact)
    return _door(request, {"sent": True})


@require_http_methods(["GET", "HEAD", "POST"])
def door(request: HttpRequest) -> HttpResponse:
    """Where somebody without a session asks for a link. The answer doesn't tell whether the address is known."""
    form = DoorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        known = ClientContact.objects.active().filter(
            email__iexact=form.cleaned_data["email"], user__isnull=False, subject__erased_at=None
        )
        _mail_new_link(known.order_by("created_at").first())
        return _door(request, {"sent": True})
    return _door(request, {"form": form, "asked": True}, 422 if form.errors else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Leave the portal."""
    auth.logout(request)
    return redirect("introductions:door")


def _opens(link: Link) -> bool:
    contact = services.contact_behind(link)
    alive = Link.objects.alive().filter(pk=link.pk).exists()
    return alive and contact is not None and contact.user is not None and contact.user.is_active


def _entrance(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(
        request, "introductions/enter.html", {"organisation": Organisation.current(), **context}, status=status
    )


def _door(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    own = {"organisation": Organisation.current(), "form": DoorForm()}
    return render(request, "introductions/door.html", {**own, **context}, status=status)


def _mail_new_link(contact: ClientContact | None) -> None:
    if contact is None:
        return
    key = f"portal-links:{contact.pk}"
    cache.add(key, 0, timeout=3600)
    try:
        sent = cache.incr(key)
    except ValueError:  # the hour ended between the two
        sent = 1
    if sent <= NEW_LINKS:
        tasks.mail_new_link.delay(str(contact.pk), str(uuid4()))


# The portal


def portal_page(view: PortalView[P]) -> PortalView[P]:
    """Let in client contacts who still work at a client; whoever left is signed out, staff get a 404."""

    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return _away(request)
        user = request.user
        if not user.is_client:
            raise Http404
        if not ClientContact.objects.active().filter(user=user, subject__erased_at=None).exists():
            auth.logout(request)
            return _away(request)
        return view(request, *args, **kwargs)

    return page


@require_safe
@portal_page
def portal(request: HttpRequest) -> HttpResponse:
    """Everybody introduced to this contact, by vacancy, and what they should delete."""
    return render(request, "introductions/portal.html", _list_context(request))


@require_safe
@portal_page
def people(request: HttpRequest) -> HttpResponse:
    """204 while nothing changed since the list with the stamp `seen` was drawn; else the list again."""
    user = cast(User, request.user)
    introductions, gone = _introduced(user), _gone(user)
    if request.GET.get("seen") == _stamp(introductions, gone):
        return HttpResponse(status=204)
    return render(request, "introductions/_people.html", _list_context(request))


@require_safe
@portal_page
def person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What one person agreed to show, the recruiter's words, and this contact's answer."""
    return _person_page(request, _get_or_404(request, pk), FeedbackForm())


@require_safe
@portal_page
def still_here(request: HttpRequest, pk: UUID) -> HttpResponse:
    """204 while the person on the page is still introduced; else back to the list, where nobody stands any more."""
    if Introduction.objects.visible_to(cast(User, request.user)).filter(pk=pk).exists():
        return HttpResponse(status=204)
    return _to(request, reverse("introductions:portal"))


@require_POST
@portal_page
def feedback(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The contact's answer on a person."""
    introduction = _get_or_404(request, pk)
    form = FeedbackForm(request.POST)
    if form.is_valid():
        with told_on(form):
            services.give_feedback(
                introduction.mine[0],  # type: ignore[attr-defined]
                verdict=form.cleaned_data["verdict"],
                words=form.cleaned_data["words"],
                actor=cast(User, request.user),
            )
            messages.success(request, _("Thank you. The recruiter has your answer."))
            return redirect("introductions:person", pk)
    return _person_page(request, introduction, form, status=422)


@require_POST
@portal_page
def deleted(request: HttpRequest, pk: int) -> HttpResponse:
    """The contact says that what they kept of somebody who withdrew is deleted."""
    user = cast(User, request.user)
    recipient = get_object_or_404(Recipient.objects.to_delete(user).select_related("introduction"), pk=pk)
    services.confirm_deletion(recipient, actor=user)
    messages.success(request, _("Thank you. We noted that you deleted it."))
    return redirect("introductions:portal")


def _list_context(request: HttpRequest) -> dict[str, Any]:
    user = cast(User, request.user)
    introductions, gone = _introduced(user), _gone(user)
    access.log(user, "portal", [one.subject_id for one in introductions], about_kind="portal")
    groups: dict[UUID, dict[str, Any]] = {}
    for one in introductions:
        group = groups.setdefault(one.vacancy_id, {"vacancy": one.vacancy, "client": one.client, "people": []})
        group["people"].append(one)
    return {
        "groups": sorted(groups.values(), key=lambda group: (group["vacancy"].title, group["vacancy"].pk)),
        "gone": gone,
        "seen": _stamp(introductions, gone),
        **_around(user),
    }


def _person_page(request: HttpRequest, one: Introduction, form: FeedbackForm, status: int = 200) -> HttpResponse:
    user = cast(User, request.user)
    access.log(user, "portal", [one.subject_id], about_kind="introduction", about_id=one.pk)
    mine: list[Recipient] = one.mine  # type: ignore[attr-defined]
    services.first_seen(mine)
    candidate = one.candidacy.candidate
    context = {
        "introduction": one,
        "person": candidate if Shared.PROFILE in one.shared else None,
        "contact_points": candidate.contact_points.usable() if Shared.CONTACT in one.shared else None,
        "documents": [Shared(code).label for code in one.shared if code in (Shared.CV, Shared.LETTER)],
        "answers": [answer for recipient in mine for answer in recipient.feedback.all()],
        "form": form,
        **_around(user),
    }
    return render(request, "introductions/person.html", context, status=status)


def _introductions(user: User) -> QuerySet[Introduction]:
    own = Recipient.objects.of(user).select_related("contact").prefetch_related("feedback")
    return (
        Introduction.objects.visible_to(user)
        .select_related("candidacy__candidate", "vacancy", "client", "introduced_by", "subject")
        .prefetch_related(Prefetch("recipients", own, to_attr="mine"))
    )


def _introduced(user: User) -> list[Introduction]:
    return list(_introductions(user).order_by("-at", "pk"))


def _gone(user: User) -> list[Recipient]:
    told = {
        one.pk: bool(one.no_since or one.latest == "withdrawn")  # type: ignore[attr-defined]
        for one in Introduction.objects.taken_back().filter(recipients__contact__user=user)
    }
    rows = list(Recipient.objects.to_delete(user).select_related("introduction__vacancy").order_by("introduction__at"))
    for row in rows:
        row.withdrew = told.get(row.introduction_id, False)  # type: ignore[attr-defined]
    return rows


def _get_or_404(request: HttpRequest, pk: UUID) -> Introduction:
    return get_object_or_404(_introductions(cast(User, request.user)), pk=pk)


def _stamp(introductions: list[Introduction], gone: list[Recipient]) -> str:
    """Changes whenever the list looks different. Made of ids only."""
    shown = [f"{one.pk}:{_answers(one)}" for one in introductions]
    told = [str(row.pk) for row in gone]
    return hashlib.sha256("|".join([*sorted(shown), "", *sorted(told)]).encode()).hexdigest()[:16]


def _answers(one: Introduction) -> int:
    mine: list[Recipient] = one.mine  # type: ignore[attr-defined]
    return sum(len(recipient.feedback.all()) for recipient in mine)


def _around(user: User) -> dict[str, Any]:
    contacts = ClientContact.objects.active().filter(user=user).select_related("client").order_by("client__name")
    return {"client": ", ".join(dict.fromkeys(contact.client.name for contact in contacts))}


def _away(request: HttpRequest) -> HttpResponse:
    return _to(request, reverse("introductions:door"))


def _to(request: HttpRequest, address: str) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        # A fragment cannot take its reader elsewhere by a redirect: htmx would draw that page inside this one.
        return HttpResponse(status=200, headers={"HX-Redirect": address})
    return redirect(address)
