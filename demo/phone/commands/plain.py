"""The small commands of any shell: `echo`, `cat`, `rm`, `ls`, `grep`, `head`, `sleep` and the like."""

from __future__ import annotations

import re
import stat
import time
from typing import Final

from demo.phone.commands.base import FAILED, Result, World, refused, said

_HEAD_LINES: Final = 10
_LONGEST_SLEEP: Final = 60.0  # seconds


def echo(_world: World, words: list[str], _stdin: bytes) -> Result:
    """`echo [-n] …`."""
    bare = words[:1] == ["-n"]
    text = " ".join(words[1:] if bare else words)
    return Result(out=(text if bare else text + "\n").encode("utf-8", "surrogateescape"))


def cat(world: World, words: list[str], stdin: bytes) -> Result:
    """`cat [FILE…]`."""
    if not words:
        return Result(out=stdin)
    out, missing = b"", ""
    for path in words:
        content = world.files.read(path)
        missing += "" if content is not None else f"cat: {path}: No such file or directory\n"
        out += content or b""
    return Result(out=out, err=missing.encode(), exit=FAILED if missing else 0)


def remove(world: World, words: list[str], _stdin: bytes) -> Result:
    """`rm [-f] [-r] FILE…`."""
    flags = "".join(word for word in words if word.startswith("-"))
    missing = ""
    for path in [word for word in words if not word.startswith("-")]:
        if not world.files.remove(path, recursive="r" in flags) and "f" not in flags:
            missing += f"rm: {path}: No such file or directory\n"
    return Result(err=missing.encode(), exit=FAILED if missing else 0)


def list_files(world: World, words: list[str], _stdin: bytes) -> Result:
    """`ls [FOLDER]`."""
    path = next((word for word in words if not word.startswith("-")), "/")
    file = world.files.find(path)
    if file is None:
        return refused(f"ls: {path}: No such file or directory")
    names = sorted(world.files.listing(path)) if stat.S_ISDIR(file.mode) else [path]
    return said("\n".join(names))


def grep(_world: World, words: list[str], stdin: bytes) -> Result:
    """`grep [-i] [-E] PATTERN` of what comes through the pipe."""
    flags = "".join(word for word in words if word.startswith("-"))
    pattern = next((word for word in words if not word.startswith("-")), "")
    try:
        wanted = re.compile(pattern, re.IGNORECASE if "i" in flags else 0)
    except re.error as error:
        return refused(f"grep: bad pattern: {error}", 2)
    found = [line for line in stdin.decode("utf-8", "replace").splitlines() if wanted.search(line)]
    result = said("\n".join(found))
    return result if found else Result(exit=FAILED)


def head(_world: World, words: list[str], stdin: bytes) -> Result:
    """`head [-n N]` of what comes through the pipe."""
    digits = "".join(char for char in "".join(words) if char.isdigit())
    count = int(digits) if digits else _HEAD_LINES
    return Result(out=b"".join(stdin.splitlines(keepends=True)[:count]))


def sleep(_world: World, words: list[str], _stdin: bytes) -> Result:
    """`sleep SECONDS`."""
    try:
        seconds = float(words[0])
    except (IndexError, ValueError):
        return refused("sleep: bad time")
    time.sleep(min(max(0.0, seconds), _LONGEST_SLEEP))
    return Result()


def true(_world: World, _words: list[str], _stdin: bytes) -> Result:
    """Do nothing, successfully."""
    return Result()


def false(_world: World, _words: list[str], _stdin: bytes) -> Result:
    """Do nothing, unsuccessfully."""
    return Result(exit=FAILED)


def user_id(_world: World, _words: list[str], _stdin: bytes) -> Result:
    """`id`: adb's shell user."""
    return said("uid=2000(shell) gid=2000(shell) groups=2000(shell)")


def which(_world: World, _words: list[str], _stdin: bytes) -> Result:
    """`which`: this phone's commands lie in no file."""
    return Result(exit=FAILED)
