"""What the tests need of the system beyond Python, and Debian's packages that bring it: one list, for people and CI.

    python3 -P tests/support/system_packages.py            names what is missing, with the apt line; exit code 3
    python3 -P tests/support/system_packages.py --all      prints all packages, for .ci/run

Runs before any environment is made, so it uses nothing but the standard library and one file of shared/.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from shared.window_libraries import COMMON, X11, missing_libraries

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS: Final = {
    "git": "git",  # the tree's own tests ask it for the tracked files
    "strace": "strace",  # makes a disk fail; records what a power cut may take back
    "spin": "spin",  # searches the model of the acknowledgement protocol
    "gcc": "gcc",  # compiles that search
    "Xvfb": "xvfb",  # the window as a real one
    "xdotool": "xdotool",  # a person's hands on it
    "chromium": "chromium",  # opens an exported report
}
FONT: Final = "fonts-wqy-microhei"  # Chinese, on the simulated phone's screen and in the window
FONT_FILES: Final = ("*wqy-microhei*", "*NotoSansCJK*", "*NotoSansSC*")
FONT_FOLDERS: Final = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
# xfsprogs: one of the two file systems whose power is cut; without it the other one is.
ALWAYS: Final = ("python3", "python3-venv", "ca-certificates", "xauth", "libc6-dev", "xfsprogs")


def missing() -> Iterator[str]:
    """Yield the packages of what is not there."""
    for command, package in COMMANDS.items():
        if shutil.which(command) is None:
            yield package
    libraries = COMMON | X11
    for library in missing_libraries(libraries):
        yield libraries[library]
    if not any(_has_font(Path(folder).expanduser()) for folder in FONT_FOLDERS):
        yield FONT


def _has_font(folder: Path) -> bool:
    return any(any(folder.rglob(pattern)) for pattern in FONT_FILES) if folder.is_dir() else False


def main() -> int:
    """Do what the arguments ask for."""
    if "--all" in sys.argv[1:]:
        print(*ALWAYS, *COMMANDS.values(), FONT, *COMMON.values(), *X11.values())
        return 0
    wanted = sorted(set(missing()))
    if wanted:
        print("the tests need what this system lacks. Install it:", file=sys.stderr)
        print(f"  apt-get install --no-install-recommends {' '.join(wanted)}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
