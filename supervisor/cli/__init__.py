"""The `stepwell` command. `main` is what the installed script calls; the commands themselves are in app.py.

This file imports nothing of weight, so that `stepwell --version` costs no more than Python itself.
"""

from __future__ import annotations

import sys

from shared.standard_streams import occupy_standard_streams


def main() -> None:
    """Run the command that argv names, and end the process with its exit code."""
    occupy_standard_streams()
    if sys.argv[1:] == ["--version"]:
        import importlib.metadata

        print(f"stepwell {importlib.metadata.version('stepwell')}")
        return
    from supervisor.cli.app import run_command_line

    run_command_line()
