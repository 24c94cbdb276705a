"""`stepwell vacuum`: free space within the store's file is given back to the disk.

The daemon does it, in portions that hold nobody up, as long as this command asks for it. With nothing running, the
store alone is started for as long as the command takes.
"""

from __future__ import annotations

import sys

from supervisor.cli.output import HomeOption, JsonOption, console, print_json
from supervisor.cli.prune import wait_for_none, wait_until_gone
from supervisor.cli.tasks import connect_to_read
from supervisor.cli.verb import Bar


def vacuum(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Give the space back that deleted tasks have left within the store's file. Example:  stepwell vacuum"""
    client = connect_to_read(home)
    bar = Bar(wanted=not as_json)
    try:
        wait_until_gone(client, bar)
        before = client.tidy().size_bytes
        left = wait_for_none("giving space back", lambda: client.tidy(vacuum=True).free_bytes, bar)
    finally:
        bar.close()
    size = client.tidy().size_bytes
    if left:
        print(f"stepwell: {left / 1e6:.1f} MB stay unused: see stepwell logs", file=sys.stderr)
    if as_json:
        print_json({"regained_bytes": max(0, before - size), "size_bytes": size})
        return
    console().print(f"regained {max(0, before - size) / 1e6:.1f} MB; the store has {size / 1e6:.1f} MB", markup=False)
