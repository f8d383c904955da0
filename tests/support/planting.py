"""A value of its own in every personal column of every table, for one person: generated from the registry.

Rows are written as the owner with triggers off, so that no guard asks for the history a row would have; what the
CHECK constraints want stands in HINTS.
"""

import itertools
import uuid
import zlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import connections, models
from django.utils import timezone

from privacy import registry, sealing
from privacy.models import Erasure, Subject
from privacy.registry import ERASED, EXPORTED
from tests import factories

OWNER = "owner"
# The person's own account stands for their sign-in data; any other user is a colleague.
ACCOUNT = "accounts.User"


def paths() -> dict[str, str]:
    """The way to the person of every table that has one."""
    found: dict[str, str] = {}
    for _app, handler in sorted(registry.handlers.items()):
        for label, path in handler.paths.items():
            if label != ACCOUNT or path.startswith("staff"):
                found.setdefault(label, path)
    return found


class Person:
    """One person and their rows. `planted`: (table, column) to the value that must come out again."""

    def __init__(self, letter: str) -> None:
        self.letter = letter
        self.subject = Subject.objects.create()
        self.planted: dict[tuple[str, str], Any] = {}
        self.files: list[bytes] = []
        self._made: dict[str, models.Model] = {}
        self._number = itertools.count(1)
        self._paths = paths()
        self._shared: dict[str, Any] = {}

    def plant(self) -> "Person":
        """Rows in every table."""
        with connections[OWNER].cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            try:
                for label in self._paths:
                    self.row(label)
            finally:
                cursor.execute("SET session_replication_role = DEFAULT")
        return self

    @property
    def tokens(self) -> list[str]:
        """What can be looked for as words."""
        return [value for value in self.planted.values() if isinstance(value, str) and value.startswith("zq")]

    @property
    def told(self) -> list[str]:
        """Those of the tokens that a copy of the person's data must hold."""
        classes = registry.classified()
        return [
            value
            for (label, name), value in self.planted.items()
            if value in self.tokens and classes[label][name] in EXPORTED
        ]

    def row(self, label: str) -> models.Model:
        """This person's row of a table, made once."""
        if label in self._made:
            return self._made[label]
        model = apps.get_model(label)
        first, _dots, _rest = self._paths[label].partition("__")
        hints = HINTS.get(label, {})
        instance = model()
        self._made[label] = instance
        planted: dict[str, Any] = {}
        for field in model._meta.local_concrete_fields:
            if field.name in hints:
                hint = hints[field.name]
                _set(instance, field, hint(self, instance) if callable(hint) else hint)
            elif field.is_relation:
                _set(instance, field, self._related(field, first))
            elif field.name == first:  # the log of who looked keeps a list of people
                setattr(instance, field.name, [self.subject.pk])
            elif registry.classified()[label].get(field.name) in ERASED:
                planted[field.name] = self._value(field)
                setattr(instance, field.name, planted[field.name])
            elif not field.has_default() and not isinstance(field, models.AutoField):
                setattr(instance, field.name, _plain(field))
        model._default_manager.using(OWNER).bulk_create([instance])
        # Some columns fill themselves on insert; what is planted has the last word.
        if planted:
            model._default_manager.using(OWNER).filter(pk=instance.pk).update(**planted)
        self.planted |= {(label, name): value for name, value in planted.items()}
        self._behind(label, first)
        return instance

    def colleague(self) -> Any:
        return self.shared(ACCOUNT)

    def shared(self, label: str) -> Any:
        """Something that is about nobody, or about somebody who works here."""
        if label not in self._shared:
            self._shared[label] = SHARED[label]()
        return self._shared[label]

    def file(self) -> bytes:
        """The content of a file of this person's."""
        content = f"{self._token()}-file".encode()
        self.files.append(content)
        return content

    def _related(self, field: Any, first: str) -> Any:
        target = field.related_model._meta.label
        if target == "privacy.Subject":
            return self.subject if field.name == first or not field.null else None
        if field.name == first:
            return self.row(target)
        if field.null:
            return None
        return self.row(target) if target in self._paths and target != ACCOUNT else self.shared(target)

    def _behind(self, label: str, first: str) -> None:
        """A path that begins with a relation of another table's needs the row at its other end."""
        field = apps.get_model(label)._meta.get_field(first)
        if field.concrete:
            return
        target = field.related_model
        if target._meta.label in self._paths:
            self.row(target._meta.label)
        else:
            other = target(**{field.field.attname: self._made[label].pk, "subject_id": self.subject.pk})
            target._default_manager.using(OWNER).bulk_create([other])

    def _token(self) -> str:
        return f"zq{self.letter}{next(self._number):04d}"

    def _value(self, field: Any) -> Any:
        number = next(self._number)
        if field.flatchoices:
            return field.flatchoices[number % len(field.flatchoices)][0]
        token = self._token()
        if isinstance(field, ArrayField):
            return [token]
        if isinstance(field, models.GenericIPAddressField):
            return f"203.0.{ord(self.letter)}.{number % 250}"
        if isinstance(field, models.JSONField):
            return {"said": token}
        if isinstance(field, models.EmailField) or "email" in field.name:
            return f"{token}@person.example"
        if isinstance(field, models.CharField | models.TextField | SearchVectorField):
            return token
        if isinstance(field, models.DateTimeField):
            return datetime(2031, 1, 1, tzinfo=UTC) + timedelta(days=ord(self.letter), seconds=number)
        if isinstance(field, models.DateField):
            return date(2031, 1, 1) + timedelta(days=number)
        if isinstance(field, models.BooleanField):
            return True
        return 1000 + number


