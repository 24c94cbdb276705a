"""The event log: every committed event once more, one line each, in files that need no database to be read.

A file is called `<first seq>-<timeline>.jsonl`; a line is the CRC-32 of the JSON as 8 hexadecimal digits, a space, the
JSON of the `Event`, a newline. Lines are appended before the COMMIT that they belong to and without a sync of their
own (SQLite's is the one that counts); a thread syncs every second, off the commit path. What a failed commit has
appended is cut again, and the cut is synced before the next append.

What must be in the log as a whole or not at all, and may be too much for one append, comes as a file of its own
(`NewLogFile`), which is there when it has its name.

Called by batch.py (append, cut), large_commit.py and at start. Reading is log_reader.py's. Must not know what events
mean.
"""

from __future__ import annotations

import contextlib
import os
import threading
import zlib
from typing import TYPE_CHECKING, Final

import msgspec

from shared.errors import ErrorCode, StoreError
from shared.posix import fsync_dir
from shared.settings import EVENT_LOG_FILE_BYTES, EVENT_LOG_SYNC_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import BinaryIO

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


class NewLogFile:
    """A file of the log that nobody sees before `take_name`, and that `remove` takes away again, named or not."""

    def __init__(self, folder: Path, first_seq: int, timeline: str) -> None:
        """Open it; OSError when the disk does not take it, StoreError when lines stand where it would."""
        self._folder = folder
        self._path = folder / file_name(first_seq, timeline)
        if self._path.exists() and self._path.stat().st_size > 0:
            raise StoreError(
                ErrorCode.INTERNAL,
                f"{self._path} has lines of events that the store does not have",
                remedy="look at it with `stepwell verify`",
            )
        self._temporary = self._path.with_name(f".{self._path.name}.tmp")
        self._named = False
        self._file: BinaryIO = open(self._temporary, "wb", opener=_private)  # noqa: SIM115 - closed by the two below

    def add(self, event: Event) -> None:
        """Write one line; OSError when the disk is full."""
        self._file.write(line_of(event))

    def take_name(self) -> None:
        """Make the file durable, then its name: from now on its events are in the log, all of them."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._named = True
        self._temporary.rename(self._path)
        fsync_dir(self._folder)

    def remove(self) -> None:
        """Take the file back: its commit failed. Gone from the disk when this returns."""
        with contextlib.suppress(OSError):  # what cannot be flushed any more is removed below
            self._file.close()
        self._temporary.unlink(missing_ok=True)
        if self._named:
            self._path.unlink(missing_ok=True)
        fsync_dir(self._folder)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
