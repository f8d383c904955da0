"""Personal data in questions, answers and legal bases: ids, dates and codes, and the erasable trace of an answer."""

from privacy.registry import DELETE, Class, PersonalData, columns_of, register

PROOF = "Proof of the question, the answer and the basis, in ids and codes (GDPR art. 5(2), 7(1)), for five years."


@register
class ConsentData(PersonalData):
    columns = {
        "consent.ConsentText": columns_of(
            {
                Class.TECHNICAL: "id author",
                Class.NONE: (
                    "purpose version question_nl question_en yes_nl yes_en notice_nl notice_en created_at published_at"
                ),
            }
        ),
        "consent.ConsentRequest": columns_of(
            {
                Class.TECHNICAL: "id subject vacancy client text asked_by events_seen",
                Class.NONE: (
                    "purpose client_as_named vacancy_title vacancy_text shared language created_at expires_at"
                    " handed_over_at follow_up_on replied_at closed_at"
                ),
            }
        ),
        "consent.Revelation": columns_of({Class.TECHNICAL: "id subject vacancy client by", Class.NONE: "at"}),
        "consent.ConsentEvent": columns_of(
            {
                Class.TECHNICAL: "id request link wording_sha256 recorded_by",
                Class.PERSONAL: "kind",
                Class.NONE: "at channel language",
            }
        ),
        "consent.ConsentTrace": columns_of(
            {Class.TECHNICAL: "event", Class.IDENTIFIER: "ip", Class.PERSONAL: "user_agent", Class.NONE: "at"}
        ),
        "consent.LegalBasis": columns_of(
            {
                Class.TECHNICAL: "id subject vacancy by assessment event",
                Class.PERSONAL: "basis reason",
                Class.NONE: "at",
            }
        ),
        "consent.Notice": columns_of(
            {
                Class.TECHNICAL: "id subject vacancy message text template",
                Class.NONE: "given_at undone_at undone_reason",
            }
        ),
    }
    paths = {
        "consent.ConsentRequest": "subject",
        "consent.Revelation": "subject",
        "consent.ConsentEvent": "request__subject",
        "consent.ConsentTrace": "event__request__subject",
        "consent.LegalBasis": "subject",
        "consent.Notice": "subject",
    }
    kept = {
        "consent.ConsentRequest": PROOF,
        "consent.Revelation": PROOF,
        "consent.ConsentEvent": PROOF,
        "consent.LegalBasis": PROOF,
        "consent.Notice": PROOF,
    }
    erasure = {"consent.ConsentTrace": DELETE}
