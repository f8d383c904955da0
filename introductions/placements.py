"""Placements: noted when somebody got the job, given to the books, and gone when the law lets them."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from candidates.models import Candidacy, Stage
from introductions.models import PLACED, Placement
from privacy import access, ledger, ports
from privacy.guards import REFUSALS, Refused, lawful

# Why a list leaves Watson; codes, so that the ledger holds no words.
REASONS = {
    "books": gettext_lazy("for the books"),
    "audit": gettext_lazy("for the accountant or the tax authority"),
    "dispute": gettext_lazy("for a question about an invoice"),
}


def note(
    candidacy: Candidacy,
    *,
    start_on: date,
    fee_kind: str,
    actor: User,
    guarantee_until: date | None = None,
    fee: Decimal | None = None,
    invoice_number: str = "",
) -> Placement:
    """Write down, or correct, the billing record of somebody who was hired. Raises Refused for anybody else."""
    facts = {
        "start_on": start_on,
        "guarantee_until": guarantee_until,
        "fee_kind": fee_kind,
        "fee": fee,
        "invoice_number": invoice_number,
    }
    with lawful():
        held = Candidacy.objects.select_for_update(of=("self",)).select_related("vacancy").get(pk=candidacy.pk)
        earlier = Placement.objects.filter(candidacy=held).first()
        if earlier is None and held.stage != Stage.HIRED:
            raise Refused(REFUSALS[PLACED], PLACED)
        if earlier is not None:
            for name, value in facts.items():
                setattr(earlier, name, value)
            earlier.save(update_fields=[*facts, "changed_at"])
            placement, said = earlier, "placement.corrected"
        else:
            placement = Placement.objects.create(
                candidacy=held,
                subject_id=held.subject_id,
                vacancy=held.vacancy,
                client_id=held.vacancy.client_id,
                noted_by=actor,
                **facts,
            )
            said = "placement.noted"
        ledger.append(said, subject=held.subject_id, actor=actor, placement=placement.pk, vacancy=held.vacancy_id)
    placement.refresh_from_db()
    return placement


def rows_for_books(placements: Collection[Placement], *, reason: str, actor: User) -> list[list[object]]:
    """Lines for the books, heads first; who took them, why, and of whom is written down. Raises KeyError for a reason
    that is not one of `REASONS`."""
    REASONS[reason]
    subjects = {one.subject_id for one in placements}
    names = ports.names(subjects)
    with lawful():
        access.log(actor, "export", subjects, about_kind="placements")
        ledger.append("placements.exported", actor=actor, reason=reason, number=len(placements))
    heads = (
        *(_("Number of the invoice"), _("Client"), _("Vacancy"), _("Person"), _("First working day")),
        *(_("Fee"), _("Amount without VAT"), _("Guarantee until"), _("Kept until")),
    )
    return [list(heads), *(_row(one, names.get(one.subject_id, "")) for one in placements)]


def _row(one: Placement, name: str) -> list[object]:
    return [
        one.invoice_number,
        one.client.legal_name,
        one.vacancy.title,
        name or _("erased"),
        one.start_on.isoformat(),
        one.get_fee_kind_display(),
        "" if one.fee is None else str(one.fee).replace(".", ","),
        one.guarantee_until.isoformat() if one.guarantee_until else "",
        one.keep_until.isoformat() if one.keep_until else "",
    ]


def forget_over() -> int:
    """Delete the records whose last day has passed; how many. Safe to run twice."""
    with lawful():
        gone = Placement.objects.over().delete()[1].get(Placement._meta.label, 0)
        if gone:
            ledger.append("placements.forgotten", number=gone)
    return gone
