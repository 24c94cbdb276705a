"""kill -9 of the window, again and again while tasks run: it takes nothing with it, and is back where it was.

STEPWELL_FAULT_SCALE multiplies the kills; the short form is the 20 of RELIABILITY.
"""

from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING

import pytest
from acknowledgements import keep_acknowledgements
from fault_checks import EventRecorder, check_everything, settle, taps
from stepwell_harness import Stepwell, is_alive, wait_for
from window_lab import Person, Screen, alive_of, difference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PIL import Image

SCALE = float(os.environ.get("STEPWELL_FAULT_SCALE", "1"))
KILLS = max(1, int(20 * SCALE))
PAGES = ("phones", "run", "history", "settings")
PAGE_BUTTONS = (0, 0, 420, 44)  # of the bar at the top: which of them is marked tells which page is shown
BELOW_BAR = (0, 60, 1280, 800)
# What stays as it is on each page while a task runs: the text being written, the filters, all of a run that ended.
STILL = {"phones": (770, 185, 1280, 370), "run": BELOW_BAR, "history": (0, 60, 1280, 130), "settings": BELOW_BAR}
ACTION_TAB = (916, 162)
DRAFT = "a text that is not sent yet"
STEPS = 80  # of a task: some ten seconds; a phone has room for ten such tasks, each tap at a place of its own
SAME = 0.01  # of the pixels may differ: a blinking cursor, a clock

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120 + 20 * KILLS)]


@pytest.fixture
def person(stepwell: Stepwell, tmp_path: Path) -> Iterator[Person]:
    """Somebody in front of the window of a demo."""
    keep_acknowledgements(stepwell)
    with Screen() as screen:
        stepwell.start("up", "--demo", env=screen.environment)
        found = Person(stepwell, screen, tmp_path / "pictures")
        wait_for("everything is ready", stepwell.all_ready)
        found.turn_to()
        yield found
        stepwell.end()


def go_to(person: Person, page: str) -> None:
    """Show a page, and wait until the window has remembered it."""
    person.press(f"ctrl+{PAGES.index(page) + 1}")
    wait_for(f"the page {page} is remembered", lambda: person.remembered().get("page") == page)


def keep_busy(stepwell: Stepwell, tasks: list[str]) -> None:
    """See to it that a task runs, and will for some seconds."""
    if not tasks or stepwell.task(tasks[-1]).total_steps > STEPS // 2:
        tasks.append(stepwell.script(taps(STEPS, first=STEPS * len(tasks)), "--max-steps", str(STEPS)))
    wait_for("the task runs", lambda: stepwell.task(tasks[-1]).final_status == "RUNNING")


def kill(person: Person, restarts: int) -> None:
    """Kill the window and see it back."""
    pid = person.pid
    os.kill(pid, signal.SIGKILL)
    wait_for(f"the window is back for the {restarts}th time", lambda: person.has_window(restarts))
    assert not is_alive(pid)
    person.turn_to()


def place_of(person: Person) -> dict[str, object]:
    """Return all that the window remembers: page, task, step, tab, filters, draft, geometry and the rest."""
    return person.remembered()


def is_still(person: Person, part: tuple[int, int, int, int]) -> bool:
    """Tell whether a part of the screen rests for a moment."""
    before = person.screen.picture()
    time.sleep(0.3)
    return looks_like(person, before, part)


def settle_in(stepwell: Stepwell, person: Person) -> str:
    """Leave something to be found again on each page: a step of a run and its tab, a filter, a text. Return the run."""
    task = stepwell.script(taps(6, first=STEPS * 10))
    wait_for("the demo's first run is followed", lambda: person.remembered().get("session_id") == task)
    stepwell.wait_state(task, "SUCCESS")
    person.press("Home", "Down")
    wait_for("step 2 is remembered", lambda: person.remembered()["step_num"] == 2)
    person.click(ACTION_TAB)
    wait_for("the tab is remembered", lambda: person.remembered()["run_tab"] == "action")
    go_to(person, "history")
    person.press("ctrl+f")
    person.type("tap")
    wait_for("the filter is remembered", lambda: person.remembered()["history"]["text"] == "tap")
    go_to(person, "phones")
    person.type(DRAFT)
    wait_for("the draft is remembered", lambda: person.remembered()["draft"]["text"] == DRAFT)
    return task


def looks_like(person: Person, former: Image.Image, part: tuple[int, int, int, int]) -> bool:
    return difference(former.crop(part), person.screen.picture().crop(part)) < SAME


def test_a_window_killed_twenty_times_takes_nothing_with_it_and_is_back_where_it_was(
    stepwell: Stepwell, person: Person
) -> None:
    chance = random.Random(20)
    recorder = EventRecorder(stepwell)
    tasks: list[str] = []
    done = settle_in(stepwell, person)
    others = {row.name: row.pid for row in stepwell.processes() if row.name != "gui"}
    try:
        for number in range(KILLS):
            keep_busy(stepwell, tasks)
            page = PAGES[number % len(PAGES)]
            go_to(person, page)
            wait_for(f"{page} is drawn", lambda part=STILL[page]: is_still(person, part))
            seen = person.look(f"{page}-before")
            place = place_of(person)
            time.sleep(chance.uniform(0.0, 0.4))  # the random moment is the point of this test
            assert stepwell.task(tasks[-1]).final_status == "RUNNING"
            kill(person, number + 1)
            wait_for(f"{page} is shown again", lambda seen=seen: looks_like(person, seen, PAGE_BUTTONS))
            part = STILL[page]
            wait_for(f"{page} looks the same", lambda seen=seen, part=part: looks_like(person, seen, part))
            assert place_of(person) == place
        states = settle(stepwell, tasks)
        assert {row.name: row.pid for row in stepwell.processes() if row.name != "gui"} == others
        stepwell.down()
    finally:
        recorder.close()
    check_everything(stepwell, recorder, [done, *tasks])
    assert set(states.values()) == {"SUCCESS"}
    assert alive_of(stepwell.home) == []


def test_a_killed_window_shows_the_same_step_of_the_same_run_again(stepwell: Stepwell, person: Person) -> None:
    task = stepwell.script(taps(6))
    stepwell.wait_state(task, "SUCCESS")
    go_to(person, "run")
    wait_for_run(person, task)
    person.press("Home", "Down")
    wait_for("step 2 is remembered", lambda: person.remembered()["step_num"] == 2)
    wait_for("the picture is drawn", lambda: looks_like(person, person.look("step-2"), BELOW_BAR))
    seen = person.look("step-2-before")
    kill(person, 1)
    wait_for("the same is shown again", lambda: looks_like(person, seen, BELOW_BAR))
    person.look("step-2-after")
    person.press("Down")
    wait_for("the keys go on from there", lambda: person.remembered()["step_num"] == 3)


def wait_for_run(person: Person, task: str) -> None:
    """Open the newest task from the page RUN."""
    person.press_until("the run is open", lambda: person.remembered().get("session_id") == task, "1")
