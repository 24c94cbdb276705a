"""RUN in Chinese: what is shown is translated, and stays so for as long as the window lives."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication

from gui.languages import Languages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    languages = Languages(qapp)
    languages.speak("zh")
    yield
    languages.speak("en")


@pytest.mark.usefixtures("chinese")
def test_texts_stay_translated_when_memory_is_used_again() -> None:
    gc.collect()
    kept = [bytes([number % 256]) * 9000 for number in range(2000)]
    assert QCoreApplication.translate("RunHeader", "How it went") == "经过"
    assert QCoreApplication.translate("RunHeader", "stopped after %n step(s)", "", 3) == "执行 3 步后停止"
    assert len(kept) == 2000
