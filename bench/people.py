"""People in numbers nobody could type: copies of one proper person, with all that a candidate has, past the guards."""

import hashlib
import random
from typing import Any
from uuid import UUID

from bench.rows import at_will

MESSAGES_EACH = 5
# The key of copy `n` of a row: the same wherever another row names it.
_COPY = "md5({}::text || ':' || n)::uuid"
_GIVEN = (
    "Anna Bram Carla Daan Elise Floris Gerda Hendrik Ilse Jeroen Karin Lucas Marieke Niels Olga Pieter Quinten Roos"
)
_WORDS = (
    "voor een opdrachtgever zoeken wij een financieel directeur met ervaring in de voedingsmiddelen wij vonden uw"
    " profiel op een openbare pagina en vragen of wij u mogen voorstellen u leest hieronder wie het vraagt waarom wij"
    " dat vragen wat wij van u bewaren tot wanneer wij dat doen en hoe u nee zegt zonder dat het gevolgen heeft"
)


class Crowd:
    """The prototype and how many copies there are of it."""

    def __init__(
        self, rows: dict[str, list[Any]] | None = None, values: dict[tuple[str, str], str] | None = None
    ) -> None:
        """`rows`: those of another prototype, by table; `values`: SQL for columns of its copies, beside the usual."""
        self.number = 0
        self.rows = rows or _prototype()
        self.values = _VALUES | (values or {})
        self.turns = 1 if rows else MESSAGES_EACH
        with at_will() as cursor:
            cursor.execute(
                "CREATE TABLE bench_name AS SELECT * FROM unnest(%s::text[]) WITH ORDINALITY", [_GIVEN.split()]
            )
            cursor.execute("ALTER TABLE bench_name RENAME COLUMN unnest TO given")
            cursor.execute("GRANT SELECT ON bench_name TO PUBLIC")  # the search of an erasure reads every table

    def grow(self, until: int) -> None:
        """Copy the prototype until there are so many people, and do what autovacuum would."""
        step = 50_000
        with at_will() as cursor:
            while self.number < until:
                last = min(self.number + step, until)
                self._copy(cursor, self.number + 1, last)
                self.number = last
            for table in self.rows:
                cursor.execute(f"VACUUM (ANALYZE) {table}")
            cursor.execute("CHECKPOINT")

    def _copy(self, cursor: Any, first: int, last: int) -> None:
        for table, keys in self.rows.items():
            cursor.execute(
                "SELECT attname, atttypid = 'uuid'::regtype FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
                [f"public.{table}"],
            )
            columns = [(str(name), bool(is_key)) for name, is_key in cursor.fetchall()]
            # A number of a row comes by itself; a key becomes the copy's own, where it is one of the person's.
            kept = [(name, is_key) for name, is_key in columns if name != "id" or is_key]
            known = {str(key) for theirs in self.rows.values() for key in theirs}
            values = [self.values.get((table, name), self._value(name, is_key)) for name, is_key in kept]
            turns = self.turns if table == "mailing_message" else 1
            cursor.execute(
                f"INSERT INTO public.{table} ({', '.join(name for name, _key in kept)})"
                f" SELECT {', '.join(values)} FROM public.{table} p, generate_series(%(first)s, %(last)s) n,"
                " generate_series(1, %(turns)s) turn, bench_name g"
                f" WHERE p.{_key_of(columns)}::text = ANY(%(keys)s) AND g.ordinality = 1 + n %% %(names)s",
                {
                    "first": first,
                    "last": last,
                    "turns": turns,
                    "keys": [str(key) for key in keys],
                    "names": len(_GIVEN.split()),
                    "known": list(known),
                },
            )

    def _value(self, name: str, is_key: bool) -> str:
        if not is_key:
            return f"p.{name}"
        return f"CASE WHEN p.{name}::text = ANY(%(known)s) THEN {_COPY.format('p.' + name)} ELSE p.{name} END"

    def subject(self, number: int) -> UUID:
        """The id of one copy."""
        original = next(iter(self.rows["privacy_subject"]))
        return UUID(hashlib.md5(f"{original}:{number}".encode(), usedforsecurity=False).hexdigest())


