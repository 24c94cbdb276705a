"""Why a child died, as its own files tell it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from supervisor.last_words import last_words

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, *lines: dict[str, str] | str) -> None:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (folder / "daemon.jsonl").write_text(text + "\n")


def test_the_last_error_of_this_life_is_told(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"level": "info", "event": "started"},
        {"level": "error", "event": "ended by an error", "error": "the file is newer"},
        {"level": "info", "event": "ended"},
    )
    assert last_words(tmp_path, "daemon") == "the file is newer"


def test_an_error_of_an_earlier_life_is_not_told(tmp_path: Path) -> None:
    write(tmp_path, {"level": "error", "event": "old"}, {"level": "info", "event": "started"})
    assert last_words(tmp_path, "daemon") == ""


def test_a_traceback_is_told_by_its_last_line_and_stderr_when_there_is_no_log(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"level": "error", "event": "fault", "exception": "Traceback\n  x\nValueError: no"},
        "torn {",
    )
    assert last_words(tmp_path, "daemon") == "ValueError: no"
    (tmp_path / "model.stderr").write_text("a\nModuleNotFoundError: \x1b[31mworker\n\n")
    assert last_words(tmp_path, "model") == "ModuleNotFoundError:  [31mworker"


def test_silence_is_silence(tmp_path: Path) -> None:
    assert last_words(tmp_path, "daemon") == ""
