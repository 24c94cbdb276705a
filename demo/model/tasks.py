"""The tasks that the scripted model can play, and how to ask for them.

A new kind of task gets a struct and a line in `EXAMPLES` here, a reader in `repertoire.py`, a player in `policy.py`.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

Language: TypeAlias = Literal["en", "zh"]

EXAMPLES: Final[dict[Language, tuple[str, ...]]] = {
    "en": ("Open Settings and turn on dark mode", "Add a contact 张三 with number 13800138000"),
    "zh": ("打开设置并开启深色模式", "添加联系人张三，号码13800138000"),
}


class SetDarkMode(msgspec.Struct, frozen=True):
    """Switch the dark mode on or off."""

    on: bool
    language: Language


class AddContact(msgspec.Struct, frozen=True):
    """Have a contact of this name with this number (digits, perhaps with a leading plus)."""

    name: str
    number: str
    language: Language


Task: TypeAlias = SetDarkMode | AddContact
