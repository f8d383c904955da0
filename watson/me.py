"""My data: where somebody stands, what is held and why, who looked, to whom it went, and what they can ask."""

from typing import Any

from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import Organisation
from candidates.models import Candidacy
from consent import services as consent
from consent.models import LegalBasis
from consent.services import Trace
from consent.views import link_page
from introductions.models import Introduction
from privacy.forms import OwnRequestForm
from privacy.models import AccessEntry, DataRequest, Link
from privacy.models.requests import RequestChannel, RequestKind
from privacy.models.subjects import LinkPurpose
from privacy.views import take_in


@require_http_methods(["GET", "HEAD", "POST"])
@link_page(LinkPurpose.MY_DATA)
def my_data(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """The person's own page. A GET changes nothing; an objection takes effect at the POST (GDPR art. 21(3))."""
    form = OwnRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _ask(request, link, form.cleaned_data)
        return redirect(f"{request.path}?asked=1")
    context = {**_glass_box(link), "form": form, "asked": bool(request.GET.get("asked"))}
    return render(request, "watson/me.html", context, status=422 if form.errors else 200)


def _ask(request: HttpRequest, link: Link, data: dict[str, Any]) -> None:
    candidate = getattr(link.subject, "candidate", None)
    address = candidate.contact_points.usable().filter(kind="email").first() if candidate else None
    take_in(
        kind=data["kind"],
        channel=RequestChannel.LINK,
        contact=address.normalised if address else "",
        words=data["words"],
        subject=link.subject,
    )
    if data["kind"] == RequestKind.OBJECTION:
        trace = Trace(ip=request.META.get("REMOTE_ADDR"), user_agent=request.headers.get("User-Agent", ""))
        consent.stop_everything(link=link, language="nl", trace=trace)


def _glass_box(link: Link) -> dict[str, Any]:
    subject = link.subject
    candidacies = list(
        Candidacy.objects.filter(subject=subject)
        .select_related("vacancy__client")
        .prefetch_related("sources")
        .order_by("created_at")
    )
    bases: dict[Any, LegalBasis] = {}
    for basis in LegalBasis.objects.filter(subject=subject).order_by("id"):
        bases[basis.vacancy_id] = basis
    revealed = set(subject.revelations.values_list("vacancy_id", flat=True))
    return {
        "organisation": Organisation.current(),
        "rows": [
            {
                "candidacy": candidacy,
                "basis": bases.get(candidacy.vacancy_id),
                "client": candidacy.vacancy.client.legal_name
                if not candidacy.vacancy.is_confidential or candidacy.vacancy_id in revealed
                else candidacy.vacancy.sector_label,
                "sources": candidacy.sources.all(),
            }
            for candidacy in candidacies
        ],
        "introductions": Introduction.objects.filter(subject=subject).select_related("client", "vacancy"),
        "looked": AccessEntry.objects.about(subject.pk)
        .order_by()
        .values("actor__job_title", "actor__role")
        .annotate(times=Count("pk"), last=Max("at"))
        .order_by("-last"),
        "requests": DataRequest.objects.filter(subject=subject).order_by("-received_at"),
    }
