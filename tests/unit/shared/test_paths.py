"""Where things lie: every socket's path fits, whatever the home is; folders are private."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from shared.errors import BadInputError, ErrorCode
from shared.identity import Identity
from shared.paths import MAX_SOCKET_PATH, Home, default_home, device_lock_path, user_runtime_dir

WORKER = Identity("worker-1", "0123456789abcdef")
LONGEST_NAME = "w" * 35  # with .sock: 40


@pytest.fixture(autouse=True)
def own_runtime_dir(monkeypatch: pytest.MonkeyPatch) -> object:
    """A runtime directory of this test, short enough for sockets; pytest's own folders are not."""
    with tempfile.TemporaryDirectory(prefix="sw", dir="/tmp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


def bytes_of(endpoint: str) -> int:
    assert endpoint.startswith("ipc:///")
    return len(os.fsencode(endpoint.removeprefix("ipc://")))


def test_a_short_home_has_its_sockets_in_its_run_folder() -> None:
    assert Home(Path("/h")).endpoint("daemon") == "ipc:///h/run/daemon.sock"


@pytest.mark.parametrize("length", [1, 50, 57, 58, 59, 60, 62, 63, 64, 80, 200, 1000, 4000])
@pytest.mark.parametrize("letter", ["a", "é", "漢"])
def test_every_endpoint_fits_whatever_the_home(length: int, letter: str) -> None:
    home = Home(Path("/" + letter * length))
    for name in ("daemon", "events", "supervisor", "worker-1", LONGEST_NAME):
        assert bytes_of(home.endpoint(name)) <= MAX_SOCKET_PATH


@pytest.mark.parametrize("length", [1, 20, 30, 36, 37, 50, 51, 100])
def test_every_endpoint_fits_whatever_the_runtime_directory(
    length: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_runtime_dir: Path
) -> None:
    folder = own_runtime_dir / ("r" * length)
    folder.mkdir()
    home = Home(Path("/" + "h" * 200))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    assert bytes_of(home.endpoint(LONGEST_NAME)) <= MAX_SOCKET_PATH
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    assert bytes_of(home.endpoint(LONGEST_NAME)) <= MAX_SOCKET_PATH


@pytest.mark.parametrize("value", ["", "relative", "/does/not/exist", "/proc"])
def test_a_runtime_directory_that_is_none_is_not_used(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", value)
    assert user_runtime_dir() == Path(tempfile.gettempdir()) / f"stepwell-{os.getuid()}"


def test_two_long_homes_do_not_share_their_sockets() -> None:
    one, other = Home(Path("/" + "h" * 200)), Home(Path("/" + "h" * 201))
    assert one.endpoint("daemon") != other.endpoint("daemon")
    assert one.endpoint("daemon") == Home(Path("/" + "h" * 200)).endpoint("daemon")


def test_prepare_makes_every_folder_private(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.prepare()
    home.prepare()
    made = {path.name for path in home.root.iterdir()}
    assert made == {"screenshots", "thumbs", "event_log", "backups", "outbox", "logs", "run"}
    for folder in (home.root, *home.root.iterdir()):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not home.database.exists()


def test_prepare_makes_the_socket_folder_of_a_long_home_private_from_its_root_on(tmp_path: Path) -> None:
    home = Home(tmp_path / ("h" * 100))
    home.prepare()
    sockets = Path(home.endpoint("daemon").removeprefix("ipc://")).parent
    assert sockets.parent == user_runtime_dir()
    for folder in (sockets, sockets.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_planted_symlink_in_the_runtime_directory_is_refused(tmp_path: Path, own_runtime_dir: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (own_runtime_dir / "stepwell").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInputError) as caught:
        Home(tmp_path / ("h" * 100)).prepare()
    assert caught.value.code is ErrorCode.BAD_HOME
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user")
def test_a_runtime_folder_that_another_user_planted_is_refused(tmp_path: Path, own_runtime_dir: Path) -> None:
    planted = own_runtime_dir / "stepwell"
    planted.mkdir(mode=0o777)
    os.chown(planted, 65534, 65534)
    with pytest.raises(BadInputError, match="belongs to another user"):
        Home(tmp_path / ("h" * 100)).prepare()
    with pytest.raises(BadInputError, match="belongs to another user"):
        device_lock_path("serial")


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(BadInputError, match="cannot be made: File exists"):
        Home(tmp_path / "home").prepare()


def test_each_incarnation_has_an_outbox_a_lock_and_a_mark_of_its_own() -> None:
    home = Home(Path("/h"))
    other = Identity("worker-1", "fedcba9876543210")
    for place in (home.outbox_of, home.outbox_lock, home.forced_mark):
        assert place(WORKER) != place(other)
        assert place(WORKER).parent == home.outbox
    assert home.lock("daemon") != home.lock("supervisor")


def test_the_demos_home_is_a_sibling_of_the_real_one() -> None:
    real, demo = default_home(), default_home(demo=True)
    assert real.parent == demo.parent
    assert (real.name, demo.name) == ("stepwell", "stepwell-demo")


def test_a_phone_has_one_lock_for_all_homes_whatever_its_serial() -> None:
    serials = ["a", "A", "192.168.0.1:5555", "192_168_0_1_5555", "../../etc", "x" * 128, "x" * 127, "\0", "é"]
    paths = [device_lock_path(serial) for serial in serials]
    assert len(set(paths)) == len(serials)
    assert {path.parent for path in paths} == {user_runtime_dir() / "devices"}
    assert all(len(path.name) < 70 for path in paths)
    assert device_lock_path("a") == paths[0]
    assert stat.S_IMODE(paths[0].parent.stat().st_mode) == 0o700