def _set(instance: models.Model, field: Any, value: Any) -> None:
    """By key: the rows come from two connections, between which Django lets no object point."""
    setattr(instance, field.attname, value.pk if isinstance(value, models.Model) else value)


def _plain(field: Any) -> Any:
    """Something that says nothing, of the right type."""
    if field.null:
        return None
    if field.flatchoices:
        return "" if field.blank else field.flatchoices[0][0]
    if isinstance(field, models.UUIDField):
        return uuid.uuid4()
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.DateField):
        return timezone.localdate()
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.BinaryField):
        return b""
    if isinstance(field, ArrayField):
        return []
    if isinstance(field, models.JSONField):
        return {}
    if isinstance(field, models.CharField | models.TextField):
        unique = uuid.uuid4().hex
        return unique[: field.max_length or 32] if field.unique or not field.blank else ""
    return 1


def _colleague(person: Person, _row: Any) -> Any:
    return person.colleague()


def _now(_person: Person, _row: Any) -> datetime:
    return timezone.now()


# What the CHECK constraints and the sealed files ask of a row.
HINTS: dict[str, dict[str, Any]] = {
    "candidates.Candidacy": {"ended_at": _now, "ended_reason": "refused", "stage": "found"},
    "candidates.Source": {"found_by": _colleague},
    "candidates.Correction": {"state": "made", "decided_by": _colleague, "decided_at": _now},
    "consent.ConsentRequest": {
        "client": lambda person, row: person.shared("vacancies.Client"),
        "vacancy": lambda person, row: person.shared("vacancies.Vacancy"),
    },
    "consent.ConsentEvent": {"kind": "expired"},
    "consent.LegalBasis": {"basis": "legal_obligation"},
    "mailing.Mailbox": {"linked_by": _colleague},
    "mailing.Suggestion": {"settled_at": _now, "settled_by": _colleague},
    "mailing.InboundFile": {
        "body": lambda person, row: sealing.seal(zlib.compress(person.file()), context=f"inbound_file:{row.pk}")
    },
    "mailing.StoredFile": {"body": lambda person, row: sealing.seal(person.file(), context=f"mailfile:{row.pk}")},
}

SHARED: dict[str, Any] = {
    ACCOUNT: factories.make_user,
    "vacancies.Vacancy": factories.make_vacancy,
    "vacancies.Client": factories.make_client,
    "vacancies.ClientContact": factories.make_contact,
    "consent.ConsentText": factories.make_text,
    "mailing.TemplateVersion": lambda: factories.make_template(),
    "privacy.LegitimateInterestAssessment": factories.make_assessment,
    "privacy.SuppressionEntry": lambda: _suppressed(),
    "candidates.Round": lambda: _round(),
    "candidates.ListExport": lambda: _list_export(),
    "privacy.LegalHold": lambda: _hold(),
    "privacy.Erasure": lambda: Erasure.objects.create(reason="retention", policy="test"),
}


def _hold() -> Any:
    from privacy.models import LegalHold

    until = timezone.localdate() + timedelta(days=30)
    return LegalHold.objects.create(ground="claim", reason="Brief", until=until, asked_by=factories.make_user())


def _suppressed() -> Any:
    from privacy.models import SuppressionEntry

    return SuppressionEntry.objects.create(
        kind="email", key_id="t", hash=uuid.uuid4().hex, scope="all", reason="objected"
    )


def _list_export() -> Any:
    from candidates.models import ListExport

    return ListExport.objects.create(
        made_by=factories.make_user(), reason="Gesprek", rows=1, until=timezone.localdate()
    )


def _round() -> Any:
    from candidates.models import Round

    return Round.objects.create(vacancy=factories.make_vacancy(), made_by=factories.make_user(), kind="approach")
