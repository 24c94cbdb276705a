"""Exports one run: its report, its steps and its task, with the pictures beside them, in one pass over the steps.

Each page of steps is a short read transaction of its own, so the writer is never held up. What is exported is the run
as it stood at the first of these reads: steps that began later are left out; an outcome may be newer. The report says
at which events it was read. Memory does not grow with the steps: only the notes and a page of steps are held.
Called by verb.py.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final

from msgspec import Struct

from persistence_daemon import queries
from persistence_daemon.export.cards import Shot, ShownStep
from persistence_daemon.export.masking import Masker
from persistence_daemon.export.pictures import take_picture
from persistence_daemon.export.reading import StoreReader
from persistence_daemon.export.report import Closing, Front, Report
from persistence_daemon.export.target import REPORT, STEPS, TASK, Bundle
from persistence_daemon.export.whole import read_steps, read_task
from persistence_daemon.export.words import WORDS
from shared.errors import ErrorCode, StoreError
from shared.settings import Language
from shared.shapes import plain, step_json, task_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import apsw

    from shared.messages import NoteRow, StepRow

SCHEMA: Final = 1
_PAGE: Final = 32  # steps held at once; one may hold some megabytes of text


class Exported(Struct, frozen=True, kw_only=True):
    """What became of one run. `left_out` names pictures that are missing or damaged in the store."""

    session_id: str
    path: str
    steps: int
    pictures: int
    left_out: tuple[str, ...]
    bytes: int
    timeline: str
    seq: int  # the event at which the run was read, and the one at which its last page was
    seq_to: int


class Source(Struct, frozen=True):
    """Where runs come from, and what is done to each on its way out."""

    reader: StoreReader
    home: Path
    masker: Masker
    language: Language


def export_run(
    source: Source, session_id: str, target: Path, advance: Callable[[int, int], None], *, overwrite: bool
) -> Exported:
    """Export a run to `target` and return when it is durable there; `advance(done, total)` is called for each step.

    StepwellError when the store cannot be read or the target cannot be used, OSError when the disk does not take it;
    then nothing of it is left.
    """
    with Bundle(target) as bundle:
        run = _Run(source, session_id, bundle, advance)
        run.write()
        bundle.commit(overwrite=overwrite)
        return Exported(
            session_id=source.masker.text(session_id),
            path=str(target),
            steps=run.steps,
            pictures=run.pictures,
            left_out=tuple(run.closing.left_out),
            bytes=bundle.size_bytes,
            timeline=run.view.timeline,
            seq=run.view.seq,
            seq_to=run.closing.seq,
        )


class _Run:
    """One run on its way out."""

    def __init__(self, source: Source, session_id: str, bundle: Bundle, advance: Callable[[int, int], None]) -> None:
        self.steps = self.pictures = 0
        self.view = source.reader.read(partial(read_task, session_id=session_id))
        self.closing = Closing(seq=self.view.seq)
        self._source = source
        self._bundle = bundle
        self._advance = advance
        self._session_id = session_id
        self._not_in_store = WORDS[source.language].not_in_store
        self._notes: defaultdict[int | None, list[NoteRow]] = defaultdict(list)
        for note in self.view.notes:
            self._notes[note.step_num].append(source.masker.row(note))

    def write(self) -> None:
        """Write all files of the run."""
        mask, view = self._source.masker, self.view
        device = self._source.reader.read(self._device)
        task = mask.row(view.task)
        transitions = [mask.row(row) for row in view.transitions]
        made_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        front = Front(
            task=task,
            transitions=transitions,
            notes=self._notes[None],
            device=mask.text(device),
            timeline=view.timeline,
            seq=view.seq,
            made_at=made_at,
        )
        shown = self._shown(self._bundle.open_text(STEPS))
        Report(self._source.language).write(self._bundle.open_text(REPORT), front, shown, self.closing)
        told = {
            "schema": SCHEMA,
            "task": task_json(task) | {"closing_screenshot_path": self._closing.href or None},
            "transitions": [plain(row) for row in transitions],
            "notes": [plain(mask.row(row)) for row in view.notes],
            "export": {"at": made_at, "timeline": view.timeline, "seq": view.seq, "seq_to": self.closing.seq}
            | {"pictures": self.pictures, "left_out": self.closing.left_out},
        }
        self._bundle.open_text(TASK).write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")

    def _device(self, store: apsw.Connection) -> str:
        """Return the run's device for people: its alias, model and serial, as far as they are known."""
        device_id = self.view.task.device_id
        for row in queries.list_devices(store, {}).items:
            if row.device_id == device_id:
                android = f"Android {row.android}" if row.android else ""
                return " · ".join(dict.fromkeys(part for part in (row.alias, row.model, android, device_id) if part))
        return device_id or ""

    def _shown(self, lines: IO[str]) -> Iterator[ShownStep]:
        """Yield each step with the picture after it, which is the next step's; the last one's closes the run."""
        waiting: tuple[StepRow, Shot] | None = None
        for row in self._rows():
            masked = self._source.masker.row(row)
            shot = self._shot(row.screenshot_path, row.screenshot_digest, masked.screenshot_missing)
            self._write_line(lines, masked, shot)
            if waiting is not None:
                yield self._step(*waiting, after=shot)
            waiting = masked, shot
            self.steps += 1
            self._advance(self.steps, self.view.task.total_steps)
        task = self.view.task
        self._closing = self._shot(task.closing_screenshot_path, None, self._source.masker.text(task.closing_missing))
        if waiting is not None:
            yield self._step(*waiting, after=self._closing)

    def _step(self, row: StepRow, before: Shot, *, after: Shot) -> ShownStep:
        return ShownStep(row=row, before=before, after=after, notes=self._notes[row.step_num])

    def _write_line(self, lines: IO[str], row: StepRow, shot: Shot) -> None:
        told = step_json(row) | {"screenshot_path": shot.href or None, "screenshot_missing": shot.missing}
        lines.write(json.dumps(told, ensure_ascii=False) + "\n")

    def _rows(self) -> Iterator[StepRow]:
        after, more = 0, True
        while more:
            page = self._source.reader.read(partial(read_steps, session_id=self._session_id, after=after, limit=_PAGE))
            if page.timeline != self.view.timeline:
                sentence = "the store was restored from a backup while the run was read"
                raise StoreError(ErrorCode.STORE_BUSY, sentence, remedy="export it again", retryable=True)
            self.closing.seq = page.seq
            yield from (row for row in page.items if row.begun_seq <= self.view.seq)
            more = page.more
            after = page.items[-1].step_num if more else 0

    def _shot(self, path: str | None, digest: str | None, missing: str) -> Shot:
        if path is None:
            return Shot(name="", missing=missing)
        name = self._source.masker.name(PurePosixPath(path).name)
        taken = take_picture(self._source.home, path, digest)
        if taken is None:
            self.closing.left_out.append(name)
            return Shot(name="", missing=f"{name}: {self._not_in_store}")
        self._bundle.add_picture(name, taken.data)
        self.pictures += 1
        return Shot(name=name, width=taken.width, height=taken.height)
