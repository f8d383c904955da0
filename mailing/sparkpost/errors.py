"""What an answer of SparkPost means for the one message it was about; no text here ever holds an address."""

import html
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 300  # characters of a remote text worth keeping

# A wide net on purpose: quoted local parts, VERP, percent-encoded and full-width at-signs.
_ADDRESS = re.compile(r"""(?:"[^"]{0,64}"|[^\s<>"(),;:\[\]]+)(?:@|%40|＠)[^\s<>"(),;\[\]]+""", re.IGNORECASE)

STOP_CODES = frozenset({"1303", "1304", "1601", "2103", "2105", "7000", "7001"})
QUOTA_WAIT = {"2101": 3600.0, "2102": 4 * 3600.0}  # the daily one is a rolling 24 hours: room comes back
OUT_OF_REACH = frozenset({"1101", "1102", "1103"})  # wrong URI or method: every message would meet it
RATE_LIMIT_WAIT = 5.0


def mask(text: object, known: Iterable[str] = ()) -> str:
    """One line of `text` without addresses, nor any of the `known` words (a name, a local part)."""
    line = " ".join(str(text).split())
    if len(line) > 8 * LONGEST:
        line = line[: 8 * LONGEST].rpartition(" ")[0] or line[:LONGEST]  # never half an address at the cut
    line = _ADDRESS.sub("[address]", line)
    for word in sorted({word.strip() for word in known}, key=len, reverse=True):
        if len(word) > 2:
            line = re.sub(re.escape(word), "[person]", line, flags=re.IGNORECASE)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def retry_delay(attempt: int, *, first: float = 5.0, cap: float = 3600.0) -> float:
    """Seconds to wait after failed attempt `attempt` (from 1): at least `first`, doubling, jittered, capped.

    SparkPost asks for 5 s or more before the first retry of a 5xx.
    """
    doubled = first * 2.0 ** min(max(attempt, 1) - 1, 40)
    return min(doubled * random.uniform(1.0, 1.25), cap)  # noqa: S311 - spreads load, guards nothing


@dataclass(frozen=True)
class Problem:
    """One entry of SparkPost's `errors`: every part may be empty, texts are masked."""

    code: str = ""
    message: str = ""


def problems(body: object, known: Iterable[str] = ()) -> tuple[Problem, ...]:
    """The entries of `body["errors"]`, whatever shape they came in; codes are always text."""
    entries = body.get("errors") if isinstance(body, Mapping) else None
    if isinstance(entries, Mapping | str):
        entries = [entries]
    if not isinstance(entries, list):
        return ()
    known = tuple(known)
    found = []
    for entry in entries:
        if isinstance(entry, Mapping):
            code = entry.get("code")
            texts = [str(entry[key]) for key in ("message", "description") if entry.get(key)]
            message = mask(html.unescape(": ".join(texts)), known)
            found.append(Problem("" if code is None else str(code), message))
        else:
            found.append(Problem("", mask(entry, known)))
    return tuple(found)


class Failure(Exception):
    """A call that did not end in a plain success. `status` is 0 where no answer came."""

    def __init__(self, message: str = "", *, status: int = 0, code: str = "") -> None:
        self.status = status
        self.code = code
        self.message = mask(message)
        super().__init__(self.message)

    def __str__(self) -> str:
        parts = [type(self).__name__, str(self.status or "")]
        # A gateway gives no code, SparkPost sometimes repeats the status as one.
        parts.append(self.code if self.code != parts[1] else "")
        head = " ".join(part for part in parts if part)
        return f"{head}: {self.message}" if self.message else head

    def __reduce__(self) -> tuple[Any, ...]:
        # Workers pickle what a task raises; the subclasses' arguments aren't Exception's.
        return _restore, (type(self), self.args, dict(self.__dict__))


def _restore(kind: type[Failure], args: tuple[Any, ...], state: dict[str, Any]) -> Failure:
    failure = kind.__new__(kind, *args)
    failure.__dict__.update(state)
    return failure


