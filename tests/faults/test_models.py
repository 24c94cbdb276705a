"""The model of the acknowledgement protocol holds in every state that spin can reach, and each mutant of it fails.

The protocol is tests/models/acknowledgement.pml. Run with `bin/test -m faults tests/faults/test_models.py`.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

MODEL = Path(__file__).parents[1] / "models" / "acknowledgement.pml"
MUTANTS = {
    "ACK_BEFORE_COMMIT": "assertion violated",
    "NO_KEY": "assertion violated",
    "NO_FENCE": "assertion violated",
    "OUTBOX_IGNORED": "assertion violated",
    "ACT_FIRST": "assertion violated",
    "NO_RESEND": "invalid end state",
}

pytestmark = pytest.mark.faults


def explore(folder: Path, *mutants: str) -> str:
    """Return what the search of every reachable state of the model says."""
    defines = [f"-D{mutant}" for mutant in mutants]
    subprocess.run(["spin", *defines, "-a", MODEL], cwd=folder, check=True, capture_output=True)
    subprocess.run(["gcc", "-O2", "-w", "-DSAFETY", "-o", "pan", "pan.c"], cwd=folder, check=True)
    found = subprocess.run(["./pan", "-m100000"], cwd=folder, check=True, capture_output=True, text=True)
    return found.stdout


def test_no_order_of_crashes_losses_and_repeats_breaks_the_acknowledgement_protocol(tmp_path: Path) -> None:
    told = explore(tmp_path)
    assert "errors: 0" in told, told
    assert "max search depth too small" not in told
    assert "Search not completed" not in told


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_protocol_with_one_rule_less_fails(mutant: str, tmp_path: Path) -> None:
    told = explore(tmp_path, mutant)
    assert "errors: 1" in told, told
    assert MUTANTS[mutant] in told, told
