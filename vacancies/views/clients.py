"""Clients, their people and their agreements: the agency's own, so all staff see them; nobody else does."""

from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import staff_only, staff_user, way_back
from privacy import access
from privacy.guards import told_on
from privacy.sealing import Unsealable
from vacancies import services
from vacancies.forms import ART28_WORDS, AgreementForm, ClientForm, ContactForm
from vacancies.models import Agreement, Client, ClientContact, ProcessingRole, Vacancy, VacancyState

PER_PAGE = 50


@require_GET
@staff_only
def clients(request: HttpRequest) -> HttpResponse:
    """Every client, by name."""
    asked = request.GET.get("q", "").replace("\0", "").strip()[:100]
    found = Client.objects.annotate(
        open_vacancies=Count("vacancies", filter=Q(vacancies__state=VacancyState.SOURCING))
    ).order_by("name", "pk")
    if asked:
        found = found.filter(Q(name__icontains=asked) | Q(legal_name__icontains=asked))
    context = {
        "page_obj": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "q": asked,
        "query": urlencode({"q": asked}) if asked else "",
    }
    return render(request, "vacancies/clients.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
def client_new(request: HttpRequest) -> HttpResponse:
    """Add a client, and go back to where one was needed."""
    form = ClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            client = services.create_client(actor=staff_user(request), **form.cleaned_data)
            messages.success(request, _("Client added."))
            back = way_back(request, "")
            if back:
                return redirect(f"{back}{'&' if '?' in back else '?'}{urlencode({'client': client.pk})}")
            return redirect("vacancies:client", client.pk)
    return _form(request, form, _("New client"), way_back(request, reverse("vacancies:clients")))


@require_GET
@staff_only
def client(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One client: facts, people, agreements, and the vacancies this user may open."""
    user = staff_user(request)
    found = get_object_or_404(Client.objects.select_related("created_by"), pk=pk)
    people = list(found.contacts.filter(subject__erased_at=None).order_by(F("left_on").desc(nulls_first=True), "name"))
    access.log(user, "view", [person.subject_id for person in people], about_kind="client", about_id=found.pk)
    context = {
        "client": found,
        "people": people,
        "agreements": found.agreements.all(),
        "vacancies": Vacancy.objects.visible_to(user).filter(client=found).select_related("owner"),
        "crumbs": [{"label": _("Clients"), "url": reverse("vacancies:clients")}, {"label": found.name}],
    }
    return render(request, "vacancies/client.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
def client_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change the facts of a client."""
    found = get_object_or_404(Client, pk=pk)
    form = ClientForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            services.save_client(found, actor=staff_user(request), **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("vacancies:client", pk)
    return _form(request, form, _("Change client"), reverse("vacancies:client", args=[pk]), client=found)


@require_http_methods(["GET", "POST"])
@staff_only
def contact_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Add somebody who works at the client."""
    found = get_object_or_404(Client, pk=pk)
    return _contact(request, found, None, _("New contact"))


@require_http_methods(["GET", "POST"])
@staff_only
def contact_edit(request: HttpRequest, pk: UUID, contact: UUID) -> HttpResponse:
    """Change a contact, or note that they left."""
    of_client = ClientContact.objects.filter(client=pk, subject__erased_at=None).select_related("client")
    found = get_object_or_404(of_client, pk=contact)
    if request.method == "GET":
        access.log(staff_user(request), "view", [found.subject_id], about_kind="contact", about_id=found.pk)
    return _contact(request, found.client, found, _("Change contact"))


def _contact(request: HttpRequest, client: Client, contact: ClientContact | None, title: str) -> HttpResponse:
    form = ContactForm(request.POST or None, instance=contact, client=client)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            services.save_contact(client, contact=contact, actor=staff_user(request), **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect(way_back(request, reverse("vacancies:client", args=[client.pk])))
    return _form(request, form, title, reverse("vacancies:client", args=[client.pk]), client=client)


@require_http_methods(["GET", "POST"])
@staff_only
def agreement_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Add an agreement; `?role=` proposes the role a vacancy needs it for."""
    found = get_object_or_404(Client, pk=pk)
    return _agreement(request, found, None, _("New agreement"))


@require_http_methods(["GET", "POST"])
@staff_only
def agreement_edit(request: HttpRequest, pk: UUID, agreement: UUID) -> HttpResponse:
    """Change an agreement or its file."""
    found = get_object_or_404(Agreement.objects.filter(client=pk).select_related("client"), pk=agreement)
    return _agreement(request, found.client, found, _("Change agreement"))


def _agreement(request: HttpRequest, client: Client, agreement: Agreement | None, title: str) -> HttpResponse:
    role = request.GET.get("role", "")
    initial = {"role": role} if role in ProcessingRole.values else {}
    form = AgreementForm(request.POST or None, request.FILES or None, instance=agreement, initial=initial)
    back = way_back(request, reverse("vacancies:client", args=[client.pk]))
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            services.save_agreement(client, agreement=agreement, actor=staff_user(request), **form.cleaned_data)
            messages.success(request, _("Agreement saved."))
            return redirect(back)
    return _form(
        request, form, title, back, template="vacancies/agreement_form.html", client=client, agreement=agreement
    )


@require_GET
@staff_only
def agreement_file(request: HttpRequest, pk: UUID, agreement: UUID) -> FileResponse:
    """The signed file, as a download that never opens inside the desk."""
    found = get_object_or_404(Agreement.objects.filter(client=pk).exclude(file=""), pk=agreement)
    try:
        content = BytesIO(services.agreement_content(found))
    except (FileNotFoundError, Unsealable) as gone:
        raise Http404 from gone
    name = f"{slugify(found.title) or 'agreement'}.pdf"
    return FileResponse(content, as_attachment=True, filename=name, content_type="application/pdf")


def _form(
    request: HttpRequest,
    form: Any,
    title: str,
    back: str,
    *,
    template: str = "vacancies/form.html",
    client: Client | None = None,
    **more: Any,
) -> HttpResponse:
    crumbs: list[dict[str, str]] = [{"label": _("Clients"), "url": reverse("vacancies:clients")}]
    if client:
        crumbs.append({"label": client.name, "url": reverse("vacancies:client", args=[client.pk])})
    context = {
        "form": form,
        "title": title,
        "back": back,
        "next": way_back(request, ""),
        "crumbs": [*crumbs, {"label": title}],
        "client": client,
        "art28": ART28_WORDS,
        **more,
    }
    return render(request, template, context, status=422 if form.errors else 200)
