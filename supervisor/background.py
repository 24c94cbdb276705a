"""A supervisor in a process of its own: `python -P -m supervisor.background HOME OPTIONS`, started by launch.py only.

The same life as `stepwell up`, without the command line's libraries: it starts sooner and stays smaller.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

from shared.errors import StepwellError
from shared.paths import Home
from shared.standard_streams import occupy_standard_streams
from supervisor.launch import report_start
from supervisor.options import StartOptions
from supervisor.runner import supervise


def main(home: str, options: str) -> int:
    """Supervise until the end; 1 when it could not be started, and whoever started it was told why."""
    occupy_standard_streams()
    os.umask(0o077)
    try:
        supervise(Home(Path(home)), msgspec.json.decode(options, type=StartOptions))
    except StepwellError as error:
        report_start(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
