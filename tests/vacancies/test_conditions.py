"""The conditions on the page are the database's own: its guard refuses exactly when one of them lacks."""

import itertools
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from candidates.models import Candidacy, Candidate
from privacy.governance.services import write_assessment
from privacy.guards import sentence_for
from privacy.models import Subject
from tests.factories import make_agreement, make_assessment, make_client, make_vacancy
from vacancies.models import ProcessingRole, Vacancy, VacancyAssessment
from vacancies.services import conditions

DAY = timedelta(days=1)
# What the guard asks of an agreement, one lack at a time.
AGREEMENTS = ("none", "valid", "other role", "unsigned", "not begun", "ended")
ASSESSMENTS = ("none", "standing", "draft", "withdrawn", "past review")
ROLES = [
    ("", "none"),
    (ProcessingRole.OWN, "none"),
    (ProcessingRole.OWN, "ended"),
    *itertools.product((ProcessingRole.JOINT, ProcessingRole.PROCESSOR), AGREEMENTS),
]


def test_the_guard_refuses_exactly_when_a_condition_lacks(rosa, olga):
    today = timezone.localdate()
    client = make_client(created_by=rosa)
    vacancy = make_vacancy(owner=rosa, client=client)
    candidate = Candidate.objects.create(
        subject=Subject.objects.create(), given_name="Anna", surname="Vries", erase_on=today + DAY
    )
    agreements = {role: _agreements(client, role, today) for role in (ProcessingRole.JOINT, ProcessingRole.PROCESSOR)}
    assessments = _assessments(rosa, olga, today)
    seen: set[bool] = set()

    for assessment in ASSESSMENTS:
        _rest_on(vacancy, assessments[assessment], rosa)
        shown = Vacancy.objects.select_related("assessment_link__assessment").get(pk=vacancy.pk)
        for words, day, purpose, (role, agreement) in itertools.product(
            ("E-mail", ""), (today, None), ("Find a director.", ""), ROLES
        ):
            columns = {"assignment": words, "assignment_on": day, "purpose": purpose, "role": role}
            columns["agreement"] = agreements[ProcessingRole(role) if role in agreements else ProcessingRole.JOINT][
                agreement
            ]
            Vacancy.objects.filter(pk=vacancy.pk).update(**columns)
            for name, value in columns.items():
                setattr(shown, name, value)
            lacking = [condition.code for condition in conditions(shown) if not condition.is_met]
            refusal = _refusal(candidate, shown)
            assert bool(refusal) == bool(lacking), (assessment, columns, agreement, lacking, refusal)
            seen.add(bool(refusal))
    assert seen == {True, False}


def test_an_agreement_of_another_client_does_not_count(rosa):
    vacancy = make_vacancy(owner=rosa, role=ProcessingRole.OWN)
    vacancy.role = ProcessingRole.PROCESSOR
    vacancy.agreement = make_agreement()
    assert [condition.code for condition in conditions(vacancy) if not condition.is_met] == ["agreement"]


def test_each_lack_says_where_to_fill_it(rosa):
    client = make_client(created_by=rosa)
    bare = Vacancy.objects.create(client=client, title="Director", owner=rosa)
    intake = reverse("vacancies:intake", args=[bare.pk])
    lacking = {condition.code: condition for condition in conditions(bare) if not condition.is_met}
    assert set(lacking) == {"assignment", "purpose", "role", "assessment"}
    assert all(condition.hint and condition.action for condition in lacking.values())
    assert lacking["purpose"].url == f"{intake}#id_purpose"
    # Nothing stands yet, so the way goes to the writing of an assessment, and back here.
    assert lacking["assessment"].url.startswith(reverse("privacy:governance:assessment-new") + "?next=")
    make_assessment()
    assert {c.code: c.url for c in conditions(bare)}["assessment"] == f"{intake}#id_assessment"

    bare.role = ProcessingRole.PROCESSOR
    url = {c.code: c.url for c in conditions(bare)}["agreement"]
    assert url.startswith(reverse("vacancies:agreement-new", args=[client.pk]) + "?role=processor&next=")
    make_agreement(client)
    assert {c.code: c.url for c in conditions(bare)}["agreement"] == f"{intake}#id_agreement"


def _agreements(client, role, today: date):
    other = ProcessingRole.JOINT if role == ProcessingRole.PROCESSOR else ProcessingRole.PROCESSOR
    return {
        "none": None,
        "valid": make_agreement(client, role=role, valid_until=today),
        "other role": make_agreement(client, role=other),
        "unsigned": make_agreement(client, role=role, signed_on=None),
        "not begun": make_agreement(client, role=role, valid_from=today + DAY),
        "ended": make_agreement(client, role=role, valid_from=today - 30 * DAY, valid_until=today - DAY),
    }


def _assessments(author, approver, today: date):
    made = {"author": author, "approved_by": approver}
    return {
        "none": None,
        "standing": make_assessment(**made, review_on=today),
        "draft": write_assessment(actor=author, title="A draft"),
        "withdrawn": make_assessment(**made, withdrawn_at=timezone.now()),
        "past review": make_assessment(**made, approved_at=timezone.now() - 300 * DAY, review_on=today - DAY),
    }


def _rest_on(vacancy, assessment, actor):
    if assessment is None:
        VacancyAssessment.objects.filter(vacancy=vacancy).delete()
        return
    confirmed = {"within_scope": True, "same_sources": True, "safeguards_stand": True, "confirmed_by": actor}
    VacancyAssessment.objects.update_or_create(vacancy=vacancy, defaults={"assessment": assessment, **confirmed})


def _refusal(candidate, vacancy) -> str:
    """What the database says to somebody new in this vacancy; empty when it lets them in."""

    class Undo(Exception):
        pass

    try:
        with transaction.atomic():
            Candidacy.objects.create(
                candidate=candidate, subject=candidate.subject, vacancy=vacancy, owner=vacancy.owner
            )
            raise Undo
    except Undo:
        return ""
    except IntegrityError as error:
        return str(sentence_for(error))
