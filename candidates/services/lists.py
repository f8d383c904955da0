"""Lists of people: views that are kept, and files that are taken along."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import SavedView, Team, User
from candidates.models import Candidate, ListExport, ListExportPerson
from privacy import access, ledger
from privacy.guards import Refused, lawful, refuse, rule_of

# Long enough for the meeting a list is for; short enough that nobody keeps a database of their own.
KEPT_DAYS = 7
AT_MOST = 5000
# A file that is gone is of no use to anybody but whoever wonders what it was; its reason may name somebody.
KNOWN_AFTER = timedelta(days=30)
# Nobody in it is known here any more, and nobody said what became of it.
LOST_AFTER = timedelta(days=365)

VIEW_ONCE = refuse("saved_view_once", _("You have a view with this name already."))
TOO_MANY = refuse("list_too_long", _("A file holds at most 5,000 people. Filter the list first."))
NOBODY = refuse("list_of_nobody", _("Nobody is in this list, so there is nothing to take along."))


def save_view(*, page: str, name: str, query: str, team: Team | None, actor: User) -> SavedView:
    """Keep a list as it is filtered now, for oneself or for a team of one's own. Raises Refused for a name twice."""
    if team is not None and not team.memberships.filter(user=actor).exists():
        raise ValueError("Views are shared with one's own teams.")
    try:
        with lawful():
            view = SavedView.objects.create(page=page, name=name, query=query, team=team, owner=actor)
            ledger.append("view.saved", actor=actor, view=view.pk, team=team.pk if team else None)
    except IntegrityError as error:
        if rule_of(error) == VIEW_ONCE:
            raise Refused(_("You have a view with this name already."), VIEW_ONCE) from error
        raise
    return view


def drop_view(view: SavedView, *, actor: User) -> None:
    """Forget one's own view. A second time changes nothing."""
    with lawful():
        if SavedView.objects.filter(pk=view.pk, owner=actor).delete()[0]:
            ledger.append("view.dropped", actor=actor, view=view.pk)


def take_along(people: Sequence[Candidate], *, reason: str, with_contacts: bool, actor: User) -> ListExport:
    """Register a file of these people before it is handed out: who holds whom, why, and until when.

    Raises Refused for nobody, and for more than fit in a file.
    """
    subjects: list[UUID] = [person.subject_id for person in people]
    if not subjects:
        raise Refused(_("Nobody is in this list, so there is nothing to take along."), NOBODY)
    if len(subjects) > AT_MOST:
        raise Refused(_("A file holds at most 5,000 people. Filter the list first."), TOO_MANY)
    with lawful():
        made = ListExport.objects.create(
            made_by=actor,
            reason=reason,
            with_contacts=with_contacts,
            rows=len(subjects),
            until=timezone.localdate() + timedelta(days=KEPT_DAYS),
        )
        ListExportPerson.objects.bulk_create(ListExportPerson(export=made, subject_id=pk) for pk in subjects)
        access.log(actor, "export", subjects, about_kind="candidates", about_id=made.pk)
        ledger.append("list.exported", actor=actor, list=made.pk, people=len(subjects), contacts=with_contacts)
    return made


def confirm_deleted(made: ListExport, *, actor: User) -> None:
    """The file is gone, says who made it, so nobody is in it any more. A second time changes nothing.

    That they were in it stays in the access log for as long as that is kept.
    """
    with lawful():
        if ListExport.objects.open().filter(pk=made.pk).update(deleted_at=timezone.now()):
            made.people.all().delete()
            ledger.append("list.deleted", actor=actor, list=made.pk)


def forget_exports() -> int:
    """Delete what is registered of files that hold nobody we know: a month after they were deleted, or a year after
    they should have been; how many. Safe to run twice. That they were made stays in the ledger and the access log."""
    now = timezone.now()
    unlisted = ListExport.objects.filter(~Exists(ListExportPerson.objects.filter(export=OuterRef("pk"))))
    over = Q(deleted_at__lt=now - KNOWN_AFTER) | Q(deleted_at=None, until__lt=(now - LOST_AFTER).date())
    with lawful():
        gone = list(unlisted.filter(over).order_by("pk").select_for_update().values_list("pk", flat=True))
        ListExport.objects.filter(pk__in=gone).delete()
        if gone:
            ledger.append_all("list.forgotten", ((None, {"list": pk}) for pk in gone))
    return len(gone)
