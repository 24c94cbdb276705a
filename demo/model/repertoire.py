"""What the scripted model can be asked for: a task's text in English or Chinese becomes one typed task, or none.

A text is understood only as a whole: words that are left over mean that more is wanted than the script can play, and
then it is better to say so than to do half of it. Pure. Called by `policy.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from demo.model.read_contact import read_contact_en, read_contact_zh
from demo.model.read_dark_mode import read_dark_mode_en, read_dark_mode_zh

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.model.tasks import Language, Task

MAX_TASK_CHARS: Final = 500  # no variation of these tasks is longer

_READERS: Final[tuple[Callable[[str], Task | None], ...]] = (
    read_dark_mode_en,
    read_dark_mode_zh,
    read_contact_en,
    read_contact_zh,
)


def understand(text: str) -> Task | None:
    """Return the task that `text` asks for, or None when it is outside the repertoire."""
    if len(text) > MAX_TASK_CHARS:
        return None
    plain = re.sub(r"\s+", " ", text).strip(" \t.。!！?？,，;；")
    return next((task for reader in _READERS if (task := reader(plain)) is not None), None)


def language_of(text: str) -> Language:
    """Return the language that most of the letters of `text` belong to."""
    chinese = len(re.findall(r"[\u4e00-\u9fff]", text))
    return "zh" if chinese * 2 > len(re.findall(r"[A-Za-z]", text)) else "en"
