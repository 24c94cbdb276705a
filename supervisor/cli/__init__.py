"""The `stepwell` command. `main` is what the installed script calls; the commands themselves are in app.py.

This file imports nothing of weight, so that `stepwell --version` costs no more than Python itself.
"""

from __future__ import annotations

import sys

from shared.standard_streams import occupy_standard_streams
from supervisor.cli.closing import EXIT_BROKEN_PIPE, OUTPUT_LOST, flush_output, forget_output, output_lost


def main() -> None:
    """Run the command that argv names, and end the process with its exit code."""
    occupy_standard_streams()
    try:
        code = flush_output(_run())
    except BrokenPipeError:
        forget_output()
        code = EXIT_BROKEN_PIPE
    except OSError as error:
        print(f"stepwell: {output_lost(error)}", file=sys.stderr)
        code = OUTPUT_LOST
    sys.exit(code)


def _run() -> int:
    if sys.argv[1:] == ["--version"]:
        import importlib.metadata

        print(f"stepwell {importlib.metadata.version('stepwell')}")
        return 0
    from supervisor.cli.app import run_command_line

    return run_command_line()
