"""The words of a question exactly as shown, and their hash: an answer proves what it answered (GDPR art. 7(1))."""

import hashlib
import json
import re
from datetime import date

from django.utils import translation
from django.utils.formats import date_format

from accounts.models import Organisation
from consent.models import ConsentRequest
from privacy.proofs import wording as proofs
from vacancies.models import Shared

_PLACEHOLDER = re.compile(r"\[(\w+)\]")


def sentences(
    request: ConsentRequest,
    language: str,
    organisation: Organisation | None = None,
    proof_months: int | None = None,
) -> dict[str, str]:
    """Question, yes-sentence and notice of this request in `language`, with the names as they were when asked.

    Who asks for many gives `organisation` and `proof_months`, which are looked up otherwise.
    """
    organisation = organisation or Organisation.current()
    kept_for = proofs.months() if proof_months is None else proof_months
    names = {
        "proof": proofs.sentence(language, kept_for),
        "client": request.client_as_named,
        "vacancy": request.vacancy_title,
        "agency": organisation.name or organisation.legal_name,
        "legal_name": organisation.legal_name,
        "address": organisation.postal_address.replace("\n", ", "),
        "kvk": organisation.kvk,
        "email": organisation.email,
        "privacy_contact": organisation.privacy_contact,
        "no_answer_days": str(organisation.no_answer_days),
        "retention_days": str(organisation.retention_days),
        "consent_months": str(organisation.consent_months),
        "pool_months": str(organisation.pool_months),
        "kept_until": _day(request.keep_until, language),
    }
    text = request.text
    dutch = language == "nl"
    return {
        "question": _fill(text.question_nl if dutch else text.question_en, names),
        "yes": _fill(text.yes_nl if dutch else text.yes_en, names),
        "notice": _fill(text.notice_nl if dutch else text.notice_en, names),
    }


def shared_labels(request: ConsentRequest, language: str) -> list[str]:
    """What would be sent, in words, in `language`."""
    with translation.override(language):
        return [str(Shared(code).label) for code in request.shared]


def sha256(request: ConsentRequest, language: str) -> str:
    """The hash over everything the person saw and answered, as 64 hex digits."""
    shown = {
        **sentences(request, language),
        "language": language,
        "version": request.text.version,
        "client": request.client_as_named,
        "vacancy": request.vacancy_title,
        "vacancy_text": request.vacancy_text,
        "shared": sorted(request.shared),
    }
    canonical = json.dumps(shown, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _day(day: date | None, language: str) -> str:
    with translation.override(language):
        return date_format(day) if day else ""


def _fill(sentence: str, names: dict[str, str]) -> str:
    """One pass, so that a name which itself holds brackets is never read as a placeholder."""
    return _PLACEHOLDER.sub(lambda found: names.get(found[1], found[0]), sentence)
