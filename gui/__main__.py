"""`python -P -m gui`: the window's process. A system library that is missing is named before Qt is imported."""

from __future__ import annotations

import sys

from shared.child import is_child, run_child
from shared.window_libraries import LIBRARY_MISSING, missing_libraries, missing_sentence


def main() -> int:
    """Run the window as a child of whoever started it."""
    if not is_child():
        print("gui: this is started by `stepwell up`, `stepwell demo` or `stepwell gui`", file=sys.stderr)
        return 2
    missing = missing_libraries()
    if missing:
        print(missing_sentence(missing), file=sys.stderr)
        return LIBRARY_MISSING
    from gui.app import run_window  # noqa: PLC0415 - Qt cannot be imported before that is known

    return run_child(run_window)


if __name__ == "__main__":
    sys.exit(main())
