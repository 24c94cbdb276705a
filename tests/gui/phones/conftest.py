"""A desk over a store in memory that knows phones, and the page PHONES on it, offscreen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from fake_desk_phones import PhonesDesk

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from gui.pages.phones.page import PhonesPage
    from gui.pages.phones.task_input import TaskInputWidget


@pytest.fixture
def desk(qapp: object, tmp_path: Path) -> Iterator[PhonesDesk]:
    made = PhonesDesk(tmp_path)
    yield made
    made.close()


@pytest.fixture
def page_of(qtbot: QtBot) -> Callable[[PhonesDesk], PhonesPage]:
    """Return the page PHONES of a desk, shown and active, with the fleet read."""
    kept = []  # nothing else holds a window that has no parent

    def build(desk: PhonesDesk) -> PhonesPage:
        from gui.pages.phones.page import PhonesPage

        page = PhonesPage(desk)  # type: ignore[arg-type]
        kept.append(page)
        qtbot.addWidget(page)
        page.resize(1200, 700)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(page.isActiveWindow)
        desk.fleet.read()
        qtbot.waitUntil(lambda: desk.fleet.is_known)
        return page

    return build


@pytest.fixture
def task_input(desk: PhonesDesk, page_of: Callable[[PhonesDesk], PhonesPage]) -> TaskInputWidget:
    return page_of(desk).task_input
