"""The verb `python -P -m persistence_daemon export`: exports runs, beside a running daemon or with none.

    export --home H [TASK_ID…] [--all [--state S] [--since T]] [--to PATH] [--folder DIR] [--zip] [--overwrite]
           [--language en|zh]
    export --home H --legacy FILE [--overwrite]       a copy of the store for programs written for the older tasks.db

TASK_ID is a unique beginning of an id, or `@last`. One run goes to PATH, or to DIR/stepwell-<8 of its id>; several go
into the folder PATH (else DIR), each under that name. A name that ends in .zip, or --zip, makes a .zip.

It prints JSON lines, for the command line and the window; `kind` tells them apart:

    {"kind": "progress", "session_id": …, "run": 1, "runs": 3, "done": 12, "total": 40}   some ten a second
    {"kind": "exported", "session_id": …, "path": …, "steps": 40, "pictures": 41, "left_out": [names], "bytes": …,
     "timeline": …, "seq": …, "seq_to": …}                                                 one a run, durable by then
    {"kind": "warning", "message": …}
    {"kind": "result", "runs": 3, "steps": …, "pictures": …, "bytes": …}                 the last line, when all is well
    {"kind": "error", "code": …, "message": …, "remedy": …}                                the last line otherwise

It ends with 0, 1 (a fault of Stepwell), 2 (bad input, or the target's disk), 3 (the store is busy), or 130 after
SIGINT or SIGTERM. The run that was under way then leaves nothing behind; those before it stay.
"""

from __future__ import annotations

import argparse
import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import msgspec

from persistence_daemon import queries, task_pages
from persistence_daemon.export.legacy import check_legacy_target, export_legacy
from persistence_daemon.export.masking import Masker, known_secrets
from persistence_daemon.export.reading import StoreReader
from persistence_daemon.export.run import Exported, Source, export_run
from persistence_daemon.export.target import check_target, is_zip
from persistence_daemon.verb_lines import EndAsked, run_told, say
from shared.errors import BadInputError, ErrorCode
from shared.messages import GetTask, ListTasks
from shared.paths import Home
from shared.settings import Language, load_settings
from shared.task_state import TaskState

if TYPE_CHECKING:
    from collections.abc import Sequence

_PROGRESS_S: Final = 0.1
_NAME_DIGITS: Final = 8


def run_verb(arguments: Sequence[str]) -> int:
    """Export what `arguments` name; return the exit code."""
    given = _parser().parse_args(arguments)
    other = "name another place by --to PATH" if given.legacy is None else "name another FILE"
    remedy = f"nothing of it was kept; make room, or {other}"
    asked = EndAsked()
    return run_told(partial(_act, given, asked), "the export could not be written", remedy, asked)


