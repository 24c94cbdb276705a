"""An older store's whole contents as the events that bring them in, one after the other, pictures before the rows.

It reads the copy of the file (tables.py), the backups and the screenshots beside it, and what the store holds already;
nothing of the source is changed. The only thing that it does is to hand pictures to `keep`, before the step that names
them. Nothing is left out but what is known already and what a person deleted here. Called by verb.py.
"""

from __future__ import annotations

import itertools
import re
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct, structs

from persistence_daemon.export.masking import Masker
from persistence_daemon.importing import old_steps, old_tasks, old_words
from persistence_daemon.importing.known import Known, row_digest
from persistence_daemon.importing.old_tasks import OldTask, Origin
from persistence_daemon.importing.originals import text_of
from persistence_daemon.importing.parts import in_parts, row_in_parts
from persistence_daemon.importing.shots import Shot, Shots
from persistence_daemon.importing.tables import Row, Tables, as_json
from persistence_daemon.importing.task_backups import TaskBackup, TaskBackups
from persistence_daemon.pictures import NewPicture
from shared.logs import MASK
from shared.messages import ImportEnded, StepImported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from persistence_daemon.importing.old_steps import OldStep
    from persistence_daemon.importing.originals import Original
    from persistence_daemon.importing.report import Report
    from persistence_daemon.importing.tables import Value
    from shared.messages import EventBody

TASKS: Final = "tasks"
STEPS: Final = "steps"
_SETTINGS: Final = "_sys_config"
_SECRET_NAME: Final = re.compile(r"\bkey\b|apikey|token(?!s)|secret|passw", re.IGNORECASE)  # _ and - are blanks then
_PICTURES_AT_ONCE: Final = 16  # their fsyncs share one commit of the file system's journal; a screenshot has 1 MB

T = TypeVar("T")


class Source(Struct, frozen=True):
    """An older store, open."""

    tables: Tables
    backups: TaskBackups
    shots: Shots
    origin: Origin


class _Place(Struct):
    """Where a task's parts stand. `named` None: they name no task."""

    named: str | None
    task_row: int | None = None
    step_rows: list[tuple[float, int]] = []  # by id
    at: datetime | None = None


