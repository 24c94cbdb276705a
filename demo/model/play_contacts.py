"""Plays "add a contact": looks whether it is there already, else fills in the form and checks what was saved.

Pure. Called by the policy.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from demo.model.moves import Move, back, finish, give_up, tap, type_text
from demo.model.play_apps import leave_page, open_app, times
from demo.model.play_lists import Search, look_further

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.model.screen import Node, Screen
    from demo.model.tasks import AddContact

CONTACTS_PACKAGE: Final = "com.android.contacts"
MAX_TRIES: Final = 3
_ADDING: Final = {"en": "I tap the button that adds one", "zh": "点添加按钮"}  # told, and read again in the history
_FIELDS: Final = {"name": {"en": "name", "zh": "姓名"}, "phone": {"en": "number", "zh": "号码"}}


def play_add_contact(task: AddContact, screen: Screen, history: Sequence[Move]) -> Move:
    """Return the next move towards the contact being stored as the task wants it."""
    if screen.package != CONTACTS_PACKAGE:
        return open_app("contacts", screen, history, task.language)
    if screen.under("contacts.edit."):
        return _fill_in(task, screen, history)
    if screen.node("contacts.detail.name") or screen.node("contacts.detail.phone"):
        return _check(task, screen, history)
    if screen.node("contacts.list") or screen.node("contacts.add"):
        return _look_in_list(task, screen, history)
    return leave_page(screen, history, task.language)


# --- the form ------------------------------------------------------------------------------------------------------


def _fill_in(task: AddContact, screen: Screen, history: Sequence[Move]) -> Move:
    if not any(_ADDING[task.language] in move.thinking for move in history):
        thinking = {
            "en": "A form for a contact is open that I did not open. I close it and look at the list first.",
            "zh": "有一个不是我打开的联系人表单。先关掉它，看看联系人列表。",
        }[task.language]
        return Move(thinking, leave_page(screen, history, task.language).call)
    for field in _FIELDS:
        node, wanted = screen.node(f"contacts.edit.{field}"), _wanted(task, field)
        if node is None:
            return _uncover(task, screen, _FIELDS[field][task.language])
        if not _holds(field, node, wanted):
            return _write(task, screen, history, field)
    save = screen.node("contacts.edit.save")
    if save is None:
        return _uncover(task, screen, {"en": "Save button", "zh": "保存按钮"}[task.language])
    thinking = {
        "en": f"The name {task.name} and the number {task.number} are both in their fields. I save the contact.",
        "zh": f"姓名{task.name}和号码{task.number}都已填好，保存联系人。",
    }[task.language]
    return tap(thinking, screen.centre(save))


def _holds(field: str, node: Node, wanted: str) -> bool:
    return _same_number(node.text, wanted) if field == "phone" else node.text.strip() == wanted


def _wanted(task: AddContact, field: str) -> str:
    return task.number if field == "phone" else task.name


def _write(task: AddContact, screen: Screen, history: Sequence[Move], field: str) -> Move:
    label, wanted, node = _FIELDS[field][task.language], _wanted(task, field), screen.node(f"contacts.edit.{field}")
    if node is not None and not node.focused:
        thinking = {
            "en": f"This is the form for a contact. The {label} is still to be filled in, so I tap its field first.",
            "zh": f"这是联系人的编辑页面，{label}还没有填，先点一下输入框。",
        }[task.language]
        return tap(thinking, screen.centre(node))
    thinking = {
        "en": f"The {label} field has the focus and should hold {wanted}. I type it.",
        "zh": f"{label}输入框已获得焦点，应当填{wanted}，输入它。",
    }[task.language]
    move = type_text(thinking, wanted)
    if times(history, move) >= MAX_TRIES:
        thinking = {
            "en": f"I have typed the {label} several times, and the field still does not show it.",
            "zh": f"{label}已经输入了好几次，输入框里仍然不对。",
        }[task.language]
        return give_up(thinking, f"the {_FIELDS[field]['en']} field does not take the text {wanted}")
    return move


def _uncover(task: AddContact, screen: Screen, what: str) -> Move:
    """Return the move that brings back something of the form that cannot be seen."""
    if screen.keyboard:
        thinking = {
            "en": f"The keyboard covers the {what}. I close it with Back.",
            "zh": f"键盘挡住了{what}，先按返回键收起键盘。",
        }[task.language]
        return back(thinking)
    thinking = {
        "en": f"The {what} is not on this part of the form, so I leave the form and begin again.",
        "zh": f"这个页面上看不到{what}，退出后重新来。",
    }[task.language]
    return back(thinking)


# --- the contact that is shown -------------------------------------------------------------------------------------


def _check(task: AddContact, screen: Screen, history: Sequence[Move]) -> Move:
    name, number = (_text(screen.node(f"contacts.detail.{field}")) for field in ("name", "phone"))
    if name.strip() != task.name or not _same_number(number, task.number):
        return leave_page(screen, history, task.language)
    if any("Type" in move.call for move in history):
        thinking = {
            "en": f"The page shows {name} with the number {number}: the contact is stored as the task wants it.",
            "zh": f"页面显示{name}，号码{number}：联系人已经按任务要求存好了。",
        }[task.language]
        message = {
            "en": f"The contact {task.name} with number {task.number} was added.",
            "zh": f"已添加联系人{task.name}，号码{task.number}。",
        }[task.language]
        return finish(thinking, message)
    thinking = {
        "en": f"The page shows {name} with the number {number}: this contact is there already.",
        "zh": f"页面显示{name}，号码{number}：这个联系人本来就有。",
    }[task.language]
    message = {
        "en": f"The contact {task.name} with number {task.number} was there already; nothing had to be added.",
        "zh": f"联系人{task.name}（号码{task.number}）本来就有，无需添加。",
    }[task.language]
    return finish(thinking, message)


# --- the list ------------------------------------------------------------------------------------------------------


def _look_in_list(task: AddContact, screen: Screen, history: Sequence[Move]) -> Move:
    if found := _open_match(task, screen, history):
        return found
    if searching := _look_further(task, screen, history):
        return searching
    add = screen.node("contacts.add")
    if add is None:
        return leave_page(screen, history, task.language)
    thinking = {
        "en": f"The list of contacts has no {task.name} with this number. {_ADDING['en']}.",
        "zh": f"联系人列表里没有这个号码的{task.name}，{_ADDING['zh']}。",
    }[task.language]
    return tap(thinking, screen.centre(add))


def _open_match(task: AddContact, screen: Screen, history: Sequence[Move]) -> Move | None:
    """Return the tap on a row that may be the wanted contact and was not opened before."""
    for row in screen.under("contacts.row."):
        shown = [number for text in (row.text, row.desc) for number in re.findall(r"\+?\d[\d ()-]{2,}", text)]
        fits = not shown or any(_same_number(number, task.number) for number in shown)
        if task.name not in (line.strip() for line in f"{row.text}\n{row.desc}".splitlines()) or not fits:
            continue
        thinking = {
            "en": f"The list has a contact {task.name}. I open it to compare the number.",
            "zh": f"列表里有一个{task.name}，点开核对号码。",
        }[task.language]
        move = tap(thinking, screen.centre(row))
        if shown or not times(history, move):
            return move
    return None


def _look_further(task: AddContact, screen: Screen, history: Sequence[Move]) -> Move | None:
    """Return the scroll that shows another part of the list: first up to its top, then all of it; None at its end."""
    contacts = screen.node("contacts.list")
    if contacts is None:
        return None
    at_top = screen.node("contacts.row.0") is not None
    rows = screen.under("contacts.row.")
    return look_further(
        Search(task.name, task.language, screen, contacts, rows, then_down=True, at_top=at_top), history
    )


def _text(node: Node | None) -> str:
    return node.text if node else ""


def _same_number(shown: str, wanted: str) -> bool:
    return bool(wanted) and re.sub(r"[^0-9+]", "", shown) == wanted
