"""A power cut at every instant: the system calls of a script, and a disk that keeps of them what it must.

`record` runs a script of store_scripts.py under strace. `Disk` takes its calls one after the other and knows what is
durable: a file's bytes after its fsync, a name after the fsync of its folder. `Disk.states` are the ways in which the
power may leave the rest: all of it kept or lost, bytes or names; one write torn at 512 bytes and the later ones of its
file lost; or of the writes and the names any part, by a seed.

SQLite's -shm is not kept: it is a mapped file that SQLite makes anew. Called by tests/faults/test_power_cut.py.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from random import Random

SUPPORT: Final = Path(__file__).parent
CALLS: Final = (
    "openat,pwrite64,write,sendfile,fdatasync,fsync,ftruncate,unlink,unlinkat,rename,renameat,renameat2,mkdir"
)
SECTOR: Final = 512  # bytes that a disk writes whole or not at all
TORN: Final = 8  # of the newest unsynced writes, so many are torn, each by itself

_LINE: Final = re.compile(r"(\d+) +(.*)")
_RESUMED: Final = re.compile(r"<\.\.\. \w+ resumed>")
_CALL: Final = re.compile(r"(\w+)\((.*)\) += (\d+)", re.DOTALL)
_TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_DESCRIPTOR: Final = re.compile(r"(\d+)<([^>]*)>")
_GONE: Final = " (deleted)"

Left = dict[str, bytes | None]  # what a power cut leaves: bytes by name, None for a folder


@dataclass(frozen=True)
class Call:
    """One system call that succeeded: its name, its descriptors' files, its texts, its last number, flags, result."""

    name: str
    paths: tuple[str, ...]
    descriptor: int
    texts: tuple[bytes, ...]
    number: int
    flags: str
    result: int


def record(folder: Path, script: str, mutant: str) -> list[Call]:
    """Run a script in its prepared folder under strace and return its calls in the order of their ends."""
    trace = folder.with_suffix(".strace")
    strace = ["strace", "-f", "-qq", "-xx", "-y", "-s", "500000", "-o", str(trace), "-e", f"trace={CALLS}"]
    command = [sys.executable, "-B", "-P", str(SUPPORT / "store_scripts.py"), str(folder), script, mutant]
    paths = os.pathsep.join([str(SUPPORT), str(SUPPORT.parents[1])])
    subprocess.run([*strace, *command], env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.PIPE, check=True)
    return list(_parse(trace.read_text("ascii")))


def _parse(trace: str) -> Iterator[Call]:
    begun: dict[str, str] = {}
    for line in trace.splitlines():
        found = _LINE.match(line)
        assert found is not None, line[:200]
        thread, text = found.groups()
        if text.endswith(" <unfinished ...>"):
            begun[thread] = text.removesuffix(" <unfinished ...>")
            continue
        if _RESUMED.match(text):
            text = begun.pop(thread) + _RESUMED.sub("", text, count=1)
        call = _CALL.match(text)
        if call is not None:  # a call that failed changed nothing
            yield _call(call[1], call[2], int(call[3]))


def _call(name: str, arguments: str, result: int) -> Call:
    texts = list(_TEXT.finditer(arguments))
    assert not any(text[2] for text in texts), f"strace cut a text of {name}"
    rest = _TEXT.sub("", arguments)
    descriptors = _DESCRIPTOR.findall(rest)
    last = rest.rsplit(", ", 1)[-1]
    return Call(
        name,
        tuple(os.fsdecode(_bytes(path)) for _, path in descriptors),
        int(descriptors[0][0]) if descriptors and name != "openat" else -1,
        tuple(_bytes(text[1]) for text in texts),
        int(last) if last.isdigit() else 0,
        rest,
        result,
    )


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


@dataclass(frozen=True)
class Write:
    """A change of a file that may be lost: bytes at a place, or (None) its end cut or set there."""

    at: int
    data: bytes | None

    def torn(self, chance: Random) -> Write | None:
        """Return it with only the first of its sectors; None when that is nothing."""
        if self.data is None:
            return None
        first, last = self.at // SECTOR, (self.at + max(len(self.data), 1) - 1) // SECTOR
        end = SECTOR * chance.randint(first, last) - self.at
        return Write(self.at, self.data[:end]) if end > 0 else None


@dataclass(eq=False)
class File:
    """A file: its bytes as they are on the platter, and the changes since."""

    durable: bytes = b""
    pending: list[Write] = field(default_factory=list)
    size: int = 0  # as programs see it

    def change(self, write: Write) -> None:
        """Write as a disk's cache does."""
        self.pending.append(write)
        self.size = write.at if write.data is None else max(self.size, write.at + len(write.data))

    def sync(self) -> None:
        """Make everything durable."""
        self.durable = self.after(self.pending)
        self.pending = []

    def after(self, writes: Iterable[Write]) -> bytes:
        """Return its bytes when of what is pending only `writes` reached the disk."""
        data = bytearray(self.durable)
        for write in writes:
            if write.data is None:
                data = data[: write.at].ljust(write.at, b"\0")
                continue
            if write.at > len(data):
                data.extend(bytes(write.at - len(data)))
            data[write.at : write.at + len(write.data)] = write.data
        return bytes(data)

    def kept(self) -> bytes:
        """Return its bytes as programs see them."""
        return self.after(self.pending)

    def lost(self) -> bytes:
        """Return its bytes without anything that is not synced."""
        return self.durable

    def torn_at(self, write: Write, chance: Random) -> bytes:
        """Return its bytes with a part of `write`, what came before, and nothing of what came later."""
        part = write.torn(chance)
        before = self.pending[: self.pending.index(write)]
        return self.after([*before, *([part] if part else [])])

    def mixed(self, chance: Random) -> bytes:
        """Return its bytes with any part of what is pending: each write kept, torn or lost."""
        fates = [(write, chance.random()) for write in self.pending]
        chosen = [write if fate < 0.5 else write.torn(chance) if fate < 0.7 else None for write, fate in fates]
        return self.after([write for write in chosen if write])


