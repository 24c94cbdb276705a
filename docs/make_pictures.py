"""Make docs/pictures/*.png again: a demo, a display in memory, the real window, and what it shows.

    python docs/make_pictures.py                   all of them
    python docs/make_pictures.py history run-tap   only these
    python docs/make_pictures.py --to /tmp/look --scale 2 --size 1200x700 --language zh --theme dark
                                                   a set that is only to be looked at: every picture like that

Needs Xvfb and xdotool (`apt-get install xvfb xdotool`) and the window's libraries. Everything runs by the real commands
in homes that are removed afterwards; what a picture shows is set by what the window remembers (`window.json`) before it
starts. Called by a person after a change of the window. What there is: picture_tools/shown.py.
"""  # noqa: INP001 - a folder of pages with two programs in it

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from picture_tools.demo import Demo
from picture_tools.shown import PICTURES, SHOWN, Look

if TYPE_CHECKING:
    from picture_tools.shown import Picture

    from shared.settings import Language


def main() -> int:
    """Make the pictures that the arguments name."""
    parser = argparse.ArgumentParser(description="Make docs/pictures again.")
    parser.add_argument("names", nargs="*", help="which ones; all when none is named")
    parser.add_argument("--to", type=Path, default=PICTURES, metavar="FOLDER", help="where they go")
    parser.add_argument("--scale", type=int, choices=(1, 2), help="of all of them: 2 is a screen at 200 %%")
    parser.add_argument("--size", type=_size, metavar="WxH", help="of all windows, in pixels at 100 %%: 1200x700")
    parser.add_argument("--language", choices=("en", "zh"), help="of all of them")
    parser.add_argument("--theme", choices=("light", "dark"), help="of all of them")
    given = parser.parse_args()
    is_docs = given.to == PICTURES
    wanted = set(given.names) or {name for name, picture in SHOWN.items() if picture.kept or not is_docs}
    if unknown := wanted - set(SHOWN):
        parser.error(f"no picture is called {', '.join(sorted(unknown))}; there are: {', '.join(SHOWN)}")
    given.to.mkdir(parents=True, exist_ok=True)
    look = Look(folder=given.to, scale=given.scale, size=given.size, language=given.language, theme=given.theme)
    pictures = {name: look.of(name) for name in SHOWN if name in wanted}
    kinds: dict[tuple[Language, bool], dict[str, Picture]] = {}
    for name, picture in pictures.items():
        kinds.setdefault((picture.language, picture.empty), {})[name] = picture
    for (language, empty), chosen in kinds.items():
        with Demo(language, look.folder, empty=empty) as demo:
            demo.make(chosen)
    return 0


def _size(text: str) -> tuple[int, int]:
    """Return the size that WxH names."""
    width, _, height = text.partition("x")
    return int(width), int(height)


if __name__ == "__main__":
    sys.exit(main())
