"""There and back: what `export --legacy` writes of an imported history comes in again as the same."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from import_lab import ImportLab
from old_store import THIRD_GOLDEN_PATHS, OldStore, whole_history

from persistence_daemon.export.legacy import Copied, export_legacy
from persistence_daemon.export.masking import Masker
from persistence_daemon.export.reading import StoreReader

if TYPE_CHECKING:
    from pathlib import Path

TASKS = (
    "SELECT session_id, user_id, timestamp, task_description, final_status, total_steps, total_time, error_message,"
    " device_id, base_url, model_name, updated_at, verdict, user_label, user_correction FROM tasks ORDER BY session_id"
)
STEPS = (
    "SELECT session_id, step_num, screenshot_path, screenshot_digest, screenshot_missing, screenshot_analysis, action,"
    " action_params, execution_time, success, outcome, message, thinking, user_label, user_correction FROM steps"
    " ORDER BY session_id, step_num"
)


def export(lab: ImportLab, target: Path) -> Copied:
    reader = StoreReader(lab.home, limited=False)
    try:
        return export_legacy(reader, lab.home.root, target, Masker(), lambda _done, _total: None, overwrite=False)
    finally:
        reader.close()


def read(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as old:
        return old.execute(sql).fetchall()


def other_rows(lab: ImportLab) -> list[tuple[str, dict[str, Any]]]:
    found = lab.rows('SELECT "table", json FROM legacy_rows ORDER BY id')
    return [
        (str(table), {name: value for name, value in sorted(json.loads(text).items()) if value is not None})
        for table, text in found
    ]


def test_an_imported_history_is_the_same_after_an_export_and_another_import(lab: ImportLab, tmp_path: Path) -> None:
    old = whole_history(tmp_path / "old")
    old.task("fractions", timestamp="2025-03-04T05:06:07.891", total_time=0.1 + 0.2)
    old.step("fractions", 1, user_correction="a note without a label", success=None, message=None)
    lab.run(old.close())
    copied = export(lab, tmp_path / "back.db")
    again = ImportLab(tmp_path / "again")
    result = again.run(tmp_path / "back.db", "")
    assert (result["tasks"], result["steps"], result["rows"]) == (copied.tasks, copied.steps, copied.rows)
    assert (result["repaired"], result["disagreements"]) == (1, 0), "only the broken action is broken still"
    assert again.rows(TASKS) == lab.rows(TASKS)
    assert again.rows(STEPS) == lab.rows(STEPS)
    assert other_rows(again) == other_rows(lab)
    times = "SELECT session_id, started_at, ended_at FROM tasks WHERE started_at IS NOT NULL"
    assert set(lab.rows(times)) <= set(again.rows(times))
    for name in (path.relative_to(lab.home.screenshots) for path in lab.home.screenshots.glob("*/*")):
        assert (again.home.screenshots / name).read_bytes() == (lab.home.screenshots / name).read_bytes()
    assert again.check() == []


def test_an_export_is_known_where_it_came_from(lab: ImportLab, tmp_path: Path) -> None:
    database = whole_history(tmp_path / "old").close()
    tasks = lab.run(database)["tasks"]
    export(lab, tmp_path / "back.db")
    result = lab.run(tmp_path / "back.db", "")
    assert (result["tasks"], result["tasks_known"], result["rows"], result["rows_known"]) == (0, tasks, 0, 4)


def test_the_tables_of_an_older_program_are_there_with_their_columns(lab: ImportLab, old: OldStore) -> None:
    lab.run(old.close())
    store = lab.open()
    store.running()
    store.close()
    target = lab.home.root.parent / "back.db"
    assert export(lab, target) == Copied(tasks=1, steps=0, rows=0, behind=0, seq=store.store.seq)
    tables = {name for (name,) in read(target, "SELECT name FROM sqlite_schema WHERE type = 'table'")}
    known = {"tasks", "steps", "golden_paths", "error_patterns", "mental_shortcuts", "_sys_config"}
    assert tables - {"sqlite_sequence"} == known
    for name in known:
        ours = {row[1] for row in read(target, f"PRAGMA table_info({name})")}
        theirs = {row[1] for row in read(old.database, f"PRAGMA table_info({name})")}
        assert theirs <= ours, name


def test_rows_of_several_shapes_and_files_come_out_together(lab: ImportLab, tmp_path: Path) -> None:
    first = OldStore(tmp_path / "first")
    first.add("golden_paths", task_pattern="first", usage_count=1)
    first.add("_sys_config", key="theme", value="dark")
    lab.run(first.database)
    first.connection.execute("UPDATE golden_paths SET usage_count = 2")
    first.connection.execute("UPDATE _sys_config SET value = 'light'")
    lab.run(first.close())
    second = OldStore(tmp_path / "second", others={"golden_paths": THIRD_GOLDEN_PATHS})
    second.add("golden_paths", id=1, task_pattern="second", success_count=7)
    second.connection.execute("CREATE TABLE Mine (Word TEXT, data BLOB, real REAL)")
    second.add("Mine", Word="a", data=b"\0\xff", real=float("-inf"))
    second.connection.execute("ALTER TABLE Mine ADD COLUMN later TEXT")
    second.add("Mine", word="b", later="c")
    second.connection.execute("CREATE TABLE named (id TEXT, value TEXT)")
    second.add("named", id="x", value="y")
    second.add("named", id=3, value="z")
    lab.run(second.close())
    target = tmp_path / "back.db"
    assert export(lab, target).behind == 0
    columns = "id, task_pattern, usage_count, success_count"
    assert read(target, f"SELECT {columns} FROM golden_paths ORDER BY id") == [
        (1, "first", 2, None),
        (2, "second", None, 7),
    ]
    assert read(target, "SELECT key, value FROM _sys_config") == [("theme", "light")]
    assert read(target, "SELECT * FROM Mine") == [("a", b"\0\xff", float("-inf"), None), ("b", None, None, "c")]
    assert read(target, "SELECT * FROM named") == [("x", "y"), ("3", "z")]


def test_a_second_row_of_a_task_stays_behind_and_is_counted(lab: ImportLab, tmp_path: Path) -> None:
    old = OldStore(tmp_path / "old", tasks=("session_id TEXT", "task_description TEXT"))
    for text in ("one", "two"):
        old.add("tasks", session_id="t", task_description=text)
    lab.run(old.close())
    copied = export(lab, tmp_path / "back.db")
    assert (copied.tasks, copied.rows, copied.behind) == (1, 0, 1)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("CREATED", "UNKNOWN"),
        ("RUNNING", "RUNNING"),
        ("STOPPING", "RUNNING"),
        ("STOPPED", "STOPPED"),
        ("SUCCESS", "SUCCESS"),
        ("FAILED", "FAILED"),
        ("CRASHED", "INTERRUPTED"),
    ],
)
def test_every_state_has_an_older_word(lab: ImportLab, tmp_path: Path, here: str, there: str) -> None:
    store = lab.open()
    store.running()
    with store.store.connection:
        store.store.connection.execute("UPDATE tasks SET final_status = ?", (here,))
    target = tmp_path / "back.db"
    export(lab, target)
    with store.store.connection:
        store.store.connection.execute("UPDATE tasks SET final_status = 'RUNNING'")
    store.close()
    assert read(target, "SELECT final_status FROM tasks") == [(there,)]


def test_keys_are_masked_in_other_tables_too(lab: ImportLab, old: OldStore) -> None:
    old.add("golden_paths", task_pattern="use sk-0123456789abcdef here")
    lab.run(old.close())
    target = lab.home.root.parent / "back.db"
    export(lab, target)
    assert read(target, "SELECT task_pattern FROM golden_paths") == [("use *** here",)]
