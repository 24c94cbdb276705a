"""Callbacks that come late: whether the widget that they belong to is still there.

The window is built anew when its language or theme changes, so an answer may arrive for a widget that has gone; to
call it would raise. Used by link.py and pictures.py.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from shiboken6 import isValid

if TYPE_CHECKING:
    from collections.abc import Callable


def still_there(callback: Callable[..., Any]) -> bool:
    """Tell whether `callback` may be called: it is no method of a QObject that was deleted."""
    while isinstance(callback, partial):
        callback = callback.func
    owner = getattr(callback, "__self__", None)
    return not isinstance(owner, QObject) or isValid(owner)
