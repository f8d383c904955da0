"""The personal-data registry: what every column is, and how a person's rows are found, exported, erased and verified.

Each app registers its own tables in its `personal_data.py`. A column nobody classified fails the build, so forgetting
is impossible and an exemption has to be written down.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from django.apps import apps
from django.db import connections, models
from django.db.models import Q

from privacy import ports
from privacy.guards import Sentence
from privacy.models import Subject


class Class(StrEnum):
    """What a column holds about a person."""

    NONE = "none"  # facts about the work: states, dates, codes, choices
    IDENTIFIER = "identifier"  # points at one person: a name, an address, an id of a person
    PERSONAL = "personal"  # about one person
    SPECIAL = "special"  # GDPR art. 9 or 10
    FREE_TEXT = "free_text"  # words of a human being, which may hold anything
    SECRET = "secret"  # noqa: S105 - keys, hashes of passwords, sealed blobs
    TECHNICAL = "technical"  # keys of rows, counters, ids of machines
    DERIVED = "derived"  # made of columns that are copied themselves: erased with them, not copied again


# What the person gets to see, and what may not be left after an erasure.
EXPORTED = frozenset({Class.NONE, Class.IDENTIFIER, Class.PERSONAL, Class.SPECIAL, Class.FREE_TEXT})
ERASED = frozenset({Class.IDENTIFIER, Class.PERSONAL, Class.SPECIAL, Class.FREE_TEXT, Class.DERIVED})

Columns = dict[str, dict[str, Class]]


class Section(StrEnum):
    """Where a table stands in the copy a person gets (GDPR art. 15), in this order."""

    WHO = "who"
    WHY = "why"
    FOUND = "found"
    TO_WHOM = "to_whom"
    ASKED = "asked"
    MAIL = "mail"
    NOTES = "notes"
    LOOKED = "looked"
    REQUESTS = "requests"
    OTHER = "other"


@dataclass(frozen=True)
class HeldFile:
    """A file that is kept about a person; `from_person`: they gave it themselves (GDPR art. 20)."""

    id: UUID
    table: str
    name: str
    content_type: str
    size: int
    from_person: bool
    read: Callable[[], bytes]


DELETE = "delete"
# The address of nobody (RFC 2606), where a column must hold a different one for each row.
NOBODY = "@erased.invalid"


class PersonalData:
    """How one app's tables hold data about people. Labels are `app.Model`; fields are names of model fields."""

    #: Every field of every table.
    columns: ClassVar[Columns] = {}
    #: The way from a row to the subject it is about, as a lookup: `candidate__subject`.
    paths: ClassVar[dict[str, str]] = {}
    #: Tables that hold words or personal data but lead to no subject, each with the reason.
    pathless: ClassVar[dict[str, str]] = {}
    #: Tables whose rows outlive the person, each with the legal reason.
    kept: ClassVar[dict[str, str]] = {}
    #: What `erase` does with the rows of a table, in this order: DELETE, or the values to write over them.
    erasure: ClassVar[dict[str, str | dict[str, Any]]] = {}
    #: Whether its `erase` needs what the other apps still know of the person.
    goes_first: ClassVar[bool] = False

    # What a person is told beside the columns (GDPR art. 15); see privacy.exports.
    #: Where a table stands in the copy; OTHER unless it says so.
    sections: ClassVar[dict[str, Section]] = {}
    #: Keys told by name: the lookup of a key, and the table whose `teller` knows what may be said of it; with
    #: `table:field` what is said of that field of it.
    told: ClassVar[dict[str, dict[str, str]]] = {}
    #: Values of other rows that belong to this one, as lookups: the words of a question beside the question.
    beside: ClassVar[dict[str, tuple[str, ...]]] = {}
    #: Columns that are in the data of the copy and not on its page, which says the same in a better way.
    data_only: ClassVar[dict[str, str]] = {}
    #: What is done to a value before anybody sees it: the places of links in a stored mail, say.
    made_fit: ClassVar[dict[str, dict[str, Callable[[str], str]]]] = {}
    #: Codes that no `choices` explain, in words.
    words: ClassVar[dict[str, dict[str, Mapping[str, Sentence]]]] = {}
    #: The rows the person gave themselves (GDPR art. 20), and of these the fields.
    given: ClassVar[dict[str, tuple[Q, str]]] = {}

    def addresses(self, subject: Subject) -> Iterable[tuple[str, str]]:
        """The (kind, normalised) addresses by which this person is known to be reached; never one somebody typed."""
        return ()

    def files(self, subject: Subject) -> Iterable[HeldFile]:
        """The files kept about this person, whole ones only."""
        return ()

    def resume(self, subject: Subject) -> dict[str, Any]:
        """What the person gave about their career, as parts of a JSON Resume."""
        return {}

    def find(self, kind: str, normalised: str) -> Iterable[UUID]:
        """Subjects with this address; for requests and erasures that begin with an address."""
        return ()

    def known(self, kind: str, addresses: Collection[str]) -> Iterable[str]:
        """Which of these addresses `find` would find anybody under; for whole lists of them, in a query or two."""
        return [address for address in addresses if any(True for _subject in self.find(kind, address))]

    def rows(self, label: str, subject: Subject) -> "models.QuerySet[Any]":
        """The rows of one table about this person, under whatever ids the person had before a merge."""
        return _manager(label).filter(**{f"{self.paths[label]}__in": closure(subject)})

    def erasable(self, label: str, subject: Subject) -> "models.QuerySet[Any]":
        """The rows an erasure reaches now; a table may hold some back while the law still needs them."""
        return self.rows(label, subject)

    def kept_until(self, label: str, subject: Subject) -> date | None:
        """Until when the rows of a table that is `kept` outlive this person; None for as long as any proof."""
        return None

    def export(self, subject: Subject) -> dict[str, list[dict[str, Any]]]:
        """This person's rows by table: the fields a person may see, as plain values. Empty tables are left out."""
        found: dict[str, list[dict[str, Any]]] = {}
        for label in self.paths:
            fields = fields_of(label, EXPORTED)
            rows = [{name: plain(row[name]) for name in fields} for row in self.rows(label, subject).values(*fields)]
            if rows:
                found[label] = rows
        return found

    def erase(self, subject: Subject) -> int:
        """Erase or blank this person's rows; how many. Repeatable: the second time finds nothing to do."""
        touched = 0
        for label, act in self.erasure.items():
            rows = self.erasable(label, subject)
            if isinstance(act, dict):
                ids = list(rows.exclude(**act).values_list("pk", flat=True))
                touched += _manager(label).filter(pk__in=ids).update(**act)
            else:
                touched += rows.delete()[0]
        return touched

    def key_owners(self, subject: Subject) -> Iterable[UUID]:
        """Whose keys in the vault go with this person, besides the person's own: of files nobody else has."""
        return ()

    def all_addresses(self) -> Iterable[tuple[str, str, UUID]]:
        """Every (kind, normalised address, subject) on this floor; for whole-database look-ups after a restore."""
        return ()

    def keys_in_use(self, owners: Collection[UUID]) -> Collection[UUID]:
        """Which of these owners still have something their key opens."""
        return ()

    def verify(self, subject: Subject) -> list[str]:
        """What is left after an erasure that should not be, as `app.Model.field`; never the value itself."""
        return [
            f"{label}.{name}"
            for label in self.paths
            if label not in self.kept
            for row in self.erasable(label, subject).values(*fields_of(label, ERASED))
            for name, value in row.items()
            if not self.is_blank(value)
        ]

    def is_blank(self, value: Any) -> bool:
        """Whether a value that stays behind says nothing about anybody."""
        return value in (None, "", [], {}) or (isinstance(value, str) and value.endswith(NOBODY))


