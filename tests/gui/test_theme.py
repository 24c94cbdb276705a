"""Both palettes can be read: every text on every ground that it is drawn on, measured as WCAG does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.style_sheet import style_sheet

ENOUGH = 4.5  # WCAG 2.2, 1.4.3 (AA), for text of any size


def luminance(name: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(name[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_wcags():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), theme.TEXT_ON)
def test_every_text_can_be_read(palette, text, ground):
    assert contrast(getattr(palette, text), getattr(palette, ground)) >= ENOUGH


@pytest.mark.parametrize("palette", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_the_style_sheet_is_whole_and_every_colour_of_it_is_the_palettes(palette):
    sheet = style_sheet(palette)
    assert "$" not in sheet
    assert sheet.count("{") == sheet.count("}")


def test_system_follows_what_the_desktop_says(qapp, monkeypatch):
    hints = QApplication.styleHints()
    assert theme.resolve("system") is (theme.DARK if hints.colorScheme() == Qt.ColorScheme.Dark else theme.LIGHT)
    assert theme.resolve("dark") is theme.DARK
    assert theme.resolve("light") is theme.LIGHT


def test_a_theme_is_applied_to_what_is_drawn_and_to_what_draws_itself(qapp):
    theme.apply(qapp, "dark")
    assert theme.current() is theme.DARK
    assert theme.colour("ground") == QColor(theme.DARK.ground)
    assert qapp.palette().window().color() == QColor(theme.DARK.ground)
    theme.apply(qapp, "light")
    assert qapp.palette().window().color() == QColor(theme.LIGHT.ground)
