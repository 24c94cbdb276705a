"""What lies beside an older store: screenshots wherever its paths may mean, per-task backups, the other tables."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from old_store import THIRD_GOLDEN_PATHS, OldStore, png
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from import_lab import ImportLab

NAME = "step_1_20250304_050607.png"


@pytest.mark.parametrize(
    "path",
    [
        f"logs/screenshots/{NAME}",
        f"./logs/screenshots/{NAME}",
        f"screenshots/{NAME}",
        f"logs\\screenshots\\{NAME}",
        f"D:\\Open-AutoGLM-GUI\\logs\\screenshots\\{NAME}",
        f"\\\\server\\share\\logs\\screenshots\\{NAME}",
        f"/home/somebody else/gone/logs/screenshots/{NAME}",
        f"..\\elsewhere/{NAME}",
        NAME,
    ],
)
def test_a_screenshot_is_found_whatever_way_its_path_is_written(lab: ImportLab, old: OldStore, path: str) -> None:
    picture = png(5)
    old.shot(NAME, picture)
    old.task("t")
    old.step("t", 1, screenshot_path=path)
    result = lab.run(old.close())
    assert (result["screenshots"], result["screenshots_missing"]) == (1, 0)
    stored, digest, size, width, height, missing = lab.row(
        "SELECT screenshot_path, screenshot_digest, screenshot_size, screenshot_width, screenshot_height,"
        " screenshot_missing FROM steps"
    )
    assert (lab.home.root / stored).read_bytes() == picture
    assert digest == hashlib.sha256(picture).hexdigest()
    assert stored == f"screenshots/t/1-{digest[:16]}.png"
    assert (size, width, height, missing) == (len(picture), 12, 24, "")
    assert lab.original("steps", "t", 1)["screenshot_path"] == path


def test_an_absolute_path_leads_to_a_screenshot_elsewhere(lab: ImportLab, old: OldStore, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / NAME
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(png(1))
    old.task("t")
    old.step("t", 1, screenshot_path=str(elsewhere))
    assert lab.run(old.close())["screenshots"] == 1


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "its file is gone"),
        (b"", "its file is empty"),
        (png()[:-20], "its file is torn"),
        (png()[:20], "its file is torn"),
        (png()[:50] + b"\0" + png()[51:], "its file is torn"),
        (b"not a picture at all", "its file is no picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * (16 << 20), "more than a screenshot may have"),
    ],
)
def test_a_screenshot_that_cannot_be_had_is_said_to_be_missing(
    lab: ImportLab, old: OldStore, data: bytes | None, why: str
) -> None:
    path = f"logs/screenshots/{NAME}" if data is None else old.shot(NAME, data)
    old.task("t")
    old.step("t", 1, screenshot_path=path)
    result = lab.run(old.close())
    assert (result["screenshots"], result["screenshots_missing"]) == (0, 1)
    stored, missing = lab.row("SELECT screenshot_path, screenshot_missing FROM steps")
    assert stored is None
    assert path in missing
    assert why in missing
    assert [(line["session_id"], line["step_num"]) for line in lab.notices("screenshot")] == [("t", 1)]


def test_of_several_files_that_fit_the_whole_one_is_taken(lab: ImportLab, old: OldStore) -> None:
    old.shot(NAME, png(2))
    (old.folder / NAME).write_bytes(b"")
    old.task("t")
    old.step("t", 1, screenshot_path=NAME)
    assert lab.run(old.close())["screenshots"] == 1


def test_a_pipe_in_the_place_of_a_screenshot_holds_nobody_up(lab: ImportLab, old: OldStore) -> None:
    os.mkfifo(old.screenshots / NAME)
    old.task("t")
    old.step("t", 1, screenshot_path=NAME)
    old.step("t", 2, screenshot_path="a\0b")
    assert lab.run(old.close())["screenshots_missing"] == 2


def test_a_jpeg_that_is_called_png_becomes_one(lab: ImportLab, old: OldStore) -> None:
    into = io.BytesIO()
    Image.new("RGB", (30, 40)).save(into, "JPEG")
    old.task("t")
    old.step("t", 1, screenshot_path=old.shot(NAME, into.getvalue()))
    assert lab.run(old.close())["screenshots"] == 1
    (stored,) = lab.row("SELECT screenshot_path FROM steps")
    with Image.open(lab.home.root / stored) as image:
        assert (image.format, image.size) == ("PNG", (30, 40))
    assert lab.original("steps", "t", 1)["repairs"] == ["screenshots that were JPEG became PNG"]


# --- backups


def step(number: int | None, **values: Any) -> dict[str, Any]:
    known: dict[str, Any] = {"session_id": "t", "step_num": number, "success": True, "message": f"message {number}"}
    return known | {"action": {"action": "Tap", "element": [number, 2]}, "thinking": None} | values


@pytest.mark.parametrize("state", ["SUCCESS", "FAILED", "STOPPED", "RUNNING", "UNKNOWN"])
def test_steps_that_the_table_lacks_are_added_whatever_the_tasks_state(
    lab: ImportLab, old: OldStore, state: str
) -> None:
    old.task("t", state, total_steps=2)
    old.step("t", 1)
    old.back_up("t", {"session_id": "t", "description": "another text"}, step(2), step(4))
    result = lab.run(old.close())
    assert (result["steps"], result["steps_from_backups"], result["disagreements"]) == (3, 2, 1)
    rows = lab.rows("SELECT step_num, message, action, success FROM steps ORDER BY step_num")
    assert [row[0] for row in rows] == [1, 2, 4]
    assert rows[1][1:] == ("message 2", '{"action": "Tap", "element": [2, 2]}', 1)
    assert lab.original("steps", "t", 2)["from"] == "the backup of its task"
    assert lab.row("SELECT task_description FROM tasks") == ("do t",)


@pytest.mark.parametrize("in_string", [True, False])
@pytest.mark.parametrize("escaped", [True, False])
def test_a_step_that_the_table_has_is_known_however_its_json_is_written(
    lab: ImportLab, old: OldStore, in_string: bool, escaped: bool
) -> None:
    action = {"text": "你好", "action": "Type"}
    old.task("t", total_steps=1)
    old.step("t", 1, action=json.dumps(action, ensure_ascii=escaped), message="message 1", thinking="想", success=0)
    line = step(1, action=json.dumps(action, ensure_ascii=not escaped) if in_string else action, thinking=None)
    old.back_up("t", None, line, line, step(1, action=None, message="message 1", thinking="想"))
    result = lab.run(old.close())
    assert (result["steps"], result["steps_from_backups"]) == (1, 0)


def test_a_step_with_another_text_is_kept_like_a_duplicate(lab: ImportLab, old: OldStore) -> None:
    old.task("t")
    old.step("t", 1, thinking=None)
    old.step("t", 2)
    old.back_up("t", None, step(1, message="another"), step(3), step(3, message="a third"))
    lab.run(old.close())
    rows = lab.rows("SELECT step_num, message FROM steps ORDER BY step_num")
    assert rows == [(1, "ok"), (2, "ok"), (3, "message 3"), (4, "another"), (5, "a third")]
    assert lab.original("steps", "t", 4)["step_num"] == 1
    assert lab.original("steps", "t", 5)["step_num"] == 3


def test_a_session_that_no_table_knows_comes_from_its_backup(lab: ImportLab, old: OldStore) -> None:
    told = {"session_id": "t", "user_id": "ann", "description": "从备份", "timestamp": "2025-03-04T05:06:07.25"}
    old.back_up("t", told | {"device_id": "phone-1", "base_url": None, "model_name": "m"}, step(1))
    old.back_up("alone", None, step(1))
    result = lab.run(old.close())
    assert (result["tasks"], result["tasks_made"]) == (2, 1)
    columns = "user_id, task_description, timestamp, device_id, base_url, model_name, final_status, total_steps"
    assert lab.row(f"SELECT {columns} FROM tasks WHERE session_id = 't'") == (
        *("ann", "从备份", "2025-03-03 21:06:07", "phone-1", "", "m"),
        *("CRASHED", 1),
    )


def test_what_a_row_does_not_say_comes_from_its_backup(lab: ImportLab, old: OldStore) -> None:
    old.task("t", task_description=None, device_id="phone-1")
    old.back_up("t", {"description": "from the backup", "device_id": "phone-2"})
    lab.run(old.close())
    assert lab.row("SELECT task_description, device_id FROM tasks") == ("from the backup", "phone-1")


WHOLE = json.dumps(step(1), ensure_ascii=False).encode()
TORN = '{"session_id": "t", "step_num": 2, "message": "打开设置'.encode()


@pytest.mark.parametrize(
    ("torn", "why"),
    [
        (TORN, "is not whole JSON"),
        (TORN[:-1], "ends inside a character"),
        (TORN[:-2], "ends inside a character"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"[1, 2]", "is no object"),
        (b"7", "is no object"),
        (b"[" * 100_000, "is not whole JSON"),
    ],
)
def test_a_torn_rest_is_reported_with_its_bytes_and_the_file_stays(
    lab: ImportLab, old: OldStore, torn: bytes, why: str
) -> None:
    old.task("t", "RUNNING")
    old.back_up("t", None, WHOLE + b"\n", torn)
    before = (old.backup / "t_steps.jsonl").read_bytes()
    result = lab.run(old.close())
    assert (result["steps"], result["torn"]) == (1, 1)
    (told,) = lab.notices("torn")
    assert why in told["sentence"]
    assert (told["start"], told["bytes"]) == (len(WHOLE) + 1, len(torn))
    assert bytes.fromhex(told["hex"]) == torn[:400]
    assert (old.backup / "t_steps.jsonl").read_bytes() == before
    assert lab.original("tasks", "t")["torn"] == [torn.decode("utf-8", "backslashreplace").replace("\0", "\\u0000")]


def test_good_lines_behind_a_bad_one_are_read_and_the_last_needs_no_end(lab: ImportLab, old: OldStore) -> None:
    old.task("t")
    old.back_up("t", None, step(1), b"\n", b'{"torn\n', step(2), json.dumps(step(3)).encode())
    result = lab.run(old.close())
    assert (result["steps"], result["torn"]) == (3, 1)


def test_a_torn_task_file_is_reported_and_its_steps_come_in(lab: ImportLab, old: OldStore) -> None:
    old.back_up("t", None, step(1))
    (old.backup / "t_task.json").write_bytes(b'{"session_id": "t", "descr')
    (old.backup / "notes.txt").write_text("not one of them")
    (old.backup / "folder_task.json").mkdir()
    result = lab.run(old.close())
    assert (result["tasks"], result["tasks_made"], result["steps"], result["torn"]) == (2, 2, 1, 1)


# --- other tables


def test_rows_of_the_other_tables_are_kept_whole(lab: ImportLab, old: OldStore) -> None:
    old.add("golden_paths", task_pattern="打开设置", success_rate=0.5, usage_count=3)
    old.add("golden_paths", task_pattern="another")
    old.add("error_patterns", correction="tap lower")
    old.add("mental_shortcuts", app="微信", element="search")
    old.add("_sys_config", key="theme", value="dark")
    old.connection.execute("CREATE TABLE mine (a BLOB, b REAL) ")
    old.add("mine", a=b"\0\xff", b=float("inf"))
    result = lab.run(old.close())
    assert (result["rows"], result["tasks"]) == (6, 0)
    rows = lab.rows('SELECT source, "table", json FROM legacy_rows ORDER BY id')
    assert {row[0] for row in rows} == {str(old.database)}
    kept = [(table, json.loads(text)) for _, table, text in rows]
    assert kept[0][0] == "golden_paths"
    assert list(kept[0][1]) == [row[1] for row in old_columns(old.database, "golden_paths")]
    assert (kept[0][1]["task_pattern"], kept[0][1]["success_rate"], kept[0][1]["apps"]) == ("打开设置", 0.5, None)
    assert dict(kept)["mental_shortcuts"]["scene"] == "未知页面"
    blob = {"base64": base64.b64encode(b"\0\xff").decode()}
    assert dict(kept)["mine"] == {"a": blob, "b": {"real": "inf"}}


def old_columns(database: Path, table: str) -> list[tuple[Any, ...]]:
    import sqlite3

    with sqlite3.connect(database) as connection:
        found = connection.execute(f"PRAGMA table_info({table})").fetchall()
    connection.close()
    return found


def test_the_third_shape_of_golden_paths_is_kept_too(lab: ImportLab, tmp_path: Path) -> None:
    old = OldStore(tmp_path / "old", others={"golden_paths": THIRD_GOLDEN_PATHS})
    old.add("golden_paths", id=4, task_pattern="x", steps="[1]", correct_path="y", success_count=2, fail_count=1)
    lab.run(old.close())
    kept = json.loads(lab.row("SELECT json FROM legacy_rows")[0])
    assert (kept["id"], kept["steps"], kept["fail_count"]) == (4, "[1]", 1)


def test_rows_are_known_again_and_only_new_and_changed_ones_come_in(lab: ImportLab, old: OldStore) -> None:
    for pattern in ("a", "b"):
        old.add("golden_paths", task_pattern=pattern, usage_count=1)
    old.connection.execute("CREATE TABLE log (text TEXT)")
    for _ in range(3):
        old.add("log", text="the same")
    assert lab.run(old.database)["rows"] == 5
    old.connection.execute("UPDATE golden_paths SET usage_count = 2 WHERE task_pattern = 'a'")
    old.add("log", text="the same")
    again = lab.run(old.close())
    assert (again["rows"], again["rows_known"]) == (2, 4)


@pytest.mark.parametrize(
    ("key", "value"), [("api_key", "whatever-1"), ("Access-Token", "x7y8z9"), ("model", "sk-0123456789abcdef")]
)
def test_a_key_among_the_settings_does_not_come_in(lab: ImportLab, old: OldStore, key: str, value: str) -> None:
    old.add("_sys_config", key=key, value=value)
    lab.run(old.close())
    assert json.loads(lab.row("SELECT json FROM legacy_rows")[0]) == {"key": key, "value": "***", "updated_at": None}
    assert len(lab.notices("left_out")) == 1
    assert not any(value.encode() in path.read_bytes() for path in lab.home.root.rglob("*") if path.is_file())


@pytest.mark.parametrize("key", ["keyboard", "max_tokens", "theme"])
def test_other_settings_come_in(lab: ImportLab, old: OldStore, key: str) -> None:
    old.add("_sys_config", key=key, value="3000")
    lab.run(old.close())
    assert json.loads(lab.row("SELECT json FROM legacy_rows")[0])["value"] == "3000"


def test_a_table_without_row_numbers_comes_in_and_a_virtual_one_is_named(lab: ImportLab, old: OldStore) -> None:
    old.connection.execute("CREATE TABLE config (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
    old.add("config", key="a", value="b")
    old.connection.execute("CREATE VIRTUAL TABLE search USING fts5(text)")
    lab.run(old.close())
    assert ("config", '{"key": "a", "value": "b"}') in lab.rows('SELECT "table", json FROM legacy_rows')
    assert "search" in lab.notices("left_out")[0]["sentence"]