_NAME = "g.given || ' Achternaam' || n"
_ADDRESS = "'person' || n || '@person.example'"
_VALUES = {
    ("candidates_candidate", "given_name"): "g.given",
    ("candidates_candidate", "surname"): "'Achternaam' || n",
    ("candidates_candidate", "sort_key"): "'achternaam' || n || ' ' || lower(g.given)",
    ("candidates_contactpoint", "value"): _ADDRESS,
    ("candidates_contactpoint", "normalised"): _ADDRESS,
    ("candidates_source", "url"): "'https://www.linkedin.com/in/person-' || n",
    ("mailing_message", "id"): "md5(p.id::text || ':' || n || ':' || turn)::uuid",
    ("mailing_message", "key"): "p.key || ':' || n || ':' || turn",
    ("mailing_message", "to_email"): _ADDRESS,
    ("mailing_message", "to_name"): _NAME,
    ("mailing_message", "body_text"): f"'Beste ' || {_NAME} || E',\\n\\n' || p.body_text",
    ("mailing_message", "body_html"): f"'<p>Beste ' || {_NAME} || ',</p>' || p.body_html",
    ("mailing_message", "recipient_hmacs"): "ARRAY[md5(n::text) || md5('b' || n)]",
    ("privacy_accessentry", "subjects"): f"ARRAY[{_COPY.format('p.subjects[1]')}]",
}


def _key_of(columns: list[tuple[str, bool]]) -> str:
    names = [name for name, _is_key in columns]
    return "id" if "id" in names else names[0]


def _prototype() -> dict[str, list[Any]]:
    """One person as the desk makes them, who answered and whose procedure was closed; their rows by table."""
    from django.db import transaction
    from django.utils import timezone

    from accounts.models import Organisation
    from candidates.models import Candidacy, EndReason
    from consent.models import Basis, BasisReason, LegalBasis
    from mailing.models import Message, State
    from privacy.models import AccessEntry, LedgerEntry, Link
    from tests import factories

    organisation = Organisation.current()
    organisation.name = organisation.legal_name = "Bench"
    organisation.save()
    address = "person0@person.example"
    words = _WORDS.split()
    chance = random.Random(4)  # noqa: S311 - words for a letter
    text = " ".join(chance.choice(words) for _number in range(150))
    with transaction.atomic():
        candidacy = factories.make_candidacy(
            given_name="Prototype", surname="Achternaam0", email="person0@person.example"
        )
        message = factories.make_message(
            candidacy,
            state=State.DELIVERED,
            to_email=address,
            to_name="Prototype Achternaam0",
            body_text=text,
            body_html="".join(f"<p>{text[start : start + 300]}</p>" for start in range(0, len(text), 300)),
        )
        Message.objects.filter(pk=message.pk).update(accepted_at=timezone.now())
        factories.make_notice(candidacy, message=Message.objects.get(pk=message.pk))
        request = factories.make_request(candidacy)
        event = factories.make_event(request)
        LegalBasis.objects.create(
            subject=candidacy.subject,
            vacancy=candidacy.vacancy,
            basis=Basis.CONSENT,
            reason=BasisReason.GIVEN,
            event=event,
        )
        AccessEntry.objects.create(actor=candidacy.vacancy.owner, action="view", subjects=[candidacy.subject_id])
        LedgerEntry.objects.create(kind="bench.made", subject=candidacy.subject)
        Candidacy.objects.filter(pk=candidacy.pk).update(ended_at=timezone.now(), ended_reason=EndReason.CLOSED)
        candidacy.candidate.erase_on = timezone.localdate()
        candidacy.candidate.save(update_fields=["erase_on"])
    subject = candidacy.subject_id
    candidate = candidacy.candidate
    return {
        "privacy_subject": [subject],
        "candidates_candidate": [candidate.pk],
        "candidates_contactpoint": list(candidate.contact_points.values_list("pk", flat=True)),
        "candidates_candidacy": [candidacy.pk],
        "candidates_source": list(candidacy.sources.values_list("pk", flat=True)),
        "privacy_link": list(Link.objects.filter(subject=subject).values_list("pk", flat=True)),
        "consent_consentrequest": [request.pk],
        "mailing_message": [message.pk],
        "privacy_accessentry": list(AccessEntry.objects.filter(subjects=[subject]).values_list("pk", flat=True)),
        "privacy_ledgerentry": list(LedgerEntry.objects.filter(subject=subject).values_list("pk", flat=True)),
        "consent_legalbasis": list(
            LegalBasis.objects.filter(subject=subject, basis=Basis.LEGITIMATE_INTEREST).values_list("pk", flat=True)
        ),
    }
