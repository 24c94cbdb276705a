"""`stepwell gui`: a window at any time, on the Stepwell that runs in a home."""

from __future__ import annotations

from supervisor.cli.output import HomeOption, home_of


def gui(home: HomeOption = None) -> None:
    """Open a window on the running Stepwell; closing it, or Ctrl-C, ends only the window. Example:  stepwell gui"""
    from supervisor.client import Client
    from supervisor.window import show_window

    place = home_of(home)
    client = Client(place)
    try:
        running = client.processes()
    finally:
        client.close()
    show_window(place, running)
