"""The one place that imports adbutils, without `requests`.

That package costs every worker 4 MB and 0.3 s, and adbutils uses it only to download APKs, which Stepwell never asks
it to do.
"""

from __future__ import annotations

import sys
from types import ModuleType

_KEPT_OUT = "requests"
_before = sys.modules.get(_KEPT_OUT)
if _before is None:
    sys.modules[_KEPT_OUT] = ModuleType(_KEPT_OUT)
try:
    from adbutils import AdbClient, AdbConnection, AdbError, adb_path
finally:
    if _before is None:
        del sys.modules[_KEPT_OUT]

__all__ = ["AdbClient", "AdbConnection", "AdbError", "adb_path"]
