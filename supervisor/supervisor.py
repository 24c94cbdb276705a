"""The loop: starts a plan's children in order, watches them, restarts them, answers requests, stops in reverse.

One thread, one poller: the ROUTER that children and commands talk to, a pidfd for each child, and a pipe for signals.
Each turn first takes what has come, then lets the time that passed have its effects. What to do is decided in
policy.py, done to one child in process.py, by force in forcing.py. Must not open the store or a device.
"""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Final

import zmq

from shared.errors import StepwellError
from shared.identity import Identity, new_incarnation
from shared.logs import get_logger, set_log_level
from shared.messages import (
    Done,
    ErrorInfo,
    ExpectStop,
    ForceStop,
    GetProcesses,
    Heartbeat,
    KillWorker,
    Message,
    ProcessList,
    ProcessRow,
    Ready,
    ReloadSettings,
    Role,
    ShutDown,
)
from shared.settings import HEARTBEAT_S, load_settings
from shared.transport import Incoming, Responder
from supervisor.disk_use import DiskUse
from supervisor.forcing import Forcing
from supervisor.policy import daemon_is_lost, is_silent, judge_worker
from supervisor.process import ChildSpec, ChildState, ManagedChild
from supervisor.start_check import cannot_work

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from shared.paths import Home
    from shared.settings import Settings
    from supervisor.plan import Plan

_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # Ctrl-C, a service manager, a closed terminal
_TICK_S: Final = 0.1  # restarts and staged stops need no finer time; ten looks a second cost nothing


