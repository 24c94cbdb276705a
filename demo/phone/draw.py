"""Paints a scene with Pillow. Pure but for its caches: the same scene gives the same picture. Called by `screen`.

Pillow draws curves without smoothing, so corners are cut from discs that were drawn larger and made smaller.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from demo.phone.icons import icon_mask
from demo.phone.scene import HEIGHT, SCREEN, WIDTH, Fill, Gradient, Icon, Outline, Text, intersect

if TYPE_CHECKING:
    from demo.phone.fonts import Fonts
    from demo.phone.scene import Box, Colour, Scene, Shape

_SMOOTH: Final = 4
_CAPITALS: Final = 0.35  # half the height of a capital letter, as a part of the font's size


def paint(scene: Scene, fonts: Fonts) -> Image.Image:
    """Return the picture of the screen; black when it is off."""
    image = Image.new("RGB", (WIDTH, HEIGHT))
    if scene.awake:
        painter = Painter(image, fonts)
        for shape in scene.shapes:
            painter.shape(shape)
    return image


class Painter:
    """Draws shapes on one picture."""

    def __init__(self, image: Image.Image, fonts: Fonts) -> None:
        self._image = image
        self._draw = ImageDraw.Draw(image)
        self._fonts = fonts

    def shape(self, shape: Shape) -> None:
        """Draw one shape over what is there."""
        match shape:
            case Fill():
                self._fill(shape)
            case Outline():
                self._outline(shape)
            case Gradient():
                self._gradient(shape)
            case Text():
                self._text(shape)
            case Icon():
                self._icon(shape)

    def _fill(self, fill: Fill) -> None:
        if fill.alpha < 255:  # noqa: PLR2004 - opaque
            self._veil(fill)
        elif fill.radius == 0:
            self._rectangle(fill.box, fill.colour)
        else:
            self._rounded(fill.box, fill.colour, fill.radius)

    def _veil(self, fill: Fill) -> None:
        visible = intersect(fill.box, SCREEN)
        if visible is not None:
            behind = self._image.crop(visible)
            over = Image.new("RGB", behind.size, fill.colour)
            self._image.paste(Image.blend(behind, over, fill.alpha / 255), visible)

    def _rectangle(self, box: Box, colour: Colour) -> None:
        left, top, right, bottom = box
        if left < right and top < bottom:
            self._draw.rectangle((left, top, right - 1, bottom - 1), fill=colour)

    def _rounded(self, box: Box, colour: Colour, radius: int) -> None:
        left, top, right, bottom = box
        radius = min(radius, (right - left) // 2, (bottom - top) // 2)
        if intersect(box, SCREEN) is None or radius <= 0:
            return
        self._rectangle((left + radius, top, right - radius, bottom), colour)
        self._rectangle((left, top + radius, left + radius, bottom - radius), colour)
        self._rectangle((right - radius, top + radius, right, bottom - radius), colour)
        corners = (
            (left, top),
            (right - radius, top),
            (left, bottom - radius),
            (right - radius, bottom - radius),
        )
        for where, mask in zip(corners, _corner_masks(radius), strict=True):
            self._image.paste(colour, where, mask)

    def _outline(self, outline: Outline) -> None:
        left, top, right, bottom = outline.box
        width = outline.width
        self._rounded(outline.box, outline.colour, outline.radius)
        inside = (left + width, top + width, right - width, bottom - width)
        self._rounded(inside, outline.inner, outline.radius - width)

    def _gradient(self, gradient: Gradient) -> None:
        left, top, right, bottom = gradient.box
        column = Image.new("RGB", (1, 2))
        column.putpixel((0, 0), gradient.top)
        column.putpixel((0, 1), gradient.bottom)
        tall = column.resize((1, bottom - top), Image.Resampling.BILINEAR, (0, 0.5, 1, 1.5))
        self._image.paste(tall.resize((right - left, bottom - top), Image.Resampling.NEAREST), (left, top))

    def _text(self, text: Text) -> None:
        if not -text.size < text.y < HEIGHT + text.size:
            return
        shown = self._fonts.cut(_one_line(text.text), text.size, text.max_width)
        runs = self._fonts.runs(shown, text.size)
        widths = [font.getlength(piece) for piece, font in runs]
        shift = {"left": 0.0, "middle": sum(widths) / 2, "right": sum(widths)}[text.align]
        x, baseline = text.x - shift, text.y + _CAPITALS * text.size
        for (piece, font), width in zip(runs, widths, strict=True):
            self._draw.text((round(x), round(baseline)), piece, fill=text.colour, font=font, anchor="ls")
            x += width

    def _icon(self, icon: Icon) -> None:
        if -icon.size < icon.y < HEIGHT + icon.size:
            where = (icon.x - icon.size // 2, icon.y - icon.size // 2)
            self._image.paste(icon.colour, where, icon_mask(icon.name, icon.size))


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


@lru_cache(maxsize=64)
def _corner_masks(radius: int) -> tuple[Image.Image, Image.Image, Image.Image, Image.Image]:
    """Return the four quarters of a smooth disc: top left, top right, bottom left, bottom right."""
    side = radius * _SMOOTH
    large = Image.new("L", (side, side), 0)
    ImageDraw.Draw(large).ellipse((0, 0, 2 * side - 1, 2 * side - 1), fill=255)
    corner = large.resize((radius, radius), Image.Resampling.BOX)
    flip, mirror = Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.FLIP_LEFT_RIGHT
    right = corner.transpose(mirror)
    return corner, right, corner.transpose(flip), right.transpose(flip)
