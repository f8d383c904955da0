"""A refusal the desk proposes, because a legal hold stands: decided, sent and closed by one person in one act."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mailing.models import Message
from privacy.desk import deciding, identity, proposing
from privacy.guards import Refused
from privacy.models import RequestStep
from privacy.retention import holding
from tests.privacy.asking import anna, ask

DAY = timedelta(days=1)


@pytest.fixture
def asked(agency, olga):
    request = ask("erasure", subject=anna().subject, channel="mail")
    identity.confirm(request, method="callback", actor=olga)
    return request


def hold(request, olga, ada, *, ground="claim", days=60):
    found = holding.ask(
        ground=ground,
        reason="Letter of their lawyer",
        until=timezone.localdate() + days * DAY,
        subject=request.subject,
        actor=olga,
    )
    return holding.approve(found, actor=ada)


def proposed(request):
    found = proposing.refusal(request)
    assert found is not None
    return found


def page_of(request) -> str:
    return f"/privacy-desk/requests/{request.pk}/"


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_nothing_is_proposed_before_a_hold_is_approved_and_it_is_known_who_asks(agency, olga, ada):
    request = ask("erasure", subject=anna().subject, channel="mail")
    until = timezone.localdate() + 60 * DAY
    waits = holding.ask(ground="claim", reason="Letter", until=until, subject=request.subject, actor=olga)
    identity.confirm(request, method="callback", actor=olga)
    assert proposing.refusal(request) is None, "it may lapse"
    holding.approve(waits, actor=ada)
    assert proposing.refusal(request) is not None
    request.identity_checks.all()._raw_delete("default")
    assert proposing.refusal(request) is None, "a stranger would learn that something is held"


def test_it_names_every_ground_and_the_last_day(asked, olga, ada):
    hold(asked, olga, ada, days=20)
    last = hold(asked, olga, ada, ground="authority", days=60)
    proposal = proposed(asked)
    assert (proposal.ground, proposal.until) == ("duty", last.until)
    assert "17(3)(e)" in proposal.reasons
    assert "17(3)(b)" in proposal.reasons
    assert str(last.until.year) in proposal.reasons
    holding.end(last, actor=olga)
    assert proposed(asked).ground == "claim"


def test_a_hold_that_changed_meanwhile_refuses_nobody(asked, olga, ada):
    stands = hold(asked, olga, ada)
    seen = proposed(asked)
    holding.end(stands, actor=ada)
    with pytest.raises(Refused, match="changed or ended"):
        deciding.refuse_as_proposed(asked, holds=seen.holds, reasons=seen.reasons, actor=olga)
    asked.refresh_from_db()
    assert (asked.is_open, asked.decisions.count()) == (True, 0)


def test_the_page_has_it_ready_and_one_press_decides(desk, asked, olga, ada, rosa):
    assert "A legal hold stands" not in text(desk(olga).get(f"{page_of(asked)}?lang=en"))
    stands = hold(asked, olga, ada)
    url, said = f"{page_of(asked)}refuse-proposed/?lang=en", {"holds": str(stands.pk), "reasons": "A claim runs."}
    page = text(desk(olga).get(f"{page_of(asked)}?lang=en"))
    assert "A legal hold stands" in page
    assert "Autoriteit Persoonsgegevens" in page
    assert desk(rosa).post(url, said).status_code == 404
    assert desk(olga).post(url, {**said, "reasons": " "}).status_code == 422
    assert desk(olga).post(url, {**said, "holds": "x", "send": "1"}).status_code == 422
    assert "A claim runs." in text(desk(olga).post(url, said)), "other words are seen before they are sent"
    assert not asked.decisions.exists()
    assert desk(olga).post(url, {**said, "send": "1"}).status_code == 302
    asked.refresh_from_db()
    decision = asked.decisions.get()
    assert (asked.result, decision.ground, decision.decided_by) == ("refused", "claim", olga)
    assert "A claim runs." in Message.objects.get(kind="refusal").body_text
    assert RequestStep.objects.get(request=asked, code="refusal.hold").ref == stands.pk
    assert "Refused on the legal hold that stands" in text(desk(olga).get(f"{page_of(asked)}?lang=en"))
