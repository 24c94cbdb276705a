"""Where things lie: the home's folders, sockets and locks. Names only; nothing here opens or makes a file but folders.

Paths in the store are relative to the home. A socket's path must fit into 103 bytes whatever the home is: where it
does not, the sockets lie in a folder of the user's runtime directory that is named after the home.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

from shared.errors import BadInputError, ErrorCode
from shared.posix import private_dir

if TYPE_CHECKING:
    from shared.identity import Identity

MAX_SOCKET_PATH: Final = 103  # sun_path of macOS; Linux has 107
MAX_ROOT_PATH: Final = 400  # SQLite takes 512 bytes, less its own suffixes and the name of a backup
_LONGEST_SOCKET_NAME: Final = 40
_DIGEST_LENGTH: Final = 16
_LONGEST_RUNTIME_DIR: Final = MAX_SOCKET_PATH - len("/") - _DIGEST_LENGTH - len("/") - _LONGEST_SOCKET_NAME


class Home:
    """A STEPWELL_HOME. `prepare` makes its folders."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = root / "tasks.db"
        self.settings_file = root / "stepwell.toml"
        self.screenshots = root / "screenshots"
        self.thumbs = root / "thumbs"
        self.event_log = root / "event_log"
        self.backups = root / "backups"
        self.outbox = root / "outbox"
        self.logs = root / "logs"
        self.run = root / "run"
        self.demo_mark = root / "demo"  # a file: this home is a demo's

    def prepare(self) -> None:
        """Make the home and its folders, each 0700; BadInputError BAD_HOME when one cannot be had."""
        folders = (self.screenshots, self.thumbs, self.event_log, self.backups, self.outbox, self.logs, self.run)
        for folder in (self.root, *folders):
            private_dir(folder)
        if self._socket_folder() != self.run:
            private_dir(user_runtime_dir())  # first, by itself: in /tmp somebody else may have put one there
            private_dir(self._socket_folder())

    def endpoint(self, name: str) -> str:
        """Return the ZeroMQ endpoint of `daemon`, `events`, `supervisor` or a worker's name."""
        return f"ipc://{self._socket_folder() / name}.sock"

    def lock(self, name: str) -> Path:
        """Return the lock file of the `daemon` or the `supervisor` of this home."""
        return self.run / f"{name}.lock"

    def outbox_of(self, worker: Identity) -> Path:
        """Return the folder of a worker incarnation's outbox."""
        return self.outbox / str(worker)

    def outbox_lock(self, worker: Identity) -> Path:
        """Return the lock that says whether that incarnation lives."""
        return self.outbox / f"{worker}.lock"

    def forced_mark(self, worker: Identity) -> Path:
        """Return the file in which the supervisor says that it ended that incarnation by force."""
        return self.outbox / f"{worker}.forced.json"

    def _socket_folder(self) -> Path:
        longest = len(os.fsencode(self.run)) + 1 + _LONGEST_SOCKET_NAME
        if longest <= MAX_SOCKET_PATH:
            return self.run
        digest = hashlib.sha256(os.fsencode(self.root.absolute())).hexdigest()[:_DIGEST_LENGTH]
        return user_runtime_dir() / digest


def check_root(root: Path) -> Path:
    """Return `root`; BadInputError BAD_HOME when its very path rules it out: not UTF-8, or too long for SQLite."""
    path, named = os.fsencode(root), f"{str(root)[:80]!r}"
    try:
        path.decode("utf-8")
    except UnicodeDecodeError:
        raise _bad_root(f"the path {named} is not UTF-8, which the store's file names must be") from None
    if len(path) > MAX_ROOT_PATH:
        sentence = f"the path {named}… has {len(path)} bytes; SQLite opens no file below a path of over {MAX_ROOT_PATH}"
        raise _bad_root(sentence)
    return root


def _bad_root(sentence: str) -> BadInputError:
    return BadInputError(ErrorCode.BAD_HOME, sentence, remedy="name another folder by --home DIR or STEPWELL_HOME")


def unusable(home: Home, error: OSError) -> BadInputError:
    """Return what to tell a person whose home the system does not let us use."""
    where = error.filename or home.root
    return _bad_root(f"{home.root} cannot be used as a home: {where}: {error.strerror}")


def default_home(*, demo: bool = False) -> Path:
    """Return the home that is used when none is named; the demo's is a sibling of the real one."""
    real = platformdirs.user_data_path("stepwell", appauthor=False)
    return real.with_name("stepwell-demo") if demo else real


def user_runtime_dir() -> Path:
    """Return the user's folder for locks and sockets that belong to no home, the same for all of the user's homes."""
    base = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if base.is_absolute() and _leaves_room(base / "stepwell") and _can_be_used(base / "stepwell"):
        return base / "stepwell"
    name = f"stepwell-{os.getuid()}"
    temporary = Path(tempfile.gettempdir()) / name
    return temporary if _leaves_room(temporary) else Path("/tmp") / name  # noqa: S108 - private_dir checks it


def _can_be_used(folder: Path) -> bool:
    """Tell whether `folder` takes files, by making it: to root, permissions alone say that everything does."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        return False
    return True


def _leaves_room(folder: Path) -> bool:
    """Tell whether a socket's path in a folder of `folder` is short enough."""
    return len(os.fsencode(folder)) <= _LONGEST_RUNTIME_DIR


def device_lock_path(device_id: str) -> Path:
    """Return the lock of a phone, by its own serial: one for all homes, because the phone is one. Makes its folder."""
    folder = private_dir(private_dir(user_runtime_dir()) / "devices")
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", device_id)[:48]
    return folder / f"{plain}-{hashlib.sha256(device_id.encode()).hexdigest()[:8]}.lock"
