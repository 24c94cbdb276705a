"""A power cut at every instant: the system calls of a run, a disk that keeps of them what it must, and the look at it.

`record` runs power_cut_run.py under strace. `Disk` takes its calls one after the other and knows what is durable: a
file's bytes after its fsync, a name after the fsync of its folder. `states` are the ways in which the power may leave
the rest. `find_loss` opens a home that was left so by the daemon's own start code and looks for what was acknowledged.

SQLite's -shm is not kept: it is a mapped file that SQLite makes anew. Called by tests/faults/test_power_cut.py.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from store_lab import DAEMON

from persistence_daemon.backup import take_backup
from persistence_daemon.check import check_store
from persistence_daemon.rebuild import Beginning
from persistence_daemon.start import open_store
from persistence_daemon.transaction import Policy
from shared.paths import Home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

SUPPORT: Final = Path(__file__).parent
CALLS: Final = "openat,pwrite64,write,fdatasync,fsync,ftruncate,unlink,unlinkat,rename,renameat,renameat2,mkdir"
SECTOR: Final = 512  # bytes that a disk writes whole or not at all
AFTER: Final = "2026-02-01T00:00:00.000Z"
STATES: Final = ("kept", "torn", "bytes lost", "names lost", "all lost")

_LINE: Final = re.compile(r"(\d+) +(.*)")
_RESUMED: Final = re.compile(r"<\.\.\. \w+ resumed>")
_CALL: Final = re.compile(r"(\w+)\((.*)\) += (\d+)", re.DOTALL)
_TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_DESCRIPTOR: Final = re.compile(r"^(\d+)<([^>]*)>")


@dataclass(frozen=True)
class Call:
    """One system call that succeeded: its name, the file of its descriptor, its texts, its last number, its flags."""

    name: str
    path: str
    descriptor: int
    texts: tuple[bytes, ...]
    number: int
    flags: str


def record(home: Path, mutant: str) -> list[Call]:
    """Run the script in an empty home under strace and return its calls in the order of their ends."""
    trace = home.with_suffix(".strace")
    strace = ["strace", "-f", "-qq", "-xx", "-y", "-s", "70000", "-o", str(trace), "-e", f"trace={CALLS}"]
    script = [sys.executable, "-B", "-P", str(SUPPORT / "power_cut_run.py"), str(home), mutant]
    paths = os.pathsep.join([str(SUPPORT), str(SUPPORT.parents[1])])
    subprocess.run([*strace, *script], env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.PIPE, check=True)
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
            yield _call(call[1], call[2])


def _call(name: str, arguments: str) -> Call:
    texts = list(_TEXT.finditer(arguments))
    assert not any(text[2] for text in texts), f"strace cut a text of {name}"
    rest = _TEXT.sub("", arguments)
    descriptor = _DESCRIPTOR.match(rest)
    last = rest.rsplit(", ", 1)[-1]
    return Call(
        name,
        os.fsdecode(_bytes(descriptor[2])) if descriptor else "",
        int(descriptor[1]) if descriptor else -1,
        tuple(_bytes(text[1]) for text in texts),
        int(last) if last.isdigit() else 0,
        rest,
    )


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


@dataclass
class File:
    """A file: its bytes as programs see them, and as they are on the platter."""

    seen: bytearray = field(default_factory=bytearray)
    durable: bytes = b""
    torn_from: tuple[int, int, bytes] = (0, 0, b"")  # of the last write: where, how long, what was there before

    def write(self, at: int, data: bytes) -> None:
        """Write as a disk's cache does."""
        self.torn_from = (at, len(data), bytes(self.seen))
        if at > len(self.seen):
            self.seen.extend(bytes(at - len(self.seen)))
        self.seen[at : at + len(data)] = data

    def torn(self, chance: Random) -> bytes:
        """Return the bytes with only the first sectors of the last write."""
        at, length, before = self.torn_from
        first, last = at // SECTOR, (at + max(length, 1) - 1) // SECTOR
        end = max(at, SECTOR * chance.randint(first, last))
        return bytes(self.seen[:end]) + before[end:]


