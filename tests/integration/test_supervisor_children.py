"""The supervisor's loop with children written to misbehave: real processes, and a clock that can be moved on."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from stepwell_harness import is_alive, wait_for

from shared.child_config import ChildConfig
from shared.errors import ErrorCode
from shared.identity import Identity
from shared.logs import configure_logs
from shared.messages import Done, ErrorInfo, Forced, ForceReason, KillWorker, ProcessRow
from shared.paths import Home
from shared.settings import READY_S, Settings
from shared.spawn import SpawnedChild, spawn_child
from supervisor.forcing import Forcing
from supervisor.plan import RANK_DAEMON, RANK_WORKERS
from supervisor.process import ChildSpec, ChildState
from supervisor.start_check import failed_to_start
from supervisor.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SUPPORT = Path(__file__).parents[1] / "support"
QUIT_S = 1.0


class Clock:
    """The monotonic clock, which a test can move on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


class Plan:
    """Two stages of misbehaving children: name → how."""

    start_id = "0123456789abcdef"

    def __init__(self, home: Home, *stages: dict[str, dict[str, str]]) -> None:
        self._home = home
        self._stages = stages
        self.readies: list[str] = []
        self.settings = Settings()

    def stages(self) -> list[Callable[[Mapping[str, str]], list[ChildSpec] | None]]:
        return [
            lambda _ready, stage=stage: [self._spec(name, how) for name, how in stage.items()] for stage in self._stages
        ]

    def on_ready(self, name: str, detail: str) -> None:
        self.readies.append(f"{name} {detail}".strip())

    def reload(self, settings: Settings) -> None:
        self.settings = settings

    def _spec(self, name: str, options: dict[str, str]) -> ChildSpec:
        def config(identity: Identity, _last: str) -> ChildConfig:
            return ChildConfig(
                name=name,
                incarnation=identity.incarnation,
                home=str(self._home.root),
                start_id="s",
                settings=self.settings,
                options=options,
            )

        def spawn(identity: Identity, last: str) -> SpawnedChild:
            return spawn_child("misbehaving_child", config(identity, last))

        role = name.partition("-")[0]
        rank = RANK_WORKERS if role == "worker" else RANK_DAEMON
        optional = role == "gui"
        return ChildSpec(name=name, role=role, rank=rank, quit_s=QUIT_S, spawn=spawn, config=config, optional=optional)


class Rig:
    """A supervisor whose turns a test drives."""

    def __init__(self, home: Home, *stages: dict[str, dict[str, str]]) -> None:
        self.home = home
        self.clock = Clock()
        self.plan = Plan(home, *stages)
        self.changes: list[str] = []
        self.started: list[ProcessRow] = []
        self.supervisor = Supervisor(
            home,
            Settings(),
            self.plan,
            demo=False,
            on_change=lambda row: self.changes.append(f"{row.name} {row.state}"),
            on_started=self.started.extend,
            clock=self.clock,
        )

    def until(self, what: str, condition: Callable[[], object], patience_s: float = 20.0) -> None:
        def turned() -> object:
            self.supervisor.turn()
            return condition()

        wait_for(what, turned, patience_s)

    def row(self, name: str) -> ProcessRow:
        return next(row for row in self.supervisor.rows() if row.name == name)

    def end(self) -> None:
        self.supervisor.stop("the test is over")
        for child in self.supervisor.children:
            child.kill()
        self.supervisor.run()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("PYTHONPATH", f"{SUPPORT}:{SUPPORT.parents[1]}")
    found = Home(tmp_path / "home")
    found.prepare()
    configure_logs(found.logs, "supervisor", "debug")
    return found


@pytest.fixture
def rigs(home: Home) -> Iterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def make(*stages: dict[str, dict[str, str]]) -> Rig:
        made.append(Rig(home, *stages))
        return made[-1]

    yield make
    for rig in made:
        rig.end()


def test_children_are_started_in_order_each_stage_when_the_one_before_is_ready(
    rigs: Callable[..., Rig],
) -> None:
    rig = rigs({"daemon": {"how": "good", "detail": "d"}}, {"worker-1": {"how": "good"}})
    rig.until("everything was started", lambda: rig.started)
    assert rig.plan.readies == ["daemon d", "worker-1"]
    assert rig.changes.index("daemon ready") < rig.changes.index("worker-1 starting")
    assert failed_to_start(rig.started) is None


