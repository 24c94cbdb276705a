"""The window's tests need no screen: Qt draws into memory. Set before anything imports Qt."""

from __future__ import annotations

import gc
import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from core_desk import CoreDesk
from PySide6.QtCore import QLocale

from gui.garbage import search_when_due

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def english() -> None:
    """Numbers as the English window writes them, whatever this machine's locale."""
    QLocale.setDefault(QLocale(QLocale.Language.English))


@pytest.fixture(autouse=True)
def garbage_is_searched_for_in_this_thread() -> Iterator[None]:
    """As in the window (gui/garbage.py): a timer that is destroyed in another thread is fired all the same."""
    gc.disable()
    yield
    search_when_due()
    gc.enable()


@pytest.fixture
def core(qapp: object) -> Iterator[CoreDesk]:
    """The real desk, whose questions wait in the test's hands: no thread is started, no process asked."""
    with tempfile.TemporaryDirectory(prefix="sw", dir="/tmp") as folder:
        made = CoreDesk(Path(folder))
        yield made
        made.close()
