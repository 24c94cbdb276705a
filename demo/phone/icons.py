"""The icons of the simulated screen, drawn from a few lines and curves on a grid of 24 by 24. Used by `draw`.

Each icon is made once per size at four times its size and made smaller, which gives smooth edges.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Callable

_GRID: Final = 24
_SMOOTH: Final = 4  # times larger while it is drawn
_INK: Final = 255


class Pen:
    """Draws on the grid of 24; `erase` lines cut into what is there."""

    def __init__(self, size: int) -> None:
        self.image = Image.new("L", (size * _SMOOTH, size * _SMOOTH), 0)
        self._draw = ImageDraw.Draw(self.image)
        self._scale = size * _SMOOTH / _GRID

    def line(self, *points: float, width: float = 2.0, ink: int = _INK) -> None:
        """Draw a line through points x1, y1, x2, y2, … with round ends and corners."""
        scaled = [value * self._scale for value in points]
        pairs = list(zip(scaled[::2], scaled[1::2], strict=True))
        thick = width * self._scale
        self._draw.line(pairs, fill=ink, width=round(thick))
        for x, y in pairs:
            self._draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=ink)

    def disc(self, x: float, y: float, radius: float, ink: int = _INK) -> None:
        """Draw a filled circle."""
        self._draw.ellipse(self._box(x - radius, y - radius, x + radius, y + radius), fill=ink)

    def ring(self, x: float, y: float, radius: float, width: float = 2.0) -> None:
        """Draw a circle's line."""
        self._draw.ellipse(
            self._box(x - radius, y - radius, x + radius, y + radius),
            outline=_INK,
            width=round(width * self._scale),
        )

    def arc(self, box: tuple[float, float, float, float], start: int, end: int, width: float = 2.0) -> None:
        """Draw a part of an ellipse's line, angles in degrees clockwise from the right."""
        self._draw.arc(self._box(*box), start, end, fill=_INK, width=round(width * self._scale))

    def bar(self, box: tuple[float, float, float, float], radius: float = 1.0, ink: int = _INK) -> None:
        """Draw a filled rectangle with round corners."""
        self._draw.rounded_rectangle(self._box(*box), radius * self._scale, fill=ink)

    def frame(self, box: tuple[float, float, float, float], radius: float = 2.0, width: float = 2.0) -> None:
        """Draw a rectangle's line with round corners."""
        self._draw.rounded_rectangle(
            self._box(*box), radius * self._scale, outline=_INK, width=round(width * self._scale)
        )

    def shape(self, *points: float, ink: int = _INK) -> None:
        """Draw a filled polygon."""
        scaled = [value * self._scale for value in points]
        self._draw.polygon(list(zip(scaled[::2], scaled[1::2], strict=True)), fill=ink)

    def _box(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        return (left * self._scale, top * self._scale, right * self._scale, bottom * self._scale)


def _person(pen: Pen) -> None:
    pen.disc(12, 8, 4.2)
    pen.shape(4, 20, 4, 18, 6, 15.6, 9, 14.2, 12, 13.8, 15, 14.2, 18, 15.6, 20, 18, 20, 20)


def _gear(pen: Pen) -> None:
    for x, y in ((0, 9.4), (8.1, 4.7), (8.1, -4.7)):
        pen.line(12 - x, 12 - y, 12 + x, 12 + y, width=4)
    pen.disc(12, 12, 7.2)
    pen.disc(12, 12, 3.2, ink=0)


def _wifi(pen: Pen) -> None:
    for radius in (10.5, 6.5):
        pen.arc((12 - radius, 19 - radius, 12 + radius, 19 + radius), 225, 315, 2.2)
    pen.disc(12, 17.6, 2)


def _bluetooth(pen: Pen) -> None:
    pen.line(7, 7.5, 17, 16.5, 12, 21, 12, 3, 17, 7.5, 7, 16.5, width=1.9)


def _bell(pen: Pen) -> None:
    pen.shape(6, 17, 6, 10.5, 8, 7, 12, 5.4, 16, 7, 18, 10.5, 18, 17)
    pen.line(5, 17, 19, 17, width=2.2)
    pen.disc(12, 20.2, 1.9)
    pen.disc(12, 5, 1.6)


def _sound(pen: Pen) -> None:
    pen.shape(4, 9.5, 8, 9.5, 13, 5, 13, 19, 8, 14.5, 4, 14.5)
    pen.arc((10.5, 8, 17, 16), 300, 60, 1.9)
    pen.arc((9, 4.5, 21, 19.5), 305, 55, 1.9)


def _display(pen: Pen) -> None:
    pen.disc(12, 12, 4.4)
    for x, y in ((0, 1), (1, 0), (0.71, 0.71), (0.71, -0.71)):
        for sign in (1, -1):
            pen.line(12 + sign * x * 7.4, 12 + sign * y * 7.4, 12 + sign * x * 9.4, 12 + sign * y * 9.4)


def _picture(pen: Pen) -> None:
    pen.frame((3, 4, 21, 20), 3)
    pen.shape(5.5, 18, 10, 11.5, 13, 15.2, 15, 13.2, 18.5, 18)
    pen.disc(15.8, 8.6, 1.6)


def _storage(pen: Pen) -> None:
    for top in (4, 10, 16):
        pen.bar((3.5, top, 20.5, top + 4.4), 1.2)
        pen.disc(7, top + 2.2, 0.9, ink=0)


def _battery(pen: Pen) -> None:
    pen.frame((7, 4.2, 17, 21), 2)
    pen.bar((9.8, 2.2, 14.2, 5), 0.8)
    pen.bar((9.4, 10.5, 14.6, 18.6), 0.6)


def _lock(pen: Pen) -> None:
    pen.bar((5, 10.5, 19, 21), 2)
    pen.arc((7.6, 3, 16.4, 15.5), 180, 360, 2.2)
    pen.disc(12, 15.6, 1.9, ink=0)


def _pin(pen: Pen) -> None:
    pen.disc(12, 9.6, 6.6)
    pen.shape(6, 12.4, 18, 12.4, 12, 21.8)
    pen.disc(12, 9.6, 2.6, ink=0)


def _eye(pen: Pen) -> None:
    pen.arc((2.5, 5, 21.5, 24), 215, 325, 2)
    pen.arc((2.5, 0, 21.5, 19), 35, 145, 2)
    pen.disc(12, 12, 3.2)


def _access(pen: Pen) -> None:
    pen.disc(12, 4.6, 2.2)
    pen.line(4.5, 8.6, 19.5, 8.6, width=2.2)
    pen.line(12, 9, 12, 14.5, width=4.6)
    pen.line(10.8, 14.5, 9, 21)
    pen.line(13.2, 14.5, 15, 21)


def _globe(pen: Pen) -> None:
    pen.ring(12, 12, 9.2, 1.8)
    pen.arc((7.4, 2.8, 16.6, 21.2), 0, 360, 1.8)
    pen.line(3, 12, 21, 12, width=1.8)


def _info(pen: Pen) -> None:
    pen.ring(12, 12, 9.2)
    pen.line(12, 11, 12, 16.6, width=2.2)
    pen.disc(12, 7.6, 1.4)


def _apps(pen: Pen) -> None:
    for x in (4, 13):
        for y in (4, 13):
            pen.bar((x, y, x + 7, y + 7), 1.8)


def _back(pen: Pen) -> None:
    pen.line(20, 12, 4.5, 12, width=2.1)
    pen.line(11.5, 5, 4.5, 12, 11.5, 19, width=2.1)


def _close(pen: Pen) -> None:
    pen.line(5.5, 5.5, 18.5, 18.5, width=2.1)
    pen.line(18.5, 5.5, 5.5, 18.5, width=2.1)


def _plus(pen: Pen) -> None:
    pen.line(12, 4.5, 12, 19.5, width=2.3)
    pen.line(4.5, 12, 19.5, 12, width=2.3)


def _check(pen: Pen) -> None:
    pen.line(4.5, 12.5, 10, 18, 20, 7, width=2.6)


def _pen(pen: Pen) -> None:
    pen.line(6, 18, 16.4, 7.6, width=4.4)
    pen.line(18, 6, 18.4, 5.6, width=4.4)
    pen.shape(3.2, 20.8, 4.2, 16.4, 7.6, 19.8)


def _bin(pen: Pen) -> None:
    pen.bar((6.4, 8, 17.6, 21), 1.6)
    pen.line(5, 5.8, 19, 5.8, width=2)
    pen.line(10, 3.8, 14, 3.8, width=2)


def _phone(pen: Pen) -> None:
    pen.line(6.2, 5.4, 6.6, 9, 9.4, 13.4, 13, 16.4, 16.6, 17.8, 18.6, 17.8, width=3)
    pen.line(6, 5.4, 7.8, 5, 9, 8.4, width=3)
    pen.line(15.4, 15, 18.8, 16.2, 18.6, 18.2, width=3)


def _chevron(pen: Pen) -> None:
    pen.line(9, 5.5, 15.5, 12, 9, 18.5, width=2)


def _search(pen: Pen) -> None:
    pen.ring(10.4, 10.4, 6.6)
    pen.line(15.4, 15.4, 20.4, 20.4, width=2.2)


def _erase(pen: Pen) -> None:
    pen.shape(2.5, 12, 8, 5.5, 21.5, 5.5, 21.5, 18.5, 8, 18.5)
    pen.line(11, 9, 17, 15, width=1.8, ink=0)
    pen.line(17, 9, 11, 15, width=1.8, ink=0)


def _enter(pen: Pen) -> None:
    pen.line(19.5, 6, 19.5, 12.5, 5, 12.5, width=2)
    pen.line(9.5, 8, 5, 12.5, 9.5, 17, width=2)


def _shift(pen: Pen) -> None:
    pen.line(12, 4.5, 4.5, 12, 8.8, 12, 8.8, 18.5, 15.2, 18.5, 15.2, 12, 19.5, 12, 12, 4.5, width=1.8)


ICONS: Final[dict[str, Callable[[Pen], None]]] = {
    "person": _person,
    "gear": _gear,
    "wifi": _wifi,
    "bluetooth": _bluetooth,
    "bell": _bell,
    "sound": _sound,
    "display": _display,
    "picture": _picture,
    "storage": _storage,
    "battery": _battery,
    "lock": _lock,
    "pin": _pin,
    "eye": _eye,
    "access": _access,
    "globe": _globe,
    "info": _info,
    "apps": _apps,
    "back": _back,
    "close": _close,
    "plus": _plus,
    "check": _check,
    "pen": _pen,
    "bin": _bin,
    "phone": _phone,
    "chevron": _chevron,
    "search": _search,
    "erase": _erase,
    "enter": _enter,
    "shift": _shift,
}


@lru_cache(maxsize=128)
def icon_mask(name: str, size: int) -> Image.Image:
    """Return the icon's shape as a grey picture of `size` by `size` pixels."""
    pen = Pen(size)
    ICONS[name](pen)
    return pen.image.resize((size, size), Image.Resampling.BOX)
