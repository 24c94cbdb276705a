from __future__ import annotations

import pytest

from gui.pages.run.playback import pause_s

T = "2026-01-01T10:00:0{}Z"


@pytest.mark.parametrize(
    ("before", "after", "speed", "pause"),
    [
        (T.format("0.000"), T.format("1.500"), 1, 1.5),
        (T.format("0.000"), T.format("0.050"), 1, 0.2),
        (T.format("0.000"), T.format("9.000"), 1, 3.0),
        (T.format("0.000"), T.format("2.000"), 4, 0.5),
        (T.format("0.000"), T.format("8.000"), 16, 3.0 / 16),
        (T.format("0.000"), T.format("0.001"), 16, 0.03),
        (T.format("5.000"), T.format("1.000"), 1, 0.2),
        ("", T.format("1.000"), 1, 1.0),
        ("nonsense", "", 4, 0.25),
    ],
)
def test_steps_are_shown_as_long_as_they_took_within_reason(before: str, after: str, speed: int, pause: float) -> None:
    assert pause_s(before, after, speed) == pytest.approx(pause)
