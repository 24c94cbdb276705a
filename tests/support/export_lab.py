"""Stores with runs worth exporting: one with all that a report can show and hostile texts, one that is long."""

from __future__ import annotations

import io
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from PIL import Image
from store_lab import WORKER, StoreLab, picture_of

from shared.messages import AddNote, BeginStep, Claimed, CreateTask, FinishStep, NewTask, Outcome, Verdict
from shared.task_state import TaskEvent

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = '</p><script>alert(1)</script><img src=x onerror="alert(2)">\u202e & "quotes" \'{{ 7*7 }}'
KEY = "canary-KEY-0123456789"
RICH, LONG = "rich-run", "long-run"
SIZE = (270, 600)

_STEPS: tuple[tuple[dict[str, Any], dict[str, Any], Outcome], ...] = (
    ({"action": "Launch", "app": "Settings"}, {"app": "Settings"}, Outcome.DONE),
    ({"action": "Tap", "element": [500, 250]}, {"x": 135, "y": 150}, Outcome.DONE),
    (
        {"action": "Swipe", "start": [500, 750], "end": [500, 250]},
        {"x1": 135, "y1": 450, "x2": 135, "y2": 150},
        Outcome.DONE,
    ),
    ({"action": "Long Press", "element": [200, 500]}, {"x": 54, "y": 300}, Outcome.FAILED),
    ({"action": "double_tap", "value": [200, 300]}, {"x": 200, "y": 300}, Outcome.NOT_EXECUTED),
    ({"action": "Type", "text": HOSTILE}, {"text": HOSTILE}, Outcome.DONE),
    ({"action": HOSTILE, "value": 3}, {}, Outcome.UNKNOWN),
)


@cache
def png(number: int) -> bytes:
    """Return a small screenshot, another one for each number."""
    image = Image.new("RGB", SIZE, (40 + number * 20 % 200, 90, 160))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def start_run(lab: StoreLab, session_id: str, text: str) -> None:
    """Queue a task and let the worker claim it."""
    lab.hello()
    task = NewTask(session_id=session_id, task_description=text, max_steps=1000)
    lab.ask(WORKER, CreateTask(task=task, model_name="autoglm-phone-9b", base_url=f"http://u:{KEY}@127.0.0.1/v1"))
    assert isinstance(lab.claim(), Claimed)


def rich_run(root: Path) -> StoreLab:
    """Return a closed store with a run of every kind of action and outcome; step 4's picture is missing."""
    lab = StoreLab(root)
    start_run(lab, RICH, f"Do it {HOSTILE} with {KEY}")
    for number, (action, params, outcome) in enumerate(_STEPS, 1):
        data = png(number)
        step = lab.begin(
            number,
            RICH,
            picture=picture_of(data),
            action=json.dumps(action),
            action_params=json.dumps(params),
            current_app="com.android.settings",
            prompt_tokens=2000 + number,
            completion_tokens=30,
            model_time_s=1.25,
            started_at="2026-01-01T00:00:00.000Z",
        )
        lab.accepted(step, picture=data)
        said = f"{HOSTILE} Bearer {KEY} " + "long " * (200 if number == 2 else 0)
        lab.accepted(lab.finish(number, RICH, outcome, message=said, execution_time=0.4, device_time_s=0.3))
    lab.accepted(lab.note("note-1", f"beside the steps {HOSTILE}", RICH))
    lab.accepted(AddNote(session_id=RICH, note_id="note-2", text=f"at a step {HOSTILE}", step_num=2))
    closing = png(99)
    ended = lab.change(TaskEvent.FAILED, RICH, reason=f"gave up {KEY}", picture=picture_of(closing))
    lab.accepted(ended, picture=closing)
    judged = "UPDATE steps SET user_label = 'wrong', user_correction = ? WHERE session_id = ? AND step_num = 3"
    lab.rows(judged, f"scroll less {HOSTILE}", RICH)
    lab.close()
    next((root / "screenshots" / RICH).glob("4-*.png")).unlink()
    return lab


def long_run(root: Path, steps: int) -> StoreLab:
    """Return a closed store with a run of so many steps, without pictures but the first."""
    lab = StoreLab(root)
    start_run(lab, LONG, "打开设置 and go through everything")
    first = png(1)
    for begin in range(0, steps, 32):
        records: list[BeginStep | FinishStep] = []
        for number in range(begin + 1, min(begin + 32, steps) + 1):
            picture = picture_of(first) if number == 1 else None
            thinking = f"At step {number} I look at the screen, and it shows what I expected. " * 4
            records.append(
                BeginStep(
                    session_id=LONG,
                    step_num=number,
                    thinking=thinking,
                    picture=picture,
                    action='{"action": "Tap", "element": [500, 250]}',
                    action_params='{"x": 135, "y": 150}',
                )
            )
            records.append(FinishStep(session_id=LONG, step_num=number, outcome=Outcome.DONE, execution_time=0.2))
        lab.write(*records, picture=first if begin == 0 else b"")
    lab.accepted(lab.change(TaskEvent.SUCCEEDED, LONG, verdict=Verdict.REPORTED, picture_missing="the screen was off"))
    lab.close()
    return lab
