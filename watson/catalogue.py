"""The catalogue of translations: what the code says in English, read without a system gettext.

Python is read by Babel; templates go through Django's own `templatize`, which turns them into something Babel can read.
"""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "nl" / "LC_MESSAGES" / "django.po"
ROOMS = ("watson", "introductions", "candidates", "consent", "vacancies", "mailing", "privacy", "accounts")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "npgettext": ((1, "c"), 2, 3),
}

BEGUN = datetime(2026, 11, 1, tzinfo=UTC)
LITERAL = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
CALL = re.compile(rf"\b(?P<name>_|n?p?gettext)\(\s*(?P<words>{LITERAL}(?:\s*,\s*{LITERAL})*)")

Found = tuple[str, int, str | tuple[str, ...], str | None]


def found() -> Iterator[Found]:
    """Every translatable string: (file, line, message or (singular, plural), context)."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _read(path)
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield from _read_template(path)


def _empty() -> Catalog:
    return Catalog(locale="nl", project="Watson", header_comment="# Dutch for Watson.", charset="utf-8", fuzzy=False)


def fresh() -> Catalog:
    """A catalogue of what the code says now, without translations."""
    catalogue = _empty()
    for name, line, message, context in found():
        catalogue.add(message, locations=[(name, line)], context=context)
    return catalogue


def stored() -> Catalog:
    """The catalogue in the repository."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="nl")


def update() -> Catalog:
    """Bring the stored catalogue up to the code: new strings come in empty, strings nobody says any more go."""
    catalogue = stored() if CATALOGUE.exists() else _empty()
    catalogue.update(fresh(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=110, omit_header=False, sort_output=True, no_location=True)
    return catalogue


def untranslated(catalogue: Catalog) -> list[str]:
    """What has no Dutch yet."""
    return [
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue
        if message.id and (not message.string or (isinstance(message.string, tuple) and not all(message.string)))
    ]


def _read(path: Path) -> Iterator[Found]:
    with path.open("rb") as file:
        for line, message, _comments, context in extract(
            "python", file, keywords=KEYWORDS, options={"encoding": "utf-8"}
        ):
            if message and message != ("",):
                yield str(path.relative_to(ROOT)), line, message, context


def _read_template(path: Path) -> Iterator[Found]:
    """`templatize` leaves calls among padding that is no Python, so they are picked out one by one."""
    source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    for call in CALL.finditer(source):
        line = source.count("\n", 0, call.start()) + 1
        words = ast.literal_eval(f"[{call['words']}]")
        context = words.pop(0) if "p" in call["name"].removesuffix("gettext") else None
        message = tuple(words) if call["name"].startswith("n") else words[0]
        if message:
            yield str(path.relative_to(ROOT)), line, message, context
