"""The page SETTINGS, shown, with a keeper in the test's hands."""

from __future__ import annotations

import pytest
from settings_page_lab import Keeper, new_page


@pytest.fixture
def keeper(core):
    core.desk.keeper = Keeper()
    return core.desk.keeper


@pytest.fixture
def page(core, keeper, qtbot):
    made = new_page(core, qtbot)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made
