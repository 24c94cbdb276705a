"""What a task waits for, as people read it, and the command that answers it. Pure; used by the commands that tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.messages import WaitingFor
from supervisor.cli.output import PROGRAM

if TYPE_CHECKING:
    from shared.messages import WaitRow

_HOW: Final = {
    WaitingFor.CONFIRM: "{0} approve {1}   or   {0} deny {1}",
    WaitingFor.TAKE_OVER: "when you are through:  {0} resume {1}",
    WaitingFor.ANSWER: "{0} answer {1} TEXT",
    WaitingFor.PAUSED: "{0} resume {1}",
}


def how_to_answer(wait: WaitRow) -> str:
    """Return the command that answers a wait."""
    return _HOW[wait.waiting_for].format(PROGRAM, f"{wait.session_id[:8]} --seq {wait.seq}")


def wait_line(wait: WaitRow) -> str:
    """Return what a task waits or waited for, since when and until when, for people."""
    asked = f": {wait.question}" if wait.question else ""
    until = f", until {wait.waiting_deadline}" if wait.waiting_deadline and wait.decision is None else ""
    line = f"waits for a person ({wait.waiting_for}, seq {wait.seq}) since {wait.at}{until}{asked}"
    if wait.choices:
        line += f" [{' | '.join(wait.choices)}]"
    if wait.decision is None:
        return line
    by = f" by {wait.settled_by}" if wait.settled_by else ""
    said = f": {wait.text}" if wait.text else ""
    return f"waited for a person ({wait.waiting_for}, seq {wait.seq}){asked} — {wait.decision}{by}{said}"
