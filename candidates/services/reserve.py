"""Runners-up: who may be asked to stay in reserve for the vacancy they were in, and what an answer does to the date of
erasure (I1)."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.models import Candidacy, EndReason, Stage
from candidates.names import greeting
from candidates.services import keeping, making
from candidates.services.sourcing import addresses_of_candidate
from consent import runner_up
from consent.models import ConsentEvent, ConsentRequest, EventKind, Purpose
from mailing import services as mail
from mailing.kinds import RUNNER_UP_ASK
from mailing.models import I8_SUPPRESSED, Message
from privacy.guards import REFUSALS, Refused, Sentence, lawful, refuse
from vacancies.models import VacancyState

NOT_OVER = refuse("runner_up_running", _("Ask when the procedure has been closed: until then they are in it."))
NOT_THERE = refuse("runner_up_left", _("Only who was still in it when the procedure ended can be a runner-up."))
HIRED = refuse("runner_up_hired", _("This person got the job, so they are nobody's runner-up."))
RESERVE_RULES = (EventKind.REFUSED, EventKind.WITHDRAWN)


def hindrances(candidacies: Collection[Candidacy], *, ending: UUID | None = None) -> dict[UUID, Sentence]:
    """Why these people cannot be asked to stay as runner-up for their vacancy, by candidacy; who is not in it can.

    `ending`: a vacancy whose procedure is about to end. A few queries, however many they are.
    """
    subjects = {one.subject_id for one in candidacies}
    questions = ConsentRequest.objects.with_latest().filter(purpose=Purpose.RUNNER_UP, subject__in=subjects)
    refused, asked, kept = set(), set(), set()
    for question in questions:
        key = (question.subject_id, question.reserve_for_id)
        if question.latest in RESERVE_RULES:  # type: ignore[attr-defined]
            refused.add(key)
        elif question.latest == EventKind.GIVEN and question.closed_at is None:  # type: ignore[attr-defined]
            kept.add(key)
        elif question.is_open:
            asked.add(key)
    spoke = set(
        ConsentEvent.objects.filter(request__subject__in=subjects, link__isnull=False).values_list(
            "request__subject", "request__vacancy"
        )
    )
    replied = ConsentRequest.objects.filter(subject__in=subjects, replied_at__isnull=False)
    spoke |= set(replied.values_list("subject", "vacancy"))
    mails, addresses = keeping.reach([one.candidate_id for one in candidacies])
    stopped = keeping.stopped(addresses)
    found: dict[UUID, Sentence] = {}
    for one in candidacies:
        key = (one.subject_id, one.vacancy_id)
        closes = one.vacancy_id == ending
        rules = (
            (key in kept, runner_up.KEPT),
            (one.stage == Stage.HIRED, HIRED),
            (not closes and one.vacancy.state != VacancyState.PROCEDURE_CLOSED, NOT_OVER),
            (one.ended_at is not None and one.ended_reason != EndReason.CLOSED, NOT_THERE),
            (key in refused, runner_up.SAID_NO),
            (key in asked, runner_up.ASKED),
            (one.candidate_id in stopped, I8_SUPPRESSED),
            (key not in spoke, keeping.NOT_IN_TOUCH),
            (one.candidate_id not in mails, making.NO_EMAIL),
        )
        if rule := next((rule for holds, rule in rules if holds), ""):
            found[one.pk] = REFUSALS[rule]
    return found


def ask_to_stay(candidacy: Candidacy, *, until: date, actor: User, ending: UUID | None = None) -> Message:
    """Ask somebody whose procedure has ended whether they stay as runner-up for it until a day. Raises Refused.

    `ending`: a vacancy whose procedure is about to end (`hindrances`), to look at the question before it does.
    """
    with lawful():
        candidacy = Candidacy.objects.select_related("candidate", "subject", "vacancy__client").get(pk=candidacy.pk)
        if sentence := hindrances([candidacy], ending=ending).get(candidacy.pk):
            raise Refused(sentence, "runner_up_hindered")
        candidate = candidacy.candidate
        asked = runner_up.ask(
            subject=candidacy.subject,
            vacancy=candidacy.vacancy,
            until=until,
            actor=actor,
            language=candidate.language,
        )
        address = making.address_of(candidate)
        with translation.override(asked.language):
            days = {
                "kept_until": date_format(until),
                "answer_by": date_format(timezone.localdate(asked.expires_at)),
            }
        return mail.queue(
            RUNNER_UP_ASK,
            key=f"{RUNNER_UP_ASK}:{asked.pk}",
            subject=candidacy.subject,
            to_email=address.normalised,
            to_name=candidate.name,
            addresses=addresses_of_candidate(candidate),
            language=asked.language,
            context={
                "greeting": greeting(candidate.full_name, asked.language),
                "vacancy": asked.vacancy_title,
                "client": asked.client_as_named,
                **days,
            },
            links=making.question_links(asked),
            about=("consent_request", asked.pk),
            sender=actor,
        )
