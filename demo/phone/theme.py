"""The colours and the sizes of letters of the simulated screen. Used by `page`, `chrome` and the apps."""

from __future__ import annotations

from typing import Final

import msgspec

from demo.phone.scene import Colour

# Few sizes look calmer, and each Chinese font in another size costs a megabyte of memory.
SMALL: Final = 36
BODY: Final = 42
NAME: Final = 46  # of a row, a field's content, a key
TITLE: Final = 54


class Theme(msgspec.Struct, frozen=True):
    """One set of colours; the names say where each is used."""

    background: Colour
    surface: Colour
    text: Colour
    muted: Colour
    primary: Colour
    on_primary: Colour
    container: Colour  # the quiet form of `primary`: buttons, chips, the round icon of a row
    on_container: Colour
    outline: Colour
    switch_off: Colour
    keyboard: Colour
    key: Colour
    wallpaper_top: Colour
    wallpaper_bottom: Colour


LIGHT = Theme(
    background=(244, 245, 250),
    surface=(255, 255, 255),
    text=(27, 28, 33),
    muted=(98, 101, 112),
    primary=(55, 88, 206),
    on_primary=(255, 255, 255),
    container=(221, 227, 252),
    on_container=(24, 46, 128),
    outline=(198, 201, 213),
    switch_off=(226, 228, 236),
    keyboard=(229, 231, 240),
    key=(255, 255, 255),
    wallpaper_top=(96, 130, 218),
    wallpaper_bottom=(200, 148, 172),
)
DARK = Theme(
    background=(17, 18, 23),
    surface=(31, 33, 40),
    text=(230, 230, 237),
    muted=(163, 167, 180),
    primary=(178, 194, 255),
    on_primary=(16, 32, 96),
    container=(48, 62, 116),
    on_container=(216, 224, 255),
    outline=(72, 76, 88),
    switch_off=(57, 60, 71),
    keyboard=(26, 28, 34),
    key=(52, 55, 65),
    wallpaper_top=(24, 30, 62),
    wallpaper_bottom=(72, 44, 72),
)
# Circles behind a contact's first letter; each keeps its colour in both themes.
AVATARS: tuple[Colour, ...] = (
    (88, 117, 214),
    (46, 139, 121),
    (186, 96, 72),
    (138, 90, 178),
    (172, 122, 34),
    (64, 132, 176),
    (184, 82, 126),
)


def theme(*, dark: bool) -> Theme:
    """Return the colours for the phone's dark mode."""
    return DARK if dark else LIGHT
