"""A file system of its own in a file, whose power can be cut: what the kernel has not written yet is gone.

The file is mounted by a loop device, so this is root's; `why_not` says in a sentence why it cannot be done here. The
cut is the ioctl by which ext4 and xfs stop at once, without writing their journal out; the next mount recovers. Called
by tests/faults/test_real_power_cut.py.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

SIZES: Final = {"ext4": 64 << 20, "xfs": 320 << 20}  # bytes; the smallest that their mkfs takes, and room enough
_GOING_DOWN: Final = 0x8004587D  # EXT4_IOC_SHUTDOWN, XFS_IOC_GOINGDOWN: linux/fs/ext4/ext4.h, xfs_fs.h
_NO_LOG_FLUSH: Final = 2
_QUIET: Final = {"ext4": ("-q", "-F"), "xfs": ("-q", "-f")}


class RealDisk:
    """One file system in `folder`, mounted at `root`."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.root = folder / "mounted"
        self.root.mkdir()
        self._image = folder / "disk.img"
        with self._image.open("wb") as file:
            file.truncate(SIZES[kind])
        _run(f"mkfs.{kind}", *_QUIET[kind], str(self._image))
        self.mount()

    def mount(self) -> None:
        """Mount it; what a cut has left is recovered."""
        _run("mount", "-o", "loop", str(self._image), str(self.root))

    def unmount(self) -> None:
        """Unmount it."""
        _run("umount", str(self.root))

    def sync(self) -> None:
        """Write out everything that is there."""
        _run("sync", "-f", str(self.root))

    def cut(self) -> None:
        """Cut the power: from now on nothing is written any more."""
        descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(descriptor, _GOING_DOWN, struct.pack("I", _NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def recover(self) -> None:
        """Mount it anew, as after the cut."""
        self.unmount()
        self.mount()


def why_not(folder: Path, kind: str) -> str:
    """Return why there can be no such disk here, '' when there can."""
    if os.geteuid() != 0:
        return "only root may mount a disk"
    if shutil.which(f"mkfs.{kind}") is None:
        return f"mkfs.{kind} is missing: apt-get install {'e2fsprogs' if kind == 'ext4' else 'xfsprogs'}"
    folder.mkdir()
    try:
        disk = RealDisk(folder, kind)
        disk.unmount()
    except subprocess.CalledProcessError as error:
        return f"a {kind} disk cannot be mounted here: {error.stderr.decode().strip()}"
    finally:
        shutil.rmtree(folder)
    return ""


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
