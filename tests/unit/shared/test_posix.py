"""Files that are whole or not there, folders that are nobody else's, file systems that keep promises."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shared.errors import BadInputError, ErrorCode
from shared.posix import fsync_dir, is_network_file_system, private_dir, write_durably

if TYPE_CHECKING:
    from collections.abc import Callable

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user")
NOBODY = 65534

# --- durable files -------------------------------------------------------------------------------------------------


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("data", [b"", b"x", b"\0" * (3 << 20)])
def test_what_is_written_durably_is_there_whole_and_private(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "record"
    write_durably(path, b"former")
    write_durably(path, data)
    assert path.read_bytes() == data
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names_in(tmp_path) == ["record"]


def calls_of(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    for name in ("write", "fsync", "rename"):
        original = getattr(os, name)

        def spy(*arguments: object, name: str = name, original: Callable[..., object] = original) -> object:
            folder = name == "fsync" and stat.S_ISDIR(os.fstat(arguments[0]).st_mode)  # type: ignore[arg-type]
            seen.append("fsync folder" if folder else name)
            return original(*arguments)

        monkeypatch.setattr(os, name, spy)
    return seen


def test_the_content_is_on_disk_before_the_name_and_the_name_before_the_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = calls_of(monkeypatch)
    write_durably(tmp_path / "record", b"x")
    assert seen == ["write", "fsync", "rename", "fsync folder"]


@pytest.mark.parametrize("failing", ["write", "fsync", "rename"])
def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = tmp_path / "record"
    write_durably(path, b"former")

    def full(*_arguments: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, failing, full)
        with pytest.raises(OSError, match="No space left"):
            write_durably(path, b"new")
    assert path.read_bytes() == b"former"
    assert names_in(tmp_path) == ["record"]


def test_a_short_write_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, data: original(descriptor, data[:3]))
        write_durably(tmp_path / "record", b"0123456789")
    assert (tmp_path / "record").read_bytes() == b"0123456789"


def test_the_target_of_a_symlink_is_not_written(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"x")
    (tmp_path / "record").symlink_to(precious)
    write_durably(tmp_path / "record", b"new")
    assert precious.read_bytes() == b"x"
    assert (tmp_path / "record").read_bytes() == b"new"


def test_only_a_folder_is_synced_as_a_folder(tmp_path: Path) -> None:
    fsync_dir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        fsync_dir(tmp_path / "file")
    with pytest.raises(FileNotFoundError):
        fsync_dir(tmp_path / "none")


# --- private folders -----------------------------------------------------------------------------------------------


def refusal(folder: Path) -> str:
    with pytest.raises(BadInputError) as caught:
        private_dir(folder)
    assert caught.value.code is ErrorCode.BAD_HOME
    assert str(folder) in caught.value.message
    assert "--home" in caught.value.remedy
    return caught.value.message


def test_a_private_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert private_dir(folder) == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert private_dir(folder) == folder


def test_a_folder_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir(mode=0o755)
    folder.chmod(0o777)
    private_dir(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_symlink_is_refused_even_to_a_folder_of_ours(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert "is a symlink or a file" in refusal(tmp_path / "link")


def test_a_dangling_symlink_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "none")
    refusal(tmp_path / "link")
    assert not (tmp_path / "none").exists()


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be made: File exists" in refusal(tmp_path / "file")
    assert "cannot be made: Not a directory" in refusal(tmp_path / "file" / "below")


@needs_root
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o777)
    os.chown(folder, NOBODY, NOBODY)
    assert "belongs to another user" in refusal(folder)


TRY_FOLDERS = """
import sys
from pathlib import Path
from shared.posix import private_dir
for folder in sys.argv[1:]:
    try:
        private_dir(Path(folder))
    except Exception as error:
        print(error.code, error)
"""


@needs_root
def test_another_user_is_refused_our_folder_and_one_that_cannot_be_written() -> None:
    """As uid 65534, without any privilege of root."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        top = Path(name)
        top.chmod(0o755)
        (top / "ours").mkdir()
        (top / "closed").mkdir()
        os.chown(top / "closed", NOBODY, NOBODY)
        (top / "closed").chmod(0o500)
        found = as_nobody(TRY_FOLDERS, top / "ours", top / "closed", top / "below" / "new")
    assert [line.partition(" ")[0] for line in found] == ["BAD_HOME"] * 3
    assert "belongs to another user" in found[0]
    assert "cannot be written" in found[1]
    assert "cannot be made: Permission denied" in found[2]


def as_nobody(code: str, *arguments: Path) -> list[str]:
    """Run Python code as an unprivileged user; skipped where that user cannot even read this environment."""
    command = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", sys.executable, "-P", "-c"]
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv (util-linux) is not installed")
    probe = subprocess.run([*command, "import shared.posix"], capture_output=True, text=True, cwd="/", check=False)
    if probe.returncode:
        pytest.skip(f"another user cannot run this environment's Python: {probe.stderr.strip().splitlines()[-1]}")
    ran = subprocess.run(
        [*command, code, *map(str, arguments)], capture_output=True, text=True, timeout=30, cwd="/", check=True
    )
    return ran.stdout.splitlines()


# --- file systems ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mounts", "path", "network"),
    [
        (b"/dev/sda1 / ext4 rw 0 0\n", "/home/me", False),
        (b"/dev/sda1 / ext4 rw 0 0\nserver:/x /home nfs4 rw 0 0\n", "/home/me", True),
        (b"/dev/sda1 / ext4 rw 0 0\nserver:/x /home nfs4 rw 0 0\n", "/homestead", False),
        (b"server:/x / nfs rw 0 0\ntmpfs /home tmpfs rw 0 0\n", "/home/me", False),
        (b"server:/x /mnt/my\\040files cifs rw 0 0\n", "/mnt/my files/x", True),
        ("server:/x /mnt/dépôt cifs rw 0 0\n".encode(), "/mnt/dépôt/x", True),
        (b"/dev/sda1 /mnt/\xe9 vfat rw 0 0\nserver:/x /home 9p rw 0 0\n", "/home/me", True),
        (b"server:/x /home/me fuse.sshfs rw 0 0\n", "/home/me", True),
    ],
)  # fmt: skip
def test_a_home_on_a_network_file_system_is_recognised(
    mounts: bytes, path: str, network: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = mounts.decode("utf-8", "surrogateescape")
    monkeypatch.setattr(Path, "read_text", lambda *_args, **_kwargs: text)
    assert is_network_file_system(Path(path)) is network


def test_this_machines_mounts_can_be_read(tmp_path: Path) -> None:
    assert isinstance(is_network_file_system(tmp_path), bool)