Names = dict[str, File | None]  # None: a folder


class Disk:
    """What a folder's disk has after some calls. What lies there when it is made is durable."""

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self.names: Names = {str(path): _found(path) for path in sorted(root.rglob("*"))}
        self.durable_names: Names = dict(self.names)
        self.acknowledged: list[str] = []

    def take(self, call: Call) -> bool:
        """Carry out a call; False when it is none of this disk's."""
        if call.name == "write" and call.descriptor == 1:
            self.acknowledged += call.texts[0].decode().splitlines()
            return True
        by_name = call.name in ("openat", "unlink", "rename", "mkdir")
        path = os.fsdecode(call.texts[0]) if by_name else call.paths[0] if call.paths else ""
        if not path.startswith(self.root) or path.endswith(("-shm", ".lock", _GONE)):
            return False
        match call.name:
            case "openat":
                return self._open(path, call.flags)
            case "mkdir":
                self.names[path] = None
            case "unlink":
                del self.names[path]
            case "rename":
                self.names[os.fsdecode(call.texts[1])] = self.names.pop(path)
            case "fsync" | "fdatasync":
                self._sync(path)
            case "write" | "pwrite64" | "ftruncate" | "sendfile":
                self._change(self._file(path), call)
            case other:
                raise AssertionError(f"the model does not know {other}")
        return True

    def _open(self, path: str, flags: str) -> bool:
        if "O_CREAT" in flags and path not in self.names:
            self.names[path] = File()
            return True
        if "O_TRUNC" in flags:
            self._file(path).change(Write(0, None))
            return True
        return False

    def _file(self, path: str) -> File:
        file = self.names[path]
        assert file is not None, path
        return file

    def _change(self, file: File, call: Call) -> None:
        match call.name:
            case "ftruncate":
                file.change(Write(call.number, None))
            case "sendfile":
                at = file.size
                file.change(Write(at, self._file(call.paths[1]).kept()[at : at + call.result]))
            case name:
                # A plain write is at the end: the event log appends, a picture is written once from its beginning.
                file.change(Write(call.number if name == "pwrite64" else file.size, call.texts[0][: call.result]))

    def _sync(self, path: str) -> None:
        if path != self.root and self.names[path] is not None:
            self._file(path).sync()
            return
        mine = {name: entry for name, entry in self.names.items() if name.rpartition("/")[0] == path}
        others = {name: entry for name, entry in self.durable_names.items() if name.rpartition("/")[0] != path}
        self.durable_names = {**others, **mine}

    def states(self, chance: Random, mixed: int) -> Iterator[tuple[str, Left]]:
        """Yield what a power cut may leave now, each with what it is called; `mixed` of them by seed."""
        pending = [(file, write) for file in self._files() for write in file.pending]
        yield "all kept", self._left(self.names, File.kept)
        if pending:
            yield "bytes lost", self._left(self.names, File.lost)
        if self.names != self.durable_names:
            yield "names lost", self._left(self.durable_names, File.kept)
            yield "all lost", self._left(self.durable_names, File.lost)
        for number, (file, write) in enumerate(pending[-TORN:]):
            yield f"torn {number}", self._left(self.names, _tearing(file, write, chance))
        if pending or self.names != self.durable_names:
            for number in range(mixed):
                yield f"mixed {number}", self._left(self._some_names(chance), lambda file: file.mixed(chance))

    def _files(self) -> list[File]:
        return [file for file in dict.fromkeys([*self.names.values(), *self.durable_names.values()]) if file]

    def _some_names(self, chance: Random) -> Names:
        """Return the names when of their changes any part is lost; a rename never loses both of its names."""
        every = dict.fromkeys([*self.durable_names, *self.names])
        chosen: Names = {}
        for name in every:
            names = self.names if chance.random() < 0.5 else self.durable_names
            if name in names:
                chosen[name] = names[name]
        there = {id(file) for file in chosen.values()}
        for name, file in self.names.items():
            if id(file) not in there and file in self.durable_names.values():
                chosen[name] = file
        return chosen

    def _left(self, names: Names, bytes_of: Callable[[File], bytes]) -> Left:
        left: Left = {}
        for name, file in sorted(names.items()):
            folder = name.rpartition("/")[0]
            if folder != self.root and folder not in left:
                continue  # what lies in a folder that has lost its name is lost with it
            left[name] = None if file is None else bytes_of(file)
        return left


def _tearing(torn: File, write: Write, chance: Random) -> Callable[[File], bytes]:
    return lambda file: file.torn_at(write, chance) if file is torn else file.kept()


def _found(path: Path) -> File | None:
    if path.is_dir():
        return None
    data = path.read_bytes()
    return File(data, size=len(data))
