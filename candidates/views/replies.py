"""A mail of somebody who is not here becomes a candidate for a vacancy."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import staff_only, staff_user
from candidates import services
from candidates.forms import FileReplyForm
from candidates.names import split_name
from mailing.models import InboundMail
from mailing.replies.services import language_of
from privacy.guards import told_on
from privacy.identifiers import BadContact


@require_http_methods(["GET", "POST"])
@staff_only
def file_reply(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose the vacancy and correct the name; everything else the mail says itself."""
    user = staff_user(request)
    mail = get_object_or_404(InboundMail.objects.visible_to(user).strays(), pk=pk)
    name = split_name(mail.from_name)
    initial = {
        "vacancy": mail.vacancy_ref,
        "language": language_of(mail),
        **{part: getattr(name, part) for part in ("given_name", "infix", "surname")},
    }
    form = FileReplyForm(request.POST if request.method == "POST" else None, initial=initial, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            with told_on(form):
                given = form.cleaned_data
                parts = {part: given[part] for part in ("given_name", "infix", "surname")}
                sourced = services.file_reply(
                    mail, vacancy=given["vacancy"], name=parts, language=given["language"], actor=user
                )
                messages.success(request, _("Filed. The mail and its files stand with the person."))
                board = reverse("candidates:board", args=[sourced.candidacy.vacancy_id])
                return redirect(f"{board}?person={sourced.candidacy.pk}")
        except BadContact as error:
            form.add_error(None, str(error))
    crumbs = [
        {"url": reverse("mailing:replies"), "label": _("Mail that came in")},
        {"url": reverse("mailing:reply", args=[pk]), "label": mail.who or _("Unknown sender")},
        {"label": _("File under a vacancy")},
    ]
    context = {"mail": mail, "form": form, "crumbs": crumbs}
    status = 422 if form.errors else 200
    return render(request, "candidates/reply_file.html", context, status=status)
