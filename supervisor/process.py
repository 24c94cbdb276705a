"""The supervisor's handle of one child, in all its lives; the child's own side is shared/child.py.

A handle does what policy.py decides, for one process at a time, always by its pidfd: a pid read from anywhere may by
then belong to somebody else. It knows nothing of the other children; in which order they start and stop is
supervisor.py's business. Nothing in here waits.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct

from shared.child_config import ChildConfig
from shared.errors import EXIT_FAILED, EXIT_NO_SPACE, EXIT_REFUSED
from shared.identity import Identity, new_incarnation
from shared.logs import get_logger
from shared.messages import ExpectStop, Heartbeat, Message, ProcessRow, Quit, Ready
from shared.posix import send_signal
from shared.settings import READY_S
from shared.spawn import SpawnedChild
from shared.window_libraries import LIBRARY_MISSING
from supervisor.last_words import last_printed, last_words
from supervisor.policy import Restarts, StopStage, Vitals, after_death, after_kill, forgive, stop_stage

if TYPE_CHECKING:
    from pathlib import Path

CLOSED: Final = "closed; `stepwell gui` opens a window again"


class ChildState(StrEnum):
    """The words of `ProcessRow.state`."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    RESTARTING = "restarting"  # it died, and is started again after a delay
    FAILED = "failed"  # it died too often; it is not started again
    ENDED = "ended"


class Mailbox(Protocol):
    """The supervisor's socket, as a handle needs it."""

    def send(self, peer: Identity, message: Message) -> bool:
        """Say something to a child; False when it does not listen."""
        ...


class ChildSpec(Struct, frozen=True, kw_only=True):
    """What kind of child it is. `rank`: children of a higher one start later and stop earlier.

    `spawn` starts one incarnation. `probe`, for a program that is not ours (adb), tells whether it is ready; such a
    child gets SIGTERM instead of Quit and is not expected to beat. `quit_s`, `ready_s`: how long it may take to end,
    and to become ready. `optional`: a window. Nothing waits for it; when a person closes it (exit code 0) or it cannot
    be shown here, it is not started again; after a kill -9, however often, it is. `config` gives, for an incarnation
    and its last `Ready.detail`, the configuration as it is now; None: it takes none while it runs.
    """

    name: str
    role: str
    rank: int
    quit_s: float
    spawn: Callable[[Identity, str], SpawnedChild]
    probe: Callable[[], bool] | None = None
    device_id: str | None = None
    ready_s: float = READY_S
    optional: bool = False
    config: Callable[[Identity, str], ChildConfig] | None = None


