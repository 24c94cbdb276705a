"""A file that only takes space: 8 MiB of the home's disk, given up when the disk is full.

What it frees is not for new work: the ends of what runs are recorded in it, and what a person deletes to make room.
It is made again when there is space enough, and then the shortage is over. Called by shortage.py and at a start that
failed for want of space; must not decide when.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from shared.logs import get_logger
from shared.posix import is_plain_file

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = "reserve"
_BYTES: Final = 8 << 20  # thousands of outcomes and ends with their lines in the event log
_LEAST_BYTES: Final = 64 << 10  # of what smaller disks can spare nothing could be done
_SHARE: Final = 16  # of a small disk no more than such a part
_ROOM: Final = 2  # times its size must stay free beside it, or the next batch would need it at once


class Reserve:
    """The reserve of one home."""

    def __init__(self, root: Path) -> None:
        self._path = root / NAME

    def make(self) -> bool:
        """Make sure that it is there; False when there is not space enough, or something else lies in its place."""
        size = self._size()
        if size < _LEAST_BYTES or (os.path.lexists(self._path) and not is_plain_file(self._path)):
            return False
        if self._held() >= size:
            return True
        if self._free() < size * (1 + _ROOM):
            return False
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, size)
            finally:
                os.close(descriptor)
        except OSError as error:
            get_logger().info("there is no space for the reserve yet", error=str(error))
            self._path.unlink(missing_ok=True)  # half of it would only be in the way
            return False
        return True

    def release(self) -> bool:
        """Give its space up; False when it was not there, or would not help: the disk has space, but a limit."""
        if not is_plain_file(self._path) or self._free() >= self._size():
            return False
        self._path.unlink()
        return True

    def _size(self) -> int:
        disk = os.statvfs(self._path.parent)
        return min(_BYTES, disk.f_blocks * disk.f_frsize // _SHARE)

    def _free(self) -> int:
        disk = os.statvfs(self._path.parent)
        return disk.f_bavail * disk.f_frsize

    def _held(self) -> int:
        """Return the bytes that the file has on the disk: one that was cut off in the making has fewer."""
        try:
            return self._path.stat().st_blocks * 512
        except FileNotFoundError:
            return 0
