"""What a process does to a home while its disk fails or its end comes: scripts of the daemon's own code.

    python store_scripts.py FOLDER SCRIPT MUTANT

FOLDER holds the home (`home`) and the place of its backups elsewhere (`away`); `prepare` makes both ready. A line on
stdout, in one write as a socket would, is an acknowledgement: power_cut_look.py looks for it. A mutant is a store that
breaks its promise; the tests must find each of them out.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

from old_store import OldStore, png
from store_lab import WORKER, StoreLab, picture_of

from persistence_daemon.backup import sync_log_files, take_backup
from persistence_daemon.backup_pictures import bring_back, save_pictures
from persistence_daemon.connection import open_frozen
from persistence_daemon.event_log import NewLogFile
from persistence_daemon.importing.verb import import_file
from persistence_daemon.restore import LATEST, End, adopt, choose, restore
from shared.messages import BeginStep, FinishStep, Record, RecordsWritten, WriteRecords
from shared.paths import Home
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FROZEN: Final = Path(__file__).parents[1] / "data" / "schema-1"
AS_IT_IS: Final = "as it is"
ACKNOWLEDGES_FIRST: Final = "acknowledges before the commit"
SYNCHRONOUS: Final = {"synchronous=OFF": "OFF", "synchronous=NORMAL": "NORMAL"}
NAMES_UNSYNCED: Final = "pictures' folders are not synced"
COPY_UNSYNCED: Final = "a backup from elsewhere is listed before it is synced"
LIST_UNSYNCED: Final = "the list of backups is not synced"
NAMED_EARLY: Final = "an import's lines are in the log before they are all there"
HALF_IMPORTED: Final = "an import is there by half"
_MISSING: Final = "was acknowledged and is there 0 times"
MUTANTS: Final = {
    **dict.fromkeys((*SYNCHRONOUS, ACKNOWLEDGES_FIRST), ("steps", _MISSING)),
    NAMES_UNSYNCED: ("steps", "cannot be read"),
    COPY_UNSYNCED: ("restore", "is listed and restores to"),
    LIST_UNSYNCED: ("backup", _MISSING),
    NAMED_EARLY: ("import", HALF_IMPORTED),
}  # in which script, and what must be said of each
RUBBISH: Final = b"\x55" * 9000  # in the place of a database
RUBBISH_KEPT: Final = "the damaged file was quarantined"
BATCHES: Final = 40
CHECKPOINT_AT: Final = (15, 30)  # the second one begins the WAL anew
OLD_TASKS: Final = 3
OLD_STEPS: Final = 4
WHOLE_IMPORT: Final = (OLD_TASKS, OLD_TASKS * OLD_STEPS, 1)  # tasks, steps, rows of other tables
LOG_SYNC_EVERY: Final = 7  # batches; the daemon's own thread does it every second
WORDS: Final = (  # what may be acknowledged of a store, each line as it is said
    "SELECT 'task ' || session_id, created_seq FROM tasks UNION ALL"
    " SELECT 'begun ' || session_id || ' ' || step_num || ' ' || coalesce(thinking, ''), begun_seq FROM steps UNION ALL"
    " SELECT 'finished ' || session_id || ' ' || step_num || ' ' || coalesce(message, ''), finished_seq FROM steps"
    " WHERE outcome IS NOT NULL"
)


def home_in(folder: Path) -> Home:
    """Return the home of a script's folder."""
    return Home(folder / "home")


def older_in(folder: Path) -> Path:
    """Return the folder of the older program."""
    return folder / "older"


def away_in(folder: Path) -> Path:
    """Return the folder of the backups elsewhere."""
    return folder / "away"


def word_of(record: Record) -> str:
    """Return what is acknowledged of a record: enough to find it again."""
    match record:
        case BeginStep():
            return f"begun {record.session_id} {record.step_num} {record.thinking}"
        case FinishStep():
            return f"finished {record.session_id} {record.step_num} {record.message}"
        case other:
            raise AssertionError(f"the scripts have no {other}")


def backup_word(folder: Path, name: str) -> str:
    """Return what is acknowledged of a backup."""
    return f"backup {folder.name}/{name}"


def acknowledge(words: list[str]) -> None:
    """Say it in one write, as a socket would."""
    os.write(1, "".join(f"{word}\n" for word in words).encode())


