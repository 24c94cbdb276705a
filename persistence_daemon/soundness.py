"""Whether the store's file is sound, as far as SQLite can see: in doubt before anybody is served, else beside that.

A daemon that ends because its file or its disk failed leaves a mark, and the next start reads the whole file before it
goes on. Without a mark the file is read once in a thread, since a large store must keep nobody waiting. What is damaged
ends the daemon, which leaves the mark; so the next start puts the file in quarantine and rebuilds it. A value that was
replaced by another one cannot be seen here: that is verify.py's. Called by start.py, writing.py and server.py.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import apsw

from persistence_daemon.connection import open_memory, open_reader_without_limit
from persistence_daemon.migrations import migrate
from shared.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shared.paths import Home

_MARK: Final = "run/in-doubt"
_SHAPE: Final = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


def leave_doubt(root: Path) -> None:
    """Let the next start of the home at `root` read the whole file first; on a disk that takes no file it does not."""
    try:
        (root / _MARK).touch()
    except OSError as error:
        get_logger().warning("the next start cannot be told to check the store", error=str(error))


def is_in_doubt(home: Home) -> bool:
    """Tell whether the last daemon did not trust the file any more."""
    return (home.root / _MARK).exists()


def settle_doubt(home: Home) -> None:
    """Take the mark away: the file was found sound, or is in quarantine."""
    (home.root / _MARK).unlink(missing_ok=True)


def make_sure(connection: apsw.Connection) -> None:
    """Read the whole file, of this schema; apsw.CorruptError when SQLite finds it damaged, or a table is not ours."""
    found = str(connection.execute("PRAGMA quick_check(1)").get)
    if found != "ok":
        raise apsw.CorruptError(found)
    memory = open_memory()
    migrate(memory)
    changed = set(memory.execute(_SHAPE)) - set(connection.execute(_SHAPE))  # what somebody has added harms nothing
    memory.close()
    if changed:  # a byte in the text of a CREATE: SQLite only knows that it is a text
        raise apsw.CorruptError(f"the schema of {', '.join(sorted(str(name) for _, name, _ in changed))} was changed")


class SoundnessCheck:
    """One look at the whole file, in a thread; `on_damage` is called from it."""

    def __init__(self, home: Home, on_damage: Callable[[Exception], object]) -> None:
        self._connection = open_reader_without_limit(home.database)
        self._on_damage = on_damage
        self._thread = threading.Thread(target=self._look, name="soundness", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the look, wherever it is."""
        self._connection.interrupt()
        self._thread.join()
        self._connection.close()

    def _look(self) -> None:
        try:
            make_sure(self._connection)
        except (apsw.CorruptError, apsw.NotADBError) as error:
            self._on_damage(error)
        except apsw.Error as error:  # interrupted, or the disk failed: whoever writes finds that out
            get_logger().info("the store was not read to its end", error=str(error))
