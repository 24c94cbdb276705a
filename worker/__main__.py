"""The worker's process: locks first, then hello, then commands and tasks. Also the verbs that need its libraries.

`python -P -m worker` is started by the supervisor only (its configuration comes through the life-line);
`python -P -m worker devices` and `… doctor` are asked by the command line, and print JSON.
"""

from __future__ import annotations

import os
import sys
import threading
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from shared.child import Child, run_child
from shared.errors import ErrorCode, StepwellError
from shared.messages import Hello, Welcome
from shared.posix import FileLock, private_dir
from worker.debts import DeviceDebts
from worker.device_holder import DeviceHolder
from worker.executor import TaskExecutor
from worker.outbox import Outbox
from worker.plugins import AgentPlugins
from worker.server import WorkerServer
from worker.step_buffer import StepBuffer
from worker.store_link import StoreLink

if TYPE_CHECKING:
    from worker.devices.base import Device

_FIRST_TRY_S: Final = 8.0  # the supervisor hears after that at the latest whether the device is there
_WELCOME_S: Final = 8.0  # a daemon that is being restarted takes a second or two


def main() -> int:
    """Run the child, or a verb."""
    if len(sys.argv) > 1:
        from worker.verbs import run_verb  # noqa: PLC0415 - the worker itself never needs it

        return run_verb(sys.argv[1:])
    return run_child(lambda child: Worker(child).work())


class Worker:
    """The parts of the process, and the order in which they begin and end."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._lock = _take_lock(child)  # before anything speaks: who holds it is alive
        self._link = StoreLink(child.context, child.home, child.identity)
        self._buffer = StepBuffer(self._link, Outbox(child.home.outbox_of(child.identity), child.identity))
        agents = AgentPlugins()
        debts = DeviceDebts(self._link, self._session_id)
        self._holder = DeviceHolder(child.config, debts, self._device_opened)
        self._executor = TaskExecutor(
            lambda: child.config,
            link=self._link,
            buffer=self._buffer,
            agents=agents,
            device=self._holder.device,
            settle=debts.settle,
            fenced=self._fenced,
        )
        self._server = WorkerServer(child, self._link, self._executor, agents)
        self._link.on_work = self._executor.look_for_work
        self._link.on_welcome = self._welcomed
        self._welcome = threading.Event()

    def work(self) -> int:
        """Serve until the end; return the exit code."""
        self._link.say_hello(_hello(None))
        self._link.start()
        self._holder.start()
        threading.Thread(target=self._say_ready, name="ready", daemon=True).start()
        self._executor.start()
        code = self._server.serve()
        self._link.close()
        self._holder.close()
        self._tidy()
        return code

    def _say_ready(self) -> None:
        """Tell the supervisor when the store knows this worker and its device, or why there is no device."""
        detail = self._holder.wait_tried(_FIRST_TRY_S)
        self._welcome.wait(_WELCOME_S)
        self._child.ready(detail)

    def _device_opened(self, device: Device) -> None:
        self._welcome.clear()
        self._link.say_hello(_hello(device))

    def _welcomed(self, _welcome: Welcome) -> None:
        self._welcome.set()
        self._executor.look_for_work()

    def _session_id(self) -> str | None:
        running = self._executor.running
        return None if running is None else running.task.session_id

    def _fenced(self, reason: str) -> None:
        self._server.exit(reason)

    def _tidy(self) -> None:
        """Leave nothing behind when everything was acknowledged; otherwise the daemon takes the outbox in."""
        if self._buffer.unacknowledged == 0 and self._executor.running is None:
            folder = self._child.home.outbox_of(self._child.identity)
            if not any(folder.iterdir()):
                folder.rmdir()
                self._lock.unlink_and_release()


def _take_lock(child: Child) -> FileLock:
    lock = FileLock.take(child.home.outbox_lock(child.identity))
    if not lock.still_ours():
        raise StepwellError(ErrorCode.INTERNAL, f"{lock.path} was removed while it was being locked")
    # Only now: a folder without a held lock is a dead worker's, and the daemon removes it.
    private_dir(child.home.outbox_of(child.identity))
    return lock


def _hello(device: Device | None) -> Hello:
    return Hello(program_version=version("stepwell"), pid=os.getpid(), device=device.info if device else None)


if __name__ == "__main__":
    sys.exit(main())
