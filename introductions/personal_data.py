"""Personal data in introductions: the recruiter's words and the client's; to whom the data went stays as proof."""

from privacy.registry import DELETE, Class, PersonalData, columns_of, register


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
    }
    paths = {
        "introductions.Introduction": "subject",
        "introductions.Recipient": "introduction__subject",
        "introductions.Feedback": "recipient__introduction__subject",
    }
    kept = {"introductions.Recipient": "To whom the data went (GDPR art. 19), in ids."}
    erasure = {
        "introductions.Feedback": DELETE,
        "introductions.Introduction": {"words": ""},
    }
