"""Stores as Open-AutoGLM-GUI left them behind (`logs/tasks.db`), for tests of `stepwell import`.

Written with Python's own sqlite3, as the older program did. Tables get the columns that a test names, in its order.
"""

from __future__ import annotations

import io
import json
import sqlite3
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

TASK_COLUMNS = (
    "session_id TEXT PRIMARY KEY",
    "user_id TEXT",
    "timestamp TEXT",
    "task_description TEXT",
    "final_status TEXT",
    "total_steps INTEGER",
    "total_time REAL",
    "error_message TEXT",
    "device_id TEXT",
    "base_url TEXT",
    "model_name TEXT",
)
STEP_COLUMNS = (
    "id INTEGER PRIMARY KEY AUTOINCREMENT",
    "session_id TEXT",
    "step_num INTEGER",
    "screenshot_path TEXT",
    "screenshot_analysis TEXT",
    "action TEXT",
    "action_params TEXT",
    "execution_time REAL",
    "success INTEGER",
    "message TEXT",
    "thinking TEXT",
)
LABEL_COLUMNS = ("user_label TEXT", "user_correction TEXT")
OTHER_TABLES = {
    "golden_paths": (
        "id INTEGER PRIMARY KEY AUTOINCREMENT, task_pattern TEXT NOT NULL, apps TEXT, difficulty TEXT, can_replay"
        " INTEGER, natural_sop TEXT, action_sop TEXT, common_errors TEXT, success_rate REAL, usage_count INTEGER,"
        " source_sessions TEXT, created_at TEXT, updated_at TEXT"
    ),
    "error_patterns": (
        "id INTEGER PRIMARY KEY AUTOINCREMENT, task_pattern TEXT, error_description TEXT, correction TEXT NOT NULL,"
        " frequency INTEGER, last_seen TEXT, created_at TEXT"
    ),
    "mental_shortcuts": (
        "id INTEGER PRIMARY KEY AUTOINCREMENT, app TEXT NOT NULL, scene TEXT DEFAULT '未知页面', element TEXT NOT NULL,"
        " location_hint TEXT, typical_coords TEXT, coord_variance REAL, action TEXT, data_source TEXT, confidence REAL,"
        " usage_count INTEGER, success_count INTEGER, source_sessions TEXT, created_at TEXT, updated_at TEXT,"
        " last_used_at TEXT"
    ),
    "_sys_config": "key TEXT PRIMARY KEY, value TEXT, updated_at TEXT",
}
THIRD_GOLDEN_PATHS = (
    "id INTEGER PRIMARY KEY, task_pattern TEXT, steps TEXT, correct_path TEXT, created_at TEXT, updated_at TEXT,"
    " success_count INTEGER, fail_count INTEGER"
)
TIME = "2025-03-04 05:06:07"
IN_UTC = "2025-03-03 21:06:07"  # with +08:00


