"""Becomes the adb server, after asking the kernel to end it together with the supervisor.

    python -P -m supervisor.adb_exec PARENT_PID ADB ARGUMENT...

adb cannot watch a life-line, so the kernel has to do it. Started by adb_server.py; imports as little as it can.
"""

from __future__ import annotations

import os
import sys

from shared.posix import end_with_parent

if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]))
    try:
        os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.exit(f"{sys.argv[2]} cannot be started: {error.strerror}")
