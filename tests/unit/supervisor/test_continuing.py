"""What `stepwell continue` queues: the ended task as it was asked for, in a form that a worker takes."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest

from shared.messages import NewTask, TaskRow
from shared.paths import Home
from shared.task_state import TaskState
from supervisor.cli import continuing


def ended(**changes) -> TaskRow:
    values = dict.fromkeys(TaskRow.__struct_fields__)
    texts = dict.fromkeys(("user_id", "model", "expect_text", "script"), "")
    values |= texts | {"session_id": "former", "task_description": "Buy milk", "agent": "phone", "checks": ()}
    return TaskRow(**(values | {"final_status": TaskState.CRASHED, "max_steps": 12} | changes))


@pytest.mark.parametrize(("former", "asked", "most"), [(12, None, 12), (12, 7, 7), (0, None, 33), (0, 7, 7)])
def test_a_task_that_does_not_tell_its_steps_gets_as_many_as_any(monkeypatch, tmp_path, former, asked, most):
    home = Home(tmp_path)
    home.settings_file.write_text("[task]\nmax_steps = 33\n")
    queued: list[NewTask] = []
    view = SimpleNamespace(task=ended(max_steps=former))
    monkeypatch.setattr(continuing, "home_of", lambda _home: home)
    monkeypatch.setattr(continuing, "connected", lambda _home, start: SimpleNamespace(task=lambda _id: view))
    monkeypatch.setattr(continuing, "queue", lambda _client, wanted, **_how: queued.append(wanted))
    monkeypatch.setattr(continuing, "watch", lambda *_watched, **_how: None)
    continuing.continue_task("former", max_steps=asked)
    (wanted,) = queued
    assert wanted.max_steps == most
    assert wanted.continues == "former"
    assert msgspec.convert(msgspec.to_builtins(wanted), NewTask) == wanted, "it is what the worker's decoder takes"
