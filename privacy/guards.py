"""Guards: triggers that refuse an unlawful state, and the sentences in which a refusal is told.

A guard raises SQLSTATE 23514 with the name of its rule, so Django sees an IntegrityError like any other constraint's;
`sentence_for` turns the name into words. Every table in a guard's SQL is schema-qualified, and guards run under a
search path of their own: neither a temporary table nor a look-alike function or operator of a session can stand in.

Foreign keys are checked at commit here, so a row that something rests on could change its key, or be deleted and made
anew under the same one, within one transaction. Where that would rewrite what happened, a guard refuses it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pgtrigger
from django.apps import apps
from django.db import IntegrityError, connections, models, transaction
from django.db.migrations.state import ProjectState
from django.forms import BaseForm
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pgtrigger import compiler, migrations

from privacy import numbers

Sentence = str | Promise

REFUSALS: dict[str, Sentence] = {}


class Refused(Exception):
    """A rule said no; `str()` is the sentence for the person who asked."""

    def __init__(self, sentence: Sentence, code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code

    def __str__(self) -> str:
        return str(self.sentence)


def refuse(rule: str, sentence: Sentence) -> str:
    """Register the sentence of a rule and return its name, for constraints declared outside a Guard."""
    REFUSALS[rule] = sentence
    return rule


def sentence_for(error: Exception) -> Sentence | None:
    """The sentence of the rule or constraint that raised this database error, or None for an unknown one."""
    name = rule_of(error)
    return REFUSALS.get(name) or constraint_sentences().get(name)


def rule_of(error: Exception) -> str:
    """The name of the constraint behind a database error, or an empty string."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


@cache
def constraint_sentences() -> dict[str, Sentence]:
    """What our models' own constraints say when a form lets something through that they refuse."""
    constraints = [constraint for model in apps.get_models() for constraint in model._meta.constraints]
    return {
        constraint.name: constraint.violation_error_message or ""
        for constraint in constraints
        if constraint.violation_error_message != constraint.default_violation_error_message
    }


@contextmanager
def lawful(using: str = "default") -> Iterator[None]:
    """One transaction in which a verb does its work: deferred guards are checked at its end, and what they refuse
    comes out as `Refused` with the rule's sentence. Errors of unknown rules pass unchanged."""
    try:
        with transaction.atomic(using=using):
            yield
            settle(using)
    except IntegrityError as error:
        sentence = REFUSALS.get(rule_of(error))
        if sentence is None:
            raise  # a unique constraint, say: the verb itself knows what to make of it
        raise Refused(sentence, rule_of(error)) from error


def settle(using: str = "default") -> None:
    """Check the deferred guards now, so that a view can still show their sentence, and defer them again."""
    with connections[using].cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def told_on(form: BaseForm, field: str | None = None) -> Iterator[None]:
    """Turn a `Refused` into an error of the form, so that nothing typed is lost."""
    try:
        yield
    except Refused as refusal:
        form.add_error(field, str(refusal))


def raise_sql(rule: str, message: str) -> str:
    """The plpgsql statement with which a guard refuses."""
    quoted = message.replace("'", "''")
    return f"RAISE EXCEPTION '{quoted}' USING ERRCODE = '23514', CONSTRAINT = '{rule}';"


class GuardSql(compiler.UpsertTriggerSql):
    """The installed form of a guard: its function looks names up in the system catalogue alone."""

    def get_template(self) -> str:
        template = super().get_template()
        return template.replace("RETURNS TRIGGER AS $$", "RETURNS TRIGGER SET search_path = pg_catalog, pg_temp AS $$")


class AddGuard(migrations.AddTrigger):
    """Installs a guard. It changes no column, so no model is rendered anew: most of a first start went there."""

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        options = state.models[app_label, self.model_name].options
        options["triggers"] = [*options.get("triggers", []), self.trigger]


