"""Personal data in introductions: the recruiter's words and the client's; to whom the data went stays as proof."""

from datetime import date

from django.db.models import Max

from privacy.models import Subject
from privacy.registry import DELETE, Class, PersonalData, Section, columns_of, register


@register
class IntroductionsData(PersonalData):
    columns = {
        "introductions.Introduction": columns_of(
            {
                Class.TECHNICAL: "id candidacy subject vacancy client request event introduced_by",
                Class.FREE_TEXT: "words",
                Class.NONE: "shared at closed_at",
            }
        ),
        "introductions.Recipient": columns_of(
            {Class.TECHNICAL: "id introduction contact", Class.NONE: "first_seen_at deletion_confirmed_at"}
        ),
        "introductions.Feedback": columns_of(
            {Class.TECHNICAL: "id recipient", Class.PERSONAL: "verdict", Class.FREE_TEXT: "words", Class.NONE: "at"}
        ),
        "introductions.Placement": columns_of(
            {
                Class.TECHNICAL: "id candidacy subject vacancy client noted_by",
                Class.NONE: ("start_on guarantee_until fee_kind fee invoice_number noted_at changed_at keep_until"),
            }
        ),
        "introductions.SpottedMail": columns_of(
            {
                Class.TECHNICAL: "id mailbox sender key contact candidacy settled_by breach",
                Class.PERSONAL: "sent_at why",
                Class.NONE: "what settled_at",
            }
        ),
    }
    paths = {
        "introductions.Introduction": "subject",
        "introductions.Recipient": "introduction__subject",
        "introductions.Feedback": "recipient__introduction__subject",
        "introductions.SpottedMail": "candidacy__subject",
        "introductions.Placement": "subject",
    }
    kept = {
        "introductions.Recipient": "To whom the data went (GDPR art. 19), in ids.",
        "introductions.Placement": "The billing record of a placement, seven years (AWR art. 52), without a name.",
    }
    erasure = {
        "introductions.SpottedMail": DELETE,
        "introductions.Feedback": DELETE,
        "introductions.Introduction": {"words": ""},
    }

    def kept_until(self, label: str, subject: Subject) -> date | None:
        """Billing records until the last day that the law names; the others as any proof."""
        if label != "introductions.Placement":
            return None
        last: date | None = self.rows(label, subject).aggregate(last=Max("keep_until"))["last"]
        return last

    sections = dict.fromkeys(paths, Section.TO_WHOM)
    told = {
        "introductions.Introduction": {"vacancy": "vacancies.Vacancy", "introduced_by": "accounts.User"},
        "introductions.Recipient": {"introduction__vacancy": "vacancies.Vacancy"},
        "introductions.Placement": {"vacancy": "vacancies.Vacancy", "noted_by": "accounts.User"},
    }
    # The client by name (C-154/21); which of its people stays between the client and us.
    beside = {
        "introductions.Introduction": ("client__legal_name",),
        "introductions.Recipient": ("introduction__client__legal_name",),
        "introductions.Feedback": ("recipient__introduction__client__legal_name",),
        "introductions.SpottedMail": ("contact__client__legal_name",),
        "introductions.Placement": ("client__legal_name",),
    }
