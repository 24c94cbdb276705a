"""What a person asked for when starting Stepwell; goes from the command line to the supervisor's process as JSON."""

from __future__ import annotations

from msgspec import Struct


class StartOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`seed`, `language` and `fast` are the demo's. `store_only`: the store alone, to read records.

    `window_language`: what the window speaks in this start; '' leaves it to the settings, which it never changes.
    `window`: with the window, as a child of the supervisor. `ends_with_window`: whoever started it brings everything
    down when that window is closed, so that the window can say so.
    """

    demo: bool = False
    store_only: bool = False
    window: bool = False
    ends_with_window: bool = False
    devices: tuple[str, ...] = ()
    all_devices: bool = False
    resume_queue: bool = False
    fast: bool = False
    seed: int | None = None
    language: str = ""
    window_language: str = ""
