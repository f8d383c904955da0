"""Whether a notice holds what the law wants in it (GDPR art. 14(1)-(2), 21(4); Tw 11.7(4)). Pure: no database."""

import re

NOTICES = ("approach", "talk_invite")
_QUESTIONS = (*NOTICES, "revealed", "reminder")

# Item: the placeholder or the words that show it, in Dutch and in English.
_ITEMS: dict[str, tuple[str, str]] = {
    "controller": (r"\[legal_name\]", r"\[legal_name\]"),
    "contact": (r"\[privacy_contact\]", r"\[privacy_contact\]"),
    "purpose": (r"vacature", r"vacancy"),
    "legal basis": (r"gerechtvaardigd belang", r"legitimate interest"),
    "categories": (r"(?i)welke gegevens", r"(?i)which data"),
    "source": (r"\[source\]", r"\[source\]"),
    "recipients": (r"(?i)wie ze zien", r"(?i)who sees them"),
    "client": (r"\[client\]", r"\[client\]"),
    "transfers": (r"Europese Economische Ruimte", r"European Economic Area"),
    "storage period": (r"\[retention_days\]", r"\[retention_days\]"),
    "access": (r"inzien", r"access"),
    "rectification": (r"verbeteren", r"correct"),
    "erasure": (r"wissen", r"erase"),
    "restriction": (r"beperken", r"restricted"),
    "portability": (r"meenemen", r"take along"),
    "objection in its own block": (r"(?m)^> .*[Bb]ezwaar", r"(?m)^> .*[Oo]bject"),
    "withdrawal": (r"intrekken", r"withdraw"),
    "complaint": (r"Autoriteit Persoonsgegevens", r"Autoriteit Persoonsgegevens"),
    "automated decisions": (r"geautomatiseerde besluitvorming", r"automated decision-making"),
    "tracking": (r"\[tracking\?\]", r"\[tracking\?\]"),
}


def lint(kind: str, text: str, language: str) -> list[str]:
    """The items this body lacks, by name; none when it may be published. Every mail gets its footer by itself."""
    missing = []
    if kind in _QUESTIONS and "[link:consent" not in text:
        missing.append("answer link")
    if kind in NOTICES:
        index = 0 if language == "nl" else 1
        missing += [item for item, shown in _ITEMS.items() if not re.search(shown[index], text)]
    return missing
