"""Proof by mutation: each guard is the one thing that stops some attack. Dropped, the attack goes through."""

import importlib
from pathlib import Path

import pytest

from tests.attack.support import ATTACKS, CHECK_VIOLATION, Attack, drop, guards, refusal, rolled_back
from watson.roles import OWNER

for module in sorted(Path(__file__).parent.glob("test_i*.py")):
    importlib.import_module(f"tests.attack.{module.stem}")

STOPPING = list(ATTACKS.values())
# It only makes two transactions wait for each other; test_races.py drops it.
BY_RACE = {"privacy.SuppressionEntry:serialise"}


@pytest.mark.parametrize("attempt", STOPPING, ids=lambda attempt: f"{attempt.invariant}-{attempt}")
def test_without_its_guard_the_attack_goes_through(attempt: Attack, scene, second):
    owner = second(OWNER)
    with rolled_back(owner) as run:
        for other in attempt.besides:
            drop(run, other)
        assert refusal(attempt, scene, run) == (CHECK_VIOLATION, attempt.rule), "not stopped by this guard"
    with rolled_back(owner) as run:
        for other in (*attempt.besides, attempt.guard):
            drop(run, other)
        assert refusal(attempt, scene, run) == ("", ""), "stopped, but not by this guard"


def test_every_guard_is_attacked():
    assert set(guards()) - {attack.guard for attack in STOPPING} == BY_RACE


@pytest.mark.parametrize("invariant", ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10"])
def test_every_invariant_is_attacked(invariant):
    assert any(attack.invariant == invariant for attack in STOPPING)
