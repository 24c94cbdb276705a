"""Children that are really spawned: ready, heartbeats, the ways to end, and what they may see of the world."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from spawned_children import ORPHAN_LIMIT_S, SOON_S, SUPPORT, first, has_ended, log_of, messages

from shared import child as runtime
from shared.child_config import ChildConfig
from shared.identity import Identity
from shared.messages import Heartbeat, Quit, Ready
from shared.settings import HEARTBEAT_S, HEARTBEAT_STALL_S, ORPHAN_S, ModelProfile, Settings
from shared.spawn import spawn_child
from shared.transport import Responder

if TYPE_CHECKING:
    from shared.paths import Home

TREE = Path(runtime.__file__).parent.parent
KEY = "sk-canary-0123456789"
WORKER = Identity("worker-1", "w0")


# --- ready and heartbeats ------------------------------------------------------------------------------------------


def test_a_child_says_when_it_is_ready_and_ends_with_the_reason_of_a_quit(
    spawn: Any, supervisor: Responder, home: Home
) -> None:
    child = spawn("serve", options={"detail": "port 1234"})
    assert first(supervisor, Ready) == Ready(name="worker-1", pid=child.pid, detail="port 1234")
    assert supervisor.send(WORKER, Quit(reason="the day is over"))
    assert child.process.wait(SOON_S) == 0
    assert log_of(home)[-1] | {"event": "ended", "exit_code": 0, "reason": "the day is over"} == log_of(home)[-1]


def test_ready_waits_for_a_supervisor_that_is_late(spawn: Any, context: Any, home: Home) -> None:
    child = spawn("serve")
    end = time.monotonic() + SOON_S
    log = home.logs / "worker-1.jsonl"
    while not (log.exists() and '"event": "ready"' in log.read_text()):
        assert time.monotonic() < end
        child.process.poll()
        select.select([child.pidfd], [], [], 0.02)
    supervisor = Responder(context, home.endpoint("supervisor"), Identity("supervisor", "s0"))
    assert first(supervisor, Ready).pid == child.pid
    supervisor.close()


def test_heartbeats_tell_what_the_control_loop_told(spawn: Any, supervisor: Responder) -> None:
    spawn("serve")
    expected = Heartbeat(name="worker-1", session_id="a", step_running_s=1.5)
    beats = []
    for message in messages(supervisor, SOON_S):
        if message == expected:
            beats.append(time.monotonic())
        if len(beats) == 3:
            break
    assert beats[-1] - beats[0] < 2 * HEARTBEAT_S * 2


def test_a_child_that_is_not_ready_does_not_beat(spawn: Any, supervisor: Responder, home: Home) -> None:
    spawn("unready")
    end = time.monotonic() + SOON_S
    while not (home.logs / "worker-1.jsonl").exists():
        assert time.monotonic() < end
        assert not list(messages(supervisor, 0.02))
    assert not list(messages(supervisor, 2 * HEARTBEAT_S))


def test_the_heartbeats_stop_when_the_control_loop_hangs(spawn: Any, supervisor: Responder) -> None:
    """Though the runtime's own thread lives on: it hears the supervisor, but does not speak for the loop."""
    child = spawn("hang")
    first(supervisor, Ready)
    began, last = time.monotonic(), time.monotonic()
    for message in messages(supervisor, HEARTBEAT_STALL_S + 3 * HEARTBEAT_S):
        assert isinstance(message, Heartbeat)
        last = time.monotonic()
    assert last - began < HEARTBEAT_STALL_S + HEARTBEAT_S
    assert child.process.poll() is None


# --- the ways to end -----------------------------------------------------------------------------------------------


def test_a_stop_makes_the_stop_descriptor_readable(spawn: Any, supervisor: Responder) -> None:
    child = spawn("wait_for_stop_fd")
    first(supervisor, Ready)
    supervisor.send(WORKER, Quit())
    assert child.process.wait(SOON_S) == 0


