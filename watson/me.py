"""My data: where somebody stands, what is held and why, who looked, to whom it went, and what they can ask."""

from typing import Any

from django.db import transaction
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import MailTracking, Organisation, Role
from candidates.models import Candidacy, Candidate, ContactKind, ContactPoint
from consent import services as consent
from consent.models import LegalBasis, Revelation
from consent.services import Trace
from consent.views import link_page
from introductions.models import Introduction
from mailing import services as mail
from mailing.models import Unfollowed
from privacy import access
from privacy.forms import OwnRequestForm
from privacy.models import AccessEntry, DataRequest, Link, Subject
from privacy.models.requests import RequestChannel, RequestKind
from privacy.models.subjects import LinkPurpose
from privacy.services import take_in
from vacancies.models import ClientContact


@require_http_methods(["GET", "HEAD", "POST"])
@link_page(LinkPurpose.MY_DATA)
def my_data(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """The person's own page. A GET changes nothing; an objection takes effect at the POST (GDPR art. 21(3))."""
    if request.method == "POST" and request.POST.get("following") in ("on", "off"):
        mail.follow(subject=link.subject, wanted=request.POST["following"] == "on", actor=None)
        return redirect(request.path)
    form = OwnRequestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        _ask(request, link, form.cleaned_data)
        return redirect(f"{request.path}?asked=1")
    if request.user.is_authenticated:
        access.log(request.user, "view", [link.subject_id], about_kind="me")
    context = {**_glass_box(link), "form": form, "asked": bool(request.GET.get("asked"))}
    return render(request, "watson/me.html", context, status=422 if form.errors else 200)


def _ask(request: HttpRequest, link: Link, data: dict[str, Any]) -> None:
    language = translation.get_language() or "nl"
    with transaction.atomic():
        take_in(
            channel=RequestChannel.LINK,
            contact=_own_address(link.subject),
            language=language,
            subject=link.subject,
            **data,
        )
        if data["kind"] == RequestKind.OBJECTION:
            trace = Trace(ip=request.META.get("REMOTE_ADDR"), user_agent=request.headers.get("User-Agent", ""))
            consent.stop_everything(link=link, language=language, trace=trace)


def _own_address(subject: Subject) -> str:
    points = ContactPoint.objects.usable().filter(candidate__subject=subject, kind=ContactKind.EMAIL)
    address = points.order_by("created_at").values_list("normalised", flat=True).first()
    contacts = ClientContact.objects.filter(subject=subject, left_on=None).order_by("created_at")
    return address or contacts.values_list("email", flat=True).first() or ""


def _glass_box(link: Link) -> dict[str, Any]:
    subject = link.subject
    return {
        "organisation": Organisation.current(),
        "rights_links": [{"url": reverse("privacy:policy"), "label": _("How we handle your data")}],
        "facts": [*_facts_of_candidate(subject), *_facts_of_contact(subject)],
        "rows": _vacancies(subject),
        "introductions": Introduction.objects.filter(subject=subject)
        .select_related("client", "vacancy")
        .order_by("at"),
        "looked": _looked(subject),
        "followed": Organisation.current().mail_tracking == MailTracking.DISCLOSED,
        "unfollowed": Unfollowed.objects.filter(subject=subject).exists(),
        "stopped": consent.has_stopped(subject),
        "requests": DataRequest.objects.filter(subject=subject).order_by("-received_at"),
    }


def _vacancies(subject: Subject) -> list[dict[str, Any]]:
    candidacies = (
        Candidacy.objects.filter(subject=subject)
        .select_related("vacancy__client")
        .prefetch_related("sources")
        .order_by("created_at")
    )
    bases = {basis.vacancy_id: basis for basis in LegalBasis.objects.filter(subject=subject).order_by("id")}
    revealed = set(Revelation.objects.filter(subject=subject).values_list("vacancy", flat=True))
    rows = []
    for candidacy in candidacies:
        vacancy = candidacy.vacancy
        is_named = not vacancy.is_confidential or vacancy.pk in revealed
        hidden = not is_named and consent.tells_the_client(vacancy)
        rows.append(
            {
                "candidacy": candidacy,
                "title": _("A confidential vacancy") if hidden else vacancy.title,
                "client": vacancy.client.legal_name if is_named else vacancy.sector_label,
                "basis": bases.get(vacancy.pk),
                "sources": candidacy.sources.all(),
            }
        )
    return rows


def _looked(subject: Subject) -> list[dict[str, Any]]:
    """By what somebody does, not by name: who works here is their own data too."""
    rows = (
        AccessEntry.objects.about(subject.pk)
        .order_by()
        .values("actor__job_title", "actor__role")
        .annotate(times=Count("pk"), last=Max("at"))
        .order_by("-last")
    )
    return [{**row, "who": row["actor__job_title"] or Role(row["actor__role"]).label} for row in rows]


def _facts_of_candidate(subject: Subject) -> list[tuple[str, str]]:
    candidate = Candidate.objects.filter(subject=subject).first()
    if candidate is None:
        return []
    points = candidate.contact_points.standing().order_by("created_at")
    facts = [
        (_("Name"), candidate.name),
        (_("Job"), candidate.job_title),
        (_("Employer"), candidate.employer),
        (_("Place"), candidate.place),
        *((point.get_kind_display().capitalize(), _masked(point.kind, point.normalised)) for point in points),
    ]
    return [(label, value) for label, value in facts if value]


def _facts_of_contact(subject: Subject) -> list[tuple[str, str]]:
    facts = []
    for contact in ClientContact.objects.filter(subject=subject).select_related("client").order_by("created_at"):
        facts += [
            (_("Name"), contact.name),
            (_("Job"), contact.job_title),
            (_("Client"), contact.client.name),
            (_("E-mail address"), _masked(ContactKind.EMAIL, contact.email)),
            (_("Phone"), _masked(ContactKind.PHONE, contact.phone)),
        ]
    return [(label, value) for label, value in facts if value]


def _masked(kind: str, value: str) -> str:
    """Enough for the owner to know it by: a link may be passed on, or reach somebody else."""
    if not value or kind == ContactKind.PROFILE:
        return value
    if kind == ContactKind.EMAIL:
        local, _at, domain = value.rpartition("@")
        return f"{local[:1]}…@{domain}"
    return f"…{value[-2:]}"