def png(shade: int = 0, size: tuple[int, int] = (12, 24)) -> bytes:
    """Return a small whole PNG; another one for another shade."""
    into = io.BytesIO()
    Image.new("RGB", size, (shade % 256, shade // 256 % 256, 7)).save(into, "PNG")
    return into.getvalue()


class OldStore:
    """One older program's folder, with `logs/tasks.db` in it. `database` is what is imported."""

    def __init__(
        self,
        folder: Path,
        *,
        tasks: tuple[str, ...] = TASK_COLUMNS,
        steps: tuple[str, ...] = (*STEP_COLUMNS, *LABEL_COLUMNS),
        others: dict[str, str] | None = None,
        journal_mode: str = "wal",
    ) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self.screenshots = self.logs / "screenshots"
        self.backup = self.logs / "backup"
        self.screenshots.mkdir(parents=True)
        self.database = self.logs / "tasks.db"
        self.connection = sqlite3.connect(self.database, isolation_level=None)
        self.connection.execute(f"PRAGMA journal_mode={journal_mode}")
        self.connection.execute(f"CREATE TABLE tasks ({', '.join(tasks)})")
        self.connection.execute(f"CREATE TABLE steps ({', '.join(steps)})")
        for name, columns in (OTHER_TABLES if others is None else others).items():
            self.connection.execute(f"CREATE TABLE {name} ({columns})")

    def close(self) -> Path:
        """End the older program; return the file."""
        self.connection.close()
        return self.database

    def add(self, table: str, **values: Any) -> None:
        """Insert a row with these columns."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))

    def task(self, session_id: str | None, status: str | None = "SUCCESS", **values: Any) -> None:
        """Insert a task."""
        known = {"timestamp": TIME, "task_description": f"do {session_id}", "final_status": status, "total_time": 12.5}
        self.add("tasks", session_id=session_id, **(known | values))

    def step(self, session_id: str | None, number: int | None, **values: Any) -> None:
        """Insert a step."""
        known = {"action": json.dumps({"action": "Tap", "element": [1, number]}), "success": 1, "message": "ok"}
        known |= {"thinking": f"thought {number}", "execution_time": 1.5}
        self.add("steps", session_id=session_id, step_num=number, **(known | values))

    def shot(self, name: str, data: bytes | None = None) -> str:
        """Put a screenshot beside the database; return its path as the older program wrote it."""
        (self.screenshots / name).write_bytes(png() if data is None else data)
        return f"logs/screenshots/{name}"

    def back_up(self, session_id: str, task: dict[str, Any] | None, *lines: bytes | dict[str, Any]) -> None:
        """Write a task's backup; a dict is a line of its own, bytes stand as they are."""
        self.backup.mkdir(exist_ok=True)
        if task is not None:
            text = json.dumps(task, ensure_ascii=False, indent=2)
            (self.backup / f"{session_id}_task.json").write_text(text, encoding="utf-8")
        with (self.backup / f"{session_id}_steps.jsonl").open("ab") as file:
            for line in lines:
                data = line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode() + b"\n"
                file.write(data)


def whole_history(folder: Path) -> OldStore:
    """Return a history with something of everything that older stores are known to hold, still open."""
    old = OldStore(folder, tasks=(*TASK_COLUMNS, "updated_at TEXT"))
    states = ("UNKNOWN", "RUNNING", "SUCCESS", "FAILED", "STOPPED", "INTERRUPTED", "CREATED", "STOPPING", "CRASHED")
    for number, word in enumerate(states):
        session_id = f"task-{word.lower()}"
        old.task(session_id, word, timestamp=f"2025-03-04 05:{number:02}:00", total_steps=2, device_id="phone-1")
        for step in (1, 2):
            name = f"step_{step}_20250304_05{number:02}{step:02}.png"
            path = old.shot(name, png(number * 10 + step)) if step == 1 else f"logs\\screenshots\\gone_{name}"
            old.step(session_id, step, screenshot_path=path)
    old.step("task-success", 2, message="the same number again")
    old.step("nobody-knows", 1)
    old.step(None, 4, message="of nobody")
    old.step("task-failed", None, message="without a number", user_label="wrong", user_correction="tap lower")
    old.step("task-failed", 9, user_label="correct", user_correction="", action="{'not': json", action_params="null")
    old.task("task-without-times", "FAILED", timestamp=None, total_time=None, total_steps=5, error_message=None)
    old.add("golden_paths", task_pattern="打开设置", usage_count=3, success_rate=0.5)
    old.add("error_patterns", task_pattern="x", correction="y")
    old.add("mental_shortcuts", app="微信", element="search")
    old.add("_sys_config", key="theme", value="dark")
    line = {"session_id": "task-running", "step_num": 3, "action": {"action": "Wait"}, "message": "only here"}
    torn = '{"session_id": "task-running", "step_num": 4, "message": "打开'.encode()[:-1]
    old.back_up("task-running", {"session_id": "task-running", "description": "do it"}, line, torn)
    old.back_up("only-a-backup", {"description": "从备份", "timestamp": "2025-03-04T05:00:30"}, {"step_num": 1})
    return old