def test_children_are_stopped_in_reverse(rigs: Callable[..., Rig]) -> None:
    rig = rigs({"daemon": {"how": "good"}}, {"worker-1": {"how": "good"}})
    rig.until("everything was started", lambda: rig.started)
    pids = [row.pid for row in rig.started]
    rig.supervisor.stop("enough")
    rig.until("the daemon is asked to end", lambda: rig.row("daemon").state != ChildState.READY)
    assert rig.row("worker-1").state == ChildState.ENDED
    rig.until("both have ended", lambda: all(row.state == ChildState.ENDED for row in rig.supervisor.rows()))
    assert not any(is_alive(pid) for pid in pids if pid)


def test_a_child_that_dies_at_once_has_failed_after_five_deaths_and_its_last_words_are_kept(
    rigs: Callable[..., Rig],
) -> None:
    rig = rigs({"daemon": {"how": "die"}}, {"worker-1": {"how": "good"}})
    seen: list[int] = []

    def failed() -> bool:
        row = rig.row("daemon") if rig.supervisor.children else None
        if row is not None and row.state == ChildState.RESTARTING and row.restarts not in seen:
            seen.append(row.restarts)
            rig.clock.ahead += 5.0
        return bool(rig.started)

    rig.until("the daemon has failed", failed, 40.0)
    assert seen == [0, 1, 2, 3]
    assert rig.row("daemon").state == ChildState.FAILED
    assert rig.row("daemon").detail == "this child dies on purpose"
    assert len(rig.supervisor.children) == 1, "no worker is started without the store"
    error = failed_to_start(rig.started)
    assert error is not None
    assert "this child dies on purpose" in error.message


def test_a_broken_import_in_a_child_does_not_take_the_others_down(rigs: Callable[..., Rig]) -> None:
    rig = rigs({"daemon": {"how": "good"}}, {"worker-1": {"how": "broken"}, "worker-2": {"how": "good"}})
    rig.until("the broken one is being restarted", lambda: "worker-1 restarting" in rig.changes)
    rig.until("the good one is ready", lambda: rig.row("worker-2").state == ChildState.READY)
    assert rig.row("daemon").state == ChildState.READY


@pytest.mark.parametrize(("lived", "failed"), [(2.0, True), (20.0, False)])
def test_children_that_die_after_a_while(lived: float, failed: bool, home: Home, rigs: Callable[..., Rig]) -> None:
    flag = home.run / "exit"
    rig = rigs({"daemon": {"how": "good", "exit_when": str(flag)}})
    for life in range(5):
        rig.until(
            "it is ready",
            lambda: rig.row("daemon").state == ChildState.READY if rig.supervisor.children else 0,
        )
        assert rig.row("daemon").restarts == life
        rig.clock.ahead += lived
        flag.touch()
        rig.until("it is dead", lambda: rig.row("daemon").state in (ChildState.RESTARTING, ChildState.FAILED))
        flag.unlink()
        rig.clock.ahead += 4.0
    assert (rig.row("daemon").state == ChildState.FAILED) is failed


def test_a_child_that_is_never_ready_is_ended_and_restarted(rigs: Callable[..., Rig]) -> None:
    rig = rigs({"daemon": {"how": "silent"}})
    rig.until("it runs", lambda: rig.supervisor.children and rig.row("daemon").pid)
    rig.clock.ahead += READY_S
    rig.until("it is restarted", lambda: "daemon restarting" in rig.changes)


