"""The scripted model's policy: from one request alone, whatever state the phone is in."""

from __future__ import annotations

import base64
import io
import json
import zlib
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from demo.model.chat import ChatMessage, ImagePart, ImageUrl, TextPart
from demo.model.policy import decide, task_text
from demo.model.screen import NoScreenError, read_screen

Nodes = dict[str, dict[str, Any]]

DARK, LIGHT = "Open Settings and turn on dark mode", "Turn off dark mode"
ZHANG, ZHANG_ZH = "Add a contact 张三 with number 13800138000", "添加联系人张三，号码13800138000"
SETTINGS, CONTACTS = "com.android.settings", "com.android.contacts"
BOX = [0, 1000, 1080, 1200]
TAP_BOX = 'do(action="Tap", element=[500,458])'
LIST = [0, 400, 1080, 2400]


def node(bounds: list[int] | None = None, **more: Any) -> dict[str, Any]:
    return {"text": "", "desc": "", "class": "x", "bounds": bounds or BOX, "clickable": True, **more}


def png(package: str, nodes: Nodes, *, language: str = "en", keyboard: bool = False, compressed: bool = False) -> bytes:
    screen = {
        "package": package,
        "activity": ".Main",
        "language": language,
        "size": [1080, 2400],
        "keyboard": keyboard,
        "ime": "x",
        "nodes": [{"id": key, **value} for key, value in nodes.items()],
    }
    info = PngImagePlugin.PngInfo()
    info.add_itxt("other", "ignored")
    info.add_itxt("stepwell-demo-nodes", json.dumps(screen, ensure_ascii=False), zip=compressed)
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG", pnginfo=info)
    return file.getvalue()


def user(text: str, picture: bytes | None) -> ChatMessage:
    parts: list[TextPart | ImagePart] = [TextPart(text)]
    if picture is not None:
        url = "data:image/png;base64," + base64.b64encode(picture).decode()
        parts.insert(0, ImagePart(ImageUrl(url)))
    return ChatMessage(role="user", content=parts)


def ask(task: str, picture: bytes | None, *earlier: str) -> str:
    """Ask as the product does: system prompt, task, earlier replies, and the newest picture alone."""
    state = '{"current_app": "Settings"}'
    messages = [ChatMessage("system", "You operate a phone."), user(f"{task}\n\n{state}", None if earlier else picture)]
    for number, reply in enumerate(earlier, 1):
        newest = picture if number == len(earlier) else None
        messages += [ChatMessage("assistant", reply), user(f"** Screen Info **\n\n{state}", newest)]
    return decide(messages)


def call(reply: str) -> str:
    assert reply.startswith("<think>")
    assert reply.endswith("</answer>")
    return reply.partition("</think><answer>")[2].removesuffix("</answer>")


def thinking(reply: str) -> str:
    return reply.removeprefix("<think>").partition("</think>")[0]


def switch(*, checked: bool) -> Nodes:
    return {"settings.display.dark_mode": node(checked=checked), "nav.up": node([0, 100, 200, 300])}


def row(name: str, bounds: list[int] | None = None, desc: str = "") -> dict[str, Any]:
    return node(bounds, text=name, desc=desc)


def form(name: str = "", phone: str = "", focused: str = "") -> Nodes:
    return {
        "contacts.edit.name": node([0, 300, 1080, 500], text=name, focused=focused == "name"),
        "contacts.edit.phone": node([0, 600, 1080, 800], text=phone, focused=focused == "phone"),
        "contacts.edit.save": node([800, 100, 1080, 200], text="Save"),
    }


def detail(name: str, phone: str) -> Nodes:
    return {
        "contacts.detail.name": node(text=name),
        "contacts.detail.phone": node(text=phone),
        "nav.up": node([0, 100, 200, 300]),
    }


