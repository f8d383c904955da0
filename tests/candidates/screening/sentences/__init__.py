"""The labelled sentences, and how the finder does on them."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from candidates import screening

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Sentence:
    """One sentence: what it holds, and the file and section it stands in."""

    text: str
    holds: frozenset[str]
    language: str
    section: str
    file: str


@dataclass
class Figures:
    """What was found of a category in a language, and what went wrong."""

    right: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + len(self.missed))

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + len(self.wrong))


def _read(path: Path) -> list[Sentence]:
    found = []
    language = section = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            language, _dot, section = line.strip("[]").partition(".")
        elif line[:1] in ("+", "-"):
            text, _arrow, named = line[2:].partition(" => ")
            holds = named.split(", ") if named else [section] if line[0] == "+" else []
            found.append(Sentence(text, frozenset(holds), language, section, path.stem))
    return found


SENTENCES = [one for path in sorted(HERE.glob("*.txt")) for one in _read(path)]


@cache
def figures(*, told: bool) -> dict[tuple[str, str], Figures]:
    """By language and category; `told` gives the finder the language, as a form of one language does."""
    counted = {(language, category): Figures() for language in ("nl", "en") for category in screening.CATEGORIES}
    for one in SENTENCES:
        found = {finding.category for finding in screening.find(one.text, one.language if told else None)}
        for category in found & one.holds:
            counted[one.language, category].right += 1
        for category in one.holds - found:
            counted[one.language, category].missed.append(one.text)
        for category in found - one.holds:
            counted[one.language, category].wrong.append(one.text)
    return counted
