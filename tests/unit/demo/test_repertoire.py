"""The scripted model's repertoire by a table: free variations are understood, everything else is declined."""

from __future__ import annotations

import time

import pytest

from demo.model.repertoire import language_of, understand
from demo.model.tasks import EXAMPLES, AddContact, SetDarkMode, Task

ON, OFF = SetDarkMode(on=True, language="en"), SetDarkMode(on=False, language="en")
ZH_ON, ZH_OFF = SetDarkMode(on=True, language="zh"), SetDarkMode(on=False, language="zh")


def en(name: str, number: str) -> AddContact:
    return AddContact(name=name, number=number, language="en")


def zh(name: str, number: str) -> AddContact:
    return AddContact(name=name, number=number, language="zh")


ZHANG, ZHANG_ZH = en("张三", "13800138000"), zh("张三", "13800138000")

KNOWN: list[tuple[str, Task]] = [
    ("Open Settings and turn on dark mode", ON),
    ("open settings and turn on dark mode.", ON),
    ("Please open the Settings app and turn dark mode on", ON),
    ("Turn on the dark theme", ON),
    ("Enable night mode", ON),
    ("Could you enable dark-mode in Settings, please?", ON),
    ("Switch my phone to dark mode", ON),
    ("I want dark mode on", ON),
    ("Set the display to night mode", ON),
    ("Go to settings, then switch on the dark mode!", ON),
    ("Activate Dark Mode", ON),
    ("Turn off light mode", ON),
    ("Turn off dark mode", OFF),
    ("Open Settings and turn dark mode off", OFF),
    ("Disable the dark theme, thanks", OFF),
    ("Please deactivate night mode in the settings", OFF),
    ("Switch back to light mode", OFF),
    ("Use the light theme", OFF),
    ("打开设置并开启深色模式", ZH_ON),
    ("打开设置，开启深色模式。", ZH_ON),
    ("请打开深色模式", ZH_ON),
    ("帮我开启夜间模式", ZH_ON),
    ("把手机切换到暗黑模式", ZH_ON),
    ("在设置里启用深色主题", ZH_ON),
    ("进入设置，然后把夜间模式打开", ZH_ON),
    ("我想用深色模式", ZH_ON),
    ("打开dark mode", ZH_ON),
    ("请帮我关闭深色模式", ZH_OFF),
    ("打开设置，关闭夜间模式", ZH_OFF),
    ("把深色模式关掉", ZH_OFF),
    ("切换回浅色模式", ZH_OFF),
    ("Add a contact 张三 with number 13800138000", ZHANG),
    ("add a contact 张三 with number 13800138000.", ZHANG),
    ("Please add a new contact named 张三 with the phone number 138 0013 8000", ZHANG),
    ("Create a contact called Mary Smith, number +44 20 7946 0958", en("Mary Smith", "+442079460958")),
    ("Could you create a new contact for Bob with phone number (555) 123-4567 please?", en("Bob", "5551234567")),
    ("Open Contacts and add a contact Li Lei with number 13900139000", en("Li Lei", "13900139000")),
    (
        "Open the contacts app, then add a contact for O'Neil with mobile number 07700 900123",
        en("O'Neil", "07700900123"),
    ),
    ("Add Anna to my contacts with number 12345", en("Anna", "12345")),
    ("Add Anna to my contacts: 12345", en("Anna", "12345")),
    ("Add Anna Lee with number 12345 to my contacts", en("Anna Lee", "12345")),
    ("Add Anna Lee (12345) to the address book", en("Anna Lee", "12345")),
    ("Save 13800138000 as 张三", ZHANG),
    ("Save the number 13800138000 under the name 张三 in my contacts", ZHANG),
    ("Save 张三's number 13800138000", ZHANG),
    ("New contact: 张三, 13800138000", ZHANG),
    ("Add a contact: name 张三, number 13800138000", ZHANG),
    ("Add a contact with number 13800138000 named 张三", ZHANG),
    ("Add a contact with the number 13800138000 and the name 张三", ZHANG),
    ('Add a contact "Tom and Jerry" with number 555-0100', en("Tom and Jerry", "5550100")),
    ("I would like you to add a contact Will New with number 110", en("Will New", "110")),
    ("添加联系人张三，号码13800138000", ZHANG_ZH),
    ("添加联系人张三,号码13800138000。", ZHANG_ZH),
    ("添加联系人 张三 13800138000", ZHANG_ZH),
    ("请帮我添加一个联系人，姓名张三，电话13800138000", ZHANG_ZH),
    ("新建一个联系人：李雷，手机号是139-0013-9000", zh("李雷", "13900139000")),
    ("新建联系人，名字叫欧阳娜娜，电话号码：１３８００１３８０００", zh("欧阳娜娜", "13800138000")),
    ("打开通讯录，添加联系人王小明，号码10086", zh("王小明", "10086")),
    ("在通讯录里新建联系人Mary Smith，电话是+86 138 0013 8000", zh("Mary Smith", "+8613800138000")),
    ("把张三（13800138000）加到通讯录", ZHANG_ZH),
    ("请把张三的电话13800138000存到手机通讯录里", ZHANG_ZH),
    ("将13800138000存为张三", ZHANG_ZH),
    ("保存张三的电话：13800138000", ZHANG_ZH),
    ("帮我存一下张三的手机号13800138000", ZHANG_ZH),
    ("添加联系人，号码13800138000，姓名张三", ZHANG_ZH),
    ("创建联系人“小明”，号码为120，谢谢", zh("小明", "120")),
]

