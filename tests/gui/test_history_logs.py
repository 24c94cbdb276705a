"""Logs: lines of real files, filtered, followed, bounded, copied."""

from __future__ import annotations

import json

import pytest
from fake_desk_history import FakeDesk
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QAbstractSlider

from gui.pages.history import log_model
from gui.pages.history.log_filter import LogFilter, as_text
from gui.pages.history.log_model import LogModel
from gui.pages.history.logs_tab import LogsTab
from shared.log_files import parsed


def text(number, level="info", process="daemon", **facts):
    at = f"2026-01-01T00:{number // 60 % 60:02d}:{number % 60:02d}.{number // 3600:03d}000Z"
    return json.dumps({"at": at, "level": level, "process": process, "event": f"line {number}"} | facts)


def line(number, **facts):
    return parsed(text(number, **facts), "daemon")


@pytest.fixture
def desk(qapp, tmp_path):
    found = FakeDesk(tmp_path)
    yield found
    found.close()


def write(desk, process, lines):
    with (desk.home.logs / f"{process}.jsonl").open("a", encoding="utf-8") as file:
        file.write("".join(f"{one}\n" for one in lines))


@pytest.fixture
def tab(desk, qtbot):
    write(desk, "daemon", [text(n) for n in range(0, 200, 2)])
    write(desk, "worker-1", [text(n, "warning", "worker-1", task="abc") for n in range(1, 200, 2)])
    found = LogsTab(desk)
    qtbot.addWidget(found)
    found.resize(900, 400)
    found.show()
    qtbot.waitUntil(lambda: found.model.rowCount() == 200, timeout=5000)
    return found


def events(model):
    return [model.index(row, log_model.EVENT).data() for row in range(model.rowCount())]


def test_lines_of_all_processes_stand_by_time(tab):
    assert events(tab.model) == [f"line {n}" for n in range(200)]


def test_what_is_written_later_is_followed(desk, tab, qtbot):
    write(desk, "daemon", [text(300)])
    qtbot.waitUntil(lambda: tab.model.rowCount() == 201, timeout=5000)
    bar = tab.table.verticalScrollBar()
    assert bar.value() == bar.maximum()


def test_the_end_stays_in_sight_however_the_room_for_the_lines_changes(tab, qtbot):
    bar = tab.table.verticalScrollBar()
    for height in (400, 300, 240, 600, 250):
        tab.resize(900, height)
        qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0, timeout=1000)
    bar.triggerAction(QAbstractSlider.SliderAction.SliderPageStepSub)
    at = bar.value()
    tab.resize(900, 240)
    qtbot.wait(50)  # what would move it has come by then
    assert bar.value() == at, "who reads further up is left alone"


def test_scrolling_back_stops_following_and_the_button_resumes_it(desk, tab, qtbot):
    bar = tab.table.verticalScrollBar()
    bar.triggerAction(QAbstractSlider.SliderAction.SliderPageStepSub)
    assert not tab.follows
    at = bar.value()
    write(desk, "daemon", [text(300)])
    qtbot.waitUntil(lambda: tab.model.rowCount() == 201, timeout=5000)
    assert bar.value() == at
    tab.follow_button.click()
    assert bar.value() == bar.maximum()


def test_filters_by_process_level_task_and_text_and_remembers_them(desk, tab, qtbot):
    tab.process.setCurrentIndex(tab.process.findData("worker-1"))
    tab.level.setCurrentIndex(tab.level.findData("warning"))
    tab.task.setText("ab")
    tab.text.setText("LINE 19")
    qtbot.waitUntil(lambda: tab.model.rowCount() < 200, timeout=2000)
    assert events(tab.model) == [f"line {n}" for n in (19, 191, 193, 195, 197, 199)]
    again = LogsTab(desk)
    qtbot.addWidget(again)
    assert again.model.filter == tab.model.filter


def test_no_line_that_fits_is_said(tab, qtbot):
    tab.text.setText("nothing like it")
    qtbot.waitUntil(lambda: tab.stack.currentWidget() is tab.nothing, timeout=2000)


def test_selected_lines_are_copied_in_order(tab):
    tab.table.selectAll()
    tab.copy_button.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 200
    assert "line 0" in lines[0]
    assert "task=abc" in lines[1]


def test_nothing_is_read_while_the_tab_is_hidden(desk, tab, qtbot):
    tab.hide()
    assert not tab.reader._look.isActive()
    write(desk, "daemon", [text(300)])
    tab.show()
    qtbot.waitUntil(lambda: tab.model.rowCount() == 201, timeout=5000)


def test_model_keeps_qts_rules(qapp):
    model = LogModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.add([line(n) for n in range(10)])
    model.show_lines(LogFilter(text="line 3"))
    model.add([line(33), line(4)])
    assert events(model) == ["line 3", "line 33"]
    del tester


def test_model_lets_go_of_the_oldest_lines_and_says_how_many(qapp, monkeypatch):
    monkeypatch.setattr(log_model, "LINES_MAX", 40)
    monkeypatch.setattr(log_model, "_DROP", 10)
    model = LogModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for number in range(60):
        model.add([line(number)])
    assert model.held <= 40
    assert model.held + model.dropped == 60
    assert events(model)[-1] == "line 59"
    assert len(events(model)) == model.held
    del tester


def test_line_that_is_no_json_is_shown_as_its_text(qapp):
    model = LogModel()
    model.add([parsed("Traceback (most recent call last):", "daemon")])
    assert model.index(0, log_model.EVENT).data() == "Traceback (most recent call last):"
    assert "Traceback" in as_text(parsed("Traceback", "daemon"))
