"""What goes wrong around the window does not make it late: the store away, a disk that takes two seconds to sync.

The event loop's lag is what the window itself measures and logs. A machine that is busy with other things makes every
process late, so beside it a process that does nothing is measured, and the window may be 50 ms later than that one.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
from acknowledgements import keep_acknowledgements
from fault_checks import EventRecorder, check_everything, settle, taps
from stepwell_harness import Stepwell, wait_for
from window_lab import Person, Screen, share_of
from window_lag import Idler, slow_disk, whole_measurement

from gui.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LATE_MS = 50.0
DISK_S = 2.0
TAPS = 20
UNDER_BAR = (0, 50, 1280, 130)
BANNER_SHARE = 0.1  # of the strip under the bar

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@pytest.fixture
def person(stepwell: Stepwell, tmp_path: Path) -> Iterator[Person]:
    """Somebody in front of the window of a demo, who looks at RUN."""
    keep_acknowledgements(stepwell)
    with Screen() as screen:
        stepwell.start("up", "--demo", "--fast", env=screen.environment)
        found = Person(stepwell, screen, tmp_path / "pictures")
        wait_for("everything is ready", stepwell.all_ready)
        found.turn_to()
        found.press("ctrl+2")
        yield found
        stepwell.end()


def measured(stepwell: Stepwell) -> dict[str, Any]:
    """Return a measurement of the event loop, and what the machine alone made it late."""
    idler = Idler()
    try:
        line = whole_measurement(stepwell)
    finally:
        alone = idler.p99_ms()
    return {**line, "alone_ms": alone}


def pids(stepwell: Stepwell) -> list[int | None]:
    return [row.pid for row in stepwell.processes()]


def says_that_the_store_is_away(person: Person) -> bool:
    strip = person.screen.picture().crop(UNDER_BAR)
    return share_of(strip, LIGHT.bad_soft) > BANNER_SHARE


def test_while_the_store_is_away_the_window_says_so_and_is_never_late(stepwell: Stepwell, person: Person) -> None:
    recorder = EventRecorder(stepwell)
    first = stepwell.script(taps(3))
    stepwell.wait_state(first, "SUCCESS")
    assert not says_that_the_store_is_away(person)
    daemon = stepwell.pid("daemon")
    os.kill(daemon, signal.SIGSTOP)
    try:
        wait_for("the window says that the store is away", lambda: says_that_the_store_is_away(person))
        person.look("store-away")
        person.press("ctrl+3")
        wait_for("it is used all the same", lambda: person.remembered()["page"] == "history")
        line = measured(stepwell)  # ten seconds, all of them in its absence
    finally:
        os.kill(daemon, signal.SIGCONT)
    wait_for("the window says no more", lambda: not says_that_the_store_is_away(person))
    os.kill(stepwell.pid("daemon"), signal.SIGKILL)
    wait_for("the daemon is back", lambda: stepwell.all_ready() and daemon not in pids(stepwell))
    second = stepwell.script(taps(3, first=10))
    stepwell.wait_state(second, "SUCCESS")
    person.press("ctrl+2")
    person.press_until("the new run can be opened", lambda: person.remembered()["session_id"] == second, "1")
    person.look("store-back")
    tasks = [first, second]
    stepwell.down()
    recorder.close()
    check_everything(stepwell, recorder, tasks)
    assert line["p99_ms"] < LATE_MS + line["alone_ms"], line


def test_a_disk_that_takes_two_seconds_to_sync_does_not_make_the_window_late(
    stepwell: Stepwell, person: Person
) -> None:
    with slow_disk(stepwell.pid("daemon"), DISK_S):
        task = stepwell.script(taps(TAPS))
        person.press_until("the run is open", lambda: person.remembered().get("session_id") == task, "1")
        wait_for("the phone sees an action", stepwell.mutating, 90.0)
        line = measured(stepwell)
        assert len(stepwell.mutating()) < TAPS, "it ran all the time"
        person.look("slow-disk")
    assert settle(stepwell, [task])[task] == "SUCCESS"
    stepwell.down()
    check_everything(stepwell, None, [task])
    assert line["p99_ms"] < LATE_MS + line["alone_ms"], line
