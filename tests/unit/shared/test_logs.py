"""Log lines: JSON, one a line, bounded on disk, without keys and without anything that paints on a terminal."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

from shared import logs
from shared.logs import configure_logs, get_logger, mask_values, masked

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "sk-canary-0123456789"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Leave no handler, no setting and no secret behind."""
    before = set(logs._secrets)
    yield
    root = logging.getLogger("stepwell")
    for handler in root.handlers:
        handler.close()
    root.handlers.clear()
    root.propagate = True
    structlog.reset_defaults()
    logs._secrets.clear()
    logs._secrets.update(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    configure_logs(tmp_path, "daemon")
    return tmp_path


def raw(folder: Path) -> str:
    return (folder / "daemon.jsonl").read_text(encoding="utf-8")


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in raw(folder).split("\n") if line]


def test_a_line_says_when_how_bad_who_and_what(folder: Path) -> None:
    get_logger().info("a batch is committed", records=3, seq=17)
    (line,) = lines(folder)
    assert list(line)[:5] == ["at", "level", "process", "pid", "event"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", str(line["at"]))
    assert (line["level"], line["process"], line["event"]) == ("info", "daemon", "a batch is committed")
    assert (line["records"], line["seq"]) == (3, 17)


def test_lines_below_the_level_are_not_written(tmp_path: Path) -> None:
    configure_logs(tmp_path, "daemon", "warning")
    get_logger().info("no")
    get_logger().warning("yes")
    assert [line["event"] for line in lines(tmp_path)] == ["yes"]


def test_a_traceback_is_part_of_its_line(folder: Path) -> None:
    def fail() -> None:
        raise RuntimeError(f"with {KEY}")

    mask_values({KEY})
    try:
        fail()
    except RuntimeError:
        get_logger().exception("it failed")
    (line,) = lines(folder)
    assert "Traceback" in str(line["exception"])
    assert "with ***" in str(line["exception"])


def test_before_logs_are_configured_what_is_logged_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    """A command of the person is no process with a log; its output is the person's."""
    structlog.reset_defaults()
    get_logger().warning("a frame was refused", frame=PAINT)
    assert capfd.readouterr() == ("", "")


def test_two_processes_have_two_files(tmp_path: Path) -> None:
    for process in ("daemon", "worker-1"):
        configure_logs(tmp_path, process)
        get_logger().info("started")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["daemon.jsonl", "worker-1.jsonl"]


# --- keys ----------------------------------------------------------------------------------------------------------


def test_a_key_is_masked_wherever_it_stands(folder: Path) -> None:
    mask_values({KEY})
    get_logger().info(f"asked with {KEY}", header={"Authorization": f"Bearer {KEY}"}, several=[KEY, (KEY,)], **{KEY: 1})
    text = raw(folder)
    assert KEY not in text
    assert text.count("***") == 5
    json.loads(text)


@pytest.mark.parametrize("key", ['quote"d-key', "back\\slash-key", "line\nend-key", "naïve-key", "c1\x9b-key-abc"])
def test_a_key_is_masked_however_json_writes_it(folder: Path, key: str) -> None:
    mask_values({key})
    get_logger().info("asked", header=f"Bearer {key}")
    assert lines(folder)[0]["header"] == "Bearer ***"


def test_a_key_that_begins_another_does_not_leave_the_others_end() -> None:
    mask_values({"sk-canary", "sk-canary-and-more"})
    assert masked("x sk-canary-and-more y sk-canary z") == "x *** y *** z"


def test_short_values_do_not_mask_ordinary_words() -> None:
    mask_values({"", "a", "phone"})
    assert masked("a phone") == "a phone"


# --- content -------------------------------------------------------------------------------------------------------

PAINT = "\x1b[2J\r\n\a\b\0\x7f\x9b31m\x85\u2028\u2029\u202e\u2066\u200f"


def test_nothing_that_paints_or_breaks_lines_reaches_the_file(folder: Path) -> None:
    get_logger().info(f"said {PAINT}", reply=PAINT, **{PAINT: PAINT})
    text = raw(folder)
    assert text.count("\n") == 1
    assert [letter for letter in text if not letter.isprintable()] == ["\n"]
    assert lines(folder)[0]["reply"] == PAINT, "it is all there, escaped"


def test_a_lone_surrogate_is_written_as_its_escape(folder: Path) -> None:
    get_logger().info("said", reply="a\ud800b")
    assert lines(folder)[0]["reply"] == "a\ud800b"


def test_text_of_people_stays_readable(folder: Path) -> None:
    get_logger().info("打开设置", reply="späť 😀")
    assert "打开设置" in raw(folder)
    assert "späť 😀" in raw(folder)


class Odd:
    def __repr__(self) -> str:
        return f"<odd {KEY}>"


def circle() -> list[object]:
    inner: list[object] = []
    inner.append(inner)
    return inner


@pytest.mark.parametrize(
    "value", [Odd(), {(1, 2): 3}, {1: 2}, circle(), float("nan"), float("inf"), b"\xff", {1, 2}, Path("/x"), 1 << 99]
)
def test_whatever_is_logged_is_a_line_of_json(folder: Path, value: object) -> None:
    mask_values({KEY})
    get_logger().info("something", value=value)
    assert lines(folder)[0]["event"] == "something"
    assert "NaN" not in raw(folder)
    assert KEY not in raw(folder)


# --- size ----------------------------------------------------------------------------------------------------------


def test_the_files_of_a_process_are_rotated_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LOG_FILE_BYTES", 2000)
    configure_logs(tmp_path, "daemon")
    for n in range(200):
        get_logger().info("a line of some length", n=n)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["daemon.jsonl", "daemon.jsonl.1", "daemon.jsonl.2"]
    assert all(path.stat().st_size <= 2000 for path in tmp_path.iterdir())
    assert lines(tmp_path)[-1]["n"] == 199
    kept = [json.loads(line)["n"] for name in reversed(names) for line in (tmp_path / name).read_text().splitlines()]
    assert kept == list(range(kept[0], 200)), "only the oldest are gone"
