"""The pages behind the links in a mail. A GET changes nothing, ever: mail scanners follow links."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache import cache
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from redis.exceptions import RedisError

from accounts.models import Organisation
from consent import pool, ports, runner_up, services, wording
from consent.forms import OwnInterestForm
from consent.models import Basis, ConsentEvent, ConsentRequest, EventKind, LegalBasis, Purpose
from consent.services import CLOSING, Trace
from privacy import links
from privacy.guards import Refused
from privacy.models import Link
from privacy.models.subjects import LinkPurpose
from vacancies.models import Vacancy, VacancyState

logger = logging.getLogger(__name__)

POSTS_PER_LINK = 30  # in ten minutes: more than a person needs, less than a machine wants
DEADLOCK = "40P01"  # SQLSTATE

View = Callable[..., HttpResponse]


def link_page(purpose: str) -> Callable[[View], View]:
    """Resolve the token to its link, speak the language of the question unless the person chose one, and let nobody
    who is signed in act for the candidate."""

    def decorate(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
            link = links.resolve(token, purpose)
            if link is None or link.subject.erased_at is not None:
                return render(request, "consent/gone.html", {"organisation": Organisation.current()}, status=404)
            with translation.override(_language(request, link)):
                if request.method == "POST":
                    if request.user.is_authenticated:
                        return render(request, "consent/signed_in.html", _context(link), status=403)
                    if too_many(link):
                        return render(request, "consent/too_many.html", _context(link), status=429)
                response = _heard(view, request, link, token=token, **kwargs)
                response.headers["Content-Language"] = translation.get_language() or ""
                return response

        return page

    return decorate


def _heard(view: View, request: HttpRequest, link: Link, **kwargs: Any) -> HttpResponse:
    try:
        return view(request, link, **kwargs)
    except OperationalError as error:
        if request.method != "POST" or getattr(error.__cause__, "pgcode", "") != DEADLOCK:
            raise
    # Nothing of it was kept, and what they typed is still in the request: whoever answers needn't do it again.
    logger.warning("consent: an answer met a deadlock and is tried once more")
    return view(request, link, **kwargs)


@require_http_methods(["GET", "HEAD", "POST"])
@link_page(LinkPurpose.CONSENT)
def consent(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """Asked for consent: yes, no, talk first; or whether we may keep them."""
    asked = _asked(link)
    if asked.is_keeping:
        return _pool(request, link, asked, token)
    if request.method == "POST":
        return _answer(request, link, asked, token)
    return _consent_page(request, link, asked, token)


@require_POST
def not_me(request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    """'This isn't me': the address goes, and no page behind its links opens again."""
    response: HttpResponse = link_page(purpose)(_not_me)(request, token=token)
    return response


