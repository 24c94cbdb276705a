"""The power goes at every instant of a run of the store: nothing that was acknowledged may be lost, or be there twice.

The model of the disk is tests/support/power_cut.py. Short form: as many states as STATES_IN_CI, drawn with a fixed
seed; STEPWELL_FAULT_SCALE multiplies them, and 7 opens all there are. The summary tells how many were opened.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import apsw
import pytest
from power_cut import STATES, Disk, find_loss, put, record
from power_cut_run import AS_IT_IS, BATCHES, MUTANTS
from store_lab import IN_MEMORY

from shared.errors import StepwellError
from shared.paths import Home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCALE = float(os.environ.get("STEPWELL_FAULT_SCALE", "1"))
STATES_IN_CI = 600
STATES_OF_A_MUTANT = 80

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120 + 120 * SCALE)]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory where there is one."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as made:
        yield Path(made)


def losses(folder: Path, mutant: str, wanted: int) -> tuple[str, list[str]]:
    """Record a run and cut its power in about `wanted` states; return how many these were, and what was lost."""
    old = folder / "old"
    Home(old).prepare()
    disk, rehearsal = Disk(old), Disk(old)
    calls = [call for call in record(old, mutant) if rehearsal.take(call)]
    assert len(rehearsal.acknowledged) == BATCHES
    chance = random.Random(7)
    share = wanted / (len(calls) * len(STATES))
    opened, found = 0, []
    for number, call in enumerate(calls):
        disk.take(call)
        for state in STATES:
            if chance.random() < share:
                opened += 1
                found += [f"call {number}, {state}: {loss}" for loss in cut(disk, state, chance, folder / "new")]
    return f"{opened} of {len(calls) * len(STATES)} states of {len(calls)} calls opened", found


def cut(disk: Disk, state: str, chance: random.Random, new: Path) -> list[str]:
    """Cut the power here and start again; a store that does not open is lost."""
    put(disk.left(state, chance), Path(disk.root), new)
    try:
        return find_loss(new, disk.acknowledged)
    except (StepwellError, apsw.Error) as error:
        return [f"it does not open: {error!r}"]
    finally:
        shutil.rmtree(new)


def test_a_power_cut_at_any_instant_loses_and_doubles_nothing_acknowledged(
    folder: Path, record_property: Callable[[str, str], None]
) -> None:
    told, found = losses(folder, AS_IT_IS, int(STATES_IN_CI * SCALE))
    assert found == [], told
    record_property("told", f"power cut: {told}, nothing acknowledged was lost")


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_store_that_promises_too_early_is_found_out(mutant: str, folder: Path) -> None:
    told, found = losses(folder, mutant, STATES_OF_A_MUTANT)
    assert any(MUTANTS[mutant] in loss for loss in found), told
