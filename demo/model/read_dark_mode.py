"""Reads "turn on dark mode" in its free variations, in English and Chinese.

The thing (dark or light mode) and the direction (on or off) must be named, and what is left must be filler: a word that
is neither means that the text asks for something else as well. Pure. Called by `repertoire.py`.
"""

from __future__ import annotations

import re
from typing import Final

from demo.model.tasks import SetDarkMode

_DARK_EN: Final = re.compile(r"\b(?:dark|night)[ -]?(?:mode|theme|appearance|ui|display mode)\b", re.IGNORECASE)
_LIGHT_EN: Final = re.compile(r"\b(?:light|bright|day)[ -]?(?:mode|theme|appearance)\b", re.IGNORECASE)
_OFF_EN: Final = re.compile(r"\b(?:off|disable|deactivate|stop using|leave|exit|get rid of|out of)\b", re.IGNORECASE)
_ON_EN: Final = re.compile(
    r"\b(?:on|enable|activate|use|set|switch(?: over)? to|change to|go (?:to|into)|to|into|want|start using)\b",
    re.IGNORECASE,
)
_FILLER_EN: Final = frozenset(
    """
    please kindly hey hi hello can could would will you i we me us my our your the a an it its it's this that is be
    open launch start go enter visit in into to at of on off for from under over and then so now just again
    settings setting app application page menu display screen phone phone's device android system system-wide
    turn switch turned switched set put make change enable disable activate deactivate enabled disabled use using
    stop leave exit get rid out want need like i'd let lets let's have toggle option feature here thanks thank
    everywhere back
    """.split()  # noqa: SIM905 - a list of ninety words reads worse
)
_DARK_ZH: Final = re.compile(
    r"(?:深色|暗色|暗黑|黑暗|夜间|夜晚|黑夜|深夜)(?:模式|主题|外观|界面)?|(?:dark|night) ?mode", re.IGNORECASE
)
_LIGHT_ZH: Final = re.compile(r"(?:浅色|亮色|日间|白天|明亮)(?:模式|主题|外观|界面)?")
_OFF_ZH: Final = re.compile(r"关闭|关掉|关上|关了|关|停用|禁用|取消|退出|不要用|别用")
_ON_ZH: Final = re.compile(r"开启|打开|启用|开|启动|激活|切换|切|改|换|设|调|使用|用|变|进入|选择")
_FILLER_ZH: Final = re.compile(
    r"请问|请|麻烦|劳驾|帮忙|帮我|帮|替我|给我|我想要|我想|我要|我需要|想要|需要|希望|你|您|能不能|可不可以|可以|能|"
    r"一下|吧|吗|呢|好吗|谢谢|多谢|了|啊|呀|把|将|使|让|的|"
    r"系统设置|手机设置|设置|应用|页面|界面|菜单|显示与亮度|显示和亮度|显示设置|显示|屏幕|外观|主题|模式|我的|手机|系统|设备|"
    r"里面|里边|里|中|内|上|在|去|进入|进|到|成|为|成为|回|然后|接着|之后|再|并且|并|而且|和|后|先|"
    r"开启|打开|启用|启动|激活|切换|切|改|换|设定|设为|设|调整|调|使用|用|变|选择|开|"
    r"关闭|关掉|关上|关|停用|禁用|取消|退出|不要|别|来|起|掉|状态|功能|开关"
)
_PUNCTUATION: Final = re.compile(r"[\s.,;:!?~'\"，。；：！？、～“”‘’（）()·…-]+")


def read_dark_mode_en(text: str) -> SetDarkMode | None:
    """Return the wish for dark or light that an English `text` holds, or None."""
    named = _DARK_EN.search(text) or _LIGHT_EN.search(text)
    if named is None:
        return None
    rest = _LIGHT_EN.sub(" ", _DARK_EN.sub(" ", text))
    if not all(word in _FILLER_EN for word in re.findall(r"[^\s.,;:!?\"()]+", rest.lower())):
        return None
    directed = re.sub(r"\b(?:open|launch|go to|start) (?:the )?settings\b", " ", rest, flags=re.IGNORECASE)
    if _OFF_EN.search(directed):
        on = False
    elif _ON_EN.search(directed):
        on = True
    else:
        return None
    # Off the light mode, or on with it, is the other way round for the dark one.
    return SetDarkMode(on=on if _DARK_EN.search(text) else not on, language="en")


def read_dark_mode_zh(text: str) -> SetDarkMode | None:
    """Return the wish for dark or light that a Chinese `text` holds, or None."""
    dark = _DARK_ZH.search(text)
    if (dark or _LIGHT_ZH.search(text)) is None or not re.search(r"[\u4e00-\u9fff]", _DARK_ZH.sub("", text)):
        return None
    rest = _LIGHT_ZH.sub("", _DARK_ZH.sub("", text))
    if _PUNCTUATION.sub("", _FILLER_ZH.sub("", rest)):
        return None
    directed = re.sub(r"(?:打开|进入|开启|启动)(?:系统|手机)?(?:的)?(?:设置|显示)", "", rest)
    if _OFF_ZH.search(directed):
        on = False
    elif _ON_ZH.search(directed):
        on = True
    else:
        return None
    return SetDarkMode(on=on if dark else not on, language="zh")
