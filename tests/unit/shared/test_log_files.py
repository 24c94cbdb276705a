"""Reading logs: merged by time, from the end, and on through rotations, without a line lost or told twice."""

from __future__ import annotations

import json
import logging
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from shared.errors import BadInputError
from shared.log_files import Line, LogFollower, files_of, last_lines, parsed
from shared.logs import configure_logs, get_logger

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, *numbers: int, level: str = "info") -> None:
    with path.open("a", encoding="utf-8") as file:
        for number in numbers:
            line = {"at": f"2026-01-01T00:00:{number:02d}Z", "level": level, "process": path.stem, "event": str(number)}
            file.write(json.dumps(line) + "\n")


def events(lines: list[Line]) -> list[str]:
    return [line.event for line in lines]


def test_the_lines_of_all_processes_and_rotations_are_merged_by_time(tmp_path: Path) -> None:
    write(tmp_path / "daemon.jsonl", 3, 6)
    write(tmp_path / "worker-1.jsonl", 4, 5)
    write(tmp_path / "worker-1.jsonl.1", 2)
    write(tmp_path / "worker-1.jsonl.2", 1)
    write(tmp_path / "phone-commands.jsonl", 0)
    follower = LogFollower(tmp_path)
    assert events(list(follower.history())) == ["1", "2", "3", "4", "5", "6"]
    with closing(LogFollower(tmp_path, "worker-1")) as one:
        assert events(list(one.history())) == ["1", "2", "4", "5"]
    follower.close()


def test_what_is_written_while_the_history_is_read_is_told_once(tmp_path: Path) -> None:
    log = tmp_path / "daemon.jsonl"
    write(log, 1, 2)
    follower = LogFollower(tmp_path)
    write(log, 3)
    assert events(list(follower.history())) == ["1", "2"]
    assert events(follower.poll()) == ["3"]
    assert follower.poll() == []
    follower.close()


def test_a_line_is_told_when_it_is_whole(tmp_path: Path) -> None:
    log = tmp_path / "daemon.jsonl"
    write(log, 1)
    with log.open("a") as file:
        file.write('{"event": "ha')
    follower = LogFollower(tmp_path)
    assert events(list(follower.history())) == ["1"]
    assert follower.poll() == []
    with log.open("a") as file:
        file.write('lf"}\n')
    assert events(follower.poll()) == ["half"]
    follower.close()


def test_no_line_is_lost_or_told_twice_when_files_are_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.logs.LOG_FILE_BYTES", 1500)
    configure_logs(tmp_path, "daemon")
    follower = LogFollower(tmp_path)
    told: list[str] = []
    for number in range(60):
        get_logger().info(str(number), fact="x" * 50)
        if number % 3 == 0:  # fewer lines than a file holds, so that no file is rotated away unseen
            told += events(follower.poll())
    for _ in range(3):
        told += events(follower.poll())
    assert told == [str(number) for number in range(60)]
    assert (tmp_path / "daemon.jsonl.2").exists()
    follower.close()
    for handler in logging.getLogger("stepwell").handlers:
        handler.close()


def test_a_process_that_begins_to_log_later_is_followed_from_its_first_line(tmp_path: Path) -> None:
    follower = LogFollower(tmp_path)
    write(tmp_path / "worker-9.jsonl", 1, 2)
    assert events(follower.poll()) == ["1", "2"]
    follower.close()


def test_one_call_is_bounded_and_the_rest_comes_with_the_next(tmp_path: Path) -> None:
    follower = LogFollower(tmp_path)
    write(tmp_path / "daemon.jsonl", *range(50))
    told: list[str] = []
    while found := follower.poll(20):
        assert len(found) <= 20
        told += events(found)
    assert told == [str(number) for number in range(50)]
    follower.close()


def test_the_tail_reaches_back_through_rotations_and_reads_only_the_end_of_a_large_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "daemon.jsonl"
    with log.open("wb") as file:
        file.truncate(3 << 30)  # a hole: reading it whole would take its time and memory
        file.seek(0, 2)
        file.write(b"\n")
    write(log, 8, 9)
    write(tmp_path / "worker-1.jsonl.1", 5)
    write(tmp_path / "worker-1.jsonl", 6, 7)
    follower = LogFollower(tmp_path)
    assert events(follower.tail(2)) == ["8", "9"]
    with closing(LogFollower(tmp_path, "worker-1")) as one:
        assert events(one.tail(3)) == ["5", "6", "7"]
    assert follower.tail(0) == []
    follower.close()


def test_what_is_no_json_object_is_told_as_its_text(tmp_path: Path) -> None:
    for text in ("Segmentation fault", "[1, 2]", "[" * 100_000):
        assert parsed(text, "daemon") == Line("", "", "daemon", text, {"event": text})
    (tmp_path / "daemon.jsonl").write_bytes(b"\xff\xfe\n{\n")
    follower = LogFollower(tmp_path)
    assert len(list(follower.history())) == 2
    follower.close()


def test_a_process_without_a_log_is_named_with_those_that_have_one(tmp_path: Path) -> None:
    write(tmp_path / "daemon.jsonl", 1)
    with pytest.raises(BadInputError, match=r"no process called nobody has a log.*daemon"):
        files_of(tmp_path, "nobody")


def test_the_last_lines_of_a_file_are_few_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.stderr"
    path.write_text("first\n" + "y" * 100 + "\n\nlast but one\nlast\n")
    assert last_lines(path, 2, 8192) == ["last but one", "last"]
    assert last_lines(path, 10, 30) == ["last but one", "last"]
    assert last_lines(tmp_path / "none", 2, 8192) == []
