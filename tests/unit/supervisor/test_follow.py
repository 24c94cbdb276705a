"""Following a task without a store: how often it is asked, what is said, and when the following ends."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from shared.errors import ErrorCode, NotReachableError, StepwellError
from shared.messages import TaskRow, WaitingFor
from shared.paths import Home
from shared.task_state import TaskState
from supervisor.cli import follow, output
from supervisor.cli.follow import Enough, Follower
from supervisor.cli.watcher import CtrlC, RunWatcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def task_row(**changes: Any) -> TaskRow:
    """A task of which only what is named here matters."""
    values = dict.fromkeys(TaskRow.__struct_fields__) | {"session_id": "a", "final_status": TaskState.RUNNING}
    return TaskRow(**(values | changes))


class PlayedClient:
    """A store that answers as the test says."""

    def __init__(self, answer: Callable[[], TaskRow]) -> None:
        self.home = Home(Path("/nowhere"))
        self.asked = 0
        self.stops: list[str] = []
        self.while_waiting: Callable[[], None] = lambda: None
        self._answer = answer

    def subscribe(self) -> Any:
        poll = SimpleNamespace(poll=lambda milliseconds: time.sleep(milliseconds / 1000))
        return SimpleNamespace(socket=poll, receive=lambda: None, close=lambda: None)

    def task(self, _task_id: str) -> Any:
        self.asked += 1
        return SimpleNamespace(task=self._answer())

    def steps(self, _session_id: str, _after: int) -> list[Any]:
        return []

    def stop(self, task: TaskRow, _reason: str) -> None:
        self.stops.append(f"known {task.session_id}")

    def stop_unseen(self, task_id: str, _reason: str) -> str | None:
        self.stops.append(f"unseen {task_id}")
        return task_id


@pytest.fixture(autouse=True)
def runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Whether Stepwell runs, as the follower sees it. A watcher takes Ctrl-C; afterwards it is pytest's again."""
    seen = SimpleNamespace(now=True)
    monkeypatch.setattr(follow, "is_running", lambda _home: seen.now)
    former = signal.getsignal(signal.SIGINT)
    yield seen
    signal.signal(signal.SIGINT, former)


def watcher(client: PlayedClient, **options: Any) -> RunWatcher:
    wanted: dict[str, Any] = {"as_json": True, "quiet": True, "timeout_s": None, "no_input": False} | options
    return RunWatcher(client, **wanted)  # type: ignore[arg-type]


def busy() -> TaskRow:
    raise StepwellError(ErrorCode.STORE_BUSY, "too many views of yours are waiting", retryable=True)


def test_a_store_that_is_busy_is_asked_again_after_a_pause_and_told_of_once(capsys: pytest.CaptureFixture[str]) -> None:
    client = PlayedClient(busy)
    seen = watcher(client, timeout_s=1.3)
    assert Follower(client, "a", seen).follow() is None  # type: ignore[arg-type]
    assert seen.exit_code(None) == output.EXIT_TIMEOUT
    assert 2 <= client.asked <= 3
    assert capsys.readouterr().err.count("does not answer") == 1


def test_a_store_that_comes_back_is_told_of_once(capsys: pytest.CaptureFixture[str]) -> None:
    client = PlayedClient(lambda: busy() if client.asked < 2 else task_row(final_status=TaskState.SUCCESS))
    seen = watcher(client)
    task = Follower(client, "a", seen).follow()  # type: ignore[arg-type]
    assert seen.exit_code(task) == 0
    assert capsys.readouterr().err.splitlines() == [
        "stepwell: the store does not answer; waiting for it …",
        "stepwell: the store is back",
    ]


def test_stepwell_that_has_gone_ends_the_following_as_not_running(runs: SimpleNamespace) -> None:
    runs.now = False
    client = PlayedClient(busy)
    with pytest.raises(NotReachableError) as caught:
        Follower(client, "a", watcher(client)).follow()  # type: ignore[arg-type]
    assert caught.value.code is ErrorCode.NOT_RUNNING


