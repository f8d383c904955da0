"""A colleague's own mailboxes: linking, testing, unlinking; and the mail in them that somebody has to look at."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import roles, staff_only, staff_user
from accounts.models import Role, User
from mailing.mailboxes import erasing, gmail, oauth, services, sweeping, wording
from mailing.mailboxes.clients import Trouble
from mailing.mailboxes.forms import FIELD_OF, DelegatedForm, ImapForm, LookForm, ModeForm, mode_to_begin_with
from mailing.models import Mailbox, MailboxKind, MailboxMode
from privacy import access
from privacy.guards import Refused

CRUMB = "mailing:mailboxes"


@require_safe
@staff_only
def mailbox_list(request: HttpRequest) -> HttpResponseBase:
    """One's own mailboxes; officers and administrators also see which colleagues have linked theirs, and who not."""
    user = staff_user(request)
    rows = list(Mailbox.objects.visible_to(user).select_related("owner").order_by("owner__name", "address"))
    oversees = user.is_officer or user.is_administrator
    context = {
        "own": [_shown(row, user) for row in rows if row.owner_id == user.pk],
        "others": [_shown(row, user) for row in rows if row.owner_id != user.pk],
        "without": [one for one in erasing.without_one() if one != user] if oversees else [],
        "oversees": oversees,
        "looks": erasing.waiting_for(user),
        "google": oauth.can_link_google(),
        "delegated": user.is_administrator and bool(oauth.delegable()),
        "crumbs": [{"label": _("Mailboxes")}],
    }
    return render(request, "mailing/mailboxes.html", context)


