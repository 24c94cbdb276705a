"""What the command line refuses, in which words and with which code, with nothing running; its start is cheap."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from shared.errors import ErrorCode, NotReachableError, StepwellError
from supervisor.cli.app import run_command_line
from supervisor.cli.output import exit_code
from supervisor.launch import start_detached

if TYPE_CHECKING:
    from pathlib import Path


class Told:
    """What a command said, and its code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("STEPWELL_HOME", str(tmp_path / "home"))

    def run(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["stepwell", *arguments])
        with pytest.raises(SystemExit) as ended:
            run_command_line()
        said = capsys.readouterr()
        return Told(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["run", ""], "empty"),
        (["run", "   "], "empty"),
        (["run", "x" * 70_000], "task"),
        (["run", "x", "--max-steps", "0"], "max-steps"),
        (["run", "x", "--max-steps", "-1"], "max-steps"),
        (["run", "x", "--max-steps", "many"], "max-steps"),
        (["run", "x", "--agent", "no such agent"], "agent"),
        (["run", "x", "--device", "a b"], "device"),
        (["run", "x", "--script", "/nowhere.yaml"], "/nowhere.yaml"),
        (["run"], "TASK"),
        (["stop"], "TASK_ID"),
        (["stop", "a", "--all"], "name one"),
        (["tasks", "--state", "BUSY"], "state"),
        (["tasks", "--limit", "0"], "limit"),
        (["tasks", "--since", "yesterday-ish"], "yesterday-ish"),
        (["run", "x", "--timeout", "-1"], "timeout"),
        (["wait", "@last", "--timeout", "nan"], "timeout"),
        (["logs", "--level", "loud"], "loud"),
        (["logs", "nobody"], "nobody"),
        (["up", "--language", "fr"], "language"),
        (["up", "--seed", "x"], "seed"),
        (["label", "@last"], "STEP"),
        (["label", "@last", "1"], "right or wrong"),
        (["label", "@last", "1", "right", "--clear"], "right or wrong"),
        (["label", "@last", "first", "right"], "first"),
        (["label", "@last", "1", "maybe"], "maybe"),
        (["rm"], "TASK_ID"),
        (["watch", "--since", "-1"], "since"),
        (["watch", "--since", "yesterday"], "since"),
        (["frobnicate"], "frobnicate"),
        (["status", "--frobnicate"], "frobnicate"),
    ],
)
def test_bad_input_is_refused_with_a_sentence_and_code_2(call, arguments: list[str], word: str) -> None:
    plain = call(*arguments)
    assert plain.code == 2
    assert word in plain.err
    assert plain.err.count("\n") == 1
    as_json = call(*arguments, "--json")
    assert as_json.code == 2
    told = json.loads(as_json.err)
    assert set(told) == {"code", "message", "remedy"}
    assert as_json.out == ""


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[limits]\nstep_s = 'x'\n", "step_s"),
        ("colour = 1\n", "colour"),
        ("= x", "TOML"),
        ("[models.a]\n", "base_url"),
    ],
)
def test_a_broken_settings_file_is_refused_by_file_and_key(call, text: str, word: str, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home" / "stepwell.toml").write_text(text)
    told = json.loads(call("up", "--json").err)
    assert told["code"] == "BAD_SETTINGS"
    assert "stepwell.toml" in told["message"]
    assert word in told["message"]
    assert not (tmp_path / "home" / "tasks.db").exists()


@pytest.mark.parametrize("arguments", [["up"], ["up", "--demo"]])
def test_a_home_that_cannot_be_had_is_refused(call, arguments: list[str], tmp_path: Path) -> None:
    for home in ("file", "file/below", "/proc/stepwell"):
        (tmp_path / "file").write_text("")
        told = call(*arguments, "--json", "--home", str(tmp_path / home))
        assert told.code == 2
        assert json.loads(told.err)["code"] == "BAD_HOME"


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["down"],
        ["tasks"],
        ["show", "@last"],
        ["wait", "@last"],
        ["stop", "@last"],
        ["devices"],
        ["devices", "hold", "D"],
        ["devices", "release", "D"],
        ["run", "x", "--no-start"],
    ],
)
def test_with_nothing_running_the_code_is_3_and_no_home_is_made(call, arguments: list[str], tmp_path: Path) -> None:
    told = call(*arguments, "--json")
    assert told.code == 3
    assert json.loads(told.err)["code"] == "NOT_RUNNING"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "command",
    [
        *("up", "demo", "down", "run", "stop", "tasks", "show", "wait", "status", "logs", "doctor"),
        *("devices", "devices list", "devices hold", "devices release"),
    ],
)
def test_every_command_takes_home_and_json_and_helps_with_an_example(call, command: str) -> None:
    told = call(*command.split(), "--help")
    assert told.code == 0
    for word in ("--home", "--json"):
        assert word in told.out
    assert f"Example: stepwell {command} " in " ".join(told.out.split()) + " "


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotReachableError(ErrorCode.STORE_AWAY, "x"), 3),
        (NotReachableError(ErrorCode.NOT_RUNNING, "x"), 3),
        (StepwellError(ErrorCode.UNKNOWN_TASK, "x"), 2),
        (StepwellError(ErrorCode.HOME_IN_USE, "x"), 2),
        (StepwellError(ErrorCode.INTERNAL, "x"), 1),
    ],
)
def test_errors_have_their_exit_codes(error: StepwellError, code: int) -> None:
    assert exit_code(error) == code


def test_a_start_that_is_refused_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    from shared.paths import Home

    (tmp_path / "home").write_text("")
    with pytest.raises(StepwellError) as caught:
        start_detached(Home(tmp_path / "home"))
    assert caught.value.code is ErrorCode.BAD_HOME
    assert "is a file" in caught.value.message


def test_version_costs_little_more_than_python_itself() -> None:
    def seconds(*arguments: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-P", *arguments], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began

    bare = min(seconds("-c", "pass") for _ in range(3))
    version = min(seconds("-m", "supervisor", "--version") for _ in range(3))
    assert version < max(0.3, 6 * bare)


@pytest.mark.parametrize("command", [["status"], ["run", "do it"], ["tasks"], ["logs"], ["down"]])
def test_a_home_that_is_a_file_is_named_as_such_by_every_command(command: list[str], call, tmp_path: Path) -> None:
    file = tmp_path / "a-file"
    file.write_text("no folder")
    told = call(*command, "--home", str(file))
    assert (told.code, told.out) == (2, "")
    assert "is a file, not a folder" in told.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["do it", "--agent", "../x"], "a name of letters, digits, - and _"),
        (["x" * 70_000], "at most 65,536 characters"),
        (["do it", "--max-steps", "0"], "--max-steps"),
    ],
)
def test_what_no_task_can_be_is_said_in_plain_words(arguments: list[str], said: str, call) -> None:
    told = call("run", *arguments)
    assert told.code == 2
    assert said in told.err
    assert "regex" not in told.err
