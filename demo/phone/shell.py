"""Carries out a shell line: commands in order, joined by `;`, `&&`, `||`, `|`, with `$?` and redirection.

Called by `services` with a line that is already in the command log. It raises nothing: what goes wrong is said on the
error stream, with an exit code, as a shell does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from demo.phone.commands import TABLE, changes_phone
from demo.phone.commands.base import Result, World, refused
from demo.phone.files import NoSpaceError
from demo.phone.shell_words import Command, ShellSyntaxError, expand, parse

if TYPE_CHECKING:
    from demo.phone.shell_words import Redirect

OUT: Final = 1
ERR: Final = 2
_NOT_FOUND: Final = 127
_SYNTAX: Final = 2
_DEVICES: Final = ("/dev/null", "/dev/tty", "/dev/stdout")


class Answer(msgspec.Struct, frozen=True):
    """What a line wrote, in order, as (stream, bytes), and its exit code."""

    pieces: tuple[tuple[int, bytes], ...]
    exit: int


def is_mutating(line: str) -> bool:
    """Tell whether a line holds a command that changes the phone; nonsense changes nothing."""
    try:
        return any(changes_phone(command.words) for command in parse(line))
    except ShellSyntaxError:
        return False


def is_demo_fault(line: str) -> bool:
    """Tell whether a line is the demo's own `demo-fault`, which no fault may hinder."""
    return line.split(maxsplit=1)[:1] == ["demo-fault"]


def run(world: World, line: str) -> Answer:
    """Carry out a line and return what it wrote."""
    try:
        commands = parse(line)
    except ShellSyntaxError as error:
        return Answer(((ERR, f"sh: {error}\n".encode()),), _SYNTAX)
    pieces: list[tuple[int, bytes]] = []
    last_exit, piped = 0, b""
    for number, command in enumerate(commands):
        if (command.joined == "&&" and last_exit != 0) or (command.joined == "||" and last_exit == 0):
            continue
        result = _run_one(world, command, last_exit, piped if command.joined == "|" else b"")
        last_exit = result.exit
        into_pipe = number + 1 < len(commands) and commands[number + 1].joined == "|"
        piped = result.out if into_pipe else b""
        pieces += [(OUT, b"" if into_pipe else result.out), (ERR, result.err)]
    return Answer(tuple(piece for piece in pieces if piece[1]), last_exit)


def _run_one(world: World, command: Command, last_exit: int, stdin: bytes) -> Result:
    words = [expand(word, last_exit) for word in command.words]
    try:
        result = _call(world, words, stdin) if words else Result()
        for redirect in command.redirects:
            result = _redirected(world, result, redirect)
    except NoSpaceError as error:
        return refused(f"sh: {error}")
    return result


def _call(world: World, words: list[str], stdin: bytes) -> Result:
    function = TABLE.get(words[0].rpartition("/")[2])
    if function is None:
        return refused(f"sh: {words[0]}: inaccessible or not found", _NOT_FOUND)
    return function(world, words[1:], stdin)


def _redirected(world: World, result: Result, redirect: Redirect) -> Result:
    if redirect.target == "&1" and redirect.stream == ERR:
        return Result(out=result.out + result.err, exit=result.exit)
    if redirect.target == "&2" and redirect.stream == OUT:
        return Result(err=result.out + result.err, exit=result.exit)
    content = result.out if redirect.stream == OUT else result.err
    if redirect.target not in _DEVICES:
        world.files.write(redirect.target, content, append=redirect.append)
    elif redirect.target != "/dev/null":
        return result
    if redirect.stream == OUT:
        return Result(err=result.err, exit=result.exit)
    return Result(out=result.out, exit=result.exit)
