"""The outbox: where a record waits on disk while the daemon does not answer. The daemon reads it when this worker dies.

One file a parcel, `<n:08d>.rec`, the MessagePack frame of a `WriteRecords`, and `<n:08d>.png` with its picture, written
before it; each whole or not at all, and on disk when `write` returns. In order of n. Called by the step buffer only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.messages import Record, WriteRecords
from shared.posix import fsync_dir, write_durably
from shared.wire import encode

if TYPE_CHECKING:
    from pathlib import Path

    from shared.identity import Identity


class Outbox:
    """The folder of this incarnation's outbox; its maker holds the lock beside it."""

    def __init__(self, folder: Path, identity: Identity) -> None:
        self._folder = folder
        self._identity = identity

    def write(self, number: int, records: tuple[Record, ...], picture: bytes) -> None:
        """Put the records on disk under `number`; OSError when the disk does not take them."""
        if picture:
            write_durably(self._path(number, "png"), picture)
        write_durably(self._path(number, "rec"), encode(self._identity, WriteRecords(records=records), number))

    def remove(self, number: int) -> None:
        """Forget what the daemon has acknowledged. Not urgent: the daemon knows a record that comes again."""
        self._path(number, "rec").unlink(missing_ok=True)
        self._path(number, "png").unlink(missing_ok=True)

    def empty(self) -> bool:
        """Tell whether nothing waits on disk."""
        return not any(self._folder.glob("*.rec"))

    def sync(self) -> None:
        """Make the removals durable."""
        fsync_dir(self._folder)

    def _path(self, number: int, ending: str) -> Path:
        return self._folder / f"{number:08d}.{ending}"
