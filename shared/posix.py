"""All that is POSIX or Linux only: record locks, durable files, private folders, signals by pidfd, terminals.

Record locks (`fcntl.lockf`) are not inherited by fork, so a stray child of a plug-in cannot keep a dead process alive
in our eyes. Their trap: closing *any* descriptor of the file drops the lock, so a lock's file is opened here and
nowhere else. Called by every process.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import re
import secrets
import signal
import stat
import struct
import sys
import termios
from pathlib import Path
from typing import Final

from shared.errors import BadInputError, ErrorCode, StepwellError
from shared.standard_streams import STDERR

_FLOCK: Final = "hhqqi4x"  # struct flock on 64-bit Linux: l_type, l_whence, l_start, l_len, l_pid
_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
_PR_SET_CHILD_SUBREAPER: Final = 36
_NETWORK_FILE_SYSTEMS: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "fuse.sshfs", "afs", "lustre", "ncpfs"}
)
_OCTAL: Final = re.compile(r"\\([0-7]{3})")  # how /proc/self/mounts writes blanks and backslashes


class LockHeldError(StepwellError):
    """Another process holds the lock. `pid` is its holder, None when it let go in between."""

    def __init__(self, path: Path, pid: int | None) -> None:
        super().__init__(ErrorCode.HOME_IN_USE, f"{path} is held by process {pid}", retryable=True)
        self.path = path
        self.pid = pid


class FileLock:
    """An exclusive record lock on a file of its own, held until `release` or the end of the process."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> FileLock:
        """Create the file when needed and lock it; LockHeldError at once when another process holds it.

        BadInputError BAD_HOME when something lies there that is no file.
        """
        if os.path.lexists(path) and not is_plain_file(path):
            raise in_the_way(path)
        descriptor = _above_standard(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _holder(descriptor)
            os.close(descriptor)
            if error.errno in (errno.EACCES, errno.EAGAIN):
                raise LockHeldError(path, holder) from None
            raise
        return cls(path, descriptor)

    def still_ours(self) -> bool:
        """Tell whether the path still names the file that is locked (a cleaner may have removed it)."""
        try:
            named = self.path.lstat()
        except FileNotFoundError:
            return False
        ours = os.fstat(self._descriptor)
        return (named.st_dev, named.st_ino) == (ours.st_dev, ours.st_ino)

    def release(self) -> None:
        """Let go; the file stays."""
        os.close(self._descriptor)

    def unlink_and_release(self) -> None:
        """Remove the file while the lock is held, then let go, so that nobody locks a file without a name for long."""
        self.path.unlink(missing_ok=True)
        self.release()


def _above_standard(descriptor: int) -> int:
    """Return the open file under a number above 2, which no dup2 onto stdin, stdout or stderr closes.

    To be called before the file is locked: closing the other number would drop the lock.
    """
    if descriptor > STDERR:
        return descriptor
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, STDERR + 1)
    os.close(descriptor)
    return moved


def lock_holder(path: Path) -> int | None:
    """Return the pid that holds the lock at `path`, or None. Must not be asked for a lock that we hold ourselves.

    What is no file (a folder, a symlink) is held by nobody.
    """
    if not is_plain_file(path):
        return None
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        return _holder(descriptor)
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> int | None:
    asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    kind, _, _, _, pid = struct.unpack(_FLOCK, fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    return None if kind == fcntl.F_UNLCK else pid


def is_plain_file(path: Path) -> bool:
    """Tell whether `path` itself is a file: no symlink, folder, socket or pipe; False when nothing is there."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def in_the_way(path: Path, wanted: str = "file") -> BadInputError:
    """Return the refusal that names what lies where something of ours belongs; `wanted` says what."""
    mode = path.lstat().st_mode
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFLNK: "a symlink", stat.S_IFREG: "a file"}
    kind = kinds.get(stat.S_IFMT(mode), "something else")
    return BadInputError(ErrorCode.BAD_HOME, f"{path} is {kind}, where a {wanted} belongs", remedy="move it away")


def fsync_dir(folder: Path) -> None:
    """Make the entries of `folder` durable: a rename lasts only after this."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, data: bytes) -> None:
    """Put `data` at `path`, whole or not at all, and on disk when this returns; OSError when that fails."""
    write_synced(path, data)
    fsync_dir(path.parent)


def write_synced(path: Path, data: bytes) -> None:
    """Put `data` at `path`, whole or not at all; its name is durable only after `fsync_dir`, once for many files."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(temporary, path)  # noqa: PTH104 - os names the system call that durability hangs on
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def private_dir(folder: Path) -> Path:
    """Make sure that `folder` is a directory of ours, mode 0700 and no symlink; BadInputError BAD_HOME otherwise."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise _bad_home(folder, f"cannot be made: {error.strerror}") from None
    if not stat.S_ISDIR(found.st_mode):
        raise _bad_home(folder, "is a symlink or a file, not a folder")
    if found.st_uid != os.getuid():
        raise _bad_home(folder, "belongs to another user")
    if stat.S_IMODE(found.st_mode) & 0o077:
        try:
            folder.chmod(0o700)
        except OSError as error:
            raise _bad_home(folder, f"cannot be made private: {error.strerror}") from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise _bad_home(folder, "cannot be written")
    return folder


def _bad_home(folder: Path, what: str) -> BadInputError:
    remedy = "name another folder by --home DIR or STEPWELL_HOME"
    return BadInputError(ErrorCode.BAD_HOME, f"{folder} {what}", remedy=remedy)


def is_network_file_system(path: Path) -> bool:
    """Tell whether `path` lies on a file system of another machine, where locks and fsync promise too little."""
    best, kind = "", ""
    real = str(path.resolve())
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        fields = line.split(" ")
        point = _OCTAL.sub(lambda found: chr(int(found[1], 8)), fields[1])
        if len(point) >= len(best) and (real == point or real.startswith(point.rstrip("/") + "/")):
            best, kind = point, fields[2]
    return kind in _NETWORK_FILE_SYSTEMS


def open_pidfd(pid: int) -> int | None:
    """Return a descriptor that stands for this very process, or None when there is none of that pid."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def send_signal(pidfd: int, number: signal.Signals) -> bool:
    """Signal the process behind `pidfd`; False when it has ended."""
    try:
        signal.pidfd_send_signal(pidfd, number)
    except ProcessLookupError:
        return False
    return True


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process, or what it becomes by exec, when its parent (of pid `parent`) ends.

    For programs that are not ours and cannot watch a life-line. It fires when the spawning *thread* ends, so only a
    main thread may spawn such a child. Where the kernel cannot do it, nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:  # it had ended before the kernel was told
        os._exit(0)


def adopt_orphans() -> bool:
    """Have the kernel give this process every descendant whose own parent ends; False where it cannot do that."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def may_read_terminal(descriptor: int) -> bool:
    """Tell whether this process may read from a terminal: the kernel suspends a job in the background that tries."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # not the terminal of this session, which nobody's jobs depend on
        return True


def forget_typed(descriptor: int) -> None:
    """Throw away what was typed at a terminal and has not been read; only for one that `may_read_terminal`."""
    termios.tcflush(descriptor, termios.TCIFLUSH)