class Disk:
    """What a home's disk has after some calls: names and bytes, each seen or durable. A new home's folders last."""

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        folders = [str(path) for path in sorted(root.rglob("*")) if path.is_dir()]
        self.names: dict[str, File | None] = dict.fromkeys(folders)  # None: a folder
        self.durable_names: dict[str, File | None] = dict.fromkeys(folders)
        self.last: File | None = None  # the one that was written last
        self.acknowledged: list[str] = []

    def take(self, call: Call) -> bool:
        """Carry out a call; False when it is none of this disk's."""
        if call.name == "write" and call.descriptor == 1:
            self.acknowledged += call.texts[0].decode().splitlines()
            return True
        path = os.fsdecode(call.texts[0]) if call.name in ("openat", "unlink", "rename", "mkdir") else call.path
        if not path.startswith(self.root) or path.endswith(("-shm", ".lock")):
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
            case "write" | "pwrite64" | "ftruncate":
                self._change(self._file(path), call)
            case other:
                raise AssertionError(f"the model does not know {other}")
        return True

    def _open(self, path: str, flags: str) -> bool:
        if "O_CREAT" in flags and path not in self.names:
            self.names[path] = File()
            return True
        assert "O_TRUNC" not in flags, f"the model does not know an open that truncates: {path}"
        return False

    def _file(self, path: str) -> File:
        file = self.names[path]
        assert file is not None, path
        return file

    def _change(self, file: File, call: Call) -> None:
        if call.name == "ftruncate":
            file.seen = bytearray(file.seen[: call.number].ljust(call.number, b"\0"))
            file.torn_from = (call.number, 0, bytes(file.seen))  # torn: nothing was cut
            return
        # A plain write is at the end: the event log appends, a picture is written once from its beginning.
        file.write(call.number if call.name == "pwrite64" else len(file.seen), call.texts[0])
        self.last = file

    def _sync(self, path: str) -> None:
        if path != self.root and self.names[path] is not None:
            file = self._file(path)
            file.durable = bytes(file.seen)
            self.last = None if self.last is file else self.last
            return
        mine = {name: entry for name, entry in self.names.items() if name.rpartition("/")[0] == path}
        others = {name: entry for name, entry in self.durable_names.items() if name.rpartition("/")[0] != path}
        self.durable_names = {**others, **mine}

    def left(self, state: str, chance: Random) -> dict[str, bytes | None]:
        """Return what a power cut leaves: bytes by name, None for a folder."""
        names = self.durable_names if state in ("names lost", "all lost") else self.names
        found: dict[str, bytes | None] = {}
        for name, file in sorted(names.items()):
            folder = name.rpartition("/")[0]
            if folder != self.root and folder not in found:
                continue  # what lies in a folder that has lost its name is lost with it
            if file is None:
                found[name] = None
            elif state == "torn" and file is self.last:
                found[name] = file.torn(chance)
            else:
                found[name] = file.durable if state in ("bytes lost", "all lost") else bytes(file.seen)
        return found


def put(left: dict[str, bytes | None], old: Path, root: Path) -> None:
    """Make a home of what was left of the one at `old`."""
    Home(root).prepare()
    for name, data in left.items():
        path = root / Path(name).relative_to(old)
        if data is None:
            path.mkdir(mode=0o700, exist_ok=True)
        else:
            path.write_bytes(data)


def find_loss(root: Path, acknowledged: list[str]) -> list[str]:
    """Open a home by the daemon's start code; return what is missing, there twice or against the invariants."""
    home = Home(root)
    policy = Policy(DAEMON, False, lambda _worker: True)
    begin = Beginning(AFTER, "timelineafter", str(DAEMON), demo=False, start_id="start-2")
    opened = open_store(home, policy, begin)
    try:
        if opened.backup_reason:
            take_backup(home, opened.backup_reason, AFTER, opened.store.log.sync)
        rows = opened.store.connection.execute("SELECT step_num, thinking, message, outcome FROM steps")
        there: Counter[str] = Counter()
        for number, thinking, message, outcome in rows:
            there[f"begun {number} {thinking}"] += 1
            if outcome is not None:
                there[f"finished {number} {message}"] += 1
        lost = [
            f"{word!r} was acknowledged and is there {there[word]} times" for word in acknowledged if there[word] != 1
        ]
        return lost + check_store(home)
    finally:
        opened.store.close()
