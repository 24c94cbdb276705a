"""The power goes at every instant: nothing acknowledged is lost or there twice, and a listed backup restores.

The scripts (a run of the store, backups, a rebuild, a restore, a migration, an import) are
tests/support/store_scripts.py's, the model of the disk is tests/support/power_cut.py. Short form: every call of each
script, some 20,000 states; STEPWELL_FAULT_SCALE multiplies those that are drawn by seed, and 20 makes some 200,000. The
summary tells the numbers.
"""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from power_cut import Disk, record
from power_cut_look import Looker
from store_lab import IN_MEMORY
from store_scripts import AS_IT_IS, MUTANTS, SCRIPTS, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from power_cut import Call

SCALE = float(os.environ.get("STEPWELL_FAULT_SCALE", "1"))
MIXED = max(1, int(6 * SCALE))  # states by seed after each call
PARTS = {"steps": 4}  # of a script's calls, so that several processes may share them
SHARE_OF_A_MUTANT = 0.05
LEAST = {
    "steps": 9000,
    "backup": 3000,
    "rebuild": 3000,
    "restore": 2000,
    "migration": 1000,
    "import": 1000,
}  # states, or it proves little

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180 + 180 * SCALE)]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory where there is one."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as made:
        yield Path(made)


class Cut:
    """A script that was recorded, and the power cuts of a part of it."""

    def __init__(self, folder: Path, script: str, mutant: str) -> None:
        self.old = folder / "old"
        self.old.mkdir()
        prepare(self.old, script)
        self.disk, rehearsal = Disk(self.old), Disk(self.old)
        self.calls: list[Call] = [call for call in record(self.old, script, mutant) if rehearsal.take(call)]
        assert rehearsal.acknowledged, "the script acknowledged nothing: the test proves nothing"
        self.looker = Looker(folder)
        self.states = 0

    def losses(self, part: int = 0, parts: int = 1, share: float = 1.0) -> Iterator[str]:
        """Cut the power after each call of a part; yield what is lost, or wrong, in a share of the states."""
        chance = random.Random(7)
        for number, call in enumerate(self.calls):
            self.disk.take(call)
            if number % parts != part:
                continue
            for name, left in self.disk.states(chance, MIXED):
                if share < 1 and chance.random() >= share:
                    continue
                self.states += 1
                for loss in self.looker.look_at(left, self.old).losses(self.disk.acknowledged):
                    yield f"call {number} ({call.name}), {name}: {loss}"

    def told(self) -> str:
        """Return how much was looked at."""
        return f"{self.states} states of {len(self.calls)} calls, {self.looker.different} of them different"


PIECES = [(script, part) for script in SCRIPTS for part in range(PARTS.get(script, 1))]


@pytest.mark.parametrize(("script", "part"), PIECES)
def test_a_power_cut_at_any_instant_loses_and_doubles_nothing_acknowledged(
    script: str, part: int, folder: Path, record_property: Callable[[str, str], None]
) -> None:
    cut = Cut(folder, script, AS_IT_IS)
    parts = PARTS.get(script, 1)
    found = list(cut.losses(part, parts))
    assert found == [], cut.told()
    assert cut.states >= LEAST[script] * min(1.0, SCALE) / parts / 1.1
    record_property("told", f"power cut, {script} {part + 1}/{parts}: {cut.told()}, nothing acknowledged was lost")


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_store_that_promises_too_early_is_found_out(mutant: str, folder: Path) -> None:
    script, must_be_said = MUTANTS[mutant]
    cut = Cut(folder, script, mutant)
    assert any(must_be_said in loss for loss in cut.losses(share=SHARE_OF_A_MUTANT)), cut.told()
