"""What a person is told of the proof of an introduction, in a notice and on their own page."""

from privacy.models import ProofRule

# Where a notice says it; filled with a sentence, or with nothing where no proof is kept.
PLACE = "[proof]"
_SENTENCES = {
    "nl": (
        "Stellen wij u voor aan de opdrachtgever, dan bewaren wij daarvan hoogstens {months} maanden een bewijs, ook"
        " als u uw gegevens laat wissen: uw naam en e-mailadres, de opdrachtgever, de vacature en de datum. Het is"
        " verzegeld en gaat alleen open bij een geschil over het voorstellen, door twee mensen samen (artikel 6 lid 1"
        " onder f en artikel 17 lid 3 onder e AVG)."
    ),
    "en": (
        "If we introduce you to the client, we keep proof of that for {months} months at most, also if you have your"
        " data erased: your name and e-mail address, the client, the vacancy and the date. It is sealed, and opened"
        " only in a dispute about the introduction, by two people together (article 6(1)(f) and article 17(3)(e)"
        " GDPR)."
    ),
}


def months() -> int:
    """For how many months proof of an introduction made today is kept; 0 when none is."""
    rule = ProofRule.standing()
    return rule.months if rule is not None else 0


def sentence(language: str, kept_for: int) -> str:
    """What a notice says where proof is kept for so many months; empty where none is."""
    return _SENTENCES.get(language, _SENTENCES["en"]).format(months=kept_for) if kept_for else ""
