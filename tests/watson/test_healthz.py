"""The health check: open to everybody, and silent."""

import json
import logging

import pytest
from django.db import connection


def test_it_says_ok_to_everybody(client, db):
    response = client.get("/healthz")
    assert (response.status_code, json.loads(response.content)) == (200, {"status": "ok"})
    assert client.head("/healthz").status_code == 200
    assert client.post("/healthz").status_code == 405
    assert not response.cookies


def test_it_costs_one_query(client, db, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/healthz")


def test_without_a_database_it_says_so_and_nothing_more(client, transactional_db, monkeypatch, caplog):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere/at/all")
    with caplog.at_level(logging.ERROR):
        response = client.get("/healthz")
    assert (response.status_code, json.loads(response.content)) == (503, {"status": "no database"})
    assert "the database does not answer (OperationalError)" in caplog.text
    assert "/nowhere" not in caplog.text
    monkeypatch.undo()
    connection.close()
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("method", ["get", "head"])
def test_the_icon_is_where_browsers_look(client, method):
    response = getattr(client, method)("/favicon.ico")
    assert (response.status_code, response.headers["Location"]) == (301, "/static/favicon.svg")
    assert client.post("/favicon.ico").status_code == 405
