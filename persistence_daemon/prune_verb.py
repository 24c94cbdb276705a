"""The verb `python -P -m persistence_daemon prune`: what `stepwell prune` is about to delete.

    prune --home H --before TIME [--keep-failed]      beside a running daemon or with none: it only reads the store

It prints JSON lines (verb_lines.py); `kind` tells them apart:

    {"kind": "task", "session_id": …, "state": …, "ended_at": …, "steps": …, "bytes": …, "task_description": …}
    {"kind": "result", "tasks": …, "steps": …, "bytes": …}

Deleting is the daemon's, one request a task, so that what is interrupted has deleted whole tasks and nothing else.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from persistence_daemon.connection import open_reader_without_limit
from persistence_daemon.migrations import SCHEMA_VERSION, check_owner
from persistence_daemon.pruning import old_tasks
from persistence_daemon.times import as_event_time, moment, now_text
from persistence_daemon.verb_lines import run_told, say
from shared.errors import BadInputError, ErrorCode
from shared.paths import Home

if TYPE_CHECKING:
    from collections.abc import Sequence


def run_verb(arguments: Sequence[str]) -> int:
    """Tell what `arguments` name; return the exit code."""
    parser = argparse.ArgumentParser(prog="persistence_daemon prune")
    parser.add_argument("--home", required=True, type=Path)
    parser.add_argument("--before", required=True)
    parser.add_argument("--keep-failed", action="store_true")
    given = parser.parse_args(arguments)
    home = Home(given.home.absolute())
    return run_told(partial(_tell, home, given.before, keep_failed=given.keep_failed), "the store could not be read")


def _tell(home: Home, before: str, *, keep_failed: bool) -> int:
    if not home.database.is_file():
        sentence = f"there is no store in {home.root}"
        raise BadInputError(ErrorCode.BAD_HOME, sentence, remedy="name its folder by --home DIR")
    tasks = steps = size = 0
    connection = open_reader_without_limit(home.database)
    try:
        version = int(connection.pragma("user_version"))
        check_owner(home.database, int(connection.pragma("application_id")), version)
        if version != SCHEMA_VERSION:
            sentence = f"the store has schema {version}, this program prunes {SCHEMA_VERSION}"
            raise BadInputError(ErrorCode.BAD_HOME, sentence, remedy="start Stepwell once: it brings the store up")
        for old in old_tasks(connection, home, as_event_time(moment(before)), now_text(), keep_failed=keep_failed):
            tasks, steps, size = tasks + 1, steps + old.steps, size + old.bytes
            say("task", **msgspec.to_builtins(old))
    finally:
        connection.close()
    say("result", tasks=tasks, steps=steps, bytes=size)
    return 0
