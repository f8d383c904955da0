"""Ways round the guards rather than through them: other names for the same things, and switches for the guards."""

import re

import psycopg2
import pytest

from tests.attack import test_i2_sourcing, test_i4_introduction, test_i8_suppression
from tests.attack.support import guards, rolled_back, silence
from tests.support.services import DATABASE, PLACE
from watson.roles import APP, OWNER

CAUGHT = [
    ("i4_no_consent", test_i4_introduction.introduce_on_a_withdrawn_yes),
    ("i4_other_client", test_i4_introduction.introduce_to_another_client),
    ("i2_vacancy_open", test_i2_sourcing.source_for_a_draft),
    ("i8_suppressed", lambda scene, run: test_i8_suppression.write(run, scene, state="claimed")),
]
# Each would take a guard away, or make somebody the owner of it.
DENIED = [
    "SET session_replication_role = replica",
    "ALTER TABLE introductions_introduction DISABLE TRIGGER ALL",
    "ALTER TABLE introductions_introduction ADD COLUMN score integer",
    "DROP TRIGGER IF EXISTS {trigger} ON introductions_introduction",
    "DROP FUNCTION {trigger}() CASCADE",
    "CREATE OR REPLACE FUNCTION public.{trigger}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "ALTER FUNCTION public.{trigger}() SET search_path = public",
    "CREATE RULE quiet AS ON INSERT TO introductions_introduction DO INSTEAD NOTHING",
    "CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL::timestamptz'",
    "CREATE TABLE public.mine ()",
    "CREATE TEMPORARY TABLE consent_consentevent ()",
    "CREATE SCHEMA mine",
    "SET ROLE watson_owner",
    "SET SESSION AUTHORIZATION watson_owner",
    "SELECT setval('consent_consentevent_id_seq', 1)",
    "ALTER SEQUENCE consent_consentevent_id_seq RESTART",
    "UPDATE pg_trigger SET tgenabled = 'D'",
    "COPY introductions_introduction FROM PROGRAM 'true'",
    "TRUNCATE introductions_introduction",
]


@pytest.mark.parametrize("statement", DENIED, ids=lambda statement: statement[:40])
def test_the_application_may_not(statement, scene, second):
    _table, trigger = guards()["introductions.Introduction:i4_consent"]
    with rolled_back(second(APP)) as run, pytest.raises(psycopg2.Error) as refused:
        run(statement.format(trigger=trigger))
    # 42501: no privilege. 42704: the search path shows no schema in which it could make one.
    assert refused.value.pgcode == "42501", refused.value


@pytest.mark.parametrize("role", [OWNER, APP])
def test_nobody_without_the_tests_own_grant_may_switch_triggers_off(role, servers, scene):
    """The tests' owner was allowed it for the flush; a role of a real installation is not."""
    admin = psycopg2.connect(PLACE.admin_dsn, dbname=DATABASE)
    try:
        with admin.cursor() as cursor:
            cursor.execute(f"REVOKE SET ON PARAMETER session_replication_role FROM {OWNER}")
            cursor.execute(f"SET LOCAL ROLE {role}")
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute("SET LOCAL session_replication_role = replica")
    finally:
        admin.rollback()
        admin.close()


@pytest.mark.parametrize(("rule", "strike"), CAUGHT, ids=[rule for rule, _strike in CAUGHT])
def test_a_temporary_table_does_not_stand_in(rule, strike, scene, second):
    with rolled_back(second(OWNER)) as run:
        run("SET CONSTRAINTS ALL IMMEDIATE")
        for table in sorted({table for table, _trigger in guards().values()} - {"mailing_message"}):
            run(f"CREATE TEMPORARY TABLE {table} AS SELECT * FROM public.{table}")
        run("DELETE FROM pg_temp.consent_consentevent WHERE kind = 'withdrawn'")
        run("UPDATE pg_temp.vacancies_vacancy SET state = 'sourcing', client_id = %s", scene.other_client)
        run("UPDATE pg_temp.consent_consentrequest SET client_id = %s", scene.other_client)
        run("DELETE FROM pg_temp.privacy_suppressionentry")
        assert run.one("SELECT count(*) FROM privacy_suppressionentry") == 0
        assert run.one("SELECT count(*) FROM public.privacy_suppressionentry") > 0
        with pytest.raises(psycopg2.errors.CheckViolation) as refused:
            strike(scene, run)
    assert refused.value.diag.constraint_name == rule