def _act(given: argparse.Namespace, asked: EndAsked) -> int:
    if given.legacy is not None:
        _legacy(given, asked)
    else:
        _Export(given, asked).run()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="persistence_daemon export")
    parser.add_argument("tasks", nargs="*", metavar="TASK_ID")
    parser.add_argument("--home", required=True, type=Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--state", choices=[str(state) for state in TaskState], default=None)
    parser.add_argument("--since", default="")
    parser.add_argument("--to", type=Path, default=None)
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--legacy", type=Path, default=None)
    parser.add_argument("--zip", action="store_true")
    parser.add_argument("--overwrite", action="store_true")
    parser.add_argument("--language", choices=get_args(Language), default=None)
    return parser


def _legacy(given: argparse.Namespace, asked: EndAsked) -> None:
    """Write the copy that older programs read, and say how far it is."""
    home, target = Home(given.home.absolute()), given.legacy.absolute()
    secrets, warnings = known_secrets(load_settings(home.settings_file), os.environ, home.root)
    for warning in warnings:
        say("warning", message=warning)
    check_legacy_target(target, home.root, overwrite=given.overwrite)

    def advance(done: int, total: int) -> None:
        asked.look()
        say("progress", session_id="", run=1, runs=1, done=done, total=total)

    reader = StoreReader(home, limited=False)
    try:
        copied = export_legacy(
            reader,
            home.root,
            target,
            Masker(secrets),
            advance,
            overwrite=given.overwrite,
        )
    finally:
        reader.close()
    if copied.behind:
        say("warning", message=f"{copied.behind} second rows of tasks that have one already were left out")
    counted = {"steps": copied.steps, "pictures": 0, "rows": copied.rows, "bytes": target.stat().st_size}
    say("exported", path=str(target), tasks=copied.tasks, left_out=[], seq=copied.seq, **counted)
    say("result", runs=copied.tasks, **counted)


class _Export:
    """One call of the verb."""

    def __init__(self, given: argparse.Namespace, asked: EndAsked) -> None:
        if bool(given.tasks) == given.all:
            raise BadInputError(ErrorCode.BAD_REQUEST, "name one or more tasks, or --all", remedy="see export --help")
        self._given = given
        self._asked = asked
        self._home = Home(given.home.absolute())
        settings = load_settings(self._home.settings_file)
        secrets, self._warnings = known_secrets(settings, os.environ, self._home.root)
        self._masker = Masker(secrets)
        self._language: Language = given.language or settings.language
        self._reader = StoreReader(self._home)
        self._exported: list[Exported] = []
        self._said = 0.0

    def run(self) -> None:
        """Export all that is asked for; nothing is begun when one of the targets cannot be used."""
        for warning in self._warnings:
            say("warning", message=warning)
        ids = self._everything() if self._given.all else self._named()
        several = self._given.all or len(ids) > 1
        made = self._prepare_folder() if several else None
        try:
            targets = self._targets(ids) if several else [self._target(ids[0])]
            for target in targets:
                check_target(target, self._home.root, overwrite=self._given.overwrite)
            for number, (session_id, target) in enumerate(zip(ids, targets, strict=True), 1):
                self._asked.look()
                self._one(session_id, target, number, len(ids))
        finally:
            self._reader.close()
            if made is not None and not any(made.iterdir()):
                made.rmdir()
        counted = {name: sum(getattr(done, name) for done in self._exported) for name in ("steps", "pictures", "bytes")}
        say("result", runs=len(self._exported), **counted)

    def _one(self, session_id: str, target: Path, number: int, runs: int) -> None:
        shown_id = self._masker.text(session_id)

        def advance(done: int, total: int) -> None:
            self._asked.look()
            now = time.monotonic()
            if done >= total or now - self._said >= _PROGRESS_S:
                self._said = now
                say("progress", session_id=shown_id, run=number, runs=runs, done=done, total=total)

        source = Source(self._reader, self._home.root, self._masker, self._language)
        try:
            done = export_run(source, session_id, target, advance, overwrite=self._given.overwrite)
        except BadInputError as error:
            if not (self._given.all and error.code is ErrorCode.UNKNOWN_TASK):
                raise
            say("warning", message=f"{error.message} any more: it was deleted meanwhile")
            return
        self._exported.append(done)
        say("exported", **msgspec.to_builtins(done))

    def _named(self) -> list[str]:
        found: dict[str, None] = {}
        for task_id in self._given.tasks:
            try:
                request = msgspec.convert({"type": "GetTask", "task_id": task_id}, GetTask)
            except msgspec.ValidationError:
                sentence = f"{task_id[:80]!r} is not a task's id"
                raise BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy="see `stepwell tasks`") from None
            view = self._reader.read(partial(queries.get_task, request=request))
            found[view.task.session_id] = None
        return list(found)

    def _everything(self) -> list[str]:
        """Return the ids of all runs that fit, newest first."""
        state = None if self._given.state is None else TaskState(self._given.state)
        found: list[str] = []
        after: str | None = ""
        while after is not None:
            self._asked.look()
            request = ListTasks(state=state, since=self._given.since, after=after, limit=500)
            page = self._reader.read(partial(task_pages.list_tasks, request=request))
            found += [row.session_id for row in page.items]
            after = page.next
        return found

    def _prepare_folder(self) -> Path | None:
        """Make the folder of several runs where it is missing, and return it if it was made now."""
        folder: Path | None = self._given.to
        if folder is None or folder.is_dir():
            return None
        if is_zip(folder):
            sentence = "several runs do not go into one .zip"
            raise BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy="name a folder, and --zip for a .zip of each")
        folder.mkdir(mode=0o700)
        return folder

    def _targets(self, ids: list[str]) -> list[Path]:
        """Return the places of several runs; two whose ids begin alike get their whole ids as names."""
        folder = (self._given.to or self._given.folder).absolute()
        names = [self._masker.name(session_id) for session_id in ids]
        short = [name[:_NAME_DIGITS] for name in names]
        chosen = [begin if short.count(begin) == 1 else name for begin, name in zip(short, names, strict=True)]
        return [folder / f"stepwell-{name}{'.zip' if self._given.zip else ''}" for name in chosen]

    def _target(self, session_id: str) -> Path:
        default = self._given.folder / f"stepwell-{self._masker.name(session_id)[:_NAME_DIGITS]}"
        target: Path = (self._given.to or default).absolute()
        return target.with_name(f"{target.name}.zip") if self._given.zip and not is_zip(target) else target
