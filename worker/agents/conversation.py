"""What the model is told: the system prompt, the task, what it answered so far, and the newest screenshot.

The form is the one that AutoGLM-Phone was trained with: the first user message is the picture, the task and a JSON
object that names the app in front; later ones are the picture, the line `** Screen Info **` and the JSON. Only the
newest picture stays; older messages keep their text. Answers are kept as `<think>…</think><answer>…</answer>`.

It is bounded: the oldest turns are left out beyond a limit, and the model is told how many. The picture goes to the
model as it is, byte for byte. No network here. Called by the phone agent, once for each step.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from worker.agents.actions import Action, render_action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai.types.chat import ChatCompletionMessageParam

MAX_TURNS: Final = 30  # earlier screens are of little use; some 150 tokens each
MAX_THINKING_CHARS: Final = 2_000  # of one earlier answer; the record keeps all of it
MAX_UNREADABLE_CHARS: Final = 500  # of an answer that could not be read: enough for the model to see what it wrote

_LEFT_OUT: Final = {
    "en": "({count} earlier steps are left out of this conversation.)",
    "zh": "（这段对话省略了更早的 {count} 步。）",
}


class Turn(msgspec.Struct, frozen=True):
    """One exchange that is over: what the model was told, and what it answered."""

    told: str
    answered: str


class Conversation:
    """The exchange of one task with the model. Call `ask`, then `answered` or `unreadable`, again and again."""

    def __init__(self, system_prompt: str, task: str, language: Literal["en", "zh"] = "en") -> None:
        self._system_prompt = system_prompt
        self._task = task
        self._language = language
        self._turns: list[Turn] = []
        self._told = ""
        self._left_out = 0

    def ask(
        self, screenshot_png: bytes, current_app: str, remarks: Sequence[str] = ()
    ) -> list[ChatCompletionMessageParam]:
        """Return the messages of the next request.

        `remarks` are what else the model should know now: that its last answer could not be read, what a person
        said, that it repeats itself. Asking again before an answer is kept replaces the question.
        """
        self._told = self._question(current_app, remarks)
        picture = f"data:image/png;base64,{base64.b64encode(screenshot_png).decode('ascii')}"
        newest: ChatCompletionMessageParam = {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": picture}},
                {"type": "text", "text": self._told},
            ],
        }
        return [{"role": "system", "content": self._system_prompt}, *self._past(), newest]

    def answered(self, thinking: str, action: Action) -> None:
        """Keep the model's answer to the last question."""
        kept = thinking[:MAX_THINKING_CHARS] + ("…" if len(thinking) > MAX_THINKING_CHARS else "")
        self._keep(f"<think>{kept}</think><answer>{render_action(action)}</answer>")

    def unreadable(self, reply: str) -> None:
        """Keep an answer that could not be read, shortened; the next question should say why, as a remark."""
        self._keep(reply[:MAX_UNREADABLE_CHARS] or "…")  # some endpoints refuse an empty message

    def _question(self, current_app: str, remarks: Sequence[str]) -> str:
        state = msgspec.json.encode({"current_app": current_app}).decode()
        first = not self._turns
        parts = [self._task] if first else [*remarks, "** Screen Info **"]
        return "\n\n".join((*parts, *(remarks if first else ()), state))

    def _keep(self, answer: str) -> None:
        self._turns.append(Turn(self._told, answer))
        if len(self._turns) > MAX_TURNS:
            del self._turns[1]  # the first one holds the task
            self._left_out += 1

    def _past(self) -> list[ChatCompletionMessageParam]:
        messages: list[ChatCompletionMessageParam] = []
        for number, turn in enumerate(self._turns):
            note = _LEFT_OUT[self._language].format(count=self._left_out) if number == 1 and self._left_out else ""
            messages.append({"role": "user", "content": f"{note}\n\n{turn.told}" if note else turn.told})
            messages.append({"role": "assistant", "content": turn.answered})
        return messages
