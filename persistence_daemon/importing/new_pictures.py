"""Pictures that come in before the rows that name them: durable under their final names, or taken away again.

Killed in between, they belong to nothing: `stepwell verify` names them, and the same import uses them. Called by
verb.py.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from persistence_daemon.pictures import PictureStore
from shared.faultpoints import reach

if TYPE_CHECKING:
    from pathlib import Path

    from persistence_daemon.pictures import NewPicture
    from shared.paths import Home


class NewPictures:
    """The pictures that one import has brought so far."""

    def __init__(self, home: Home) -> None:
        self._root = home.root
        self._store = PictureStore(home)
        self._made: list[Path] = []

    def keep(self, pictures: list[NewPicture]) -> None:
        """Make pictures durable; OSError when the disk does not take one."""
        self._made += [path for picture in pictures if not (path := self._root / picture.path).exists()]
        self._store.store(pictures)
        reach("import.pictures")

    def remove(self) -> None:
        """Take away what this import has brought: it did not come to its end."""
        for path in self._made:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # others are in its folder, or it is gone
                path.parent.rmdir()

    def close(self) -> None:
        """End its threads."""
        self._store.close()
