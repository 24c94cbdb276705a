"""Any Android phone that adb reaches, as a Stepwell device.

Every command has a time limit and its result is checked; a screenshot goes straight to memory and must be a whole PNG
that is not entirely black; nothing is invented. Reading commands may be repeated, changing ones never are when their
result is unknown (adb_link.py tells the difference). Found by the entry point `adb`; typing is in adb_keyboard.py.
"""

from __future__ import annotations

import io
import math
import re
import time
from typing import TYPE_CHECKING, Final

from shared.messages import DeviceInfo
from shared.settings import SCREENSHOT_S
from worker.devices.adb_keyboard import KEYBOARD_DEBT, AdbKeyboard
from worker.devices.adb_link import AdbLink
from worker.devices.apps import NoSuchApp, package_of
from worker.devices.nodes import read_nodes
from worker.devices.quoting import quote_for_device
from worker.errors import CommandFailed, DeviceError, ScreenshotFailed, UnknownResult
from worker.pictures import NotAPicture, look_at

if TYPE_CHECKING:
    from worker.devices.base import Debts, DeviceOptions
    from worker.devices.nodes import Node

_KEYS: Final = {"BACK": 4, "HOME": 3, "ENTER": 66, "DEL": 67, "APP_SWITCH": 187, "WAKEUP": 224, "POWER": 26}
_KEY: Final = re.compile(r"[A-Z][A-Z0-9_]{0,40}|[0-9]{1,3}")
_SIZE: Final = re.compile(r"(Override|Physical) size: (\d+)x(\d+)")
_ORIENTATION: Final = re.compile(r"\borientation=(\d)")
_FOCUS: Final = re.compile(r"m(?:CurrentFocus|FocusedApp)=\S*\{[^}\n]*?\s([A-Za-z0-9_.]+)/")
_NOT_ID: Final = re.compile(r"[^A-Za-z0-9_.:-]")
_PROTECTED: Final = re.compile(rb"secure|protected|FLAG_SECURE", re.IGNORECASE)
_BLACK_BYTES: Final = 64 << 10  # an entirely black screen is a small PNG; larger ones need not be decoded
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_WARNING_MAX: Final = 4096
_DOUBLE_TAP_PAUSE_S: Final = 0.1
_SWIPE_SPEED: Final = 2400.0  # pixels that make a swipe a second longer
_GESTURE_EXTRA_S: Final = 5.0


