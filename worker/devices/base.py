"""What a device is to an agent, and to Stepwell: a plug-in class of the entry-point group `stepwell.devices`.

Coordinates are pixels of the screen as it stands, origin top left. A call returns when the device has done it, and
raises a `DeviceError` that says what is known: `DeviceAway` (not sent), `CommandFailed` (refused), `UnknownResult`
(sent, and then the link broke). It never invents a result. The device that an agent gets is guarded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from shared.messages import DeviceInfo
    from worker.devices.nodes import Node


class Debts(Protocol):
    """Where a device records what it must put back, so that it is put back whatever happens to this process."""

    def owe(self, device_id: str, kind: str, detail: str) -> str:
        """Return the debt's id once it is durable; CommandFailed when it is not: then nothing may be changed."""

    def settled(self, debt_id: str) -> None:
        """Say that it was put back; does not wait."""


class DeviceOptions(Struct, frozen=True):
    """How to reach a device and how long to wait for it."""

    address: str
    adb_server_port: int
    command_s: float
    debts: Debts


class Device(Protocol):
    """A phone, for an agent."""

    @property
    def info(self) -> DeviceInfo:
        """Who it is; `device_id` is the phone's own serial."""

    def screenshot(self) -> bytes:
        """Return a whole PNG of the screen; raises ScreenshotFailed, which also says when the screen is protected."""

    def size(self) -> tuple[int, int]:
        """Return width and height of the screen as it stands, in pixels."""

    def current_app(self) -> str:
        """Return the package in front, '' when none is known."""

    def nodes(self) -> tuple[Node, ...]:
        """Return what is on the screen, as the phone tells it; CommandFailed when it does not."""

    def find_text(self, text: str) -> bool:
        """Tell whether a node of the screen shows a text that holds `text`."""

    def tap(self, x: int, y: int) -> None:
        """Touch a point."""

    def double_tap(self, x: int, y: int) -> None:
        """Touch a point twice, 0.1 s apart."""

    def long_press(self, x: int, y: int, seconds: float = 3.0) -> None:
        """Touch a point and hold it."""

    def swipe(self, x1: int, y1: int, x2: int, y2: int, seconds: float | None = None) -> None:
        """Drag from one point to another; None: as long as the distance asks for, 1 to 2 s."""

    def type_text(self, text: str) -> None:
        """Replace the content of the focused field by `text`."""

    def key(self, name: str) -> None:
        """Press a key by its Android name (BACK, HOME, ENTER) or number."""

    def launch(self, app: str) -> None:
        """Bring an app to the front, by display name or package."""

    def is_there(self) -> bool:
        """Tell whether the device can be reached now; tries to reach it again when it is not."""

    def close(self) -> None:
        """Let go of the device."""


class WorkersDevice(Device, Protocol):
    """A device as the worker itself holds it: what an agent may do with it, and what it owes."""

    def settle_debt(self, kind: str, detail: str) -> None:
        """Put back what an earlier process owed by `Debts.owe`, unless it was put back; DeviceError when it cannot."""


class DeviceClass(Protocol):
    """What an entry point of `stepwell.devices` names."""

    def open(self, options: DeviceOptions) -> WorkersDevice:
        """Reach a device; raises DeviceError with a sentence that says what to do."""
