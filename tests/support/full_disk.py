"""A home whose disk can be filled and emptied again, in two ways.

`TmpfsDisk` is a file system of its own, of a few megabytes (root may mount one). `LimitedDisk` is what everybody can
have: a limit on the size of files, set on the running daemon. The event log then refuses to grow (EFBIG, which counts
as a full disk), and it is written before anything else of a batch but its pictures.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class Disk(Protocol):
    """What a test does to a disk."""

    def fill(self, daemon: int) -> None:
        """Let nothing more fit on it; `daemon` is the pid of the store's process."""

    def free(self, daemon: int) -> None:
        """Give the space back."""

    def end(self) -> None:
        """Leave nothing behind."""


class TmpfsDisk:
    """A tmpfs mounted at `home`."""

    def __init__(self, home: Path, size: str = "8m") -> None:
        self.home = home
        home.mkdir(mode=0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "stepwell-test", home], check=True)

    def fill(self, _daemon: int) -> None:
        with (self.home / "ballast").open("ab", buffering=0) as ballast, contextlib.suppress(OSError):
            while ballast.write(bytes(4096)):
                pass
        assert os.statvfs(self.home).f_bavail == 0

    def free(self, _daemon: int) -> None:
        (self.home / "ballast").unlink()

    def end(self) -> None:
        subprocess.run(["umount", "--lazy", self.home], check=True)


class LimitedDisk:
    """A home on an ordinary disk, whose daemon may not write behind the first byte of a file."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def fill(self, daemon: int) -> None:
        _, hard = resource.prlimit(daemon, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon, resource.RLIMIT_FSIZE, (1, hard))

    def free(self, daemon: int) -> None:
        _, hard = resource.prlimit(daemon, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon, resource.RLIMIT_FSIZE, (hard, hard))

    def end(self) -> None:
        """Nothing was mounted."""


KINDS = [TmpfsDisk, LimitedDisk] if os.geteuid() == 0 else [LimitedDisk]