class Plan:
    """One import. `keep` makes pictures durable; `advance` is told how many tasks and rows of how many are done."""

    def __init__(
        self,
        source: Source,
        known: Known,
        report: Report,
        keep: Callable[[list[NewPicture]], None],
        advance: Callable[[int, int], None],
    ) -> None:
        self._tables, self._backups, self._shots = source.tables, source.backups, source.shots
        self._origin = source.origin
        self._known = known
        self._report = report
        self._keep = keep
        self._advance = advance
        self._ids: set[str] = set()

    def events(self) -> Iterator[EventBody]:
        """Yield all that is new, with `ImportEnded` at the end; nothing at all when nothing is new."""
        places, doubles = self._places()
        others = [name for name in self._tables.names() if name.lower() not in (TASKS, STEPS)]
        total = len(places) + len(doubles) + sum(self._tables.count(name) for name in others)
        parts = itertools.chain(
            (self._task(place) for place in places),
            (self._row(TASKS, self._tables.row(TASKS, rowid)) for rowid in doubles),
            (self._row(table, row) for table in others for row in self._tables.whole_rows(table)),
        )
        any_at_all = False
        for done, part in enumerate(parts, 1):
            for body in part:
                any_at_all = True
                yield body
            self._advance(done, total)
        for name in self._tables.virtual:
            self._report.notice("left_out", f"the table {name} is virtual: only its own program can read its rows")
        if any_at_all:
            figures = self._report.figures
            yield ImportEnded(source=self._origin.source, tasks=figures.tasks, steps=figures.steps, rows=figures.rows)

    def _places(self) -> tuple[list[_Place], list[int]]:
        """Return where each task's parts stand, oldest task first, and the rows of tasks whose id was there before."""
        found: dict[str | None, _Place] = {}
        unnamed: list[_Place] = []
        doubles: list[int] = []
        for row in self._tables.rows(TASKS, ("session_id", "timestamp")):
            named, at = _named(row), old_tasks.time_of(row.values, self._origin)
            if named is None:
                unnamed.append(_Place(None, row.rowid, at=at))
            elif named in found:
                doubles.append(row.rowid)
            else:
                found[named] = _Place(named, row.rowid, at=at)
        for row in self._tables.rows(STEPS, ("session_id", "id")):
            order = old_words.number_of(row.get("id"))
            place = found.setdefault(_named(row), _Place(_named(row)))
            place.step_rows.append((row.rowid if order is None else order, row.rowid))
        for session_id in self._backups.sessions():
            found.setdefault(session_id, _Place(session_id))
        places = [*found.values(), *unnamed]
        for place in places:
            place.step_rows.sort()
        return sorted(places, key=lambda place: place.at or self._guessed(place)), doubles

    def _guessed(self, place: _Place) -> datetime:
        """Return when a task was, whose row does not say it or is not there."""
        row, backup, steps = self._parts(place)
        values = old_tasks.combined({} if row is None else row.values, backup.task)
        known = old_tasks.time_of(values, self._origin)
        return known or old_tasks.guessed_time(values, steps, self._origin)

    def _parts(self, place: _Place) -> tuple[Row | None, TaskBackup, list[OldStep]]:
        row = None if place.task_row is None else self._tables.row(TASKS, place.task_row)
        backup = TaskBackup(None, [], []) if place.named is None else self._backups.read(place.named)
        steps = old_steps.merged((self._tables.row(STEPS, rowid) for _, rowid in place.step_rows), backup.steps)
        return row, backup, steps

    def _task(self, place: _Place) -> Iterator[EventBody]:
        row, backup, steps = self._parts(place)
        task = self._identified(place, row, backup, steps)
        for torn in backup.torn:
            self._report.torn(torn, task.session_id)
        if self._is_here(task, len(steps)):
            return
        body, original = old_tasks.as_event(task, steps, self._origin)
        self._note_task(task, original, backup, len(steps))
        yield from in_parts(structs.replace(body, original=original.json() or ""))
        for some in _by(steps, _PICTURES_AT_ONCE):
            yield from self._steps(task.session_id, some)

    def _identified(self, place: _Place, row: Row | None, backup: TaskBackup, steps: list[OldStep]) -> OldTask:
        values = old_tasks.combined({} if row is None else row.values, backup.task)
        if place.named is not None:
            session_id = old_words.id_of(place.named)
        elif row is not None:
            session_id = old_words.made_id("task", as_json(row.values))
        else:
            session_id = old_words.made_id("steps", as_json(dict(steps[0].values)))
        while session_id in self._ids:
            session_id = old_words.made_id("task", session_id)
        self._ids.add(session_id)
        bad = () if row is None else row.bad_texts
        return OldTask(session_id, place.named, values, bad, made=row is None and backup.task is None)

    def _is_here(self, task: OldTask, steps: int) -> bool:
        """Tell whether the store has the task, or a person deleted it here; say so where that leaves something out."""
        figures = self._report.figures
        here = self._known.tasks.get(task.session_id)
        if task.session_id in self._known.deleted:
            figures.tasks_deleted += 1
            self._report.notice("deleted", "it was deleted here and is not brought back", task.session_id)
            return True
        if here is None:
            return False
        figures.tasks_known += 1
        if here != steps:
            sentence = f"it is here with {here} steps and stands there with {steps}; it was left as it is"
            self._report.notice("known", sentence, task.session_id)
        return True

    def _note_task(self, task: OldTask, original: Original, backup: TaskBackup, steps: int) -> None:
        figures = self._report.figures
        figures.tasks += 1
        figures.tasks_made += task.made
        if "total_steps" in original.facts:
            self._report.disagrees(task.session_id, original.facts["total_steps"], steps)
        if backup.torn:
            torn = [torn.raw.decode("utf-8", "backslashreplace").replace("\0", "\\u0000") for torn in backup.torn]
            original.keep("torn", torn)
        self._report.repaired(original, task.session_id)

    def _steps(self, session_id: str, steps: Iterable[OldStep]) -> Iterator[EventBody]:
        """Yield some steps, when their pictures are durable."""
        made: list[StepImported] = []
        pictures: list[NewPicture] = []
        for step in steps:
            shot = self._shots.find(step.picture) if step.picture else Shot()
            body, original = old_steps.as_event(session_id, step, shot)
            self._note_step(step, body, original)
            made.append(structs.replace(body, original=original.json()))
            if body.picture_path is not None:
                pictures.append(NewPicture(body.picture_path, shot.data))
        self._keep(pictures)
        for body in made:
            yield from in_parts(body)

    def _note_step(self, step: OldStep, body: StepImported, original: Original) -> None:
        figures = self._report.figures
        figures.steps += 1
        figures.steps_from_backups += step.from_backup
        self._report.repaired(original, body.session_id, body.step_num)
        if body.picture is not None:
            figures.screenshots += 1
        elif step.picture:
            self._report.missing(body.session_id, body.step_num, body.picture_missing)

    def _row(self, table: str, row: Row) -> Iterator[EventBody]:
        """Yield a row of another table, unless it is here."""
        text = as_json(self._without_keys(table, row.values))
        digest = row_digest(table, text)
        if self._known.rows[digest] > 0:
            self._known.rows[digest] -= 1
            self._report.figures.rows_known += 1
            return
        self._report.figures.rows += 1
        yield from row_in_parts(self._origin.source, table, text)

    def _without_keys(self, table: str, values: dict[str, Value]) -> dict[str, Value]:
        """Return a row of the older program's settings without what looks like a key: none comes into the store."""
        called = {name.lower(): name for name in values}
        name, value = (text_of(values.get(called.get(part, ""))) or "" for part in ("key", "value"))
        is_secret = _SECRET_NAME.search(re.sub(r"[_-]", " ", name)) or Masker().text(value) != value
        if table.lower() != _SETTINGS or not value or not is_secret:
            return values
        self._report.notice("left_out", f"the value of {name[:80]} in {table} looks like a key: it was left out")
        return values | {called["value"]: MASK}


def _named(row: Row) -> str | None:
    return text_of(row.get("session_id")) or None


def _by(items: list[T], count: int) -> Iterator[list[T]]:
    for start in range(0, len(items), count):
        yield items[start : start + count]


def check_tables(tables: Tables) -> str:
    """Return why these are not the tables of an older store, '' when they are."""
    if not any("session_id" in map(str.lower, tables.columns(name)) for name in (TASKS, STEPS)):
        there = ", ".join(tables.names()[:8]) or "none"
        return f"holds neither of the tables tasks and steps of an older store (its tables: {there})"
    if not (tables.has_row_numbers(TASKS) and tables.has_row_numbers(STEPS)):
        return "has its tables without row numbers (WITHOUT ROWID), as no known older program makes them"
    return ""
