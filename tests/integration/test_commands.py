"""What the commands print and filter, over one running demo; and those that need a start of their own."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import adbutils
import pytest
from stepwell_harness import Stepwell, is_alive, wait_for

from demo.phone.server import PhoneConfig, run_phone
from demo.phone.state import StartOptions
from shared.adb_host import connect, server_answers
from shared.identity import Identity
from shared.messages import BeginStep, RecordsWritten, WriteRecords
from shared.paths import Home
from shared.transport import Requester
from supervisor.adb_server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

WAITING = "- wait: 50\n"
STRANGER = Identity("worker-9", "0123456789abcdef")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stepwell]:
    instance = Stepwell(tmp_path_factory.mktemp("commands") / "home")
    instance.up("--fast", "--language", "en")
    yield instance
    instance.end()


@pytest.fixture(scope="module")
def done(running: Stepwell) -> str:
    """A task that has ended well."""
    task = running.script("- tap: [100, 200]\n")
    running.wait_state(task, "SUCCESS")
    return task


def run_flow(stepwell: Stepwell, flow: str, *arguments: str) -> tuple[int, dict[str, object]]:
    script = ("--agent", "script", "--script", stepwell.flow_file(flow))
    finished = stepwell.run("run", "x", *script, "--json", *arguments)
    return finished.code, finished.lines[-1]["task"]


def test_an_expected_text_decides_between_checked_and_check_failed(running: Stepwell) -> None:
    code, task = run_flow(running, "- launch: Settings\n", "--expect-text", "Settings", "--no-input")
    assert (code, task["state"], task["verdict"]) == (0, "SUCCESS", "checked")
    code, task = run_flow(running, "- launch: Settings\n", "--expect-text", "no such words")
    assert (code, task["state"], task["verdict"]) == (1, "FAILED", None)
    assert task["error_message"] == "check failed: the screen does not show 'no such words'"


def test_what_was_set_aside_is_shown_only_when_asked_for(running: Stepwell, done: str) -> None:
    client = running.client()
    requester = Requester(client._context, Home(running.home).endpoint("daemon"), STRANGER)
    forged = WriteRecords(records=(BeginStep(session_id=done, step_num=7, thinking="not mine"),))
    requester.ask(forged, RecordsWritten, 5.0)
    requester.close()
    client.close()
    (aside,) = running.run("show", done, "--conflicts", "--json").json["set_aside"]
    assert (aside["kind"], aside["code"], aside["sender"]) == ("BeginStep", "FENCED", "worker-9")
    assert json.loads(aside["raw"])["thinking"] == "not mine"
    assert "set_aside" not in running.run("show", done, "--json").json
    shown = running.run("show", done, "--conflicts").out
    assert f"set aside (seq {aside['seq']}): BeginStep: task {done} does not belong to worker-9" in shown


def test_status_tells_a_person_of_each_process_the_store_and_the_tasks(running: Stepwell, done: str) -> None:
    said = running.run("status").out
    assert f"home {running.home} (DEMO)" in said
    for name in ("supervisor", "daemon", "adb", "phone", "model", "worker-1"):
        assert re.search(rf"^{name} +ready +\d+ ", said, re.MULTILINE), said
    assert re.search(r"^store .*tasks\.db: seq \d+, .* MB", said, re.MULTILINE)
    assert re.search(r"^tasks: .*\d+ SUCCESS", said, re.MULTILINE)


def test_status_says_of_the_supervisor_what_is_true(running: Stepwell) -> None:
    row = running.run("status", "--json").json["processes"][0]
    assert (row["name"], row["pid"], row["state"]) == ("supervisor", running.children[0].pid, "ready")
    assert row["restarts"] is None
    daemon = next(row for row in running.processes() if row.name == "daemon")
    assert daemon.uptime_s is not None
    assert row["uptime_s"] >= daemon.uptime_s - 5


def ids(stepwell: Stepwell, *arguments: str) -> list[str]:
    return [row["session_id"] for row in stepwell.run("tasks", "--json", *arguments).json["items"]]


def test_tasks_are_filtered_by_state_device_and_time_and_paged(running: Stepwell, done: str) -> None:
    failed = running.script("- fail: on purpose\n")
    running.wait_state(failed, "FAILED")
    serial = running.phone_state()["serial"]
    assert failed in (found := ids(running, "--state", "failed", "--device", serial))
    assert done not in found
    assert ids(running, "--device", "another") == []
    assert {failed, done} <= set(ids(running, "--since", "1h"))
    assert ids(running, "--since", "2100-01-01") == []
    first = running.run("tasks", "--limit", "1", "--json").json
    assert [row["session_id"] for row in first["items"]] == [failed]
    assert ids(running, "--limit", "1", "--after", first["next"]) not in ([failed], [])
    plain = running.run("tasks", "--limit", "1").out
    assert failed[:8] in plain
    assert f"more: stepwell tasks --after {first['next']}" in plain


def test_logs_are_filtered_by_process_level_task_and_time(running: Stepwell, done: str) -> None:
    def lines(*arguments: str) -> list[dict[str, object]]:
        return running.run("logs", "--json", *arguments).lines

    mine = lines("worker-1", "--task", done[:12])
    assert {"task begins", "task ended"} <= {line["event"] for line in mine}
    assert all((line["schema"], line["process"], line["task"]) == (1, "worker-1", done) for line in mine)
    everything = lines()
    assert {"daemon", "worker-1", "supervisor"} <= {line["process"] for line in everything}
    assert [line["at"] for line in everything] == sorted(line["at"] for line in everything)
    assert all(line["level"] in ("warning", "error", "critical") for line in lines("--level", "warning"))
    assert lines("--since", "2100-01-01") == []
    assert lines("--since", "1h") != []


def test_logs_follow_what_is_written_until_ctrl_c(running: Stepwell) -> None:
    command = running.command("logs", "worker-1", "--follow", "--json")
    with subprocess.Popen(command, env=running.environment(), stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert json.loads(child.stdout.readline())["event"] == "started"
        task = running.script("- wait: 0\n")
        for text in child.stdout:
            line = json.loads(text)
            if line["event"] == "task ended" and line["task"] == task:
                break
        child.send_signal(signal.SIGINT)
    assert child.returncode == 0


def test_all_tasks_of_a_device_and_all_of_all_are_stopped(running: Stepwell) -> None:
    serial = running.phone_state()["serial"]
    for argument in (("--device", serial), ("--all",)):
        first = running.script(WAITING, "--device", serial)
        wait_for("the first one runs", lambda task=first: running.task(task).final_status == "RUNNING")
        second = running.script(WAITING, "--device", serial)
        assert running.run("stop", "--device", "another", "--json").json["items"] == []
        stopped = running.run("stop", *argument, "--json")
        assert stopped.code == 0, stopped.err
        assert {row["session_id"]: row["state"] for row in stopped.json["items"]} == {
            first: "STOPPED",
            second: "STOPPED",
        }
        running.run("devices", "release", serial)
    assert running.run("stop", "--all").out == "nothing runs or waits\n"


@pytest.mark.parametrize("command", ["status", "down"])
def test_a_suspended_supervisor_is_named_with_what_to_do(running: Stepwell, command: str) -> None:
    pid = running.children[0].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        told = running.run(command)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert told.code == 3
    assert f"the supervisor, process {pid}, is suspended" in told.err
    assert f"kill -CONT {pid}" in told.err
    wait_for("it goes on as before", running.all_ready)


def test_a_second_ctrl_c_leaves_the_task_running(running: Stepwell) -> None:
    child, task = running.start_run(WAITING, "--agent", "script")
    assert child.stderr is not None
    wait_for("it runs", lambda: running.task(task).open_step == 1)
    worker = running.pid("worker-1")
    os.kill(worker, signal.SIGSTOP)  # so that the stop has no end before the second Ctrl-C
    try:
        child.send_signal(signal.SIGINT)
        assert "Ctrl-C again leaves the task running" in child.stderr.readline()
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=20)
    finally:
        os.kill(worker, signal.SIGCONT)
    assert child.returncode == 130
    running.wait_state(task, "STOPPED")


def test_ctrl_c_ends_a_wait_with_130_and_the_task_goes_on(running: Stepwell) -> None:
    task = running.script(WAITING)
    wait_for("it runs", lambda: running.task(task).open_step == 1)
    child = subprocess.Popen(
        running.command("wait", task), env=running.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        wait_for("it has begun to ask", lambda: len(list(Path(f"/proc/{child.pid}/task").iterdir())) > 1)
        child.send_signal(signal.SIGINT)
        assert child.communicate(timeout=20) == (b"", b"")
        assert child.returncode == 130
        assert running.task(task).final_status == "RUNNING"
    finally:
        child.kill()
        running.run("stop", task)


def test_the_demo_draws_a_live_table_in_a_terminal(tmp_path: Path) -> None:
    stepwell = Stepwell(tmp_path / "home")
    terminal, theirs = pty.openpty()
    env = stepwell.environment({"TERM": "xterm", "COLUMNS": "120", "LINES": "40"})
    command = stepwell.command("demo", "--fast", "--headless", "--language", "en")
    child = subprocess.Popen(command, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    drawn = read_terminal(terminal)
    assert child.wait(timeout=30) == 0
    for words in ("thinking", "outcome", "finish", "done", "steps committed", "SUCCESS", "Look at it:"):
        assert words in drawn, drawn[-2000:]
    assert "\x1b[?25l" in drawn  # drawn in place: the cursor is hidden, and comes back
    assert drawn.rindex("\x1b[?25h") > drawn.rindex("\x1b[?25l")


def test_a_demo_that_is_cut_short_does_not_say_that_its_task_runs(tmp_path: Path) -> None:
    stepwell = Stepwell(tmp_path / "home")
    child = stepwell.start("demo", "--headless", "--language", "en")
    wait_for("its task runs", lambda: any(row.session_id for row in stepwell.processes()))
    worker = stepwell.pid("worker-1")
    printed = tmp_path / "home.out"
    os.kill(worker, signal.SIGSTOP)  # so that the stop has no end before the second Ctrl-C
    try:
        child.send_signal(signal.SIGINT)
        wait_for("it says so", lambda: "Ctrl-C again ends the demo at once" in printed.read_text())
        child.send_signal(signal.SIGINT)
        wait_for("it is brought down", lambda: stepwell.processes() == [] or not is_alive(worker))
    finally:
        with contextlib.suppress(ProcessLookupError):  # a worker that does not react is killed
            os.kill(worker, signal.SIGCONT)
    assert child.wait(timeout=40) == 130
    assert "was being stopped when the demo ended" in printed.read_text()
    assert "RUNNING" not in printed.read_text()


def test_a_demo_with_a_chinese_task_speaks_chinese(tmp_path: Path) -> None:
    stepwell = Stepwell(tmp_path / "home")
    done = stepwell.run("demo", "打开设置并开启深色模式", "--headless", "--fast", "--json")
    assert (done.code, done.lines[-1]["task"]["state"]) == (0, "SUCCESS"), done.err
    assert stepwell.phone_state()["language"] == "zh"


def read_terminal(terminal: int) -> str:
    """Read what is drawn until the other side closes."""
    drawn, end = b"", time.monotonic() + 60
    with contextlib.suppress(OSError):  # EIO: the last process that had the terminal has closed it
        while select.select([terminal], [], [], max(0.0, end - time.monotonic()))[0]:
            drawn += os.read(terminal, 65536)
    os.close(terminal)
    return drawn.decode("utf-8", "replace")


def test_all_devices_get_a_worker_each(tmp_path: Path) -> None:
    starts = [StartOptions(language="en", serial=f"COMMANDS{number}") for number in (1, 2)]
    port, phones = free_port(), [run_phone(PhoneConfig(start=start, pace=0.0)) for start in starts]
    server = subprocess.Popen(
        [adbutils.adb_path(), "-P", str(port), "nodaemon", "server"],
        env={**os.environ, "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "ADB_MDNS": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stepwell = Stepwell(tmp_path / "home")
    stepwell.home.mkdir(mode=0o700)
    (stepwell.home / "stepwell.toml").write_text(f"adb_server_port = {port}\n")
    try:
        wait_for("the adb server answers", lambda: server_answers(port))
        for phone in phones:
            connect(port, f"127.0.0.1:{phone.port}")
        up = stepwell.run("up", "--all-devices", "--detach", "--json")
        assert up.code == 0, up.err
        wait_for("both phones are known", lambda: len(stepwell.run("devices", "--json").json["items"]) == len(phones))
        rows = stepwell.run("devices", "--json").json["items"]
        assert sorted(row["device_id"] for row in rows) == ["COMMANDS1", "COMMANDS2"]
        assert sorted(row["worker"] for row in rows) == ["worker-1", "worker-2"]
    finally:
        stepwell.down()
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=10)
        for phone in phones:
            phone.stop()
