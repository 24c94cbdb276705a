"""The system prompt names exactly the parser's language; a customer's file takes its place or is refused."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from shared.errors import BadInputError
from worker.agents.actions import ActionName
from worker.agents.prompts import system_prompt
from worker.agents.reply_parser import UnreadableReply, parse_reply

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 3, 7)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_example_in_the_prompt_is_readable_and_every_action_has_one(language: str) -> None:
    examples = re.findall(r"^(?:do|finish)\(.*\)$", system_prompt(language, DAY), re.MULTILINE)
    numbered = [re.sub(r"\b[xy]\d?\b(?=[,\]])", "5", example) for example in examples]
    named = {parse_reply(example).action.__struct_config__.tag for example in numbered}
    assert named == {str(name) for name in ActionName}


def test_date_is_spelled_in_the_prompts_language() -> None:
    assert system_prompt("en", DAY).startswith("Today is Saturday, 2026-03-07.")
    assert system_prompt("zh", DAY).startswith("今天是 2026年3月7日 星期六。")
    assert "{" not in system_prompt("en", DAY).replace("{date}", "")


def test_customers_file_takes_the_place_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "prompt.txt"
    file.write_text("\ufeffIt is {date}; {other} stays.", encoding="utf-8")
    assert system_prompt("en", DAY, file) == "It is Saturday, 2026-03-07; {other} stays."


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"\xff\xfe\x00", "UTF-8"), (b" \n", "empty"), (b"x" * 300_000, "longer than 256 KiB")],
)
def test_unusable_file_is_refused_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "prompt.txt"
    file.write_bytes(content)
    with pytest.raises(BadInputError, match=reason):
        system_prompt("en", DAY, file)


def test_missing_file_and_unknown_language_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        system_prompt("en", DAY, tmp_path / "missing.txt")
    with pytest.raises(ValueError, match="there is one in en and zh"):
        system_prompt("fr", DAY)


def test_a_reply_that_only_repeats_a_rule_is_not_a_finish() -> None:
    with pytest.raises(UnreadableReply):
        parse_reply("Ends the task, when the screen shows that all of it is done.")
