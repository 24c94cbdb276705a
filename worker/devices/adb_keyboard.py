"""Typing text on a phone: by ADB Keyboard when it is installed, by `input text` for plain ASCII, else a clear error.

The keyboard that the person had is put back whatever happens to the text: success, failure, a stop. Used by adb.py.
"""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Final

from shared.logs import get_logger
from worker.devices.quoting import input_text_pieces, quote_for_device
from worker.errors import CommandFailed, DeviceError, UnknownResult

if TYPE_CHECKING:
    from worker.devices.adb_link import AdbLink

ADB_IME: Final = "com.android.adbkeyboard/.AdbIME"
_PACKAGE: Final = "com.android.adbkeyboard"
_SETTLE_S: Final = 3.0  # a keyboard that was just chosen is awaited so long
_CONNECT_S: Final = 0.3  # between being chosen and being connected to the field; the first key is lost without it
_LOOK_S: Final = 0.1
_PIECE: Final = 600  # characters of one broadcast; a command has at most 60,000 bytes, an intent less
_CLEAR_KEYS: Final = 60  # deletions in one `input keyevent`
_CLEAR_ROUNDS: Final = 4


class AdbKeyboard:
    """Types on one phone."""

    def __init__(self, link: AdbLink, limit_s: float) -> None:
        self._link = link
        self._limit_s = limit_s

    def type_text(self, text: str) -> None:
        """Replace the content of the focused field by `text`; DeviceError when it cannot."""
        if "\0" in text:
            raise CommandFailed("a text with a NUL character cannot be typed")
        if self._installed():
            self._by_keyboard(text)
        elif text.isascii() and all(character.isprintable() or character == "\n" for character in text):
            self._by_input(text)
        else:
            raise CommandFailed(
                "this text needs ADB Keyboard, which is not installed on the phone: install ADBKeyboard.apk "
                f"({_PACKAGE}), for example from F-Droid; without it only plain ASCII can be typed"
            )

    # --- ADB Keyboard ------------------------------------------------------------------------------------------------

    def _installed(self) -> bool:
        listed = self._link.ask(f"pm list packages {_PACKAGE}", self._limit_s)
        return f"package:{_PACKAGE}" in listed.split()

    def _by_keyboard(self, text: str) -> None:
        former = self._current()
        begun = False
        try:
            if former != ADB_IME:
                self._link.run(f"ime enable {ADB_IME}", self._limit_s)
                self._choose(ADB_IME)
            begun = True
            self._broadcast("ADB_CLEAR_TEXT")
            for at in range(0, len(text), _PIECE):
                data = text[at : at + _PIECE].encode("utf-8", "replace")
                self._broadcast("ADB_INPUT_B64", base64.b64encode(data).decode())
        except CommandFailed as error:
            if begun:
                raise UnknownResult(f"the text may be typed in part: {error}") from error
            raise
        finally:
            if former not in (ADB_IME, ""):
                self._put_back(former)

    def _current(self) -> str:
        found = self._link.ask("settings get secure default_input_method", self._limit_s).strip()
        return "" if found == "null" else found

    def _choose(self, ime: str) -> None:
        self._link.run(f"ime set {quote_for_device(ime)}", self._limit_s)
        end = time.monotonic() + _SETTLE_S
        while self._current() != ime:
            if time.monotonic() > end:
                raise CommandFailed(f"the phone does not take {ime} as its keyboard")
            time.sleep(_LOOK_S)
        time.sleep(_CONNECT_S)

    def _put_back(self, former: str) -> None:
        """Give the person's keyboard back; choosing it twice does no harm, so it is tried twice."""
        for last in (False, True):
            try:
                self._link.run(f"ime set {quote_for_device(former)}", self._limit_s)
            except DeviceError as error:
                if last:
                    get_logger().error("the former keyboard could not be put back", keyboard=former, error=str(error))
            else:
                return

    def _broadcast(self, action: str, message: str = "") -> None:
        extra = f" --es msg {quote_for_device(message)}" if message else ""
        said = self._link.run(f"am broadcast -a {action}{extra}", self._limit_s)
        if "Broadcast completed" not in said:
            raise CommandFailed(f"the phone did not take the broadcast {action}: {said.strip()[:200]}")

    # --- the phone's own keyboard ------------------------------------------------------------------------------------

    def _by_input(self, text: str) -> None:
        self._clear_by_keys()
        for number, line in enumerate(text.split("\n")):
            if number:
                self._link.run("input keyevent 66", self._limit_s)
            for piece in input_text_pieces(line):
                self._link.run(f"input text {quote_for_device(piece)}", self._limit_s)

    def _clear_by_keys(self) -> None:
        self._link.run("input keyevent 123", self._limit_s)  # MOVE_END
        for _ in range(_CLEAR_ROUNDS):
            self._link.run("input keyevent " + " ".join(["67"] * _CLEAR_KEYS), self._limit_s)
