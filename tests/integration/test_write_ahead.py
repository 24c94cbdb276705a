"""No action without its record: with the commit of the intent blocked, the phone has seen nothing.

The control is a worker that touches the device first, made in a copied tree: the same check must fail on it.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from acknowledgements import keep_acknowledgements
from fault_checks import EventRecorder, check_everything, logged_events, taps
from phone_checks import without_intent
from stepwell_harness import REPOSITORY, FaultPoints, Stepwell, wait_for

from shared.messages import StepBegun
from shared.task_state import TaskState, is_final

if TYPE_CHECKING:
    from pathlib import Path

# Each kind of command that changes a phone but typing, each at most once; each blocked commit costs WATCH_S. Typing
# commits debts in between: what it does to the phone is held against its intent in test_debts.py.
EVERY_COMMAND = """\
- tap: [100, 200]
- launch: Contacts
- swipe: [540, 1600, 540, 900]
- double_tap: [101, 201]
- long_press: [102, 202]
- key: HOME
"""
CONTROL_TAPS = 16  # enough that an intent is among the commits that are blocked, not only outcomes
WATCH_S = 0.6


@dataclass
class Seen:
    """What was seen while commits were blocked."""

    early: bool = False  # the phone was touched by a step whose intent was not committed
    intents: list[int] = field(default_factory=list)  # the steps whose intent was blocked
    first_untouched: bool = False  # the phone had seen no command at all when the first one was


def watch_blocked_commits(stepwell: Stepwell, folder: Path, flow: str) -> Seen:
    """Block each commit of a run in turn, look at the phone, and let it go."""
    points = FaultPoints(folder, "daemon.before_commit=block@1:{gate}")
    environment = points.environment()
    points.open_gate()
    keep_acknowledgements(stepwell)
    stepwell.up("--fast", env=environment)
    recorder = EventRecorder(stepwell)
    serial = stepwell.phone_state()["serial"]
    assert stepwell.run("devices", "hold", serial).code == 0
    task = stepwell.script(flow)
    stepwell.start("devices", "release", serial)  # from here on every commit, this one first, may be blocked
    seen = Seen()
    while not seen.early and not is_over(stepwell, task):
        before = len(points.hits("daemon.before_commit"))  # counted first: the next commit may come at once
        points.gate.touch()
        wait_for(
            "a commit is blocked, or all is over", lambda b=before: is_blocked(points, b) or is_over(stepwell, task)
        )
        seen.early = touched_early(stepwell, task)
        note_intents(stepwell, task, seen)
        at = progress(stepwell, task)
        points.open_gate()
        # The daemon must see the open gate before it is shut again.
        wait_for("the commit goes on", lambda at=at: progress(stepwell, task) != at or is_over(stepwell, task))
    shown = stepwell.wait_state(task, "SUCCESS", "FAILED", "CRASHED", "STOPPED")
    stepwell.down()
    recorder.close()
    if not seen.early:
        assert shown["task"]["state"] == "SUCCESS", shown["task"]["error_message"]
        check_everything(stepwell, recorder, [task])
    return seen


def note_intents(stepwell: Stepwell, task: str, seen: Seen) -> None:
    """Note the steps whose intent stands in the event log, appended before the COMMIT, and not in the store yet."""
    appended = {
        event.body.step.step_num for event in logged_events(stepwell).values() if isinstance(event.body, StepBegun)
    }
    blocked = sorted(appended - {number for number, _, _ in committed_steps(stepwell, task)})
    seen.intents += blocked
    if 1 in blocked:
        seen.first_untouched = stepwell.mutating() == []


def is_blocked(points: FaultPoints, before: int) -> bool:
    """Tell whether the daemon has come to the fault point once more."""
    return len(points.hits("daemon.before_commit")) > before


def is_over(stepwell: Stepwell, task: str) -> bool:
    """Tell whether the file says that the task has ended; the daemon may stand at the gate and answer nobody."""
    reader = sqlite3.connect(f"file:{stepwell.home / 'tasks.db'}?mode=ro", uri=True)
    row = reader.execute("SELECT final_status FROM tasks WHERE session_id = ?", (task,)).fetchone()
    reader.close()
    return row is not None and is_final(TaskState(row[0]))


def progress(stepwell: Stepwell, task: str) -> tuple[object, ...]:
    """Return what the file says of the task: it changes with every commit of a run."""
    reader = sqlite3.connect(f"file:{stepwell.home / 'tasks.db'}?mode=ro", uri=True)
    sql = "SELECT final_status, (SELECT count(*) || '/' || count(outcome) FROM steps WHERE session_id = ?1) FROM tasks"
    row = reader.execute(f"{sql} WHERE session_id = ?1", (task,)).fetchone()
    reader.close()
    return tuple(row or ())


def touched_early(stepwell: Stepwell, task: str) -> bool:
    """Watch the phone for a while in which nothing can be committed; adb needs some 50 ms to bring an action there."""
    end = time.monotonic() + WATCH_S
    while time.monotonic() < end:
        if not committed_covers_phone(stepwell, task):
            return True
        time.sleep(0.05)
    return False


def committed_covers_phone(stepwell: Stepwell, task: str) -> bool:
    """Tell whether each command that changed the phone has an intent that readers can see now: so it is committed."""
    commands = stepwell.mutating()  # first: the store is never behind what is looked at here
    return not without_intent(commands, [step[1:] for step in committed_steps(stepwell, task)])


def committed_steps(stepwell: Stepwell, task: str) -> list[tuple[int, str, str]]:
    """Return number, action and its parameters of each step that is committed.

    Read from the file: the daemon itself stands at the fault point and answers nobody.
    """
    reader = sqlite3.connect(f"file:{stepwell.home / 'tasks.db'}?mode=ro", uri=True)
    rows = reader.execute("SELECT step_num, action, action_params FROM steps WHERE session_id = ?", (task,)).fetchall()
    reader.close()
    return rows


def test_the_phone_has_seen_nothing_while_the_commit_of_the_intent_is_blocked(
    stepwell: Stepwell, tmp_path: Path
) -> None:
    seen = watch_blocked_commits(stepwell, tmp_path / "faults", EVERY_COMMAND)
    assert not seen.early
    assert len(seen.intents) >= 3, "too few of the blocked commits were intents for this to prove anything"
    assert seen.first_untouched, "the first step's intent was blocked, and the phone had seen no command"


def test_control_a_worker_that_touches_the_device_first_is_caught(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for package in ("shared", "persistence_daemon", "worker", "supervisor", "demo"):
        shutil.copytree(REPOSITORY / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    break_the_promise(tree / "worker")
    mutant = Stepwell(tmp_path / "home", tree=tree)
    try:
        assert watch_blocked_commits(mutant, tmp_path / "faults", taps(CONTROL_TAPS)).early
    finally:
        mutant.end()


def break_the_promise(worker: Path) -> None:
    """Make the copied worker go on before the intent is acknowledged."""
    path = worker / "context.py"
    source = path.read_text(encoding="utf-8")
    promise = "acknowledged = self._buffer.wait_acknowledged(parcel, self.stop.is_set)"
    assert promise in source, "the mutant must follow the code"
    path.write_text(source.replace(promise, "acknowledged = True"), encoding="utf-8")