UNKNOWN = [
    "",
    "   ",
    "...",
    "Order a pizza",
    "Dark mode",
    "What is dark mode?",
    "Turn on the light",
    "Turn on Bluetooth",
    "Open Settings",
    "Write a note: turn on dark mode",
    "Turn on dark mode and send Bob a message",
    "Turn on dark mode and delete all contacts",
    "Call 13800138000",
    "Add a contact 张三",
    "Add a contact with number 13800138000",
    "Add a contact 张三 with number 13800138000 and send him a message",
    "Add contacts 张三 with number 13800138000 and 李四 with number 13900139000",
    "Delete the contact 张三 with number 13800138000",
    "Add a note for Bob with number 12345",
    "打开设置",
    "深色模式是什么",
    "打开蓝牙",
    "开启深色模式并给张三发消息",
    "写一条笔记：开启深色模式",
    "删除联系人张三，号码13800138000",
    "添加联系人张三",
    "添加联系人张三，号码13800138000，然后给他打电话",
    "给张三发消息：八点见",
    "Add a contact " + "x" * 100 + " with number 12345",
    "Turn on dark mode " + "please " * 200,
]


@pytest.mark.parametrize(("text", "task"), KNOWN)
def test_variation_is_understood(text: str, task: Task) -> None:
    assert understand(text) == task


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_the_script_cannot_play_whole_is_declined(text: str) -> None:
    assert understand(text) is None


def test_every_example_that_is_named_to_people_is_understood_in_its_language() -> None:
    for language, examples in EXAMPLES.items():
        for example in examples:
            task = understand(example)
            assert task is not None
            assert task.language == language


def test_language_is_that_of_most_letters() -> None:
    assert language_of("Add a contact 张三") == "en"
    assert language_of("给 Bob 发一条消息") == "zh"
    assert language_of("12345") == "en"


@pytest.mark.parametrize(
    "unit", ["1 ", "add ", "add a contact ", " with number", "张", "，号码", "(", "open contacts and "]
)
def test_hostile_text_is_declined_quickly(unit: str) -> None:
    started = time.process_time()
    for length in (450, 100_000):
        understand("add a contact " + (unit * length)[:length] + " 13800138000 !x")
    assert time.process_time() - started < 1.0