def test_sigterm_ends_a_child_cleanly_and_ctrl_c_does_not_touch_it(
    spawn: Any, supervisor: Responder, home: Home
) -> None:
    child = spawn("serve")
    first(supervisor, Ready)
    child.process.send_signal(signal.SIGINT)
    first(supervisor, Heartbeat)
    assert child.process.poll() is None
    child.process.send_signal(signal.SIGTERM)
    assert child.process.wait(SOON_S) == 0
    assert log_of(home)[-1]["reason"] == "terminated by a signal"


@pytest.mark.parametrize(
    ("act", "code", "event", "facts"),
    [
        (
            "refuse",
            78,
            "ended by an error",
            {"code": "BAD_SETTINGS", "error": "it will not do", "remedy": "try another"},
        ),
        ("fail", 70, "ended by a fault of its own", {"level": "error"}),
    ],
)
def test_an_error_ends_a_child_with_its_code_and_a_line_in_the_log(
    spawn: Any, home: Home, act: str, code: int, event: str, facts: dict[str, str]
) -> None:
    assert spawn(act).process.wait(SOON_S) == code
    (line,) = [line for line in log_of(home) if line["event"] == event]
    assert line | facts == line
    assert ("RuntimeError: a fault" in line.get("exception", "")) == (act == "fail")


def test_a_crash_leaves_its_stack_beside_the_log(spawn: Any, supervisor: Responder, home: Home) -> None:
    assert spawn("abort").process.wait(SOON_S) == -signal.SIGABRT
    stderr = (home.logs / "worker-1.stderr").read_text()
    assert "Fatal Python error: Aborted" in stderr
    assert "in abort" in stderr


def test_a_child_that_cannot_even_start_is_seen_to_have_ended(spawn: Any, home: Home) -> None:
    child = spawn("serve", module="no_such_module", options={"much": "x" * 500_000})
    assert child.process.wait(SOON_S) == 1
    assert has_ended(child.pidfd, 0)
    assert "No module named no_such_module" in (home.logs / "worker-1.stderr").read_text()


# --- the death of the parent ---------------------------------------------------------------------------------------

PARENT = """
import sys
from shared.child_config import ChildConfig
from shared.spawn import spawn_child
home, support, act, name = sys.argv[1:]
config = ChildConfig(name=name, incarnation="w0", home=home, start_id="s", options={"act": act})
print(spawn_child("odd_child", config, extra_env={"PYTHONPATH": support}).pid, flush=True)
sys.stdin.read()
"""


def orphan(home: Home, supervisor: Responder, act: str, name: str, cwd: Path) -> tuple[int, float]:
    """Kill a child's parent; the child's pidfd, and when its parent was dead."""
    command = [sys.executable, "-P", "-c", PARENT, str(home.root), SUPPORT, act, name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=cwd) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        pidfd = os.pidfd_open(pid)
        first(supervisor, Ready)
        parent.kill()
        died = time.monotonic()
    return pidfd, died


def test_children_end_within_two_seconds_of_their_parents_death(
    home: Home, supervisor: Responder, short_path: Path
) -> None:
    """A good one at once; one that hangs by force, the daemon last, so that it can record how the workers ended."""
    acts = {"worker-1": "serve", "worker-2": "hang", "daemon": "hang"}
    orphans = {name: orphan(home, supervisor, act, name, short_path) for name, act in acts.items()}
    took = {}
    for name, (pidfd, died) in sorted(orphans.items(), key=lambda one: one[0] == "daemon"):
        assert has_ended(pidfd, died + ORPHAN_LIMIT_S - time.monotonic()), name
        took[name] = time.monotonic() - died
        os.close(pidfd)
    assert took["worker-2"] >= ORPHAN_S - 0.5
    assert took["daemon"] >= ORPHAN_S - 0.1
    reasons = {name: [line["reason"] for line in log_of(home, name) if line["event"] == "ended"] for name in acts}
    assert reasons == {"worker-1": ["supervisor died"], "worker-2": [], "daemon": []}


