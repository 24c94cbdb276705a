"""Which home is meant, whether it can be used, and who still holds it from an earlier start.

`open_home` is called once by a starting supervisor; the other commands only ask `find_home` and `supervisor_pid`.
"""

from __future__ import annotations

import os
import select
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared.errors import BadInputError, ErrorCode
from shared.logs import get_logger
from shared.paths import Home, check_root, default_home, unusable
from shared.posix import FileLock, LockHeldError, is_network_file_system, lock_holder, open_pidfd, send_signal
from shared.settings import ORPHAN_S

if TYPE_CHECKING:
    from collections.abc import Iterator

_OTHER_HOME: Final = "name another folder by --home DIR or STEPWELL_HOME"
_ORPHANS_END_S: Final = ORPHAN_S + 0.3  # children of a supervisor that died end by themselves; a hung one does not
_KILLED_S: Final = 10.0  # a killed process may first have to come back from its disk
_POLL_S: Final = 0.05


def find_home(named: Path | None, *, demo: bool = False) -> Home:
    """Return the home that is meant: `--home`, else STEPWELL_HOME, else the default one. Touches nothing."""
    wanted = named or (Path(os.environ["STEPWELL_HOME"]) if os.environ.get("STEPWELL_HOME") else None)
    root = wanted.expanduser() if wanted else default_home(demo=demo)
    return Home(check_root(root.absolute()))


def supervisor_pid(home: Home) -> int | None:
    """Return the pid of the supervisor of this home, None when nothing runs. Not to be asked by the supervisor."""
    try:
        return lock_holder(home.lock("supervisor"))
    except OSError:
        return None


def open_home(home: Home, *, demo: bool) -> FileLock:
    """Check and prepare the home, and take its lock for this process.

    Raises BadInputError BAD_HOME when it cannot be used, StepwellError HOME_IN_USE when a supervisor holds it.
    """
    _check_kind(home, demo=demo)
    home.prepare()
    if is_network_file_system(home.root):
        sentence = f"{home.root} lies on a network file system, where a step cannot be made durable"
        raise BadInputError(ErrorCode.BAD_HOME, sentence, remedy=_OTHER_HOME)
    try:
        return _take_lock(home)
    except OSError as error:
        raise unusable(home, error) from None


def end_former_holders(home: Home) -> None:
    """End whoever still holds a lock of this home: what an earlier supervisor left behind.

    They are given the time in which children end by themselves, then killed, by pidfd; a hung process cannot see that
    its supervisor died. BadInputError HOME_IN_USE when one cannot be ended.
    """
    patience = time.monotonic() + _ORPHANS_END_S
    while _holders(home) and time.monotonic() < patience:
        time.sleep(_POLL_S)
    for path, pid in _holders(home).items():
        _kill_holder(path, pid)


def _check_kind(home: Home, *, demo: bool) -> None:
    """Keep the demo out of a real home, and real phones out of the demo's.

    The store itself says which of the two a home is; only the daemon can ask it. What can be seen without it counts
    in a home that has no store.
    """
    try:
        is_folder = home.root.is_dir() or not home.root.exists()
        marked = home.demo_mark.exists()
        used = _holds_records(home)
    except OSError as error:
        raise unusable(home, error) from None
    if not is_folder:
        raise BadInputError(ErrorCode.BAD_HOME, f"{home.root} is a file, not a folder", remedy=_OTHER_HOME)
    if home.database.exists():
        return
    if demo and used and not marked:
        raise BadInputError(ErrorCode.BAD_HOME, f"{home.root} is a real home, not a demo's", remedy=_OTHER_HOME)
    if marked and not demo:
        raise BadInputError(
            ErrorCode.BAD_HOME,
            f"{home.root} is a demo's home: real phones never share it",
            remedy=f"{_OTHER_HOME}, or start the demo: stepwell up --demo",
        )


def _holds_records(home: Home) -> bool:
    """Tell whether a home that lost its database still holds what it can be rebuilt from."""
    return any(folder.is_dir() and any(folder.iterdir()) for folder in (home.event_log, home.backups))


def _take_lock(home: Home) -> FileLock:
    try:
        return FileLock.take(home.lock("supervisor"))
    except LockHeldError as error:
        raise BadInputError(
            ErrorCode.HOME_IN_USE,
            f"Stepwell already runs in {home.root} (supervisor: pid {error.pid})",
            remedy="use it as it is, bring it down by `stepwell down`, or name another home by --home DIR",
        ) from None


def _locks(home: Home) -> Iterator[Path]:
    yield home.lock("daemon")
    yield from sorted(home.outbox.glob("*.lock"))


def _holders(home: Home) -> dict[Path, int]:
    """Return who holds which of the children's locks."""
    found = {path: lock_holder(path) for path in _locks(home)}
    return {path: pid for path, pid in found.items() if pid is not None}


def _kill_holder(path: Path, pid: int) -> None:
    pidfd = open_pidfd(pid) if pid > 0 else None
    if pidfd is None:
        if lock_holder(path) is not None:
            raise _cannot_end(path, pid)
        return
    try:
        if lock_holder(path) != pid:  # it let go before we held on to it: the pid may be somebody else's by now
            return
        get_logger().warning("a process of an earlier start is ended", pid=pid, lock=path.name)
        send_signal(pidfd, signal.SIGKILL)
        if not select.select([pidfd], [], [], _KILLED_S)[0]:
            raise _cannot_end(path, pid)
    finally:
        os.close(pidfd)


def _cannot_end(path: Path, pid: int) -> BadInputError:
    sentence = f"{path} is still held by process {pid}, which cannot be ended"
    return BadInputError(ErrorCode.HOME_IN_USE, sentence, remedy="end that process, then try again")
