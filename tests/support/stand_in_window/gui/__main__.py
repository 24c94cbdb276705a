"""A window without a picture. `STAND_IN_WINDOW` says how it behaves; it is closed by a file `close-window` in run/.

What it was started with stands in `window-options.json` there.

open (by default), slow (never ready), hung (ready, then its loop stops), library (a system library is missing).
"""

from __future__ import annotations

import json
import os
import sys
import threading

from shared.child import Child, run_child

HOW = os.environ.get("STAND_IN_WINDOW", "open")


def main(child: Child) -> int:
    (child.home.run / "window-options.json").write_text(json.dumps(child.config.options))
    if HOW != "slow":
        child.ready()
    if HOW == "hung":
        threading.Event().wait()
    while not child.stop_requested.wait(0.05):
        child.alive()
        if (child.home.run / "close-window").exists():
            return 0
    return 0


if __name__ == "__main__":
    if HOW == "library":
        print("the window cannot be shown: libGL.so.1 is missing; apt-get install libgl1", file=sys.stderr)
        sys.exit(78)
    sys.exit(run_child(main))
