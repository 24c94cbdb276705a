"""Plays the model: from one request alone, the next reply.

`decide` is pure. It knows the task (the first user message), the newest picture, and what it has itself answered so far
(the assistant messages), as a real model does; there is no step counter, and nothing is shared with the simulated
phone. It copes from whatever state the phone is in: each reply only asks what stands between this screen and the goal.

Each task has a player of its own (`play_*.py`). Called by the server for each request.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final

from demo.model.moves import Move, give_up, tap
from demo.model.play_contacts import play_add_contact
from demo.model.play_settings import play_dark_mode
from demo.model.repertoire import language_of, understand
from demo.model.screen import NoScreenError, Screen, read_screen
from demo.model.tasks import EXAMPLES, Language, SetDarkMode, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.model.chat import ChatMessage

DATA_URL: Final = re.compile(r"data:image/[a-z+.-]+;base64,", re.IGNORECASE)
_STATE_JSON: Final = re.compile(r"\s*\{[^{}]*\"current_app\"[^{}]*\}\s*\Z", re.DOTALL)
_EARLIER_RUN: Final = "** Earlier Run **"  # of a continued task; this player copes from whatever state there is
_REPLY: Final = re.compile(r"<think>(.*?)</think>\s*<answer>(.*)</answer>", re.DOTALL)


def decide(messages: Sequence[ChatMessage]) -> str:
    """Return the reply to a conversation: `<think>…</think><answer>…</answer>`."""
    text = task_text(messages)
    task = understand(text)
    if task is None:
        return outside_the_repertoire(language_of(text)).render()
    try:
        screen = read_screen(newest_picture(messages))
    except NoScreenError as error:
        return give_up(*_blind(task.language, str(error))).render()
    return _next_move(task, screen, own_replies(messages)).render()


def task_text(messages: Sequence[ChatMessage]) -> str:
    """Return the task: the text of the first user message, without the state of the phone that follows it."""
    first = next((message for message in messages if message.role == "user"), None)
    if first is None:
        return ""
    text = _STATE_JSON.sub("", "\n".join(first.texts())).replace("** Screen Info **", "")
    return text.partition(_EARLIER_RUN)[0].strip()


def newest_picture(messages: Sequence[ChatMessage]) -> bytes:
    """Return the last picture of the conversation; raise `NoScreenError` when there is none."""
    urls = [url for message in messages for url in message.pictures()]
    if not urls:
        raise NoScreenError("the request holds no picture")
    head = DATA_URL.match(urls[-1])
    if head is None:
        raise NoScreenError("the picture is not a base64 data: URL")
    try:
        return base64.b64decode(urls[-1][head.end() :], validate=True)
    except binascii.Error as error:
        raise NoScreenError(f"the picture is not base64: {error}") from error


def own_replies(messages: Sequence[ChatMessage]) -> list[Move]:
    """Return what the model has replied so far, the oldest first; a real model reads its own words, too."""
    replies = ["\n".join(message.texts()) for message in messages if message.role == "assistant"]
    return [_as_move(reply) for reply in replies]


def _as_move(reply: str) -> Move:
    found = _REPLY.search(reply)
    return Move(found.group(1), found.group(2).strip()) if found else Move("", reply.strip())


def outside_the_repertoire(language: Language) -> Move:
    """Return the reply to a task that no player knows: it names what can be asked instead."""
    known = "; ".join((*EXAMPLES["en"], *EXAMPLES["zh"]))
    thinking = {
        "en": "This task is not one of those that this scripted model can play, so I end it here.",
        "zh": "这个任务不在这个脚本模型能演示的范围之内，所以到此为止。",
    }[language]
    return give_up(thinking, f"the scripted model does not know this task; it knows: {known}")


def _next_move(task: Task, screen: Screen, history: Sequence[Move]) -> Move:
    if popup := screen.node("popup.dismiss"):
        label = popup.text or popup.desc
        thinking = {
            "en": f"A dialog covers the screen and has nothing to do with the task. I close it: I tap “{label}”.",
            "zh": f"有一个弹窗挡在前面，后面的内容点不到。任务用不上它，先点“{label}”关掉。",
        }[task.language]
        return tap(thinking, screen.centre(popup))
    if isinstance(task, SetDarkMode):
        return play_dark_mode(task, screen, history)
    return play_add_contact(task, screen, history)


def _blind(language: Language, reason: str) -> tuple[str, str]:
    thinking = {
        "en": "I cannot tell what is on this screen: a scripted model only sees the simulated phone's own pictures.",
        "zh": "我看不出这个画面上有什么：脚本模型只看得懂模拟手机自己的截图。",
    }[language]
    return thinking, f"the scripted model sees only the simulated phone's pictures: {reason}"
