"""What the command line refuses, in which words and with which code, with nothing running; its start is cheap."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shared.errors import BadInputError, ErrorCode, NotReachableError, StepwellError
from supervisor.cli import main
from supervisor.cli.output import exit_code
from supervisor.cli.run import read_script
from supervisor.launch import start_detached

if TYPE_CHECKING:
    from collections.abc import Iterator


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
            main()
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
        (["tasks", "--since", "99999999999999d"], "no time"),
        (["tasks", "--since", "9" * 5000 + "d"], "no time"),
        (["tasks", "--since", "0001-01-01"], "no time"),
        (["logs", "/etc"], "/etc"),
        (["logs", "**"], "no process is called"),
        (["logs", "x" * 100_000], "xxx…"),
        (["devices", "hold", ""], "'' is no device's serial"),
        (["devices", "release", "a b"], "'a b' is no device's serial"),
        (["tasks", "--device", "\n"], "is no device's serial"),
        (["stop", "--device", "x" * 100_000], "xxx…"),
        (["run", "ab\udcff"], "not UTF-8"),
        (["run", "x", "--script", "/dev/zero"], "is a device"),
        (["run", "x", "--script", "/"], "Is a directory"),
        (["status", "--frobnicate"], "frobnicate"),
    ],
)
def test_bad_input_is_refused_with_a_sentence_and_code_2(call, arguments: list[str], word: str) -> None:
    plain = call(*arguments)
    assert plain.code == 2
    assert word in plain.err
    assert plain.err.count("\n") == 1
    assert len(plain.err) < 400
    assert "regex" not in plain.err
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


@pytest.fixture
def unusable_home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A home that the system does not let us use, and is let go of afterwards."""
    home = tmp_path / "home"
    (home / "run").mkdir(parents=True)
    if request.param == "lock":
        (home / "run" / "supervisor.lock").mkdir()
        yield home
        return
    (home / "run" / "supervisor.lock").touch()
    if os.getuid() != 0:
        pytest.skip("only root can mount")
    for options in (["--bind", str(home), str(home)], ["-o", "remount,ro,bind", str(home)]):
        done = subprocess.run(["mount", *options], capture_output=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"no mounts here: {done.stderr.decode()}")
    yield home
    subprocess.run(["umount", str(home)], check=True)


@pytest.mark.parametrize("unusable_home", ["lock", "read-only"], indirect=True)
def test_a_home_that_the_system_refuses_is_named_by_every_command(call, unusable_home: Path) -> None:
    for command in (["status"], ["tasks"], ["show", "@last"], ["run", "x"], ["down"], ["up"], ["wait", "@last"]):
        told = call(*command, "--json")
        assert (told.code, json.loads(told.err)["code"]) == (2, "BAD_HOME"), (command, told.err)
        assert str(unusable_home) in told.err


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user")
def test_a_home_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    os.chown(home, 65534, 65534)
    powerless = ["setpriv", *(f"--{which}=-dac_override,-dac_read_search" for which in ("bounding-set", "inh-caps"))]
    for command in ("status", "tasks", "down"):
        argv = [*powerless, sys.executable, "-P", "-m", "supervisor", command, "--home", str(home)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert f"{home} cannot be used as a home: " in done.stderr
        assert "Permission denied" in done.stderr


def test_what_nobody_thought_of_is_one_sentence(call, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> object:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/somewhere")

    monkeypatch.setattr("supervisor.cli.logs.LogFollower", refuse)
    told = call("logs")
    assert told.code == 1
    assert told.err == "stepwell: /somewhere: Permission denied\n"


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["run", "--help"], ["logs", "--json"]])
def test_an_output_that_takes_nothing_is_said_in_a_sentence(
    arguments: list[str], unbuffered: str, log_home: Path
) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "supervisor", *arguments],
            env=os.environ | {"STEPWELL_HOME": str(log_home), "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    sentence = "the output cannot be written: No space left on device"
    told = {"code": "INTERNAL", "message": sentence, "remedy": ""}
    said = json.dumps(told) if "--json" in arguments else f"stepwell: {sentence}"
    assert (done.returncode, done.stderr) == (1, f"{said}\n")


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["run", "--help"], ["logs", "--json"], ["doctor"]])
def test_whoever_stops_reading_gets_141_and_no_traceback(arguments: list[str], log_home: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "supervisor", *arguments],
        env=os.environ | {"STEPWELL_HOME": str(log_home)},
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.fixture
def log_home(tmp_path: Path) -> Path:
    """A home with one line in its log."""
    (tmp_path / "home" / "logs").mkdir(parents=True)
    (tmp_path / "home" / "logs" / "daemon.jsonl").write_text('{"at": "2026-01-01", "level": "info", "event": "x"}\n')
    return tmp_path / "home"


@pytest.mark.parametrize(("size", "taken"), [(1 << 20, True), ((1 << 20) + 1, False)])
def test_a_script_may_come_from_a_pipe_but_no_more_than_a_mebibyte(size: int, taken: bool, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-c", "import sys; open(sys.argv[1], 'w').write('#' * int(sys.argv[2]))"]
    with subprocess.Popen([*command, str(pipe), str(size)], stderr=subprocess.DEVNULL):
        if taken:
            assert len(read_script(pipe)) == size
            return
        with pytest.raises(BadInputError, match="larger than 1 MiB") as caught:
            read_script(pipe)
    assert caught.value.code is ErrorCode.TOO_LARGE
