"""The `sync:` service: files to and from the phone (STAT, LIST, RECV, SEND), protocol version 1.

Source: Android's `packages/modules/adb/SYNC.TXT`. Each request is four letters and a length, then a path. Called by
`services` on a stream of its own.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from demo.phone.files import File, NoSpaceError

if TYPE_CHECKING:
    from demo.phone.command_log import CommandLog
    from demo.phone.connection import Stream
    from demo.phone.files import Files

_REQUEST: Final = struct.Struct("<4sI")
_STAT: Final = struct.Struct("<4s3I")
_ENTRY: Final = struct.Struct("<4s4I")
_DATA_MAX: Final = 64 * 1024
_PATH_MAX: Final = 1024
_FILE_MAX: Final = 32 * 1024 * 1024
_MISSING: Final = File(0, b"", 0)


def serve_sync(stream: Stream, files: Files, log: CommandLog) -> None:
    """Answer requests until QUIT or until the host breaks the protocol."""
    while True:
        verb, length = _REQUEST.unpack(stream.read_exact(_REQUEST.size))
        handler = _HANDLERS.get(verb)
        if verb == b"QUIT":
            return
        if handler is None or length > _PATH_MAX:
            _fail(stream, f"unknown or overlong request {verb!r}")
            return
        path = stream.read_exact(length).decode("utf-8", "replace")
        number = log.begin(f"{verb.decode()} {path}", "sync", mutating=verb == b"SEND")
        log.end(number, handler(stream, files, path))


def _stat(stream: Stream, files: Files, path: str) -> int:
    file = files.find(path) or _MISSING
    stream.write(_STAT.pack(b"STAT", file.mode, len(file.content), file.modified))
    return 0


def _list(stream: Stream, files: Files, path: str) -> int:
    for name, file in files.listing(path).items():
        raw = name.encode()
        stream.write(_ENTRY.pack(b"DENT", file.mode, len(file.content), file.modified, len(raw)) + raw)
    stream.write(_ENTRY.pack(b"DONE", 0, 0, 0, 0))
    return 0


def _receive(stream: Stream, files: Files, path: str) -> int:
    content = files.read(path)
    if content is None:
        return _fail(stream, f"open failed: {path}: No such file or directory")
    for start in range(0, len(content), _DATA_MAX):
        piece = content[start : start + _DATA_MAX]
        stream.write(_REQUEST.pack(b"DATA", len(piece)) + piece)
    stream.write(_REQUEST.pack(b"DONE", 0))
    return 0


def _send(stream: Stream, files: Files, path_and_mode: str) -> int:
    path = path_and_mode.rpartition(",")[0] or path_and_mode
    content = bytearray()
    while True:
        verb, length = _REQUEST.unpack(stream.read_exact(_REQUEST.size))
        if verb == b"DONE":
            break
        if verb != b"DATA" or length > _DATA_MAX or len(content) + length > _FILE_MAX:
            return _fail(stream, f"{path}: not a piece of a file, or more than this phone holds")
        content += stream.read_exact(length)
    try:
        files.write(path, bytes(content), modified=length)
    except NoSpaceError as error:
        return _fail(stream, str(error))
    stream.write(_REQUEST.pack(b"OKAY", 0))
    return 0


def _fail(stream: Stream, reason: str) -> int:
    raw = reason.encode()
    stream.write(_REQUEST.pack(b"FAIL", len(raw)) + raw)
    return 1


_HANDLERS: Final = {b"STAT": _stat, b"LIST": _list, b"RECV": _receive, b"SEND": _send}
