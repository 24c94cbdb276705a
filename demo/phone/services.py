"""What a host can open: `shell:`, `shell,v2:`, `exec:`, `sync:`. Anything else is closed at once.

Each shell line goes into the command log before it is carried out, and the state file is rewritten before it is
answered: whoever has the answer can look. Called by `connection` on a thread for each stream.
"""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING, Final

from demo.phone import shell
from demo.phone.connection import StreamClosedError
from demo.phone.sync import serve_sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.phone.command_log import CommandLog
    from demo.phone.commands.base import World
    from demo.phone.connection import Stream

_V2_EXIT: Final = 3
_V2_HEADER: Final = struct.Struct("<BI")
_V2_PIECE: Final = 64 * 1024
_ASKED_TO_FAIL: Final = shell.Answer(((shell.ERR, b"demo-fault: failed on request\n"),), 1)
_NO_TERMINAL: Final = shell.Answer(((shell.ERR, b"the simulated phone has no interactive shell; give a command\n"),), 1)


class Services:
    """The services of one phone. `changed` is called after each command, `go_away` when the link is to break."""

    def __init__(
        self,
        world: World,
        log: CommandLog,
        *,
        shell_v2: bool,
        changed: Callable[[], None],
        go_away: Callable[[float], None],
    ) -> None:
        self._world = world
        self._log = log
        self._shell_v2 = shell_v2
        self._changed = changed
        self._go_away = go_away

    def serve(self, stream: Stream, service: str) -> Callable[[], None] | None:
        """Serve one stream to its end; return what is to be done once it is closed."""
        kind, _, rest = service.partition(":")
        options = kind.split(",")
        if service == "sync:":
            stream.accept()
            serve_sync(stream, self._world.files, self._log)
        elif options[0] == "shell" and "v2" in options and self._shell_v2:
            return self._command(stream, rest, "shell,v2")
        elif kind in {"shell", "exec"}:
            return self._command(stream, rest, kind)
        return None

    def _command(self, stream: Stream, line: str, service: str) -> Callable[[], None] | None:
        stream.accept(ignore_input=True)
        mutating = shell.is_mutating(line)
        number = self._log.begin(line, service, mutating=mutating)
        answer = self._answer(line)
        self._log.end(number, answer.exit)
        self._changed()
        if mutating and self._world.faults.take("drop-answer"):
            self._go_away(0.0)
            raise StreamClosedError
        _write(stream, answer, framed=service == "shell,v2")
        seconds, self._world.away_after = self._world.away_after, None
        return None if seconds is None else lambda: self._go_away(seconds)

    def _answer(self, line: str) -> shell.Answer:
        if not line.strip():
            return _NO_TERMINAL
        if not shell.is_demo_fault(line):
            time.sleep(self._world.faults.slow)
            if self._world.faults.take("fail"):
                return _ASKED_TO_FAIL
        return shell.run(self._world, line)


def _write(stream: Stream, answer: shell.Answer, *, framed: bool) -> None:
    if not framed:
        stream.write(b"".join(content for _, content in answer.pieces))
        return
    packets = bytearray()
    for number, content in answer.pieces:
        for start in range(0, len(content), _V2_PIECE):
            piece = content[start : start + _V2_PIECE]
            packets += _V2_HEADER.pack(number, len(piece)) + piece
    packets += _V2_HEADER.pack(_V2_EXIT, 1) + bytes([answer.exit & 0xFF])
    stream.write(bytes(packets))
