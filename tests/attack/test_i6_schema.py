"""I6: nothing in the schema can hold a judgement about a person that a machine made."""

import re

import pytest
from django.apps import apps
from django.db import connections

# Parts of a name, between underscores: `ranking` and `cv_score` are caught, `frank` and `underscored` are not.
FORBIDDEN = re.compile(
    r"(?:^|_)(?:scor\w*|rank\w*|match\w*|rating\w*|rated|predict\w*|probabilit\w*|likelihood|grade\w*|suitab\w*"
    r"|fit_?ness|propensit\w*|percentile|stars)(?:$|_)"
)


def judgements(using):
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        columns = cursor.fetchall()
    assert len(columns) > 2, "the look itself must see something"
    return sorted(f"{table}.{column}" for table, column in columns if FORBIDDEN.search(column.lower()))


@pytest.mark.parametrize("using", ["default", "vault"])
def test_no_column_scores_ranks_or_predicts(db, using):
    found = judgements(using)
    assert not found, f"Watson does not judge people: {', '.join(found)}. Filter on facts and let a human decide."


def test_no_model_field_scores_ranks_or_predicts():
    names = [(model._meta.label, field.name) for model in apps.get_models() for field in model._meta.get_fields()]
    assert [pair for pair in names if FORBIDDEN.search(pair[1])] == []


@pytest.mark.django_db(databases=["default", "vault", "owner"])
@pytest.mark.parametrize(
    "column", ["score", "cv_score", "ranking", "match", "match_percentage", "rating", "prediction"]
)
def test_such_a_column_would_be_caught(column):
    with connections["owner"].cursor() as cursor:
        cursor.execute("BEGIN")
        try:
            cursor.execute(f"ALTER TABLE candidates_candidacy ADD COLUMN {column} integer")
            assert judgements("owner") == [f"candidates_candidacy.{column}"]
        finally:
            cursor.execute("ROLLBACK")
    connections["owner"].close()


@pytest.mark.parametrize("innocent", ["employer", "frank", "underscored", "unmatched", "prerating"])
def test_innocent_names_pass(innocent):
    assert not FORBIDDEN.search(innocent)