class ManagedChild:
    """One child, in all its lives."""

    def __init__(self, spec: ChildSpec, mailbox: Mailbox, logs: Path) -> None:
        self.spec = spec
        self.state = ChildState.STARTING
        self.identity: Identity | None = None
        self.detail = ""
        self.ready_detail = ""
        self.vitals = Vitals(0.0)
        self.disk_used_at = 0.0
        self.restarts = 0
        self.was_killed = False  # this incarnation; its end is on the way
        self.stop_asked: ExpectStop | None = None  # the task of this incarnation that a person stops
        self.was_refused = False  # it said that no start of it can go well until a person does something
        self.before_kill: Callable[[ManagedChild], None] = lambda _child: None  # when a stop had to come to that
        self._mailbox = mailbox
        self._logs = logs
        self._past = Restarts()
        self._process: SpawnedChild | None = None
        self._started_at = 0.0
        self._restart_at = 0.0
        self._stop_asked_at: float | None = None
        self._stage = StopStage.ASKED

    @property
    def pidfd(self) -> int | None:
        """The descriptor that becomes readable when the process ends; None when there is none."""
        return self._process.pidfd if self._process else None

    @property
    def pid(self) -> int | None:
        """The process id, for people; signals go by `pidfd`."""
        return self._process.pid if self._process else None

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is to be waited for when starting: it is ready, or has failed for good."""
        return self.state in (ChildState.READY, ChildState.FAILED, ChildState.ENDED)

    @property
    def has_ended(self) -> bool:
        """Whether there is no process, and none will be started."""
        return self._process is None and self.state in (ChildState.ENDED, ChildState.FAILED)

    def start(self, now: float) -> None:
        """Start an incarnation. A failure to start one counts as its death."""
        self.identity = Identity(self.spec.name, new_incarnation())
        self.state = ChildState.STARTING
        self.was_killed = False
        self.stop_asked = None
        self.vitals = Vitals(now)
        self._started_at = now
        try:
            self._process = self.spec.spawn(self.identity, self.ready_detail)
        except OSError as error:
            self._died(now, f"it could not be started: {error}")
            return
        get_logger().info("child started", child=str(self.identity), child_pid=self.pid)

    def on_ready(self, message: Ready, now: float) -> None:
        """Note that the child can do its work."""
        self.vitals = Vitals(now)
        if self.state is ChildState.STARTING:
            self.state = ChildState.READY
            self.detail = self.ready_detail = message.detail
            get_logger().info("child ready", child=str(self.identity), detail=message.detail)

    def on_heartbeat(self, message: Heartbeat, now: float) -> None:
        """Note that the child's control loop turns."""
        self.vitals = Vitals(now, message)

    def forgive(self, overslept_s: float) -> None:
        """Do not blame the child for a time in which the supervisor itself did not run."""
        self.vitals = forgive(self.vitals, overslept_s)

    def on_exit(self, now: float) -> None:
        """Reap the process, which has ended, and decide what comes next."""
        if self._process is None:
            return
        code = self._process.process.wait()
        self._process.close()
        self._process = None
        get_logger().info("child ended", child=str(self.identity), exit_code=code, asked=self.is_stopping)
        was_ready = self.state is ChildState.READY
        if self.is_stopping:
            self.state = ChildState.ENDED
            self.detail = ""
        elif self.spec.optional and code == 0:
            self.state = ChildState.ENDED
            self.detail = CLOSED
        elif self.spec.optional and code == LIBRARY_MISSING:
            self.state = ChildState.FAILED
            self.detail = last_printed(self._logs, self.spec.name) or _how_it_ended(code)
        elif self.spec.optional and code == -signal.SIGKILL and was_ready:
            self._past, delay = after_kill(self._past, now - self._started_at)
            self._restart_in(delay, now, _how_it_ended(code))
        else:
            self._died(now, last_words(self._logs, self.spec.name) or _how_it_ended(code), code)

    def tick(self, now: float) -> None:
        """Do what the passing of time asks for: restart it, give up waiting for `Ready`, ask harder to end."""
        if self.state is ChildState.RESTARTING and now >= self._restart_at:
            self.restarts += 1
            self.start(now)
        elif self.state is ChildState.STARTING and self._process is not None:
            self._tick_starting(now)
        elif self.state is ChildState.STOPPING:
            self._tick_stopping(now)
        if self._process is not None:
            self._process.pump()

    def renew(self) -> None:
        """Give the running incarnation the configuration as it is now; the next one gets it anyway."""
        if self.spec.config is not None and self._process is not None and self.identity is not None:
            self._process.hand_over(self.spec.config(self.identity, self.ready_detail))

    def ask_to_stop(self, now: float, reason: str) -> None:
        """Begin the staged stop: Quit, later SIGTERM, later SIGKILL."""
        if self.is_stopping or self._process is None:
            self.state = self.state if self.is_stopping else ChildState.ENDED
            return
        self.state = ChildState.STOPPING
        self._stop_asked_at = now
        self._stage = StopStage.ASKED
        listens = self.spec.probe is None and self.identity is not None
        if not (listens and self.identity and self._mailbox.send(self.identity, Quit(reason=reason))):
            self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once; `on_exit` follows."""
        self.was_killed = True
        self._signal(signal.SIGKILL)

    def row(self, now: float) -> ProcessRow:
        """Return what a person is told of this child."""
        beat = self.vitals.heartbeat if self.state is ChildState.READY else None
        return ProcessRow(
            name=self.spec.name,
            role=self.spec.role,
            pid=self.pid,
            incarnation=self.identity.incarnation if self.identity else None,
            state=self.state,
            restarts=self.restarts,
            uptime_s=round(now - self._started_at, 3) if self._process else None,
            device_id=self.spec.device_id,
            detail=self.detail[:4096],
            session_id=beat.session_id if beat else None,
        )

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to end, or has ended because it was."""
        return self.state in (ChildState.STOPPING, ChildState.ENDED)

    def _tick_starting(self, now: float) -> None:
        if self.spec.probe is not None and self.spec.probe():
            self.on_ready(Ready(name=self.spec.name, pid=self.pid or 0), now)
        elif now - max(self._started_at, self.disk_used_at) >= self.spec.ready_s:  # a slow disk is not a crash
            limit = self.spec.ready_s
            get_logger().warning("child not ready in time, ended", child=str(self.identity), limit_s=limit)
            self.kill()

    def _tick_stopping(self, now: float) -> None:
        stage = stop_stage(self._stop_asked_at or now, now, self.spec.quit_s)
        if stage is self._stage:
            return
        self._stage = stage
        get_logger().warning("child does not end, asked harder", child=str(self.identity), stage=stage)
        if stage is StopStage.KILLED:
            self.before_kill(self)
            self.kill()
        else:
            self._signal(signal.SIGTERM)

    def _died(self, now: float, why: str, code: int = EXIT_FAILED) -> None:
        self._past, delay = after_death(self._past, now, now - self._started_at, code)
        self.was_refused = code == EXIT_REFUSED
        if delay is not None:
            self._restart_in(delay, now, why)
            return
        self.state = ChildState.FAILED
        self.detail = why
        how = "it cannot work here" if self.was_refused else "it died too often"
        get_logger().error(f"child failed: {how}", child=self.spec.name, last_words=why)

    def _restart_in(self, delay: float, now: float, why: str) -> None:
        self.state = ChildState.RESTARTING
        self.detail = why
        self._restart_at = now + delay
        get_logger().warning("child died", child=self.spec.name, restart_in_s=delay, last_words=why)

    def _signal(self, number: signal.Signals) -> None:
        if self.pidfd is not None:
            send_signal(self.pidfd, number)


def _how_it_ended(code: int) -> str:
    """Return an exit code in words."""
    if code == EXIT_NO_SPACE:
        return "there is no space left on the home's disk"
    if code >= 0:
        return f"it ended with code {code}"
    try:
        return f"it was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"it was ended by signal {-code}"
