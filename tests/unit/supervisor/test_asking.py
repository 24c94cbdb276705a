"""What `run` makes of a wait at a terminal: nothing but a clear yes approves, and each question is asked once."""

from __future__ import annotations

import io
import os
import pty
import select
from types import SimpleNamespace

import pytest

from shared.messages import Decision, WaitingFor, WaitRow
from supervisor.cli import asking
from supervisor.cli.asking import PersonAtTerminal, decision_of
from supervisor.cli.wait_text import how_to_answer, wait_line

CONFIRM = WaitingFor.CONFIRM


def wait_row(**changes) -> WaitRow:
    values = dict.fromkeys(WaitRow.__struct_fields__)
    texts = {"wait_id": "w", "session_id": "0123456789", "action": "{}", "text": "", "settled_by": ""}
    values |= texts | {"seq": 7, "waiting_for": CONFIRM, "question": "Pay 20?", "choices": (), "at": "noon"}
    return WaitRow(**(values | changes))


@pytest.mark.parametrize(
    ("kind", "line", "decision"),
    [
        (CONFIRM, "", (Decision.DENIED, "")),
        (CONFIRM, "n", (Decision.DENIED, "")),
        (CONFIRM, "yes please", (Decision.DENIED, "")),
        (CONFIRM, "y", (Decision.APPROVED, "")),
        (CONFIRM, "YES", (Decision.APPROVED, "")),
        (CONFIRM, "是", (Decision.APPROVED, "")),
        (WaitingFor.ANSWER, "", (None, "")),
        (WaitingFor.ANSWER, "the blue one", (Decision.ANSWERED, "the blue one")),
        (WaitingFor.TAKE_OVER, "", (Decision.RESUMED, "")),
        (WaitingFor.PAUSED, "", (Decision.RESUMED, "")),
    ],
)
def test_what_a_typed_line_means(kind, line, decision):
    assert decision_of(kind, line) == decision


class Terminal:
    """A terminal (a pty of its own) whose person types by `type`, and a client whose task waits."""

    def __init__(self, monkeypatch) -> None:
        self._keyboard, self._typed = pty.openpty()
        self.shown = io.StringIO()
        self.answers: list[tuple[int, Decision, str]] = []
        stdin = SimpleNamespace(isatty=lambda: True, fileno=lambda: self._typed)
        self.shown.isatty = lambda: True  # type: ignore[method-assign]
        monkeypatch.setattr(asking, "sys", SimpleNamespace(stdin=stdin, stderr=self.shown))
        self.seq = 7

    def task(self, _task_id):
        return SimpleNamespace(waits=(wait_row(seq=self.seq),))

    def answer(self, _task, wait, decision, text):
        self.answers.append((wait.seq, decision, text))

    def type(self, text: str) -> None:
        os.write(self._keyboard, text.encode())
        select.select([self._typed], [], [], 5)  # the kernel has it

    def hang_up(self) -> None:
        os.close(self._keyboard)
        self._keyboard = -1

    def close(self) -> None:
        os.close(self._typed)
        if self._keyboard >= 0:
            self.hang_up()


@pytest.fixture
def terminal(monkeypatch):
    made = Terminal(monkeypatch)
    yield made
    made.close()


WAITS = SimpleNamespace(session_id="0123456789", waiting_seq=7)
GOES_ON = SimpleNamespace(session_id="0123456789", waiting_seq=None)


def test_a_question_is_asked_once_and_the_typed_yes_is_sent_once(terminal):
    person = PersonAtTerminal(terminal, as_json=False)
    for _ in range(3):
        person.look(WAITS)
    assert terminal.shown.getvalue().count("Pay 20?") == 1
    assert terminal.shown.getvalue().endswith("Allow it? [y/N] ")
    assert terminal.answers == []
    terminal.type("y\n")
    for _ in range(3):
        person.look(WAITS)
    assert terminal.answers == [(7, Decision.APPROVED, "")]


def next_question(terminal) -> SimpleNamespace:
    terminal.seq += 1
    return SimpleNamespace(session_id="0123456789", waiting_seq=terminal.seq)


def test_what_was_typed_before_a_question_stood_there_approves_nothing(terminal):
    terminal.type("y\n")
    person = PersonAtTerminal(terminal, as_json=False)
    for _ in range(3):
        person.look(WAITS)
    assert terminal.answers == []
    terminal.type("n\ny\n")  # the yes is behind the answer: it is none to the question that comes next
    for _ in range(3):
        person.look(WAITS)
    following = next_question(terminal)
    for _ in range(3):
        person.look(following)
    assert terminal.answers == [(7, Decision.DENIED, "")]
    terminal.type("n\n")
    person.look(following)
    assert terminal.answers == [(7, Decision.DENIED, ""), (8, Decision.DENIED, "")]


def test_a_command_in_the_background_does_not_touch_its_terminal_until_it_is_back(terminal, monkeypatch):
    front = [False]
    monkeypatch.setattr(asking, "may_read_terminal", lambda _descriptor: front[0])
    person = PersonAtTerminal(terminal, as_json=False)
    terminal.type("y\n")
    for _ in range(2):
        person.look(WAITS)
    assert terminal.shown.getvalue().endswith(f"{how_to_answer(wait_row())}\n")
    front[0] = True
    person.look(WAITS)
    assert terminal.shown.getvalue().endswith("Allow it? [y/N] ")
    terminal.type("y\n")
    person.look(WAITS)
    assert terminal.answers == [(7, Decision.APPROVED, "")], "by the yes that was typed afterwards"


def test_what_was_answered_elsewhere_is_said_and_not_asked_any_more(terminal):
    person = PersonAtTerminal(terminal, as_json=False)
    person.look(WAITS)
    person.look(GOES_ON)
    assert terminal.shown.getvalue().endswith("(it waits no more)\n")
    assert terminal.answers == []


def test_a_terminal_that_is_gone_answers_nothing(terminal):
    person = PersonAtTerminal(terminal, as_json=False)
    person.look(WAITS)
    terminal.hang_up()
    person.look(WAITS)
    person.look(WAITS)
    assert terminal.answers == []
    assert terminal.shown.getvalue().rstrip().endswith(how_to_answer(wait_row()))


def test_a_script_is_told_by_one_line_of_json(terminal, capsys):
    PersonAtTerminal(terminal, as_json=True).look(WAITS)
    assert '"waiting": {"seq": 7' in capsys.readouterr().out
    assert terminal.shown.getvalue() == ""


def test_a_wait_is_told_with_its_deadline_and_how_it_ended():
    assert wait_line(wait_row(waiting_deadline="one")) == (
        "waits for a person (confirm, seq 7) since noon, until one: Pay 20?"
    )
    settled = wait_row(decision=Decision.DENIED, settled_by="cli-1", text="by card")
    assert wait_line(settled) == "waited for a person (confirm, seq 7): Pay 20? — denied by cli-1: by card"