@pytest.mark.parametrize(("rule", "strike"), CAUGHT, ids=[rule for rule, _strike in CAUGHT])
@pytest.mark.parametrize("path", ["evil, pg_catalog, public", "evil, pg_catalog", "''"])
def test_a_search_path_does_not_lead_astray(path, rule, strike, scene, second):
    with rolled_back(second(OWNER)) as run:
        run("CREATE SCHEMA evil")
        run("CREATE FUNCTION evil.no(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false'")
        for operator in ("=", "<>"):
            run(f"CREATE OPERATOR evil.{operator} (LEFTARG = text, RIGHTARG = text, PROCEDURE = evil.no)")
        never = "$$SELECT '-infinity'::timestamptz$$"
        for function in ("now()", "clock_timestamp()"):
            run(f"CREATE FUNCTION evil.{function} RETURNS timestamptz LANGUAGE sql AS {never}")
        run("CREATE FUNCTION evil.current_setting(text) RETURNS text LANGUAGE sql AS $$SELECT '{}'$$")
        run(f"SET LOCAL search_path = {path}")
        if path != "''":
            assert run.one("SELECT 'a'::text = 'a'::text") is False
        with pytest.raises(psycopg2.errors.CheckViolation) as refused:
            strike(scene, run)
    assert refused.value.diag.constraint_name == rule


def test_a_guard_is_not_ignored_by_its_own_name(role, scene, second):
    """pgtrigger's own triggers obey this setting; ours empty it before it is read."""
    with rolled_back(second(role)) as run:
        silence(run, "every-guard")
        assert "pgtrigger_i4_consent" in run.one("SELECT current_setting('pgtrigger.ignore')")
        with pytest.raises(psycopg2.errors.CheckViolation):
            test_i4_introduction.introduce_on_a_withdrawn_yes(scene, run)


def test_every_guard_is_installed_and_on(scene, second):
    with rolled_back(second(OWNER)) as run:
        run(
            "SELECT t.tgrelid::regclass::text, t.tgname, t.tgenabled, p.prosecdef, p.proconfig,"
            " p.proowner::regrole::text FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"
        )
        installed = {(table, name): rest for table, name, *rest in run.cursor.fetchall()}
    beside = set(installed) - set(guards().values())
    assert set(guards().values()) <= set(installed)
    searching = {f"watson_search_{event}" for event in ("insert", "update", "delete")}
    assert {name for _table, name in beside} == searching, "words to search in are no guard (ADR 22)"
    for on, definer, config, owner in (installed[place] for place in guards().values()):
        assert (on, definer, owner) == ("O", False, OWNER)
        assert config == ["search_path=pg_catalog, pg_temp"]


def test_guards_name_every_table_with_its_schema(scene, second):
    with rolled_back(second(OWNER)) as run:
        run("SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'pgtrigger_%%'")
        sources = dict(run.cursor.fetchall())
    assert len(sources) >= len({trigger for _table, trigger in guards().values()})
    variables = r"(?!(?:asked|latest|person|told|owner|v)\b)"
    named = re.compile(rf"(?<!DISTINCT )\b(?:FROM|JOIN|INTO|(?<!FOR )UPDATE)\s+{variables}([a-z_.]+)")
    no_table = re.compile(r"--.*|extract\(year FROM")
    tables = [table for source in sources.values() for table in named.findall(no_table.sub("", source))]
    assert len(tables) > 50
    # What is the system's own comes first on every path of a guard's.
    assert [table for table in tables if not table.startswith(("public.", "pg_"))] == []
