"""The kinds of message Watson knows, and what sets each apart."""

from dataclasses import dataclass

NOTICE_KINDS = frozenset({"approach", "talk_invite"})
# A question the person has some weeks to answer from when it left; the last comes after a notice, and is none itself.
ASKING_KINDS = NOTICE_KINDS | {"revealed"}
# Asks the same question once more: no second notice, and the time to answer doesn't begin again with it.
REMINDER = "reminder"
LETTER = "letter"
ACCOUNT = "account"


@dataclass(frozen=True)
class Kind:
    """`links`: what its words must hold. `legal`: the kind of the closed list of I8 under which it is queued.

    `followed`: opens and clicks may be measured, where the organisation discloses that.
    """

    links: tuple[str, ...] = ()
    legal: str = ""
    followed: bool = False


KINDS: dict[str, Kind] = {
    "approach": Kind(links=("consent",), followed=True),
    "talk_invite": Kind(links=("consent",), followed=True),
    "revealed": Kind(links=("consent",), followed=True),
    REMINDER: Kind(links=("consent",), followed=True),
    LETTER: Kind(followed=True),
    "receipt_yes": Kind(legal="receipt"),
    "receipt_no": Kind(legal="receipt"),
    "receipt_talk": Kind(legal="receipt"),
    "receipt_withdrawn": Kind(legal="receipt"),
    "receipt_request": Kind(legal="receipt"),
    "introduced_client": Kind(links=("portal",)),
    "withdrawn_client": Kind(legal="art19"),
    "portal_link": Kind(links=("portal",)),
    ACCOUNT: Kind(),
}


def is_followed(template_kind: str) -> bool:
    return KINDS.get(template_kind, Kind()).followed