# --- what a child sees, and what is seen of it ---------------------------------------------------------------------


def test_a_child_has_its_keys_and_a_session_and_folder_of_its_own_and_no_key_is_seen_elsewhere(
    spawn: Any, supervisor: Responder, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIG_KEY", KEY)
    monkeypatch.setenv("STEPWELL_API_KEY", KEY)
    settings = Settings(models={"big": ModelProfile(base_url="http://x", api_key_env="BIG_KEY")})
    child = spawn("report", settings=settings, api_keys={"big": KEY})
    facts = json.loads(first(supervisor, Ready).detail)
    assert facts["key_digests"] == {"big": hashlib.sha256(KEY.encode()).hexdigest()}, "it has the key"
    seen = [Path(f"/proc/{child.pid}/{name}").read_bytes() for name in ("environ", "cmdline")]
    seen += [path.read_bytes() for path in home.root.rglob("*") if path.is_file()]
    assert len(seen) >= 4
    assert not [data for data in seen if KEY.encode() in data]
    assert b"BIG_KEY" not in seen[0]
    assert any(line["event"] == "keys" and line["all"] == {"big": "***"} for line in log_of(home))
    assert os.getsid(child.pid) == child.pid, "it has a session of its own"
    assert facts["cwd"] == str(home.root)
    assert (facts["utf8"], facts["safe_path"], facts["umask"]) == (1, True, 0o077)
    assert facts["sigint_ignored"]
    assert not facts["lifeline_in_environment"]


def test_a_strangers_shared_folder_is_not_imported(home: Home, supervisor: Responder, short_path: Path) -> None:
    """Neither from the folder in which Stepwell is started nor from the home."""
    cwd = short_path / "cwd"
    for folder in (cwd, home.root):
        (folder / "shared").mkdir(parents=True)
        (folder / "shared" / "__init__.py").write_text(f"open({str(short_path / 'hostile')!r}, 'w')\n")
        (folder / "zmq.py").write_text(f"open({str(short_path / 'hostile')!r}, 'w')\n")
    pidfd, _ = orphan(home, supervisor, "report", "worker-1", cwd)
    assert has_ended(pidfd, ORPHAN_LIMIT_S)
    os.close(pidfd)
    detail = next(line["detail"] for line in log_of(home) if line["event"] == "ready")
    assert json.loads(detail)["shared"] == str(TREE / "shared" / "__init__.py")
    assert not (short_path / "hostile").exists()


def test_a_spawn_that_fails_leaves_no_descriptor_open(home: Home) -> None:
    config = ChildConfig(name="worker-1", incarnation="w0", home=str(home.root / "none"), start_id="s")
    (home.root / "none" / "logs").mkdir(parents=True)
    gc.collect()  # what earlier tests left must not be counted as ours
    before = {path.name for path in Path("/proc/self/fd").iterdir()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", "/does/not/exist")
        with pytest.raises(FileNotFoundError):
            spawn_child("odd_child", config)
    gc.collect()
    looking = 1  # the descriptor by which this very folder is read
    assert len({path.name for path in Path("/proc/self/fd").iterdir()} - before) <= looking


def test_what_children_wrote_to_stderr_is_bounded(spawn: Any, home: Home) -> None:
    stderr = home.logs / "worker-1.stderr"
    stderr.write_bytes(b"former\n" * 10)
    assert spawn("serve", module="no_such_module").process.wait(SOON_S) == 1
    assert stderr.read_bytes().startswith(b"former"), "what an earlier life wrote is kept"
    stderr.write_bytes(b"x" * ((1 << 20) + 1))
    assert spawn("serve", module="no_such_module").process.wait(SOON_S) == 1
    assert stderr.stat().st_size < 10_000
