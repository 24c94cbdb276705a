"""The simulated phone through the real adb: what a person's tools and the product see of it.

One private adb server for the module, and one phone process; tests that break the link or want another start have a
phone of their own.
"""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import adbutils
import pytest
from phone_driver import middle, nodes_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
DEADLINE_S = 20.0
ADB_IME = "com.android.adbkeyboard/.AdbIME"


def wait_for(what: str, condition: Callable[[], Any], deadline_s: float = DEADLINE_S) -> Any:
    """Return the condition's first true value; fail by name when it does not come in time."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not in {deadline_s} s: {what}")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def listening(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(command: list[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, start_new_session=True, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture(scope="module")
def adb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[adbutils.AdbClient]:
    port = free_port()
    home = tmp_path_factory.mktemp("adb")
    env = {**os.environ, "HOME": str(home), "ADB_MDNS_AUTO_CONNECT": "", "ADB_MDNS": "0", "TMPDIR": str(home)}
    env.pop("ADB_SERVER_SOCKET", None)
    command = [adbutils.adb_path(), "-P", str(port), "nodaemon", "server"]
    with running(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        wait_for("the adb server listens", lambda: listening(port))
        yield adbutils.AdbClient(host="127.0.0.1", port=port)


class RunningPhone:
    """A phone process that adb is connected to."""

    def __init__(self, adb: adbutils.AdbClient, address: str, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.adb = adb
        self.process = process
        self.address = address
        self.folder = folder
        self.device = adb.device(serial=address)

    def connect(self) -> None:
        def connected() -> bool:
            self.adb.connect(self.address, timeout=5)
            return self.state() == "device"

        wait_for(f"adb is connected to {self.address}", connected)

    def state(self) -> str:
        return {device.serial: device.state for device in self.adb.list()}.get(self.address, "")

    def sh(self, command: str) -> adbutils.ShellReturn:
        return self.device.shell2(command, v2=True)

    def picture(self) -> bytes:
        with self.device.open_transport() as connection:
            connection.send_command("exec:screencap -p")
            connection.check_okay()
            return connection.read_until_close(encoding=None)

    def nodes(self) -> dict[str, Any]:
        return {node["id"]: node for node in nodes_in(self.picture())["nodes"]}

    def tap(self, *node_ids: str) -> None:
        for node_id in node_ids:
            x, y = middle(self.nodes()[node_id]["bounds"])
            assert self.sh(f"input tap {x} {y}").returncode == 0

    def outside(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        return state

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]

    def adb_cli(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        command = [adbutils.adb_path(), "-P", str(self.adb.port), "-s", self.address, *words]
        return subprocess.run(command, capture_output=True, timeout=30, check=False)


@contextmanager
def phone_process(adb: adbutils.AdbClient, folder: Path, *options: str) -> Iterator[RunningPhone]:
    command = [sys.executable, "-P", "-m", "demo.phone", "--pace", "0", "--log", str(folder / "log.jsonl")]
    command += ["--state-file", str(folder / "state.json"), *options]
    with running(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["ready"] is True
        phone = RunningPhone(adb, f"127.0.0.1:{ready['port']}", folder, process)
        phone.connect()
        yield phone
        adb.disconnect(phone.address)


@pytest.fixture(scope="module")
def phone(adb: adbutils.AdbClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPhone]:
    with phone_process(adb, tmp_path_factory.mktemp("phone"), "--language", "en") as running_phone:
        yield running_phone


@pytest.fixture
def own_phone(adb: adbutils.AdbClient, tmp_path: Path) -> Iterator[RunningPhone]:
    with phone_process(adb, tmp_path) as running_phone:
        yield running_phone


def test_the_real_adb_sees_a_device_with_its_own_serial(phone: RunningPhone) -> None:
    assert phone.device.prop.get("ro.serialno") == "DEMO00000000"
    assert phone.device.window_size() == (1080, 2400)
    assert "shell_v2" in phone.device.get_features()
    assert phone.device.is_screen_on()
    assert phone.device.app_current().package


def test_exit_codes_and_both_streams_arrive_by_shell_v2(phone: RunningPhone) -> None:
    done = phone.sh("echo out; cat /none; false")
    assert (done.returncode, done.stdout.strip()) == (1, "out")
    assert "No such file" in done.stderr
    assert phone.sh("frobnicate").returncode == 127
    assert phone.adb_cli("shell", "false").returncode == 1


def test_shell_v1_tells_the_exit_code_by_its_words(phone: RunningPhone) -> None:
    assert phone.device.shell2("false", v2=False).returncode == 1
    assert phone.device.shell2("echo hi", v2=False).output.strip() == "hi"


def test_a_screenshot_is_a_whole_png_with_nodes_and_quick(phone: RunningPhone) -> None:
    phone.sh("input keyevent HOME")
    assert {"home.settings", "home.contacts"} <= set(phone.nodes())
    assert phone.device.screenshot().size == (1080, 2400)
    phone.sh("monkey -p com.android.settings -c android.intent.category.LAUNCHER 1")
    started = time.monotonic()
    phone.picture()
    assert time.monotonic() - started < 2.0  # about 0.1 s on a quiet machine


def test_taps_turn_dark_mode_on_and_the_state_file_says_so(own_phone: RunningPhone) -> None:
    assert own_phone.outside()["dark_mode"] is False
    own_phone.tap("home.settings", "settings.item.display", "settings.display.dark_mode")
    assert own_phone.outside()["dark_mode"] is True
    assert own_phone.outside()["foreground"] == "com.android.settings"
    assert own_phone.device.app_current().package == "com.android.settings"


def test_chinese_is_typed_by_broadcast_only_through_the_adb_keyboard(own_phone: RunningPhone) -> None:
    own_phone.tap("home.contacts", "contacts.add", "contacts.edit.name")
    former = own_phone.sh("settings get secure default_input_method").stdout.strip()
    typed = base64.b64encode("张三".encode()).decode()
    own_phone.sh(f"am broadcast -a ADB_INPUT_B64 --es msg {typed}")
    assert own_phone.nodes()["contacts.edit.name"]["text"] == ""
    assert own_phone.sh(f"ime set {ADB_IME}").returncode == 0
    own_phone.sh("am broadcast -a ADB_CLEAR_TEXT")
    own_phone.sh(f"am broadcast -a ADB_INPUT_B64 --es msg {typed}")
    assert own_phone.sh(f"ime set {former}").returncode == 0
    own_phone.tap("contacts.edit.phone")
    own_phone.sh("input text 13800138000")
    own_phone.tap("contacts.edit.save")
    assert {"name": "张三", "phone": "13800138000"} in own_phone.outside()["contacts"]
    assert own_phone.outside()["ime"] == former


def test_the_dump_of_nodes_parses_and_can_be_pulled(phone: RunningPhone) -> None:
    assert phone.sh("uiautomator dump").returncode == 0
    root = ET.fromstring(phone.device.sync.read_bytes("/sdcard/window_dump.xml"))
    assert len(list(root.iter("node"))) > 2
    assert ET.fromstring(phone.device.dump_hierarchy()).tag == "hierarchy"


def test_files_go_to_the_phone_and_back_by_sync(phone: RunningPhone, tmp_path: Path) -> None:
    content = os.urandom(300_000)
    source, target = tmp_path / "a.bin", tmp_path / "b.bin"
    source.write_bytes(content)
    assert phone.adb_cli("push", str(source), "/sdcard/a.bin").returncode == 0
    assert phone.adb_cli("pull", "/sdcard/a.bin", str(target)).returncode == 0
    assert target.read_bytes() == content
    assert phone.device.sync.stat("/sdcard/a.bin").size == len(content)
    assert "a.bin" in [entry.path for entry in phone.device.sync.list("/sdcard")]
    phone.device.sync.push(io.BytesIO(b"short"), "/sdcard/new/c.txt")
    assert phone.device.sync.read_bytes("/sdcard/new/c.txt") == b"short"
    assert phone.adb_cli("pull", "/sdcard/none", str(target)).returncode != 0


def test_a_reboot_and_unknown_services_are_refused_and_the_phone_stays(phone: RunningPhone) -> None:
    assert phone.adb_cli("reboot").returncode != 0
    assert phone.adb_cli("root").returncode != 0
    assert phone.state() == "device"


def test_several_commands_run_at_once(phone: RunningPhone) -> None:
    command = [adbutils.adb_path(), "-P", str(phone.adb.port), "-s", phone.address, "shell", "sleep 1; echo done"]
    started = time.monotonic()
    many = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(6)]
    assert [process.communicate(timeout=20)[0].strip() for process in many] == [b"done"] * 6
    assert time.monotonic() - started < 5.0  # one after the other would take six


def test_each_command_is_logged_before_and_after_it_is_carried_out(own_phone: RunningPhone) -> None:
    before = time.monotonic_ns()
    own_phone.sh("input tap 10 10; false")
    own_phone.sh("demo-fault slow 0.3")
    own_phone.sh("getprop ro.serialno")
    entries = [entry for entry in own_phone.log() if entry["t_monotonic_ns"] >= before]
    received = [(entry["command"], entry["service"], entry["mutating"]) for entry in entries if "command" in entry]
    assert received == [
        ("input tap 10 10; false", "shell,v2", True),
        ("demo-fault slow 0.3", "shell,v2", False),
        ("getprop ro.serialno", "shell,v2", False),
    ]
    first, last = [entry for entry in entries if entry["n"] == entries[0]["n"]]
    assert (last["finished"], last["exit"]) == (True, 1)
    slow = [entry["t_monotonic_ns"] for entry in entries[-2:]]
    assert slow[1] - slow[0] >= 300_000_000
    assert first["t_monotonic_ns"] <= last["t_monotonic_ns"]
    own_phone.sh("demo-fault clear")


def test_the_phone_goes_offline_and_comes_back_with_its_state(own_phone: RunningPhone) -> None:
    own_phone.tap("home.settings")
    assert own_phone.sh("demo-fault offline 1.5").returncode == 0
    wait_for("adb notices", lambda: own_phone.state() != "device")
    assert not listening(int(own_phone.address.rpartition(":")[2]))
    wait_for("adb reconnects by itself", lambda: own_phone.state() == "device")
    assert "settings.list" in own_phone.nodes()


def test_a_link_that_breaks_before_the_answer_leaves_the_command_carried_out_once(own_phone: RunningPhone) -> None:
    own_phone.sh("demo-fault drop-answer 1")
    x, y = middle(own_phone.nodes()["home.settings"]["bounds"])
    cut = own_phone.adb_cli("shell", f"input tap {x} {y}")
    assert cut.returncode != 0
    wait_for("adb reconnects by itself", lambda: own_phone.state() == "device")
    assert own_phone.outside()["foreground"] == "com.android.settings"
    assert [entry["command"] for entry in own_phone.log() if entry.get("mutating")] == [f"input tap {x} {y}"]


def test_screenshots_fail_or_stop_halfway_on_request(own_phone: RunningPhone) -> None:
    own_phone.sh("demo-fault half-png 1")
    with pytest.raises(OSError, match=r"truncated|cannot identify"):
        nodes_in(own_phone.picture())
    own_phone.sh("demo-fault no-screenshot 1")
    assert own_phone.picture() == b"Capturing failed.\n"
    own_phone.sh("demo-fault fail 2")
    assert [own_phone.sh("true").returncode for _ in range(3)] == [1, 1, 0]


def test_a_phone_without_shell_v2_reports_success_for_everything(adb: adbutils.AdbClient, tmp_path: Path) -> None:
    with phone_process(adb, tmp_path, "--no-shell-v2", "--faults", "no-screenshot 1") as old:
        assert "shell_v2" not in old.device.get_features()
        assert old.adb_cli("shell", "false").returncode == 0
        assert old.picture() == b"Capturing failed.\n"
        assert old.device.shell2("false; true", v2=False).returncode == 0


def test_a_wrong_fault_or_a_taken_port_is_said_in_a_sentence(phone: RunningPhone) -> None:
    for options in (["--faults", "frob"], ["--port", phone.address.rpartition(":")[2]]):
        command = [sys.executable, "-P", "-m", "demo.phone", *options]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=20, check=False)
        assert done.returncode == 2
        assert done.stderr.startswith(b"the simulated phone cannot start: ")


def test_the_phone_ends_on_sigterm_and_stays_small(
    adb: adbutils.AdbClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
        monkeypatch.delenv(name)  # the measuring of coverage is not the phone's memory
    with phone_process(adb, tmp_path, "--language", "zh") as small:
        for package in ("com.android.settings", "com.android.contacts"):
            small.sh(f"monkey -p {package} 1")
            small.picture()
        # What a picture took is given back once its thread has ended. 57 MB, 16 of them the runtime of all children.
        wait_for("the phone is small after its pictures", lambda: _resident_kb(small.process.pid) < 64 * 1024)
        small.process.send_signal(signal.SIGTERM)
        assert small.process.wait(timeout=DEADLINE_S) == 0
        assert not listening(int(small.address.rpartition(":")[2]))


def _resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