def model_of(label: str) -> type[models.Model]:
    return apps.get_model(label)


def _manager(label: str) -> "models.Manager[Any]":
    return model_of(label)._default_manager


def fields_of(label: str, kinds: frozenset[Class]) -> list[str]:
    """The fields of a table that are of these classes."""
    return [name for name, kind in classified()[label].items() if kind in kinds]


_looked_up: ContextVar[dict[UUID, list[UUID]] | None] = ContextVar("looked_up", default=None)


@contextmanager
def one_look() -> Iterator[None]:
    """Within this, the ids of a person are asked for once, however many tables are gone through."""
    token = _looked_up.set({})
    try:
        yield
    finally:
        _looked_up.reset(token)


@contextmanager
def together(groups: Mapping[UUID, Collection[UUID]]) -> Iterator[None]:
    """Within this, each of these people (their id, and the ids that are theirs) counts as all of them: a handler that
    is given any one of them takes them all, in one statement per table."""
    everybody = list(dict.fromkeys(pk for ids in groups.values() for pk in ids))
    token = _looked_up.set(dict.fromkeys(groups, everybody))
    try:
        yield
    finally:
        _looked_up.reset(token)


def closures(subjects: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """`closure` for many people in one query."""
    found: dict[UUID, list[UUID]] = {pk: [] for pk in subjects}
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE ids(owner, id) AS (SELECT pk, pk FROM unnest(%s::uuid[]) pk UNION"
            " SELECT ids.owner, s.id FROM privacy_subject s JOIN ids ON s.merged_into_id = ids.id)"
            " SELECT owner, id FROM ids",
            [[str(pk) for pk in subjects]],
        )
        for owner, pk in cursor.fetchall():
            found[owner].append(pk)
    return found


def closure(subject: Subject) -> list[UUID]:
    """This person's id and the ids that were merged into it, however long ago."""
    known = _looked_up.get()
    if known is None:
        return _closure(subject)
    if subject.pk not in known:
        known[subject.pk] = _closure(subject)
    return known[subject.pk]


def _closure(subject: Subject) -> list[UUID]:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE ids(id) AS (SELECT %s::uuid UNION"
            " SELECT s.id FROM privacy_subject s JOIN ids ON s.merged_into_id = ids.id) SELECT id FROM ids",
            [str(subject.pk)],
        )
        return [row[0] for row in cursor.fetchall()]


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return None
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def columns_of(kinds: dict[Class, str]) -> dict[str, Class]:
    """Fields by class, written compactly: `{Class.NONE: "state at"}` becomes `{"state": NONE, "at": NONE}`."""
    return {name: kind for kind, names in kinds.items() for name in names.split()}


Teller = Callable[[Collection[UUID], Collection[Any]], Mapping[Any, str]]

handlers: dict[str, PersonalData] = {}
tellers: dict[str, Teller] = {}


def teller(label: str) -> Callable[[Teller], Teller]:
    """Decorator: what a person (their ids) may be told about these rows of a table, by key, in the active language."""

    def add(function: Teller) -> Teller:
        tellers[label] = function
        return function

    return add


def in_order() -> list[PersonalData]:
    """The handlers in the order in which a person is erased."""
    return sorted(handlers.values(), key=lambda handler: not handler.goes_first)


def register(cls: type[PersonalData]) -> type[PersonalData]:
    """Class decorator: this app's tables. One handler per module."""
    handlers[cls.__module__.rpartition(".")[0]] = cls()
    return cls


def classified() -> dict[str, dict[str, Class]]:
    """The classes of every registered column, by table."""
    return {label: fields for handler in handlers.values() for label, fields in handler.columns.items()}


# Completeness


def unclassified(among: Iterable[type[models.Model]] | None = None) -> list[str]:
    """Model fields without a class, as `app.Model.field`, in this project's and in third-party apps."""
    known = classified()
    everything = apps.get_models(include_auto_created=True) if among is None else among
    return sorted(
        f"{model._meta.label}.{field.name}"
        for model in everything
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.local_concrete_fields
        if field.name not in known.get(model._meta.label, {})
    )


def stale() -> list[str]:
    """Classified fields that no model has any more."""
    gone = []
    for label, fields in classified().items():
        try:
            present = {field.name for field in apps.get_model(label)._meta.local_concrete_fields}
        except LookupError:
            present = set()
        gone += [f"{label}.{name}" for name in fields if name not in present]
    return sorted(gone)


# Tables no model describes, each with what it is.
UNMODELLED: dict[str, str] = {
    "django_migrations": "names of migrations and when they ran",
}


def unmodelled(using: str) -> list[str]:
    """Columns in a database that belong to no model and no exemption, as `table.column`: what SQL made by hand."""
    modelled = {
        (model._meta.db_table, field.column)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_concrete_fields
    }
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT table_schema, table_name, column_name FROM information_schema.columns"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_schema NOT LIKE 'pg\\_t%%'"
        )
        rows = cursor.fetchall()
    return sorted(
        f"{table}.{column}" if schema == "public" else f"{schema}.{table}.{column}"
        for schema, table, column in rows
        if schema != "public" or (table not in UNMODELLED and (table, column) not in modelled)
    )


def _each(method: Callable[[PersonalData], Any]) -> dict[str, Any]:
    return {app: method(handler) for app, handler in sorted(handlers.items())}


def export(subject: Subject) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Everything of this person, by app and table (GDPR art. 15)."""
    return {app: rows for app, rows in _each(lambda handler: handler.export(subject)).items() if rows}


@ports.register_find
def find(kind: str, normalised: str) -> set[UUID]:
    """Whoever has this address, in any app."""
    return {found for handler in handlers.values() for found in handler.find(kind, normalised)}


def known(kind: str, addresses: Collection[str]) -> set[str]:
    """Which of these normalised addresses are somebody's, in any app."""
    return (
        {address for handler in handlers.values() for address in handler.known(kind, addresses)} if addresses else set()
    )
