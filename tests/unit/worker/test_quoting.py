"""Any text reaches the phone's shell as one word, and `input text` types exactly what was meant."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.devices.quoting import input_text_pieces, quote_for_device

SHELL_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=60)
NASTY = [
    "",
    "$(reboot)",
    "`id`",
    "a'b",
    '"; rm -rf /',
    "a\nb",
    "$HOME",
    "*",
    "~",
    "\\",
    "!x",
    "&& id",
    "张三",
    "-n",
    "a  b",
]


def through_a_shell(words: list[str]) -> list[str]:
    script = "printf '%s\\0' " + " ".join(quote_for_device(word) for word in words)
    out = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True).stdout
    return out.decode().split("\0")[:-1]


def test_what_is_nasty_passes_a_real_shell_unchanged():
    assert through_a_shell(NASTY) == NASTY


@settings(max_examples=60, deadline=None)
@given(st.lists(SHELL_TEXT, min_size=1, max_size=20))
def test_any_text_passes_a_real_shell_unchanged(words):
    assert through_a_shell(words) == words


def test_a_nul_is_refused():
    with pytest.raises(ValueError, match="NUL"):
        quote_for_device("a\0b")


def typed(piece: str) -> str:
    """What Android's `input text` makes of an argument."""
    return piece.replace("%s", " ")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=1500))
def test_input_text_types_what_was_meant_a_literal_percent_s_included(text):
    pieces = input_text_pieces(text)
    assert "".join(typed(piece) for piece in pieces) == text
    assert all(piece for piece in pieces)


def test_a_percent_before_a_split_is_not_taken_for_a_space():
    assert [typed(p) for p in input_text_pieces("50%s and %ss")] == ["50%", "s and %", "ss"]