class Guard(pgtrigger.Trigger):
    """A trigger no role can switch off with a SET: `pgtrigger.ignore` is emptied before it is read."""

    refusals: dict[str, Sentence] = {}

    def __init__(self, *, refusals: dict[str, Sentence] | None = None, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        REFUSALS.update(refusals or self.refusals)

    def get_declare(self, model: type[models.Model]) -> list[tuple[str, str]]:  # type: ignore[override]
        return [
            ("unignored", "text := set_config('pgtrigger.ignore', '{}', true)"),
            *super().get_declare(model),  # type: ignore[arg-type]
        ]

    def compile(self, model: models.Model) -> compiler.Trigger:
        compiled = super().compile(model)
        return compiler.Trigger(name=compiled.name, sql=GuardSql(**compiled.sql.kwargs))


APPEND_ONLY = refuse(
    "i5_append_only",
    _("This is a record of what happened. It can be added to, but never changed or removed."),
)
TOO_YOUNG = refuse("i5_within_period", _("This record is still inside the period it must be kept."))
PUBLISHED = refuse("i10_published", _("A published text never changes. Make a new version instead."))


def append_only(at: str = "at", keep: str = "5 years") -> list[Guard]:
    """I5: no UPDATE and no TRUNCATE ever; DELETE only of whole rows whose column `at` lies before the period `keep`.

    The moment is the database's own: a row written with an old date could be deleted at once.
    """
    return [
        Guard(
            name="append_only_stamp",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            func=f"NEW.{at} := clock_timestamp(); RETURN NEW;",
        ),
        Guard(
            name="append_only",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            func=raise_sql(APPEND_ONLY, "append-only: no update"),
        ),
        Guard(
            name="append_only_period",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            func=f"""
                IF OLD.{at} >= now() - interval '{keep}' THEN
                    {raise_sql(TOO_YOUNG, "append-only: within its legal period")}
                END IF;
                RETURN OLD;
            """,
        ),
        no_truncate(),
    ]


def no_truncate(rule: str = APPEND_ONLY) -> Guard:
    """TRUNCATE passes by row triggers, so it is refused for the whole table, in the name of `rule`."""
    return Guard(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=raise_sql(rule, "no truncate"),
    )


def newest_sql(table: str, *same: str) -> str:
    """Plpgsql that numbers NEW itself, so that the latest row by id is the last one written.

    A number given by the writer, or drawn before the row waited for its lock, could put a yes behind a withdrawal.
    `same` are the columns within which the order counts; a sequence set back is refused rather than believed.
    """
    theirs = " AND ".join(f"t.{column} = NEW.{column}" for column in same)
    return f"""
        NEW.id := nextval('public.{table}_id_seq'::regclass);
        IF EXISTS (SELECT 1 FROM public.{table} t WHERE {theirs} AND t.id >= NEW.id) THEN
            {raise_sql(APPEND_ONLY, "append-only: only at the end")}
        END IF;
    """


def fixed(*columns: str, rule: str, name: str = "fixed") -> Guard:
    """These columns keep the values the row was made with; the key belongs among them where other rows rest on it."""
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return Guard(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=f"""
            IF ROW({old}) IS DISTINCT FROM ROW({new}) THEN
                {raise_sql(rule, f"fixed: {', '.join(columns)}")}
            END IF;
            RETURN NEW;
        """,
    )


NUMBER = refuse(
    "i9_identity_number",
    _("This holds a citizen service number (BSN) or the number of an identity document. Take it out."),
)


def no_identity_numbers(*columns: str) -> Guard:
    """I9: no citizen service number and no number of an identity document is stored in these columns of free words.

    What was stored before the guard stands until it is written anew; `privacy.numbers` finds and masks.
    """
    changed = " OR ".join(
        f"(TG_OP = 'INSERT' OR NEW.{column} IS DISTINCT FROM OLD.{column}) AND {numbers.FUNCTION}(NEW.{column}::text)"
        for column in columns
    )
    return Guard(
        name="i9_words",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(*columns),
        func=f"""
            IF {changed} THEN
                {raise_sql(NUMBER, "an identity number in free words")}
            END IF;
            RETURN NEW;
        """,
    )


def frozen_once(column: str, *, keep: tuple[str, ...] = ()) -> list[Guard]:
    """I10: a row whose `column` is set never changes again (save the columns in `keep`) and is never deleted."""
    same = f"(to_jsonb(OLD) - ARRAY[{', '.join(repr(name) for name in keep)}]::text[])"
    new = f"(to_jsonb(NEW) - ARRAY[{', '.join(repr(name) for name in keep)}]::text[])"
    return [
        Guard(
            name="frozen",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            func=f"""
                IF OLD.{column} IS NOT NULL AND {same} IS DISTINCT FROM {new} THEN
                    {raise_sql(PUBLISHED, "published: no update")}
                END IF;
                RETURN NEW;
            """,
        ),
        Guard(
            name="frozen_delete",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            func=f"""
                IF OLD.{column} IS NOT NULL THEN
                    {raise_sql(PUBLISHED, "published: no delete")}
                END IF;
                RETURN OLD;
            """,
        ),
        no_truncate(),
    ]
