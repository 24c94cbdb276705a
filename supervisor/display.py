"""Whether a window can be shown here at all. Asked by the commands that show one, before anything heavy is loaded."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def has_display(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether there is a display to show a window on."""
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
