"""The task input: nothing typed is lost, a task is queued once, and what is wrong is told beside its field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from fake_desk_phones import PhonesDesk, device_row, waiting_row
from PySide6.QtCore import Qt

from gui.state import Draft
from shared.errors import ErrorCode
from shared.messages import ErrorInfo, SubmitTask, Submitted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from gui.pages.phones.page import PhonesPage
    from gui.pages.phones.task_input import TaskInputWidget


def type_and_queue(qtbot: QtBot, task_input: TaskInputWidget, text: str = "do it") -> None:
    task_input.text.setFocus()
    if text:
        qtbot.keyClicks(task_input.text, text)
    qtbot.keyClick(task_input.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def sent(desk: PhonesDesk) -> list[SubmitTask]:
    return desk.link.of(SubmitTask)  # type: ignore[no-any-return]


def test_ctrl_enter_queues_and_the_text_goes_to_the_past_ones(
    qtbot: QtBot, desk: PhonesDesk, task_input: TaskInputWidget
) -> None:
    type_and_queue(qtbot, task_input)

    assert task_input.send.text() == "Queuing…"
    assert not task_input.send.isEnabled()
    qtbot.waitUntil(lambda: task_input.text.toPlainText() == "")
    (request,) = sent(desk)
    assert (request.task.task_description, request.task.device_id) == ("do it", None)
    assert desk.state.now.past_texts == ["do it"]
    assert desk.state.now.draft.session_ids == {}
    assert desk.told[0].startswith(f"Queued as {request.task.session_id[:8]}.")
    assert task_input.send.isEnabled()
    assert task_input.text.hasFocus()


def test_an_empty_text_is_told_beside_it_and_takes_the_focus(
    qtbot: QtBot, desk: PhonesDesk, task_input: TaskInputWidget
) -> None:
    qtbot.mouseClick(task_input.send, Qt.MouseButton.LeftButton)

    assert task_input.text_field.error.isVisible()
    assert task_input.text.hasFocus()
    assert not sent(desk)
    qtbot.keyClicks(task_input.text, "x")
    assert not task_input.text_field.error.isVisible()


def test_a_wrong_option_opens_the_options_and_takes_the_focus(
    qtbot: QtBot, desk: PhonesDesk, task_input: TaskInputWidget
) -> None:
    task_input.options.max_steps.setText("0")
    task_input.options.max_steps.textEdited.emit("0")
    type_and_queue(qtbot, task_input)

    assert task_input.options.isVisible()
    assert task_input.options.fields["max_steps"].error.isVisible()
    assert task_input.options.max_steps.hasFocus()
    assert not sent(desk)


def test_each_chosen_phone_gets_a_task_of_its_own(
    qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    desk.store.devices = {name: device_row(name) for name in ("A", "B")}
    page = page_of(desk)
    page.tiles.choose_only(["A", "B"])
    type_and_queue(qtbot, page.task_input)

    qtbot.waitUntil(lambda: page.task_input.text.toPlainText() == "")
    assert sorted(str(request.task.device_id) for request in sent(desk)) == ["A", "B"]
    assert len({request.task.session_id for request in sent(desk)}) == 2


def test_a_task_that_was_not_confirmed_keeps_its_text_and_its_id(
    qtbot: QtBot, desk: PhonesDesk, task_input: TaskInputWidget
) -> None:
    desk.link.answers[SubmitTask] = ErrorInfo(code=ErrorCode.STORE_AWAY, message="away", retryable=True)
    type_and_queue(qtbot, task_input)
    qtbot.waitUntil(task_input.fault.isVisible)

    first = sent(desk)[0].task.session_id
    assert first[:8] in task_input.fault.text()
    assert task_input.text.toPlainText() == "do it"
    del desk.link.answers[SubmitTask]
    qtbot.mouseClick(task_input.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: task_input.text.toPlainText() == "")
    assert [request.task.session_id for request in sent(desk)] == [first, first]


def test_other_contents_after_a_lost_answer_are_another_task(
    qtbot: QtBot, desk: PhonesDesk, task_input: TaskInputWidget
) -> None:
    desk.link.answers[SubmitTask] = ErrorInfo(code=ErrorCode.STORE_AWAY, message="away", retryable=True)
    type_and_queue(qtbot, task_input)
    qtbot.waitUntil(task_input.fault.isVisible)
    del desk.link.answers[SubmitTask]
    type_and_queue(qtbot, task_input, " twice")
    qtbot.waitUntil(lambda: task_input.text.toPlainText() == "")

    first, second = (request.task for request in sent(desk))
    assert (first.task_description, second.task_description) == ("do it", "do it twice")
    assert first.session_id != second.session_id


def test_a_task_whose_answer_was_lost_is_recognised_in_the_store(
    qtbot: QtBot, desk: PhonesDesk, task_input: TaskInputWidget
) -> None:
    desk.link.answers[SubmitTask] = ErrorInfo(code=ErrorCode.STORE_AWAY, message="away", retryable=True)
    type_and_queue(qtbot, task_input)
    qtbot.waitUntil(task_input.fault.isVisible)
    row = waiting_row(1)
    desk.store.add(msgspec.structs.replace(row, session_id=sent(desk)[0].task.session_id), [])
    desk.link.come_back()

    qtbot.waitUntil(lambda: task_input.text.toPlainText() == "")
    assert not task_input.fault.isVisible()
    assert desk.state.now.draft.session_ids == {}


def test_of_several_phones_only_the_unconfirmed_ones_are_sent_again(
    qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    desk.store.devices = {name: device_row(name) for name in ("A", "B")}
    page = page_of(desk)
    page.tiles.choose_only(["A", "B"])
    page.task_input.text.setPlainText("do it")
    page.task_input._sender.send()
    ids = dict(desk.state.now.draft.session_ids)
    page.task_input._sender._took("A", Submitted(session_id=ids["A"], seq=1))
    page.task_input._sender._refused("B", ErrorInfo(code=ErrorCode.STORE_AWAY, message="away", retryable=True))

    assert desk.state.now.draft.device_ids == ["B"]
    assert desk.state.now.draft.session_ids == {"B": ids["B"]}
    assert page.task_input.text.toPlainText() == "do it"


def test_a_script_that_cannot_be_read_is_told_at_the_script(
    qtbot: QtBot, desk: PhonesDesk, task_input: TaskInputWidget
) -> None:
    task_input.more.setChecked(True)
    task_input.options.agent.setCurrentIndex(task_input.options.agent.findData("script"))
    task_input.options.script.editor.setPlainText("- tap: nowhere")
    sentence = "line 1 of the script: tap needs 2 whole numbers of pixels"
    desk.link.answers[SubmitTask] = ErrorInfo(code=ErrorCode.BAD_REQUEST, message=sentence)
    type_and_queue(qtbot, task_input)
    field = task_input.options.script.field
    qtbot.waitUntil(field.error.isVisible)

    assert field.error.text() == sentence
    assert task_input.options.script.editor.hasFocus()
    assert sent(desk)[0].task.script == "- tap: nowhere"
    assert task_input.text.toPlainText() == "do it"
    assert desk.state.now.draft.session_ids == {}


def test_a_script_is_taken_from_a_file_and_a_bad_file_is_told(
    qtbot: QtBot, task_input: TaskInputWidget, tmp_path: Path
) -> None:
    good, bad = tmp_path / "flow.yaml", tmp_path / "bad.yaml"
    good.write_text("- key: BACK\n", encoding="utf-8")
    bad.write_bytes(b"\xff\xfe\xff")
    script = task_input.options.script
    script.open_file(str(good))
    qtbot.waitUntil(lambda: script.editor.toPlainText() == "- key: BACK\n")
    script.open_file(str(bad))
    qtbot.waitUntil(lambda: script.field.is_faulty)
    assert script.editor.toPlainText() == "- key: BACK\n"


def test_with_no_worker_ready_nothing_is_sent_and_nothing_lost(
    qtbot: QtBot, desk: PhonesDesk, task_input: TaskInputWidget
) -> None:
    desk.link.workers = []
    type_and_queue(qtbot, task_input)

    assert task_input.fault.isVisible()
    assert not sent(desk)
    assert desk.state.now.draft.text == "do it"


def test_a_window_that_opens_again_shows_what_was_typed(
    desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    desk.state.now.draft = Draft(
        text="long\ntext", max_steps="x", model="gone", agent="script", script="- key: BACK", session_ids={"": "f" * 32}
    )
    shown = page_of(desk).task_input

    assert shown.text.toPlainText() == "long\ntext"
    assert shown.options.isVisible()
    assert shown.options.max_steps.text() == "x"
    assert shown.options.model.currentData() == "gone"
    assert shown.options.script.editor.toPlainText() == "- key: BACK"
    assert "ffffffff" in shown.fault.text()
    assert desk.state.now.draft.session_ids == {"": "f" * 32}


def test_up_and_down_walk_through_the_past_texts_and_back(
    qtbot: QtBot, desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]
) -> None:
    desk.state.now.past_texts = ["newer", "older"]
    text = page_of(desk).task_input.text
    text.setFocus()
    qtbot.keyClicks(text, "mine")
    seen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(text, key)
        seen.append(text.toPlainText())

    assert seen == ["newer", "older", "older", "newer", "mine", "mine"]
    assert desk.state.now.draft.text == "mine"


def test_the_menu_of_past_texts_puts_one_in(qtbot: QtBot, desk: PhonesDesk, task_input: TaskInputWidget) -> None:
    desk.state.now.past_texts = ["a & b"]
    task_input.past.fill()
    task_input.past.menu.actions()[0].trigger()

    assert task_input.text.toPlainText() == "a & b"


def test_a_template_is_saved_chosen_replaced_and_deleted(
    qtbot: QtBot, desk: PhonesDesk, task_input: TaskInputWidget
) -> None:
    task_input.text.setPlainText("first")
    task_input.options.max_steps.setText("9")
    task_input.options.max_steps.textEdited.emit("9")
    desk.state.now.draft.device_ids = ["A"]
    task_input.templates.save("daily")
    task_input.text.setPlainText("second")
    task_input.templates.save("other")
    task_input.templates.save("daily")
    assert [one.name for one in desk.state.now.templates] == ["daily", "other"]

    task_input.text.setPlainText("something else")
    task_input.options.max_steps.clear()
    task_input.templates.fill()
    task_input.templates.menu.actions()[0].trigger()
    assert (task_input.text.toPlainText(), task_input.options.max_steps.text()) == ("second", "9")
    assert desk.state.now.draft.device_ids == ["A"]
    task_input.templates.delete("daily")
    assert [one.name for one in desk.state.now.templates] == ["other"]


def test_typing_after_choosing_a_template_leaves_the_template_alone(
    qtbot: QtBot, desk: PhonesDesk, task_input: TaskInputWidget
) -> None:
    task_input.text.setPlainText("kept")
    task_input.templates.save("one")
    task_input.templates.fill()
    task_input.templates.menu.actions()[0].trigger()
    qtbot.keyClicks(task_input.text, " and more")

    assert desk.state.now.templates[0].draft.text == "kept"
