"""Files of the event log that no rebuild needs any more go: what lies behind the second-newest verified backup.

Of the timeline on which that backup stands, files that end before it; those of its ancestors when no backup of an
ancestor is kept any more; those of a branch that nothing continues when no backup of it is kept. Whole files only, and
of a timeline that keeps later files the first line stays, in a file of its own (a head): by it the log knows the
timeline, its parent and where it forked, and readers see that something is missing behind it.

A file goes only when two sound backups on the present descent are listed. Removed oldest first: killed in between, what
is left is whole from some event on, and the next time goes on. Called by the thread that took a backup, under the lock
of backups; the file that the log is appended to is never among them.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from persistence_daemon.backup import damage_of, listed_backups
from persistence_daemon.log_reader import LogFile, descent, first_line, is_head, log_files
from persistence_daemon.rebuild import fitting
from shared.faultpoints import reach
from shared.posix import FileLock, LockHeldError, fsync_dir, write_durably

if TYPE_CHECKING:
    from collections.abc import Sequence

    from persistence_daemon.backup import Backup
    from shared.paths import Home

_BEHIND: Final = 2  # sound backups behind what goes: when the newest is lost the one before it must do


class Plan(Struct, frozen=True):
    """Files that go, in that order, and files of which only the first line stays."""

    gone: list[LogFile]
    heads: list[LogFile]


def thin_log(home: Home, timeline: str) -> list[str]:
    """Remove what no rebuild of a store on `timeline` needs; return the names of the files. OSError when it fails.

    While another process takes a backup nothing is removed.
    """
    try:
        lock = FileLock.take(home.lock("backup"))
    except LockHeldError:
        return []
    try:
        return _thin(home, timeline)
    finally:
        lock.release()


def _thin(home: Home, timeline: str) -> list[str]:
    listed = listed_backups(home)
    newest_first = sorted(fitting(home, listed, timeline), key=lambda backup: backup.seq, reverse=True)
    sound = (one for one in newest_first if not damage_of(home.backups, one, deep=False))
    newest = list(itertools.islice(sound, _BEHIND))
    plan = superseded(log_files(home.event_log), descent(home.event_log, timeline), listed, newest)
    heads = [file for file in plan.heads if not is_head(file)]
    for file in heads:
        write_durably(file.path, first_line(file.path))
        reach("log.thinning")
    for file in plan.gone:
        file.path.unlink()
        reach("log.thinning")
    if plan.gone:
        fsync_dir(home.event_log)
    return [file.path.name for file in (*heads, *plan.gone)]


def superseded(
    files: Sequence[LogFile],
    chain: Sequence[tuple[str, int | None]],
    listed: Sequence[Backup],
    newest: Sequence[Backup],
) -> Plan:
    """Return what may go of `files` (by first seq).

    `chain`: the present timeline's descent, oldest first. `listed`: every backup that is kept; `newest`: the newest two
    on the descent that are as their list says. With fewer of these nothing goes.
    """
    plan = Plan([], [])
    if len(newest) < _BEHIND:
        return plan
    base = min(newest, key=lambda backup: backup.seq)
    places = {name: place for place, (name, _) in enumerate(chain)}
    oldest = min((places[one.timeline] for one in listed if one.timeline in places), default=0)
    kept = {one.timeline for one in listed}
    for timeline in dict.fromkeys(file.timeline for file in files):
        own = [file for file in files if file.timeline == timeline]
        place = places.get(timeline)
        if timeline == base.timeline:
            before = [file for file, after in itertools.pairwise(own) if after.first_seq <= base.seq + 1]
            plan.heads.extend(before[:1])
            plan.gone.extend(before[1:])
        elif (place is None and timeline not in kept) or (place is not None and place < oldest):
            plan.gone.extend(own[::-1])  # its first file last: without it nobody knows whose the others are
    return plan
