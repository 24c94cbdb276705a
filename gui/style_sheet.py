"""The one style sheet, made from a palette. Widgets choose among its looks by the dynamic property `look`.

Looks of a QPushButton: `primary`, `danger`, `quiet`, `nav`. Of a QLabel: `title`, `heading`, `muted`, `error`, `warn`,
`ok`, `mono`. Of a QFrame: `card`, `banner-warn`, `banner-bad`, `banner-info`, `bar`, `line`. Of a QListWidget:
`sections`. Badges draw themselves (widgets/badge.py). Called by theme.py.
"""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from gui.theme import Palette

_IMAGES: Final = Path(__file__).with_name("images")  # the styled drop-down has no arrow of its own
_SHEET: Final = Template("""
QWidget { color: $text; }
QMainWindow, QDialog { background: $ground; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 6px; }

QFrame[look="card"] { background: $surface; border: 1px solid $line; border-radius: 8px; }
QFrame[look="card"]:hover[clickable="true"] { border-color: $accent; }
QFrame[look="card"][selected="true"] { border-color: $accent; background: $selected; }
QFrame[look="card"][clickable="true"]:focus { border: 2px solid $accent; }
QFrame[look="bar"] { background: $surface; border: none; border-bottom: 1px solid $line; }
QFrame[look="banner-warn"] { background: $warn_soft; border: 1px solid $line; border-radius: 6px; }
QFrame[look="banner-bad"] { background: $bad_soft; border: 1px solid $line; border-radius: 6px; }
QFrame[look="banner-info"] { background: $live_soft; border: 1px solid $line; border-radius: 6px; }

QLabel { background: transparent; }
QLabel[look="title"] { font-size: 15pt; font-weight: 600; }
QLabel[look="heading"] { font-size: 11pt; font-weight: 600; }
QLabel[look="muted"] { color: $muted; }
QLabel[look="error"] { color: $bad; }
QLabel[look="warn"] { color: $warn; }
QLabel[look="ok"] { color: $ok; }
QFrame[look="line"] { background: $line; border: none; }

QPushButton, QToolButton {
    background: $raised; color: $text; border: 1px solid $line; border-radius: 6px; padding: 5px 12px; min-height: 18px;
}
QPushButton:hover, QToolButton:hover { border-color: $accent; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: 4px 11px; }
QPushButton:disabled, QToolButton:disabled { color: $muted; background: $ground; }
QPushButton:checked, QToolButton:checked { background: $selected; border-color: $accent; }
QPushButton[look="primary"] { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton[look="primary"]:focus { border: 2px solid $text; }
QPushButton[look="primary"]:disabled { background: $ground; color: $muted; border-color: $line; }
QPushButton[look="danger"] { color: $bad; background: $surface; border-color: $bad; font-weight: 600; }
QPushButton[look="danger"]:hover { background: $bad_soft; }
QPushButton[look="danger"]:disabled { color: $muted; border-color: $line; }
QPushButton[look="quiet"], QToolButton[look="quiet"] { background: transparent; border-color: transparent; }
QPushButton[look="quiet"]:checked { background: $selected; border-color: $accent; }
QPushButton[look="quiet"]:disabled { background: transparent; border-color: transparent; }
QPushButton[look="quiet"]:hover, QToolButton[look="quiet"]:hover { background: $raised; }
QPushButton[look="quiet"]:focus, QToolButton[look="quiet"]:focus { border: 2px solid $accent; }
QPushButton[look="nav"] {
    background: transparent; border: none; border-radius: 6px; padding: 7px 14px; font-weight: 600; color: $muted;
}
QPushButton[look="nav"]:hover { background: $raised; color: $text; }
QPushButton[look="nav"]:checked { background: $selected; color: $text; }
QPushButton[look="nav"]:focus { border: 2px solid $accent; padding: 5px 12px; }

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox, QDoubleSpinBox, QDateTimeEdit {
    background: $surface; color: $text; border: 1px solid $line; border-radius: 6px; padding: 4px 8px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus,
QDateTimeEdit:focus { border: 2px solid $accent; padding: 3px 7px; }
QLineEdit[invalid="true"], QPlainTextEdit[invalid="true"], QSpinBox[invalid="true"], QComboBox[invalid="true"],
QDoubleSpinBox[invalid="true"] { border: 2px solid $bad; padding: 3px 7px; }
QComboBox::drop-down, QDateTimeEdit::drop-down { border: none; width: 24px; }
QComboBox::down-arrow, QDateTimeEdit::down-arrow { image: url("$down"); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $line; selection-background-color: $selected; }

QListView, QTreeView, QTableView {
    background: $surface; border: 1px solid $line; border-radius: 8px; outline: none; gridline-color: $line;
    selection-background-color: $selected; selection-color: $text; alternate-background-color: $surface;
}
QListWidget[look="sections"] {
    background: transparent; border: none; border-right: 1px solid $line; border-radius: 0; padding: 16px 8px;
}
QListWidget[look="sections"]::item { color: $muted; padding: 9px 12px; border-radius: 6px; margin-bottom: 2px; }
QListWidget[look="sections"]::item:hover { background: $raised; color: $text; }
QListWidget[look="sections"]::item:selected { background: $selected; color: $text; }
QListWidget[look="sections"]:focus { border: none; border-right: 1px solid $line; }
QListWidget[look="sections"]::item:selected:focus { border: 2px solid $accent; padding: 7px 10px; }
QListView:focus, QTreeView:focus, QTableView:focus { border: 2px solid $accent; }
QTableView::item { padding: 0 5px; border: none; }
QTableView::item:selected { background: $selected; color: $text; }
QHeaderView { background: $surface; }
QHeaderView::section {
    background: $surface; color: $muted; border: none; border-bottom: 1px solid $line; padding: 6px 8px;
    font-weight: 600;
}
QTabWidget::pane { border: none; border-top: 1px solid $line; }
QTabBar::tab { background: transparent; color: $muted; padding: 7px 14px; border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; font-weight: 600; }
QTabBar::tab:focus { border-bottom: 2px solid $text; }

QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 0; }
QScrollBar::handle { background: $line; border-radius: 4px; margin: 2px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: transparent; }
QSlider { min-height: 18px; }
QSlider::groove:horizontal { background: $idle_soft; height: 6px; border-radius: 3px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 3px; }
QSlider::sub-page:horizontal:disabled { background: $line; }
QSlider::handle:horizontal {
    background: $surface; border: 2px solid $accent; width: 12px; margin: -5px 0; border-radius: 8px;
}
QSlider::handle:horizontal:focus { background: $accent; }
QSlider::handle:horizontal:disabled { border-color: $line; }
QProgressBar { background: $idle_soft; border: none; border-radius: 3px; height: 6px; color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QMenu { background: $surface; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 6px 20px; border-radius: 4px; }
QMenu::item:selected { background: $selected; }
QMenu::item:disabled { color: $muted; }
QCheckBox, QRadioButton { spacing: 8px; background: transparent; }
QCheckBox::indicator { width: 16px; height: 16px; border: 1px solid $muted; border-radius: 4px; background: $surface; }
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$check"); }
QCheckBox::indicator:disabled { border-color: $line; background: $ground; }
QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid $muted; border-radius: 8px; }
QRadioButton::indicator { background: $surface; }
QRadioButton::indicator:hover, QRadioButton::indicator:focus { border-color: $accent; }
QRadioButton::indicator:checked { width: 6px; height: 6px; border: 5px solid $accent; background: $surface; }
QRadioButton::indicator:disabled { border-color: $line; background: $ground; }
QFileDialog QToolButton { padding: 2px; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QGroupBox { border: none; font-weight: 600; margin-top: 20px; }
QGroupBox::title { subcontrol-origin: margin; left: 0; }
""")


def style_sheet(palette: Palette) -> str:
    """Return the style sheet in the colours of `palette`."""
    kind = "dark" if palette.dark else "light"
    images = {name: (_IMAGES / f"{name}-{kind}.svg").as_posix() for name in ("down", "check")}
    return _SHEET.substitute(msgspec.structs.asdict(palette), **images)
