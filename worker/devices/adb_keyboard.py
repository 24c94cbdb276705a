"""Typing text on a phone: by ADB Keyboard when it is installed, by `input text` for plain ASCII, else a clear error.

The keyboard that the person had is put back whatever happens to the text: success, failure, a stop; and after a crash,
because it is owed, durably, before another one is chosen: then `give_back` is the next process's. Used by adb.py.
"""

from __future__ import annotations

import base64
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from shared.faultpoints import reach
from shared.logs import get_logger
from worker.devices.quoting import input_text_pieces, quote_for_device
from worker.errors import CommandFailed, DeviceError, UnknownResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.devices.adb_link import AdbLink
    from worker.devices.base import Debts

KEYBOARD_DEBT: Final = "keyboard"  # its detail is the former keyboard's id
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

    def __init__(self, link: AdbLink, device_id: str, limit_s: float, debts: Debts) -> None:
        self._link = link
        self._device_id = device_id
        self._limit_s = limit_s
        self._debts = debts

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

    def give_back(self, former: str) -> None:
        """Choose the keyboard `former` again, unless somebody has chosen another; DeviceError when it cannot."""
        if self._current() == ADB_IME:
            self._choose(former)

    # --- ADB Keyboard ------------------------------------------------------------------------------------------------

    def _installed(self) -> bool:
        listed = self._link.ask(f"pm list packages {_PACKAGE}", self._limit_s)
        return f"package:{_PACKAGE}" in listed.split()

    def _by_keyboard(self, text: str) -> None:
        with self._chosen():
            try:
                self._broadcast("ADB_CLEAR_TEXT")
                for at in range(0, len(text), _PIECE):
                    data = text[at : at + _PIECE].encode("utf-8", "replace")
                    self._broadcast("ADB_INPUT_B64", base64.b64encode(data).decode())
            except CommandFailed as error:
                raise UnknownResult(f"the text may be typed in part: {error}") from error

    @contextmanager
    def _chosen(self) -> Iterator[None]:
        """Have ADB Keyboard chosen inside the block; the keyboard before it is owed as long as it is not put back."""
        former = self._current()
        if former == ADB_IME:
            yield
            return
        debt_id = self._debts.owe(self._device_id, KEYBOARD_DEBT, former) if former else ""
        try:
            self._link.run(f"ime enable {ADB_IME}", self._limit_s)
            self._choose(ADB_IME)
            reach("worker.keyboard_chosen")
            yield
        finally:
            if former and self._put_back(former):
                self._debts.settled(debt_id)

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

    def _put_back(self, former: str) -> bool:
        """Give the person's keyboard back; choosing it twice does no harm, so it is tried twice. False: it is owed."""
        for last in (False, True):
            try:
                self._link.run(f"ime set {quote_for_device(former)}", self._limit_s)
            except DeviceError as error:
                if last:
                    get_logger().error("the former keyboard is still owed", keyboard=former, error=str(error))
            else:
                return True
        return False

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
