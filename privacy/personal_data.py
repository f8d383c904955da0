"""Personal data of this room, of the vault, and of the sign-in tables below."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import personal_data as sign_in
from accounts.models import User
from privacy.models import AccessEntry, DataRequest, HeldPerson, LegalHold, Link, Subject
from privacy.registry import DELETE, Class, PersonalData, Section, closure, columns_of, register

# What the access log notes, in words (GDPR art. 15; C-579/21).
SAW = {
    "view": _("opened a page about you"),
    "list": _("saw you in a list"),
    "search": _("found you in a search"),
    "export": _("took a list with you along"),
    "download": _("opened a file of yours"),
    "preview": _("looked at this copy before you got it"),
    "portal": _("saw you in the client's portal"),
}
WHERE = {
    "admin": _("administration"),
    "approach": _("before writing to you"),
    "candidacy": _("your card in a vacancy"),
    "candidate": _("your page"),
    "candidates": _("the list of people"),
    "client": _("the page of a client"),
    "contact": _("your page as a contact"),
    "copy": _("the copy of your data"),
    "data_request": _("your request"),
    "import": _("a list that was taken in"),
    "inbound": _("mail that came in"),
    "inbound_file": _("a file in your mail"),
    "introduce": _("before an introduction"),
    "introduction": _("your introduction"),
    "mail": _("the list of mail"),
    "me": _("the page with your own data"),
    "message": _("a message to you"),
    "palette": _("search"),
    "portal": _("the portal"),
    "privacy_desk": _("the privacy desk"),
    "proof": _("sealed proof of your introduction, opened by two people"),
    "round": _("messages to several people"),
    "search": _("search"),
    "template": _("an example while writing a text"),
    "today": _("the page of the day"),
    "vacancy": _("the board of a vacancy"),
}
OF_REQUESTS = (
    *("privacy.RequestStep", "privacy.Crossing", "privacy.IdentityCheck", "privacy.Mandate", "privacy.Decision"),
    *("privacy.RequestNotice", "privacy.Extension", "privacy.Telling"),
)


@register
class PrivacyData(PersonalData):
    columns = {
        "privacy.Subject": columns_of(
            {Class.TECHNICAL: "id merged_into", Class.NONE: "created_at erased_at restricted_at"}
        ),
        "privacy.StaffSubject": columns_of({Class.TECHNICAL: "id user subject"}),
        "privacy.Link": columns_of(
            {
                Class.TECHNICAL: "id subject about_id",
                Class.NONE: "purpose about_kind created_at expires_at used_at revoked_at",
            }
        ),
        "privacy.SuppressionEntry": columns_of(
            {
                Class.TECHNICAL: "id key_id vacancy_ref client_ref",
                Class.IDENTIFIER: "hash",
                Class.NONE: "kind scope reason at",
            }
        ),
        "privacy.SuppressionLift": columns_of({Class.TECHNICAL: "id entry link subject", Class.NONE: "at"}),
        "privacy.LedgerEntry": columns_of(
            {Class.TECHNICAL: "id xid subject actor codes commitment", Class.NONE: "at kind"}
        ),
        "privacy.LedgerEra": columns_of({Class.TECHNICAL: "id shift", Class.NONE: "at"}),
        "privacy.LedgerDetail": columns_of({Class.TECHNICAL: "entry", Class.SECRET: "salt", Class.FREE_TEXT: "text"}),
        "privacy.LedgerSeal": columns_of(
            {Class.TECHNICAL: "seq from_xid until_xid entries previous hash", Class.NONE: "at"}
        ),
        "privacy.AccessEntry": columns_of(
            {Class.TECHNICAL: "id actor subjects about_id", Class.NONE: "at action about_kind"}
        ),
        "privacy.DataRequest": columns_of(
            {
                Class.TECHNICAL: "id subject group calendar_version answered_by logged_by",
                Class.IDENTIFIER: "contact",
                Class.FREE_TEXT: "words outcome",
                Class.NONE: "kind channel language received_at due_on answered_at result created_at",
            }
        ),
        "privacy.RequestGroup": columns_of(
            {Class.TECHNICAL: "id created_by", Class.IDENTIFIER: "agent", Class.NONE: "label created_at"}
        ),
        "privacy.RequestStep": columns_of({Class.TECHNICAL: "id request ref by", Class.NONE: "code at"}),
        "privacy.Crossing": columns_of({Class.TECHNICAL: "id request", Class.NONE: "milestone on at"}),
        "privacy.IdentityCheck": columns_of(
            {
                Class.TECHNICAL: "id request subject asked_by attempts confirmed_by",
                Class.FREE_TEXT: "doubt asked",
                Class.NONE: "method asked_at expires_at confirmed_at",
            }
        ),
        "privacy.Mandate": columns_of(
            {
                Class.TECHNICAL: "request subject checked_by",
                Class.IDENTIFIER: "agent person",
                Class.FREE_TEXT: "looked_at",
                Class.NONE: "holds checked_at",
            }
        ),
        "privacy.Decision": columns_of(
            {
                Class.TECHNICAL: "id request decided_by approved_by",
                Class.FREE_TEXT: "reasons",
                Class.NONE: "kind ground decided_at",
            }
        ),
        "privacy.RequestNotice": columns_of(
            {Class.TECHNICAL: "id request message_ref by", Class.NONE: "kind channel at"}
        ),
        "privacy.Extension": columns_of(
            {Class.TECHNICAL: "request decision notice calendar_version", Class.NONE: "due_on"}
        ),
        "privacy.Telling": columns_of(
            {
                Class.TECHNICAL: "id request party source_ref sent_by message_ref waived_by",
                Class.IDENTIFIER: "name",
                Class.FREE_TEXT: "waived_reason",
                Class.NONE: "kind disclosed_at created_at sent_at acknowledged_at waived_at",
            }
        ),
        "privacy.ClockFeed": columns_of({Class.TECHNICAL: "id user", Class.NONE: "created_at revoked_at"}),
        "privacy.DataCopy": columns_of(
            {
                Class.TECHNICAL: (
                    "id request subject link asked_by looked_by delivered_by claimed_at size counts left_out"
                    " code_number code_at codes_left tries_left"
                ),
                Class.SECRET: "body notes",
                Class.NONE: "kind language state asked_at made_at looked_at delivered_at code_by opened_at delete_on",
            }
        ),
        "privacy.Restriction": columns_of(
            {
                Class.TECHNICAL: "id subject request by notice_ref lifted_by",
                Class.PERSONAL: "ground lift_reason",
                Class.NONE: "since told_how told_at lifted_at",
            }
        ),
        "privacy.LegalHold": columns_of(
            {
                Class.TECHNICAL: "id vacancy_ref asked_by approved_by ended_by",
                Class.FREE_TEXT: "reason",
                Class.NONE: "ground until asked_at approved_at ended_at",
            }
        ),
        "privacy.Breach": columns_of(
            {
                Class.TECHNICAL: "id reported_by decided_by",
                Class.FREE_TEXT: "what reason late_reason",
                Class.NONE: "aware_at reported_at notify decided_at notified_at reference",
            }
        ),
        "privacy.BreachCrossing": columns_of({Class.TECHNICAL: "id breach", Class.NONE: "milestone at"}),
        "privacy.HeldPerson": columns_of({Class.TECHNICAL: "id hold subject", Class.NONE: "since released_at"}),
        "privacy.RetentionRun": columns_of(
            {
                Class.TECHNICAL: "id erasures",
                Class.NONE: "started_at finished_at due erased spared failed by_reason left_alone",
            }
        ),
        "privacy.LegitimateInterestAssessment": columns_of(
            {
                Class.TECHNICAL: "id author approved_by",
                Class.NONE: (
                    "title version about scope interest necessity sources categories balance safeguards outcome"
                    " created_at approved_at review_on withdrawn_at"
                ),
            }
        ),
        "privacy.ImpactAssessment": columns_of(
            {
                Class.TECHNICAL: "id author approved_by",
                Class.NONE: ("feature title description necessity risks measures created_at approved_at review_on"),
            }
        ),
        "privacy.ProofRule": columns_of({Class.TECHNICAL: "id assessment by", Class.NONE: "months at"}),
        "privacy.ProofOpening": columns_of(
            {
                Class.TECHNICAL: "id introduction asked_by approved_by",
                Class.FREE_TEXT: "reason",
                Class.NONE: "asked_at approved_at shown_at",
            }
        ),
        "privacy.Erasure": columns_of(
            {
                Class.TECHNICAL: "id request policy planned_by approved_by",
                Class.NONE: "reason language planned_at approved_at finished_at",
            }
        ),
        "privacy.ErasurePerson": columns_of(
            {Class.TECHNICAL: "id erasure subject", Class.SECRET: "identifiers", Class.NONE: "erased_at spared_at"}
        ),
        "privacy.ErasureLine": columns_of(
            {Class.TECHNICAL: "id erasure count", Class.NONE: "holder what action ground until at"}
        ),
        "privacy.ErasureStep": columns_of(
            {
                Class.TECHNICAL: "id erasure position attempts touched found by",
                Class.NONE: "holder state next_at started_at done_at trouble",
            }
        ),
        "privacy.Canary": columns_of({Class.TECHNICAL: "id words raw", Class.NONE: "at"}),
        "vault.ErasureRecord": columns_of(
            {Class.TECHNICAL: "id erasure request people records hashes", Class.NONE: "reason policy at"}
        ),
        "vault.ErasureEnd": columns_of({Class.TECHNICAL: "erasure", Class.NONE: "finished_at"}),
        "vault.FileKey": columns_of({Class.TECHNICAL: "owner", Class.SECRET: "key", Class.NONE: "made_at"}),
        "vault.SealedProof": columns_of(
            {Class.TECHNICAL: "introduction erasure", Class.SECRET: "sealed", Class.NONE: "until made_at"}
        ),
        "vault.Restoration": columns_of({Class.TECHNICAL: "id last_seal last_head", Class.NONE: "at"}),
        "vault.LedgerHead": columns_of({Class.TECHNICAL: "seq hash", Class.NONE: "anchored_at"}),
        **{
            label: columns_of({Class(kind): names for kind, names in kinds.items()})
            for label, kinds in sign_in.COLUMNS.items()
        },
    }
    paths = {
        **sign_in.PATHS,
        "privacy.Link": "subject",
        "privacy.SuppressionLift": "subject",
        "privacy.LedgerEntry": "subject",
        "privacy.LedgerDetail": "entry__subject",
        "privacy.AccessEntry": "subjects",
        "privacy.DataRequest": "subject",
        **dict.fromkeys(OF_REQUESTS, "request__subject"),
        "privacy.ErasurePerson": "subject",
        "privacy.ClockFeed": "user__staff_subject__subject",
        "privacy.Restriction": "subject",
        "privacy.DataCopy": "subject",
        "privacy.HeldPerson": "subject",
    }
    pathless = {
        **sign_in.PATHLESS,
        "privacy.ProofOpening": (
            "Why a sealed proof was opened, about somebody who was erased; emptied when the proof goes."
        ),
        "privacy.RequestGroup": "Who asks for many others at once, with the name the officer gave their requests.",
        "privacy.Breach": "The register the law asks for (GDPR art. 33(5)): what happened, how many people, no names.",
        "privacy.LegalHold": "Why some people are kept longer, without a name; one hold may be about many of them.",
        "privacy.SuppressionEntry": (
            "Only a keyed hash, so that somebody who said stop is not contacted again (GDPR art. 21(3))."
        ),
    }
    kept = {
        **sign_in.KEPT,
        "privacy.HeldPerson": "Proof of how long a hold kept these data, in ids and dates (GDPR art. 5(2), 17(3)).",
        "privacy.Link": "Proof of the person's own acts points at it (GDPR art. 7(1)); revoked, and without a name.",
        "privacy.SuppressionLift": "Proof of the person's own act (GDPR art. 7(1)).",
        "privacy.LedgerEntry": "Proof of what was done, in ids and codes (GDPR art. 5(2)).",
        "privacy.ErasurePerson": "Proof that this id was erased, when and why; no name or address (GDPR art. 5(2)).",
        **dict.fromkeys(
            ("privacy.RequestStep", "privacy.Crossing", "privacy.RequestNotice", "privacy.Extension"),
            "Proof of how a request was handled, in ids, codes and dates (GDPR art. 5(2)).",
        ),
        "privacy.Restriction": "Proof that the person's restriction was kept, in ids and codes (GDPR art. 5(2), 18).",
        "privacy.AccessEntry": "Proof of who looked, in ids, for twelve months (GDPR art. 5(2), 32).",
    }
    erasure = {
        "account.EmailAddress": DELETE,
        "mfa.Authenticator": DELETE,
        "privacy.LedgerDetail": DELETE,
        "privacy.DataCopy": DELETE,
        "privacy.DataRequest": {"contact": "", "words": "", "outcome": ""},
        "privacy.IdentityCheck": {"doubt": "", "asked": ""},
        "privacy.Mandate": {"agent": "", "person": "", "looked_at": ""},
        "privacy.Decision": {"reasons": ""},
        "privacy.Telling": {"name": "", "waived_reason": ""},
        "privacy.ClockFeed": DELETE,
    }

    sections = {
        "accounts.User": Section.WHO,
        "account.EmailAddress": Section.WHO,
        "mfa.Authenticator": Section.WHO,
        "privacy.AccessEntry": Section.LOOKED,
        **dict.fromkeys(("privacy.DataRequest", "privacy.Restriction", "privacy.DataCopy"), Section.REQUESTS),
        "privacy.ErasurePerson": Section.REQUESTS,
        **dict.fromkeys(OF_REQUESTS, Section.REQUESTS),
        "privacy.LedgerDetail": Section.NOTES,
        "privacy.HeldPerson": Section.WHY,
    }
    told = {
        "privacy.AccessEntry": {"actor": "accounts.User"},
        "privacy.DataRequest": {"answered_by": "accounts.User"},
        "privacy.Restriction": {"by": "accounts.User", "lifted_by": "accounts.User"},
        "privacy.DataCopy": {"delivered_by": "accounts.User"},
    }
    # Why a hold keeps them, and until when; its words are for the lawyers, and in the file of the case.
    beside = {"privacy.HeldPerson": ("hold__ground", "hold__until", "hold__approved_at", "hold__ended_at")}
    # What the system did, in codes: for who wants to check the rest against it.
    data_only = {
        "mfa.Authenticator": "type created_at last_used_at",
        "privacy.LedgerEntry": "kind at",
        "privacy.RequestStep": "code at",
        "privacy.Crossing": "milestone on at",
        "privacy.Link": "purpose about_kind created_at expires_at used_at revoked_at",
        "privacy.DataRequest": "created_at",
    }
    words = {"privacy.AccessEntry": {"action": SAW, "about_kind": WHERE}}
    given = {
        "privacy.DataRequest": (Q(logged_by=None), "kind channel words received_at"),
    }

    def addresses(self, subject: Subject) -> Iterable[tuple[str, str]]:
        staff = User.objects.filter(staff_subject__subject__in=closure(subject), is_active=True)
        return (("email", email) for email in staff.values_list("email", flat=True))

    def find(self, kind: str, normalised: str) -> Iterable[UUID]:
        if kind == "email":
            yield from User.objects.filter(email__iexact=normalised, staff_subject__isnull=False).values_list(
                "staff_subject__subject", flat=True
            )
        asked = DataRequest.objects.filter(contact__iexact=normalised, subject__isnull=False)
        yield from asked.values_list("subject", flat=True)

    def known(self, kind: str, addresses: Collection[str]) -> Iterable[str]:
        asked = DataRequest.objects.annotate(lower=Lower("contact")).filter(lower__in=addresses, subject__isnull=False)
        yield from asked.values_list("lower", flat=True)
        if kind == "email":
            staff = User.objects.annotate(lower=Lower("email")).filter(lower__in=addresses, staff_subject__isnull=False)
            yield from staff.values_list("lower", flat=True)

    def rows(self, label: str, subject: Subject) -> "QuerySet[Any]":
        if label == "privacy.AccessEntry":
            return AccessEntry.objects.filter(subjects__overlap=closure(subject))
        return super().rows(label, subject)

    def erasable(self, label: str, subject: Subject) -> "QuerySet[Any]":
        rows = super().erasable(label, subject)
        # An open request still has to be answered: its address and what belongs to it go once it is.
        if label == "privacy.DataRequest":
            return rows.filter(answered_at__isnull=False)
        return rows.filter(request__answered_at__isnull=False) if label in OF_REQUESTS else rows

    def erase(self, subject: Subject) -> int:
        live = Link.objects.filter(subject__in=closure(subject), revoked_at=None)
        return super().erase(subject) + live.update(revoked_at=timezone.now()) + self._forget_holds(subject)

    def _forget_holds(self, subject: Subject) -> int:
        """The words of holds that keep nobody any more: they may name whom they were about."""
        people = closure(subject)
        others = HeldPerson.objects.filter(hold=OuterRef("pk"), subject__erased_at=None).exclude(subject__in=people)
        theirs = LegalHold.objects.filter(people__subject__in=people).exclude(Exists(others)).exclude(reason="")
        return LegalHold.objects.filter(pk__in=list(theirs.values_list("pk", flat=True))).update(reason="")
