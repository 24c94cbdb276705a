"""Which system libraries a window needs, and the sentence that tells what is missing."""

from __future__ import annotations

import pytest

from shared.window_libraries import COMMON, X11, missing_libraries, missing_sentence, needed_libraries


@pytest.mark.parametrize(
    ("environ", "with_x"),
    [
        ({"DISPLAY": ":0"}, True),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False),
        ({"QT_QPA_PLATFORM": "xcb:foo"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, False),
        ({}, False),
    ],
)
def test_what_shows_a_window_on_x_is_needed_only_there(environ: dict[str, str], with_x: bool) -> None:
    assert set(needed_libraries(environ)) == ({*COMMON, *X11} if with_x else set(COMMON))


def test_a_library_that_cannot_be_opened_is_missing_and_one_that_can_is_not() -> None:
    assert missing_libraries({"libc.so.6": "libc6", "libnowhere.so.9": "x"}) == ("libnowhere.so.9",)


def test_the_sentence_names_the_libraries_and_the_packages_that_bring_them() -> None:
    assert missing_sentence(("libGL.so.1", "libxcb-cursor.so.0")) == (
        "the window cannot be shown: libGL.so.1, libxcb-cursor.so.0 are missing; apt-get install libgl1 libxcb-cursor0"
    )
    assert "libEGL.so.1 is missing" in missing_sentence(("libEGL.so.1",))
