"""How the window looks: two palettes of our own, and the one style sheet that is made from them.

Qt's own colour-scheme switch does nothing on several platforms, so both palettes are ours. Every pair of text and
ground that the style sheet uses is in `TEXT_ON`; a test measures that each has a contrast of 4.5:1 at least. Widgets
ask `current()` for what they draw themselves. Must not know a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette

from gui.style_sheet import style_sheet

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from gui.state import Theme

# Latin first, then Chinese: without the second half Chinese is drawn as boxes (WINDOW.md).
FONTS: Final = ["Inter", "Noto Sans", "DejaVu Sans", "Noto Sans CJK SC", "WenQuanYi Micro Hei", "Microsoft YaHei"]
MONOSPACE: Final = ["JetBrains Mono", "Noto Sans Mono", "DejaVu Sans Mono", "Noto Sans CJK SC", "WenQuanYi Micro Hei"]
POINTS: Final = 10


class Palette(Struct, frozen=True, kw_only=True):
    """The colours of a theme, by what they are for. `*_soft` are grounds for a badge or a banner of that kind."""

    dark: bool
    ground: str  # of the window
    surface: str  # of cards, lists, inputs
    raised: str  # of what stands out of a surface: hovered rows, buttons
    line: str
    text: str
    muted: str  # second-rank text
    accent: str
    on_accent: str
    selected: str
    ok: str
    ok_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    live: str  # of what runs
    live_soft: str
    idle_soft: str
    mark: str  # the action drawn on a screenshot


LIGHT: Final = Palette(
    dark=False,
    ground="#f3f5f8",
    surface="#ffffff",
    raised="#e9edf3",
    line="#d5dbe4",
    text="#17202c",
    muted="#556173",
    accent="#1f5fd0",
    on_accent="#ffffff",
    selected="#dce8fc",
    ok="#14683c",
    ok_soft="#dcf3e6",
    warn="#805000",
    warn_soft="#fdf0d2",
    bad="#b3202c",
    bad_soft="#fce3e4",
    live="#1a57c0",
    live_soft="#e0eafc",
    idle_soft="#e6eaf0",
    mark="#e5177b",
)
DARK: Final = Palette(
    dark=True,
    ground="#12161d",
    surface="#1a202a",
    raised="#252d3a",
    line="#333d4d",
    text="#e8edf4",
    muted="#a3afc0",
    accent="#6ea2ff",
    on_accent="#0d1523",
    selected="#24395f",
    ok="#6fd6a0",
    ok_soft="#17362a",
    warn="#f0c061",
    warn_soft="#3b3016",
    bad="#ff959b",
    bad_soft="#44202a",
    live="#8db6ff",
    live_soft="#1d2f52",
    idle_soft="#2a3341",
    mark="#ff4fa3",
)

# Every text colour on every ground that it is drawn on: a row of a list may be hovered or selected.
_GROUNDS: Final = ("ground", "surface", "raised", "selected")
TEXT_ON: Final = (
    *((text, ground) for text in ("text", "muted") for ground in (*_GROUNDS, "idle_soft")),
    ("on_accent", "accent"),
    *((kind, ground) for kind in ("ok", "warn", "bad", "live") for ground in (*_GROUNDS, f"{kind}_soft")),
    *(("text", f"{kind}_soft") for kind in ("ok", "warn", "bad", "live")),
    *(("accent", ground) for ground in _GROUNDS),
)


class _Now:
    """The theme that is applied: one for the process, as Qt's palette is."""

    palette: Palette = LIGHT


def current() -> Palette:
    """Return the palette that the window is drawn with."""
    return _Now.palette


def colour(name: str) -> QColor:
    """Return a colour of the current palette by its name."""
    return QColor(getattr(_Now.palette, name))


def resolve(theme: Theme) -> Palette:
    """Return the palette that a theme means now: `system` follows the desktop, as far as it says what it prefers."""
    if theme == "system":
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return DARK if dark else LIGHT
    return DARK if theme == "dark" else LIGHT


def apply(app: QApplication, theme: Theme) -> None:
    """Draw everything with `theme` from now on."""
    palette = resolve(theme)
    _Now.palette = palette
    app.setStyle("Fusion")
    app.setFont(text_font())
    app.setPalette(_qt_palette(palette))
    app.setStyleSheet(style_sheet(palette))


def text_font(points: float = POINTS, *, bold: bool = False) -> QFont:
    """Return the window's font."""
    font = QFont()
    font.setFamilies(FONTS)
    font.setPointSizeF(points)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font


def code_font(points: float = POINTS - 0.5) -> QFont:
    """Return the font of logs and raw replies."""
    font = QFont()
    font.setFamilies(MONOSPACE)
    font.setPointSizeF(points)
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font


def _qt_palette(palette: Palette) -> QPalette:
    found = QPalette()
    roles = {
        QPalette.ColorRole.Window: palette.ground,
        QPalette.ColorRole.WindowText: palette.text,
        QPalette.ColorRole.Base: palette.surface,
        QPalette.ColorRole.AlternateBase: palette.ground,
        QPalette.ColorRole.Text: palette.text,
        QPalette.ColorRole.Button: palette.raised,
        QPalette.ColorRole.ButtonText: palette.text,
        QPalette.ColorRole.Highlight: palette.selected,
        QPalette.ColorRole.HighlightedText: palette.text,
        QPalette.ColorRole.PlaceholderText: palette.muted,
        QPalette.ColorRole.ToolTipBase: palette.raised,
        QPalette.ColorRole.ToolTipText: palette.text,
        QPalette.ColorRole.Link: palette.accent,
    }
    for role, name in roles.items():
        found.setColor(role, QColor(name))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        found.setColor(QPalette.ColorGroup.Disabled, role, QColor(palette.muted))
    return found
