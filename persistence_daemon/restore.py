"""A home's store as a backup holds it, with the event log since then up to a chosen end; the present one kept aside.

The new store is made whole under another name while the present one is untouched. Then: the present one is set aside
by rename, a new timeline is begun durably, the new one takes the name. Killed before the timeline is begun, the next
start rebuilds the present state; killed after it, the next start completes the restore, since the log names the new
timeline. It ends with a verified backup. Called by backup_verb.py in a home where nothing lives (quiet.py).
"""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from persistence_daemon.apply import Applier
from persistence_daemon.backup import (
    Backup,
    add_to_list,
    backups_in,
    damage_of,
    fsync_file,
    sync_log_files,
    take_backup,
)
from persistence_daemon.connection import open_frozen
from persistence_daemon.log_reader import begins_at, cut_tail, lines_of_descent, log_files, newest_timeline
from persistence_daemon.migrations import check_owner
from persistence_daemon.rebuild import Beginning, begin_timeline, cleared, fitting, from_backup, quarantine, take_name
from persistence_daemon.roll_forward import holds_together, roll_forward
from persistence_daemon.times import moment
from shared.errors import BadInputError, ErrorCode
from shared.faultpoints import reach
from shared.posix import fsync_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from persistence_daemon.log_reader import Line
    from shared.messages import Event
    from shared.paths import Home

LATEST: Final = "latest"


class End(Struct, frozen=True):
    """Where the restored store is to end: at an event, at a time (ISO 8601), or (both None) where the log does."""

    seq: int | None = None
    time: str | None = None

    def is_past(self, event: Event) -> bool:
        """Tell whether `event` is behind the end."""
        return self.lies_before(event.seq, event.at)

    def goes_behind(self, base: Backup) -> bool:
        """Tell whether the end asks for more than what the backup itself holds, and not only for all there is."""
        return self != End() and self.seq != base.seq

    def lies_before(self, seq: int, at: str) -> bool:
        """Tell whether the end lies before what stands at `seq` and was recorded at the time `at`."""
        return (self.seq is not None and seq > self.seq) or (self.time is not None and moment(at) > moment(self.time))


class Restored(Struct, frozen=True):
    """What was done: where the store stands, where the former one lies, and what a person should know."""

    seq: int
    timeline: str
    applied: int
    kept: Path | None
    problems: list[str]


def choose(home: Home, folder: Path, wanted: str, end: End) -> Backup:
    """Return the backup of `folder` that `wanted` names, or the newest one before `end`; BadInputError when none."""
    listed = backups_in(folder)
    if wanted == LATEST:
        timeline = newest_timeline(home.event_log) if home.event_log.is_dir() else None
        on_descent = fitting(home, listed, timeline) or listed
        usable = [backup for backup in on_descent if not end.lies_before(backup.seq, backup.at)]
    else:
        usable = [backup for backup in listed if backup.name.startswith(wanted)]
    if not usable or (wanted != LATEST and len(usable) > 1):
        why = "several backups begin so" if usable else "there is no such backup"
        sentence = f"{why} in {folder}: {wanted[:80]}" + (" before the end that was asked for" if end != End() else "")
        raise BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy="see `stepwell backup list`")
    base = max(usable, key=lambda backup: backup.seq)
    damage = damage_of(folder, base, deep=True)
    if damage:
        raise BadInputError(
            ErrorCode.BAD_REQUEST, f"the backup {base.name} {damage}", remedy="name another: stepwell backup list"
        )
    if end.goes_behind(base) and (gone := lost_behind(home, base)):
        raise BadInputError(ErrorCode.BAD_REQUEST, gone, remedy="restore a backup by its name, without --until")
    if end.lies_before(base.seq, base.at):
        sentence = f"the backup {base.name} stands at event {base.seq} of {base.at}, behind the end that was asked for"
        raise BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy="name an older one: stepwell backup list")
    return base


def adopt(home: Home, folder: Path, base: Backup) -> None:
    """Make a backup from elsewhere one of the home's own, durably, so that an interrupted restore can be completed."""
    if folder == home.backups or any(known == base for known in backups_in(home.backups)):
        return
    temporary = home.backups / "adopted.tmp"
    shutil.copyfile(folder / base.name, temporary)
    fsync_file(temporary)
    temporary.rename(home.backups / base.name)
    fsync_dir(home.backups)
    add_to_list(home.backups, base)


def restore(home: Home, base: Backup, end: End, at: str, timeline: str, by: str) -> Restored:
    """Make the home's store from its own backup `base` and the log up to `end`; see the head of this file."""
    begin = _beginning(home, base, at, timeline, by)
    path = cleared(home)
    connection = from_backup(home, path, base, begin)
    following = _timeline_behind(home, base)
    for file in log_files(home.event_log, following)[-1:]:
        cut_tail(file)  # torn by a crash: never acknowledged
    gone = lost_behind(home, base)
    end, left_out = _outside_imports(lines_of_descent(home.event_log, following, base.seq), end)
    lines = () if gone else _up_to(lines_of_descent(home.event_log, following, base.seq), end)
    done = roll_forward(connection, Applier(connection), lines)
    done.problems += [sentence for sentence in (gone, left_out) if sentence]
    reach("restore.made")
    kept = quarantine(home, at)
    reach("restore.aside")
    begin_timeline(connection, home, begin, done.timeline, done.seq)
    reach("restore.begun")
    take_name(connection, path, home.database)
    take_backup(home, "after a restore", at, lambda: sync_log_files(home))
    return Restored(done.seq + 1, timeline, done.applied, kept, done.problems)


def lost_behind(home: Home, base: Backup) -> str:
    """Return, as a sentence, that the event log does not go on where a backup stands; '' when it does."""
    begin = begins_at(home.event_log, _timeline_behind(home, base))
    if begin <= base.seq + 1:
        return ""
    return (
        f"the event log begins at event {begin}: what lies between it and the backup {base.name}, which stands at event"
        f" {base.seq}, was removed when newer backups had been verified"
    )


def _timeline_behind(home: Home, base: Backup) -> str:
    """Return the timeline whose events follow the backup: the newest one when it descends from it, else its own."""
    newest = newest_timeline(home.event_log)
    if newest is not None and fitting(home, [base], newest):
        return newest
    return base.timeline


def _outside_imports(lines: Iterator[Line], end: End) -> tuple[End, str]:
    """Return an end that leaves no import half done, with a sentence when it is an earlier one than asked for."""
    if end == End():
        return end, ""
    began = 0
    for line in lines:
        if line.event is not None:
            if end.is_past(line.event):
                break
            began = (began or line.event.seq) if holds_together(line.event) else 0
    if not began:
        return end, ""
    sentence = f"the end that was asked for lies within an import, which begins at event {began}: it was left out whole"
    return End(seq=began - 1), sentence


def _up_to(lines: Iterator[Line], end: End) -> Iterator[Line]:
    return itertools.takewhile(lambda line: line.event is None or not end.is_past(line.event), lines)


def _beginning(home: Home, base: Backup, at: str, timeline: str, by: str) -> Beginning:
    """Return what the new timeline begins with; whose the home is (the demo's or not) is said by the backup."""
    connection = open_frozen(home.backups / base.name)
    try:
        check_owner(
            home.backups / base.name, int(connection.pragma("application_id")), int(connection.pragma("user_version"))
        )
        demo = bool(connection.execute("SELECT demo FROM meta").get)
    finally:
        connection.close()
    return Beginning(at, timeline, by, demo=demo, start_id="")
