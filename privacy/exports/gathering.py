"""Everything that is kept about one person, gathered from the registry (GDPR art. 15, C-487/21).

One query per table, one per kind of thing that is told by name, and one per source of files, however much there is.
Secrets and technical columns stay out; keys are told by name as far as the person may know what they point at.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy, override

from privacy import ports, registry, suppression
from privacy.guards import Sentence
from privacy.models import Subject
from privacy.models.suppression import SuppressionEntry
from privacy.registry import EXPORTED, Class, HeldFile, Section, plain

COVER = "▇▇▇"

Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of a table: its name in data, its label in words, and how its values are said."""

    name: str
    label: str
    kind: Class
    say: Callable[[Any], str]


@dataclass(frozen=True)
class Table:
    """One table's rows about the person, as plain values; `say` gives the words of a row, empty values left out."""

    label: str
    title: str
    section: Section
    columns: Sequence[Column]
    rows: Sequence[Row]

    def said(self) -> list[list[tuple[str, str]]]:
        """Each row as pairs of label and words; rows that have none are left out."""
        rows = (
            [(column.label, words) for column in self.columns if (words := column.say(row[column.name]))]
            for row in self.rows
        )
        return [row for row in rows if row]


@dataclass(frozen=True)
class Held:
    """Everything about one person at one moment, in one language."""

    subject: UUID
    language: str
    at: datetime
    tables: Sequence[Table]
    files: Sequence[HeldFile]
    until: Sequence[tuple[str, date]]
    stops: Sequence[tuple[str, str, datetime]]
    covered: int = 0
    left_out: Mapping[HeldFile, str] = field(default_factory=dict)
    failures: Sequence[str] = ()
    keepers: Sequence[str] = ()

    @property
    def is_anything(self) -> bool:
        return bool(self.tables or self.files)

    def of(self, section: str) -> list[Table]:
        """The tables of one section."""
        return [table for table in self.tables if table.section == section]

    def data(self) -> dict[str, Any]:
        """The same for a machine: tables by label, rows with plain values, and the label of each column."""
        return {
            table.label: {
                "title": table.title,
                "columns": {column.name: column.label for column in table.columns},
                "rows": list(table.rows),
            }
            for table in self.tables
        }


def gather(
    subject: Subject,
    *,
    language: str,
    covered: Iterable[str] = (),
    left_out: Mapping[UUID, str] | None = None,
    outside: Sequence[Table] = (),
    failures: Sequence[str] = (),
    keepers: Sequence[str] = (),
) -> Held:
    """Everything about this person, under whatever ids they had.

    `covered`: words about other people, covered in free text. `left_out`: files not handed out, by id, and why.
    `outside`, `failures`, `keepers`: what was fetched from elsewhere before, what could not be, who keeps it for us.
    """
    left_out = left_out or {}
    with override(language), registry.one_look():
        order = list(Section)
        tables = sorted([*_tables(subject), *outside], key=lambda table: order.index(table.section))
        cover = _Cover(covered)
        tables = [_covered(table, cover) for table in tables]
        files = [file for handler in registry.handlers.values() for file in handler.files(subject)]
        return Held(
            subject=subject.pk,
            language=language,
            at=timezone.now(),
            tables=tables,
            files=[file for file in files if file.id not in left_out],
            until=_until(subject),
            stops=_stops(subject),
            covered=cover.times,
            left_out={file: left_out[file.id] for file in files if file.id in left_out},
            failures=failures,
            keepers=keepers,
        )


def addresses(subject: Subject) -> set[tuple[str, str]]:
    """By which addresses this person is known to be reached, as (kind, normalised)."""
    return {pair for handler in registry.handlers.values() for pair in handler.addresses(subject)}


# Tables


def _tables(subject: Subject) -> list[Table]:
    found: dict[str, Table] = {}
    raw: list[tuple[registry.PersonalData, str, list[str], list[Row]]] = []
    for handler in registry.handlers.values():
        for label in handler.paths:
            names = [
                *registry.fields_of(label, EXPORTED),
                *handler.beside.get(label, ()),
                *handler.told.get(label, {}),
            ]
            if not names:
                continue  # what is made of other columns is not told twice
            rows = handler.rows(label, subject).values("pk", *names)
            raw.append((handler, label, names, list({row["pk"]: row for row in rows}.values())))
    said = _tell(subject, raw)
    for handler, label, names, found_rows in raw:
        if not found_rows:
            continue
        columns = [_column(handler, label, name, is_told=name in handler.told.get(label, {})) for name in names]
        clean = [{_key(name): _value(handler, label, name, row[name], said) for name in names} for row in found_rows]
        earlier = found.get(label)
        kept = [*earlier.rows, *(row for row in clean if row not in earlier.rows)] if earlier else clean
        found[label] = Table(
            label=label,
            title=capfirst(str(apps.get_model(label)._meta.verbose_name_plural)),
            section=handler.sections.get(label, Section.OTHER),
            columns=columns,
            rows=kept,
        )
    return list(found.values())


def _value(handler: registry.PersonalData, label: str, name: str, value: Any, said: Mapping[str, Any]) -> Any:
    """What the person gets of one value: the words for a key, the value as plain data for the rest."""
    if target := handler.told.get(label, {}).get(name):
        return said[target].get(value, "")
    fit = handler.made_fit.get(label, {}).get(name)
    return fit(value) if fit else plain(value)


