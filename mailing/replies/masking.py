"""What is covered up in mail before it is kept: identity numbers (I9), and the secret in our own links.

Nobody who writes us is told off for either. A quoted link of ours would let whoever reads it act as the person.
"""

import re

from privacy.words import MASK, masked

__all__ = ["MASK", "mask"]

# A token is 32 bytes in base64url; where mail programs break a line, the rest of it is useless.
_TOKEN = re.compile(r"(?<=/)[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


def mask(text: str) -> tuple[str, int]:
    """The text with what may never be stored covered up, and how many identity numbers that were."""
    return masked(_TOKEN.sub(MASK * 3, text))