def _shown(row: Mailbox, user: User) -> dict[str, Any]:
    may = row.owner_id == user.pk or user.is_administrator
    # Google's yes covers what it was given for; there the other choice needs a new one.
    modes = [] if row.kind == MailboxKind.GOOGLE and row.mode == MailboxMode.TRASH else MailboxMode.choices
    owner = _("%(who)s, who left") % {"who": row.owner.name} if row.owner.has_left else row.owner.name
    return {"row": row, "owner": owner, "may": may, "trouble": wording.trouble(row.trouble), "modes": modes}


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("secret")
@staff_only
def link_imap(request: HttpRequest) -> HttpResponseBase:
    """Link a mailbox by IMAP; it is opened first, and what is wrong is said at the field it is about."""
    user = staff_user(request)
    form = ImapForm(request.POST or None, initial={"address": user.email})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        server = services.Server(data["host"], data["port"], data["security"], data["login"], data["way"])
        try:
            services.link_imap(data["address"], server, data["secret"], owner=user, mode=data["mode"], actor=user)
        except Trouble as trouble:
            form.add_error(FIELD_OF.get(trouble.code), str(wording.trouble(trouble.code)))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Linked. Erasures and copies reach this mailbox from now on."))
            return redirect(CRUMB)
    return _form(request, form, "mailing/mailbox_imap.html", _("Link by IMAP"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def link_google(request: HttpRequest) -> HttpResponseBase:
    """Say what Google will ask, and lead there: a form may not, so that this page offers the way as a link."""
    if not oauth.can_link_google():
        raise Http404
    form = ModeForm(request.POST or None, initial={"mode": mode_to_begin_with(MailboxMode.TRASH)})
    url = ""
    if request.method == "POST" and form.is_valid():
        url = oauth.google_url(staff_user(request), form.cleaned_data["mode"])
    return _form(request, form, "mailing/mailbox_google.html", _("Link Gmail"), url=url)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def google_back(request: HttpRequest) -> HttpResponseBase:
    """Back from Google: looking changes nothing, the button links it."""
    user = staff_user(request)
    given = request.POST if request.method == "POST" else request.GET
    asked = oauth.read_state(given.get("state", ""))
    code = given.get("code", "")
    if not oauth.can_link_google() or asked is None or asked.user != str(user.pk) or not code:
        messages.error(request, _("Google gave no permission, or it took too long. Nothing was linked; try again."))
        return redirect(CRUMB)
    if request.method != "POST":
        context = {
            "code": code,
            "state": given["state"],
            "crumbs": [{"url": reverse(CRUMB), "label": _("Mailboxes")}, {"label": _("Link Gmail")}],
        }
        return render(request, "mailing/mailbox_google_back.html", context)
    try:
        token, _access = oauth.exchange(code, given["state"], asked.mode)
        with gmail.opened(oauth.google_credentials(token, asked.mode), "") as client:
            address = client.address()
        services.link_google(address, token, owner=user, mode=asked.mode, actor=user)
    except Trouble as trouble:
        messages.error(request, str(wording.trouble(trouble.code)))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Linked. Erasures and copies reach this mailbox from now on."))
    return redirect(CRUMB)


@require_http_methods(["GET", "HEAD", "POST"])
@roles(Role.ADMINISTRATOR)
def link_delegated(request: HttpRequest) -> HttpResponseBase:
    """Link a colleague's mailbox by the service account, from the list that the settings allow."""
    if not oauth.delegable():
        raise Http404
    form = DelegatedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.link_delegated(
                form.cleaned_data["owner"], mode=form.cleaned_data["mode"], actor=staff_user(request)
            )
        except Trouble as trouble:
            form.add_error(None, str(wording.trouble(trouble.code)))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Linked. Erasures and copies reach this mailbox from now on."))
            return redirect(CRUMB)
    return _form(request, form, "mailing/mailbox_delegated.html", _("Link by delegation"))


def _form(request: HttpRequest, form: forms.Form, template: str, title: str, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "crumbs": [{"url": reverse(CRUMB), "label": _("Mailboxes")}, {"label": title}],
        **more,
    }
    return render(request, template, context, status=422 if form.errors else 200)


@require_POST
@staff_only
def test(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Open it now and say how that went."""
    mailbox = _mailbox(request, pk)
    code = services.check(mailbox)
    if code:
        messages.error(request, str(wording.trouble(code)))
    else:
        messages.success(request, _("It works: the mailbox opens, and all that an erasure needs is there."))
    return redirect(CRUMB)


@require_POST
@staff_only
def mode(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """What happens to mail in it."""
    mailbox = _mailbox(request, pk)
    form = ModeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose what happens to mail of somebody who is erased."))
        return redirect(CRUMB)
    try:
        services.set_mode(mailbox, form.cleaned_data["mode"], actor=staff_user(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Saved."))
    return redirect(CRUMB)


@require_POST
@staff_only
def unlink(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Forget a mailbox and its secret."""
    services.unlink(_mailbox(request, pk), actor=staff_user(request))
    messages.success(request, _("Unlinked, and what opened it is deleted here. Take the permission away there too."))
    return redirect(CRUMB)


@require_POST
@roles(Role.OFFICER, Role.ADMINISTRATOR)
def gone(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The mailbox of a colleague who left does not exist any more, so nobody has to search it."""
    colleague = get_object_or_404(User.objects.left().filter(mailboxes=None, mailbox_gone_on=None), pk=pk)
    services.note_gone(colleague, actor=staff_user(request))
    messages.success(request, _("Noted: this mailbox is gone. No erasure asks for it any more."))
    return redirect(CRUMB)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def look(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Mail that may be about somebody who asked to be erased: for the mailbox's owner, or for the officer where the
    owner has left."""
    user = staff_user(request)
    sweep = get_object_or_404(erasing.lists_of(user).select_related("mailbox__owner", "erasure__request"), pk=pk)
    rows = sweeping.shown(sweep)
    form = LookForm(request.POST or None, rows=[str(row.pk) for row in rows])
    if request.method == "POST" and form.is_valid():
        going = [UUID(one) for one in form.cleaned_data["going"]]
        try:
            services.decide(sweep, going, otherwise=form.cleaned_data["otherwise"], actor=user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Thank you. What you ticked goes now; the rest is left alone."))
        return redirect(CRUMB)
    people = sweep.erasure.people.values_list("subject", flat=True)
    access.log(user, "view", list(people), about_kind="mailbox_look", about_id=sweep.pk)
    ticked = set(form.data.getlist("going")) if form.is_bound else set()  # type: ignore[attr-defined]
    context = {
        "sweep": sweep,
        "left": sweep.owner if sweep.owner_id != user.pk else None,
        "rows": [(row, str(row.pk) in ticked) for row in rows],
        "form": form,
        "crumbs": [{"url": reverse(CRUMB), "label": _("Mailboxes")}, {"label": _("Mail to look at")}],
    }
    return render(request, "mailing/mailbox_look.html", context, status=422 if form.errors else 200)


def _mailbox(request: HttpRequest, pk: UUID) -> Mailbox:
    rows = Mailbox.objects.manageable_by(staff_user(request)).select_related("owner")
    return get_object_or_404(rows, pk=pk)
