"""Gets the worker its device and keeps trying: a phone that is not there yet is no reason to end.

It opens the device in a thread of its own, takes the lock on it (by the phone's own serial, across all homes) and
tells whoever asked. Called by __main__; the executor asks for `device` before each claim.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from shared.errors import StepwellError
from shared.logs import get_logger
from shared.paths import device_lock_path
from shared.posix import FileLock, LockHeldError
from worker.devices.base import DeviceOptions
from worker.errors import DeviceError
from worker.plugins import device_class

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.child_config import ChildConfig
    from worker.devices.base import Debts, WorkersDevice

_AGAIN_S: Final = 2.0  # between two tries; adb needs some seconds to see a phone that was plugged in


class DeviceHolder:
    """The worker's device, once there is one. `opened` is called from the holder's thread."""

    def __init__(self, config: ChildConfig, debts: Debts, opened: Callable[[WorkersDevice], None]) -> None:
        self._config = config
        self._debts = debts
        self._opened = opened
        self._device: WorkersDevice | None = None
        self._lock: FileLock | None = None
        self._end = threading.Event()
        self._tried = threading.Event()
        self._why_not = ""
        self._thread = threading.Thread(target=self._run, name="device", daemon=True)

    def start(self) -> None:
        """Begin to look for the device, when the worker has one."""
        if self._config.device_address is None:
            self._tried.set()
            self._why_not = "no device"
        else:
            self._thread.start()

    def device(self) -> WorkersDevice | None:
        """Return the device when it is open."""
        return self._device

    def wait_tried(self, timeout_s: float) -> str:
        """Return, after the first try or `timeout_s` seconds, what there is to say about the device."""
        self._tried.wait(timeout_s)
        if self._device is not None:
            return f"device {self._device.info.device_id}"
        return self._why_not or f"the device {self._config.device_address} does not answer yet"

    def close(self) -> None:
        """Look no further, and let go of the device and its lock."""
        self._end.set()
        if self._device is not None:
            self._device.close()
        if self._lock is not None:
            self._lock.release()

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                device = self._open()
            except (DeviceError, StepwellError) as error:
                self._say_why_not(str(error))
            except Exception as error:  # noqa: BLE001 - a device is a plug-in; whatever it raises, the worker lives
                self._say_why_not(f"the device broke: {type(error).__name__}: {error}")
            else:
                self._device = device
                self._opened(device)
                self._tried.set()
                return
            self._end.wait(_AGAIN_S)

    def _open(self) -> WorkersDevice:
        options = DeviceOptions(
            address=self._config.device_address or "",
            adb_server_port=self._config.adb_server_port,
            command_s=self._config.settings.limits.device_command_s,
            debts=self._debts,
        )
        device = device_class(self._config.options.get("device_class", "adb")).open(options)
        try:
            self._lock = FileLock.take(device_lock_path(device.info.device_id))
            if not self._lock.still_ours():
                self._lock.release()
                raise DeviceError("the device's lock file was removed by somebody; trying again")
        except LockHeldError as error:
            device.close()
            raise DeviceError(f"the device is used by another Stepwell, process {error.pid}") from None
        return device

    def _say_why_not(self, sentence: str) -> None:
        if sentence != self._why_not:
            get_logger().warning("the device cannot be opened; trying on", why=sentence)
        self._why_not = sentence
        self._tried.set()
