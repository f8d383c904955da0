"""Personal data in introductions: the recruiter's words and the client's; to whom the data went stays as proof."""

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
    }
    kept = {"introductions.Recipient": "To whom the data went (GDPR art. 19), in ids."}
    erasure = {
        "introductions.SpottedMail": DELETE,
        "introductions.Feedback": DELETE,
        "introductions.Introduction": {"words": ""},
    }
    sections = dict.fromkeys(paths, Section.TO_WHOM)
    told = {
        "introductions.Introduction": {"vacancy": "vacancies.Vacancy", "introduced_by": "accounts.User"},
        "introductions.Recipient": {"introduction__vacancy": "vacancies.Vacancy"},
    }
    # The client by name (C-154/21); which of its people stays between the client and us.
    beside = {
        "introductions.Introduction": ("client__legal_name",),
        "introductions.Recipient": ("introduction__client__legal_name",),
        "introductions.Feedback": ("recipient__introduction__client__legal_name",),
        "introductions.SpottedMail": ("contact__client__legal_name",),
    }
