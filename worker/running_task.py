"""One task while it runs: its agent, its stop, and its end. Made by the executor for each claim.

`run` is called in the executor's thread; `stop`, `orphan` and `take_away` by others. Whoever asks for the task's end
first decides it: the state machine takes only one.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from shared.errors import StepwellError
from shared.logs import get_logger
from shared.messages import ChangeState
from shared.task_state import TaskEvent
from worker.checks import look_for, texts_of
from worker.context import TaskContext
from worker.ending import Check, Report, ending_of
from worker.errors import (
    AgentFailed,
    Denied,
    DeviceError,
    LimitReached,
    OutOfTask,
    RecordRefused,
    StopRequested,
    Unanswered,
)
from worker.former import recall
from worker.guarded_device import GuardedDevice
from worker.person_desk import PersonDesk
from worker.pictures import NotAPicture, Thumbnails, look_at
from worker.plugins import make_agent
from worker.step_gate import StepGate
from worker.storable import storable_line, storable_text
from worker.task_state_machine import TaskStateMachine

if TYPE_CHECKING:
    from shared.child_config import ChildConfig
    from shared.messages import Picture, TaskRow, Verdict
    from worker.devices.base import Device
    from worker.plugins import AgentPlugins
    from worker.step_buffer import StepBuffer
    from worker.waits import Store

_ORPHANED: Final = "supervisor died"
_ORDINARY: Final = (AgentFailed, Denied, DeviceError, LimitReached, StopRequested, StepwellError, Unanswered)


class RunningTask:
    """See the head of this file. `over` is set when the end is durable, or when somebody else ended the task."""

    def __init__(self, task: TaskRow, config: ChildConfig, buffer: StepBuffer, store: Store, device: Device) -> None:
        self.task = task
        self.over = threading.Event()
        self.stopping_since: float | None = None
        self._buffer = buffer
        self._store = store
        self._device = device
        self._stop_reason: str | None = None
        self._stopped_by = ""
        self._orphaned = False
        self._deciding = threading.Lock()
        self._thumbnails = Thumbnails()
        self._gate = StepGate()
        buffer.begin_task(task.session_id)
        self._machine = TaskStateMachine(task.session_id, buffer)
        self._settings = config.settings
        self.context = TaskContext(
            task=task,
            buffer=buffer,
            store=store,
            gate=self._gate,
            thumbnails=self._thumbnails,
            settings=config.settings,
            api_keys=config.api_keys,
        )
        self.desk = PersonDesk(self.context, self._guarded(), device)
        self.context.waits.meanwhile = self.desk.serve

    # --- for other threads -------------------------------------------------------------------------------------------

    def stop(self, reason: str, by: str) -> bool:
        """Let the task end, as `by` asks: at once here, recorded as soon as the store takes it. False: it has ended."""
        with self._deciding:
            if self._machine.ending:
                return False
            if self._stop_reason is None:
                self._stop_reason, self._stopped_by = reason, storable_line(by)
                self.stopping_since = time.monotonic()
                self._record_stop(reason)
        self.context.ask_to_end()
        return True

    def orphan(self) -> None:
        """Let the task end as CRASHED, because the supervisor died."""
        with self._deciding:
            self._orphaned = True
        self.context.ask_to_end()

    def take_away(self) -> None:
        """End the task without its agent, which did not come back in time, and let it write nothing more."""
        try:
            self.context.abandon(_ORPHANED)
            with self._deciding:
                if not self._machine.ending:
                    self._machine.ask(self._change(TaskEvent.WORKER_DIED, _ORPHANED, missing=_ORPHANED))
        except OutOfTask as error:
            get_logger().warning("the task had ended", task=self.task.session_id, error=str(error))
        self._buffer.close_task(_ORPHANED)

    def stopping_for_s(self) -> float | None:
        """Return how long a stop has been under way, None when there is none."""
        return None if self.stopping_since is None else time.monotonic() - self.stopping_since

    def close(self) -> None:
        """Forget the pictures and end the helper thread."""
        self._thumbnails.close()

    # --- the executor's thread ---------------------------------------------------------------------------------------

    def run(self, agents: AgentPlugins) -> None:
        """Let the agent run to its end and make that durable; raises OutOfTask when the task is no longer ours."""
        get_logger().info("task begins", task=self.task.session_id, agent=self.task.agent)
        try:
            report = self._let_agent_run(agents)
            check = self._check(report)
            picture, png, missing = self._closing_picture()
            with self._deciding:
                ending = ending_of(report, check, stopped=self._stop_reason, orphaned=self._orphaned)
                change = self._change(ending.event, ending.reason, ending.verdict, picture, missing)
                parcel = self._machine.ask(change, png)
            self._buffer.wait_durable(parcel)
            get_logger().info("task ended", task=self.task.session_id, how=ending.event, reason=ending.reason)
        finally:
            self.over.set()

    def _let_agent_run(self, agents: AgentPlugins) -> Report:
        try:
            agent = make_agent(agents, self.task.agent)
            if self.task.continues is not None:
                self.context.former = recall(self.task.continues, self._store, self.context.sleep)
            sentence = agent.run(self.task, self._guarded(), self.context)
        except BaseException as error:
            if isinstance(error, OutOfTask) and not isinstance(error, RecordRefused):
                raise
            if not isinstance(error, _ORDINARY):
                get_logger().warning("the agent broke", task=self.task.session_id, exc_info=error)
            return Report(error=error)
        return Report(sentence=None if sentence is None else str(sentence))

    def _guarded(self) -> GuardedDevice:
        return GuardedDevice(
            self._device,
            gate=self._gate,
            sleep=self.context.sleep,
            thumbnails=self._thumbnails,
            wait_s=self._settings.limits.device_wait_s,
        )

    def _check(self, report: Report) -> Check:
        """Look whether the screen shows what the task expects, when the agent says that it succeeded."""
        if not report.succeeded or self.context.stop.is_set():
            return Check()
        return look_for((*texts_of(self.task), *self.context.expected), self._guarded(), self.context.sleep)

    def _closing_picture(self) -> tuple[Picture | None, bytes, str]:
        """Return a picture of how the task left the screen, or why there is none."""
        if self._orphaned:
            return None, b"", _ORPHANED
        try:
            png = self._device.screenshot()
            return look_at(png), png, ""
        except (DeviceError, NotAPicture) as error:
            return None, b"", str(error) or type(error).__name__
        except Exception as error:  # noqa: BLE001 - a device is a plug-in; its fault must not change how the task ended
            return None, b"", f"the device broke: {type(error).__name__}: {error}"

    def _record_stop(self, reason: str) -> None:
        try:
            self._machine.ask(self._change(TaskEvent.STOP_ASKED, reason))
        except OutOfTask as error:
            get_logger().warning("a stop was not recorded", task=self.task.session_id, error=str(error))

    def _change(
        self,
        event: TaskEvent,
        reason: str,
        verdict: Verdict | None = None,
        picture: Picture | None = None,
        missing: str = "",
    ) -> ChangeState:
        return ChangeState(
            session_id=self.task.session_id,
            event=event,
            reason=storable_text(reason),
            verdict=verdict,
            picture=picture,
            picture_missing=storable_line(missing),
            elapsed_s=self.context.elapsed_s,
            by=self._stopped_by if event in (TaskEvent.STOP_ASKED, TaskEvent.STOPPED) else "",
        )
