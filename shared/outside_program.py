"""How a task names the outside program of a `command` agent: its arguments and the folder in which it is started.

It travels as JSON in the task's `script`, so that the very program is part of the record. No shell is involved: the
first argument is the program. Written by the command line, read by the worker. Pure.
"""

from __future__ import annotations

import shlex
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from shared.errors import BadInputError, ErrorCode

AGENT: Final = "command"  # the agent that runs such a program
MARK: Final = "an outside program, whose own acts on the phone stand in no step"  # in each of its runs' record
_FORM: Final = 'a `command` task names its program as {"argv": ["python3", "agent.py"], "directory": "/absolute/path"}'
_Argument = Annotated[str, Meta(max_length=1 << 16, pattern=r"\A[^\x00]*\Z")]


class Program(Struct, frozen=True, forbid_unknown_fields=True):
    """A program and where it is started."""

    argv: Annotated[tuple[_Argument, ...], Meta(min_length=1, max_length=256)]
    directory: Annotated[str, Meta(max_length=4096, pattern=r"\A/[^\x00]*\Z")]

    def __str__(self) -> str:
        return shlex.join(self.argv)


def program_of(command: str, directory: str) -> Program:
    """Return what a person wrote on one line, as a shell would split it; BadInputError BAD_REQUEST when it cannot."""
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise _bad(f"the command {command!r} cannot be split into words: {error}") from None
    return read_program(msgspec.json.encode({"argv": words, "directory": directory}).decode())


def program_text(program: Program) -> str:
    """Return the form in which a task carries it."""
    return msgspec.json.encode(program).decode()


def read_program(text: str) -> Program:
    """Return the program that a task's `script` names; BadInputError BAD_REQUEST when it names none."""
    try:
        program = msgspec.json.decode(text, type=Program)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _bad(f"the task names no program that can be started: {error}") from None
    if not program.argv[0]:
        raise _bad("the task names no program that can be started: its name is empty")
    return program


def _bad(sentence: str) -> BadInputError:
    return BadInputError(ErrorCode.BAD_REQUEST, sentence, remedy=_FORM)
