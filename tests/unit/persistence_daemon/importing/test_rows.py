"""What older tasks and steps become: every state, number, label, text and time that such stores are known to hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from old_store import IN_UTC, LABEL_COLUMNS, STEP_COLUMNS, TASK_COLUMNS, OldStore

if TYPE_CHECKING:
    from pathlib import Path

    from import_lab import ImportLab


@pytest.mark.parametrize(
    ("word", "state", "said"),
    [
        ("SUCCESS", "SUCCESS", ""),
        ("FAILED", "FAILED", ""),
        ("STOPPED", "STOPPED", ""),
        ("CRASHED", "CRASHED", ""),
        ("success", "SUCCESS", ""),
        ("UNKNOWN", "CRASHED", "it was UNKNOWN there"),
        ("RUNNING", "CRASHED", "it was RUNNING there"),
        ("STOPPING", "CRASHED", "it was STOPPING there"),
        ("INTERRUPTED", "CRASHED", "it was INTERRUPTED there"),
        ("CREATED", "CRASHED", "it was CREATED there"),
        ("完成", "CRASHED", "it was 完成 there"),
        (None, "CRASHED", "no state was recorded there"),
    ],
)
def test_every_word_for_a_state_becomes_an_end_with_the_word_in_its_reason(
    lab: ImportLab, old: OldStore, word: str | None, state: str, said: str
) -> None:
    old.task("t", word, total_steps=1)
    old.step("t", 1)
    lab.run(old.close())
    assert lab.row("SELECT final_status FROM tasks") == (state,)
    from_state, to_state, event, reason = lab.row("SELECT from_state, to_state, event, reason FROM transitions")
    assert (from_state, to_state, event) == (None, state, "imported")
    assert reason.startswith(f"imported from {old.database}")
    assert said in reason
    assert ("there" in reason.replace(str(old.database), "")) == bool(said)
    assert lab.original("tasks", "t").get("final_status", word) == word


def test_a_task_that_never_began_is_stopped_and_never_queued_again(lab: ImportLab, old: OldStore) -> None:
    old.task("t", "CREATED")
    lab.run(old.close())
    assert lab.row("SELECT final_status, started_at FROM tasks") == ("STOPPED", None)
    assert "CREATED" in lab.row("SELECT reason FROM transitions")[0]
    store = lab.open()
    store.hello()
    assert store.claim().task is None
    store.close()


def test_every_column_of_a_task_comes_along(lab: ImportLab, tmp_path: Path) -> None:
    old = OldStore(tmp_path / "old", tasks=(*TASK_COLUMNS, "updated_at TEXT"))
    same = {
        "user_id": "ann",
        "task_description": "打开设置",
        "total_steps": 0,
        "total_time": 61.25,
        "error_message": "超时",
        "device_id": "192.168.1.3:5555",
        "base_url": "http://127.0.0.1:8000/v1",
        "model_name": "autoglm-phone-9b",
        "updated_at": "2025-03-04 00:00:00",
    }
    old.task("t", "FAILED", **same)
    lab.run(old.close())
    assert lab.row(f"SELECT {', '.join(same)} FROM tasks") == tuple(same.values())
    times = lab.row("SELECT timestamp, started_at, ended_at FROM tasks")
    assert times == (IN_UTC, "2025-03-03T21:06:07.000Z", "2025-03-03T21:07:08.250Z")
    assert lab.row("SELECT verdict, source FROM tasks") == (None, str(old.database))


def test_every_column_of_a_step_comes_along(lab: ImportLab, old: OldStore) -> None:
    same = {
        "screenshot_analysis": "a list",
        "action": '{"action": "Type", "text": "你好"}',
        "action_params": '{"x":1}',
        "execution_time": 2.5,
        "success": 0,
        "message": "no",
        "thinking": "想",
        "user_label": "wrong",
        "user_correction": "tap lower",
    }
    old.task("t")
    old.step("t", 1, **same)
    lab.run(old.close())
    assert lab.row(f"SELECT {', '.join(same)} FROM steps") == tuple(same.values())
    columns = "step_num, outcome, screenshot_path, screenshot_missing, original"
    assert lab.row(f"SELECT {columns} FROM steps") == (1, "failed", None, "no screenshot was recorded there", None)


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("reverse", [True, False])
def test_columns_may_be_missing_and_stand_in_any_order(
    lab: ImportLab, tmp_path: Path, labelled: bool, reverse: bool
) -> None:
    order = -1 if reverse else 1
    steps = STEP_COLUMNS + (LABEL_COLUMNS if labelled else ())
    old = OldStore(tmp_path / "old", tasks=TASK_COLUMNS[::order], steps=steps[::order])
    old.task("t", model_name="m")
    old.step("t", 1, **({"user_label": "correct", "user_correction": ""} if labelled else {}))
    lab.run(old.close())
    assert lab.row("SELECT session_id, model_name, final_status FROM tasks") == ("t", "m", "SUCCESS")
    label = "right" if labelled else None
    assert lab.row("SELECT step_num, thinking, user_label, user_correction FROM steps") == (1, "thought 1", label, None)


def test_a_table_with_a_few_columns_only_is_enough(lab: ImportLab, tmp_path: Path) -> None:
    old = OldStore(tmp_path / "old", tasks=("Session_ID TEXT",), steps=("session_id TEXT", "step_num INTEGER"))
    old.add("tasks", session_id="t")
    old.add("steps", session_id="t", step_num=1)
    lab.run(old.close())
    assert lab.row("SELECT task_description, final_status, total_steps FROM tasks") == (
        "(no text was recorded)",
        "CRASHED",
        1,
    )


def test_columns_that_have_no_place_here_are_kept_with_the_row(lab: ImportLab, tmp_path: Path) -> None:
    old = OldStore(tmp_path / "old", tasks=(*TASK_COLUMNS, "tags TEXT"), steps=(*STEP_COLUMNS, "score REAL"))
    old.task("t", tags="a,b")
    old.step("t", 1, score=0.5)
    lab.run(old.close())
    assert lab.original("tasks", "t")["columns"] == {"tags": "a,b"}
    assert lab.original("steps", "t", 1)["columns"] == {"score": 0.5}


def test_the_first_of_a_number_by_id_keeps_it_and_no_row_is_dropped(lab: ImportLab, old: OldStore) -> None:
    old.task("t", total_steps=5)
    for step_id, number in ((7, 2), (3, 2), (5, 1), (9, 4), (8, 2)):
        old.step("t", number, id=step_id, message=f"row {step_id}")
    result = lab.run(old.close())
    steps = lab.rows("SELECT step_num, message FROM steps ORDER BY step_num")
    assert steps == [(1, "row 5"), (2, "row 3"), (4, "row 9"), (5, "row 7"), (6, "row 8")]
    assert lab.original("steps", "t", 5)["step_num"] == 2
    assert lab.original("steps", "t", 6)["step_num"] == 2
    assert lab.original("steps", "t", 1) == {}
    assert result["repaired"] == 2
    assert result["disagreements"] == 0
    assert lab.row("SELECT total_steps FROM tasks") == (5,)


@pytest.mark.parametrize("number", [None, 0, -3, 2**40, "x", 1.5])
def test_a_step_without_a_number_that_can_be_one_gets_the_next_free_one(
    lab: ImportLab, old: OldStore, number: Any
) -> None:
    old.task("t")
    old.step("t", number, message="odd", action=None)
    old.step("t", 3)
    lab.run(old.close())
    assert lab.rows("SELECT step_num, message FROM steps ORDER BY step_num") == [(3, "ok"), (4, "odd")]
    assert lab.original("steps", "t", 4).get("step_num") == number
    assert len(lab.notices("repaired")) == 1


@pytest.mark.parametrize(("said", "told"), [(3, True), (1, True), ("x", True), (2, False), (None, False)])
def test_total_steps_is_counted_and_a_disagreement_told(lab: ImportLab, old: OldStore, said: Any, told: bool) -> None:
    old.task("t", total_steps=said)
    old.step("t", 1)
    old.step("t", 3)
    result = lab.run(old.close())
    assert lab.row("SELECT total_steps FROM tasks") == (2,)
    assert result["disagreements"] == told
    assert [(line["said"], line["counted"]) for line in lab.notices("disagreement")] == ([(str(said), 2)] * told)


def test_steps_of_unknown_tasks_get_a_task_made_for_them(lab: ImportLab, old: OldStore) -> None:
    old.step("lost", 1, screenshot_path="logs/screenshots/step_1_20250304_050607.png")
    old.step(None, 1, message="of nobody")
    old.step(None, 2, message="of nobody too")
    old.step("", 3, message="of an empty name")
    result = lab.run(old.close())
    assert (result["tasks"], result["tasks_made"], result["steps"]) == (2, 2, 4)
    made = lab.rows("SELECT session_id, final_status, timestamp, started_at FROM tasks ORDER BY total_steps")
    assert made[0] == ("lost", "CRASHED", IN_UTC, None)
    assert made[1][0].startswith("steps-")
    assert "steps of unknown tasks got a task made for them" in lab.original("tasks", "lost")["repairs"]
    assert lab.run(old.database)["tasks_known"] == 2


def test_tasks_without_an_id_each_get_one_and_are_known_again(lab: ImportLab, old: OldStore) -> None:
    for _ in range(2):
        old.task(None, task_description="twice the same")
    old.task(None, task_description="another")
    assert lab.run(old.close())["tasks"] == 3
    assert len(set(lab.rows("SELECT session_id FROM tasks"))) == 3
    again = lab.run(old.database)
    assert (again["tasks"], again["tasks_known"]) == (0, 3)


def test_an_id_that_cannot_be_one_here_gets_one_made_of_it(lab: ImportLab, old: OldStore) -> None:
    odd = "../../etc/2025 任务:1"
    old.task(odd)
    old.step(odd, 1)
    lab.run(old.close())
    (made,) = lab.row("SELECT session_id FROM tasks")
    assert made.startswith("etc_2025_1-")
    assert lab.original("tasks", made)["session_id"] == odd
    assert lab.row("SELECT session_id FROM steps") == (made,)


def test_a_second_row_of_the_same_task_is_kept_whole(lab: ImportLab, tmp_path: Path) -> None:
    old = OldStore(tmp_path / "old", tasks=("session_id TEXT", *TASK_COLUMNS[1:]))
    old.task("t", "SUCCESS")
    old.task("t", "FAILED", task_description="the second")
    lab.run(old.close())
    assert lab.row("SELECT final_status FROM tasks") == ("SUCCESS",)
    table, text = lab.row('SELECT "table", json FROM legacy_rows')
    assert (table, json.loads(text)["task_description"]) == ("tasks", "the second")
    assert lab.run(old.database)["rows_known"] == 1


@pytest.mark.parametrize("action", ["{'action': 'Tap'}", "[" * 100_000, 'do(action="Tap")', '{"action": "Ta'])
def test_broken_json_stands_as_it_is_and_is_marked(lab: ImportLab, old: OldStore, action: str) -> None:
    old.task("t")
    old.step("t", 1, action=action)
    lab.run(old.close())
    assert lab.row("SELECT action FROM steps") == (action,)
    assert lab.original("steps", "t", 1)["repairs"] == ["action that is not JSON stands as it is"]


def test_text_that_is_none_comes_in_with_escapes(lab: ImportLab, old: OldStore) -> None:
    old.task("t")
    old.connection.execute(
        "INSERT INTO steps (session_id, step_num, message, thinking) VALUES ('t', 1, CAST(x'41ff42' AS TEXT),"
        " CAST(x'410042' AS TEXT))"
    )
    lab.run(old.close())
    assert lab.row("SELECT message, thinking FROM steps") == ("A\\xffB", "A\\u0000B")
    assert lab.original("steps", "t", 1)["bad_bytes_in"] == ["message", "thinking"]


def test_values_of_another_type_than_their_column_are_taken_for_what_they_say(lab: ImportLab, old: OldStore) -> None:
    old.task("t", total_time="12,5", total_steps="2")
    old.step("t", "1", success="true", execution_time=float("inf"), message=5, thinking=b"\xe6\x83\xb3")
    old.step("t", 2, success=7, execution_time=-1, user_label="maybe")
    result = lab.run(old.close())
    assert lab.row("SELECT total_time, total_steps FROM tasks") == (None, 2)
    assert lab.original("tasks", "t")["total_time"] == "12,5"
    first, second = lab.rows("SELECT success, outcome, execution_time, message, thinking, user_label FROM steps")
    assert first == (1, "done", None, "5", "想", None)
    assert second[:3] == (None, "unknown", None)
    assert lab.original("steps", "t", 1)["execution_time"] == {"real": "inf"}
    kept = lab.original("steps", "t", 2)
    assert (kept["success"], kept["execution_time"], kept["user_label"]) == (7, -1.0, "maybe")
    assert result["disagreements"] == 0


@pytest.mark.parametrize(
    ("label", "correction", "here"),
    [
        ("correct", "", ("right", None)),
        ("wrong", "", ("wrong", None)),
        ("wrong", "lower", ("wrong", "lower")),
        (None, None, (None, None)),
        (None, "", (None, None)),
        (None, "a note", (None, "a note")),
    ],
)
def test_judgements_come_along(
    lab: ImportLab, old: OldStore, label: str | None, correction: str | None, here: tuple[str | None, str | None]
) -> None:
    old.task("t")
    old.step("t", 1, user_label=label, user_correction=correction)
    lab.run(old.close())
    assert lab.row("SELECT user_label, user_correction FROM steps") == here


def test_texts_of_any_length_come_in_whole(lab: ImportLab, old: OldStore) -> None:
    """Each in several events, since a line of the event log has at most 4 MiB."""
    long = {name: f"{name} \x01" * 150_000 for name in ("thinking", "message", "screenshot_analysis")}
    old.task("t", task_description="长" * 700_000, error_message="e" * 100_000)
    old.step("t", 1, action=json.dumps({"action": "Type", "text": "x" * 1_300_000}), **long)
    old.add("golden_paths", task_pattern="y" * 1_200_000)
    lab.run(old.close())
    assert lab.row("SELECT task_description, error_message FROM tasks") == ("长" * 700_000, "e" * 100_000)
    action, *texts = lab.row("SELECT action, thinking, message, screenshot_analysis FROM steps")
    assert texts == list(long.values())
    assert len(json.loads(action)["text"]) == 1_300_000
    assert json.loads(lab.row("SELECT json FROM legacy_rows")[0])["task_pattern"] == "y" * 1_200_000
    longest = max(len(line) for path in lab.home.event_log.iterdir() for line in path.read_bytes().splitlines())
    assert longest <= 4 << 20
