"""The adb device against the simulated phone, through a real adb server: results, faults, typing, going away."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import adbutils
import pytest

from demo.phone.server import PhoneConfig, PhoneServer, run_phone
from demo.phone.state import ADB_IME, STANDARD_IME, StartOptions
from worker.devices.adb import AdbDevice
from worker.devices.base import DeviceOptions
from worker.errors import CommandFailed, DeviceAway, DeviceError, ScreenshotFailed, UnknownResult
from worker.pictures import look_at
from worker.verbs import see_devices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_S = 30.0


def wait_for(what: str, condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"not in time: {what}"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def adb_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A private adb server, ended by its pid."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    home = str(tmp_path_factory.mktemp("adb"))
    env = {**os.environ, "HOME": home, "TMPDIR": home, "ADB_MDNS": "0", "ADB_MDNS_AUTO_CONNECT": ""}
    env.pop("ADB_SERVER_SOCKET", None)
    server = subprocess.Popen(
        [adbutils.adb_path(), "-P", str(port), "nodaemon", "server"],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for("the adb server answers", lambda: not see_devices(port).error)
    yield port
    server.send_signal(signal.SIGTERM)
    server.wait(timeout=10)


class Ledger:
    """Notes what is owed and settled, with the keyboard that the phone had then."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, ...]] = []
        self.ime: Callable[[], str] = lambda: ""
        self.refuses = False

    def owe(self, device_id: str, kind: str, detail: str) -> str:
        if self.refuses:
            raise CommandFailed("the store does not answer")
        self.notes.append(("owed", device_id, kind, detail, self.ime()))
        return "debt-1"

    def settled(self, debt_id: str) -> None:
        self.notes.append(("settled", debt_id, self.ime()))


