"""The kinds of message Watson knows, and what sets each apart."""

from dataclasses import dataclass

# The first message about a vacancy to who wrote of their own accord and chose it.
APPLIED = "applied"
NOTICE_KINDS = frozenset({"approach", "talk_invite", APPLIED})
# A question the person has some weeks to answer from when it left; the last comes after a notice, and is none itself.
# These ask whether somebody may be kept to be asked for other vacancies; the first is also the notice of GDPR art. 13
# to who wrote of their own accord.
APPLICATION = "application_received"
POOL_ASK = "pool_ask"
POOL_AGAIN = "pool_again"
POOL_KINDS = frozenset({APPLICATION, POOL_ASK, POOL_AGAIN})
# Asks whether somebody may be kept as runner-up for the vacancy they were in.
RUNNER_UP_ASK = "runner_up_ask"
RUNNER_UP_KINDS = frozenset({RUNNER_UP_ASK})
ASKING_KINDS = NOTICE_KINDS | POOL_KINDS | RUNNER_UP_KINDS | {"revealed"}
# Asks the same question once more: no second notice, and the time to answer doesn't begin again with it.
REMINDER = "reminder"
LETTER = "letter"
ACCOUNT = "account"
# A template as it stands, sent to whoever writes it.
TEST = "test"
# Made word for word, so there is no template of them.
WITHOUT_TEMPLATE = frozenset({ACCOUNT, TEST})
# Left out of mail health.
UNCOUNTED = (ACCOUNT, TEST)


@dataclass(frozen=True)
class Kind:
    """`links`: what its words must hold; `may_hold`: what they may hold beside those.

    `legal`: the kind of the closed list of I8 under which it is queued.

    `names`: the placeholders whoever queues it fills, beside those every message has (`placeholders.of`).
    `followed`: opens and clicks may be measured, where the organisation discloses that. `stranger`: it may go to
    somebody we do not know as a person, who has no links of their own. `transactional`: it also reaches somebody who
    told SparkPost to stop, because they asked for it or work with us (docs/adr/0010).
    """

    links: tuple[str, ...] = ()
    may_hold: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    legal: str = ""
    followed: bool = False
    stranger: bool = False
    transactional: bool = False


_ASKED = ("vacancy", "client", "place", "source", "found_on", "answer_by", "note")

KINDS: dict[str, Kind] = {
    "approach": Kind(links=("consent",), names=_ASKED, followed=True),
    "talk_invite": Kind(links=("consent",), names=_ASKED, followed=True),
    APPLIED: Kind(links=("consent",), names=_ASKED, transactional=True),
    "revealed": Kind(links=("consent",), names=_ASKED, followed=True),
    REMINDER: Kind(links=("consent",), names=(*_ASKED, "asked_on"), followed=True),
    LETTER: Kind(names=("subject", "text"), followed=True),
    "receipt_yes": Kind(legal="receipt", transactional=True),
    "receipt_no": Kind(legal="receipt", transactional=True),
    "receipt_talk": Kind(legal="receipt", transactional=True),
    "receipt_withdrawn": Kind(legal="receipt", transactional=True),
    "receipt_request": Kind(
        legal="receipt", transactional=True, names=("due_on", "received_on"), may_hold=("request",), stranger=True
    ),
    "rights_answer_copy": Kind(
        legal="rights_answer", transactional=True, links=("copy",), names=("copy_kind", "until_on")
    ),
    "rights_answer_code": Kind(legal="rights_answer", transactional=True, names=("code", "minutes")),
    "restriction_lift": Kind(legal="restriction_lift", transactional=True, names=("received_on", "reasons")),
    # Whoever applied asked for this one; nobody asked for the other two.
    APPLICATION: Kind(
        links=("consent",), names=("applied_on", "erase_on", "pool_months", "answer_by"), transactional=True
    ),
    POOL_ASK: Kind(links=("consent",), names=("pool_months", "answer_by")),
    POOL_AGAIN: Kind(links=("consent",), names=("pool_months", "pool_until", "answer_by")),
    "receipt_pool_yes": Kind(legal="receipt", transactional=True, names=("pool_until",)),
    "receipt_pool_no": Kind(legal="receipt", transactional=True),
    RUNNER_UP_ASK: Kind(links=("consent",), names=("vacancy", "client", "kept_until", "answer_by")),
    "receipt_runner_up_yes": Kind(legal="receipt", transactional=True, names=("kept_until",)),
    "receipt_runner_up_no": Kind(legal="receipt", transactional=True),
    "receipt_identity": Kind(legal="receipt", transactional=True, links=("confirm",), names=("asked_for", "code")),
    "receipt_question": Kind(
        legal="receipt", transactional=True, names=("asked_for", "asked", "doubt", "due_on"), stranger=True
    ),
    "rights_answer": Kind(
        legal="rights_answer", transactional=True, names=("asked_for", "received_on", "answer"), stranger=True
    ),
    "extension": Kind(
        legal="extension",
        transactional=True,
        names=("asked_for", "received_on", "due_on", "new_due_on", "ground", "reasons"),
        stranger=True,
    ),
    "refusal": Kind(
        legal="refusal", transactional=True, names=("asked_for", "received_on", "ground", "reasons"), stranger=True
    ),
    "art19_request": Kind(legal="art19", transactional=True, names=("got_on", "what_to_do")),
    "introduced_client": Kind(links=("portal",), names=("vacancy", "client"), transactional=True),
    "withdrawn_client": Kind(legal="art19", transactional=True),
    "portal_link": Kind(links=("portal",), names=("client",), transactional=True),
    "certificate": Kind(
        legal="certificate", links=("request",), names=("received_on",), transactional=True, stranger=True
    ),
    ACCOUNT: Kind(transactional=True),
    TEST: Kind(transactional=True),
}


def is_followed(template_kind: str) -> bool:
    return KINDS.get(template_kind, Kind()).followed


def is_transactional(template_kind: str) -> bool:
    """Whether a stop at SparkPost leaves it through; no for what is not known here."""
    return KINDS.get(template_kind, Kind()).transactional
