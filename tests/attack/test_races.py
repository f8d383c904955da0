"""Two transactions at once: whatever their order and isolation, no unlawful state is committed, and none deadlocks."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import connection

from candidates.models import Candidacy, Candidate, StageDecision
from consent.models import Basis, BasisReason, ConsentText, EventKind, LegalBasis
from introductions.models import Introduction
from mailing.models import Message
from privacy.models import Subject, SuppressionEntry
from tests import factories as make
from tests.attack.races import ISOLATIONS, READ_COMMITTED, Race, Side, each_order, pair
from tests.attack.scene import answer
from tests.attack.support import Session, guards
from tests.support.services import DATABASE, PLACE
from vacancies.models import Vacancy, VacancyState
from watson.roles import APP, OWNER

SAME = [(level, level) for level in ISOLATIONS]
NUMBERS = itertools.count(100)
MIXED = list(itertools.product(ISOLATIONS, repeat=2))


def open_one(role: str = APP) -> connection:
    return psycopg2.connect(PLACE.database_url(role, DATABASE))


@pytest.fixture(autouse=True)
def _committing(scene: Any, django_db_blocker: Any) -> Iterator[None]:
    """The ground of each race is committed by the application itself; the module's scene is flushed at its end."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def without(second: Callable[[str], connection]) -> Callable[[str], AbstractContextManager[None]]:
    """A guard taken away for a while, really, and put back as it was."""

    @contextmanager
    def taken_away(guard: str) -> Iterator[None]:
        table, trigger = guards()[guard]
        owner = second(OWNER)
        with owner, owner.cursor() as cursor:
            cursor.execute(
                "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s AND tgrelid = %s::regclass",
                [trigger, table],
            )
            (definition,) = cursor.fetchone() or ("",)
            cursor.execute(f"DROP TRIGGER {trigger} ON {table}")
        try:
            yield
        finally:
            with owner, owner.cursor() as cursor:
                cursor.execute(definition)

    return taken_away


