"""The `stepwell` command over real processes: one supervisor a home, refusals, exit codes, Ctrl-C, no orphans."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from stepwell_harness import Stepwell, is_alive, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAITING = "- tap: [100, 200]\n- wait: 50\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stepwell]:
    instance = Stepwell(tmp_path_factory.mktemp("supervisor") / "home")
    instance.up("--fast")
    yield instance
    instance.end()


def refused(stepwell: Stepwell, *arguments: str) -> dict[str, Any]:
    done = stepwell.run(*arguments, "--json")
    assert done.code == 2, done.err
    told: dict[str, Any] = json.loads(done.err)
    return told


def start_run(stepwell: Stepwell) -> tuple[subprocess.Popen[str], str]:
    """Start `run` on a flow that waits, and return it when its first step is committed, with the task's id."""
    child, task = stepwell.start_run(WAITING)
    assert child.stdout is not None
    assert json.loads(child.stdout.readline())["step_num"] == 1
    return child, task


def test_a_second_supervisor_of_a_home_is_refused_and_names_the_first(running: Stepwell) -> None:
    told = refused(running, "up", "--demo")
    assert told["code"] == "HOME_IN_USE"
    assert str(running.children[0].pid) in told["message"]
    assert running.all_ready()


def test_status_has_the_shape_that_scripts_rely_on(running: Stepwell) -> None:
    status = running.run("status", "--json").json
    assert status["schema"] == 1
    assert status["demo"] is True
    names = [row["name"] for row in status["processes"]]
    assert names == ["supervisor", "daemon", "adb", "phone", "model", "worker-1"]
    for row in status["processes"]:
        assert {"name", "pid", "state", "restarts", "uptime_s"} <= set(row)
    wanted = {"path", "timeline", "seq", "sqlite_version", "commit_ms_p50", "size_bytes"}
    assert wanted <= set(status["store"])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", "ffffffff"], "UNKNOWN_TASK"),
        (["wait", "ffffffff"], "UNKNOWN_TASK"),
        (["stop", "ffffffff"], "UNKNOWN_TASK"),
        (["run", "x", "--agent", "nobody"], "UNKNOWN_AGENT"),
        (["run", "x", "--model", "nothing"], "UNKNOWN_MODEL"),
        (["run", "x", "--device", "nowhere"], "UNKNOWN_DEVICE"),
        (["devices", "hold", "nowhere"], "UNKNOWN_DEVICE"),
    ],
)
def test_what_nobody_knows_is_refused(running: Stepwell, arguments: list[str], code: str) -> None:
    assert refused(running, *arguments)["code"] == code


def test_the_same_key_never_makes_a_second_task(running: Stepwell) -> None:
    script = running.flow_file("- tap: [100, 200]\n")
    arguments = ("run", "x", "--agent", "script", "--script", script, "--key", "once")
    first, second = running.run(*arguments, "--no-wait"), running.run(*arguments, "--json")
    assert first.code == second.code == 0
    assert first.out.strip() == second.lines[0]["session_id"]
    assert second.lines[0]["existing"] is True


def test_run_prints_each_step_once_in_order_and_ends_with_the_tasks_code(running: Stepwell) -> None:
    script = running.flow_file("- tap: [100, 200]\n- tap: [101, 200]\n- fail: enough\n")
    done = running.run("run", "x", "--agent", "script", "--script", script, "--json")
    assert done.code == 1
    assert [line["step_num"] for line in done.lines if "step_num" in line][:2] == [1, 2]
    assert done.lines[-1]["task"]["state"] == "FAILED"
    waited = running.run("wait", done.lines[0]["session_id"])
    assert waited.code == 1


def test_the_first_ctrl_c_stops_the_task_and_waits_for_it(running: Stepwell) -> None:
    child, task = start_run(running)
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=20)
    assert child.returncode == 4
    assert json.loads(out.splitlines()[-1])["task"]["state"] == "STOPPED"
    assert running.show(task)["task"]["total_steps"] in (1, 2)  # the second may not have begun


def test_a_timeout_leaves_the_task_running_with_code_7(running: Stepwell) -> None:
    script = running.flow_file(WAITING)
    done = running.run("run", "x", "--agent", "script", "--script", script, "--timeout", "1", "--json")
    assert done.code == 7
    task = done.lines[0]["session_id"]
    assert running.show(task)["task"]["state"] == "RUNNING"
    assert running.run("stop", task).code in (0, 4)


def test_a_task_is_stopped_though_the_store_does_not_answer(running: Stepwell) -> None:
    child, task = start_run(running)
    daemon = running.pid("daemon")
    os.kill(daemon, signal.SIGSTOP)
    try:
        done = running.run("stop", task[:8], "--json")
    finally:
        os.kill(daemon, signal.SIGCONT)
    assert done.code == 0, done.err
    assert done.json["stopping"] == [task]
    child.communicate(timeout=20)
    assert child.returncode == 4


