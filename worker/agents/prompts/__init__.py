"""The system prompt of the phone agent: the action language, told to a model in English or Chinese.

The texts lie beside this file as package data; a customer's own file takes their place. Whatever the text,
`{date}` in it becomes today's date; nothing else in it is interpreted. Called by the conversation.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Final

from shared.errors import BadInputError, ErrorCode

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

LANGUAGES: Final = ("en", "zh")
MAX_PROMPT_BYTES: Final = 256 * 1024  # far beyond any model's use; keeps a wrong path from filling the memory

_WEEKDAYS: Final = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
}


def system_prompt(language: str, today: date, file: Path | None = None) -> str:
    """Return the system prompt in `language` ("en" or "zh"), from `file` when one is given.

    Raises BadInputError BAD_SETTINGS when the file cannot be read, is not UTF-8, is empty or over 256 KiB, and
    `ValueError` for a language that there is no text for.
    """
    if language not in LANGUAGES:
        raise ValueError(f"there is no system prompt in “{language}”; there is one in {' and '.join(LANGUAGES)}")
    text = _from_file(file) if file is not None else _built_in(language)
    return text.replace("{date}", _spell_date(language, today))


def _built_in(language: str) -> str:
    return resources.files(__package__).joinpath(f"system_{language}.txt").read_text(encoding="utf-8")


def _from_file(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_PROMPT_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise _unusable(file, f"cannot be read: {error.strerror}", "correct system_prompt_file") from error
    except UnicodeDecodeError as error:
        raise _unusable(file, "is not UTF-8 text", "save it as UTF-8") from error
    if len(content) > MAX_PROMPT_BYTES:
        raise _unusable(file, f"is longer than {MAX_PROMPT_BYTES // 1024} KiB", "shorten it")
    if not text.strip():
        raise _unusable(file, "is empty", "write the prompt into it, or take the setting out")
    return text


def _unusable(file: Path, what: str, remedy: str) -> BadInputError:
    return BadInputError(ErrorCode.BAD_SETTINGS, f"the prompt file {file} {what}", remedy=remedy)


def _spell_date(language: str, today: date) -> str:
    weekday = _WEEKDAYS[language][today.weekday()]
    if language == "zh":
        return f"{today.year}年{today.month}月{today.day}日 {weekday}"
    return f"{weekday}, {today.isoformat()}"
