"""A desk that a store in memory answers, and the page RUN on it, offscreen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from fake_desk_run import SESSION, FakeDesk, step_row, task_row

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from gui.pages.run.page import RunPage


@pytest.fixture
def desk(qapp: object, tmp_path: Path) -> Iterator[FakeDesk]:
    (tmp_path / "logs").mkdir()
    made = FakeDesk(tmp_path)
    yield made
    made.close()


@pytest.fixture
def run_of(desk: FakeDesk, qtbot: QtBot) -> Callable[..., RunPage]:
    """Return a page that shows a run of so many steps, read to the end."""

    kept = []  # nothing else holds a window that has no parent

    def build(steps: int, step_num: int | None = None, **task: object) -> RunPage:
        from gui.pages.run.page import RunPage

        desk.store.add(task_row(**task), [step_row(number) for number in range(1, steps + 1)])
        page = RunPage(desk)  # type: ignore[arg-type]
        kept.append(page)
        qtbot.addWidget(page)
        page.resize(1280, 740)
        page.show_task(SESSION, step_num)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(page.isActiveWindow)
        expected = step_num or steps
        qtbot.waitUntil(lambda: page.view is not None and page.view.selected == expected)
        qtbot.waitUntil(lambda: page.view is None or not steps or page.view.reader.row(expected) is not None)
        return page

    return build
