"""Upper floors know lower ones, never the reverse, in foreign keys named by a string too."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

FLOORS = ["watson", "introductions", "candidates", "consent", "vacancies", "mailing", "privacy", "accounts"]
HEIGHT = {floor: len(FLOORS) - number for number, floor in enumerate(FLOORS)}
RELATIONS = {"ForeignKey", "OneToOneField", "ManyToManyField"}
HOUSE = Path(settings.BASE_DIR)


def is_above(upper, lower):
    """Whether a relation from `lower` to `upper` would climb. Apps of others lie below every floor."""
    return HEIGHT.get(upper, 0) > HEIGHT.get(lower, 0)


def floor_of(label):
    """The floor of an app label; the vault is a corner of the privacy floor."""
    return "privacy" if label == "vault" else label


def test_the_floors_are_those_of_the_contract():
    import tomllib

    contracts = tomllib.loads((HOUSE / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert contracts[0]["layers"] == FLOORS


def test_no_relation_of_a_model_climbs():
    relations = [
        (model._meta, field.related_model._meta)
        for model in apps.get_models(include_auto_created=True)
        if floor_of(model._meta.app_label) in HEIGHT
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model
    ]
    assert len(relations) > 50
    climbing = [
        f"{model.label} -> {target.label}"
        for model, target in relations
        if is_above(floor_of(target.app_label), floor_of(model.app_label))
    ]
    assert not climbing, f"These relations climb: {', '.join(climbing)}. Keep a code and a uuid instead."


def string_relations(source):
    """The app labels in relations written as strings: `ForeignKey("candidates.Candidate", …)`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in RELATIONS:
            values = [*node.args[:1], *(word.value for word in node.keywords if word.arg in ("to", "through"))]
            for value in values:
                if isinstance(value, ast.Constant) and isinstance(value.value, str) and "." in value.value:
                    yield value.value.partition(".")[0]


@pytest.mark.parametrize("floor", FLOORS)
def test_no_string_relation_climbs(floor):
    for path in (HOUSE / floor).rglob("*.py"):
        for label in string_relations(path.read_text()):
            assert not is_above(floor_of(label), floor), f"{path.relative_to(HOUSE)} points up, at {label}."


def test_a_climbing_string_is_seen():
    assert list(string_relations('x = models.ForeignKey("candidates.Candidate", models.CASCADE)')) == ["candidates"]
    assert list(string_relations('x = OneToOneField(to="watson.Page", on_delete=CASCADE)')) == ["watson"]
    assert list(string_relations('x = models.ForeignKey("self", models.CASCADE)')) == []
    assert is_above("candidates", "privacy")
    assert not is_above("privacy", "candidates")
    assert not is_above("auth", "accounts")


def test_every_app_of_the_house_is_a_floor():
    ours = {config.label for config in apps.get_app_configs() if Path(config.path).is_relative_to(HOUSE)}
    ours = {label for label in ours if ".venv" not in str(apps.get_app_config(label).path)}
    assert {floor_of(label) for label in ours} == set(FLOORS)
