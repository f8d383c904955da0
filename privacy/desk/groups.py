"""Many requests at once, from an agent or a campaign: put together, their mandates checked, answered one by one."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from privacy import ledger, ports
from privacy.deadlines import TZ
from privacy.desk import deciding, identity
from privacy.guards import REFUSALS, Refused, lawful, refuse
from privacy.models import DataRequest, Mandate, RequestGroup, Subject
from privacy.models.requests import PROVEN, Result

# From here on requests of one day, kind and channel are offered to be put together.
MANY = 20
LOOK_BACK = timedelta(days=31)

NOT_LOOKED = refuse("mandate_not_looked", _("Say what you looked at: the mandate itself, or what is wrong with it."))
HELD = refuse("group_something_held", _("We hold data of this person, so the answer cannot be that we hold nothing."))
NO_GROUP = refuse("group_empty", _("Choose at least two open requests to put together."))


def note_mandate(request: DataRequest, *, agent: str, person: str, subject: Subject | None) -> Mandate:
    """Somebody asks for somebody else; their requests come together under the agent's own address.

    The agent learns nothing about the person before the mandate was looked at.
    """
    address = request.contact or agent
    group = RequestGroup.objects.filter(agent=address).order_by("-created_at").first()
    if group is None or timezone.now() - group.created_at > LOOK_BACK:
        group = RequestGroup.objects.create(label=agent[:120], agent=address)
    request.group = group
    request.save(update_fields=["group"])
    return Mandate.objects.create(request=request, agent=agent, person=person, subject=subject)


def check_mandate(mandate: Mandate, *, holds: bool, looked_at: str, actor: User) -> Mandate:
    """An officer looked at the mandate. If it holds the request becomes the person's, who is answered at the mailbox
    we know; whether it is they who want this is asked there too. Raises Refused without what was looked at."""
    if not looked_at.strip():
        raise Refused(REFUSALS[NOT_LOOKED], NOT_LOOKED)
    with lawful():
        mandate = (
            Mandate.objects.select_for_update(of=("self",)).select_related("request", "subject").get(pk=mandate.pk)
        )
        if mandate.checked_at is not None:
            return mandate
        mandate.holds, mandate.looked_at = holds, looked_at.strip()
        mandate.checked_by, mandate.checked_at = actor, timezone.now()
        mandate.save(update_fields=["holds", "looked_at", "checked_by", "checked_at"])
        ledger.append(
            "request.mandate_checked", subject=mandate.subject, actor=actor, request=mandate.pk, holds=mandate.holds
        )
        if holds and mandate.subject is not None:
            request = mandate.request
            known = ports.reach([mandate.subject.pk]).get(mandate.subject.pk)
            request.subject = mandate.subject
            request.contact = known.email if known else request.contact
            request.save(update_fields=["subject", "contact"])
            if request.kind in PROVEN and known:
                identity.ask_mailbox(request, actor=actor)
    return mandate


def put_together(requests: Iterable[DataRequest], *, label: str, actor: User) -> RequestGroup:
    """Make one group of these open requests that stand alone. Raises Refused for fewer than two."""
    with lawful():
        ids = [request.pk for request in requests]
        alone = DataRequest.objects.open().filter(pk__in=ids, group=None).order_by("pk").select_for_update()
        chosen = [request.pk for request in alone]
        if len(chosen) < 2:
            raise Refused(REFUSALS[NO_GROUP], NO_GROUP)
        group = RequestGroup.objects.create(label=label.strip()[:120] or str(_("Requests together")), created_by=actor)
        DataRequest.objects.filter(pk__in=chosen).update(group=group)
        ledger.append("request.grouped", actor=actor, group=group.pk, requests=len(chosen))
    return group


def offers() -> list[tuple[date, str, str, int]]:
    """Days on which many alike came in and still stand alone: (day, kind, channel, how many)."""
    since = timezone.now() - LOOK_BACK
    rows = (
        DataRequest.objects.open()
        .filter(group=None, received_at__gte=since)
        .annotate(day=TruncDate("received_at", tzinfo=TZ))
        .order_by()
        .values_list("day", "kind", "channel")
        .annotate(number=Count("pk"))
        .filter(number__gte=MANY)
        .order_by("-number")
    )
    return list(rows[:3])


def alike(day: date, kind: str, channel: str) -> "list[DataRequest]":
    """The requests of one such offer."""
    rows = DataRequest.objects.open().filter(group=None, kind=kind, channel=channel)
    rows = rows.annotate(day=TruncDate("received_at", tzinfo=TZ)).filter(day=day)
    return list(rows)


def nothing_held(request: DataRequest, *, words: str, actor: User) -> DataRequest:
    """Answer that we hold nothing. Raises Refused where somebody is known under the address, theirs or the agent's."""
    mandate = Mandate.objects.filter(pk=request.pk).first()
    if request.subject_id is not None or (mandate is not None and mandate.subject_id is not None):
        raise Refused(REFUSALS[HELD], HELD)
    return deciding.answer_request(request, result=Result.NOTHING_HELD, outcome=words, actor=actor)