def _not_me(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    # No redirect after this POST: the link is dead by then, and a second one meets the page for unknown links.
    services.not_me(link=link, trace=_trace(request))
    return render(request, "consent/not_me.html", _context(link))


@require_POST
def keep(request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    """'Ask me again within a year', on a page of the person's own; and the way back from it."""
    response: HttpResponse = link_page(purpose)(_keep)(request, token=token)
    return response


def _keep(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    language = translation.get_language() or "nl"
    said = ""
    if request.POST.get("stop") == "pool":
        pool.withdraw(link=link, language=language, trace=_trace(request))
    elif request.POST.get("stop") == "runner_up":
        runner_up.withdraw(link=link, language=language, trace=_trace(request))
    elif request.POST.get("keep") == "1":
        try:
            pool.keep_by_own_act(link=link, language=language, trace=_trace(request))
        except Refused:
            said = "?keep=over"
    else:
        said = "?keep=unticked"
    return redirect(f"{links.path(link)}{said}#keep")


def offer_of(request: HttpRequest, link: Link, token: str) -> dict[str, Any]:
    """What `consent/_keep.html` shows on a page behind this link."""
    name = "consent:me-keep" if link.purpose == LinkPurpose.MY_DATA else "consent:keep"
    return {
        "offer": pool.offer(link.subject, translation.get_language() or "nl"),
        "reserves": _reserves(link),
        "keep_url": reverse(name, args=[token]),
        "keep_said": request.GET.get("keep", ""),
    }


@require_POST
@link_page(LinkPurpose.CONSENT)
def still_interested(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """After the link expired: the person's own details start a new candidacy while the vacancy is open."""
    asked = _asked(link)
    form = OwnInterestForm(request.POST)
    if not _may_start_again(link, asked):
        raise Http404
    if form.is_valid():
        try:
            fresh = ports.own_interest(
                request=asked, link=link, details=form.cleaned_data, language=translation.get_language() or "nl"
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(links.path(_link_to(fresh)))
    return _consent_page(request, link, asked, token, form=form, status=422)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """Withdraw or stop. A mail program's one-click POST (RFC 8058) brings no cookie and no token, so it alone is let
    through without; the page's own form is checked as any other."""
    if request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click":
        return _one_click(request, token=token)
    response: HttpResponse = _withdraw_page(request, token=token)
    return response


@link_page(LinkPurpose.WITHDRAW)
def _one_click(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    services.stop_everything(link=link, language=translation.get_language() or "nl", trace=_trace(request))
    return HttpResponse(status=200)


@csrf_protect
@link_page(LinkPurpose.WITHDRAW)
def _withdraw_page(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    asked = _find(link)
    language = translation.get_language() or "nl"
    if request.method == "POST":
        if request.POST.get("stop") == "all":
            services.stop_everything(link=link, language=language, trace=_trace(request))
            return redirect(request.path)
        if act := {"pool": pool.withdraw, "runner_up": runner_up.withdraw}.get(request.POST.get("stop", "")):
            act(link=link, language=language, trace=_trace(request))
            return redirect(request.path)
        if asked is not None and request.POST.get("stop") == "vacancy":
            services.withdraw(asked, link=link, language=language, trace=_trace(request))
            return redirect(request.path)
        context = {**_withdraw_context(link, asked, token), "unclear": True}
        return render(request, "consent/withdraw.html", context, status=422)
    context = {**_withdraw_context(link, asked, token), "signed_in": request.user.is_authenticated}
    return render(request, "consent/withdraw.html", context)


@require_safe
@link_page(LinkPurpose.NOTICE)
def notice(request: HttpRequest, link: Link, token: str) -> HttpResponse:
    """The privacy notice of one question, as it was given (GDPR art. 13, 14)."""
    asked = _find(link)
    context = {**_context(link), "asked": asked}
    if asked is not None:
        context["words"] = wording.sentences(asked, translation.get_language() or "nl")
    return render(request, "consent/notice.html", context)


def _pool(request: HttpRequest, link: Link, asked: ConsentRequest, token: str) -> HttpResponse:
    """May we keep you, as runner-up or for other vacancies: yes, no; and for who wrote of their own accord also the
    vacancies that are open to them."""
    if request.method != "POST":
        return _pool_page(request, link, asked, token)
    language = translation.get_language() or asked.language
    act = {"yes": services.give, "no": services.refuse_request}.get(request.POST.get("answer", ""))
    try:
        if act is not None:
            act(asked, link=link, language=language, trace=_trace(request))
            return redirect(request.path)
        chosen = next((one for one in _openings(asked) if str(one.pk) == request.POST.get("vacancy")), None)
        if chosen is None:
            return _pool_page(request, link, asked, token, unclear=True, status=422)
        fresh = ports.application(request=asked, link=link, vacancy=chosen, language=language)
    except Refused as refusal:
        return _pool_page(request, link, asked, token, refusal=str(refusal), status=409)
    return redirect(links.path(_link_to(fresh)))


def _pool_page(
    request: HttpRequest,
    link: Link,
    asked: ConsentRequest,
    token: str,
    *,
    unclear: bool = False,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    latest = asked.events.order_by("-id").first()
    basis = LegalBasis.objects.personal_of(asked.subject_id)
    applied = basis is not None and basis.basis == Basis.OWN_REQUEST
    is_open = asked.is_open and not link.is_expired and latest is None
    before = None if asked.is_runner_up else pool.until_of([asked.subject_id]).get(asked.subject_id)
    context = {
        **_context(link),
        "asked": asked,
        "words": wording.sentences(asked, translation.get_language() or asked.language),
        "latest": latest,
        "answered": latest.kind if latest else "",
        "is_open": is_open,
        "kept_until": before,
        "applied": applied,
        "erased_on": basis.until if basis is not None and applied else None,
        "openings": _openings(asked) if is_open else [],
        "unclear": unclear,
        "refusal": refusal,
        "signed_in": request.user.is_authenticated,
        "token": token,
    }
    page = "consent/runner_up.html" if asked.is_runner_up else "consent/pool.html"
    return render(request, page, context, status=status)


def _openings(asked: ConsentRequest) -> list[Vacancy]:
    """What somebody who wrote of their own accord may choose; others were asked about a vacancy of ours."""
    basis = LegalBasis.objects.personal_of(asked.subject_id)
    if asked.is_runner_up or basis is None or basis.basis != Basis.OWN_REQUEST:
        return []
    return list(Vacancy.objects.open_to_applicants().select_related("client"))


def _link_to(asked: ConsentRequest) -> Link:
    return links.issue(
        LinkPurpose.CONSENT,
        subject=asked.subject,
        about_kind="consent_request",
        about_id=asked.pk,
        expires_at=asked.expires_at,
    )


def _answer(request: HttpRequest, link: Link, asked: ConsentRequest, token: str) -> HttpResponse:
    acts = {"yes": services.give, "no": services.refuse_request, "talk": services.talk_first}
    act = acts.get(request.POST.get("answer", ""))
    if act is None:
        return _consent_page(request, link, asked, token, unclear=True, status=422)
    try:
        act(asked, link=link, language=translation.get_language() or asked.language, trace=_trace(request))
    except Refused as refusal:
        return _consent_page(request, link, asked, token, refusal=str(refusal), status=409)
    return redirect(request.path)


def _consent_page(
    request: HttpRequest,
    link: Link,
    asked: ConsentRequest,
    token: str,
    *,
    form: OwnInterestForm | None = None,
    unclear: bool = False,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    language = translation.get_language() or asked.language
    latest = asked.events.order_by("-id").first()
    answered = latest.kind if latest and latest.kind != EventKind.PENDING else ""
    is_open = asked.is_open and not link.is_expired
    context = {
        **_context(link),
        "asked": asked,
        "words": wording.sentences(asked, language),
        "shared": wording.shared_labels(asked, language),
        "latest": latest,
        "answered": answered,
        "settled": answered in (EventKind.GIVEN, EventKind.REFUSED, EventKind.WITHDRAWN),
        "pending": bool(latest and latest.kind == EventKind.PENDING),
        "is_open": is_open,
        "is_talk": asked.purpose == Purpose.TALK,
        "may_start_again": _may_start_again(link, asked),
        "is_sourcing": asked.job.state == VacancyState.SOURCING,
        "form": form or OwnInterestForm(),
        "unclear": unclear,
        "refusal": refusal,
        "signed_in": request.user.is_authenticated,
        "token": token,
        **(offer_of(request, link, token) if answered in CLOSING else {}),
    }
    return render(request, "consent/consent.html", context, status=status)


def _withdraw_context(link: Link, asked: ConsentRequest | None, token: str) -> dict[str, Any]:
    latest: ConsentEvent | None = None
    if asked is not None:
        asked, latest = services.standing(asked)
    return {
        **_context(link),
        "asked": asked,
        "token": token,
        "stopped": services.has_stopped(link.subject),
        "latest": latest,
        "ended": bool(latest and latest.kind in (EventKind.WITHDRAWN, EventKind.REFUSED, EventKind.EXPIRED)),
        "given": bool(latest and latest.kind == EventKind.GIVEN),
        "kept_until": pool.until_of([link.subject_id]).get(link.subject_id),
        "reserves": _reserves(link),
    }


def _reserves(link: Link) -> list[ConsentRequest]:
    """For which vacancies this person stays as runner-up, and until when."""
    return list(ConsentRequest.objects.runners_up().filter(subject=link.subject_id).order_by("keep_until"))


def _context(link: Link) -> dict[str, Any]:
    return {
        "organisation": Organisation.current(),
        "rights_links": [
            {"url": "/privacy/", "label": _("Privacy")},
            {"url": "/privacy/request/", "label": _("Your rights")},
        ],
        "link": link,
    }


def _find(link: Link) -> ConsentRequest | None:
    """The question a link is about, of the person who holds it."""
    if link.about_kind != "consent_request" or link.about_id is None:
        return None
    return (
        ConsentRequest.objects.select_related("vacancy__client", "vacancy__owner", "text", "asked_by", "subject")
        .filter(pk=link.about_id, subject=link.subject_id)
        .first()
    )


def _asked(link: Link) -> ConsentRequest:
    asked = _find(link)
    if asked is None:
        raise Http404
    return asked


def _may_start_again(link: Link, asked: ConsentRequest) -> bool:
    """An expired question may start anew; one the person answered, here or in a later message, may not."""
    if asked.is_keeping or asked.job.state != VacancyState.SOURCING or (asked.is_open and not link.is_expired):
        return False
    current, latest = services.standing(asked)
    if current.pk != asked.pk and current.is_open:
        return False
    return latest is None or latest.kind not in (EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.GIVEN)


def _language(request: HttpRequest, link: Link) -> str:
    chosen = request.GET.get("lang") or request.COOKIES.get("language", "")
    if chosen in ("nl", "en"):
        return chosen
    asked = _find(link)
    return asked.language if asked else "nl"


def too_many(link: Link) -> bool:
    """Count one more answer through this link; whether that is more than `POSTS_PER_LINK` in ten minutes."""
    key = f"posts:{link.pk}"
    try:
        return not cache.add(key, 1, timeout=600) and bool(cache.incr(key) > POSTS_PER_LINK)
    except ValueError:  # it ended between the two
        return False
    except RedisError:
        # A no must be heard, also while there is nothing to count with (GDPR art. 7(3)).
        logger.warning("consent: the answers through one link can't be counted now")
        return False


def _trace(request: HttpRequest) -> Trace:
    return Trace(ip=request.META.get("REMOTE_ADDR"), user_agent=request.headers.get("User-Agent", ""))
