"""The verb `python -P -m persistence_daemon backup`: what `stepwell backup` shows.

    backup create --home H [--to DIR]      beside a running daemon or with none: it only reads the store
    backup list --home H [--to DIR]
    backup restore --home H --backup NAME|latest [--from DIR] [--until-seq N] [--until-time T]   with nothing running

It prints JSON lines (verb_lines.py); `kind` tells them apart:

    {"kind": "progress", "what": "database"|"pictures", "done": …, "total": …}
    {"kind": "warning", "message": …}
    {"kind": "backup", "name": …, "seq": …, "timeline": …, "at": …, "pictures": …, "holds_pictures": bool, …}
    {"kind": "result", …}

DIR holds what a home's own `backups/` holds, and the pictures besides, under their digests. Interrupted at any
instant, nothing is listed that cannot be restored; pictures that were copied are used by the next one.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from persistence_daemon.backup import Backup, backups_in, sync_log_files, take_backup
from persistence_daemon.backup_pictures import Copied, bring_back, save_pictures
from persistence_daemon.quiet import quiet_home
from persistence_daemon.restore import LATEST, End, adopt, choose, restore
from persistence_daemon.times import now_text
from persistence_daemon.verb_lines import Progress, run_told, say
from shared.errors import BadInputError, ErrorCode
from shared.identity import new_incarnation
from shared.paths import Home
from shared.posix import LockHeldError

if TYPE_CHECKING:
    from collections.abc import Sequence

_BY: Final = "restore"  # who begins the new timeline
_NAMED: Final = 5  # missing pictures that are named; the rest are counted


def run_verb(arguments: Sequence[str]) -> int:
    """Do what `arguments` name; return the exit code."""
    given = _parser().parse_args(arguments)
    home = Home(given.home.absolute())
    place = None if given.place is None else given.place.absolute()
    if given.act == "restore":
        end = End(given.until_seq, given.until_time)
        return run_told(partial(_restore, home, place, given.backup, end), "the backup could not be restored")
    if given.act == "list":
        return run_told(partial(_list, home, place), "the backups could not be listed")
    return run_told(partial(_create, home, place), "the backup could not be made")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="persistence_daemon backup")
    parser.add_argument("act", choices=["create", "list", "restore"])
    parser.add_argument("--backup", default=LATEST)
    parser.add_argument("--home", required=True, type=Path)
    parser.add_argument("--to", "--from", dest="place", default=None, type=Path)
    parser.add_argument("--until-seq", type=int, default=None)
    parser.add_argument("--until-time", default=None)
    return parser


def _create(home: Home, place: Path | None) -> int:
    if not home.database.is_file():
        sentence = f"there is no store in {home.root}"
        raise BadInputError(ErrorCode.BAD_HOME, sentence, remedy="name its folder by --home DIR")
    folder = home.backups if place is None else _place(home, place)
    copied = Copied()
    progress = Progress()

    def pictures(copy: Path) -> None:
        nonlocal copied
        copied = save_pictures(home.root, copy, folder, progress)

    try:
        taken = take_backup(
            home,
            "asked for",
            now_text(),
            lambda: sync_log_files(home),
            folder=folder,
            tell=progress,
            before_listing=None if place is None else pictures,
        )
    except LockHeldError as error:
        sentence = f"another backup is being taken by process {error.pid}"
        raise BadInputError(ErrorCode.HOME_IN_USE, sentence, remedy="wait until it is done") from None
    _tell_missing(copied)
    _tell(folder, taken, holds_pictures=place is not None)
    say("result", backups=1, pictures_copied=copied.copied, pictures_missing=len(copied.missing))
    return 0


def _list(home: Home, place: Path | None) -> int:
    folder = home.backups if place is None else place
    found = backups_in(folder)
    for backup in found:
        _tell(folder, backup, holds_pictures=place is not None)
    say("result", backups=len(found))
    return 0


def _restore(home: Home, place: Path | None, wanted: str, end: End) -> int:
    folder = home.backups if place is None else place
    if not home.event_log.is_dir():
        choose(home, folder, wanted, end)  # raises where there is no such backup: then no home is made for it
    home.prepare()
    with quiet_home(home):
        base = choose(home, folder, wanted, end)
        adopt(home, folder, base)
        copied = Copied() if place is None else bring_back(home.root, folder / base.name, folder, Progress())
        done = restore(home, base, end, now_text(), new_incarnation(), _BY)
    _tell_missing(copied)
    for problem in done.problems:
        say("warning", message=problem)
    say(
        "result",
        backup=base.name,
        seq=done.seq,
        timeline=done.timeline,
        events_applied=done.applied,
        kept=None if done.kept is None else str(done.kept),
        pictures_copied=copied.copied,
        pictures_missing=len(copied.missing),
    )
    return 0


def _tell_missing(copied: Copied) -> None:
    """Warn of pictures that are missing or not what the rows say."""
    if copied.missing:
        names = ", ".join(copied.missing[:_NAMED]) + (" …" if len(copied.missing) > _NAMED else "")
        say("warning", message=f"{len(copied.missing)} pictures are missing or damaged: {names}")


def _place(home: Home, folder: Path) -> Path:
    """Return the folder outside of the home, made where it is missing; BadInputError when it cannot be."""
    if folder.resolve().is_relative_to(home.root.resolve()):
        sentence = f"{folder} lies in the home, and would be lost with it"
        raise BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy="name a folder on another disk by --to DIR")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # one that is there keeps its mode: it is the person's
    return folder


def _tell(folder: Path, backup: Backup, *, holds_pictures: bool) -> None:
    facts = msgspec.to_builtins(backup)
    say("backup", **facts, path=str(folder / backup.name), holds_pictures=holds_pictures)
