"""Doctor names each fault with its remedy, and a child that cannot even be imported is one failing check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.adb_host import AdbDevice, AdbError
from shared.paths import Home
from shared.window_libraries import COMMON, X11
from supervisor.cli import doctor

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def answer(monkeypatch: pytest.MonkeyPatch, code: int, out: str, err: str = "") -> None:
    monkeypatch.setattr(doctor, "_verb", lambda *_arguments: doctor._Done(code, out, err))


def test_this_machine_has_what_is_needed() -> None:
    assert all(check.ok for check in doctor.check_python())


def test_the_workers_checks_are_told_as_they_are(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, 1, '{"name":"adb","ok":false,"found":"none","remedy":"install it"}\n')
    assert list(doctor.check_worker(home)) == [
        doctor.Check(name="adb", ok=False, found="none", remedy="install it"),
    ]


def test_the_real_workers_answer_is_understood_and_nothing_is_said_twice(home: Home) -> None:
    home.root.mkdir(mode=0o700)
    home.settings_file.write_text('adb_server_port = 1\n[models.x]\nbase_url = "http://127.0.0.1:9/v1"\n')
    checks = {check.name: check for check in doctor.check_worker(home)}
    assert set(checks) == {"adb", "plug-ins", "model x"}
    assert checks["adb"].ok
    assert checks["model x"].ok is False
    assert "does not answer" in checks["model x"].found
    home.settings_file.write_text("colour = 1")
    assert "settings" not in {check.name for check in doctor.check_worker(home)}


def test_a_worker_that_cannot_be_imported_is_one_failing_check(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, 1, "", "Traceback\nModuleNotFoundError: No module named 'adbutils'\n")
    (check,) = doctor.check_worker(home)
    assert check.ok is False
    assert "adbutils" in check.found
    assert check.remedy


def test_phones_are_told_with_what_is_wrong_with_them(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = [AdbDevice("a", "device"), AdbDevice("b", "unauthorized")]
    monkeypatch.setattr(doctor, "list_devices", lambda _port: seen)
    good, bad = doctor.check_phones(home, None)
    assert good.ok is True
    assert bad.ok is False
    assert "allow this computer" in bad.remedy
    (missing,) = doctor.check_phones(home, "c")
    assert missing.ok is False


@pytest.mark.parametrize(("device", "ok"), [(None, None), ("a", False)])
def test_a_missing_adb_server_is_a_fault_only_for_a_named_phone(
    device: str | None, ok: bool | None, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_port: int) -> list[AdbDevice]:
        raise AdbError("refused")

    monkeypatch.setattr(doctor, "list_devices", refuse)
    (check,) = doctor.check_phones(home, device)
    assert check.ok is ok


def test_broken_settings_and_a_bad_home_are_named(home: Home) -> None:
    home.root.mkdir(mode=0o700)
    home.settings_file.write_text("colour = 1\n")
    checks = {check.name: check for check in doctor.check_home(home)}
    assert checks["settings"].ok is False
    assert "colour" in checks["settings"].found
    assert doctor.port_of(home) == 5037
    home.settings_file.unlink()
    home.root.rmdir()
    home.root.write_text("")
    (check,) = doctor.check_home(home)
    assert check.ok is False


def test_what_the_window_lacks_is_a_note_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, 0, "libEGL.so.1\nlibxcb-cursor.so.0\n")
    (check,) = doctor.check_window()
    assert check.ok is None
    assert check.remedy == "apt-get install libegl1 libxcb-cursor0"
    answer(monkeypatch, 0, "\n")
    (check,) = doctor.check_window()
    assert check.ok is True
    answer(monkeypatch, -11, "", "Segmentation fault\n")
    (check,) = doctor.check_window()
    assert (check.ok, check.found) == (None, "Segmentation fault")


def test_the_real_look_for_the_windows_libraries_ends_well() -> None:
    done = doctor._verb("shared.window_libraries")
    assert done.code == 0, done.err
    assert set(done.out.split()) <= {*COMMON, *X11}


@pytest.mark.parametrize("below", ["/proc/stepwell", "/proc/a/b", "file/below", "file"])
def test_a_home_that_could_not_be_made_is_named_and_nothing_is_left_of_the_try(below: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    checks = list(doctor.check_home(Home(tmp_path / below)))
    assert [(check.name, check.ok) for check in checks] == [("home", False)]
    assert below.partition("/below")[0] in checks[0].found
    assert checks[0].remedy
    good, _settings = doctor.check_home(Home(tmp_path / "a" / "b"))
    assert (good.name, good.ok) == ("home", True)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
