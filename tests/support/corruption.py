"""A home, one of whose files is damaged: by a seed, in every way that a disk, a person or another program may do it.

`Homes` makes a home once, as its daemon's death left it (everything is in the WAL) and as it is when it was closed:
two timelines, two backups, pictures. `damage` changes one file of a copy. `judged` starts it as the daemon does and
says what came of it, and what is wrong with that. Called by tests/faults/test_corruption.py.
"""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import apsw
from power_cut_look import AFTER, started
from store_lab import StoreLab
from store_scripts import batches

from persistence_daemon.backup import LIST, listed_backups, take_backup
from persistence_daemon.check import DERIVED, check_store
from persistence_daemon.connection import open_reader_without_limit
from persistence_daemon.log_reader import log_files
from persistence_daemon.rebuild import QUARANTINE
from persistence_daemon.soundness import leave_doubt, make_sure
from persistence_daemon.verify import verify
from shared.errors import BadInputError
from shared.paths import Home
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

    from persistence_daemon.start import Opened

STORE: Final = ("tasks.db", "tasks.db-wal", "tasks.db-shm")
LOGS: Final = ("older log", "newest log")
BACKUPS: Final = ("newest backup", "older backup", "list of backups")
TARGETS: Final = (*STORE, *LOGS, *BACKUPS)
_COMPARED: Final = [table for table in DERIVED if table != "timelines"]  # a rebuild begins a timeline
Rows = dict[str, list[Any]]


@dataclass(frozen=True)
class Case:
    """One damage: which base (closed in order or not), which file, how, with which seed."""

    closed: bool
    target: str
    how: str
    seed: int


