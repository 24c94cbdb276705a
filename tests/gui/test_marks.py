from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF, QSize

from gui.marks import Kind, Mark, arrow_head, fitted, mark_of, placed


@pytest.mark.parametrize(
    ("action", "params", "mark"),
    [
        ('{"action": "Tap", "element": [500, 120]}', '{"x": 540, "y": 288}', Mark(Kind.TAP, (540, 288))),
        ('{"action": "Double Tap"}', '{"x": 1, "y": 2}', Mark(Kind.DOUBLE_TAP, (1, 2))),
        ('{"action": "Long Press"}', '{"x": 1, "y": 2}', Mark(Kind.LONG_PRESS, (1, 2))),
        ('{"action": "long_press", "value": [1, 2]}', '{"x": 1, "y": 2}', Mark(Kind.LONG_PRESS, (1, 2))),
        ('{"action": "Swipe"}', '{"x1": 1, "y1": 2, "x2": 3, "y2": 4}', Mark(Kind.SWIPE, (1, 2), (3, 4))),
        ('{"action": "Type", "text": "milk"}', '{"text": "milk"}', Mark(Kind.TEXT, text="milk")),
        ('{"action": "expect_text", "value": "x"}', '{"text": "x"}', Mark(Kind.CAPTION)),
        ('{"action": "Back"}', '{"key": "BACK"}', Mark(Kind.CAPTION)),
        ('{"action": "Launch", "app": "Maps"}', '{"app": "Maps"}', Mark(Kind.CAPTION)),
        ("", "", None),
        ("not JSON", "[1, 2]", Mark(Kind.CAPTION)),
        ('{"action": "Tap"}', '{"x": "540", "y": null}', Mark(Kind.CAPTION)),
        ('{"action": "Tap"}', '{"x": true, "y": 1}', Mark(Kind.CAPTION)),
        ('{"action": "Tap"}', '{"x": 1e300, "y": 1}', Mark(Kind.CAPTION)),
        ('{"action": "Something new"}', '{"x": 1, "y": 2}', Mark(Kind.TAP, (1, 2))),
    ],
)
def test_a_mark_is_what_the_stored_action_says(action: str, params: str, mark: Mark | None) -> None:
    assert mark_of(action, params) == mark


@pytest.mark.parametrize(
    ("picture", "room", "drawn"),
    [
        (QSize(1080, 2400), QRectF(0, 0, 540, 1200), QRectF(0, 0, 540, 1200)),
        (QSize(1080, 2400), QRectF(0, 0, 1000, 1200), QRectF(230, 0, 540, 1200)),
        (QSize(2400, 1080), QRectF(10, 10, 240, 1200), QRectF(10, 556, 240, 108)),
        (QSize(0, 0), QRectF(0, 0, 10, 10), QRectF()),
        (QSize(10, 10), QRectF(), QRectF()),
    ],
)
def test_a_picture_is_drawn_whole_and_in_the_middle(picture: QSize, room: QRectF, drawn: QRectF) -> None:
    assert fitted(picture, room) == drawn


@pytest.mark.parametrize(
    ("point", "where"),
    [((0, 0), (100, 50)), ((540, 1200), (370, 650)), ((1080, 2400), (640, 1250)), ((5000, -3), (640, 50))],
)
def test_a_pixel_of_the_phone_finds_its_place_and_never_leaves_the_picture(
    point: tuple[float, float], where: tuple[float, float]
) -> None:
    assert placed(point, QSize(1080, 2400), QRectF(100, 50, 540, 1200)) == QPointF(*where)


def test_an_arrow_points_where_the_finger_ends() -> None:
    assert arrow_head(QPointF(0, 0), QPointF(100, 0), 10) == (QPointF(100, 0), QPointF(90, 6), QPointF(90, -6))


def test_a_swipe_without_a_way_has_a_head_without_a_size() -> None:
    assert set(map(QPointF.toTuple, arrow_head(QPointF(5, 5), QPointF(5, 5), 10))) == {(5.0, 5.0)}
