"""A desk for tests of the page RUN: the real pieces of the window, over a link that a store in memory answers.

Questions are answered a moment later, in the event loop, as by the real link; while `is_away` they stay unanswered
until `come_back`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer, Signal

from gui.callbacks import still_there
from gui.commands import Commands
from gui.fleet import Fleet
from gui.pictures import Pictures
from gui.state import WindowState
from shared.errors import ErrorCode
from shared.identity import Identity
from shared.messages import (
    DeviceList,
    Done,
    ErrorInfo,
    Event,
    GetTask,
    Labelled,
    LabelTask,
    ListDevices,
    ListSteps,
    ListTasks,
    Outcome,
    StepPage,
    StepRow,
    TaskPage,
    TaskRow,
    TaskView,
)
from shared.paths import Home
from shared.task_state import TaskState

if TYPE_CHECKING:
    from pathlib import Path

SESSION = "a" * 32


def task_row(session_id: str = SESSION, **fields: Any) -> TaskRow:
    known: dict[str, Any] = dict.fromkeys(TaskRow.__struct_fields__)
    texts = ("user_id", "base_url", "agent", "model", "expect_text", "script", "held", "closing_missing", "source")
    known |= dict.fromkeys(texts, "") | {
        "session_id": session_id,
        "timestamp": "2026-01-01 10:00:00",
        "updated_at": "2026-01-01 10:00:00",
        "task_description": "Turn on dark mode",
        "model_name": "autoglm",
        "final_status": TaskState.SUCCESS,
        "ended_at": "2026-01-01 10:09:00",
        "started_at": "2026-01-01 10:00:00",
        "total_steps": 0,
        "max_steps": 100,
        "created_seq": 1,
        "updated_seq": 1,
        "prompt_tokens": 10,
        "completion_tokens": 20,
    }
    return TaskRow(**(known | fields))


def step_row(step_num: int, session_id: str = SESSION, **fields: Any) -> StepRow:
    known: dict[str, Any] = dict.fromkeys(StepRow.__struct_fields__)
    texts = ("screenshot_missing", "screenshot_analysis", "message", "thinking", "reply", "current_app")
    known |= dict.fromkeys(texts, "") | {
        "session_id": session_id,
        "step_num": step_num,
        "action": '{"action": "Tap", "element": [500, 120]}',
        "action_params": '{"x": 540, "y": 288}',
        "thinking": f"thought {step_num}",
        "outcome": Outcome.DONE,
        "actor": "agent",
        "late": False,
        "started_at": f"2026-01-01T10:{step_num // 60 % 60:02}:{step_num % 60:02}.000Z",
        "begun_seq": step_num,
        "execution_time": 0.5,
    }
    return StepRow(**(known | fields))


class FakeStore:
    """Tasks and steps in memory, answering views and judgements."""

    def __init__(self) -> None:
        self.tasks: dict[str, TaskRow] = {}
        self.steps: dict[str, dict[int, StepRow]] = {}
        self.views: dict[str, dict[str, Any]] = {}
        self.seq = 0

    def add(self, task: TaskRow, steps: list[StepRow]) -> None:
        self.tasks[task.session_id] = replace(task, total_steps=len(steps))
        self.steps[task.session_id] = {step.step_num: step for step in steps}

    def answer(self, message: Any) -> Any:
        at = {"timeline": "t", "seq": self.seq}
        if isinstance(message, ListSteps | GetTask):
            name = message.session_id if isinstance(message, ListSteps) else message.task_id
            if name not in self.tasks:
                return ErrorInfo(code=ErrorCode.UNKNOWN_TASK, message="there is no such task")
            if isinstance(message, ListSteps):
                return self._steps(message, at)
            more = {"transitions": (), "notes": ()} | self.views.get(name, {})
            return TaskView(task=self.tasks[name], set_aside=0, **more, **at)
        if isinstance(message, ListTasks):
            rows = [row for row in self.tasks.values() if message.state in (None, row.final_status)]
            return TaskPage(items=tuple(rows if message.oldest_first else rows[::-1]), next=None, **at)
        return DeviceList(items=(), **at) if isinstance(message, ListDevices) else self._other(message)

    def _steps(self, message: ListSteps, at: dict[str, Any]) -> StepPage:
        held = self.steps[message.session_id]
        if message.last:
            return StepPage(items=tuple(held[number] for number in sorted(held)[-message.limit :]), next=None, **at)
        top = max(held, default=0)
        found, number = [], message.after + 1
        while number <= top and len(found) <= message.limit:
            if number in held:
                found.append(held[number])
            number += 1
        more = len(found) > message.limit
        items = tuple(found[: message.limit])
        return StepPage(items=items, next=items[-1].step_num if more else None, **at)

    def _other(self, message: Any) -> Any:
        if isinstance(message, LabelTask) and message.step_num is not None:
            steps = self.steps[message.session_id]
            steps[message.step_num] = replace(
                steps[message.step_num], user_label=message.label, user_correction=message.correction
            )
        elif isinstance(message, LabelTask):
            self.tasks[message.session_id] = replace(
                self.tasks[message.session_id], user_label=message.label, user_correction=message.correction
            )
        return Done(seq=self.seq)


class FakeLink(QObject):
    news = Signal(object)
    resync = Signal()
    changed = Signal()

    def __init__(self, store: FakeStore) -> None:
        super().__init__()
        self.store_here: bool | None = True
        self.processes = None
        self.store = None
        self.is_away = False
        self.asked: list[tuple[str, Any]] = []
        self.answers: dict[type, Any] = {}  # what other processes answer, by the question's type
        self._store = store
        self._open: dict[int, tuple[str, Any, Any, Any]] = {}
        self._ticket = 0

    def ask(self, target: str, message: Any, _reply: type, then: Any, failed: Any = None, _timeout: float = 0) -> int:
        self._ticket += 1
        self.asked.append((target, message))
        self._open[self._ticket] = (target, message, then, failed)
        QTimer.singleShot(0, self, self._deliver)
        return self._ticket

    def forget(self, ticket: int | None) -> None:
        self._open.pop(ticket or 0, None)

    def ready_workers(self) -> list[str]:
        return []

    def of(self, kind: type) -> list[Any]:
        return [message for _, message in self.asked if isinstance(message, kind)]

    def publish(self, *bodies: Any) -> None:
        """Commit: the views hold it already, now the event tells of it."""
        events = []
        for body in bodies:
            self._store.seq += 1
            event = Event(timeline="t", seq=self._store.seq, at="2026-01-01T10:00:00.000Z", by="x", body=body)
            events.append(event)
        self.news.emit(tuple(events))

    def come_back(self) -> None:
        self.is_away = False
        self.resync.emit()
        self._deliver()

    def _answer(self, target: str, message: Any) -> Any:
        return self._store.answer(message) if target == "daemon" else self.answers.get(type(message))

    def _deliver(self) -> None:
        if self.is_away:
            return
        waiting, self._open = self._open, {}
        for target, message, then, failed in waiting.values():
            if not still_there(then) or (failed is not None and not still_there(failed)):
                continue
            answer = self._answer(target, message)
            if isinstance(answer, ErrorInfo):
                if failed is not None:
                    failed(answer)
            elif answer is not None:
                then(answer)
            if isinstance(message, LabelTask) and not isinstance(answer, ErrorInfo):
                body = Labelled(
                    session_id=message.session_id,
                    step_num=message.step_num,
                    label=message.label,
                    correction=message.correction,
                    by="gui-1",
                )
                self.publish(body)


class FakeDesk(QObject):
    open_task = Signal(str, object)
    tell = Signal(str, bool)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.home = Home(folder)
        self.demo = False
        self.store = FakeStore()
        self.link: Any = FakeLink(self.store)
        self.state = WindowState(folder / "window.json")
        self.fleet = Fleet(self.link)
        self.commands = Commands(self.link, self.fleet, Identity("gui-1", "0" * 16))
        self.pictures = Pictures(self.home)
        self.commands.told.connect(self.tell)

    def close(self) -> None:
        self.pictures.close()
        self.state.close()
