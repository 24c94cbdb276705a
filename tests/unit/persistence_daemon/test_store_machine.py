"""Random histories against the real store (tests/support/store_machine.py), in their short form.

Also the control: with states set outside the table the invariant checker must complain.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from store_lab import CLI, StoreLab
from store_machine import StoreMachine

from shared.messages import DeleteTask, Done
from shared.task_state import TaskEvent

TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_the_checker_complains_of_a_state_that_was_set_outside_the_table(bare_lab: StoreLab) -> None:
    bare_lab.running()
    bare_lab.store.connection.execute("UPDATE tasks SET final_status = 'SUCCESS'")
    found = bare_lab.check()
    assert any("its transitions end at RUNNING" in violation for violation in found)
    assert any(violation.startswith("tasks: the store has") for violation in found)
    bare_lab.close()


def test_the_checker_complains_of_a_lost_step_and_of_a_changed_or_missing_picture(bare_lab: StoreLab) -> None:
    lab = bare_lab
    lab.running()
    from store_lab import picture_of

    lab.accepted(lab.begin(1, picture=picture_of(b"one")), picture=b"one")
    lab.accepted(lab.finish(1))
    lab.step(2)
    assert lab.check() == []
    picture = next(lab.home.screenshots.rglob("*.png"))
    picture.write_bytes(b"two")
    assert any("is not the one that was recorded" in violation for violation in lab.check())
    picture.unlink()
    assert any("cannot be read" in violation for violation in lab.check())
    lab.store.connection.execute("DELETE FROM steps WHERE step_num = 1")
    assert any("have a gap" in violation for violation in lab.check())
    lab.close()


def test_the_checker_complains_of_rows_of_a_deleted_task_and_of_false_totals(bare_lab: StoreLab) -> None:
    lab = bare_lab
    lab.running()
    lab.step(1)
    lab.accepted(lab.change(TaskEvent.FAILED))
    lab.create("task-2")
    assert isinstance(lab.ask(CLI, DeleteTask(session_id="task-1")), Done)
    lab.tidy()
    assert lab.check() == []
    lab.store.connection.execute(
        "INSERT INTO notes VALUES (99, 'n', 'task-1', NULL, 'left', 'agent', '2026-01-01T00:00:00Z', 0, x'00')"
    )
    lab.store.connection.execute("UPDATE tasks SET prompt_tokens = 5")
    lab.store.connection.execute("UPDATE task_counts SET tasks = 3 WHERE final_status = 'CREATED'")
    found = lab.check()
    assert "task task-1 was deleted and swept, but 1 rows of it are in notes" in found
    assert "task task-2 says 5 and 0 tokens, but its steps say others" in found
    assert "3 tasks are said to be CREATED, but 1 are" in found
    lab.close()