ADDED = '<think>I tap the button that adds one.</think><answer>do(action="Tap", element=[1,1])</answer>'
ITEMS = {
    "settings.item.network": node([0, 400, 1080, 600], text="Wi-Fi"),
    "settings.item.bluetooth": node([0, 600, 1080, 800], text="Bluetooth"),
}
DOWN = 'do(action="Swipe", start=[500,792], end=[500,375])'
UPWARDS = 'do(action="Swipe", start=[500,375], end=[500,792])'
SAW_END = f"<think>The last one here is “Bluetooth”.</think><answer>{DOWN}</answer>"
SAW_TOP = f"<think>The first one here is “Wi-Fi”.</think><answer>{UPWARDS}</answer>"
UP = '<think>x</think><answer>do(action="Tap", element=[93, 83])</answer>'
TYPED = '<think>x</think><answer>do(action="Type", text="张三")</answer>'

# task, package in front, nodes, earlier replies, the call that must come
CASES: list[tuple[str, str, Nodes, list[str], str]] = [
    # a pop-up comes first, wherever it is
    (DARK, SETTINGS, {"popup.dismiss": node(text="Later"), **switch(checked=False)}, [], TAP_BOX),
    (ZHANG, "com.demo.home", {"popup.dismiss": node(), "home.contacts": node([0, 0, 9, 9])}, [], TAP_BOX),
    # getting to the app
    (DARK, "com.demo.home", {"home.settings": node(), "home.contacts": node([0, 0, 9, 9])}, [], TAP_BOX),
    (DARK, CONTACTS, {"contacts.list": node(LIST)}, [], 'do(action="Launch", app="Settings")'),
    (ZHANG, SETTINGS, switch(checked=False), [], 'do(action="Launch", app="Contacts")'),
    (
        ZHANG,
        SETTINGS,
        {},
        ['<think>x</think><answer>do(action="Launch", app="Contacts")</answer>'],
        'do(action="Home")',
    ),
    # dark mode
    (DARK, SETTINGS, switch(checked=False), [], TAP_BOX),
    (LIGHT, SETTINGS, switch(checked=True), [], TAP_BOX),
    (DARK, SETTINGS, {"settings.item.display": node(), **ITEMS}, [], TAP_BOX),
    (DARK, SETTINGS, {"settings.list": node(LIST, scrollable=True), **ITEMS}, [], DOWN),
    (DARK, SETTINGS, {"settings.list": node(LIST, scrollable=True), **ITEMS}, [SAW_END], UPWARDS),
    (DARK, SETTINGS, {"nav.up": node([0, 100, 200, 300])}, [], 'do(action="Tap", element=[93,83])'),
    (DARK, SETTINGS, {"nav.up": node([0, 100, 200, 300])}, [UP], 'do(action="Back")'),
    (DARK, SETTINGS, {}, [], 'do(action="Back")'),
    # a contact
    (
        ZHANG,
        CONTACTS,
        {"contacts.list": node(LIST), "contacts.row.0": row("李四"), "contacts.add": node()},
        [],
        TAP_BOX,
    ),
    (ZHANG, CONTACTS, {"contacts.add": node()}, [], TAP_BOX),
    (ZHANG, CONTACTS, {"contacts.row.0": row("张三"), "contacts.add": node([0, 0, 9, 9])}, [], TAP_BOX),
    (ZHANG, CONTACTS, {"contacts.row.0": row("张三", [0, 0, 9, 9], "110 111"), "contacts.add": node()}, [], TAP_BOX),
    (
        ZHANG,
        CONTACTS,
        {"contacts.row.0": row("张三", desc="138 0013 8000"), "contacts.add": node([0, 0, 9, 9])},
        [],
        TAP_BOX,
    ),
    (ZHANG, CONTACTS, {**form(), "nav.up": node([0, 100, 200, 300])}, [], 'do(action="Tap", element=[93,83])'),
    (ZHANG, CONTACTS, form(), [ADDED], 'do(action="Tap", element=[500,167])'),
    (ZHANG, CONTACTS, form(focused="name"), [ADDED], 'do(action="Type", text="张三")'),
    (ZHANG, CONTACTS, form("李四", focused="name"), [ADDED], 'do(action="Type", text="张三")'),
    (ZHANG, CONTACTS, form("张三", focused="name"), [ADDED], 'do(action="Tap", element=[500,292])'),
    (ZHANG, CONTACTS, form("张三", focused="phone"), [ADDED], 'do(action="Type", text="13800138000")'),
    (ZHANG, CONTACTS, form("张三", "138", focused="phone"), [ADDED], 'do(action="Type", text="13800138000")'),
    (ZHANG, CONTACTS, form("张三", "138 0013 8000", focused="phone"), [ADDED], 'do(action="Tap", element=[870,62])'),
    (ZHANG, CONTACTS, {"contacts.edit.name": node(text="张三")}, [ADDED], 'do(action="Back")'),
    (ZHANG, CONTACTS, detail("李四", "110"), [], 'do(action="Tap", element=[93,83])'),
    (ZHANG, CONTACTS, detail("张三", "110"), [], 'do(action="Tap", element=[93,83])'),
    (ZHANG, CONTACTS, {}, [], 'do(action="Back")'),
]


