"""What goes on while the pages of the window are built anew: the export of a list, the deletion of several tasks."""

from __future__ import annotations

import pytest
from fake_desk_history import FakeDesk, task
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from shiboken6 import isValid

from gui.lasting import end_all, under_way
from gui.pages.history.list_export import ListExport
from gui.pages.history.page import HistoryPage
from gui.pages.history.task_deletion import Deleting
from shared.messages import DeleteTask


@pytest.fixture
def desk(qapp, tmp_path):
    found = FakeDesk(tmp_path)
    found.link.rows = [task(seq) for seq in range(300, 0, -10)]
    yield found
    found.close()


@pytest.fixture
def build_anew(desk, qtbot):
    """Return a function that takes the page away and makes another, as a change of language does; it gives its tab."""
    kept = []

    def build():
        while kept:
            gone = kept.pop()
            gone.deleteLater()
            qtbot.waitUntil(lambda gone=gone: not isValid(gone))
        kept.append(HistoryPage(desk))
        kept[0].resize(1200, 700)
        kept[0].show()
        return kept[0].storage.tab("history")

    yield build
    kept[0].deleteLater()


def test_list_goes_on_being_written_while_the_page_is_built_anew(desk, build_anew, qtbot, tmp_path):
    desk.link.rows = [task(seq) for seq in range(12_000, 0, -10)]
    target = tmp_path / "list.csv"
    tab = build_anew()
    desk.link.answer_all()
    tab.write_list(str(target))
    desk.link.answer()
    again = build_anew()
    assert again._list_line.isVisible()

    def written():
        desk.link.answer()
        return target.exists()

    qtbot.waitUntil(written, timeout=5000)
    qtbot.waitUntil(lambda: not again._list_line.isVisible())
    assert len(target.read_text(encoding="utf-8-sig").splitlines()) == 1 + len(desk.link.rows)


def test_list_that_is_being_written_when_the_window_ends_leaves_nothing(desk, build_anew, tmp_path):
    tab = build_anew()
    desk.link.answer_all()
    desk.link.rows = [task(seq) for seq in range(12_000, 0, -10)]
    tab.write_list(str(tmp_path / "list.csv"))
    desk.link.answer()
    end_all(desk.work)
    assert not under_way(desk.work, ListExport), "no page that is built now follows it"
    assert not list(tmp_path.glob("*list*"))


def test_deletion_of_several_goes_on_while_the_page_is_built_anew(desk, build_anew, qtbot):
    tab = build_anew()
    desk.link.answer_all()
    tab.table.choose(1)
    qtbot.keyClick(tab.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    tab.buttons.delete.click()
    tab.deletion.box.findChild(QPushButton, "delete").click()
    build_anew()
    desk.link.answer_all()
    deleted = [message.session_id for message in desk.link.asked if isinstance(message, DeleteTask)]
    assert deleted == ["task-0000290", "task-0000280"]
    qtbot.waitUntil(lambda: not under_way(desk.work, Deleting))