def acknowledge_all(database: Path) -> None:
    """Say what the closed store at `database` holds: somebody was told all of it once."""
    connection = open_frozen(database)
    acknowledge([str(word) for word, _ in connection.execute(WORDS)])
    connection.close()


def batches(lab: StoreLab, first: int, last: int, task: str = "task-1") -> Iterator[tuple[tuple[Record, ...], bytes]]:
    """Yield the records of each batch with their picture: two steps of three with one, intent and outcome apart."""
    for number in range(first, last + 1):
        data = (b"" if number % 3 == 0 else b"picture %d " % number) * 100
        yield (lab.begin(number, task, picture=picture_of(data) if data else None),), data
        yield (lab.finish(number, task, message=f"message {number}"),), b""


def write(lab: StoreLab, records: tuple[Record, ...], data: bytes, *, early: bool = False) -> None:
    """Store a batch and acknowledge it; `early`: the other way round."""
    words = [word_of(record) for record in records]
    if early:
        acknowledge(words)
    answer = lab.ask(WORKER, WriteRecords(records=records), data)
    assert isinstance(answer, RecordsWritten), answer
    if not early:
        acknowledge(words)


def steps(folder: Path, mutant: str) -> None:
    """Make a store and write steps with pictures into it, with checkpoints between."""
    lab = StoreLab(home_in(folder).root)
    if mutant in SYNCHRONOUS:
        lab.store.connection.pragma("synchronous", SYNCHRONOUS[mutant])
    lab.running()
    for count, (records, data) in enumerate(batches(lab, 1, BATCHES // 2), 1):
        write(lab, records, data, early=mutant == ACKNOWLEDGES_FIRST)
        if count in CHECKPOINT_AT:
            lab.store.connection.wal_checkpoint()
        if count % LOG_SYNC_EVERY == 0:
            lab.store.log.sync()
    lab.close()


def ended_run(folder: Path) -> None:
    """Make a home with a task that has ended, and a backup of it elsewhere."""
    lab = StoreLab(home_in(folder).root)
    lab.running()
    for records, data in batches(lab, 1, 3):
        lab.write(*records, picture=data)
    lab.accepted(lab.change(TaskEvent.SUCCEEDED))
    lab.close()
    away_in(folder).mkdir(mode=0o700)
    back_up_away(folder, "2026-01-01T00:30:00.000Z")


def back_up_away(folder: Path, at: str) -> str:
    """Take a backup with its pictures into the folder elsewhere, as `backup create --to` does; return its name."""
    home, away = home_in(folder), away_in(folder)
    taken = take_backup(
        home,
        "asked for",
        at,
        lambda: sync_log_files(home),
        folder=away,
        before_listing=lambda copy: save_pictures(home.root, copy, away, _in_silence) and None,
    )
    return taken.name


def backups(folder: Path, _mutant: str) -> None:
    """Take backups, the home's own and elsewhere, between steps of a second task."""
    home = home_in(folder)
    acknowledge_all(home.database)
    lab = StoreLab(home.root, later=1)
    lab.running("task-2")
    for records, data in batches(lab, 1, 2, "task-2"):
        write(lab, records, data)
    taken = take_backup(home, "hourly", lab.at(), lab.store.log.sync)
    acknowledge([backup_word(home.backups, taken.name)])
    for records, data in batches(lab, 3, 4, "task-2"):
        write(lab, records, data)
    acknowledge([backup_word(away_in(folder), back_up_away(folder, lab.at()))])
    lab.close()


def lost_database(folder: Path) -> None:
    """Make a home whose database is rubbish, with a backup and the log of what came later."""
    ended_run(folder)
    lab = StoreLab(home_in(folder).root, later=1)
    take_backup(lab.home, "hourly", lab.at(), lab.store.log.sync)
    lab.running("task-2")
    for records, data in batches(lab, 1, 2, "task-2"):
        lab.write(*records, picture=data)
    lab.close()
    shutil.copyfile(lab.home.database, folder / "as-it-was.sqlite")
    lab.home.database.write_bytes(RUBBISH)


def rebuilding(folder: Path, _mutant: str) -> None:
    """Start with a database that is rubbish, and go on with its task."""
    acknowledge_all(folder / "as-it-was.sqlite")
    lab = StoreLab(home_in(folder).root, later=2)
    assert lab.opened.backup_reason
    acknowledge([RUBBISH_KEPT])
    taken = take_backup(lab.home, lab.opened.backup_reason, lab.at(), lab.store.log.sync)
    acknowledge([backup_word(lab.home.backups, taken.name)])
    for records, data in batches(lab, 3, 4, "task-2"):
        write(lab, records, data)
    lab.close()


def later_run(folder: Path) -> None:
    """Make a home with a backup elsewhere and events since."""
    ended_run(folder)
    lab = StoreLab(home_in(folder).root, later=1)
    lab.running("task-2")
    for records, data in batches(lab, 1, 2, "task-2"):
        lab.write(*records, picture=data)
    lab.close()


def restoring(folder: Path, _mutant: str) -> None:
    """Restore the newest backup elsewhere, with the log since, as `backup restore latest --from` does."""
    home, away = home_in(folder), away_in(folder)
    acknowledge_all(home.database)
    base = choose(home, away, LATEST, End())
    adopt(home, away, base)
    bring_back(home.root, away / base.name, away, _in_silence)
    restore(home, base, End(), "2026-01-01T05:00:00.000Z", "timelinerestored", "restore")
    acknowledge(["restored"])


def frozen(folder: Path) -> None:
    """Make a home with the store of schema 1."""
    shutil.copytree(FROZEN, home_in(folder).root)
    home_in(folder).prepare()


def migrating(folder: Path, _mutant: str) -> None:
    """Open a store of schema 1, and put a task into it."""
    acknowledge_all(home_in(folder).database)
    lab = StoreLab(home_in(folder).root, later=1)
    lab.create("after")
    acknowledge(["task after"])
    lab.close()


def older_program(folder: Path) -> None:
    """Make a home with a task that has ended, and an older program's store beside it."""
    ended_run(folder)
    old = OldStore(older_in(folder))
    for task in range(OLD_TASKS):
        old.task(f"old-{task}", timestamp=f"2025-01-01 00:00:0{task}")
        for number in range(1, OLD_STEPS + 1):
            path = old.shot(f"step_{task}_{number}.png", png(10 * task + number)) if number == 1 else None
            old.step(f"old-{task}", number, message="long " * 600, screenshot_path=path)
    old.add("golden_paths", task_pattern="x")
    old.close()


def importing(folder: Path, _mutant: str) -> None:
    """Import the older program's store, as `import` does."""
    home = home_in(folder)
    acknowledge_all(home.database)
    with contextlib.redirect_stdout(io.StringIO()):
        import_file(home, older_in(folder) / "logs" / "tasks.db", "Z", lambda: None, dry_run=False)
    acknowledge([f"task old-{task}" for task in range(OLD_TASKS)])


def _name_early(original: Callable[[NewLogFile, Path, int, str], None]) -> Callable[..., None]:
    """Return an opening of a file of the log that lets everybody see it at once."""

    def opened(file: NewLogFile, folder: Path, first_seq: int, timeline: str) -> None:
        original(file, folder, first_seq, timeline)
        file._temporary = file._temporary.rename(file._path)

    return opened


def _in_silence(_what: str, _done: int, _total: int) -> None:
    """Nobody watches how far it is."""


SCRIPTS: Final[dict[str, tuple[Callable[[Path], None], Callable[[Path, str], None]]]] = {
    "steps": (lambda folder: home_in(folder).prepare(), steps),
    "backup": (ended_run, backups),
    "rebuild": (lost_database, rebuilding),
    "restore": (later_run, restoring),
    "migration": (frozen, migrating),
    "import": (older_program, importing),
}


def prepare(folder: Path, script: str) -> None:
    """Make `folder`, which must be empty, ready for a script."""
    SCRIPTS[script][0](folder)
    away_in(folder).mkdir(mode=0o700, exist_ok=True)


def main(arguments: Sequence[str]) -> int:
    """Carry out a script; `arguments` are its folder, its name and the mutant."""
    folder, script, mutant = arguments
    if mutant == NAMES_UNSYNCED:
        patch("persistence_daemon.pictures.fsync_dir").start()
    if mutant == COPY_UNSYNCED:
        patch("persistence_daemon.restore.fsync_file").start()
    if mutant == LIST_UNSYNCED:
        patch("persistence_daemon.backup.write_durably", lambda path, data: path.write_bytes(data)).start()
    if mutant == NAMED_EARLY:
        patch.object(NewLogFile, "__init__", _name_early(NewLogFile.__init__)).start()
    SCRIPTS[script][1](Path(folder), mutant)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
