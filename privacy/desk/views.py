"""A request's page and every act on it; requests that came together; the officer's calendar."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import roles, staff_user
from accounts.models import Role
from privacy import access, deadlines, ports, services
from privacy.desk import deciding, ending, feed, groups, history, identity, proposing, telling
from privacy.desk.forms import (
    AnswerForm,
    DoubtForm,
    ExtendForm,
    GroupAnswerForm,
    MandateForm,
    ProposedRefusalForm,
    RefuseForm,
)
from privacy.guards import Refused, told_on
from privacy.models import DataRequest, Decision, Mandate, RequestGroup, Telling
from privacy.models.handling import DecisionKind, Ground, Method
from privacy.models.requests import ANSWER_BY
from privacy.steps import steps_for, steps_of

OFFICERS = (Role.OFFICER, Role.ADMINISTRATOR)
PER_PAGE = 50
BY_HAND = ("phone", "letter", "other")


@require_GET
@roles(*OFFICERS)
def data_request(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One request: what was asked, until when, what it needs, and what was done."""
    return _page(request, _get(pk))


@require_POST
@roles(*OFFICERS)
def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Look at the answer as the person reads it; then send it and close the request."""
    asked = _get(pk)
    form = AnswerForm(request.POST, request=asked)
    if form.is_valid():
        data = form.cleaned_data
        with told_on(form):
            if "send" not in request.POST:
                letter = ports.letter("rights_answer", request=pk, words={"answer": data["outcome"]})
                return _page(request, asked, answer_form=form, letter=letter)
            deciding.answer_request(
                asked,
                outcome=data["outcome"],
                result=data["result"],
                channel=data.get("channel") or "",
                actor=staff_user(request),
            )
            messages.success(request, _("Answered. The clock of this request has stopped."))
            return redirect("privacy:data-request", pk)
    return _page(request, asked, answer_form=form)


@require_POST
@roles(*OFFICERS)
def extend(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take two months longer: the notice goes now, and the term is longer once it has left."""
    asked = _get(pk)
    form = ExtendForm(request.POST)
    if form.is_valid():
        with told_on(form):
            if "send" not in request.POST:
                letter = ports.letter("extension", request=pk, words=_stated(form))
                return _page(request, asked, extend_form=form, extend_letter=letter)
            deciding.extend(asked, actor=staff_user(request), **form.cleaned_data)
            messages.success(request, _("Decided. The term is longer as soon as the notice has left."))
            return _back(asked, "extension")
    return _page(request, asked, extend_form=form)


@require_POST
@roles(*OFFICERS)
def refuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Decide to refuse, after a look at the letter. It is sent in a second act."""
    asked = _get(pk)
    form = RefuseForm(request.POST)
    if form.is_valid():
        with told_on(form):
            if "send" not in request.POST:
                letter = ports.letter("refusal", request=pk, words=_stated(form))
                return _page(request, asked, refuse_form=form, refuse_letter=letter)
            deciding.refuse_request(asked, actor=staff_user(request), **form.cleaned_data)
            messages.success(request, _("Decided. Send the refusal to close this request."))
            return _back(asked, "refusal")
    return _page(request, asked, refuse_form=form)


@require_POST
@roles(*OFFICERS)
def refusal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Approve a refusal somebody else decided, or send it."""
    asked = _get(pk)
    decision = asked.decisions.filter(kind=DecisionKind.REFUSAL).order_by("-decided_at").first()
    user = staff_user(request)
    if decision is None:
        return _told(request, asked, _("There is no refusal to send. Decide it first."), "refusal")
    if request.POST.get("act") == "approve":
        return _act(request, asked, "refusal", lambda: deciding.approve(decision, actor=user), _("Approved."))
    channel = request.POST.get("channel", "")
    channel = channel if channel in BY_HAND else ""
    return _act(
        request,
        asked,
        "refusal",
        lambda: deciding.send_refusal(decision, actor=user, channel=channel),
        _("Refused, with the reasons and where to complain. The clock of this request has stopped."),
    )


