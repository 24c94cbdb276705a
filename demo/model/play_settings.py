"""Plays "turn on dark mode": Settings, the display page, the switch.

Pure. Called by the policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from demo.model.moves import Move, finish, give_up, tap
from demo.model.play_apps import leave_page, open_app, times
from demo.model.play_lists import Search, look_further

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.model.screen import Node, Screen
    from demo.model.tasks import SetDarkMode

SETTINGS_PACKAGE: Final = "com.android.settings"
SWITCH: Final = "settings.display.dark_mode"
DISPLAY: Final = "settings.item.display"
MAX_TRIES: Final = 3


def play_dark_mode(task: SetDarkMode, screen: Screen, history: Sequence[Move]) -> Move:
    """Return the next move towards the switch being as the task wants it."""
    if screen.package != SETTINGS_PACKAGE:
        return open_app("settings", screen, history, task.language)
    if switch := screen.node(SWITCH):
        return _set(switch, task, screen, history)
    if item := screen.node(DISPLAY):
        thinking = {
            "en": "I am in Settings. Dark mode belongs to the display, and that entry is on the screen: I tap it.",
            "zh": "已经在设置里了。深色模式属于显示设置，这一项就在画面上，点进去。",
        }[task.language]
        return tap(thinking, screen.centre(item))
    if settings := screen.node("settings.list"):
        return _look_for_display(settings, task, screen, history)
    return leave_page(screen, history, task.language)


def _set(switch: Node, task: SetDarkMode, screen: Screen, history: Sequence[Move]) -> Move:
    move = tap(_about_to_switch(task), screen.centre(switch))
    tries = times(history, move)
    if switch.checked == task.on:
        return _report(task, changed=tries > 0)
    if tries >= MAX_TRIES:
        thinking = {
            "en": "I have tapped the switch several times, and it stays as it was.",
            "zh": "这个开关已经点了好几次，状态还是没有变。",
        }[task.language]
        return give_up(thinking, "the dark mode switch does not react")
    return move


def _about_to_switch(task: SetDarkMode) -> str:
    if task.on:
        return {
            "en": "This is the display page. The dark mode switch is off and the task wants it on, so I tap it.",
            "zh": "这是显示页面。深色模式的开关现在是关的，任务要求开启，点一下开关。",
        }[task.language]
    return {
        "en": "This is the display page. The dark mode switch is on and the task wants it off, so I tap it.",
        "zh": "这是显示页面。深色模式的开关现在是开的，任务要求关闭，点一下开关。",
    }[task.language]


def _report(task: SetDarkMode, *, changed: bool) -> Move:
    state = {"en": "on" if task.on else "off", "zh": "开启" if task.on else "关闭"}[task.language]
    if changed:
        thinking = {
            "en": f"The switch shows that dark mode is {state} now. That is what the task asked for.",
            "zh": f"开关显示深色模式已经{state}，任务完成了。",
        }[task.language]
        return finish(thinking, {"en": f"Dark mode is {state} now.", "zh": f"深色模式已{state}。"}[task.language])
    thinking = {
        "en": f"The switch shows that dark mode is already {state}, so there is nothing to change.",
        "zh": f"开关显示深色模式本来就是{state}的，不需要再改。",
    }[task.language]
    message = {
        "en": f"Dark mode was already {state}; nothing had to be changed.",
        "zh": f"深色模式本来就已{state}，无需更改。",
    }[task.language]
    return finish(thinking, message)


def _look_for_display(settings: Node, task: SetDarkMode, screen: Screen, history: Sequence[Move]) -> Move:
    what = {"en": "The display entry", "zh": "“显示”"}[task.language]
    rows = screen.under("settings.item.")
    further = look_further(Search(what, task.language, screen, settings, rows, then_down=False), history)
    if further:
        return further
    thinking = {
        "en": "I have seen the whole list of settings, and there is no display entry in it.",
        "zh": "整个设置列表都看过了，没有“显示”这一项。",
    }[task.language]
    return give_up(thinking, "the list of settings has no display entry")