@pytest.mark.parametrize(("task", "package", "nodes", "earlier", "expected"), CASES)
def test_next_call_follows_from_the_screen(
    task: str, package: str, nodes: Nodes, earlier: list[str], expected: str
) -> None:
    reply = ask(task, png(package, nodes), *earlier)
    assert call(reply) == expected
    assert len(thinking(reply)) > 20


@pytest.mark.parametrize(
    ("task", "package", "nodes", "earlier", "message"),
    [
        (DARK, SETTINGS, switch(checked=True), [], "Dark mode was already on; nothing had to be changed."),
        (
            DARK,
            SETTINGS,
            switch(checked=True),
            ['<think>x</think><answer>do(action="Tap", element=[500, 458])</answer>'],
            "Dark mode is on now.",
        ),
        ("打开设置并开启深色模式", SETTINGS, switch(checked=True), [], "深色模式本来就已开启，无需更改。"),
        (LIGHT, SETTINGS, switch(checked=False), [], "Dark mode was already off; nothing had to be changed."),
        (
            ZHANG,
            CONTACTS,
            detail("张三", "138 0013 8000"),
            [TYPED],
            "The contact 张三 with number 13800138000 was added.",
        ),
        (ZHANG_ZH, CONTACTS, detail("张三", "13800138000"), [], "联系人张三（号码13800138000）本来就有，无需添加。"),
    ],
)
def test_goal_on_the_screen_ends_the_task(
    task: str, package: str, nodes: Nodes, earlier: list[str], message: str
) -> None:
    assert call(ask(task, png(package, nodes), *earlier)) == f'finish(message="{message}")'


def test_thinking_is_in_the_tasks_language_and_names_what_is_seen() -> None:
    screen = png(SETTINGS, {"popup.dismiss": node(text="以后再说")}, language="zh")
    assert "“以后再说”" in thinking(ask(ZHANG_ZH, screen))
    assert thinking(ask(ZHANG, screen)).startswith("A dialog covers the screen")


def test_app_is_launched_by_the_name_that_the_phone_shows() -> None:
    assert call(ask(DARK, png(CONTACTS, {}, language="zh"))) == 'do(action="Launch", app="设置")'


def test_keyboard_in_the_way_is_closed() -> None:
    nodes = {"contacts.edit.name": node(text="张三", focused=True)}
    reply = ask(ZHANG, png(CONTACTS, nodes, keyboard=True), ADDED)
    assert "keyboard covers the number" in thinking(reply)


def test_whole_list_is_looked_through_before_a_contact_is_added() -> None:
    """A window of three rows over nine: first up to the top, then down to the end, then the button."""
    names = [f"N{number}" for number in range(9)]
    top, replies, calls = 3, list[str](), list[str]()
    for _ in range(12):
        rows = {
            f"contacts.row.{top + place}": row(names[top + place], [0, 400 + 600 * place, 1080, 1000 + 600 * place])
            for place in range(3)
        }
        nodes = {"contacts.list": node(LIST, scrollable=True), "contacts.add": node(), **rows}
        replies.append(ask(ZHANG, png(CONTACTS, nodes), *replies))
        calls.append(call(replies[-1]))
        if "Swipe" not in calls[-1]:
            break
        top = max(top - 2, 0) if calls[-1].endswith("end=[500,792])") else min(top + 2, 6)
    assert calls[-1] == TAP_BOX
    assert [item.endswith("end=[500,792])") for item in calls[:-1]] == [True, True, False, False, False, False]


