"""The task executor: claims one task at a time, lets its agent run, and records how it ended.

It has a thread of its own, in which agents run, so that a long step blocks neither commands nor heartbeats. Stopping
is asked for from other threads: it takes effect at once, whether or not the daemon is there to record it. A task whose
agent does not come back is not ended here: the supervisor ends the whole process. Made and asked by the server.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from shared.errors import ErrorCode, NotReachableError, StepwellError
from shared.logs import get_logger
from shared.messages import Claimed, ClaimTask, Debt, TaskRow
from shared.settings import CLAIM_POLL_S, ORPHAN_STEP_S
from worker.errors import Fenced, OutOfTask
from worker.running_task import RunningTask

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.child_config import ChildConfig
    from worker.devices.base import WorkersDevice
    from worker.plugins import AgentPlugins
    from worker.step_buffer import StepBuffer
    from worker.store_link import StoreLink

_FLUSH_S: Final = 0.3  # an orphan gives the daemon so long to acknowledge before it writes to the outbox
_STEPWELL: Final = "stepwell"  # who stops a task when everything is brought down


class TaskExecutor:
    """One per worker. `config` returns the newest configuration, which each task takes at its beginning.

    `fenced` is called when the daemon tells this incarnation to go.
    """

    def __init__(
        self,
        config: Callable[[], ChildConfig],
        *,
        link: StoreLink,
        buffer: StepBuffer,
        agents: AgentPlugins,
        device: Callable[[], WorkersDevice | None],
        settle: Callable[[WorkersDevice, Debt], bool],
        fenced: Callable[[str], None],
    ) -> None:
        self._config = config
        self._link = link
        self._buffer = buffer
        self._agents = agents
        self._device = device
        self._settle = settle
        self._fenced = fenced
        self._claims = 0
        self._begun: set[str] = set()
        self._why = ""
        self._wake = threading.Event()
        self._quitting = self._orphaned = False
        self._lock = threading.Lock()
        self._running: RunningTask | None = None
        self._thread = threading.Thread(target=self._run, name="executor", daemon=True)

    # --- for the server --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to claim tasks."""
        self._thread.start()

    def look_for_work(self) -> None:
        """Ask for a task now instead of at the next turn."""
        self._wake.set()

    @property
    def running(self) -> RunningTask | None:
        """The task that is being run."""
        return self._running

    @property
    def ended(self) -> bool:
        """Whether the executor's thread is over, after `quit`."""
        return not self._thread.is_alive()

    def stop_task(self, session_id: str, reason: str, by: str) -> bool:
        """End the running task, as `by` asks; False when it is not (or no longer) that one."""
        with self._lock:
            running = self._running
        return running is not None and running.task.session_id == session_id and running.stop(reason, by)

    def quit(self, reason: str) -> None:
        """Claim nothing more; a running task is stopped with `reason`."""
        self._quitting = True
        with self._lock:
            if self._running is not None:
                self._running.stop(reason, _STEPWELL)
        self._wake.set()
        self._buffer.wake()

    def orphan(self) -> None:
        """End a running task as CRASHED, because the supervisor died; returns when that is on disk.

        The step in flight may finish within ORPHAN_STEP_S; then it is closed by what is known of it.
        """
        self._quitting = True
        self._wake.set()
        with self._lock:
            self._orphaned = True
            running = self._running
        if running is None:
            return
        running.orphan()
        if not running.over.wait(ORPHAN_STEP_S):
            running.take_away()
        end = time.monotonic() + _FLUSH_S
        self._buffer.wait_empty(lambda: time.monotonic() > end)
        self._buffer.flush()

    # --- the executor's own thread -----------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._quitting:
                task = self._claim()
                if task is not None:
                    self._run_task(*task)
                elif not self._quitting:
                    self._wake.wait(CLAIM_POLL_S)
                self._wake.clear()
        except Fenced as error:
            self._fenced(str(error))
        except Exception as error:  # noqa: BLE001 - the thread's edge: the process ends, and is started again
            get_logger().exception("the executor broke")
            self._fenced(f"the executor broke: {error}")

    def _claim(self) -> tuple[TaskRow, WorkersDevice] | None:
        """Return a task that is RUNNING and ours, with its device; None when there is none, or nobody to ask."""
        device = self._device()
        if device is None or not self._buffer.wait_empty(lambda: self._quitting):
            return None
        if not device.is_there():
            self._say_why(f"the device {device.info.device_id} is away")
            return None
        try:
            claimed = self._link.ask(self._claim_request(device), Claimed)
        except NotReachableError:
            return None  # not answered: the same number is used again, and answers the same if it had been taken
        except StepwellError as error:
            get_logger().error("a claim was refused", code=error.code, error=error.message)
            if error.code is ErrorCode.FENCED:
                raise Fenced(error.message) from None
            self._claims += 1
            return None
        self._claims += 1  # answered, by a task or by none: a number is used once
        if claimed.task is None:
            self._say_why(claimed.why)
            self._pay(device, claimed.debts)
            return None
        if claimed.task.session_id in self._begun:
            raise Fenced(f"the store gave task {claimed.task.session_id} again; a task is never begun twice")
        self._begun.add(claimed.task.session_id)
        return claimed.task, device

    def _pay(self, device: WorkersDevice, debts: tuple[Debt, ...]) -> None:
        """Settle what the device owes; then it is claimed for at once, or tried again at the next turn."""
        if debts and all(self._settle(device, debt) for debt in debts):
            self._wake.set()

    def _say_why(self, why: str) -> None:
        if why != self._why:
            get_logger().info("no task for this worker", why=why)
        self._why = why

    def _claim_request(self, device: WorkersDevice) -> ClaimTask:
        return ClaimTask(claim=self._claims + 1, device_id=device.info.device_id, agents=self._agents.names)

    def _run_task(self, task: TaskRow, device: WorkersDevice) -> None:
        running = RunningTask(task, self._config(), self._buffer, self._link, device)
        with self._lock:
            self._running = running
            quitting, orphaned = self._quitting, self._orphaned
        if orphaned:
            running.orphan()
        elif quitting:
            running.stop("Stepwell was shut down", _STEPWELL)
        try:
            running.run(self._agents)
        except Fenced:
            raise
        except OutOfTask as error:
            get_logger().error("the task was ended by the store", task=task.session_id, error=str(error))
        finally:
            with self._lock:
                self._running = None
            running.close()