@require_POST
@roles(*OFFICERS)
def refuse_proposed(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Refuse as the desk proposes, because a legal hold stands; or see the letter with other words first."""
    asked = _get(pk)
    form = ProposedRefusalForm(request.POST, request=asked)
    if form.is_valid():
        data = form.cleaned_data
        with told_on(form):
            if "send" not in request.POST:
                return _page(request, asked, proposed_form=form, proposed_words=data["reasons"])
            deciding.refuse_as_proposed(
                asked,
                holds=data["holds"],
                reasons=data["reasons"],
                channel=data.get("channel") or "",
                actor=staff_user(request),
            )
            messages.success(request, _("Refused on the legal hold, and told. The clock of this request has stopped."))
            return redirect("privacy:data-request", pk)
    return _page(request, asked, proposed_form=form)


@require_POST
@roles(*OFFICERS)
def told(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The person was told by hand: read aloud or by letter."""
    asked = _get(pk)
    kind, channel = request.POST.get("kind", ""), request.POST.get("channel", "")
    if kind not in ("receipt", "extension") or channel not in BY_HAND:
        return _told(request, asked, _("Say what was told, and how."), "receipt")
    return _act(
        request,
        asked,
        kind,
        lambda: telling.tell_by_hand(asked, kind=kind, channel=channel, actor=staff_user(request)),
        _("Noted."),
    )


@require_POST
@roles(*OFFICERS)
def who(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Whose request this is, and how we know: the mailbox we know, a call back, or more because of a doubt."""
    asked, user = _get(pk), staff_user(request)
    act = request.POST.get("act", "")
    if act == "doubt":
        form = DoubtForm(request.POST)
        if form.is_valid():
            with told_on(form):
                identity.ask_more(asked, actor=user, **form.cleaned_data)
                messages.success(request, _("Asked, and the doubt is written down."))
                return _back(asked, "who")
        return _page(request, asked, doubt_form=form)
    if act == "tie":
        found = services.owner_of(request.POST.get("address", ""))
        if found is None:
            return _told(request, asked, _("Nobody here alone has this address or number."), "who")
        return _act(request, asked, "who", lambda: identity.tie(asked, found, actor=user), _("Noted whose it is."))
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "mailbox": (lambda: identity.ask_mailbox(asked, actor=user), _("A link and a code are on their way.")),
        **{
            method: (lambda method=method: identity.confirm(asked, method=method, actor=user), _("Noted."))  # type: ignore[misc]
            for method in (Method.CALLBACK, Method.COLLEAGUE, Method.OTHER)
        },
    }
    if act not in acts:
        return _told(request, asked, _("Choose how you know who asks."), "who")
    verb, done = acts[act]
    return _act(request, asked, "who", verb, done)


@require_POST
@roles(*OFFICERS)
def mandate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Somebody looked at an agent's mandate."""
    asked = _get(pk)
    held = get_object_or_404(Mandate, pk=pk) if Mandate.objects.filter(pk=pk).exists() else None
    form = MandateForm(request.POST)
    if held is None:
        return _told(request, asked, _("This person asks for themselves."), "who")
    if form.is_valid():
        with told_on(form):
            groups.check_mandate(
                held,
                holds=request.POST.get("holds") == "yes",
                looked_at=form.cleaned_data["looked_at"],
                actor=staff_user(request),
            )
            messages.success(request, _("Noted."))
            return _back(asked, "mandate")
    return _page(request, asked, mandate_form=form)


@require_POST
@roles(*OFFICERS)
def recipients(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Tell whoever got the data, note that they were told or did it, or say why not (GDPR art. 19)."""
    asked, user = _get(pk), staff_user(request)
    act = request.POST.get("act", "")
    if act == "list":
        return _act(request, asked, "recipients", lambda: telling.list_recipients(asked), _("The list is up to date."))
    if act == "all":
        return _act(request, asked, "recipients", lambda: _tell_all(asked, user), _("Told by mail, where that can be."))
    try:
        line = asked.tellings.filter(pk=UUID(request.POST.get("line", ""))).first()
    except ValueError:
        line = None
    if line is None:
        return _told(request, asked, _("Choose a recipient."), "recipients")
    acts: dict[str, Callable[[], Any]] = {
        "tell": lambda: telling.tell(line, actor=user),
        "told": lambda: telling.told_by_hand(line, actor=user),
        "done": lambda: telling.acknowledge_line(line, actor=user),
        "waive": lambda: telling.waive(line, reason=request.POST.get("reason", ""), actor=user),
    }
    if act not in acts:
        return _told(request, asked, _("Choose what to do with this recipient."), "recipients")
    return _act(request, asked, "recipients", acts[act], _("Noted."))


def _tell_all(asked: DataRequest, user: Any) -> None:
    for line in asked.tellings.open().filter(party__isnull=False):
        telling.tell(line, actor=user)


# Together


@require_POST
@roles(*OFFICERS)
def together(request: HttpRequest) -> HttpResponse:
    """Put the chosen requests in one group, or all of one day, kind and channel."""
    user = staff_user(request)
    day = parse_date(request.POST.get("day", "")) if request.POST.get("day") else None
    if day is not None:
        chosen = groups.alike(day, request.POST.get("kind", ""), request.POST.get("channel", ""))
    else:
        chosen = list(DataRequest.objects.filter(pk__in=_ids(request)))
    try:
        group = groups.put_together(chosen, label=request.POST.get("label", ""), actor=user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("privacy:desk")
    messages.success(request, _("Put together. Each is still answered in its own message."))
    return redirect("privacy:request-group", group.pk)


@require_GET
@roles(*OFFICERS)
def group(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Requests that came together, soonest first: mandates, who, and an answer for each."""
    return _group_page(request, get_object_or_404(RequestGroup, pk=pk), GroupAnswerForm())


@require_POST
@roles(*OFFICERS)
def group_act(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The same act for each chosen request of a group: the mandate holds or not, or we hold nothing."""
    held, user = get_object_or_404(RequestGroup, pk=pk), staff_user(request)
    act = request.POST.get("act", "")
    chosen = list(held.requests.open().filter(pk__in=_ids(request)))
    if not chosen or act not in ("holds", "holds_not", "nothing"):
        messages.error(request, _("Choose requests, and what to do with them."))
        return redirect("privacy:request-group", pk)
    form = GroupAnswerForm(request.POST) if act == "nothing" else MandateForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(sentence) for errors in form.errors.values() for sentence in errors))
        return redirect("privacy:request-group", pk)
    done, refusals = 0, dict[str, int]()
    for asked in chosen:
        try:
            if act == "nothing":
                groups.nothing_held(asked, words=form.cleaned_data["outcome"], actor=user)
            elif (mandate := Mandate.objects.filter(pk=asked.pk).first()) is not None:
                looked_at = form.cleaned_data["looked_at"]
                groups.check_mandate(mandate, holds=act == "holds", looked_at=looked_at, actor=user)
            done += 1
        except Refused as refusal:
            refusals[str(refusal)] = refusals.get(str(refusal), 0) + 1
    if done:
        messages.success(request, ngettext("Done for %(n)s request.", "Done for %(n)s requests.", done) % {"n": done})
    for sentence, number in refusals.items():
        messages.error(request, f"{number} × {sentence}")
    return redirect("privacy:request-group", pk)


# The calendar


@require_POST
@roles(*OFFICERS)
def own_feed(request: HttpRequest) -> HttpResponse:
    """Make, renew or revoke one's own calendar address."""
    user = staff_user(request)
    if request.POST.get("act") == "revoke":
        feed.FEEDS.revoke(user)
        messages.success(request, _("The address of your calendar no longer works."))
    else:
        feed.FEEDS.renew(user)
        messages.success(request, _("Your calendar has a new address; an earlier one no longer works."))
    return redirect(f"{reverse('privacy:desk')}#calendar")


@require_GET
def clocks_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar behind a secret address; a stranger's guess and a revoked one are a plain 404."""
    found = feed.FEEDS.behind(token)
    if found is None:
        raise Http404
    response = HttpResponse(feed.calendar(found), content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


# Drawing


def _get(pk: UUID) -> DataRequest:
    rows = DataRequest.objects.with_due().select_related("subject", "group", "extension__decision", "mandate")
    return get_object_or_404(rows.select_related("answered_by", "logged_by"), pk=pk)


def _page(request: HttpRequest, asked: DataRequest, **shown: Any) -> HttpResponse:
    user = staff_user(request)
    asked = _get(asked.pk)
    tellings = list(asked.tellings.select_related("sent_by", "waived_by"))
    named = {asked.subject_id, *(line.party_id for line in tellings)} - {None}
    names = ports.names(named)  # type: ignore[arg-type]
    shown_people = [pk for pk in names if pk == asked.subject_id]
    access.log(user, "view", shown_people, about_kind="data_request", about_id=asked.pk)
    checks = list(asked.identity_checks.select_related("asked_by", "confirmed_by"))
    extension = getattr(asked, "extension", None)
    months = deadlines.EXTENDED_MONTHS if extension else deadlines.ANSWER_MONTHS
    today = timezone.localdate()
    steps = steps_for(asked)
    forms = {
        "answer_form": AnswerForm(request=asked, initial={"outcome": asked.outcome}),
        "extend_form": ExtendForm(),
        "refuse_form": RefuseForm(),
        "doubt_form": DoubtForm(),
        "mandate_form": MandateForm(),
    }
    decisions = list(asked.decisions.select_related("decided_by", "approved_by"))
    refusal = next((one for one in reversed(decisions) if one.kind == DecisionKind.REFUSAL), None)
    notices = list(asked.notices.select_related("by"))
    context = {
        **forms,
        "asked": asked,
        "name": names.get(asked.subject_id, "") if asked.subject_id else "",
        "due": asked.answer_by,
        "why": deadlines.why(asked.received_at, months),
        "ends_on": ending.last_day(asked),
        "paused": identity.paused(asked, checks),
        "tone": deadlines.clock_tone(timezone.localdate(asked.received_at), asked.answer_by, today),
        "steps": steps,
        "open_steps": [step for step in steps if step.is_open],
        "checks": checks,
        "known": next((check for check in checks if check.confirmed_at), None),
        "mailbox": ports.reach([asked.subject_id]).get(asked.subject_id) if asked.subject_id else None,
        "mandate": getattr(asked, "mandate", None),
        "extension": extension,
        "extension_decided": next((one for one in decisions if one.kind == DecisionKind.EXTENSION), None),
        "may_extend": not any(one.kind == DecisionKind.EXTENSION for one in decisions)
        and timezone.now() < deadlines.closes_at(asked.due_on),
        "refusal": refusal,
        "refusal_waits": refusal is not None and deciding.needs_approval(refusal),
        "has_receipt": services.has_receipt(asked),
        "receipt_told": any(notice.kind == "receipt" for notice in notices),
        "tellings": [{"line": line, "name": _party(line, names)} for line in tellings],
        "history": history.of(asked, notices, decisions, checks),
        "strays": ports.strays(user, "email", asked.contact) if "@" in asked.contact else [],
        "crumbs": _crumbs(asked),
        **shown,
    }
    if not context["receipt_told"] and asked.answered_at is None and "@" not in asked.contact:
        context["to_read"] = _letter("receipt_request", asked, {})
    if extension is None and (decided := context["extension_decided"]) and "@" not in asked.contact:
        words = {"ground": decided.ground, "reasons": decided.reasons}
        context["extension_to_read"] = _letter("extension", asked, words)
    context.update(_proposed(asked, refusal, context))
    failed = any(form.errors for form in shown.values() if isinstance(form, Form))
    return render(request, "privacy/data_request.html", context, status=422 if failed else 200)


def _proposed(asked: DataRequest, refusal: Decision | None, shown: dict[str, Any]) -> dict[str, Any]:
    """The refusal the desk proposes, with the letter as it would read; nothing once one was decided."""
    proposal = proposing.refusal(asked) if refusal is None else None
    if proposal is None:
        return {"proposal": None}
    words = shown.get("proposed_words", proposal.reasons)
    initial = {"holds": " ".join(map(str, proposal.holds)), "reasons": proposal.reasons}
    return {
        "proposal": proposal,
        "proposed_ground": Ground(proposal.ground).label,
        "proposed_letter": _letter("refusal", asked, {"ground": proposal.ground, "reasons": words}),
        "proposed_form": shown.get("proposed_form") or ProposedRefusalForm(request=asked, initial=initial),
    }


def _letter(kind: str, asked: DataRequest, words: dict[str, str]) -> ports.Letter | None:
    try:
        return ports.letter(kind, request=asked.pk, words=words)
    except Refused:
        return None


def _party(line: Telling, names: dict[UUID, str]) -> str:
    return names.get(line.party_id, line.name) if line.party_id else line.name


def _group_page(request: HttpRequest, held: RequestGroup, form: Form) -> HttpResponse:
    user = staff_user(request)
    rows = (
        held.requests.with_due()
        .select_related("mandate")
        .order_by(F("answered_at").asc(nulls_first=True), ANSWER_BY, "received_at", "pk")
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    asked = list(page)
    steps = steps_of(asked)
    subjects = {one.subject_id for one in asked if one.subject_id}
    names = ports.names(subjects)
    access.log(user, "list", list(names), about_kind="request_group", about_id=held.pk)
    today = timezone.localdate()
    context = {
        "group": held,
        "page": page,
        "rows": [
            {
                "asked": one,
                "name": names.get(one.subject_id, "") if one.subject_id else "",
                "mandate": getattr(one, "mandate", None),
                "tone": deadlines.clock_tone(timezone.localdate(one.received_at), one.answer_by, today),
                "open": [step for step in steps[one.pk] if step.is_open],
            }
            for one in asked
        ],
        "waiting": held.requests.open().count(),
        "form": form,
        "mandate_form": MandateForm(),
        "crumbs": [{"url": reverse("privacy:desk"), "label": _("Privacy")}, {"label": held.label}],
    }
    return render(request, "privacy/request_group.html", context)


def _crumbs(asked: DataRequest) -> list[dict[str, str]]:
    found = [{"url": reverse("privacy:desk"), "label": _("Privacy")}]
    if asked.group is not None:
        found.append({"url": reverse("privacy:request-group", args=[asked.group_id]), "label": asked.group.label})
    return [*found, {"label": _("Request")}]


def _stated(form: Form) -> dict[str, str]:
    return {name: str(value) for name, value in form.cleaned_data.items()}


def _ids(request: HttpRequest) -> list[UUID]:
    found = []
    for text in request.POST.getlist("pk"):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _act(request: HttpRequest, asked: DataRequest, part: str, verb: Callable[[], Any], done: str) -> HttpResponse:
    try:
        verb()
    except Refused as refusal:
        return _told(request, asked, str(refusal), part)
    messages.success(request, done)
    return _back(asked, part)


def _told(request: HttpRequest, asked: DataRequest, sentence: str, part: str) -> HttpResponse:
    messages.error(request, sentence)
    return _back(asked, part)


def _back(asked: DataRequest, part: str) -> HttpResponse:
    return redirect(f"{reverse('privacy:data-request', args=[asked.pk])}#{part}")
