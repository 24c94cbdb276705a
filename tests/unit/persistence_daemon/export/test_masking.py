"""Secrets are taken out by value, in every form they may be written in, and by what they look like."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from persistence_daemon.export.masking import Masker, known_secrets
from shared.messages import NoteRow
from shared.settings import ModelProfile, Settings

if TYPE_CHECKING:
    from pathlib import Path

KEY = 'se"cret/ключ+0123'


@pytest.mark.parametrize(
    "written",
    [
        KEY,
        json.dumps(KEY)[1:-1],
        base64.b64encode(KEY.encode()).decode(),
        KEY.encode().hex(),
        quote(KEY, safe=""),
    ],
)
def test_a_key_is_masked_however_it_is_written(written: str) -> None:
    assert Masker([KEY]).text(f"before {written} after").replace("=", "") == "before *** after"
    assert written in Masker().text(f"before {written} after")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("use sk-proj-abcdefghijklmnop now", "use *** now"),
        ("Authorization: Bearer abc.def-ghi_123", "Authorization: Bearer ***"),
        ("api_key=abcdefgh1234&x=1", "api_key=***&x=1"),
        ('"apiKey": "abcdefgh1234"', '"apiKey": "***"'),
        ("http://user:pass@host/v1", "http://***@host/v1"),
        ("ask-me about the risk-of-something", "ask-me about the risk-of-something"),
        ("the bearer of news", "the bearer of news"),
        ("http://host:8000/v1", "http://host:8000/v1"),
    ],
)
def test_what_looks_like_a_key_is_masked_and_ordinary_words_are_not(text: str, masked: str) -> None:
    assert Masker().text(text) == masked


def test_a_key_that_begins_like_another_is_masked_whole() -> None:
    assert Masker(["abcdef", "abcdefghi"]).text("abcdefghi abcdef") == "*** ***"


def test_a_short_value_masks_nothing() -> None:
    assert Masker(["the"]).text("the other") == "the other"


def test_json_in_a_column_is_masked_inside_its_texts() -> None:
    text = json.dumps({KEY: [f"x {KEY}", 1, None, {"a": KEY}]})
    row = NoteRow(seq=1, note_id="n", step_num=None, text=text, actor="agent", at="")  # type: ignore[arg-type]
    assert json.loads(Masker([KEY]).row(row).text) == {"***": ["x ***", 1, None, {"a": "***"}]}


def test_what_only_begins_like_json_is_masked_too() -> None:
    row = NoteRow(seq=1, note_id="n", step_num=None, text=f"{{not json {KEY}", actor="agent", at="")  # type: ignore[arg-type]
    assert Masker([KEY]).row(row).text == "{not json ***"


def test_a_file_name_holds_no_secret() -> None:
    assert Masker(["abcdef0123"]).name("1-abcdef0123.png") == "1-xxx.png"


def test_keys_come_from_the_environment_and_from_files_and_an_unreadable_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(" from-file \n")
    settings = Settings(
        models={
            "a": ModelProfile(base_url="http://x", api_key_env="MINE"),
            "b": ModelProfile(base_url="http://x", api_key_file="key"),
            "c": ModelProfile(base_url="http://x", api_key_file="missing"),
        }
    )
    found, warnings = known_secrets(settings, {"MINE": "from-env", "STEPWELL_API_KEY": "default"}, tmp_path)
    assert found == {"from-env", "from-file", "default"}
    assert len(warnings) == 1
    assert "model profile c" in warnings[0]
