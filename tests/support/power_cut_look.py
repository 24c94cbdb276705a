"""The look at what a fault has left of a script's folder: by the daemon's own start code, and by the one checker.

`look` opens the home as the daemon does, and tells what it holds and what is wrong. A backup that is listed must
restore, into an empty home, to the rows of the store at its event. What follows from the files alone is kept: a folder
that was looked at once is not looked at again. Called by the tests in tests/faults; the scripts are store_scripts.py's.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import apsw
from store_lab import DAEMON
from store_scripts import (
    HALF_IMPORTED,
    RUBBISH,
    RUBBISH_KEPT,
    WHOLE_IMPORT,
    WORDS,
    away_in,
    backup_word,
    home_in,
)

from persistence_daemon.backup import Backup, backups_in, take_backup
from persistence_daemon.backup_pictures import bring_back
from persistence_daemon.batch import StoreBroken
from persistence_daemon.check import DERIVED, check_store
from persistence_daemon.rebuild import QUARANTINE, Beginning
from persistence_daemon.restore import End, adopt, choose, restore
from persistence_daemon.start import Opened, open_store
from persistence_daemon.transaction import Policy
from shared.errors import StepwellError
from shared.paths import Home

if TYPE_CHECKING:
    from collections.abc import Iterable

    from power_cut import Left

IMPORTED: Final = (
    "SELECT (SELECT count(*) FROM tasks WHERE source <> ''), (SELECT count(*) FROM steps JOIN tasks USING (session_id)"
    " WHERE source <> ''), (SELECT count(*) FROM legacy_rows)"
)
AFTER: Final = "2026-02-01T00:00:00.000Z"
STARTS: Final = 3  # a start may quarantine a corrupt file and leave the rebuild to the next one


@dataclass
class Seen:
    """What a folder holds, as words that may have been acknowledged, and what is wrong with it."""

    words: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def losses(self, acknowledged: list[str]) -> list[str]:
        """Return what was acknowledged and is not there exactly once, and all that is wrong."""
        gone = [word for word in acknowledged if self.words[word] != 1]
        return [f"{word!r} was acknowledged and is there {self.words[word]} times" for word in gone] + self.wrong


class Looker:
    """Looks at folders, each different one once."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._seen: dict[bytes, Seen] = {}
        self._checked: dict[bytes, list[str]] = {}
        self._restored: dict[bytes, list[tuple[Any, ...]]] = {}

    @property
    def different(self) -> int:
        """How many folders were opened."""
        return len(self._seen)

    def look_at(self, left: Left, old: Path) -> Seen:
        """Look at what was left of the folder `old`."""
        key = _key(part for name, data in sorted(left.items()) for part in (name, data))
        if key not in self._seen:
            folder = self._scratch / "left"
            _put(left, old, folder)
            try:
                self._seen[key] = self.look(folder)
            finally:
                shutil.rmtree(folder)
        return self._seen[key]

    def look(self, folder: Path) -> Seen:
        """Open the home in `folder` as the daemon does, and look; what does not open is wrong."""
        home, seen = home_in(folder), Seen()
        home.prepare()
        try:
            opened = started(home)
        except (StepwellError, apsw.Error, OSError) as error:
            seen.wrong.append(f"it does not open: {error!r}")
            return seen
        connection = opened.store.connection
        try:
            if opened.backup_reason:
                take_backup(home, opened.backup_reason, AFTER, opened.store.log.sync)
            words = list(connection.execute(WORDS))
            seen.words.update(str(word) for word, seq in words if seq is not None)
            self._look_at_backups(folder, words, seen)
            if connection.execute("SELECT count(*) FROM timelines WHERE timeline = 'timelinerestored'").get:
                seen.words["restored"] += 1
            if any(path.read_bytes() == RUBBISH for path in (home.root / QUARANTINE).glob("*/tasks.db")):
                seen.words[RUBBISH_KEPT] += 1
            if connection.execute(IMPORTED).fetchone() not in ((0, 0, 0), WHOLE_IMPORT):
                seen.wrong.append(HALF_IMPORTED)
            seen.wrong += self._check(home, connection)
        finally:
            opened.store.close()
        return seen

    def _check(self, home: Home, connection: apsw.Connection) -> list[str]:
        """Return what the checker finds; where everything that it looks at is as it was once, it found the same."""
        found = str(connection.execute("PRAGMA quick_check(1)").get)
        if found != "ok":
            return [f"SQLite finds the file damaged: {found}"]
        rows = [list(connection.execute(sql)) for sql in DERIVED.values()]
        files = sorted(path for place in (home.event_log, home.screenshots) for path in place.glob("**/*.*"))
        key = _key([rows, backups_in(home.backups), *(part for path in files for part in (path, path.read_bytes()))])
        if key not in self._checked:
            self._checked[key] = check_store(home)
        return self._checked[key]

    def _look_at_backups(self, folder: Path, words: list[tuple[Any, ...]], seen: Seen) -> None:
        home = home_in(folder)
        for place in (home.backups, away_in(folder)):
            for backup in backups_in(place):
                seen.words[backup_word(place, backup.name)] += 1
                wanted = sorted(word for word in words if word[1] is not None and word[1] <= backup.seq)
                key = _key([place.name, backup, (place / backup.name).read_bytes()])
                if key not in self._restored:
                    self._restored[key] = self._restore(home, place, backup)
                if self._restored[key] != wanted:
                    seen.wrong.append(f"{backup.name} is listed and restores to {self._restored[key]}, not {wanted}")

    def _restore(self, home: Home, place: Path, backup: Backup) -> list[tuple[Any, ...]]:
        """Restore a backup into an empty home and return its words; what goes wrong stands in their place."""
        target = Home(self._scratch / "restored")
        target.prepare()
        try:
            base = choose(target, place, backup.name, End())
            adopt(target, place, base)
            if place == home.backups:
                shutil.copytree(home.screenshots, target.screenshots, dirs_exist_ok=True)
            else:
                bring_back(target.root, place / base.name, place, lambda _what, _done, _total: None)
            restore(target, base, End(), AFTER, "timelineproof", "restore")
            wrong = [(sentence,) for sentence in check_store(target)]
            connection = apsw.Connection(str(target.database))
            found = sorted(word for word in connection.execute(WORDS) if word[1] is not None)
            connection.close()
        except (StepwellError, apsw.Error, OSError) as error:
            return [(repr(error),)]
        finally:
            shutil.rmtree(target.root)
        return [*wrong, *found]


def started(home: Home) -> Opened:
    """Open the store as the daemon's start does; one that was found corrupt is rebuilt by the next start."""
    policy = Policy(DAEMON, False, lambda _worker: True)
    begin = Beginning(AFTER, "timelineafter", str(DAEMON), demo=False, start_id="start-2")
    for _ in range(STARTS - 1):
        try:
            return open_store(home, policy, begin)
        except StoreBroken:
            continue
    return open_store(home, policy, begin)


def _put(left: Left, old: Path, folder: Path) -> None:
    """Make `folder` of what was left of the one at `old`."""
    folder.mkdir(mode=0o700)
    for name, data in left.items():
        path = folder / Path(name).relative_to(old)
        if data is None:
            path.mkdir(mode=0o700, exist_ok=True)
        else:
            path.write_bytes(data)


def _key(parts: Iterable[object]) -> bytes:
    """Return a digest that is the same only for the same parts."""
    digest = hashlib.blake2b()
    for part in parts:
        data = part if isinstance(part, bytes) else repr(part).encode()
        digest.update(b"%d " % len(data))
        digest.update(data)
    return digest.digest()