class AdbDevice:
    """One phone. Use `open`."""

    def __init__(self, link: AdbLink, info: DeviceInfo, command_s: float, debts: Debts) -> None:
        self._link = link
        self._info = info
        self._command_s = command_s
        self._keyboard = AdbKeyboard(link, info.device_id, command_s, debts)

    @classmethod
    def open(cls, options: DeviceOptions) -> AdbDevice:
        """Reach the phone at an address and ask who it is; DeviceError says what to do when it does not answer."""
        link = AdbLink(options.address, options.adb_server_port)
        if not link.is_there():
            raise DeviceError(link.why_not())
        props = {
            name: link.ask(f"getprop {name}", options.command_s).strip()
            for name in ("ro.serialno", "ro.product.model", "ro.build.version.release")
        }
        width, height = _size(link, options.command_s)
        info = DeviceInfo(
            device_id=_NOT_ID.sub("_", props["ro.serialno"] or options.address)[:128],
            address=options.address,
            model=props["ro.product.model"][:200],
            android=props["ro.build.version.release"][:50],
            width=width,
            height=height,
        )
        return cls(link, info, options.command_s, options.debts)

    @property
    def info(self) -> DeviceInfo:
        """Who it is."""
        return self._info

    def screenshot(self) -> bytes:
        """Return a whole PNG of the screen; ScreenshotFailed says why there is none."""
        png = self._link.exec_out("screencap -p", SCREENSHOT_S)
        png = png[max(0, png.find(_PNG, 0, _WARNING_MAX)) :]  # phones with several screens print a warning first
        try:
            look_at(png)
        except NotAPicture as error:
            said = "" if png.startswith(b"\x89PNG") else png[:200].decode(errors="replace").strip()
            if _PROTECTED.search(png[:1000]) and said:
                raise ScreenshotFailed(f"the screen is protected: {said}", protected=True) from None
            raise ScreenshotFailed(f"the screenshot failed: {said or error}") from None
        if len(png) < _BLACK_BYTES and _entirely_black(png):
            raise ScreenshotFailed("the screen is protected, or off: its picture is entirely black", protected=True)
        return png

    def size(self) -> tuple[int, int]:
        """Return width and height of the screen as it stands."""
        return _size(self._link, self._command_s)

    def current_app(self) -> str:
        """Return the package in front, '' when none has the focus."""
        found = _FOCUS.search(self._link.ask("dumpsys window", self._command_s))
        return found.group(1) if found else ""

    def nodes(self) -> tuple[Node, ...]:
        """Return what is on the screen, as `uiautomator` tells it."""
        tree = self._link.exec_out("uiautomator dump /dev/tty", SCREENSHOT_S).decode(errors="replace")
        if "<hierarchy" not in tree:
            raise CommandFailed(
                f"the screen's nodes cannot be read: {tree.strip()[:300] or 'uiautomator says nothing'}"
            )
        return read_nodes(tree)

    def find_text(self, text: str) -> bool:
        """Tell whether a node of the screen shows a text that holds `text`."""
        return any(text in node.text or text in node.description for node in self.nodes())

    def tap(self, x: int, y: int) -> None:
        """Touch a point."""
        self._input(f"tap {int(x)} {int(y)}")

    def double_tap(self, x: int, y: int) -> None:
        """Touch a point twice."""
        self.tap(x, y)
        time.sleep(_DOUBLE_TAP_PAUSE_S)
        try:
            self.tap(x, y)
        except DeviceError as error:
            raise UnknownResult(f"only the first of two taps is sure: {error}") from error

    def long_press(self, x: int, y: int, seconds: float = 3.0) -> None:
        """Touch a point and hold it."""
        self.swipe(x, y, x, y, seconds)

    def swipe(self, x1: int, y1: int, x2: int, y2: int, seconds: float | None = None) -> None:
        """Drag from one point to another."""
        if seconds is None:
            seconds = 1.0 + min(1.0, math.dist((x1, y1), (x2, y2)) / _SWIPE_SPEED)
        points = f"{int(x1)} {int(y1)} {int(x2)} {int(y2)}"
        self._input(f"swipe {points} {int(seconds * 1000)}", seconds + _GESTURE_EXTRA_S)

    def type_text(self, text: str) -> None:
        """Replace the content of the focused field by `text`."""
        self._keyboard.type_text(text)

    def key(self, name: str) -> None:
        """Press a key by its Android name or number; CommandFailed when there is no such name."""
        plain = str(name).strip().upper().removeprefix("KEYCODE_")
        if not _KEY.fullmatch(plain):
            raise CommandFailed(f"{name!r} is not the name of a key, such as BACK, HOME or ENTER")
        code = plain if plain.isdigit() else _KEYS.get(plain, f"KEYCODE_{plain}")
        self._input(f"keyevent {code}")

    def launch(self, app: str) -> None:
        """Bring an app to the front."""
        listed = self._link.ask("pm list packages", self._command_s)
        installed = {line.removeprefix("package:").strip() for line in listed.splitlines() if line.strip()}
        try:
            package = package_of(app, installed)
        except NoSuchApp as error:
            raise CommandFailed(str(error)) from None
        self._link.run(f"monkey -p {quote_for_device(package)} -c android.intent.category.LAUNCHER 1", self._command_s)

    def settle_debt(self, kind: str, detail: str) -> None:
        """Put back the keyboard that an earlier process left changed."""
        if kind != KEYBOARD_DEBT:
            raise CommandFailed(f"a debt of the kind {kind!r} is not one of an adb device")
        self._keyboard.give_back(detail)

    def is_there(self) -> bool:
        """Tell whether the phone can be reached now."""
        return self._link.is_there()

    def close(self) -> None:
        """Nothing stays open between commands."""

    def _input(self, command: str, limit_s: float = 0.0) -> None:
        self._link.run(f"input {command}", max(limit_s, self._command_s))


def _size(link: AdbLink, limit_s: float) -> tuple[int, int]:
    found = {kind: (int(width), int(height)) for kind, width, height in _SIZE.findall(link.ask("wm size", limit_s))}
    if not found:
        raise CommandFailed("the phone does not tell the size of its screen (`wm size`)")
    width, height = found.get("Override") or found["Physical"]
    turned = _ORIENTATION.search(link.ask("dumpsys display", limit_s))
    return (height, width) if turned and turned.group(1) in "13" else (width, height)


def _entirely_black(png: bytes) -> bool:
    from PIL import Image  # noqa: PLC0415 - loaded by the first picture that must be decoded

    with Image.open(io.BytesIO(png)) as picture:
        return picture.convert("L").getextrema() == (0, 0)