def test_an_error_that_no_waiting_mends_is_passed_on() -> None:
    def unknown() -> TaskRow:
        raise StepwellError(ErrorCode.UNKNOWN_TASK, "there is no task a")

    client = PlayedClient(unknown)
    with pytest.raises(StepwellError) as caught:
        Follower(client, "a", watcher(client)).follow()  # type: ignore[arg-type]
    assert caught.value.code is ErrorCode.UNKNOWN_TASK


def test_what_is_pressed_ends_the_waiting_for_an_answer() -> None:
    def hangs() -> TaskRow:
        for _ in range(40):
            time.sleep(0.05)
            client.while_waiting()
        raise AssertionError("nobody gave up")

    client = PlayedClient(hangs)
    seen = watcher(client, timeout_s=0.2)
    assert Follower(client, "a", seen).follow() is None  # type: ignore[arg-type]
    assert client.asked == 1
    assert seen.is_pressed()


@pytest.mark.parametrize(
    ("task", "stops"),
    [
        (task_row(), ["known a"]),  # its worker is known
        (task_row(final_status=TaskState.CREATED), ["unseen a"]),  # it may have begun since
        (None, ["unseen a"]),
    ],
)
def test_ctrl_c_stops_at_the_worker_once(task: TaskRow | None, stops: list[str]) -> None:
    client = PlayedClient(busy)
    seen = watcher(client)
    seen.session_id = "a"
    seen._interrupts.count = 1
    assert seen.look(task, None)
    assert seen.look(task, None)
    assert client.stops == stops


def test_ctrl_c_ends_a_wait_and_stops_nothing() -> None:
    client = PlayedClient(busy)
    seen = watcher(client, ctrl_c=CtrlC.NOTHING)
    seen._interrupts.count = 1
    assert not seen.look(task_row(), None)
    assert seen.exit_code(task_row()) == output.EXIT_LEFT_RUNNING
    assert client.stops == []


@pytest.mark.parametrize("ctrl_c", [CtrlC.STOPS, CtrlC.STOPS_IN_DEMO])
def test_the_first_ctrl_c_says_what_the_second_does(ctrl_c: CtrlC, capsys: pytest.CaptureFixture[str]) -> None:
    seen = watcher(PlayedClient(busy), ctrl_c=ctrl_c)
    seen._interrupts.count = 1
    assert seen.look(task_row(), None)
    assert capsys.readouterr().err == f"stepwell: stopping … ({ctrl_c})\n"


def test_a_stop_that_could_not_be_asked_for_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    client = PlayedClient(busy)
    seen = watcher(client)
    seen._interrupts.count = 1
    troubles: list[Exception] = [Enough(), NotReachableError(ErrorCode.STORE_AWAY, "no answer, not confirmed")]

    def stop(_task: TaskRow, _reason: str) -> None:
        if troubles:
            raise troubles.pop()
        client.stops.append("asked")

    monkeypatch.setattr(client, "stop", stop)
    for _ in range(4):
        assert seen.look(task_row(), None)
    assert client.stops == ["asked"]


def test_a_task_that_has_ended_is_told_as_that_whatever_was_pressed() -> None:
    seen = watcher(PlayedClient(busy), timeout_s=0.0)
    seen._interrupts.count = 2
    ended = task_row(final_status=TaskState.FAILED)
    assert seen.look(ended, None)
    assert seen.exit_code(ended) == 1


@pytest.mark.parametrize(("no_input", "code"), [(True, output.EXIT_WAITS_FOR_PERSON), (False, None)])
def test_without_input_a_task_that_waits_for_a_person_ends_the_watching_with_6(no_input: bool, code: int) -> None:
    seen = watcher(PlayedClient(busy), no_input=no_input)
    waits = msgspec.structs.replace(task_row(), waiting_for=WaitingFor.CONFIRM)
    assert seen.look(waits, None) is (code is None)
    assert seen.code == code
