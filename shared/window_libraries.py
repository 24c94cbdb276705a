"""The system libraries that the window needs, and which of them are missing: told in a sentence before Qt fails.

The window's own wheel brings Qt but not what Qt opens on the system; a bare server has none of it, and needs none as
long as no window is wanted. Must not import Qt. Called by the window's `__main__`, which ends with `LIBRARY_MISSING`
when something is missing; `python -P -m shared.window_libraries` prints the missing names for `stepwell doctor`.
"""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LIBRARY_MISSING: Final = 78  # exit code: starting again is of no use; the last line on stderr says what to install

# Library → Debian's package. What every window needs, also one that is drawn to memory only.
COMMON: Final[Mapping[str, str]] = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libX11.so.6": "libx11-6",
    "libbrotlidec.so.1": "libbrotli1",
}
# What Qt's xcb platform opens besides, to show it on an X display.
X11: Final[Mapping[str, str]] = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


def needed_libraries(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return what a window needs in this environment: without X what Qt's xcb platform opens is not needed."""
    platform = environ.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    return {**COMMON, **X11} if platform == "xcb" or (not platform and environ.get("DISPLAY")) else COMMON


def missing_libraries(needed: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the names of the libraries that cannot be opened; without `needed`, of those for this environment."""
    wanted = needed_libraries(os.environ) if needed is None else needed
    return tuple(name for name in wanted if not _opens(name))


def missing_sentence(missing: tuple[str, ...]) -> str:
    """Return what a person is told: which libraries are missing, and the line that installs them."""
    return f"the window cannot be shown: {', '.join(missing)} {_is(missing)} missing; {install_line(missing)}"


def install_line(missing: tuple[str, ...]) -> str:
    """Return the command that installs the missing libraries."""
    packages = {**COMMON, **X11}
    return f"apt-get install {' '.join(packages[name] for name in missing)}"


def _is(missing: tuple[str, ...]) -> str:
    return "is" if len(missing) == 1 else "are"


def _opens(name: str) -> bool:
    try:
        ctypes.CDLL(name, mode=os.RTLD_LAZY)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    print("\n".join(missing_libraries({**COMMON, **X11})))
