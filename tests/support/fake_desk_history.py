"""A desk for HISTORY's tests: its link keeps questions until the test answers them, from tasks that the test made."""

from __future__ import annotations

import itertools
import sys
from functools import cache
from types import SimpleNamespace
from typing import get_args

import msgspec
from PySide6.QtCore import QLocale, QObject, Signal
from PySide6.QtGui import QPixmap

from gui.callbacks import still_there
from gui.export_job import ExportJobs
from gui.state import WindowState
from shared.errors import ErrorCode
from shared.messages import (
    DeleteTask,
    Done,
    ErrorInfo,
    Event,
    FindMoment,
    GetStatistics,
    GetTask,
    ListSteps,
    ListTasks,
    Moment,
    Statistics,
    StatisticsRow,
    StepPage,
    StepRow,
    TaskPage,
    TaskRow,
    TaskView,
    TransitionRow,
    Verdict,
)
from shared.paths import Home
from shared.settings import Settings
from shared.task_state import TaskState

TIMELINE = "timeline"


def task(seq: int, **changed) -> TaskRow:
    """Return a task that ended in success; `seq` makes its id, its number and its time."""
    return msgspec.structs.replace(
        _plain_task(),
        session_id=f"task-{seq:07d}",
        timestamp=f"2026-01-{1 + seq // 86400 % 28:02d} {seq // 3600 % 24:02d}:{seq // 60 % 60:02d}:{seq % 60:02d}",
        task_description=changed.pop("task_description", f"open the settings, number {seq}"),
        created_seq=seq,
        updated_seq=seq,
        **changed,
    )


@cache
def _plain_task() -> TaskRow:
    values = {field.name: _empty(field.type, field.name) for field in msgspec.structs.fields(TaskRow)}
    values |= {"final_status": TaskState.SUCCESS, "verdict": Verdict.REPORTED, "device_id": "PHONE1"}
    values |= {"total_steps": 3, "total_time": 4.5, "model_name": "gpt", "max_steps": 100}
    return TaskRow(**values)


def step(session_id: str, number: int) -> StepRow:
    """Return a step without a picture."""
    values = {field.name: _empty(field.type, field.name) for field in msgspec.structs.fields(StepRow)}
    values |= {"session_id": session_id, "step_num": number, "actor": "agent", "begun_seq": number}
    return msgspec.convert(values, StepRow)


def event(body) -> Event:
    """Return a committed event."""
    return Event(seq=1, timeline=TIMELINE, at="2026-01-01T00:00:00.000Z", by="daemon", body=body)


def _empty(kind, name):
    text = str(kind)
    if type(None) in get_args(kind):
        return None
    if "bool" in text:
        return False
    return 0 if "int" in text.lower() or name.endswith("tokens") else ""