def test_a_daemon_that_is_not_ready_but_uses_its_disk_is_let_be(
    rigs: Callable[..., Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It migrates or rebuilds a large store; ended after every 20 s, it would never come to an end."""
    uses_disk = True
    monkeypatch.setattr("supervisor.disk_use.DiskUse.is_used", lambda _self, _pid: uses_disk)
    rig = rigs({"daemon": {"how": "silent"}})
    rig.until("it runs", lambda: rig.supervisor.children and rig.row("daemon").pid)
    pid = rig.row("daemon").pid
    for _ in range(5):
        rig.clock.ahead += READY_S
        rig.supervisor.turn()
        assert (rig.row("daemon").pid, rig.row("daemon").state) == (pid, ChildState.STARTING)
    uses_disk = False
    rig.clock.ahead += READY_S
    rig.until("it is restarted", lambda: "daemon restarting" in rig.changes)


def test_a_worker_whose_control_loop_hangs_is_marked_and_ended_by_force(home: Home, rigs: Callable[..., Rig]) -> None:
    rig = rigs({"daemon": {"how": "good"}}, {"worker-1": {"how": "stuck"}})
    rig.until("it is ready", lambda: rig.started)
    pid, incarnation = rig.row("worker-1").pid, rig.row("worker-1").incarnation
    rig.until("it is restarted", lambda: "worker-1 restarting" in rig.changes)
    assert pid is not None
    assert not is_alive(pid)
    mark = msgspec.json.decode(home.forced_mark(Identity("worker-1", incarnation or "")).read_bytes(), type=Forced)
    assert mark.kind is ForceReason.HUNG
    assert "heartbeat" in mark.reason
    assert mark.session_id == "task-in-hand"


def test_a_stopped_process_is_found_and_ended(rigs: Callable[..., Rig]) -> None:
    rig = rigs({"daemon": {"how": "good"}}, {"worker-1": {"how": "good"}})
    rig.until("it is ready", lambda: rig.started)
    os.kill(rig.row("worker-1").pid or 0, signal.SIGSTOP)
    rig.until("its silence is shown", lambda: "no heartbeat" in rig.row("worker-1").detail, 4.0)
    rig.until("it is restarted", lambda: "worker-1 restarting" in rig.changes, 6.0)
    rig.until("it is ready again", lambda: rig.row("worker-1").state == ChildState.READY)


def test_a_silent_daemon_is_shown_and_ended_only_after_a_minute(rigs: Callable[..., Rig]) -> None:
    rig = rigs({"daemon": {"how": "good"}})
    rig.until("it is ready", lambda: rig.started)
    pid = rig.row("daemon").pid or 0
    os.kill(pid, signal.SIGSTOP)
    rig.until("its silence is shown", lambda: "no heartbeat" in rig.row("daemon").detail, 4.0)
    assert is_alive(pid)
    child = rig.supervisor.children[0]
    child.vitals = msgspec.structs.replace(child.vitals, heard_at=rig.clock() - 70.0)
    child.disk_used_at = rig.clock() - 70.0
    rig.until("it is restarted", lambda: "daemon restarting" in rig.changes)


def test_a_child_that_ignores_quit_and_sigterm_is_killed_within_its_time(rigs: Callable[..., Rig]) -> None:
    rig = rigs({"daemon": {"how": "good"}}, {"worker-1": {"how": "deaf"}})
    rig.until("it is ready", lambda: rig.started)
    incarnation = rig.row("worker-1").incarnation or ""
    began = time.monotonic()
    rig.supervisor.stop("enough")
    rig.until("all have ended", lambda: all(row.state == ChildState.ENDED for row in rig.supervisor.rows()))
    assert QUIT_S + 2.0 <= time.monotonic() - began < QUIT_S + 4.0
    mark = msgspec.json.decode(rig.home.forced_mark(Identity("worker-1", incarnation)).read_bytes(), type=Forced)
    assert mark.kind is ForceReason.STOP


def test_a_supervisor_that_slept_does_not_end_its_workers(rigs: Callable[..., Rig]) -> None:
    rig = rigs({"daemon": {"how": "good"}}, {"worker-1": {"how": "good"}})
    rig.until("it is ready", lambda: rig.started)
    rig.clock.ahead += 3600.0
    until = time.monotonic() + 1.0
    rig.until("a second has passed", lambda: time.monotonic() > until)
    assert rig.row("worker-1").restarts == 0
    assert "worker-1 restarting" not in rig.changes


def test_a_window_that_never_gets_ready_is_not_waited_for(rigs: Callable[..., Rig]) -> None:
    rig = rigs({"gui": {"how": "silent"}}, {"daemon": {"how": "good"}}, {"worker-1": {"how": "good"}})
    rig.until("everything else was started", lambda: rig.started)
    assert rig.row("gui").state == ChildState.STARTING
    assert rig.changes[0] == "gui starting"
    assert failed_to_start(rig.started) is None


def test_a_worker_is_killed_on_request_in_a_demo_only(rigs: Callable[..., Rig]) -> None:
    rig = rigs({"daemon": {"how": "good"}}, {"worker-1": {"how": "good"}})
    rig.until("it is ready", lambda: rig.started)
    child = next(child for child in rig.supervisor.children if child.spec.name == "worker-1")
    wish = KillWorker(worker="worker-1", incarnation=rig.row("worker-1").incarnation or "")
    answer = Forcing(rig.home, demo=False).kill_worker(child, wish)
    assert isinstance(answer, ErrorInfo)
    assert answer.code is ErrorCode.BAD_REQUEST
    assert not child.was_killed
    assert Forcing(rig.home, demo=True).kill_worker(child, wish) == Done()
    rig.until("it is back", lambda: rig.row("worker-1").restarts == 1)
    assert not list(rig.home.outbox.glob("*.forced.json")), "its task is crashed, not stopped"