class Pair:
    """A phone, and the device by which the product uses it."""

    def __init__(self, config: PhoneConfig, port: int) -> None:
        self.server: PhoneServer = run_phone(config)
        self.address = f"127.0.0.1:{self.server.port}"
        self.log = config.log
        self.debts = Ledger()
        self.debts.ime = lambda: self.server.phone.state.ime
        self.options = DeviceOptions(address=self.address, adb_server_port=port, command_s=15.0, debts=self.debts)
        self.device = AdbDevice.open(self.options)

    def fault(self, words: str) -> None:
        self.server._faults.arm(words.split())

    def commands(self, beginning: str) -> list[str]:
        entries = [json.loads(line) for line in Path(self.log).read_text().splitlines()]
        found = [entry["command"] for entry in entries if "command" in entry]
        return [command for command in found if command.startswith(beginning)]

    def open_new_contact(self) -> None:
        """Bring an empty name field into focus."""
        self.device.launch("Contacts")
        for node_id in ("contacts.add", "contacts.edit.name"):
            left, top, right, bottom = next(n.bounds for n in self.server.phone.scene().nodes if n.id == node_id)
            self.device.tap((left + right) // 2, (top + bottom) // 2)

    def typed(self) -> str:
        return next(n.text for n in self.server.phone.scene().nodes if n.id == "contacts.edit.name")


@pytest.fixture
def make_pair(adb_port: int, tmp_path: Path) -> Iterator[Callable[..., Pair]]:
    made: list[Pair] = []

    def make(*, shell_v2: bool = True, **start: object) -> Pair:
        options = StartOptions(language="en", **start)  # type: ignore[arg-type]
        made.append(Pair(PhoneConfig(start=options, log=tmp_path / "log", shell_v2=shell_v2, pace=0.0), adb_port))
        return made[-1]

    yield make
    for pair in made:
        pair.server.stop()


@pytest.fixture
def pair(make_pair: Callable[..., Pair]) -> Pair:
    return make_pair()


def test_a_phone_is_known_by_its_own_serial(pair: Pair) -> None:
    info = pair.device.info
    assert (info.device_id, info.address, info.width, info.height) == ("DEMO00000000", pair.address, 1080, 2400)
    assert info.model
    assert info.android


def test_looking_and_touching(pair: Pair) -> None:
    device = pair.device
    picture = look_at(device.screenshot())
    assert (picture.width, picture.height) == device.size() == (1080, 2400)
    device.launch("设置")
    assert device.current_app() == "com.android.settings"
    assert device.find_text("Display")
    assert not device.find_text("no such text anywhere")
    device.swipe(540, 1800, 540, 600)
    device.double_tap(5, 5)
    device.long_press(5, 5, 0.6)
    device.key("HOME")
    assert device.current_app() == "com.android.launcher3"
    device.launch("com.android.contacts")
    assert device.current_app() == "com.android.contacts"


@pytest.mark.parametrize("shell_v2", [True, False])
def test_a_command_that_fails_is_never_taken_for_success(make_pair: Callable[..., Pair], shell_v2: bool) -> None:
    pair = make_pair(shell_v2=shell_v2)
    for app in ("No Such App", "com.example.nowhere", "; reboot", ""):
        with pytest.raises(CommandFailed):
            pair.device.launch(app)
    with pytest.raises(CommandFailed):
        pair.device.key("NO_SUCH_KEY")
    with pytest.raises(CommandFailed, match="name of a key"):
        pair.device.key("4; reboot")
    pair.fault("no-inject")
    with pytest.raises(CommandFailed, match="USB debugging"):
        pair.device.tap(1, 1)
    assert pair.commands("reboot") == []


def test_a_command_that_exits_with_a_failure_fails(pair: Pair) -> None:
    pair.fault("fail 1")
    with pytest.raises(CommandFailed, match="exit status 1"):
        pair.device.tap(1, 1)


def test_a_failed_screenshot_is_told_and_never_made_up(pair: Pair) -> None:
    pair.fault("half-png 1")
    with pytest.raises(ScreenshotFailed, match="breaks off"):
        pair.device.screenshot()
    pair.fault("no-screenshot 1")
    with pytest.raises(ScreenshotFailed, match="screenshot failed"):
        pair.device.screenshot()
    assert pair.device.screenshot()


def test_a_link_that_breaks_before_the_answer_leaves_the_result_unknown(pair: Pair) -> None:
    before = len(pair.commands("input tap"))
    pair.fault("drop-answer 1")
    with pytest.raises(UnknownResult):
        pair.device.tap(7, 7)
    assert len(pair.commands("input tap")) == before + 1


def test_a_command_that_takes_too_long_ends_in_time_as_unknown(pair: Pair) -> None:
    slow = AdbDevice(pair.device._link, pair.device.info, 1.0, pair.debts)
    pair.fault("slow 4")
    begun = time.monotonic()
    with pytest.raises(UnknownResult, match="did not end in time"):
        slow.tap(1, 1)
    assert time.monotonic() - begun < 3.5


def test_a_phone_that_goes_away_is_away_and_can_be_reached_again(pair: Pair) -> None:
    pair.server._go_away(2.0)
    wait_for("it is away", lambda: _is_away(pair.device))
    wait_for("it is there again", pair.device.is_there)
    pair.device.tap(1, 1)


def _is_away(device: AdbDevice) -> bool:
    try:
        device.tap(9, 9)
    except (DeviceAway, UnknownResult):
        return True
    return False


def test_a_phone_that_is_not_there_says_what_to_do(adb_port: int) -> None:
    options = DeviceOptions(address="NOSUCHPHONE", adb_server_port=adb_port, command_s=5.0, debts=Ledger())
    with pytest.raises(DeviceError, match="USB debugging"):
        AdbDevice.open(options)
    with pytest.raises(DeviceError, match="no adb server"):
        AdbDevice.open(DeviceOptions(address="x", adb_server_port=1, command_s=5.0, debts=Ledger()))


TEXTS = ["张三 & 李四", "a'b\"c $(reboot) `id` ; rm -rf /", "50%s off", "😀 émile", "x" * 300]


@pytest.mark.parametrize("keyboard", ["enabled", "installed"])
def test_any_text_is_typed_and_the_former_keyboard_is_put_back(make_pair: Callable[..., Pair], keyboard: str) -> None:
    pair = make_pair(adb_keyboard=keyboard)
    pair.open_new_contact()
    for text in TEXTS:
        pair.device.type_text(text)  # each replaces the one before
        assert pair.typed() == text
        assert pair.server.phone.state.ime == STANDARD_IME


def test_the_former_keyboard_is_put_back_after_a_failure_too(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: object) -> None:
        assert pair.server.phone.state.ime == ADB_IME
        raise CommandFailed("refused")

    monkeypatch.setattr(pair.device._keyboard, "_broadcast", refused)
    with pytest.raises(DeviceError):
        pair.device.type_text("张三")
    assert pair.server.phone.state.ime == STANDARD_IME


OWED = ("owed", "DEMO00000000", "keyboard", STANDARD_IME, STANDARD_IME)


def test_the_former_keyboard_is_owed_before_another_is_chosen_and_settled_after_it_was_put_back(pair: Pair) -> None:
    pair.open_new_contact()
    pair.device.type_text("张三")
    assert pair.debts.notes == [OWED, ("settled", "debt-1", STANDARD_IME)]


def test_no_keyboard_is_chosen_that_could_not_be_put_back_after_a_crash(pair: Pair) -> None:
    pair.debts.refuses = True
    with pytest.raises(CommandFailed, match="store does not answer"):
        pair.device.type_text("张三")
    assert pair.commands("ime ") == []


def test_a_keyboard_that_could_not_be_put_back_stays_owed_until_it_is_settled(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair.open_new_contact()
    with monkeypatch.context() as broken:
        broken.setattr(pair.device._keyboard, "_put_back", lambda _former: False)
        pair.device.type_text("张三")
    assert (pair.debts.notes, pair.server.phone.state.ime) == ([OWED], ADB_IME)
    pair.device.settle_debt("keyboard", STANDARD_IME)
    assert pair.server.phone.state.ime == STANDARD_IME


def test_settling_leaves_the_keyboard_alone_that_a_person_has_chosen_meanwhile(pair: Pair) -> None:
    pair.device.settle_debt("keyboard", "com.vendor/.Gone")
    assert (pair.server.phone.state.ime, pair.commands("ime ")) == (STANDARD_IME, [])


def test_a_debt_that_cannot_be_settled_says_why(pair: Pair) -> None:
    pair.server.phone.state.ime = ADB_IME
    with pytest.raises(CommandFailed, match=r"com\.vendor/\.Gone"):
        pair.device.settle_debt("keyboard", "com.vendor/.Gone")
    with pytest.raises(CommandFailed, match="'clipboard' is not one of an adb device"):
        pair.device.settle_debt("clipboard", "x")


def test_without_adb_keyboard_ascii_is_typed_and_everything_else_says_what_to_install(
    make_pair: Callable[..., Pair],
) -> None:
    pair = make_pair(adb_keyboard="absent")
    pair.open_new_contact()
    for text in ("hello world", "a'b $(id) 50%s & done"):
        pair.device.type_text(text)
        assert pair.typed() == text
    with pytest.raises(CommandFailed, match=r"ADBKeyboard\.apk"):
        pair.device.type_text("张三")
