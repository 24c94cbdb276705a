"""Screenshots on disk before the rows that name them: `screenshots/<session_id>/<step_num>-<digest16>.png`.

A picture's name carries its digest, so the file that stands under it is the picture, whole (it got there by a rename)
and is never written again. `store` returns when every picture of a batch is durable: file first, then its name, then
the name of its folder. Thumbnails are not synced: they can be rebuilt. Called by batch.py before the transaction.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct

from shared.posix import fsync_dir, write_synced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from shared.messages import Picture
    from shared.paths import Home

_THREADS: Final = 4  # fsyncs that wait together share one commit of the file system's journal
_NAME_DIGITS: Final = 16
NAMED_PICTURES: Final = (  # path and digest of every picture that a store of any schema names, but of no deleted task
    "SELECT screenshot_path, screenshot_digest FROM steps WHERE screenshot_path IS NOT NULL"
    " AND session_id IN (SELECT session_id FROM tasks) UNION ALL"
    " SELECT closing_screenshot_path, closing_screenshot_digest FROM tasks WHERE closing_screenshot_path IS NOT NULL"
)

T = TypeVar("T")


def step_path(session_id: str, step_num: int, digest: str) -> str:
    """Return where a step's screenshot lies, relative to the home."""
    return f"screenshots/{session_id}/{step_num}-{digest[:_NAME_DIGITS]}.png"


def closing_path(session_id: str, digest: str) -> str:
    """Return where a task's closing screenshot lies, relative to the home."""
    return f"screenshots/{session_id}/closing-{digest[:_NAME_DIGITS]}.png"


def thumbnail_path(session_id: str, step_num: int) -> str:
    """Return where a step's thumbnail lies, relative to the home."""
    return f"thumbs/{session_id}/{step_num}.jpg"


def digest_of_file(path: Path) -> str:
    """Return the digest of the picture at `path` as rows carry it; OSError when it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def mismatch(picture: Picture, data: bytes) -> str:
    """Return why `data` is not the picture that a record names, '' when it is."""
    if not data:
        return "the screenshot that the record names did not come with it"
    if len(data) != picture.size_bytes:
        return f"the screenshot has {len(data)} bytes, the record says {picture.size_bytes}"
    if hashlib.sha256(data).hexdigest() != picture.digest:
        return "the screenshot is not the one whose digest the record names"
    return ""


class NewPicture(Struct, frozen=True):
    """A picture to be stored: its path relative to the home, and its bytes."""

    path: str
    data: bytes


class PictureStore:
    """Writes the pictures of one home. One object, one thread."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="pictures")
        self._folders: set[Path] = set()  # whose own names are known to be durable

    def store(self, pictures: Iterable[NewPicture]) -> None:
        """Make each picture durable, unless a file of its name is there; OSError when the disk does not take one.

        A file that is there may have been named by a daemon that died before its folder was synced; so folders are
        synced either way.
        """
        wanted = {self._home.root / picture.path: picture.data for picture in pictures}
        if not wanted:
            return
        self._make_folders({path.parent for path in wanted})
        missing = [(path, data) for path, data in wanted.items() if not path.exists()]
        self._each(lambda item: write_synced(*item), missing)
        self._each(fsync_dir, sorted({path.parent for path in wanted}))

    def store_thumbnail(self, session_id: str, step_num: int, data: bytes) -> None:
        """Keep a thumbnail, best effort; OSError when the disk does not take it."""
        path = self._home.root / thumbnail_path(session_id, step_num)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(data)

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def _make_folders(self, folders: set[Path]) -> None:
        new = folders - self._folders
        for folder in new:
            folder.mkdir(mode=0o700, exist_ok=True)
        if new:
            fsync_dir(self._home.screenshots)
            self._folders |= new

    def _each(self, act: Callable[[T], None], items: list[T]) -> None:
        if len(items) == 1:
            act(items[0])
        else:
            list(self._pool.map(act, items))
