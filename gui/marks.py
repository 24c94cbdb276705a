"""What an action looks like on the screen it was meant for: where it touches, what it types. Pure.

`mark_of` reads the columns `action` and `action_params` of a step: the parameters are pixels of the device's screen
(`{"x": 540, "y": 288}`, `{"x1", "y1", "x2", "y2"}`, `{"text"}`, `{"app"}`, `{"key"}`), and a screenshot has that size
too. The other functions are the geometry that screen_view.py draws with. Must not draw.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF

from gui.words import decoded

Point = tuple[float, float]
_TOUCH: Final = {"tap": "tap", "double_tap": "double tap", "long_press": "long press"}
_FAR: Final = 1 << 16  # no screen is as large; such a number is a fault, and not drawn


class Kind(StrEnum):
    """How a mark is drawn."""

    TAP = "tap"
    DOUBLE_TAP = "double tap"
    LONG_PRESS = "long press"
    SWIPE = "swipe"
    TEXT = "text"
    CAPTION = "caption"  # nothing on the screen is touched: a key, a launch, a wait


class Mark(Struct, frozen=True):
    """An action on a screen. `start` is where it touches, `end` where a swipe ends, in the device's pixels."""

    kind: Kind
    start: Point | None = None
    end: Point | None = None
    text: str = ""


def mark_of(action: str, action_params: str) -> Mark | None:
    """Return the mark of a step's action; None when it has none."""
    params = decoded(action_params)
    params = params if isinstance(params, dict) else {}
    ends = [_point(params, "x1", "y1"), _point(params, "x2", "y2")]
    if None not in ends:
        return Mark(Kind.SWIPE, ends[0], ends[1])
    point = _point(params, "x", "y")
    if point is not None:
        return Mark(Kind(_TOUCH.get(name_of(action), "tap")), point)
    if isinstance(params.get("text"), str) and name_of(action) == "type":
        return Mark(Kind.TEXT, text=params["text"])
    return Mark(Kind.CAPTION) if action else None


def name_of(action: str) -> str:
    """Return an action's name as `long_press`, whoever wrote it; '' when there is none."""
    value = decoded(action)
    if not isinstance(value, dict):
        return ""
    return str(value.get("action") or value.get("_metadata") or "").strip().lower().replace(" ", "_")


def fitted(picture: QSize | QSizeF, room: QRectF) -> QRectF:
    """Return where a picture lies in `room`: whole, in the middle, never drawn larger than the room."""
    if picture.width() <= 0 or picture.height() <= 0 or room.isEmpty():
        return QRectF()
    scale = min(room.width() / picture.width(), room.height() / picture.height())
    width, height = picture.width() * scale, picture.height() * scale
    return QRectF(room.center().x() - width / 2, room.center().y() - height / 2, width, height)


def placed(point: Point, picture: QSize, drawn: QRectF) -> QPointF:
    """Return where a pixel of the picture lies when the picture is drawn at `drawn`; its edge when it is outside."""
    x = min(max(point[0] / picture.width(), 0.0), 1.0)
    y = min(max(point[1] / picture.height(), 0.0), 1.0)
    return QPointF(drawn.left() + x * drawn.width(), drawn.top() + y * drawn.height())


def arrow_head(start: QPointF, end: QPointF, size: float) -> tuple[QPointF, QPointF, QPointF]:
    """Return the triangle at the end of a path: the tip first. All three are `end` when the path has no length."""
    length = math.hypot(end.x() - start.x(), end.y() - start.y())
    if not length:
        return end, end, end
    along = QPointF((end.x() - start.x()) / length, (end.y() - start.y()) / length)
    across = QPointF(-along.y(), along.x())
    back = end - along * size
    return end, back + across * (size * 0.6), back - across * (size * 0.6)


def _point(params: dict[str, Any], x: str, y: str) -> Point | None:
    found = [params.get(x), params.get(y)]
    if all(isinstance(one, int | float) and not isinstance(one, bool) and abs(one) < _FAR for one in found):
        return float(found[0]), float(found[1])  # type: ignore[arg-type]
    return None