def test_run_goes_on_when_the_daemon_is_restarted(running: Stepwell) -> None:
    script = running.flow_file("- wait: 4\n- tap: [100, 200]\n")
    child = subprocess.Popen(
        running.command("run", "x", "--agent", "script", "--script", script, "--json"),
        env=running.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    child.stdout.readline()
    os.kill(running.pid("daemon"), signal.SIGKILL)
    out, _ = child.communicate(timeout=40)
    assert child.returncode == 0, out
    assert [json.loads(line).get("step_num") for line in out.splitlines()[:2]] == [1, 2]
    wait_for("all is ready again", running.all_ready)


def test_when_the_supervisor_is_killed_nothing_is_alive_two_seconds_later(stepwell: Stepwell) -> None:
    supervisor = stepwell.up("--fast")
    family = [child.pid for child in psutil.Process(supervisor.pid).children(recursive=True)]
    assert len(family) >= 5
    os.kill(supervisor.pid, signal.SIGKILL)
    supervisor.wait()
    wait_for("no child is left", lambda: not any(is_alive(pid) for pid in family), 2.2)


def test_a_start_in_the_background_is_refused_by_the_command_itself(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert refused(Stepwell(tmp_path / "file"), "up", "--demo", "--detach")["code"] == "BAD_HOME"
    assert refused(Stepwell(tmp_path / "x"), "run", "x", "--home", "/proc/stepwell")["code"] == "BAD_HOME"


def test_a_home_has_one_supervisor_though_it_was_started_without_standard_streams(tmp_path: Path) -> None:
    stepwell = Stepwell(tmp_path / "home")
    start = stepwell.command("up", "--demo", "--headless", "--fast", "--detach")
    bare = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *start]
    try:
        assert subprocess.run(bare, env=stepwell.environment(), timeout=60, check=False).returncode == 0
        assert refused(stepwell, "up", "--demo", "--headless", "--detach")["code"] == "HOME_IN_USE"
    finally:
        assert stepwell.run("down").code == 0


def test_a_demo_without_adb_ends_with_3_and_says_why(tmp_path: Path) -> None:
    stepwell = Stepwell(tmp_path / "home", env={"ADBUTILS_ADB_PATH": "/nonexistent"})
    done = stepwell.run("demo", "--headless", "--fast")
    assert done.code == 3
    assert "adb did not start: /nonexistent cannot be started: No such file or directory" in done.err
    assert stepwell.run("status").code == 3


def test_the_demo_does_without_a_runtime_directory_that_takes_nothing(tmp_path: Path) -> None:
    stepwell = Stepwell(tmp_path / "home", env={"XDG_RUNTIME_DIR": "/proc"})
    assert stepwell.run("demo", "--headless", "--fast", "--language", "en").code == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_run_starts_stepwell_and_reading_needs_nothing_running(tmp_path: Path) -> None:
    stepwell = Stepwell(tmp_path / "home")
    stepwell.home.mkdir(mode=0o700)
    (stepwell.home / "stepwell.toml").write_text(f"adb_server_port = {free_port()}\n")
    done = stepwell.run("run", "x", "--agent", "script", "--script", stepwell.flow_file(WAITING), "--timeout", "2")
    try:
        assert done.code == 7, done.err
        assert "no worker has a phone (worker-1: no device)" in done.err
        status = stepwell.run("status", "--json").json
        assert [row["name"] for row in status["processes"]] == ["supervisor", "daemon", "adb", "worker-1"]
        assert refused(stepwell, "up", "--demo")["code"] == "HOME_IN_USE"
    finally:
        down = stepwell.run("down", "--json")
    assert down.json["running"] is False
    for _ in range(2):
        shown = stepwell.run("show", "@last", "--json")
        assert shown.code == 0, shown.err
        assert shown.json["task"]["state"] == "CREATED"
    assert stepwell.run("status").code == 3


HOSTILE = 'raise SystemExit("a stranger\'s shared/ was imported")\n'


def test_the_demo_works_twice_whatever_the_folder_the_locale_and_the_proxies(tmp_path: Path) -> None:
    stepwell = Stepwell(tmp_path / "home")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "__init__.py").write_text(HOSTILE)
    dead = f"127.0.0.1:{free_port()}"
    odd = {
        "LC_ALL": "C",
        "HTTP_PROXY": f"http://{dead}",
        "ALL_PROXY": f"socks5://{dead}",
        "http_proxy": f"http://{dead}",
    }
    for task in ("打开设置并开启深色模式", "Add a contact 张三 with number 13800138000"):
        done = stepwell.run("demo", task, "--fast", env=odd)
        assert done.code == 0, done.out + done.err
        assert "SUCCESS" in done.out
        assert "stepwell show" in done.out
    assert [row["state"] for row in stepwell.run("tasks", "--json").json["items"]] == ["SUCCESS", "SUCCESS"]
