"""The power goes on a real file system, at random moments: nothing acknowledged is lost, each listed backup restores.

The disk is tests/support/real_disk.py's, the scripts are store_scripts.py's, power_cut_look.py looks at what is left.
The control is a store with `synchronous=NORMAL`: it must lose. Short form: 55 cuts of each file system;
STEPWELL_FAULT_SCALE=18 makes 1,000.
"""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from power_cut_look import Looker
from real_disk import SIZES, RealDisk, why_not
from store_lab import IN_MEMORY
from store_scripts import AS_IT_IS, SCRIPTS, prepare
from warm_process import WarmProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from warm_process import Fork

SCALE = float(os.environ.get("STEPWELL_FAULT_SCALE", "1"))
# Of each file system, in the short form.
CUTS = {"steps": 35, "backup": 5, "rebuild": 5, "restore": 5, "migration": 5, "import": 5}
CUTS_OF_A_MUTANT = 20
END_S = 30.0  # a run comes to its end before
MOMENT_S = 0.02  # behind an acknowledgement: so long takes what comes between two of them
PIECE = 1 << 16

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120 + 60 * SCALE)]


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder in memory where there is one."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as made:
        yield Path(made)


@pytest.fixture(params=SIZES)
def disk(scratch: Path, request: pytest.FixtureRequest) -> Iterator[RealDisk]:
    """A disk of each kind, where there can be one."""
    reason = why_not(scratch / "try", request.param)
    if reason:
        pytest.skip(reason)
    made = RealDisk(scratch, request.param)
    yield made
    made.unmount()


class Cuts:
    """Scripts on a disk whose power goes, one after the other."""

    def __init__(self, disk: RealDisk, scratch: Path, script: str, mutant: str = AS_IT_IS) -> None:
        self._disk, self._script, self._mutant = disk, script, mutant
        self._warm = WarmProcess()
        self._looker = Looker(scratch)
        self._folder = disk.root / script
        self.acknowledged = self.cuts = 0
        self._whole = len(self._cut(self._to_the_end))

    def losses(self, count: int, seed: int) -> list[str]:
        """Cut the power `count` times, each time at another moment; return what was lost."""
        chance = random.Random(seed)
        found: list[str] = []
        for _ in range(count):
            after, moment_s = chance.randint(0, self._whole), chance.uniform(0.0, MOMENT_S)
            words = self._cut(partial(self._to_a_moment, after=after, moment_s=moment_s))
            self.cuts += 1
            self.acknowledged += len(words)
            found += self._looker.look(self._folder).losses(words)
        return found

    def _cut(self, wait: Callable[[Fork, int], bytes]) -> list[str]:
        """Run the script, cut the power when `wait` returns; return what was acknowledged."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        prepare(self._folder, self._script)
        self._disk.sync()
        heard, out = os.pipe()
        fork = self._warm.fork("store_scripts", (str(self._folder), self._script, self._mutant), out)
        os.close(out)
        fork.go()
        said = wait(fork, heard)
        self._disk.cut()
        signal.pidfd_send_signal(fork.pidfd, signal.SIGKILL)
        fork.wait()
        said += b"".join(iter(lambda: os.read(heard, PIECE), b""))
        os.close(heard)
        self._disk.recover()
        words = said.decode().partition("Traceback (most recent call last):")[0].splitlines(keepends=True)
        return [word.rstrip("\n") for word in words if word.endswith("\n")]

    @staticmethod
    def _to_the_end(fork: Fork, _heard: int) -> bytes:
        assert select.select([fork.pidfd], [], [], END_S)[0], "the script does not end"
        return b""

    @staticmethod
    def _to_a_moment(fork: Fork, heard: int, after: int, moment_s: float) -> bytes:
        """Wait for so many acknowledgements, and a moment more."""
        said = b""
        while said.count(b"\n") < after and (piece := os.read(heard, PIECE)):
            said += piece
        select.select([fork.pidfd], [], [], moment_s)
        return said

    def close(self) -> None:
        """End the process that is forked."""
        self._warm.close()


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_power_cut_on_a_real_disk_loses_and_doubles_nothing_acknowledged(
    script: str, disk: RealDisk, scratch: Path, record_property: Callable[[str, str], None]
) -> None:
    cuts = Cuts(disk, scratch, script)
    try:
        assert cuts.losses(int(CUTS[script] * SCALE), 17) == []
    finally:
        cuts.close()
    assert cuts.acknowledged > 0
    record_property(
        "told", f"{script}: {cuts.cuts} power cuts on a real disk, {cuts.acknowledged} acknowledged, none lost"
    )


def test_control_a_store_that_does_not_sync_each_commit_is_found_out(disk: RealDisk, scratch: Path) -> None:
    cuts = Cuts(disk, scratch, "steps", "synchronous=NORMAL")
    try:
        assert any("was acknowledged and is there 0 times" in loss for loss in cuts.losses(CUTS_OF_A_MUTANT, 18))
    finally:
        cuts.close()