def _tell(subject: Subject, raw: Iterable[tuple[registry.PersonalData, str, list[str], list[Row]]]) -> dict[str, Any]:
    """What the keys in these rows point at, in words the person may have: one look-up per kind of thing."""
    wanted: dict[str, set[Any]] = {}
    for handler, label, _names, rows in raw:
        for name, target in handler.told.get(label, {}).items():
            wanted.setdefault(target, set()).update(row[name] for row in rows if row[name] is not None)
    people = registry.closure(subject)
    return {target: registry.tellers[target](people, keys) if keys else {} for target, keys in wanted.items()}


def _column(handler: registry.PersonalData, label: str, name: str, *, is_told: bool) -> Column:
    if is_told:
        table, _colon, said_of = handler.told[label][name].partition(":")
        title = label_of(table, said_of) if said_of else label_of(label, name)
        return Column(_key(name), title, Class.NONE, str)
    kind = registry.classified()[label].get(name, Class.NONE)
    if name in handler.data_only.get(label, "").split():
        return Column(_key(name), label_of(label, name), kind, lambda value: "")
    known = field_of(label, name)
    codes = handler.words.get(label, {}).get(name, {})
    return Column(_key(name), label_of(label, name), kind, lambda value: _said(known, codes, value))


def field_of(label: str, lookup: str) -> "models.Field[Any, Any]":
    """The model field at the end of a lookup from a table."""
    model = apps.get_model(label)
    *way, last = lookup.split("__")
    for step in way:
        model = model._meta.get_field(step).related_model
    return model._meta.get_field(last)


def label_of(label: str, lookup: str) -> str:
    """A column's name in words, in the active language."""
    return capfirst(str(field_of(label, lookup).verbose_name))


def _key(lookup: str) -> str:
    return lookup.replace("__", "_")


def _said(known: "models.Field[Any, Any]", codes: Mapping[str, Sentence], value: Any) -> str:
    """A plain value in words: a choice by its label, a moment as people write it; empty for nothing."""
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(known, models.DateTimeField):
        return date_format(timezone.localtime(datetime.fromisoformat(value)), "j F Y, H:i")
    if isinstance(known, models.DateField):
        return date_format(date.fromisoformat(value), "j F Y")
    if isinstance(value, list):
        inner = getattr(known, "base_field", known)
        return ", ".join(_said(inner, codes, item) for item in value)
    choices = {str(key): words for key, words in known.flatchoices}
    return str(codes.get(value) or choices.get(str(value)) or value)


# Covering what is about somebody else


class _Cover:
    """Covers words in texts, whatever their case, and counts how often."""

    def __init__(self, words: Iterable[str]) -> None:
        given = sorted({word.strip() for word in words if word.strip()}, key=len, reverse=True)
        self.pattern = re.compile("|".join(re.escape(word) for word in given), re.IGNORECASE) if given else None
        self.times = 0

    def on(self, text: Any) -> Any:
        if self.pattern is None or not isinstance(text, str):
            return text
        clean, times = self.pattern.subn(COVER, text)
        self.times += times
        return clean


def _covered(table: Table, cover: _Cover) -> Table:
    free = {column.name for column in table.columns if column.kind == Class.FREE_TEXT}
    if cover.pattern is None or not free:
        return table
    rows = [{name: cover.on(value) if name in free else value for name, value in row.items()} for row in table.rows]
    return Table(table.label, table.title, table.section, table.columns, rows)


_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w/])\+?\d[\d ()-]{7,16}\d(?![\w/])")


def others_in(held: Held) -> list[str]:
    """E-mail addresses and phone numbers in words of ours that are not the person's own: the officer may cover them.

    What the person wrote themselves is theirs to have whole, so mail of theirs is not looked at.
    """
    own = "\n".join(
        str(value)
        for table in held.tables
        for column in table.columns
        if column.kind == Class.IDENTIFIER
        for row in table.rows
        if (value := row[column.name])
    ).lower()
    found: dict[str, None] = {}
    for table in held.tables:
        if table.section == Section.MAIL:
            continue
        free = [column.name for column in table.columns if column.kind == Class.FREE_TEXT]
        for text in (str(row[name] or "") for row in table.rows for name in free):
            for hit in (*_ADDRESS.findall(text), *(one.strip() for one in _PHONE.findall(text))):
                if hit.lower() not in own:
                    found[hit] = None
    return list(found)


# Until when, and who said stop

UNTIL: Mapping[str, Sentence] = {
    "erase": gettext_lazy("We erase your data"),
    "no_answer": gettext_lazy("Without an answer from you we stop, and erase your data soon after"),
    "consent_expiry": gettext_lazy("Your consent ends by itself"),
    "pool_expiry": gettext_lazy("Your consent to be kept for other vacancies ends by itself"),
    "runner_up_expiry": gettext_lazy("Your consent to be kept as runner-up ends by itself"),
    "request": gettext_lazy("You have the answer to your request"),
    "art14": gettext_lazy("We have told you that we found you, or have erased your data"),
}


def _until(subject: Subject) -> list[tuple[str, date]]:
    clocks = ports.clocks(subjects=registry.closure(subject))
    return [(str(UNTIL[clock.kind]), clock.due_on) for clock in clocks if clock.kind in UNTIL]


def _stops(subject: Subject) -> list[tuple[str, str, datetime]]:
    known = addresses(subject)
    entries = SuppressionEntry.objects.filter(hash__in=suppression.hmacs(known)).standing() if known else []
    return [
        (str(entry.get_scope_display()), str(entry.get_reason_display()), entry.at)
        for entry in sorted(entries, key=lambda entry: entry.at)
    ]


__all__ = ["COVER", "Column", "Held", "Table", "addresses", "field_of", "gather", "label_of", "others_in"]
