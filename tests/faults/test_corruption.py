"""One file of a home is damaged, in every way: what is read is right, or it is said that it is not, and all comes back.

The damages and the verdict are tests/support/corruption.py's. Whatever becomes of the database, its WAL or its -shm,
the rows that were acknowledged are read after the start, from the file or rebuilt, or `verify` says that they are
others, and a rebuild brings them back; a damaged log or backup changes no row. Short form: 210 cases;
STEPWELL_FAULT_SCALE=10 makes 2,100. The summary tells what came of them.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from corruption import STORE, TARGETS, Case, Homes, damage, file_of, judged, ways
from store_lab import IN_MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCALE = float(os.environ.get("STEPWELL_FAULT_SCALE", "1"))
SEEDS = range(max(1, int(3 * SCALE)))  # of each way

pytestmark = [pytest.mark.faults, pytest.mark.timeout(60 + 60 * SCALE)]


@pytest.fixture
def homes() -> Iterator[Homes]:
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as made:
        yield Homes(Path(made))


def cases(target: str) -> Iterator[Case]:
    """Yield every way of damage with each seed; a closed store has no WAL, so that there is half of the rest."""
    for how in ways(target):
        for seed in SEEDS:
            yield Case(closed=target not in STORE[1:] and seed % 2 == 0, target=target, how=how, seed=seed)


@pytest.mark.parametrize("target", TARGETS)
def test_no_damage_of_one_file_makes_a_wrong_read_that_nobody_is_told_of(
    target: str, homes: Homes, record_property: Callable[[str, str], None]
) -> None:
    came: Counter[str] = Counter()
    for case in cases(target):
        home = homes.copy(case)
        damage(file_of(home, target), case.how, random.Random(f"{case.how} {case.seed}"))
        outcome, wrong = judged(home, case, homes.rows)
        assert wrong == [], case
        came[outcome] += 1
    record_property("told", f"{came.total()} damages of the {target}: {dict(came)}")


def test_control_a_changed_row_that_nothing_would_tell_is_found_out(homes: Homes) -> None:
    """The same verdict on a home whose rows are whole, held against others, as a silent wrong read would be."""
    case = Case(closed=True, target="tasks.db", how="none", seed=0)
    others = {**homes.rows, "notes": [("a row that was acknowledged",)]}
    assert judged(homes.copy(case), case, homes.rows) == ("opened", [])
    assert judged(homes.copy(case), case, others)[1] == [
        "other rows than were acknowledged are read, and nothing says so"
    ]
