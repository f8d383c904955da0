"""Mail that came in, at the desk: read it, say what it is, deal with it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import staff_only, staff_user, way_back
from mailing import ports as mail_ports
from mailing import wording
from mailing.forms import DeleteAfterForm
from mailing.models import InboundBatch, InboundFile, InboundMail, Message, Suggestion, SuggestionKind
from mailing.replies import files, services
from privacy import access, ports, sealing
from privacy.guards import Refused

PER_PAGE = 50
# Whatever it is, it is looked at by the reader's own program: nothing of it runs here.
FILE_POLICY = "sandbox; default-src 'none'"


@require_GET
@staff_only
def reply_list(request: HttpRequest) -> HttpResponseBase:
    """All mail that came in and this user may see, newest first."""
    user = staff_user(request)
    rows = InboundMail.objects.visible_to(user).defer("quoted").order_by("-sent_at", "pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    subjects = [mail.subject_id for mail in page.object_list if mail.subject_id]
    access.log(user, "list", subjects, about_kind="inbound")
    names = ports.names(subjects)
    titles = dict(mail_ports.titles(user))
    shown = [
        {
            "mail": mail,
            "name": names.get(mail.subject_id, "") if mail.subject_id else "",
            "vacancy": titles.get(mail.vacancy_ref, "") if mail.vacancy_ref else "",
        }
        for mail in page.object_list
    ]
    context = {
        "page": page,
        "rows": shown,
        "stuck": InboundBatch.objects.stuck().count() if user.is_officer or user.is_administrator else 0,
        "crumbs": [{"url": reverse("mailing:list"), "label": _("Mail")}, {"label": _("Mail that came in")}],
    }
    return render(request, "mailing/replies.html", context)


@require_GET
@staff_only
def reply_page(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """One mail that came in: what it says, what it answers, what it may ask."""
    return reply_answer(request, _mail(request, pk))


def reply_answer(request: HttpRequest, mail: InboundMail, form: DeleteAfterForm | None = None) -> HttpResponseBase:
    """Its page, with the form of the day it is deleted as it was typed."""
    user = staff_user(request)
    if mail.subject_id:
        access.log(user, "view", [mail.subject_id], about_kind="inbound", about_id=mail.pk)
    names = ports.names([mail.subject_id]) if mail.subject_id else {}
    name = names.get(mail.subject_id, "") if mail.subject_id else ""
    context: dict[str, Any] = {
        "mail": mail,
        "name": name,
        "way": mail_ports.ways([_as_message(mail)], user).get(mail.pk),
        "vacancy": dict(mail_ports.titles(user)).get(mail.vacancy_ref, "") if mail.vacancy_ref else "",
        "answered": wording.kind_of(mail.answers) if mail.answers else "",
        "suggestions": list(mail.suggestions.select_related("settled_by")),
        "withdrawal": SuggestionKind.WITHDRAWAL,
        "files": list(mail.files.defer("body")),
        "delete_form": form or DeleteAfterForm(initial={"day": mail.erase_on}),
        "crumbs": [
            {"url": reverse("mailing:list"), "label": _("Mail")},
            {"url": reverse("mailing:replies"), "label": _("Mail that came in")},
            {"label": name or mail.who or _("Unknown sender")},
        ],
    }
    status = 422 if form is not None else 200
    return render(request, "mailing/reply_page.html", context, status=status)


@require_GET
@staff_only
def download(request: HttpRequest, pk: UUID, file: UUID) -> HttpResponseBase:
    """One file that came with a mail, to save; never shown in the browser as a page of ours."""
    user = staff_user(request)
    mail = _mail(request, pk)
    found = get_object_or_404(InboundFile, pk=file, mail=mail, set_aside="")
    try:
        content = files.content_of(found)
    except sealing.Unsealable as error:
        raise Http404 from error
    if mail.subject_id:
        access.log(user, "download", [mail.subject_id], about_kind="inbound_file", about_id=found.pk)
    kind = f"{found.content_type}; charset=utf-8" if found.content_type == "text/plain" else found.content_type
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=found.name) or "attachment"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = FILE_POLICY
    return response


@require_POST
@staff_only
def handled(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Somebody has dealt with it: it leaves Today."""
    try:
        services.handle(_mail(request, pk), actor=staff_user(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("mailing:reply", pk)
    messages.success(request, _("Dealt with."))
    return redirect(way_back(request, reverse("watson:today")))


@require_POST
@staff_only
def by_a_person(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """What was taken for a machine was a person."""
    services.count_as_answer(_mail(request, pk), actor=staff_user(request))
    messages.success(request, _("It counts as an answer now."))
    return redirect("mailing:reply", pk)


@require_POST
@staff_only
def delete(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Delete mail of nobody we know, now."""
    mail = _mail(request, pk)
    try:
        services.delete(mail, actor=staff_user(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("mailing:reply", pk)
    messages.success(request, _("Deleted, with everything that came with it."))
    return redirect(way_back(request, reverse("watson:today")))


@require_POST
@staff_only
def delete_after(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Decide on which day mail of nobody we know is deleted."""
    mail = _mail(request, pk)
    form = DeleteAfterForm(request.POST)
    if not form.is_valid():
        return reply_answer(request, mail, form)
    try:
        services.delete_after(mail, day=form.cleaned_data["day"], actor=staff_user(request))
    except Refused as refusal:
        form.add_error("day", str(refusal))
        return reply_answer(request, mail, form)
    messages.success(request, _("Noted: it is deleted after that day, with everything that came with it."))
    return redirect(way_back(request, reverse("watson:today")))


@require_POST
@staff_only
def confirm(request: HttpRequest, pk: UUID, suggestion: UUID) -> HttpResponseBase:
    """These words are a request: take it in."""
    mail = _mail(request, pk)
    asked = get_object_or_404(Suggestion, pk=suggestion, mail=mail)
    same_person = not mail.other_address or request.POST.get("same_person") == "1"
    try:
        services.confirm(asked, actor=staff_user(request), same_person=same_person)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("mailing:reply", pk)
    if asked.kind == SuggestionKind.WITHDRAWAL:
        messages.success(request, _("Noted as withdrawn. The person gets a receipt."))
    else:
        messages.success(request, _("Taken in as a request, with the date of the mail. The officer answers it."))
    return redirect(way_back(request, reverse("mailing:reply", args=[pk])))


@require_POST
@staff_only
def dismiss(request: HttpRequest, pk: UUID, suggestion: UUID) -> HttpResponseBase:
    """These words ask nothing."""
    asked = get_object_or_404(Suggestion, pk=suggestion, mail=_mail(request, pk))
    services.dismiss(asked, actor=staff_user(request))
    messages.success(request, _("Noted: this is no request."))
    return redirect(way_back(request, reverse("mailing:reply", args=[pk])))


def _as_message(mail: InboundMail) -> Message:
    """Who it is from, in the form in which the floors above are asked where somebody is."""
    return Message(pk=mail.pk, subject_id=mail.subject_id, vacancy_ref=mail.vacancy_ref)


def _mail(request: HttpRequest, pk: UUID) -> InboundMail:
    visible = InboundMail.objects.visible_to(staff_user(request))
    return get_object_or_404(visible.select_related("subject", "answers__template", "answers__sender"), pk=pk)
