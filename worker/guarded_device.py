"""The device as an agent gets it: what changes the phone passes only inside an open, durable step.

It counts the time inside device commands, waits for a device that went away as long as a command was surely not sent,
and never sends a command of unknown result again. Made by the executor for each task.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from worker.errors import DeviceAway, DeviceError, UnknownResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.messages import DeviceInfo
    from worker.devices.base import Device
    from worker.devices.nodes import Node
    from worker.pictures import Thumbnails
    from worker.step_gate import StepGate

T = TypeVar("T")
_LOOK_AGAIN_S = 0.5  # between two looks for a device that is away; adb itself takes seconds to reconnect


class _Patience:
    """How long one call waits for its device, from the first failure on, however often the device comes and goes."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end: float | None = None

    def begin(self) -> None:
        """Start the clock, once."""
        if self._end is None:
            self._end = time.monotonic() + self._seconds

    def over(self) -> bool:
        """Tell whether it is at its end."""
        return self._end is not None and time.monotonic() >= self._end


class GuardedDevice:
    """A `Device` that can only be touched inside a step."""

    def __init__(
        self,
        device: Device,
        *,
        gate: StepGate,
        sleep: Callable[[float], None],
        thumbnails: Thumbnails,
        wait_s: float,
    ) -> None:
        self._device = device
        self._gate = gate
        self._sleep = sleep
        self._thumbnails = thumbnails
        self._wait_s = wait_s

    @property
    def info(self) -> DeviceInfo:
        """Who it is."""
        return self._device.info

    def screenshot(self) -> bytes:
        """Return a whole PNG of the screen."""
        png = self._look(self._device.screenshot)
        self._thumbnails.begin(png)
        return png

    def size(self) -> tuple[int, int]:
        """Return width and height of the screen."""
        return self._look(self._device.size)

    def current_app(self) -> str:
        """Return the package in front."""
        return self._look(self._device.current_app)

    def nodes(self) -> tuple[Node, ...]:
        """Return what is on the screen."""
        return self._look(self._device.nodes)

    def find_text(self, text: str) -> bool:
        """Tell whether the screen shows `text`."""
        return self._look(lambda: self._device.find_text(text))

    def tap(self, x: int, y: int) -> None:
        """Touch a point."""
        self._change("tap", lambda: self._device.tap(x, y))

    def double_tap(self, x: int, y: int) -> None:
        """Touch a point twice."""
        self._change("double_tap", lambda: self._device.double_tap(x, y))

    def long_press(self, x: int, y: int, seconds: float = 3.0) -> None:
        """Touch a point and hold it."""
        self._change("long_press", lambda: self._device.long_press(x, y, seconds))

    def swipe(self, x1: int, y1: int, x2: int, y2: int, seconds: float | None = None) -> None:
        """Drag from one point to another."""
        self._change("swipe", lambda: self._device.swipe(x1, y1, x2, y2, seconds))

    def type_text(self, text: str) -> None:
        """Replace the content of the focused field."""
        self._change("type_text", lambda: self._device.type_text(text))

    def key(self, name: str) -> None:
        """Press a key."""
        self._change("key", lambda: self._device.key(name))

    def launch(self, app: str) -> None:
        """Bring an app to the front."""
        self._change("launch", lambda: self._device.launch(app))

    def is_there(self) -> bool:
        """Tell whether the device can be reached."""
        return self._device.is_there()

    def close(self) -> None:
        """Do nothing: the device belongs to the worker, not to a task."""

    def _look(self, call: Callable[[], T]) -> T:
        patience = _Patience(self._wait_s)
        while True:
            try:
                return self._timed(call)
            except (DeviceAway, UnknownResult) as error:  # looking twice does no harm
                self._await_device(error, patience)

    def _change(self, command: str, call: Callable[[], None]) -> None:
        patience = _Patience(self._wait_s)
        while True:
            first = not self._gate.touched
            self._gate.pass_change(command)
            try:
                self._timed(call)
            except UnknownResult as error:
                self._gate.result_unknown(str(error))
                raise
            except DeviceAway as error:
                if first:
                    self._gate.not_sent()
                self._await_device(error, patience)
            else:
                return

    def _timed(self, call: Callable[[], T]) -> T:
        begun = time.monotonic()
        try:
            return call()
        finally:
            self._gate.add_time(time.monotonic() - begun)

    def _await_device(self, error: DeviceError, patience: _Patience) -> None:
        """Return when the device is back; DeviceError when the patience of this call is at its end; stoppable."""
        patience.begin()
        while not patience.over():
            self._sleep(_LOOK_AGAIN_S)
            if self._device.is_there():
                return
        name = self._device.info.device_id
        raise DeviceError(f"the device {name} went away and did not come back within {self._wait_s:g} s: {error}")
