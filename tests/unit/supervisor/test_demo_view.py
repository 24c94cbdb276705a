"""What the demo shows, and the words that commands share: nothing is cut off, nothing is said that is not so."""

from __future__ import annotations

import io
import signal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from shared.errors import ErrorCode, StepwellError
from shared.messages import StepRow, TaskRow
from shared.task_state import TaskState
from supervisor.cli import output
from supervisor.cli.demo import is_chinese
from supervisor.cli.demo_view import LiveWatcher
from supervisor.cli.doctor import Check, print_check
from supervisor.cli.run import counted, ending_line, step_time

if TYPE_CHECKING:
    from collections.abc import Iterator


def step(number: int, **changes: Any) -> StepRow:
    values = dict.fromkeys(StepRow.__struct_fields__) | {"step_num": number, "thinking": "", "outcome": "done"}
    return StepRow(**(values | changes))


def task(state: TaskState, **changes: Any) -> TaskRow:
    values = dict.fromkeys(TaskRow.__struct_fields__) | {"session_id": "a" * 32, "final_status": state}
    return TaskRow(**(values | changes))


class Screen:
    """A terminal of some height, and what is drawn on it."""

    def __init__(self, height: int) -> None:
        self.console = Console(file=io.StringIO(), width=100, height=height)
        self.lines: list[str] = []

    def update(self, drawn: object, *, refresh: bool) -> None:
        assert refresh
        with self.console.capture() as capture:
            self.console.print(drawn)
        self.lines = capture.get().splitlines()


@pytest.fixture
def drawn() -> Iterator[Any]:
    """Draw so many steps on a screen of so many lines; a watcher takes Ctrl-C, afterwards it is pytest's again."""
    former = signal.getsignal(signal.SIGINT)

    def draw(height: int, steps: int, state: TaskState, note: str = "") -> list[str]:
        screen = Screen(height)
        watcher = LiveWatcher(SimpleNamespace(), screen)  # type: ignore[arg-type]
        for number in range(1, steps + 1):
            watcher.step(step(number))
        if note:
            watcher._say(note)
        watcher.look(task(state), None)
        return screen.lines

    yield draw
    signal.signal(signal.SIGINT, former)


@pytest.mark.parametrize(("steps", "hidden"), [(6, 0), (7, 1), (50, 44)])
def test_the_newest_steps_are_on_the_screen_however_many_there_are(drawn, steps: int, hidden: int) -> None:
    lines = drawn(10, steps, TaskState.RUNNING)
    assert len(lines) <= 10
    shown = [int(line.split()[0]) for line in lines if line.split() and line.split()[0].isdecimal()]
    assert shown == list(range(hidden + 1, steps + 1))
    assert any(line.startswith(f"… {counted(hidden, 'earlier step')}") for line in lines) is bool(hidden)


def test_what_was_going_on_is_not_said_of_a_task_that_has_ended(drawn) -> None:
    assert "stopping …" in " ".join(drawn(10, 1, TaskState.STOPPING, "stopping …"))
    assert "stopping …" not in " ".join(drawn(10, 1, TaskState.STOPPED, "stopping …"))


def test_a_steps_time_holds_the_models_too() -> None:
    assert step_time(step(1, execution_time=0.04, model_time_s=1.2)) == "1.2 s"
    assert step_time(step(1, execution_time=0.3)) == "0.3 s"
    assert step_time(step(1)) == ""


def test_one_is_one() -> None:
    assert [counted(number, "step") for number in (0, 1, 2)] == ["0 steps", "1 step", "2 steps"]
    assert "— 1 step;" in ending_line(task(TaskState.SUCCESS, total_steps=1))


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("打开设置并开启深色模式", True),
        ("打开WhatsApp", True),
        ("Add a contact 张三 with number 13800138000", False),
        ("Open Settings", False),
        ("123", False),
    ],
)
def test_a_chinese_task_is_known_by_its_words(text: str, chinese: bool) -> None:
    assert is_chinese(text) is chinese


@pytest.mark.parametrize(
    ("remedy", "told"),
    [
        ("see `stepwell tasks`, or write @last", "see `bin/stepwell tasks`, or write @last"),
        ("start it: stepwell up", "start it: bin/stepwell up"),
        (
            "see /opt/stepwell now, Stepwell runs in stepwell.toml",
            "see /opt/stepwell now, Stepwell runs in stepwell.toml",
        ),
    ],
)
def test_a_remedy_names_the_command_as_the_person_calls_it(
    remedy: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "PROGRAM", "bin/stepwell")
    output.tell_error(StepwellError(ErrorCode.INTERNAL, "x", remedy=remedy), as_json=False)
    assert capsys.readouterr().err == f"stepwell: x ({told})\n"
    print_check(Check(name="home", ok=False, found="x", remedy=remedy))
    assert told in capsys.readouterr().out
