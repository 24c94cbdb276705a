"""The scripted model, from pictures alone, brings the simulated phone where a task wants it, whatever the start."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from phone_driver import make_phone

from demo.model.chat import ChatMessage, ImagePart, ImageUrl, TextPart
from demo.model.policy import decide
from demo.phone import keys
from worker.agents.actions import Back, Finish, Home, Launch, Swipe, Tap, Type
from worker.agents.reply_parser import parse_reply

if TYPE_CHECKING:
    from demo.phone.phone import Phone
    from worker.agents.actions import Action

LIMIT = 25  # steps; the longest way is about half of that
PACKAGES = {
    "settings": "com.android.settings",
    "设置": "com.android.settings",
    "contacts": "com.android.contacts",
    "联系人": "com.android.contacts",
}
SEEDS = range(8)


def play(phone: Phone, task: str) -> tuple[Finish, int]:
    """Let the model play until it finishes; return how, and after how many steps."""
    kept: list[ChatMessage] = []
    for step in range(LIMIT):
        words = TextPart((task if step == 0 else "** Screen Info **") + '\n\n{"current_app": "x"}')
        picture = ImagePart(ImageUrl("data:image/png;base64," + base64.b64encode(phone.screenshot()).decode()))
        reply = decide([*kept, ChatMessage("user", [picture, words])])
        kept += [ChatMessage("user", [words]), ChatMessage("assistant", reply)]
        action = parse_reply(reply).action
        if isinstance(action, Finish):
            return action, step
        act(phone, action)
    raise AssertionError(f"no end after {LIMIT} steps: {[message.texts()[0] for message in kept[1::2]]}")


def act(phone: Phone, action: Action) -> None:
    match action:
        case Tap():
            phone.tap(*pixel(action.element))
        case Swipe():
            phone.swipe(pixel(action.start), pixel(action.end), 1000)
        case Launch():
            assert phone.launch(PACKAGES[action.app.lower()])
        case Back():
            phone.press_key(keys.BACK)
        case Home():
            phone.press_key(keys.HOME)
        case Type():
            phone.clear_text()
            phone.type_text(action.text)
        case _:
            raise AssertionError(f"unexpected {action}")


def pixel(point: tuple[int, int]) -> tuple[int, int]:
    return point[0] * 1080 // 1000, point[1] * 2400 // 1000


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("task", ["Open Settings and turn on dark mode", "打开设置并开启深色模式"])
def test_dark_mode_is_on_in_the_end(task: str, seed: int) -> None:
    phone = make_phone(seed=seed)
    end, steps = play(phone, task)
    assert not end.gave_up, end
    assert steps > 1
    assert phone.state.dark_mode


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("task", ["Add a contact 张三 with number 13800138000", "添加联系人张三，号码13800138000"])
def test_the_contact_is_there_in_the_end(task: str, seed: int) -> None:
    phone = make_phone(seed=seed, dark=seed % 2 == 1)
    before = len(phone.state.contacts)
    end, _ = play(phone, task)
    assert not end.gave_up, end
    assert len(phone.state.contacts) == before + 1
    assert ("张三", "13800138000") in [(person.name, person.phone) for person in phone.state.contacts]


def test_what_is_done_already_is_not_done_again() -> None:
    phone = make_phone(seed=3, dark=True)
    play(phone, "Open Settings and turn on dark mode")
    assert phone.state.dark_mode
    play(phone, "Add a contact 张三 with number 13800138000")
    people = len(phone.state.contacts)
    play(phone, "Add a contact 张三 with number 13800138000")
    assert len(phone.state.contacts) == people
