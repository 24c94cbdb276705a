"""The device `drawn`: nothing but a picture that counts its taps. A real one would speak to hardware here.

A call returns when the device has done it, and raises a `worker.errors.DeviceError` otherwise: no result is invented.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from shared.messages import DeviceInfo
from worker.devices.nodes import Node
from worker.errors import CommandFailed, DeviceError

if TYPE_CHECKING:
    from worker.devices.base import DeviceOptions

WIDTH, HEIGHT = 400, 800


class DrawnDevice:
    """One picture. `address` is what stands behind `drawn://`; it names the device."""

    def __init__(self, address: str) -> None:
        self._taps = 0
        self.info = DeviceInfo(
            device_id=f"drawn-{address}", address=address, model="a picture", width=WIDTH, height=HEIGHT
        )

    @classmethod
    def open(cls, options: DeviceOptions) -> DrawnDevice:
        """Reach the device; DeviceError says what to do when it is not there."""
        if not options.address.isalnum():
            raise DeviceError(f"{options.address!r} is no name of a picture: letters and digits, as in drawn://kitchen")
        return cls(options.address)

    def screenshot(self) -> bytes:
        """Return a whole PNG."""
        picture = Image.new("RGB", (WIDTH, HEIGHT), (240, 240, 240))
        ImageDraw.Draw(picture).text((40, 40), self._said(), fill=(0, 0, 0))
        out = io.BytesIO()
        picture.save(out, "PNG")
        return out.getvalue()

    def size(self) -> tuple[int, int]:
        """Return width and height in pixels."""
        return WIDTH, HEIGHT

    def current_app(self) -> str:
        """Return the package in front."""
        return "picture"

    def nodes(self) -> tuple[Node, ...]:
        """Return what is on the screen."""
        return (Node(text=self._said(), bounds=(0, 0, WIDTH, HEIGHT)),)

    def find_text(self, text: str) -> bool:
        """Tell whether a node shows the text."""
        return text in self._said()

    def tap(self, x: int, y: int) -> None:
        """Touch a point."""
        if not (0 <= x < WIDTH and 0 <= y < HEIGHT):
            raise CommandFailed(f"{x}, {y} is not on the picture")
        self._taps += 1

    def double_tap(self, x: int, y: int) -> None:
        """Touch a point twice."""
        self.tap(x, y)
        self.tap(x, y)

    def long_press(self, x: int, y: int, seconds: float = 3.0) -> None:
        """Touch a point and hold it."""
        raise CommandFailed(f"a picture cannot be pressed for {seconds:g} s at {x}, {y}")

    def swipe(self, x1: int, y1: int, x2: int, y2: int, seconds: float | None = None) -> None:
        """Drag from one point to another."""
        raise CommandFailed(f"a picture cannot be swiped from {x1}, {y1} to {x2}, {y2} ({seconds} s)")

    def type_text(self, text: str) -> None:
        """Replace the content of the focused field."""
        raise CommandFailed(f"a picture has no field for {len(text)} characters")

    def key(self, name: str) -> None:
        """Press a key."""
        raise CommandFailed(f"a picture has no key {name}")

    def launch(self, app: str) -> None:
        """Bring an app to the front."""
        raise CommandFailed(f"a picture has no app {app}")

    def is_there(self) -> bool:
        """Tell whether the device can be reached now."""
        return True

    def settle_debt(self, kind: str, detail: str) -> None:
        """Put back what an earlier process owed; this device never owes anything."""
        raise CommandFailed(f"a picture owes nothing: {kind} {detail}")

    def close(self) -> None:
        """Let go of the device."""

    def _said(self) -> str:
        return f"{self._taps} taps"