class Supervisor:
    """All processes of one home, from start to stop. `run` returns when everything has ended.

    `on_change` is told of every change of a child's state, `on_started` once, when the whole plan was started: every
    child is ready or has failed. `parent` is a descriptor whose end-of-file means that whoever started us is gone.
    """

    def __init__(
        self,
        home: Home,
        settings: Settings,
        plan: Plan,
        *,
        demo: bool,
        on_change: Callable[[ProcessRow], None] = lambda _row: None,
        on_started: Callable[[list[ProcessRow]], None] = lambda _rows: None,
        parent: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.home = home
        self.children: list[ManagedChild] = []
        self._settings = settings
        self._plan = plan
        self._demo = demo
        self._forcing = Forcing(home, demo=demo)
        self._on_change = on_change
        self._on_started = on_started
        self._parent = parent
        self._clock = clock
        self._stages = plan.stages()
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._responder = Responder(
            self._context, home.endpoint("supervisor"), Identity(Role.SUPERVISOR, new_incarnation())
        )
        self._wake_read, self._wake_write = os.pipe()
        self._disk = DiskUse()
        self._told: dict[str, str] = {}
        self._was_started = False
        self._stopping = False
        self._stop_reason = ""
        self._turned_at = self._began_at = clock()

    def run(self) -> None:
        """Start, watch, and stop when asked to by a signal, a request or the end of the parent."""
        former = {number: signal.signal(number, self._on_signal) for number in _STOP_SIGNALS}
        try:
            self._check(self._clock())  # nothing is to be waited for before the first child is there
            while not (self._stopping and all(child.pidfd is None for child in self.children)):
                self.turn()
        finally:
            for child in self.children:
                child.kill()
            for number, handler in former.items():
                signal.signal(number, handler)
            self._responder.close()
            self._context.term()
        get_logger().info("everything has ended", reason=self._stop_reason)

    def turn(self) -> None:
        """Wait for the next thing to happen, a tenth of a second at most, and do what it asks for."""
        ready = self._poll()
        now = self._clock()
        self._forgive(now)
        while (incoming := self._responder.receive()) is not None:
            self._take(incoming, now)
        for child in self.children:
            if child.pidfd in ready:
                child.on_exit(now)
        self._check(now)
        self._tell()

    def stop(self, reason: str) -> None:
        """Begin to bring everything down; `run` returns when it is done."""
        if not self._stopping:
            get_logger().info("stopping", reason=reason)
            self._stop_reason = reason
            self._stopping = True
            self._stages = []

    def rows(self) -> list[ProcessRow]:
        """Return all children as a person is told of them, in the order in which they were started."""
        now = self._clock()
        return [child.row(now) for child in self.children]

    def refused(self) -> frozenset[str]:
        """Return the children that said that they cannot work here until a person does something."""
        return frozenset(child.spec.name for child in self.children if child.was_refused)

    def mark_home(self) -> None:
        """Mark the home as a demo's when the store has said that it is one, by becoming ready."""
        daemon = self._child(Role.DAEMON)
        if self._demo and daemon is not None and daemon.state is ChildState.READY:
            self.home.demo_mark.touch(mode=0o600)

    # --- what comes in

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.stop("interrupted" if number == signal.SIGINT else "terminated by a signal")
        os.write(self._wake_write, b"!")

    def _poll(self) -> set[int | None]:
        poller = zmq.Poller()
        poller.register(self._responder.socket, zmq.POLLIN)
        poller.register(self._wake_read, zmq.POLLIN)
        if self._parent is not None:
            poller.register(self._parent, zmq.POLLIN)
        for child in self.children:
            if child.pidfd is not None:
                poller.register(child.pidfd, zmq.POLLIN)
        ready = {key for key, _ in poller.poll(int(_TICK_S * 1000)) if isinstance(key, int)}
        if self._wake_read in ready:
            os.read(self._wake_read, 4096)
        if self._parent in ready:
            self._parent = None
            self.stop("the command that started Stepwell has ended")
        return set(ready)

    def _take(self, incoming: Incoming, now: float) -> None:
        match incoming.message:
            case Ready() | Heartbeat() as sign:
                self._take_sign(incoming.sender, sign, now)
            case GetProcesses():
                self._responder.reply(incoming, self._process_list())
            case ExpectStop() as request:
                self._responder.reply(incoming, self._forcing.expect_stop(self._child(request.worker), request))
            case ForceStop() as request:
                self._responder.reply(incoming, self._forcing.force_stop(self._child(request.worker), request))
            case KillWorker() as request:
                self._responder.reply(incoming, self._forcing.kill_worker(self._child(request.worker), request))
            case ReloadSettings():
                self._responder.reply(incoming, self._reload())
            case ShutDown() as request:
                self._responder.reply(incoming, Done())
                self.stop(request.reason or "asked by a person")
            case other:
                get_logger().warning("a message that the supervisor has no use for", message=type(other).__name__)

    def _take_sign(self, sender: Identity, sign: Ready | Heartbeat, now: float) -> None:
        child = self._child(sender.name)
        if child is None or child.identity != sender:
            return  # of an earlier life
        if isinstance(sign, Ready):
            child.on_ready(sign, now)
            self._plan.on_ready(sender.name, sign.detail)
        else:
            child.on_heartbeat(sign, now)

    def _process_list(self) -> Message:
        return ProcessList(
            items=tuple(self.rows()),
            home=str(self.home.root),
            start_id=self._plan.start_id,
            demo=self._demo,
            state=self._own_state(),
            uptime_s=round(self._clock() - self._began_at, 3),
        )

    def _reload(self) -> Message:
        """Read settings and keys again and hand them to whoever runs; when they are not good nothing changes."""
        try:
            settings = load_settings(self.home.settings_file)
            self._plan.reload(settings)
        except StepwellError as error:
            return ErrorInfo(code=error.code, message=error.message, detail="correct it; nothing was changed")
        self._settings = settings
        set_log_level(settings.log_level)
        for child in self.children:
            child.renew()
        get_logger().info("settings read again", models=sorted(settings.models))
        return Done()

    def _own_state(self) -> ChildState:
        if self._stopping:
            return ChildState.STOPPING
        return ChildState.READY if self._was_started else ChildState.STARTING

    # --- what time does

    def _forgive(self, now: float) -> None:
        """Do not blame the children for a time in which this process did not run (a stopped or overloaded machine)."""
        overslept = now - self._turned_at - _TICK_S
        self._turned_at = now
        if overslept > HEARTBEAT_S:
            for child in self.children:
                child.forgive(overslept)

    def _check(self, now: float) -> None:
        if self._stopping:
            self._stop_next(now)
        else:
            self._start_next(now)
            for child in self.children:
                self._check_health(child, now)
        for child in self.children:
            child.tick(now)

    def _start_next(self, now: float) -> None:
        """Start the next stage when everything before it is ready or has failed."""
        if self._was_started or not all(child.is_settled or child.spec.optional for child in self.children):
            return
        if not self._stages:
            self._was_started = True
            for child in self.children:
                if child.spec.optional:
                    child.renew()  # the demo's model is known only now
            get_logger().info("everything was started", states={row.name: row.state for row in self.rows()})
            self._on_started(self.rows())
            return
        if cannot_work(self.rows(), demo=self._demo):
            self._stages = []
            return
        specs = self._stages[0]({c.spec.name: c.detail for c in self.children if c.state is ChildState.READY})
        if specs is None:
            return
        del self._stages[0]
        for spec in specs:
            self._add(spec, now)
        if not specs:
            self._start_next(now)

    def _add(self, spec: ChildSpec, now: float) -> None:
        child = ManagedChild(spec, self._responder, self.home.logs)
        if spec.role == Role.WORKER:
            child.before_kill = self._forcing.mark_shut_down
        self.children.append(child)
        child.start(now)

    def _stop_next(self, now: float) -> None:
        """Ask those of the highest rank that still run to end; the next rank follows when they have.

        Nobody waits for a window to close.
        """
        running = [child for child in self.children if not child.has_ended]
        highest = max((child.spec.rank for child in running if not child.spec.optional), default=0)
        for child in running:
            if (child.spec.optional or child.spec.rank == highest) and not child.is_stopping:
                child.ask_to_stop(now, self._stop_reason)

    def _check_health(self, child: ManagedChild, now: float) -> None:
        if child.state is ChildState.STARTING and child.spec.role == Role.DAEMON:
            self._note_disk_use(child, now)  # migrating or rebuilding a large store takes longer than any other start
        if child.state is not ChildState.READY or child.spec.probe is not None or child.was_killed:
            return
        silent = is_silent(child.vitals, now)
        child.detail = f"no heartbeat for {now - child.vitals.heard_at:.0f} s" if silent else child.ready_detail
        if child.spec.role == Role.WORKER:
            verdict = judge_worker(child.vitals, now, self._settings.limits.stop_grace_s, child.stop_asked)
            if verdict is not None:
                self._forcing.force(child, verdict)
        elif silent and not child.spec.optional:  # a window is only reported: somebody may be debugging it
            self._check_silent(child, now)

    def _check_silent(self, child: ManagedChild, now: float) -> None:
        """End a silent daemon (or demo helper) when it uses no disk for long either; until then only report it."""
        self._note_disk_use(child, now)
        if daemon_is_lost(child.vitals, now, child.disk_used_at):
            get_logger().error("no heartbeat and no disk use for too long: ended", child=str(child.identity))
            child.kill()

    def _note_disk_use(self, child: ManagedChild, now: float) -> None:
        if child.pid is not None and self._disk.is_used(child.pid):
            child.disk_used_at = now

    def _tell(self) -> None:
        for row in self.rows():
            if self._told.get(row.name) != row.state:
                self._told[row.name] = row.state
                self._on_change(row)

    def _child(self, name: str) -> ManagedChild | None:
        return next((child for child in self.children if child.spec.name == name), None)
