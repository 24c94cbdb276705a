"""Where an export goes: written under a temporary name beside the target, synced, and renamed when it is whole.

Whatever ends an export before that (a full disk, Ctrl-C, a fault) removes what was written; the target is as it was.
Only kill -9 or a power cut can leave a hidden `.NAME.….tmp` beside it. Folders are 0700 and files 0600, as in the
home: screenshots are private until their owner says otherwise. Called by run.py and legacy.py.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import zipfile
from typing import IO, TYPE_CHECKING, Final, Self

from shared.errors import BadInputError, ErrorCode
from shared.posix import fsync_dir

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

REPORT: Final = "report.html"
STEPS: Final = "steps.jsonl"
TASK: Final = "task.json"
SCREENSHOTS: Final = "screenshots"
_PARTS: Final = frozenset({REPORT, STEPS, TASK, SCREENSHOTS})
_ZIP: Final = ".zip"
_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)  # a .zip holds no zone; the times of the run stand in its files


def is_zip(target: Path) -> bool:
    """Tell whether a target's name asks for a .zip."""
    return target.name.lower().endswith(_ZIP)


def check_target(target: Path, home: Path, *, overwrite: bool) -> None:
    """Refuse a target that cannot be used; BadInputError says why. Changes nothing."""
    check_place(target, home)
    if not os.path.lexists(target):
        return
    if not overwrite:
        raise refused(f"{target} is there already", "name another place by --to PATH, or say --overwrite")
    if not _is_export(target):
        raise refused(f"{target} is not an export of Stepwell, so it is not overwritten", "name another place")


def check_place(target: Path, home: Path, remedy: str = "name another place by --to PATH") -> None:
    """Refuse a place where nothing can be written, or that is the home's own; BadInputError says why."""
    parent = target.parent
    if not parent.is_dir():
        raise refused(f"there is no folder {parent}", f"make it first, or {remedy}")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise refused(f"{parent} cannot be written", remedy)
    if target.resolve().is_relative_to(home.resolve()):
        raise refused(f"{target} lies in Stepwell's own folder", remedy)


def refused(sentence: str, remedy: str) -> BadInputError:
    """Return the error that a target cannot be used, with what to do."""
    return BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy=remedy)


def _is_export(target: Path) -> bool:
    """Tell whether what is there is an earlier export, and nothing that a person may have put there."""
    mode = target.lstat().st_mode
    if is_zip(target):
        return stat.S_ISREG(mode) and zipfile.is_zipfile(target) and _has_report(target)
    if not stat.S_ISDIR(mode):
        return False
    names = {entry.name for entry in target.iterdir()}
    return not names or (names <= _PARTS and {REPORT, TASK} <= names)


def _has_report(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return any(name.rpartition("/")[2] == REPORT for name in archive.namelist())


class Bundle:
    """An export in the making. Use as a context; without `commit` nothing remains of it."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._place = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
        self._zip: zipfile.ZipFile | None = None
        self._archive: IO[bytes] | None = None
        self._texts: list[IO[str]] = []
        self.size_bytes = 0

    def __enter__(self) -> Self:
        try:
            self._place.mkdir(mode=0o700)
            if is_zip(self._target):
                self._archive = self._open(_ZIP)
                self._zip = zipfile.ZipFile(self._archive, "w", zipfile.ZIP_DEFLATED)
            else:
                (self._place / SCREENSHOTS).mkdir(mode=0o700)
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def _remove(self) -> None:
        for file in (*self._texts, self._zip, self._archive):
            if file is not None:
                with contextlib.suppress(OSError):  # a full disk, which has been told; the file goes anyway
                    file.close()
        shutil.rmtree(self._place, ignore_errors=True)  # after a commit of a folder it has another name by now

    def open_text(self, name: str) -> IO[str]:
        """Return a file of the export to write text to; it is closed by `commit`."""
        file = open(self._place / name, "x", encoding="utf-8", newline="\n", opener=_private)  # noqa: SIM115 - see commit
        self._texts.append(file)
        return file

    def add_picture(self, name: str, data: bytes) -> None:
        """Put a picture into the export."""
        if self._zip is not None:
            info = zipfile.ZipInfo(f"{self._inside}/{SCREENSHOTS}/{name}", _ZIP_TIME)
            self._zip.writestr(info, data, zipfile.ZIP_STORED)  # a PNG does not get smaller
            return
        with self._open(f"{SCREENSHOTS}/{name}") as file:
            file.write(data)
            _sync(file)
        self.size_bytes += len(data)

    def commit(self, *, overwrite: bool) -> None:
        """Make the export durable and give it its name."""
        for file in self._texts:
            _sync(file)
            file.close()
        give_name(self._pack(), self._target, overwrite=overwrite)
        fsync_dir(self._target.parent)

    @property
    def _inside(self) -> str:
        return self._target.name[: -len(_ZIP)] or "export"

    def _pack(self) -> Path:
        """Make what is written durable as one thing, and return it."""
        if self._zip is None or self._archive is None:
            self.size_bytes += sum((self._place / name).stat().st_size for name in _PARTS - {SCREENSHOTS})
            fsync_dir(self._place / SCREENSHOTS)
            fsync_dir(self._place)
            return self._place
        for name in (REPORT, STEPS, TASK):
            info = zipfile.ZipInfo(f"{self._inside}/{name}", _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            with (self._place / name).open("rb") as source, self._zip.open(info, "w", force_zip64=True) as into:
                shutil.copyfileobj(source, into)
        self._zip.close()
        _sync(self._archive)
        self.size_bytes = self._archive.tell()
        return self._place / _ZIP

    def _open(self, name: str) -> IO[bytes]:
        return open(self._place / name, "xb", opener=_private)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _sync(file: IO[str] | IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def give_name(whole: Path, target: Path, *, overwrite: bool) -> None:
    """Give `whole` the target's name; what an overwritten target held is removed only after that."""
    if not os.path.lexists(target):
        whole.rename(target)
        return
    if not overwrite:
        raise refused(f"{target} was made by something else meanwhile", "name another place by --to PATH")
    if target.is_file():
        whole.replace(target)
        return
    former = target.with_name(f".{target.name}.{secrets.token_hex(4)}.old")
    target.rename(former)
    try:
        whole.rename(target)
    except BaseException:
        former.rename(target)
        raise
    shutil.rmtree(former)
