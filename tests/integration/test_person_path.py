"""A person's path through the real window on a real screen, by the keyboard alone, and a short one by the mouse: each
step is seen in the records.

Pictures of each step are kept beside the test's files (`pictures/`), for who wants to look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fault_checks import check_everything, taps
from stepwell_harness import Stepwell, wait_for
from window_lab import Person, Screen, alive_of, count_colours, difference, share_of

from gui.theme import DARK, LIGHT
from shared.errors import StepwellError
from shared.messages import ListTasks
from shared.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.messages import TaskRow

pytestmark = pytest.mark.timeout(240)
SAMPLE = "Open Settings and turn on dark mode"
CONTACT = "Add a contact Ada with number 13800138000"
TITLE = (220, 60, 600, 120)  # of the section of SETTINGS that is shown
# Where things are in a window of 1280x800 that shows a demo.
TILE_NAME = (200, 225)
TILE_BUTTONS = (120, 370, 378, 440)
PHONES_BUTTON = (48, 24)
HISTORY_BUTTON = (204, 24)
SECOND_ROW = (480, 217)
DRAWN = 60  # colours at least: antialiased text alone makes more


@pytest.fixture
def person(stepwell: Stepwell, tmp_path: Path) -> Iterator[Person]:
    """Somebody in front of the window of a demo that has just come up."""
    with Screen() as screen:
        stepwell.start("up", "--demo", env=screen.environment)
        found = Person(stepwell, screen, tmp_path / "pictures")
        wait_for("everything is ready", stepwell.all_ready)
        found.turn_to()
        yield found
        stepwell.end()


def tasks(stepwell: Stepwell) -> list[TaskRow]:
    """What the store has, newest first."""
    client = stepwell.client()
    try:
        return list(client.tasks(ListTasks(limit=10)).items)
    except StepwellError:
        return []
    finally:
        client.close()


def look_when_drawn(person: Person, name: str) -> None:
    """Keep a picture as soon as there is more to be seen than an empty ground."""
    wait_for(f"{name} is drawn", lambda: count_colours(person.screen.picture()) > DRAWN)
    person.look(name)


def queue(stepwell: Stepwell, person: Person, text: str) -> str:
    """Type a task on the page PHONES and queue it; return its id as the store has it."""
    known = len(tasks(stepwell))
    person.press("ctrl+1")
    wait_for("the page Phones is shown", lambda: person.remembered()["page"] == "phones")
    person.type(text)
    wait_for("the text is typed", lambda: person.remembered()["draft"]["text"] == text)
    person.look("task-typed")
    person.press("ctrl+Return")
    newest = wait_for("the store has the task", lambda: (found := tasks(stepwell))[known:] and found[0])
    assert newest.task_description == text
    return str(newest.session_id)


def open_newest(person: Person, task: str) -> None:
    """Open the newest task in RUN."""
    person.press("ctrl+2")
    person.press_until("the run is open", lambda: person.remembered()["session_id"] == task, "Escape", "1")


def test_a_person_queues_watches_stops_finds_plays_and_exports_runs_and_changes_language_and_theme(
    stepwell: Stepwell, person: Person, tmp_path: Path
) -> None:
    done = run_one_to_its_end(stepwell, person)
    stopped = stop_one(stepwell, person)
    find_in_history(person, done)
    play_back(person)
    export(person, done, tmp_path)
    change_language(stepwell, person)
    change_theme(person)
    gui = next(row for row in stepwell.processes() if row.name == "gui")
    assert (gui.state, gui.restarts, gui.detail) == ("ready", 0, "")
    faults = [line for line in stepwell.logged("gui") if line["level"] in ("error", "critical")]
    assert faults == []
    stepwell.down()
    check_everything(stepwell, None, [done, stopped])
    assert alive_of(stepwell.home) == []


def test_a_person_chooses_a_phone_stops_its_task_and_opens_one_of_the_history_by_the_mouse(
    stepwell: Stepwell, person: Person
) -> None:
    done, running = (stepwell.script(taps(count)) for count in (2, 80))
    wait_for("the second one runs", lambda: stepwell.task(running).final_status == "RUNNING")
    wait_for("the demo's first run is followed", lambda: person.remembered().get("page") == "run")
    person.click(PHONES_BUTTON)
    wait_for("the page Phones is shown", lambda: person.remembered()["page"] == "phones")
    wait_for("its Stop is drawn", lambda: stop_button(person) is not None)
    person.click(TILE_NAME)
    wait_for("the phone is chosen", lambda: len(person.remembered()["draft"]["device_ids"]) == 1)
    person.look("tile-chosen")
    at = stop_button(person)
    assert at is not None
    person.click(at)
    assert "in the window" in stepwell.wait_state(running, "STOPPED")["task"]["error_message"]
    person.click(HISTORY_BUTTON)
    wait_for("the page History is shown", lambda: person.remembered()["page"] == "history")
    wait_for("it is drawn", person.is_still)
    person.look("history-by-mouse")
    person.click(SECOND_ROW, times=2)
    wait_for("the older run is open", lambda: person.remembered()["session_id"] == done)


def stop_button(person: Person) -> tuple[int, int] | None:
    """Return where the first tile's Stop is: below its name, where its edge's colour is on the screen."""
    picture = person.screen.picture().crop(TILE_BUTTONS)
    wanted = tuple(bytes.fromhex(LIGHT.bad.removeprefix("#")))
    found = [(x, y) for x in range(picture.width) for y in range(picture.height) if picture.getpixel((x, y)) == wanted]
    if not found:
        return None
    middle = [(min(line) + max(line)) // 2 for line in zip(*found, strict=True)]
    return TILE_BUTTONS[0] + middle[0], TILE_BUTTONS[1] + middle[1]


def run_one_to_its_end(stepwell: Stepwell, person: Person) -> str:
    task = queue(stepwell, person, SAMPLE)
    open_newest(person, task)
    stepwell.wait_state(task, "SUCCESS")
    assert person.remembered()["step_num"] is None, "the newest step was followed"
    look_when_drawn(person, "run-ended")
    return task


def stop_one(stepwell: Stepwell, person: Person) -> str:
    task = queue(stepwell, person, CONTACT)
    open_newest(person, task)
    wait_for("its first step is recorded", lambda: stepwell.task(task).total_steps >= 1)
    person.press("ctrl+period")
    shown = stepwell.wait_state(task, "STOPPED")
    assert shown["steps"], "the step in flight is kept"
    assert all(step["outcome"] for step in shown["steps"]), "none is left open"
    assert "in the window" in shown["task"]["error_message"]
    person.look("run-stopped")
    return task


def find_in_history(person: Person, task: str) -> None:
    """Filter by a word, go on to the list, open what is found."""
    person.press("ctrl+3")
    wait_for("the page History is shown", lambda: person.remembered()["page"] == "history")
    person.press("ctrl+f")
    person.type("DARK")
    wait_for("the filter is applied", lambda: person.remembered()["history"]["text"] == "DARK")
    person.look("history-filtered")
    person.press("Return")
    person.press_until("the found run is open", lambda: person.remembered()["session_id"] == task, "Return")
    wait_for("the page Run is shown", lambda: person.remembered()["page"] == "run")


def play_back(person: Person) -> None:
    seen: list[int | None] = []
    person.press("Home")
    wait_for("the first step is shown", lambda: person.remembered()["step_num"] == 1)
    person.press("space")

    def played() -> bool:
        seen.append(person.remembered()["step_num"])
        return seen[-1] is None  # the newest one

    wait_for("it is played to its end", played)
    assert {1, 2, 3} <= set(seen), "step by step"
    person.look("played-back")


def export(person: Person, task: str, folder: Path) -> None:
    target = folder / "exported"
    target.mkdir()
    person.press("ctrl+e")
    person.turn_to("Export")
    person.look("export-choice")
    person.press("Return")
    wait_for("the file dialog is there", lambda: person.count_windows("Export") == 2)
    person.turn_to("Export")
    person.type(str(target))
    person.look("export-where")
    person.press("Return")
    wait_for("the report is there", (target / f"stepwell-{task[:8]}" / "report.html").exists)
    wait_for("the dialogs are gone", lambda: person.count_windows("Export") == 0)
    person.turn_to()
    person.look("exported")


def change_language(stepwell: Stepwell, person: Person) -> None:
    person.press("ctrl+4")
    wait_for("the page Settings is shown", lambda: person.remembered()["page"] == "settings")
    english = person.look("settings-english")
    person.press("Tab", "Right")
    wait_for("Chinese is kept", lambda: load_settings(stepwell.home / "stepwell.toml").language == "zh")
    wait_for("Chinese is shown", lambda: difference(english.crop(TITLE), person.screen.picture().crop(TITLE)) > 0)
    wait_for("it is built anew", person.is_still)
    person.look("settings-chinese")


def change_theme(person: Person) -> None:
    assert share_of(person.screen.picture(), LIGHT.ground) > 0.3
    person.press("Tab", "Right")
    wait_for("light is kept", lambda: person.remembered()["theme"] == "light")
    wait_for("it is built anew", person.is_still)
    person.look("settings-light")
    person.press("Right")
    wait_for("dark is kept", lambda: person.remembered()["theme"] == "dark")
    wait_for("dark is shown", lambda: share_of(person.screen.picture(), DARK.ground) > 0.3)
    look_when_drawn(person, "settings-dark")
    for number, page in enumerate(("phones", "run", "history"), 1):
        person.press(f"ctrl+{number}")
        wait_for(f"{page} is shown", lambda page=page: person.remembered()["page"] == page)
        look_when_drawn(person, f"{page}-dark-chinese")