class Homes:
    """The undamaged homes, and the rows that both hold."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        root = folder / "made"
        lab = StoreLab(root)
        lab.running()
        for records, data in batches(lab, 1, 3):
            lab.write(*records, picture=data)
        lab.accepted(lab.change(TaskEvent.SUCCEEDED))
        take_backup(lab.home, "hourly", lab.at(), lab.store.log.sync)
        lab.close()
        lab.home.database.unlink()
        lab = StoreLab(root, later=1)
        lab.running("task-2")
        for number, (records, data) in enumerate(batches(lab, 1, 6, "task-2")):
            if number == 4:
                take_backup(lab.home, "hourly", lab.at(), lab.store.log.sync)
            lab.write(*records, picture=data)
        lab.store.log.sync()
        shutil.copytree(root, folder / "killed")
        lab.close()
        shutil.copytree(root, folder / "closed")
        self.rows = rows_of(lab.home)

    def copy(self, case: Case) -> Home:
        """Return a home of its own for a case."""
        root = self._folder / "case"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self._folder / ("closed" if case.closed else "killed"), root)
        return Home(root)


def rows_of(home: Home) -> Rows:
    """Return every row of a store that follows from its events."""
    connection = open_reader_without_limit(home.database)
    try:
        return {table: list(connection.execute(DERIVED[table])) for table in _COMPARED}
    finally:
        connection.close()


def file_of(home: Home, target: str) -> Path:
    """Return the file that a target names."""
    if target in STORE:
        return home.root / target
    if target in LOGS:
        return log_files(home.event_log)[LOGS.index(target)].path
    backups = listed_backups(home)
    return home.backups / (LIST if target == "list of backups" else backups[-1 - BACKUPS.index(target)].name)


def _flipped(data: bytearray, chance: Random) -> bytearray:
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return data


def _zeroed(data: bytearray, chance: Random) -> bytearray:
    begin = chance.randrange(len(data))
    end = min(len(data), begin + chance.choice([16, 512, 4096, 65536]))
    data[begin:end] = bytes(end - begin)
    return data


def _holed(data: bytearray, chance: Random) -> bytearray:
    begin = chance.randrange(len(data))
    del data[begin : begin + chance.choice([1, 100, 512, 4096])]
    return data


def _scrambled(data: bytearray, chance: Random) -> bytearray:
    begin = chance.randrange(len(data))
    end = min(len(data), begin + chance.choice([16, 512, 4096, 65536]))
    data[begin:end] = chance.randbytes(end - begin)
    return data


DAMAGES: Final[dict[str, Callable[[bytearray, Random], bytearray]]] = {
    "flipped": _flipped,
    "truncated": lambda data, chance: data[: chance.randrange(len(data))],
    "emptied": lambda _data, _chance: bytearray(),
    "zeroed": _zeroed,
    "holed": _holed,
    "scrambled": _scrambled,
    "another text": lambda _data, chance: bytearray(b"a text of somebody else\n" * chance.randint(1, 500)),
}
WHOLE: Final = ("deleted", "another program's", "of a newer version")  # what is done to a file as a whole
_DATABASES: Final = ("tasks.db", "newest backup", "older backup")


def ways(target: str) -> list[str]:
    """Return what may be done to a target."""
    return [*DAMAGES, "deleted", *(WHOLE[1:] if target in _DATABASES else ())]


def damage(path: Path, how: str, chance: Random) -> None:
    """Damage a file."""
    if how in DAMAGES:
        path.write_bytes(DAMAGES[how](bytearray(path.read_bytes()), chance))
    elif how == "of a newer version":
        connection = apsw.Connection(str(path))
        connection.pragma("user_version", 999)
        connection.close()
    else:
        path.unlink()
        if how == "another program's":
            other = sqlite3.connect(path)
            other.execute("CREATE TABLE tasks (session_id TEXT)")
            other.commit()
            other.close()


def judged(home: Home, case: Case, wanted: Rows) -> tuple[str, list[str]]:
    """Start the daemon's store in a damaged home; return what came of it, and all that must not be."""
    had_file = home.database.exists()
    before = home.database.read_bytes() if had_file else b""
    try:
        opened = _started_and_read(home)
    except BadInputError as error:
        same = had_file and home.database.read_bytes() == before
        foreign = case.target == "tasks.db" and ("another program" in error.message or "has schema" in error.message)
        return "refused", [] if same and foreign else [f"refused: {error}"]
    if opened.backup_reason:
        take_backup(home, opened.backup_reason, AFTER, opened.store.log.sync)
    opened.store.close()
    told = [*opened.alerts, opened.backup_reason, *check_store(home), *(found.sentence for found in _verified(home))]
    told = [sentence for sentence in told if sentence]
    came = "rebuilt" if any("was rebuilt" in alert for alert in opened.alerts) else "opened"
    if came == "rebuilt" and had_file and not list((home.root / QUARANTINE).glob("*/tasks.db")):
        return came, ["the damaged file was not kept"]
    if _same(home, wanted):
        return f"{came}, told" if told else came, []
    if not told:
        return "wrong", ["other rows than were acknowledged are read, and nothing says so"]
    if case.target not in STORE:
        return "wrong", [f"the database was whole, but its rows are others now: {told}"]
    return "found by verify", _after_a_rebuild(home, wanted)


def _started_and_read(home: Home) -> Opened:
    """Start as the daemon does, which reads the whole file then: what it finds damaged is rebuilt by the next start."""
    opened = started(home)
    try:
        make_sure(opened.store.connection)
    except (apsw.CorruptError, apsw.NotADBError):
        leave_doubt(home.root)
        opened.store.close()
        opened = started(home)
    return opened


def _verified(home: Home) -> list[Any]:
    return list(verify(home, deep=True, tell=lambda _what, _done, _total: None))


def _same(home: Home, wanted: Rows) -> bool:
    try:
        return rows_of(home) == wanted
    except apsw.Error:
        return False


def _after_a_rebuild(home: Home, wanted: Rows) -> list[str]:
    """A value that another one replaced is nothing that SQLite sees; from backup and log everything comes back."""
    for name in STORE:
        (home.root / name).unlink(missing_ok=True)
    started(home).store.close()
    return [] if rows_of(home) == wanted else ["what was acknowledged is missing also after a rebuild"]