class FakeLink(QObject):
    """Keeps what is asked. `answer` answers what is open now; `answer_all` goes on until nothing is asked any more."""

    news = Signal(object)
    resync = Signal()
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.store_here = True
        self.processes = self.store = None
        self.rows: list[TaskRow] = []  # newest first
        self.steps: dict[str, list[StepRow]] = {}
        self.slice = 1000  # tasks that a filtered page looks at
        self.moment = Moment(session_id=None, step_num=None, running=False, timeline=TIMELINE, seq=1)
        self.days: list[StatisticsRow] = []
        self.asked: list = []
        self.refuse: ErrorInfo | None = None
        self._open: dict[int, tuple] = {}
        self._tickets = itertools.count(1)

    def ask(self, target, message, reply_type, then, failed=None, timeout_s=0.0) -> int:
        ticket = next(self._tickets)
        self.asked.append(message)
        self._open[ticket] = (message, reply_type, then, failed)
        return ticket

    def forget(self, ticket) -> None:
        self._open.pop(ticket, None)

    @property
    def open(self) -> list:
        return [message for message, *_ in self._open.values()]

    def answer(self) -> None:
        for ticket in list(self._open):
            found = self._open.pop(ticket, None)
            if found is None:
                continue
            message, reply_type, then, failed = found
            if not still_there(then):
                continue
            reply = self.refuse or self._reply(message)
            if isinstance(reply, reply_type):
                then(reply)
            elif failed is not None:
                failed(reply)

    def answer_all(self) -> None:
        while self._open:
            self.answer()

    def _reply(self, message):
        handlers = {
            ListTasks: self._page,
            GetTask: self._view,
            ListSteps: self._step_page,
            DeleteTask: self._delete,
            FindMoment: lambda _message: self.moment,
            GetStatistics: self._statistics,
        }
        return handlers[type(message)](message)

    @property
    def seq(self) -> int:
        return self.rows[0].created_seq if self.rows else 0

    def _page(self, asked: ListTasks) -> TaskPage:
        number = int(asked.after.rpartition(" ")[2]) if asked.after else 1 << 62
        rest = [row for row in self.rows if row.created_seq < number]
        filtered = asked.state or asked.text or asked.device_id or asked.model
        looked = rest[: self.slice] if filtered else rest
        items = [row for row in looked if _fits(row, asked)]
        if len(items) > asked.limit:
            items = items[: asked.limit]
            last = items[-1]
        else:
            last = looked[-1] if len(looked) < len(rest) else None
        by_time = asked.since or asked.until
        cursor = None if last is None else f"{last.timestamp} {last.created_seq}" if by_time else str(last.created_seq)
        return TaskPage(items=tuple(items), next=cursor, timeline=TIMELINE, seq=self.seq)

    def _view(self, asked: GetTask):
        row = next((row for row in self.rows if row.session_id == asked.task_id), None)
        if row is None:
            return ErrorInfo(code=ErrorCode.UNKNOWN_TASK, message="there is no such task")
        why = TransitionRow(
            seq=1,
            session_id=row.session_id,
            from_state=None,
            to_state=row.final_status,
            event="ended",
            at="2026-01-01T00:00:00Z",
            reason="because",
            by="worker-1",
        )
        return TaskView(task=row, transitions=(why,), notes=(), set_aside=0, timeline=TIMELINE, seq=self.seq)

    def _step_page(self, asked: ListSteps) -> StepPage:
        steps = self.steps.get(asked.session_id, [])
        items = steps[-asked.limit :] if asked.last else steps[: asked.limit]
        more = None if asked.last or len(items) == len(steps) else items[-1].step_num
        return StepPage(items=tuple(items), next=more, timeline=TIMELINE, seq=self.seq)

    def _delete(self, asked: DeleteTask) -> Done:
        self.rows = [row for row in self.rows if row.session_id != asked.session_id]
        return Done(seq=1)

    def _statistics(self, _asked: GetStatistics) -> Statistics:
        days = tuple(self.days)
        return Statistics(
            by_day=days,
            by_device=days,
            by_model=days,
            commit_ms_p50=1.5,
            commit_ms_p99=9.0,
            timeline=TIMELINE,
            seq=self.seq,
        )


def _fits(row: TaskRow, asked: ListTasks) -> bool:
    return (
        asked.state in (None, row.final_status)
        and asked.device_id in (None, row.device_id)
        and asked.model in ("", row.model, row.model_name)
        and asked.text.casefold() in row.task_description.casefold()
    )


class FakeFleet(QObject):
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.devices: tuple = ()
        self.running: tuple = ()
        self.queue: tuple = ()

    def name_of(self, device_id):
        return device_id or ""


class FakePictures:
    def __init__(self) -> None:
        self.asked: list = []

    def step_thumbnail(self, row, height, then) -> None:
        self.asked.append(row.step_num)
        then(QPixmap())

    def closing(self, row, height, then) -> None:
        self.asked.append("closing")
        then(QPixmap())


class FakeDesk(QObject):
    """See the head of this file. `labels` are the judgements asked for."""

    open_task = Signal(str, object)
    tell = Signal(str, bool)
    stopping = Signal(str)
    settings_changed = Signal()
    theme_changed = Signal()

    def __init__(self, folder) -> None:
        super().__init__()
        QLocale.setDefault(QLocale(QLocale.Language.English))
        self.home = Home(folder)
        self.home.prepare()
        self.demo = False
        self.settings = Settings()
        self.language = self.settings.language
        self.state = WindowState(folder / "window.json")
        self.link = FakeLink()
        self.fleet = FakeFleet()
        self.pictures = FakePictures()
        self.work = QObject(self)
        self.labels: list = []
        self.stopped: list[str] = []
        asked = self.stopped.__contains__
        self.commands = SimpleNamespace(judge=self._judge, stop=self._stop, is_stopping=asked, stopping=self.stopping)
        self.exports = ExportJobs(self.home, (sys.executable, "-P", "-c", "raise SystemExit(1)"))

    def _judge(self, task, label) -> None:
        self.labels.append((task.session_id, label))

    def _stop(self, task: TaskRow) -> None:
        self.stopped.append(task.session_id)
        self.stopping.emit(task.session_id)

    def close(self) -> None:
        self.exports.close()
        self.state.close()
