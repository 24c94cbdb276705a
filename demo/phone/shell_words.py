"""The shell's language, as far as commands for a phone use it: words, quotes, `$?`, `;`, `&&`, `||`, `|`, redirection.

Pure: a line becomes a list of commands with what joins them. What it cannot say (loops, subshells, background jobs)
is refused as a syntax error, as a shell refuses nonsense. Called by `shell`.
"""

from __future__ import annotations

from typing import Final

import msgspec

_SPACE: Final = " \t\r"
_ENDS_WORD: Final = _SPACE + "\n;&|<>()"
_REFUSED: Final = "()`"
LAST_EXIT: Final = "\0?"  # stands in a word for `$?` until the command runs; no argument can hold a NUL


class ShellSyntaxError(Exception):
    """The line is not a command line."""


class Redirect(msgspec.Struct, frozen=True):
    """`2>/dev/null`: stream 1 or 2 goes to a file (or, as `&1`, to the other stream)."""

    stream: int
    target: str
    append: bool = False


class Command(msgspec.Struct, frozen=True):
    """One simple command. `joined`: what stands before it (`;`, `&&`, `||`, `|`)."""

    joined: str
    words: tuple[str, ...]
    redirects: tuple[Redirect, ...] = ()


def parse(line: str) -> list[Command]:
    """Return the commands of a line; ShellSyntaxError when there is something this shell cannot do."""
    return _Parser(line).commands()


def expand(word: str, last_exit: int) -> str:
    """Return the word with `$?` filled in."""
    return word.replace(LAST_EXIT, str(last_exit))


class _Parser:
    def __init__(self, line: str) -> None:
        self._text = line.replace("\0", "")
        self._at = 0

    def commands(self) -> list[Command]:
        found: list[Command] = []
        joined = ";"
        while True:
            command = self._command(joined)
            ended = self._operator()
            if command is not None:
                found.append(command)
            elif ended not in {"", "\n"} or joined not in {";", "\n"}:
                raise ShellSyntaxError(f"syntax error: unexpected '{ended or 'newline'}'")
            if not ended:
                return found
            joined = ";" if ended == "\n" else ended

    def _command(self, joined: str) -> Command | None:
        words: list[str] = []
        redirects: list[Redirect] = []
        while True:
            self._skip_space()
            if self._peek() in {"", "\n", ";", "&", "|"}:
                break
            redirect = self._redirect()
            if redirect is not None:
                redirects.append(redirect)
            else:
                words.append(self._word())
        return Command(joined, tuple(words), tuple(redirects)) if words or redirects else None

    def _operator(self) -> str:
        for sign in ("&&", "||", ";", "|", "\n"):
            if self._text.startswith(sign, self._at):
                self._at += len(sign)
                if sign == ";" and not self._text[self._at :].strip():
                    self._at = len(self._text)  # a line may end in a semicolon
                    return ""
                return sign
        if self._peek():
            raise ShellSyntaxError(f"syntax error: unexpected '{self._peek()}'")
        return ""

    def _redirect(self) -> Redirect | None:
        rest = self._text[self._at :]
        for sign, stream in (("1>", 1), ("2>", 2), (">", 1)):
            if rest.startswith(sign):
                self._at += len(sign)
                append = self._peek() == ">"
                self._at += append
                return Redirect(stream, self._target(), append)
        if rest.startswith("<"):
            raise ShellSyntaxError("syntax error: this phone's shell cannot read from files by '<'")
        return None

    def _target(self) -> str:
        if self._peek() == "&":
            self._at += 1
            return "&" + self._word()
        self._skip_space()
        return self._word()

    def _word(self) -> str:
        parts: list[str] = []
        start = self._at
        while (char := self._peek()) and char not in _ENDS_WORD:
            parts.append(self._piece(char))
        if self._at == start or (char and char in _REFUSED):
            raise ShellSyntaxError(f"syntax error: unexpected '{char or 'newline'}'")
        return "".join(parts)

    def _piece(self, char: str) -> str:
        self._at += 1
        if char == "'":
            return self._until_quote("'")
        if char == '"':
            return self._double_quoted()
        if char == "\\":
            return self._take()
        if char == "$":
            return self._variable()
        if char == "`":
            raise ShellSyntaxError("syntax error: this phone's shell has no command substitution")
        return char

    def _until_quote(self, quote: str) -> str:
        end = self._text.find(quote, self._at)
        if end < 0:
            raise ShellSyntaxError("syntax error: no closing quote")
        text, self._at = self._text[self._at : end], end + 1
        return text

    def _double_quoted(self) -> str:
        parts: list[str] = []
        while (char := self._take()) != '"':
            if not char:
                raise ShellSyntaxError("syntax error: no closing quote")
            if char == "\\" and self._peek() in {'"', "\\", "$", "`"}:
                parts.append(self._take())
            elif char == "$":
                parts.append(self._variable())
            else:
                parts.append(char)
        return "".join(parts)

    def _variable(self) -> str:
        if self._peek() == "?":
            self._at += 1
            return LAST_EXIT
        if self._peek() == "(":
            raise ShellSyntaxError("syntax error: this phone's shell has no command substitution")
        name_end = self._at
        while name_end < len(self._text) and (self._text[name_end].isalnum() or self._text[name_end] == "_"):
            name_end += 1
        empty = name_end == self._at
        self._at = name_end
        return "$" if empty else ""  # no variable is ever set

    def _skip_space(self) -> None:
        while self._peek() and self._peek() in _SPACE:
            self._at += 1

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        char = self._peek()
        self._at += 1
        return char