@pytest.fixture(params=MIXED, ids=lambda pair: "-".join(level.replace(" ", "_").lower() for level in pair))
def mixed(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param


@pytest.fixture(params=SAME, ids=lambda pair: pair[0].replace(" ", "_").lower())
def same(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param


def race(isolations: tuple[str, str], ground: Callable[[], Any], check: Callable[..., None]) -> None:
    each_order(open_one, isolations, ground, check)


def insert_introduction(run: Session, scene: Any, candidacy: Candidacy, request: Any, event: Any) -> None:
    run.clone(
        "introductions_introduction",
        scene.introduction,
        candidacy_id=candidacy,
        subject_id=candidacy.subject_id,
        request_id=request,
        event_id=event,
    )


def insert_answer(run: Session, scene: Any, request: Any, kind: str, link: Any, reason: str) -> None:
    """An answer and the basis that follows."""
    event = run.clone("consent_consentevent", scene.yes, request_id=request, kind=kind, link_id=link)
    insert_basis(run, scene, request, basis="legal_obligation", reason=reason, event_id=event)


def insert_basis(run: Session, scene: Any, request: Any, **values: Any) -> None:
    row = {"subject_id": request.subject_id, "vacancy_id": request.vacancy_id, "assessment_id": None, **values}
    run.clone("consent_legalbasis", scene.basis, **row)


def said_yes(scene: Any) -> Any:
    candidacy = make.make_candidacy(scene.vacancy, notice=True)
    request = make.make_request(candidacy)
    yes = answer(request, EventKind.GIVEN, basis=Basis.CONSENT, reason=BasisReason.GIVEN)
    return candidacy, request, yes, make.make_link(request, "withdraw")


def test_i4_introducing_against_withdrawing(mixed, scene):
    def ground():
        candidacy, request, yes, link = said_yes(scene)
        return (
            candidacy,
            lambda run: insert_introduction(run, scene, candidacy, request, yes),
            lambda run: insert_answer(run, scene, request, "withdrawn", link, "withdrawn"),
        )

    def check(candidacy: Candidacy, introducing: Side, withdrawing: Side) -> None:
        standing = Introduction.objects.standing().filter(candidacy=candidacy)
        made = Introduction.objects.filter(candidacy=candidacy).exists()
        assert made == (introducing.committed >= 0)
        assert withdrawing.rule == "", "a withdrawal is never refused"
        assert standing.exists() == (made and withdrawing.committed < 0)
        if made and withdrawing.committed >= 0:
            assert introducing.precedes(withdrawing), "introduced after a withdrawal"

    race(mixed, ground, check)


def test_i4_a_withdrawal_waits_for_an_introduction_and_goes_on(scene):
    """The race is a real one: the lock is seen to be waited for."""
    candidacy, request, yes, link = said_yes(scene)
    with pair(open_one) as (one, other, monitor):
        sides = (
            Side(
                "introducing", lambda run: insert_introduction(run, scene, candidacy, request, yes), READ_COMMITTED, one
            ),
            Side(
                "withdrawing",
                lambda run: insert_answer(run, scene, request, "withdrawn", link, "withdrawn"),
                READ_COMMITTED,
                other,
            ),
        )
        Race(monitor, sides).run((0, 1, 0, 1, 1, 0))
    assert sides[0].committing < sides[1].wrote < sides[1].committed
    assert Introduction.objects.filter(candidacy=candidacy).exists()
    assert not Introduction.objects.standing().filter(candidacy=candidacy).exists()


def test_i1_the_last_two_candidacies_against_each_other(same, scene):
    def ground():
        first = make.make_candidacy(scene.vacancy)
        second = make.make_candidacy(scene.other_vacancy, candidate=first.candidate)

        def leave(candidacy: Candidacy) -> Callable[[Session], None]:
            def write(run: Session) -> None:
                run("DELETE FROM candidates_source WHERE candidacy_id = %s", candidacy)
                run("DELETE FROM candidates_candidacy WHERE id = %s", candidacy)

            return write

        return first.candidate, leave(first), leave(second)

    def check(candidate: Candidate, one: Side, other: Side) -> None:
        assert Candidacy.objects.filter(candidate=candidate).exists()
        assert one.committed >= 0 or other.committed >= 0

    race(same, ground, check)


def test_i1_the_last_candidacy_against_the_date_of_erasure(same, scene):
    def ground():
        candidacy = make.make_candidacy(scene.vacancy)
        Candidate.objects.filter(pk=candidacy.candidate_id).update(erase_on="2020-01-01")

        def leave(run: Session) -> None:
            run("DELETE FROM candidates_source WHERE candidacy_id = %s", candidacy)
            run("DELETE FROM candidates_candidacy WHERE id = %s", candidacy)

        def keep(run: Session) -> None:
            run("UPDATE candidates_candidate SET erase_on = NULL WHERE id = %s", candidacy.candidate_id)

        return candidacy.candidate, leave, keep

    def check(candidate: Candidate, leaving: Side, keeping: Side) -> None:
        candidate.refresh_from_db()
        assert candidate.erase_on or candidate.candidacies.exists()

    race(same, ground, check)


def test_i2_sourcing_against_closing(same, scene):
    def ground():
        vacancy = make.make_vacancy(owner=scene.recruiter, client=scene.client, assessment=scene.assessment)
        first = LegalBasis.objects.filter(subject=scene.wim.subject).earliest("id")

        def source(run: Session) -> None:
            run.clone(
                "candidates_candidacy",
                scene.carla,
                candidate_id=scene.wim.candidate_id,
                subject_id=scene.wim.subject_id,
                vacancy_id=vacancy,
            )
            run.clone("consent_legalbasis", first, vacancy_id=vacancy)

        def close(run: Session) -> None:
            run("UPDATE vacancies_vacancy SET state = 'closed', closed_at = now() WHERE id = %s", vacancy)

        return vacancy, source, close

    def check(vacancy: Vacancy, sourcing: Side, closing: Side) -> None:
        vacancy.refresh_from_db()
        assert (vacancy.state == VacancyState.CLOSED) == (closing.committed >= 0)
        if Candidacy.objects.filter(vacancy=vacancy).exists() and closing.committed >= 0:
            assert sourcing.precedes(closing), "sourced for a closed vacancy"

    race(same, ground, check)


def test_i3_resting_on_a_yes_against_withdrawing_it(same, scene):
    def ground():
        _candidacy, request, yes, link = said_yes(scene)
        return (
            request,
            lambda run: insert_basis(run, scene, request, basis="consent", reason="given", event_id=yes),
            lambda run: insert_answer(run, scene, request, "withdrawn", link, "withdrawn"),
        )

    def check(request: Any, resting: Side, withdrawing: Side) -> None:
        held = LegalBasis.objects.current_of(request.subject_id, request.vacancy_id)
        assert held is not None
        assert held.basis == (Basis.LEGAL_OBLIGATION if withdrawing.committed >= 0 else Basis.CONSENT)
        assert withdrawing.rule == ""

    race(same, ground, check)


def test_i3_finding_anew_against_saying_no(same, scene):
    def ground():
        candidacy = make.make_candidacy(scene.vacancy, notice=True)
        request = make.make_request(candidacy)
        link = make.make_link(request)
        found = {"basis": "legitimate_interest", "reason": "found", "by_id": scene.recruiter, "event_id": None}
        found["assessment_id"] = scene.assessment
        return (
            request,
            lambda run: insert_basis(run, scene, request, **found),
            lambda run: insert_answer(run, scene, request, "refused", link, "refused"),
        )

    def check(request: Any, finding: Side, refusing: Side) -> None:
        held = LegalBasis.objects.current_of(request.subject_id, request.vacancy_id)
        assert held is not None
        assert refusing.rule == ""
        assert (held.basis == Basis.LEGAL_OBLIGATION) == (refusing.committed >= 0)

    race(same, ground, check)


def test_i6_two_decisions_at_once(same, scene):
    def ground():
        candidacy = make.make_candidacy(scene.vacancy)

        def decide(to: str) -> Callable[[Session], None]:
            def write(run: Session) -> None:
                run.clone(
                    "candidates_stagedecision",
                    scene.decision,
                    candidacy_id=candidacy,
                    from_stage="found",
                    to_stage=to,
                )
                run("UPDATE candidates_candidacy SET stage = %s WHERE id = %s", to, candidacy)

            return write

        return candidacy, decide("approached"), decide("in_talks")

    def check(candidacy: Candidacy, one: Side, other: Side) -> None:
        candidacy.refresh_from_db()
        decisions = list(StageDecision.objects.filter(candidacy=candidacy).order_by("id"))
        assert len(decisions) == 1
        assert candidacy.stage == decisions[0].to_stage

    race(same, ground, check)


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_i8_claiming_against_a_stop(isolation, scene):
    def ground():
        digest = f"{next(NUMBERS):064x}"
        message = make.make_message(scene.quinten, recipient_hmacs=[digest])

        def claim(run: Session) -> None:
            run("UPDATE mailing_message SET state = 'claimed' WHERE id = %s", message)

        def stop(run: Session) -> None:
            run.clone("privacy_suppressionentry", scene.stop, hash=digest)

        return (message, digest), claim, stop

    def check(ground: tuple[Message, str], claiming: Side, stopping: Side) -> None:
        message, digest = ground
        message.refresh_from_db()
        assert stopping.error is None, "a stop is never refused"
        assert SuppressionEntry.objects.filter(hash=digest).exists()
        assert (message.state == "claimed") == (claiming.committed >= 0)
        if claiming.committed >= 0:
            assert claiming.precedes(stopping), "claimed after a stop"
        else:
            assert claiming.rule == "i8_suppressed"

    race((READ_COMMITTED, isolation), ground, check)


def test_i8_claiming_against_a_restriction(scene):
    def ground():
        subject = Subject.objects.create()
        message = make.make_message(scene.quinten, subject=subject)
        return (
            message,
            lambda run: run("UPDATE mailing_message SET state = 'claimed' WHERE id = %s", message),
            lambda run: run("UPDATE privacy_subject SET restricted_at = now() WHERE id = %s", subject),
        )

    def check(message: Message, claiming: Side, restricting: Side) -> None:
        assert restricting.error is None
        if claiming.committed >= 0:
            assert claiming.precedes(restricting), "claimed for somebody restricted"

    race((READ_COMMITTED, READ_COMMITTED), ground, check)


def test_i8_a_stop_waits_only_because_of_its_guard(scene):
    """Proof by mutation of the guard that makes stops and claims wait for each other."""
    table, trigger = guards()["privacy.SuppressionEntry:serialise"]
    message = make.make_message(scene.quinten, recipient_hmacs=["7" * 64])
    for silenced in (False, True):
        with pair(lambda: open_one(OWNER)) as (claiming, stopping, _monitor):
            with claiming.cursor() as cursor:
                Session(cursor)("UPDATE mailing_message SET state = 'claimed' WHERE id = %s", message)
            with stopping.cursor() as cursor:
                if silenced:
                    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
                stop = Session(cursor)
                if silenced:
                    stop.clone("privacy_suppressionentry", scene.stop, hash="7" * 64)
                else:
                    with pytest.raises(psycopg2.errors.LockNotAvailable):
                        stop.clone("privacy_suppressionentry", scene.stop, hash="7" * 64)


def test_i10_publishing_against_rewording(same, scene):
    def ground():
        text = make.make_text(version=next(NUMBERS), published_at=None)
        return (
            text,
            lambda run: run("UPDATE consent_consenttext SET published_at = now() WHERE id = %s", text),
            lambda run: run("UPDATE consent_consenttext SET question_nl = 'Anders?' WHERE id = %s", text),
        )

    def check(text: ConsentText, publishing: Side, rewording: Side) -> None:
        text.refresh_from_db()
        assert (text.question_nl == "Anders?") == (rewording.committed >= 0)
        if publishing.committed >= 0 and rewording.committed >= 0:
            assert rewording.precedes(publishing), "reworded after it was published"

    race(same, ground, check)


def test_the_races_would_see_an_unlawful_outcome(scene, without):
    """Without its guard the same race is seen to be lost, so that its silence means something."""
    with without("introductions.Introduction:i4_consent"), pytest.raises(AssertionError, match="after a withdrawal"):
        test_i4_introducing_against_withdrawing(SAME[0], scene)
    with without("candidates.Candidacy:i1_purpose"), pytest.raises(AssertionError):
        test_i1_the_last_two_candidacies_against_each_other(SAME[0], scene)
    with without("mailing.Message:i8_claim"), pytest.raises(AssertionError, match="after a stop"):
        test_i8_claiming_against_a_stop(ISOLATIONS[0], scene)
