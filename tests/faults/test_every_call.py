"""The daemon is killed at every sync and write of a run, or that call fails: what it said stays true.

The run is tests/support/faulted_daemon.py's, over the daemon's sockets; power_cut_look.py looks at what is left.
Kills: every call, in the short form too. Failing calls: some 100 in the short form; STEPWELL_FAULT_SCALE=15 makes each
one fail. The controls are mutants in a copied tree.
"""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from faulted_daemon import CALLS, FaultedDaemon
from mutation import Mutation
from power_cut_look import Looker
from store_lab import IN_MEMORY
from store_scripts import home_in
from warm_process import REPOSITORY, WarmProcess

from persistence_daemon.writing import BROKEN_EXIT
from shared.errors import EXIT_NO_SPACE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from faulted_daemon import Ran

SCALE = float(os.environ.get("STEPWELL_FAULT_SCALE", "1"))
ALL = 314  # calls of a run that a kill or a failure may hit
POINTS = 62  # that fail, in the short form
BROKEN_STARTS = (
    1,
    70,
    EXIT_NO_SPACE,
    BROKEN_EXIT,
)  # of starts that the disk broke off; the -shm that does not grow is no space
HEALED_S = 5.0  # RELIABILITY: so soon once space is back, without a restart
FULL_FOR = 2  # calls in a row that find no space
ACKNOWLEDGES_FIRST = Mutation(
    "persistence_daemon/server.py",
    "        committed = self._writing.run([Asked(one.sender, one.message, one.picture) for one in asked])\n",
    """\
        for one in asked:
            if isinstance(one.message, WriteRecords):
                results = tuple(Accepted(seq=self._store.seq + 1) for _ in one.message.records)
                self._requests.reply(one, RecordsWritten(results=results))
""",
)
TRIES_AGAIN = Mutation(  # after a failed write or sync, as if there had been no space
    "persistence_daemon/troubles.py",
    "    return _BY_CODE.get(code, Trouble.FATAL)\n",
    "    if code == apsw.SQLITE_IOERR:\n        return Trouble.FULL\n",
)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240 + 60 * SCALE)]


class Bench:
    """What runs daemons, and looks at what they leave."""

    def __init__(self, scratch: Path, tree: Path = REPOSITORY) -> None:
        self._warm = WarmProcess(tree)
        self.daemon = FaultedDaemon(scratch, self._warm)
        self._looker = Looker(scratch)

    def run(self, fault: str) -> tuple[Ran, list[str]]:
        """Run a daemon with a fault in a new home; return how it went, and what was lost."""
        self.daemon.clear()
        ran = self.daemon.run(fault)
        return ran, self._looker.look(self.daemon.folder).losses(ran.acknowledged)

    def close(self) -> None:
        """End it."""
        self._warm.close()


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder in memory where there is one."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as made:
        yield Path(made)


@pytest.fixture
def bench(scratch: Path) -> Iterator[Bench]:
    made = Bench(scratch)
    yield made
    made.close()


def every(bench: Bench, call: str, fault: str, first: int = 1, step: int = 1) -> Iterator[tuple[int, Ran, list[str]]]:
    """Run with the fault at every `step`th of the calls, from the first on, until a run has fewer of them."""
    number = first
    while True:
        ran, lost = bench.run(f"{call}:{fault}:when={number}")
        if not ran.hit:
            assert ran.whole, f"a run without a fault did not end well: {ran}"
            return
        yield number, ran, lost
        number += step


PARTS = [
    (call, part, 4 if call == "pwrite64" else 1) for call in CALLS for part in range(4 if call == "pwrite64" else 1)
]


@pytest.mark.parametrize(("call", "part", "parts"), PARTS)
def test_killed_at_any_sync_or_write_the_daemon_has_lost_and_doubled_nothing_acknowledged(
    call: str, part: int, parts: int, bench: Bench, record_property: Callable[[str, str], None]
) -> None:
    kills = acknowledged = 0
    for number, ran, lost in every(bench, call, "signal=KILL", part + 1, parts):
        assert ran.code == -signal.SIGKILL
        assert lost == [], f"{call} {number}"
        kills += 1
        acknowledged += len(ran.acknowledged)
    assert kills > 0
    record_property("told", f"killed at {kills} calls of {call}: {acknowledged} acknowledged records, none lost")


def test_control_a_daemon_that_acknowledges_before_it_commits_is_found_out(scratch: Path) -> None:
    bench = Bench(scratch, ACKNOWLEDGES_FIRST.made(scratch))
    try:
        assert any(lost for _, _, lost in every(bench, "fsync", "signal=KILL"))
    finally:
        bench.close()


@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_fails_by_the_disk_ends_the_daemon_and_nothing_acknowledged_is_lost(
    call: str, bench: Bench, record_property: Callable[[str, str], None]
) -> None:
    failures = 0
    for number, ran, lost in every(bench, call, "error=EIO", step=stride(call)):
        if not ran.failed_unseen(home_in(bench.daemon.folder).root):
            assert ran.code in ((BROKEN_EXIT,) if ran.ready else BROKEN_STARTS), (
                f"it went on: {call} {number}, {ran.code}"
            )
        assert lost == [], f"{call} {number}"
        failures += 1
    assert failures > 0
    record_property("told", f"{failures} calls of {call} failed (EIO): the daemon ended, nothing acknowledged was lost")


def stride(call: str) -> int:
    """Return how many calls of a kind lie between two that fail: of the frequent ones not all do in the short form."""
    return max(1, int(ALL / POINTS / SCALE)) if call == "pwrite64" else 1


def test_control_a_daemon_that_tries_again_after_a_failed_sync_is_found_out(scratch: Path) -> None:
    bench = Bench(scratch, TRIES_AGAIN.made(scratch))
    try:
        assert any(ran.code == 0 for _, ran, _ in every(bench, "fdatasync", "error=EIO", 20, 3))
    finally:
        bench.close()


@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_finds_no_space_acknowledges_nothing_untrue_and_heals_without_a_restart(
    call: str, bench: Bench, record_property: Callable[[str, str], None]
) -> None:
    hits, longest = 0, 0.0
    number = 1
    while True:
        ran, lost = bench.run(f"{call}:error=ENOSPC:when={number}..{number + FULL_FOR - 1}")
        if not ran.hit:
            break
        assert lost == [], f"{call} {number}"
        if call in ("pwrite64", "rename") and ran.ready:
            assert ran.whole, f"{call} {number}: it did not heal: {ran.code}"
            assert ran.healed_s() < HEALED_S
            longest = max(longest, ran.healed_s())
        else:
            assert ran.code in (0, *BROKEN_STARTS), f"{call} {number}: {ran.code}"
        hits += 1
        number += 3 * stride(call)  # each takes seconds: the daemon waits before it tries again
    assert hits > 0
    record_property(
        "told", f"{hits} times no space at {call}: nothing untrue was acknowledged, healed in {longest:.1f} s"
    )
