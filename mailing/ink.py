"""Whether there is anything to see in a text: in Python, and as the same rule for the database."""

import unicodedata

# Letters to Unicode, nothing to the eye: the fillers of Hangul and the blank of Braille.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")

# One character that can be seen. Every line of it can be checked with `has_ink`; a test does.
PATTERN = (
    r"[^[:space:][:cntrl:]\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]"
)


def has_ink(text: str) -> bool:
    """Whether anything of this can be seen: neither spaces, nor marks without width, nor fillers."""
    return any(unicodedata.category(char)[0] not in "CZM" and char not in _BLANKS for char in text)
