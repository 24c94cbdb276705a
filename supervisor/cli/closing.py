"""The end of a command's output: nothing is lost unsaid, and whoever has stopped reading gets no traceback.

What Python flushes after the last line of a program can only fail with a traceback; so it is flushed here, while a
sentence can still be said. Imports nothing of weight: `stepwell --version` needs it too.
"""

from __future__ import annotations

import os
import sys
from typing import Final

EXIT_BROKEN_PIPE: Final = 141  # 128 + SIGPIPE, as a shell tells of any program whose reader has gone
OUTPUT_LOST: Final = 1


def flush_output(code: int) -> int:
    """Write out what was printed; return `code`, or 1 when the output takes nothing, which is said on stderr.

    Raises BrokenPipeError when whoever read it has gone.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"stepwell: {output_lost(error)}", file=sys.stderr)
        return OUTPUT_LOST
    return code


def output_lost(error: OSError) -> str:
    """Return what to say when the output takes nothing; what was not written yet is given up, so that nobody tries."""
    _forget(1)
    return f"the output cannot be written: {error.strerror}"


def forget_output() -> None:
    """Let what is still to be flushed go nowhere: nobody reads it any more."""
    for descriptor in (1, 2):
        _forget(descriptor)


def _forget(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
