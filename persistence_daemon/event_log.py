"""The event log: every committed event once more, one line each, in files that need no database to be read.

A file is called `<first seq>-<timeline>.jsonl`; a line is the CRC-32 of the JSON as 8 hexadecimal digits, a space, the
JSON of the `Event`, a newline. Lines are appended before the COMMIT that they belong to and without a sync of their
own (SQLite's is the one that counts); a thread syncs every second, off the commit path. What a failed commit has
appended is cut again, and the cut is synced before the next append.

Called by batch.py (append, cut) and at start. Reading is log_reader.py's. Must not know what events mean.
"""

from __future__ import annotations

import os
import threading
import zlib
from typing import TYPE_CHECKING, Final

import msgspec

from shared.posix import fsync_dir
from shared.settings import EVENT_LOG_FILE_BYTES, EVENT_LOG_SYNC_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from shared.messages import Event

_SEQ_DIGITS: Final = 12  # so that the names sort as the numbers do
_encoder: Final = msgspec.json.Encoder()


def file_name(first_seq: int, timeline: str) -> str:
    """Return the name of the file whose first line is event `first_seq` of `timeline`."""
    return f"{first_seq:0{_SEQ_DIGITS}}-{timeline}.jsonl"


def line_of(event: Event) -> bytes:
    """Return the log's line for an event."""
    data = _encoder.encode(event)
    return b"%08x %b\n" % (zlib.crc32(data), data)


class EventLog:
    """The file at the log's end, open for appending. `append`, `cut` and `rotate` belong to the writing thread."""

    def __init__(
        self, folder: Path, timeline: str, *, file_bytes: int = EVENT_LOG_FILE_BYTES, path: Path | None = None
    ) -> None:
        self._folder = folder
        self._timeline = timeline
        self._file_bytes = file_bytes
        self._lock = threading.Lock()  # the sync thread must not meet a closed descriptor
        self._descriptor = -1
        self._size = 0
        self._unsynced = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        if path is not None:
            self._open(path, os.O_WRONLY | os.O_APPEND)

    def append(self, events: Sequence[Event]) -> int:
        """Append the lines of one batch and return the size before, for `cut`; OSError when the disk is full."""
        self.make_ready(events[0].seq)
        before = self._size
        data = b"".join([line_of(event) for event in events])
        self._size += len(data)
        self._unsynced = True
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        return before

    def make_ready(self, first_seq: int) -> None:
        """Begin a new file when there is none or it is full; OSError, with nothing to cut, when that fails."""
        if self._descriptor < 0 or self._size >= self._file_bytes:
            self.rotate(first_seq)

    def cut(self, size: int) -> None:
        """Take back everything behind `size`: its commit failed. On disk when this returns."""
        os.ftruncate(self._descriptor, size)
        os.fsync(self._descriptor)
        self._size = size

    @property
    def size(self) -> int:
        """The bytes in the file at the end."""
        return self._size

    def rotate(self, first_seq: int) -> None:
        """Begin the file whose first line will be `first_seq`; the one before is synced first."""
        self.sync()
        self._open(self._folder / file_name(first_seq, self._timeline), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        fsync_dir(self._folder)

    def sync(self) -> None:
        """Make everything that was appended durable; OSError when the disk fails, and then nothing may be trusted."""
        with self._lock:
            if self._unsynced and self._descriptor >= 0:
                self._unsynced = False
                os.fdatasync(self._descriptor)

    def start_syncing(self, on_failure: Callable[[OSError], None]) -> None:
        """Sync every second from a thread; `on_failure` is called from it, once."""
        self._thread = threading.Thread(target=self._sync_forever, args=(on_failure,), name="log sync", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Sync what is left and close."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.sync()
        with self._lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1

    def _sync_forever(self, on_failure: Callable[[OSError], None]) -> None:
        while not self._stop.wait(EVENT_LOG_SYNC_S):
            try:
                self.sync()
            except OSError as error:
                on_failure(error)
                return

    def _open(self, path: Path, flags: int) -> None:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with self._lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
            self._descriptor = descriptor
            self._size = os.fstat(descriptor).st_size
