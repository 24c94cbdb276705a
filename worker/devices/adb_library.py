"""The one place that imports adbutils, without what it needs only for things that Stepwell never asks of it.

`requests` (4 MB and 0.3 s of every worker) downloads APKs; Pillow (9 MB) turns screenshots into its images, while
Stepwell takes them as bytes and loads Pillow with the first thumbnail. Both are found by the real names afterwards.
"""

from __future__ import annotations

import sys
from types import ModuleType


def _stand_in(name: str, **members: object) -> ModuleType:
    module = ModuleType(name)
    module.__dict__.update(members)
    return module


_STAND_INS = {
    "requests": _stand_in("requests"),
    "PIL": _stand_in("PIL", Image=_stand_in("PIL.Image", Image=object), UnidentifiedImageError=OSError),
}
_kept_out = {name: module for name, module in _STAND_INS.items() if name not in sys.modules}
sys.modules.update(_kept_out)
try:
    from adbutils import AdbClient, AdbConnection, AdbError, adb_path
finally:
    for _name in _kept_out:
        del sys.modules[_name]

__all__ = ["AdbClient", "AdbConnection", "AdbError", "adb_path"]
