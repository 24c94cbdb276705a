"""Fonts for the simulated screen: Pillow's own for Latin letters, one of the system's for Chinese when there is one.

Each character is drawn with the first font that has it, so that a mixed line looks right. Nothing has to be
installed: without a Chinese font Chinese letters become boxes, and `describe` says so. Used by `draw`.
"""

from __future__ import annotations

import os
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import ImageFont

if TYPE_CHECKING:
    from collections.abc import Iterator

# Wanted file names, best first; they are looked for in the folders that fontconfig would search.
_CJK_NAMES: Final = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
    "PingFang.ttc",
    "STHeiti Light.ttc",
)
_LATIN_NAMES: Final = ("NotoSans-Regular.ttf", "DejaVuSans.ttf")  # for letters that Pillow's own font lacks
_MAX_FILES: Final = 20_000  # a folder of fonts is never larger; a loop of links would be
_UNSPACED: Final = 0x2E80  # from this character on, scripts that are written without spaces
_NO_GLYPH: Final = "\uffff"  # a character that no font has: it shows what a missing one looks like


def font_folders() -> list[Path]:
    """Return the folders where a system keeps its fonts; they need not exist."""
    home = Path.home()
    data = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    shared = [Path(folder) / "fonts" for folder in data.split(":") if folder]
    own = [home / ".local/share/fonts", home / ".fonts", home / "Library/Fonts"]
    return [*own, *shared, Path("/System/Library/Fonts"), Path("/Library/Fonts")]


def find_font(names: tuple[str, ...], folders: list[Path]) -> Path | None:
    """Return the first of `names` that lies below one of `folders`, or None."""
    found: dict[str, Path] = {}
    for count, path in enumerate(_files(folders)):
        if path.name in names:
            found.setdefault(path.name, path)
        if count > _MAX_FILES:
            break
    return next((found[name] for name in names if name in found), None)


def _files(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        for root, _, names in os.walk(folder):
            for name in names:
                yield Path(root) / name


class Fonts:
    """The fonts of one phone. `runs` splits a line by the font that can draw it."""

    def __init__(self, folders: list[Path] | None = None) -> None:
        self._folders = font_folders() if folders is None else folders
        self._owner: dict[str, int] = {}

    @cached_property
    def cjk(self) -> Path | None:
        """The file that Chinese is drawn with, or None."""
        return find_font(_CJK_NAMES, self._folders)

    @cached_property
    def _latin(self) -> Path | None:
        return find_font(_LATIN_NAMES, self._folders)

    def describe(self) -> str:
        """Say what Chinese is drawn with."""
        if self.cjk is None:
            return "no Chinese font found: Chinese is drawn as boxes (on Debian: apt install fonts-wqy-microhei)"
        return f"Chinese is drawn with {self.cjk.name}"

    def runs(self, text: str, size: int) -> list[tuple[str, ImageFont.FreeTypeFont]]:
        """Return the line's pieces, each with the font that has its characters."""
        pieces: list[tuple[str, int]] = []
        for char in text:
            owner = self._owner_of(char)
            if pieces and pieces[-1][1] == owner:
                pieces[-1] = (pieces[-1][0] + char, owner)
            else:
                pieces.append((char, owner))
        return [(piece, self._font(owner, size)) for piece, owner in pieces]

    def width(self, text: str, size: int) -> int:
        """Return the width of a line in pixels."""
        return round(sum(font.getlength(piece) for piece, font in self.runs(text, size)))

    def cut(self, text: str, size: int, width: int) -> str:
        """Return the line, ended by an ellipsis when it is wider than `width` pixels."""
        if self.width(text, size) <= width:
            return text
        kept = text
        while kept and self.width(kept + "…", size) > width:
            kept = kept[:-1]
        return kept + "…"

    def wrap(self, text: str, size: int, width: int) -> list[str]:
        """Return the text as lines of at most `width` pixels; Chinese breaks anywhere, words at spaces."""
        lines = [""]
        for word in _breakable(text):
            if lines[-1] and self.width(lines[-1] + word.rstrip(), size) > width:
                lines.append("")
            lines[-1] += word
        return [line.rstrip() for line in lines]

    def _owner_of(self, char: str) -> int:
        if char not in self._owner:
            files = range(len(self._files))
            self._owner[char] = next((i for i in files if _has(self._font(i, 24), char)), 0)
        return self._owner[char]

    @cached_property
    def _files(self) -> list[Path | None]:
        return [None, *(path for path in (self._latin, self.cjk) if path is not None)]

    def _font(self, owner: int, size: int) -> ImageFont.FreeTypeFont:
        return _load(self._files[owner], size)


@lru_cache(maxsize=64)
def _load(path: Path | None, size: int) -> ImageFont.FreeTypeFont:
    if path is not None:
        return ImageFont.truetype(path, size)
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("this Pillow was built without FreeType and can draw no scalable text; install a usual wheel")
    return font


def _has(font: ImageFont.FreeTypeFont, char: str) -> bool:
    if char.isspace():
        return True
    return bytes(font.getmask(char)) != bytes(font.getmask(_NO_GLYPH))


def _breakable(text: str) -> Iterator[str]:
    word = ""
    for char in text:
        word += char
        if char.isspace() or ord(char) > _UNSPACED:
            yield word
            word = ""
    if word:
        yield word
