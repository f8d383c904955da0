"""My data: where somebody stands, what is held and why, who looked, to whom it went, and what they can ask."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import MailTracking, Organisation, Role, User
from candidates import retention
from candidates.forms.corrections import CorrectionForm
from candidates.models import Candidacy, Candidate, ContactKind, ContactPoint, Correction, Note, Source, Stage
from candidates.services import corrections
from consent import services as consent
from consent.models import ConsentRequest, EventKind, LegalBasis
from consent.personal_data import named, revealed_to
from consent.services import Trace
from consent.views import link_page, offer_of
from introductions.models import Introduction
from mailing import services as mail
from mailing.models import Unfollowed
from privacy import access, ports, registry
from privacy.exports.gathering import UNTIL
from privacy.forms import OwnRequestForm
from privacy.guards import told_on
from privacy.limits import services as limits
from privacy.models import AccessEntry, DataRequest, Link, Subject
from privacy.models.requests import RequestChannel, RequestKind
from privacy.models.restrictions import RestrictionGround
from privacy.models.subjects import LinkPurpose
from privacy.proofs.wording import months as proof_months
from privacy.retention import holding
from privacy.services import take_in
from vacancies.models import ClientContact

WITH_THE_CLIENT = (Stage.INTRODUCED, Stage.INTERVIEW, Stage.OFFER)


@require_http_methods(["GET", "HEAD", "POST"])
@link_page(LinkPurpose.MY_DATA)
def my_data(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """The person's own page. A GET changes nothing; an objection takes effect at the POST (GDPR art. 21(3))."""
    if request.method == "POST" and request.POST.get("following") in ("on", "off"):
        mail.follow(subject=link.subject, wanted=request.POST["following"] == "on", actor=None)
        return redirect(request.path)
    is_correcting = request.method == "POST" and "correct" in request.POST
    form = OwnRequestForm(request.POST if request.method == "POST" and not is_correcting else None)
    held = corrections.held(link.subject)
    facts = CorrectionForm(request.POST if is_correcting else None, held=held, masked=True) if held else None
    if is_correcting and facts is not None and facts.is_valid():
        with told_on(facts):
            _correct(link, facts.changes)
            return redirect(f"{request.path}?asked=1")
    elif request.method == "POST" and not is_correcting and form.is_valid():
        _ask(request, link, form.cleaned_data)
        return redirect(f"{request.path}?asked=1")
    if request.user.is_authenticated:
        access.log(request.user, "view", [link.subject_id], about_kind="me")
    context = {
        **_glass_box(link),
        **offer_of(request, link, token),
        "form": form,
        "correct": facts,
        "asked": bool(request.GET.get("asked")),
    }
    failed = form.errors or (is_correcting and (facts is None or facts.errors))
    return render(request, "watson/me.html", context, status=422 if failed else 200)


def _ask(request: HttpRequest, link: Link, data: dict[str, Any]) -> None:
    with transaction.atomic():
        taken = _take_in(link, **data)
        # These need nobody's decision (GDPR art. 21(3), 18(1)).
        if data["kind"] == RequestKind.OBJECTION:
            trace = Trace(ip=request.META.get("REMOTE_ADDR"), user_agent=request.headers.get("User-Agent", ""))
            consent.stop_everything(link=link, language=translation.get_language() or "nl", trace=trace)
        if data["kind"] == RequestKind.RESTRICTION:
            limits.restrict(link.subject, ground=RestrictionGround.CONTESTED, request=taken, actor=None)


def _correct(link: Link, changes: dict[str, str]) -> None:
    """What they say is wrong, as a request of its own; an officer decides."""
    with transaction.atomic():
        taken = _take_in(link, kind=RequestKind.RECTIFICATION, words="")
        corrections.propose(taken, changes, actor=None)


def _take_in(link: Link, *, kind: str, words: str) -> DataRequest:
    return take_in(
        kind=kind,
        channel=RequestChannel.LINK,
        contact=_own_address(link.subject),
        words=words,
        language=translation.get_language() or "nl",
        subject=link.subject,
    )


def _own_address(subject: Subject) -> str:
    points = ContactPoint.objects.usable().filter(candidate__subject=subject, kind=ContactKind.EMAIL)
    address = points.order_by("created_at").values_list("normalised", flat=True).first()
    contacts = ClientContact.objects.filter(subject=subject, left_on=None).order_by("created_at")
    return address or contacts.values_list("email", flat=True).first() or ""


