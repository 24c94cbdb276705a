"""The phone's few files: in memory, bounded, gone when the phone is. Used by the shell's commands and by sync."""

from __future__ import annotations

import posixpath
import stat
import threading
import time
from typing import Final

import msgspec

_FILE_MODE: Final = stat.S_IFREG | 0o644
_DIR_MODE: Final = stat.S_IFDIR | 0o755
_MAX_BYTES: Final = 32 * 1024 * 1024  # of all files together
_FOLDERS: Final = ("/", "/sdcard", "/sdcard/Download", "/data", "/data/local", "/data/local/tmp")
_SDCARD: Final = ("/storage/emulated/0", "/storage/self/primary", "/mnt/sdcard")  # other names of /sdcard


class NoSpaceError(Exception):
    """The phone's files would become larger than a demo may be."""


class File(msgspec.Struct, frozen=True):
    """A file, or a folder when `mode` says so."""

    mode: int
    content: bytes
    modified: int  # seconds since 1970


class Files:
    """All files, by absolute path."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        now = int(time.time())
        self._files = {path: File(_DIR_MODE, b"", now) for path in _FOLDERS}

    def find(self, path: str) -> File | None:
        """Return a file or folder, or None."""
        with self._lock:
            return self._files.get(_normal(path))

    def read(self, path: str) -> bytes | None:
        """Return a file's content; None when it is not there or is a folder."""
        file = self.find(path)
        return file.content if file is not None and stat.S_ISREG(file.mode) else None

    def write(self, path: str, content: bytes, *, append: bool = False, modified: int | None = None) -> None:
        """Store a file, with the folders that it needs; NoSpaceError when the phone is full."""
        path = _normal(path)
        with self._lock:
            former = self._files.get(path)
            if append and former is not None:
                content = former.content + content
            others = sum(len(file.content) for name, file in self._files.items() if name != path)
            if others + len(content) > _MAX_BYTES:
                raise NoSpaceError(f"{path}: No space left on device")
            now = int(time.time())
            self._files[path] = File(_FILE_MODE, content, now if modified is None else modified)
            folder = posixpath.dirname(path)
            while folder not in self._files:
                self._files[folder] = File(_DIR_MODE, b"", now)
                folder = posixpath.dirname(folder)

    def remove(self, path: str, *, recursive: bool = False) -> bool:
        """Remove a file, or a folder with all below it; False when nothing was there."""
        path = _normal(path)
        with self._lock:
            file = self._files.get(path)
            if file is None or (stat.S_ISDIR(file.mode) and not recursive) or path in _FOLDERS:
                return False
            for name in [name for name in self._files if name == path or name.startswith(path + "/")]:
                del self._files[name]
            return True

    def listing(self, path: str) -> dict[str, File]:
        """Return what lies directly in a folder, by name."""
        folder = _normal(path)
        with self._lock:
            inside = {name: file for name, file in self._files.items() if name != "/"}
        return {posixpath.basename(name): file for name, file in inside.items() if posixpath.dirname(name) == folder}


def _normal(path: str) -> str:
    clean = posixpath.normpath("/" + path).replace("//", "/")
    for alias in _SDCARD:
        if clean == alias or clean.startswith(alias + "/"):
            return "/sdcard" + clean[len(alias) :]
    return clean
