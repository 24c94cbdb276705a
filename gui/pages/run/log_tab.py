"""The tab Log: what each process logged about this task, merged by time; goes on while the task runs.

The files are read by a thread of its own, and a bounded number of lines is shown: the newest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from gui import words
from gui.pages.run.recorded_text import RecordedText
from gui.pages.run.tab import Shown, Tab
from gui.widgets.looks import SPACE, column
from shared.log_files import Line, LogFollower
from shared.logs import get_logger

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QHideEvent

_EVERY_MS: Final = 1000
_LINES: Final = 400


def about(line: Line, session_id: str) -> bool:
    """Tell whether a line is about a task: one of its fields names it."""
    return session_id in line.fields.values()


def as_text(line: Line, session_id: str) -> str:
    """Return a line about a task for a person: time, process, level, what happened, and the other fields."""
    known = ("at", "level", "process", "event", "pid")
    fields = [(key, str(value)) for key, value in line.fields.items() if key not in known and value != session_id]
    rest = " ".join(f"{key}={words.one_line(value, 200)}" for key, value in fields)
    return f"{words.clock(line.at, with_date=False)}  {line.process:<12} {line.level:<7} {line.event}  {rest}".rstrip()


class _Found(QObject):
    lines = Signal(object, object)  # _Kept, list[str]: what is to be shown now


class _Reader(QRunnable):
    """Reads on, once; the follower is touched by one thread at a time, since the pool has one."""

    def __init__(self, kept: _Kept, found: _Found) -> None:
        super().__init__()
        self._kept = kept
        self._found = found

    def run(self) -> None:
        """Read what there is and tell it."""
        try:
            self._kept.read()
        except OSError as error:
            get_logger().info("the logs could not be read", error=str(error))
        self._found.lines.emit(self._kept, list(self._kept.lines))


class _Kept:
    """The lines about one task so far, and the follower that reads on behind them."""

    def __init__(self, folder: Path, session_id: str) -> None:
        self.session_id = session_id
        self.lines: list[str] = []
        self._folder = folder
        self._follower: LogFollower | None = None

    def read(self) -> None:
        """Read to the end of the files."""
        if self._follower is None:
            self._follower = LogFollower(self._folder)
            self._take(self._follower.history())
        while found := self._follower.poll():
            self._take(found)

    def close(self) -> None:
        """Let go of the files."""
        if self._follower is not None:
            self._follower.close()

    def _take(self, lines: object) -> None:
        self.lines += [as_text(line, self.session_id) for line in lines if about(line, self.session_id)]  # type: ignore[attr-defined]
        del self.lines[:-_LINES]


class _Close(QRunnable):
    def __init__(self, kept: _Kept) -> None:
        super().__init__()
        self._kept = kept

    def run(self) -> None:
        """Close the files where they were read."""
        self._kept.close()


class LogTab(Tab):
    """See the head of this file."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._kept: _Kept | None = None
        self._reading: _Kept | None = None  # asked for and not told yet; what was let go may still be read before it
        self._found = _Found()
        self._found.lines.connect(self._show)
        self._pool = QThreadPool(self, maxThreadCount=1)
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self._read)
        self.text = RecordedText(self.tr("Log lines about this task"), code=True, keep_end=True)
        column(self, self.text, margin=SPACE)

    def show_selected(self, shown: Shown) -> None:
        """Show the lines about the task."""
        session_id = shown.view.task.session_id if shown.view else ""
        if not session_id:
            self._let_go()
        elif self._kept is None or self._kept.session_id != session_id:
            self._let_go()
            self._kept = _Kept(self._folder, session_id)
            self.text.show_text("", self.tr("The logs are being read …"))
            self._read()
        if shown.view is not None and shown.view.task.ended_at is None:
            self._timer.start()
        else:
            self._timer.stop()

    def hideEvent(self, event: QHideEvent) -> None:
        """Read nothing while nobody looks."""
        super().hideEvent(event)
        self._timer.stop()
        self._let_go()

    def _read(self) -> None:
        if self._kept is not None and self._reading is not self._kept:
            self._reading = self._kept
            self._pool.start(_Reader(self._kept, self._found))

    def _let_go(self) -> None:
        if self._kept is not None:
            self._pool.start(_Close(self._kept))
            self._kept = None

    def _show(self, kept: _Kept, lines: list[str]) -> None:
        if self._reading is kept:
            self._reading = None
        if self._kept is kept:
            bar = self.text.edit.verticalScrollBar()
            at_end = bar.value() >= bar.maximum()
            self.text.show_text("\n".join(lines), self.tr("No process logged anything about this task."))
            if at_end:
                bar.setValue(bar.maximum())
