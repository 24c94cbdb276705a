"""The page as a whole: no phone yet, the guide, and the demo's first minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from fake_desk_phones import PhonesDesk, device_row, running_row, worker_row
from fake_desk_run import step_row
from PySide6.QtCore import Qt

from gui.pages.phones.doctor import read_report
from shared.messages import Done, KillWorker, Outcome, StateChanged, SubmitTask
from shared.task_state import TaskEvent, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from gui.pages.phones.page import PhonesPage


@pytest.fixture
def demo(qapp: object, tmp_path: Path) -> Iterator[PhonesDesk]:
    made = PhonesDesk(tmp_path, demo=True)
    made.link.answers[KillWorker] = Done()
    yield made
    made.close()


def begin_task(desk: PhonesDesk) -> None:
    row = running_row("A")
    desk.store.devices = {"A": device_row("A", last_task=row.session_id)}
    desk.store.add(row, [step_row(1, row.session_id)])
    desk.fleet.read()


def test_without_a_phone_the_page_says_what_to_do_and_where_its_records_lie(
    qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    page = page_of(desk)
    qtbot.waitUntil(page.empty.isVisible)
    assert page.empty.action is not None
    qtbot.mouseClick(page.empty.action, Qt.MouseButton.LeftButton)

    assert page.guide.isVisible()
    assert desk.state.now.phones.guide_open


def test_the_guide_shows_the_doctors_checks_and_their_remedies(
    qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    page = page_of(desk)
    page.open_guide()
    with qtbot.waitSignal(page.guide._verb.ended, timeout=30_000):
        assert page.guide.again.text() == "Check again" or page.guide._verb.is_running
    lines = [page.guide.checks.itemAt(number).widget() for number in range(page.guide.checks.count())]
    names = [line.accessibleName() for line in lines if line is not None]
    assert any(name.startswith("ok, Python: ") for name in names)
    assert any(name.startswith("note, settings: ") and "→ add [models.default]" in name for name in names)
    assert any(str(desk.home.root) in name for name in names)
    qtbot.mouseClick(page.guide.back, Qt.MouseButton.LeftButton)
    assert not page.guide.isVisible()


def test_an_output_that_is_no_report_is_none() -> None:
    assert read_report(b"") is None
    assert read_report(b"Traceback") is None
    report = read_report(b'noise\n{"schema":1,"ok":true,"checks":[{"name":"adb","ok":null,"found":"x"}]}\n')
    assert report is not None
    assert report.checks[0].ok is None


def test_the_demos_window_follows_the_sample_as_soon_as_it_runs(
    qtbot: QtBot, demo: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    page_of(demo)
    begin_task(demo)
    qtbot.waitUntil(lambda: demo.opened == ["b" * 32])
    demo.fleet.read()
    qtbot.wait(50)
    assert demo.opened == ["b" * 32]


@pytest.mark.parametrize("did", ["typed", "left", "been here", "come back"])
def test_a_person_who_did_something_first_is_not_taken_elsewhere(
    qtbot: QtBot, demo: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage], did: str
) -> None:
    demo.state.now.session_id = "c" * 32 if did == "been here" else None
    demo.state.is_new = did != "come back"
    page = page_of(demo)
    if did == "typed":
        page.task_input.text.setPlainText("mine")
    elif did == "left":
        page.hide()
    begin_task(demo)
    qtbot.waitUntil(lambda: bool(demo.fleet.running))
    assert demo.opened == []


def test_killing_the_worker_is_told_fact_by_fact(
    qtbot: QtBot, demo: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    page = page_of(demo)
    begin_task(demo)
    qtbot.waitUntil(page.demo.kill.isEnabled)
    qtbot.mouseClick(page.demo.kill, Qt.MouseButton.LeftButton)
    (request,) = demo.link.of(KillWorker)
    assert (request.worker, request.incarnation) == ("worker-1", "i1")
    assert len(page.demo.story.facts) == 1

    row = running_row("A", final_status=TaskState.CRASHED, unknown_step=1, ended_at="2026-01-01 10:09:00")
    demo.store.add(row, [step_row(1, row.session_id, outcome=Outcome.UNKNOWN)])
    ended = StateChanged(
        session_id=row.session_id,
        from_state=TaskState.RUNNING,
        to_state=TaskState.CRASHED,
        event=TaskEvent.WORKER_DIED,
        reason="the worker died",
        by="daemon",
    )
    demo.link.publish(ended)
    qtbot.waitUntil(lambda: len(page.demo.story.facts) == 3)
    assert "crashed" in page.demo.story.facts[1]
    assert "Step 1, Tap (540, 288), may have happened" in page.demo.story.facts[2]
    demo.link.say_processes(worker_row("i2", "starting"))
    assert len(page.demo.story.facts) == 3
    demo.link.say_processes(worker_row("i2"))
    demo.link.say_processes(worker_row("i2"))
    assert page.demo.story.facts[3:] == ["worker-1 is back as pid 4242."]
    demo.store.devices = {"A": device_row("A", last_task=row.session_id, held="task bbbbbbbb crashed")}
    demo.fleet.read()
    qtbot.waitUntil(lambda: len(page.demo.story.facts) == 5)
    assert page.demo.story.facts[4].startswith("A is held")
    assert page.demo.facts.text().count("✓") == 5


def test_the_strips_samples_are_queued_and_its_guide_opens(
    qtbot: QtBot, demo: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    page = page_of(demo)
    for one in (page.demo.sample, page.demo.contact):
        qtbot.mouseClick(one, Qt.MouseButton.LeftButton)
    texts = [message.task.task_description for message in demo.link.of(SubmitTask)]
    assert texts == ["Open Settings and turn on dark mode", "Add a contact 张三 with number 13800138000"]
    qtbot.waitUntil(lambda: len(demo.told) == 2)
    qtbot.mouseClick(page.demo.own, Qt.MouseButton.LeftButton)
    assert page.guide.isVisible()


@pytest.mark.parametrize(
    ("code", "output", "words"),
    [(0, b"", "✓ Verified"), (1, b'{"violation": "x"}\n', "✕ 1 thing"), (-1, b"", "✕ The store could not")],
)
def test_the_verdict_on_the_store_is_told_in_words(
    demo: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage], code: int, output: bytes, words: str
) -> None:
    page = page_of(demo)
    page.demo._verify.ended.emit(code, output)

    assert words in page.demo.facts.text()


def test_what_is_remembered_of_the_page_survives_the_file(desk: PhonesDesk) -> None:
    desk.state.now.draft.device_ids = ["A"]
    desk.state.now.draft.session_ids = {"A": "s"}
    again = msgspec.json.decode(msgspec.json.encode(desk.state.now), type=type(desk.state.now))

    assert again.draft == desk.state.now.draft