def _glass_box(link: Link) -> dict[str, Any]:
    subject = link.subject
    held = registry.closure(subject)
    return {
        "organisation": Organisation.current(),
        "rights_links": [{"url": reverse("privacy:policy"), "label": _("How we handle your data")}],
        "facts": [*_facts_of_candidate(subject), *_facts_of_contact(subject)],
        "rows": _vacancies(held),
        "until": _until(held),
        "restriction": limits.standing(subject),
        "holds": list(holding.of(subject)),
        "notes": [
            {"note": note, "who": _does(note.author)}
            for note in Note.objects.standing()
            .filter(candidate__subject__in=held, may_read=True)
            .select_related("author")
            .order_by("at")
        ],
        "waiting": Correction.objects.waiting().filter(subject__in=held).select_related("values"),
        "introductions": Introduction.objects.filter(subject__in=held)
        .select_related("client", "vacancy")
        .order_by("at"),
        "looked": _looked(subject),
        "followed": Organisation.current().mail_tracking == MailTracking.DISCLOSED,
        "proof_months": proof_months(),
        "unfollowed": Unfollowed.objects.filter(subject=subject).exists(),
        "stopped": consent.has_stopped(subject),
        "requests": DataRequest.objects.filter(subject__in=held).with_due().order_by("-received_at"),
    }


def _vacancies(people: list[UUID]) -> list[dict[str, Any]]:
    candidacies = (
        Candidacy.objects.filter(subject__in=people)
        .select_related("vacancy__client", "candidate", "owner")
        .prefetch_related(Prefetch("sources", Source.objects.select_related("found_by").order_by("obtained_at")))
        .order_by("created_at")
    )
    bases = {basis.vacancy_id: basis for basis in LegalBasis.objects.filter(subject__in=people).order_by("id")}
    asked = {
        request.vacancy_id: request
        for request in ConsentRequest.objects.with_latest().filter(subject__in=people).order_by("created_at")
    }
    kept = retention.kept_of([candidacy.pk for candidacy in candidacies])
    revealed = revealed_to(people, [candidacy.vacancy for candidacy in candidacies])
    rows = []
    for candidacy in candidacies:
        vacancy = candidacy.vacancy
        title, client = named(vacancy, is_revealed=vacancy.pk in revealed)
        question = asked.get(vacancy.pk)
        rows.append(
            {
                "candidacy": candidacy,
                "title": title,
                "client": client,
                "purpose": vacancy.purpose if vacancy.pk in revealed else "",
                "basis": bases.get(vacancy.pk),
                "sources": [{"source": source, "finder": _does(source.found_by)} for source in candidacy.sources.all()],
                "next": _next(candidacy, question, kept[candidacy.pk].on),
                "has_no": question is not None and question.latest in (EventKind.REFUSED, EventKind.WITHDRAWN),  # type: ignore[attr-defined]
            }
        )
    return rows


def _next(candidacy: Candidacy, asked: ConsentRequest | None, kept_on: date | None) -> str:
    """When this person hears next, or what happens if they do nothing."""
    latest = asked.latest if asked else None  # type: ignore[attr-defined]
    if candidacy.ended_at is not None:
        if kept_on is not None:
            return _("We erase your data on %(day)s.") % {"day": date_format(kept_on, "j F Y")}
        return _("You hear nothing more about this vacancy.")
    if asked is not None and asked.follow_up_on:
        return _("We speak on %(day)s.") % {"day": date_format(asked.follow_up_on, "j F Y")}
    if asked is not None and latest is None and asked.is_open and asked.handed_over_at:
        last = date_format(timezone.localtime(asked.expires_at), "j F Y")
        return _("You can answer until %(day)s. Without an answer we stop.") % {"day": last}
    if candidacy.stage in WITH_THE_CLIENT:
        return _("The client is deciding. You hear from us as soon as they have.")
    if latest == EventKind.TALK_FIRST:
        return _("We contact you to talk.")
    if latest == EventKind.GIVEN:
        return _("We introduce you to the client, and tell you what they say.")
    return _("You hear from us when there is news, and in any case when the procedure is over.")


def _until(people: list[UUID]) -> list[dict[str, Any]]:
    """Until when we keep their data, and by which day something has to happen."""
    clocks = ports.clocks(subjects=people)
    return [
        {"what": UNTIL[clock.kind], "day": clock.due_on}
        for clock in clocks
        if clock.kind in UNTIL and clock.kind != "request"  # those stand with what they asked
    ]


def _does(colleague: User | None) -> str:
    """A colleague by what they do here; nobody where the person came by themselves."""
    return (colleague.job_title or str(Role(colleague.role).label)) if colleague else ""


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
