"""The verb `python -P -m persistence_daemon report`: what `stepwell verify` shows, beside a daemon or with none.

    report --home H [--deep] [--remove-orphans]

It prints JSON lines (verb_lines.py); `kind` tells them apart:

    {"kind": "progress", "what": "pictures", "done": 0, "total": 1}
    {"kind": "finding", "area": "database"|"event log"|"pictures"|"backups", "sentence": …}     something is wrong
    {"kind": "orphan", "path": relative to the home, "bytes": …, "removed": bool}               belongs to nothing
    {"kind": "result", "findings": 0, "orphans": 2, "deep": bool, …}                             the last line

It ends with 0, or with 1 when there are findings. Orphans alone are no fault. They are removed only under the locks of
supervisor and daemon, so that nothing can be writing what is looked at.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from persistence_daemon.quiet import quiet_home
from persistence_daemon.verb_lines import Progress, run_told, say
from persistence_daemon.verify import orphans, verify
from shared.errors import BadInputError, ErrorCode
from shared.paths import Home
from shared.posix import is_plain_file

if TYPE_CHECKING:
    from collections.abc import Sequence


def run_verb(arguments: Sequence[str]) -> int:
    """Check what `arguments` name; return the exit code."""
    parser = argparse.ArgumentParser(prog="persistence_daemon report")
    parser.add_argument("--home", required=True, type=Path)
    parser.add_argument("--deep", action="store_true")
    parser.add_argument("--remove-orphans", action="store_true")
    given = parser.parse_args(arguments)
    home = Home(given.home.absolute())
    return run_told(
        partial(_report, home, deep=given.deep, remove=given.remove_orphans), "the store could not be checked"
    )


def _report(home: Home, *, deep: bool, remove: bool) -> int:
    if not home.event_log.is_dir() or not home.backups.is_dir():
        sentence = f"there is no store in {home.root}"
        raise BadInputError(ErrorCode.BAD_HOME, sentence, remedy="name its folder by --home DIR")
    if remove:
        with quiet_home(home):
            return _look(home, deep=deep, remove=True)
    return _look(home, deep=deep, remove=False)


def _look(home: Home, *, deep: bool, remove: bool) -> int:
    findings = 0
    for finding in verify(home, deep=deep, tell=Progress()):
        findings += 1
        say("finding", area=finding.area, sentence=finding.sentence)
    found = _orphans(home)
    removes = remove and not findings  # of a damaged store nobody can say what belongs to it
    for path in found:
        size = path.lstat().st_size
        removed = removes and is_plain_file(path)
        if removed:
            path.unlink()
        say("orphan", path=str(path.relative_to(home.root)), bytes=size, removed=removed)
    say("result", findings=findings, orphans=len(found), deep=deep)
    return 1 if findings else 0


def _orphans(home: Home) -> list[Path]:
    try:
        return orphans(home)
    except apsw.Error:  # the store cannot be read; that is a finding already
        return []
