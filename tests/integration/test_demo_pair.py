"""The scripted model and the simulated phone together, without adb between them: every start leads to the goal.

The phone is driven through its own methods by what the product's parser reads from the model's replies.
"""

from __future__ import annotations

import base64
import itertools
from typing import TYPE_CHECKING

import pytest

from demo.model.chat import ChatMessage, ImagePart, ImageUrl, TextPart
from demo.model.policy import decide
from demo.phone.fonts import Fonts
from demo.phone.phone import Phone
from demo.phone.state import Contact, StartOptions, starting_state
from worker.agents.actions import Action, Back, Finish, Home, Launch, Swipe, Tap, Type, render_action, to_pixel
from worker.agents.reply_parser import parse_reply

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = (1080, 2400)
MAX_STEPS = 25
PACKAGES = {"Settings": "com.android.settings", "设置": "com.android.settings"}
PACKAGES |= {"Contacts": "com.android.contacts", "联系人": "com.android.contacts"}
FONTS = Fonts()
ZHANG = Contact("张三", "13800138000")


def carry_out(phone: Phone, action: Action) -> None:
    match action:
        case Tap(element=point):
            phone.tap(*to_pixel(point, SIZE))
        case Swipe(start=start, end=end):
            phone.swipe(to_pixel(start, SIZE), to_pixel(end, SIZE), 1000)
        case Type(text=text):
            phone.clear_text()
            phone.type_text(text)
        case Launch(app=app):
            phone.launch(PACKAGES[app])
        case Back() | Home():
            phone.press_key(4 if isinstance(action, Back) else 3)
        case _:
            raise AssertionError(f"the scripted model has no use for {action}")


def run(phone: Phone, task: str) -> Finish:
    """Play the task as the product does: the newest picture only, the model's own answers kept."""
    messages: list[ChatMessage] = []
    for step in itertools.count():
        assert step < MAX_STEPS, "the model gets nowhere"
        url = "data:image/png;base64," + base64.b64encode(phone.screenshot()).decode()
        text = f'{"** Screen Info **" if step else task}\n\n{{"current_app": "x"}}'
        newest = ChatMessage("user", [ImagePart(ImageUrl(url)), TextPart(text)])
        reply = parse_reply(decide([*messages, newest]))
        assert reply.notes == ()
        answer = f"<think>{reply.thinking}</think><answer>{render_action(reply.action)}</answer>"
        messages += [ChatMessage("user", text), ChatMessage("assistant", answer)]
        if isinstance(reply.action, Finish):
            return reply.action
        carry_out(phone, reply.action)
    raise AssertionError


def start(seed: int, *, dark: bool = False, change: Callable[[list[Contact]], None] | None = None) -> Phone:
    phone = Phone(starting_state(StartOptions(seed=seed, dark=dark)), FONTS)
    if change:
        change(phone.state.contacts)
    return phone


@pytest.mark.parametrize("seed", range(5))
def test_dark_mode_is_on_whatever_the_phone_starts_from(seed: int) -> None:
    task = ("Open Settings and turn on dark mode", "打开设置并开启深色模式")[seed % 2]
    phone = start(seed)
    assert not run(phone, task).gave_up
    assert phone.state.dark_mode


@pytest.mark.parametrize("seed", [0, 3])
def test_dark_mode_is_left_or_turned_off_as_the_task_says(seed: int) -> None:
    phone = start(seed, dark=True)
    assert "already" in run(phone, "Please turn on dark mode").message
    assert phone.state.dark_mode
    assert not run(phone, "关闭夜间模式").gave_up
    assert not phone.state.dark_mode


@pytest.mark.parametrize("seed", range(6))
def test_contact_is_there_once_whatever_the_phone_starts_from(seed: int) -> None:
    task = ("Add a contact 张三 with number 13800138000", "添加联系人张三，号码13800138000")[seed % 2]
    phone = start(seed)
    others = list(phone.state.contacts)
    assert not run(phone, task).gave_up
    assert phone.state.contacts == [*others, ZHANG]
    assert not run(phone, task).gave_up
    assert phone.state.contacts == [*others, ZHANG]


@pytest.mark.parametrize("seed", [0, 5, 10])
def test_contact_that_is_there_already_is_found_and_a_namesake_is_left_alone(seed: int) -> None:
    task = "Add a contact 张三 with number 13800138000"
    phone = start(seed, change=lambda contacts: contacts.append(ZHANG))
    assert "already" in run(phone, task).message
    phone = start(seed, change=lambda contacts: contacts.insert(0, Contact("张三", "110")))
    assert "added" in run(phone, task).message
    assert [contact for contact in phone.state.contacts if contact.name == "张三"] == [Contact("张三", "110"), ZHANG]


def test_task_outside_the_repertoire_is_given_up_and_touches_nothing() -> None:
    phone = start(1)
    before = phone.state.front
    ended = run(phone, "Order a pizza")
    assert ended.gave_up
    assert ended.message.startswith("the scripted model does not know this task; it knows: ")
    assert phone.state.front == before
