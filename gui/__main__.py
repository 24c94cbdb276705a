"""`python -P -m gui`: the window's process. A system library that is missing is named before Qt is imported."""

from __future__ import annotations

import sys

from shared.child import is_child, run_child

_LIBRARY_MISSING = 78  # the supervisor tells the sentence on stderr, and goes on without a window


def main() -> int:
    """Run the window as a child of whoever started it."""
    if not is_child():
        print("gui: this is started by `stepwell up`, `stepwell demo` or `stepwell gui`", file=sys.stderr)
        return 2
    try:
        from gui.app import run_window  # noqa: PLC0415 - it may not be importable
    except ImportError as error:
        print(f"the window cannot be shown: {error}", file=sys.stderr)
        return _LIBRARY_MISSING
    return run_child(run_window)


if __name__ == "__main__":
    sys.exit(main())