class Retry(Failure):
    """Not taken, try again after `after` seconds. `burn`: whether this attempt counts against the message."""

    def __init__(self, after: float, burn: bool, message: str = "", *, status: int = 0, code: str = "") -> None:
        self.after = after
        self.burn = burn
        super().__init__(message, status=status, code=code)


class QuotaReached(Failure):
    """The account's sending limit: nothing was sent or queued. Wait `after` seconds; burn no attempt."""

    def __init__(self, after: float, message: str = "", *, status: int = 0, code: str = "") -> None:
        self.after = after
        super().__init__(message, status=status, code=code)


class Ambiguous(Failure):
    """The message may have been sent. Never send again blindly: look for its events first."""


class Refused(Failure):
    """Final for this message. `transmission_id` is filled where SparkPost gave an id with its refusal."""

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        status: int = 0,
        transmission_id: str = "",
        suppressed: bool = False,
    ) -> None:
        self.transmission_id = transmission_id
        self.suppressed = suppressed
        super().__init__(message, status=status, code=code)


class Stop(Failure):
    """The account or our settings are wrong, for every message: stop the queue and call an operator."""

    def __init__(self, code: str, message: str = "", *, status: int = 0) -> None:
        super().__init__(message, status=status, code=code or str(status or ""))


def classify(status: int, body: object, *, retry_after: str = "", known: Iterable[str] = ()) -> Failure:
    """The failure that an HTTP answer outside 2xx means; `body` is None where it wasn't JSON."""
    found = problems(body, known)
    code = next((problem.code for problem in found if problem.code), "")
    message = "; ".join(problem.message for problem in found if problem.message)
    codes = {problem.code for problem in found}
    wait = _seconds(retry_after)

    stopping = codes & STOP_CODES
    if stopping or status in (401, 403):
        return Stop(min(stopping) if stopping else code, message, status=status)
    if status == 420 or codes & QUOTA_WAIT.keys():
        after = max((QUOTA_WAIT[c] for c in codes & QUOTA_WAIT.keys()), default=3600.0)
        return QuotaReached(after, message, status=status, code=code)
    if status == 429:
        return Retry(wait or RATE_LIMIT_WAIT, False, message, status=status, code=code)
    if status >= 500:
        # In SparkPost's own words a 5xx means not taken; a gateway's page can't know what happened behind it.
        if status != 504 and (found or status == 503):
            return Retry(wait or retry_delay(1), True, message, status=status, code=code)
        return Ambiguous(message or "no word from behind the gateway", status=status, code=code)
    if "1502" in codes or status == 408:
        return Retry(wait or retry_delay(1), True, message, status=status, code=code)
    if status == 413:
        return Refused(code, message or "too large", status=status)
    if not found or status < 400:
        # A redirect, a proxy or another host speaks: SparkPost refuses in JSON, with errors.
        return Stop(str(status), "the answer isn't SparkPost's: check the address of the API", status=status)
    if status in (404, 405) and codes & OUT_OF_REACH:
        return Stop(code, message, status=status)
    results = body.get("results") if isinstance(body, Mapping) else None
    given = results.get("id") if isinstance(results, Mapping) else None
    return Refused(
        code,
        message,
        status=status,
        transmission_id="" if given is None else str(given),
        suppressed="1902" in codes,
    )


def _seconds(header: str) -> float:
    """Retry-After as seconds within an hour; SparkPost documents none, a gateway may send one."""
    return min(float(header), 3600.0) if re.fullmatch(r"\d{1,6}", header.strip()) else 0.0


def known_words(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Whatever in a transmission identifies its recipients; remote texts quote it without an at-sign."""
    words: list[str] = []
    recipients = payload.get("recipients")
    for recipient in recipients if isinstance(recipients, list) else []:
        address = recipient.get("address") if isinstance(recipient, Mapping) else None
        if isinstance(address, str):
            address = {"email": address}
        if isinstance(address, Mapping):
            email, name = str(address.get("email") or ""), str(address.get("name") or "")
            words += [email, email.rpartition("@")[0], name]
    return tuple(words)
