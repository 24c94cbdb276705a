"""What lies where something of ours belongs: a folder in the place of a file, a symlink in the place of a folder.

It is moved into `quarantine/`, never deleted, and named to the person; it is never a reason not to start. The daemon's
lock is held, so nobody else of Stepwell touches what is looked at here but living workers, and those make only files
and their own folder. Only `tasks.db` itself is not moved: what lies in its place may be what somebody wants to keep
their store in, so the start is refused. Called by start.py, and by server.py before each look for the dead.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
from typing import TYPE_CHECKING, Final

from persistence_daemon.log_reader import is_log_name
from persistence_daemon.outbox import FORCED, LOCK, worker_of
from persistence_daemon.rebuild import QUARANTINE, companions
from shared.logs import get_logger
from shared.posix import in_the_way, is_plain_file, private_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.paths import Home

_stuck: Final[set[Path]] = set()  # what could not be moved and was named once


def refuse_folders(home: Home) -> None:
    """Raise BadInputError BAD_HOME when a folder lies in the place of the store's file or of one beside it."""
    new = home.database.with_name(home.database.name + ".new")
    for path in (home.database, *companions(home.database), new, *companions(new)):
        if path.is_dir():
            raise in_the_way(path)


def clear_at_start(home: Home) -> list[str]:
    """Move aside what is odd in the whole home; return a sentence for each, for the person."""
    backups = (path for path in home.backups.iterdir() if not is_plain_file(path))
    return _move_aside(home, itertools.chain(_odd_in_log(home), backups, _odd_in_outbox(home)))


def clear_outbox(home: Home) -> list[str]:
    """Move aside what is odd in the outbox; return a sentence for each, for the person."""
    return _move_aside(home, _odd_in_outbox(home))


def _odd_in_log(home: Home) -> Iterator[Path]:
    return (path for path in home.event_log.iterdir() if is_log_name(path.name) and not is_plain_file(path))


def _odd_in_outbox(home: Home) -> Iterator[Path]:
    for path in home.outbox.iterdir():
        if worker_of(path.name) is None:
            continue  # not ours; it harms nobody
        if path.name.endswith((LOCK, FORCED)):
            if not is_plain_file(path):
                yield path
        elif path.is_symlink() or not path.is_dir():
            yield path
        else:
            with contextlib.suppress(FileNotFoundError):  # its worker has removed it meanwhile
                yield from (entry for entry in path.iterdir() if not is_plain_file(entry))


def _move_aside(home: Home, odd: Iterator[Path]) -> list[str]:
    told = []
    for path in list(odd):
        if path in _stuck or not os.path.lexists(path):
            continue  # named before; or it was a file that its worker has removed meanwhile
        name = path.relative_to(home.root)
        try:
            target = private_dir(home.root / QUARANTINE) / f"{path.name}-{secrets.token_hex(4)}"
            path.rename(target)
        except OSError as error:  # a mount point, perhaps: it stays, and is passed over
            _stuck.add(path)
            told.append(f"{name} does not belong there and cannot be moved away: {error.strerror}")
        else:
            told.append(f"{name} did not belong there; it lies in {target.relative_to(home.root)} now")
        get_logger().warning("something odd lay in the home", what=told[-1])
    return told
