"""The tests' own ground: two roles, both databases, a flush that really empties, jobs that really travel."""

import pytest
from django.db import connection, connections
from psycopg2.errors import InsufficientPrivilege

from tests.support import flush
from tests.support.services import DATABASE, VAULT, redis_client


def role_and_database(alias: str) -> tuple[str, str]:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        return tuple(cursor.fetchone())


def test_both_databases_answer_as_the_application_role(db):
    assert role_and_database("default") == ("watson_app", DATABASE)
    assert role_and_database("vault") == ("watson_app", VAULT)


def test_the_application_role_owns_nothing(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user")
        assert cursor.fetchone() == (0,)


def test_the_application_role_cannot_truncate_or_create(app_connection):
    for statement in ("TRUNCATE django_session", "CREATE TABLE mine (a int)", "CREATE SCHEMA mine"):
        with app_connection.cursor() as cursor, pytest.raises(InsufficientPrivilege):
            cursor.execute(statement)
        app_connection.rollback()


def test_a_flush_empties_tables_and_brings_back_what_the_migrations_made(owner_connection):
    with owner_connection, owner_connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_content_type")
        (before,) = cursor.fetchone()
        cursor.execute("INSERT INTO django_session VALUES ('key', 'data', now())")
        cursor.execute("INSERT INTO django_content_type (app_label, model) VALUES ('stray', 'stray')")
    flush.flush_all()
    with owner_connection, owner_connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM django_session), (SELECT count(*) FROM django_content_type)")
        assert before > 0
        assert cursor.fetchone() == (0, before)


def test_a_flush_ends_a_transaction_that_a_test_left_open(app_connection):
    with app_connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_session VALUES ('kept', 'data', now())")
        app_connection.commit()
        cursor.execute("UPDATE django_session SET session_data = 'locked'")
    flush.flush_all()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
def test_the_redis_of_this_worker_starts_empty():
    with redis_client(cache=False) as broker:
        assert broker.llen("celery") == 0
        broker.rpush("celery", "left behind")
    with redis_client(cache=True) as cache:
        assert cache.dbsize() == 0
