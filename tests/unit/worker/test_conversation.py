"""What the model is told: only the newest picture, all the words, and no more than the limit."""

from __future__ import annotations

import base64
import json
from typing import Any

from worker.agents.actions import Back, Finish, Tap
from worker.agents.conversation import MAX_THINKING_CHARS, MAX_TURNS, MAX_UNREADABLE_CHARS, Conversation
from worker.agents.reply_parser import parse_reply

TASK = 'Write "hi" {x}'


def conversation() -> Conversation:
    return Conversation("You operate a phone.", TASK)


def text_of(message: Any) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def pictures_of(messages: Any) -> list[bytes]:
    parts = [part for message in messages if isinstance(message["content"], list) for part in message["content"]]
    urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    return [base64.b64decode(url.removeprefix("data:image/png;base64,")) for url in urls]


def test_first_request_is_the_prompt_the_picture_the_task_and_the_app_in_front() -> None:
    system, user = conversation().ask(b"\x89PNG-1", "Home")
    assert system == {"role": "system", "content": "You operate a phone."}
    assert [part["type"] for part in user["content"]] == ["image_url", "text"]  # type: ignore[index,union-attr]
    task, state = text_of(user).split("\n\n")
    assert task == TASK
    assert json.loads(state) == {"current_app": "Home"}


def test_only_the_newest_picture_stays_and_goes_unchanged() -> None:
    talk = conversation()
    for number in range(4):
        messages = talk.ask(b"\x89PNG\0\xff" + bytes([number]), "Home")
        assert pictures_of(messages) == [b"\x89PNG\0\xff" + bytes([number])]
        talk.answered("thinking", Back())


def test_older_messages_keep_their_text_and_answers_their_form() -> None:
    talk = conversation()
    talk.ask(b"1", "Home")
    talk.answered("I see “it”.", Tap((1, 2)))
    messages = talk.ask(b"2", 'An "app"')
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert text_of(messages[1]).startswith(TASK)
    assert text_of(messages[2]) == '<think>I see “it”.</think><answer>do(action="Tap", element=[1, 2])</answer>'
    heading, state = text_of(messages[3]).split("\n\n")
    assert heading == "** Screen Info **"
    assert json.loads(state) == {"current_app": 'An "app"'}


def test_kept_answer_is_read_back_as_the_same() -> None:
    talk = conversation()
    talk.ask(b"1", "Home")
    talk.answered("why", Finish('say "hi"\n', gave_up=True))
    reply = parse_reply(text_of(talk.ask(b"2", "Home")[2]))
    assert (reply.thinking, reply.action) == ("why", Finish('say "hi"\n', gave_up=True))


def test_remarks_stand_before_the_state_and_stay() -> None:
    talk = conversation()
    talk.ask(b"1", "Home")
    talk.unreadable("what?" * 1000)
    told = text_of(talk.ask(b"2", "Home", ["Your answer could not be read.", "Write one action."])[3])
    assert told.startswith("Your answer could not be read.\n\nWrite one action.\n\n** Screen Info **\n\n{")
    talk.answered("", Back())
    messages = talk.ask(b"3", "Home")
    assert text_of(messages[3]) == told
    assert len(text_of(messages[2])) == MAX_UNREADABLE_CHARS


def test_asking_again_replaces_the_question() -> None:
    talk = conversation()
    talk.ask(b"1", "Home")
    assert len(talk.ask(b"2", "Settings")) == 2
    talk.answered("", Back())
    assert '"Settings"' in text_of(talk.ask(b"3", "Home")[1])


def test_empty_answer_is_kept_as_something_that_endpoints_take() -> None:
    talk = conversation()
    talk.ask(b"1", "Home")
    talk.unreadable("")
    assert text_of(talk.ask(b"2", "Home")[2]) == "…"


def test_oldest_turns_are_left_out_with_a_note_but_never_the_task() -> None:
    for language, note in (("en", "5 earlier steps"), ("zh", "更早的 5 步")):
        talk = Conversation("p", TASK, language)  # type: ignore[arg-type]
        for number in range(MAX_TURNS + 5):
            talk.ask(b"x", f"App {number}")
            talk.answered(f"thought {number} " + "y" * 10_000, Back())
        messages = talk.ask(b"x", "last")
        assert len(messages) == 2 + 2 * MAX_TURNS
        assert text_of(messages[1]).startswith(TASK)
        assert note in text_of(messages[3])
        assert "App 6" in text_of(messages[3])
        assert sum("earlier steps" in text_of(message) or "更早" in text_of(message) for message in messages) == 1
        assert all(len(text_of(message)) < MAX_THINKING_CHARS + 200 for message in messages)