def test_a_namesake_with_another_number_is_opened_once_only() -> None:
    nodes = {"contacts.row.0": row("张三"), "contacts.add": node([900, 2000, 1000, 2100])}
    first = ask(ZHANG, png(CONTACTS, nodes))
    assert call(first) == TAP_BOX
    assert call(ask(ZHANG, png(CONTACTS, nodes), first, UP)) == 'do(action="Tap", element=[880,854])'


def test_settings_without_a_display_entry_are_given_up_when_all_was_seen() -> None:
    nodes = {"settings.list": node(LIST, scrollable=True), **ITEMS}
    answered = call(ask(DARK, png(SETTINGS, nodes), SAW_END, SAW_TOP))
    assert answered == 'finish(message="the list of settings has no display entry", success=false)'


@pytest.mark.parametrize(
    ("task", "nodes", "reply", "reason"),
    [
        (DARK, switch(checked=False), 'do(action="Tap", element=[500, 458])', "switch does not react"),
        (ZHANG, form(focused="name"), 'do(action="Type", text="张三")', "does not take the text 张三"),
    ],
)
def test_what_has_no_effect_is_given_up_after_three_tries(task: str, nodes: Nodes, reply: str, reason: str) -> None:
    package = SETTINGS if task == DARK else CONTACTS
    tagged = f"<think>x</think><answer>{reply}</answer>"
    answered = call(ask(task, png(package, nodes), ADDED, tagged, tagged, tagged))
    assert answered.startswith("finish(")
    assert answered.endswith("success=false)")
    assert reason in answered


@pytest.mark.parametrize("task", ["Order a pizza", "Open Settings", "订一份外卖", ""])
def test_task_outside_the_repertoire_is_given_up_and_says_what_is_known(task: str) -> None:
    answered = call(ask(task, png(SETTINGS, switch(checked=False))))
    assert answered.startswith(
        'finish(message="the scripted model does not know this task; it knows: Open Settings and'
    )
    assert "添加联系人张三，号码13800138000" in answered
    assert answered.endswith('", success=false)')


@pytest.mark.parametrize("picture", [None, b"", b"GIF89a", b"\x89PNG\r\n\x1a\n\0\0", png("x", {})[:60]])
def test_picture_that_is_not_the_simulated_phones_is_given_up_with_the_reason(picture: bytes | None) -> None:
    answered = call(ask(DARK, picture))
    assert "the scripted model sees only the simulated phone's pictures" in answered
    assert answered.endswith("success=false)")


def test_compressed_list_of_nodes_is_read_and_a_broken_one_refused() -> None:
    assert read_screen(png(SETTINGS, switch(checked=True), compressed=True)).package == SETTINGS
    data = b"stepwell-demo-nodes\0\0\0\0\0{not json"
    chunk = len(data).to_bytes(4, "big") + b"iTXt" + data + zlib.crc32(b"iTXt" + data).to_bytes(4, "big")
    with pytest.raises(NoScreenError, match="cannot be read"):
        read_screen(png("x", {})[:8] + chunk)
    bomb = b"stepwell-demo-nodes\0\1\0\0\0" + zlib.compress(b" " * 5_000_000)
    with pytest.raises(NoScreenError, match="too long"):
        read_screen(png("x", {})[:8] + len(bomb).to_bytes(4, "big") + b"iTXt" + bomb)


def test_task_is_the_first_user_message_without_the_phones_state() -> None:
    messages = [user('Add a contact {x}\n\n{\n  "current_app": "Home"\n}', None), user("later", None)]
    assert task_text(messages) == "Add a contact {x}"
    assert task_text([ChatMessage("system", "x")]) == ""
