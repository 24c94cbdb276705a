"""Stepwell as a person starts it, in a home of its own, for tests: real processes by the real command.

Everything waits for a condition with a deadline. What was started is ended by pid. `tree` runs another copy of the
code (a mutant) instead of this one.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adbutils import AdbClient

from shared.errors import StepwellError
from shared.paths import Home
from supervisor.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shared.messages import ProcessRow, TaskRow

REPOSITORY = Path(__file__).resolve().parents[2]
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
PLUGINS = REPOSITORY / "tests" / "support" / "plugins"  # agents that misbehave
PATIENCE_S = 40.0  # two busy cores; a healthy start takes three seconds


def wait_for(what: str, condition: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """Return the first true value of `condition`; AssertionError naming `what` after `patience_s` seconds."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {patience_s:g} s: {what}")


@dataclass
class Finished:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output as one JSON value."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Its output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]


@dataclass
class Stepwell:
    """One home and what runs in it."""

    home: Path
    tree: Path = REPOSITORY
    env: dict[str, str] = field(default_factory=dict)
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)
    sent_by_hand: list[str] = field(default_factory=list)  # to the phone, by `phone_shell`

    def environment(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        """Return the environment of every command: this tree's code first, no display, nothing of the caller's."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("STEPWELL_", *_DISPLAYS))}
        return kept | {"PYTHONPATH": str(self.tree), "STEPWELL_HOME": str(self.home)} | self.env | (extra or {})

    def command(self, *arguments: str) -> list[str]:
        """Return the argv of `stepwell …` in this tree."""
        return [sys.executable, "-P", "-m", "supervisor", *arguments]

    def run(self, *arguments: str, env: dict[str, str] | None = None, timeout_s: float = 90.0) -> Finished:
        """Run a command to its end."""
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment(env),
            cwd=self.home.parent,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
        return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *arguments: str, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a command that stays; its output goes to files beside the home."""
        with (self.home.parent / f"{self.home.name}.out").open("ab") as out:
            child = subprocess.Popen(
                self.command(*arguments),
                env=self.environment(env),
                cwd=self.home.parent,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        self.children.append(child)
        return child

    def up(self, *arguments: str, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Bring the demo up headless and wait until every process is ready."""
        child = self.start("up", "--demo", "--headless", *arguments, env=env)
        wait_for("every process is ready", lambda: self._ready(child))
        return child

    def _ready(self, child: subprocess.Popen[bytes]) -> bool:
        if child.poll() is not None:
            said = (self.home.parent / f"{self.home.name}.out").read_text(errors="replace")
            raise AssertionError(f"`stepwell up` ended with {child.returncode}: {said[-3000:]}")
        return self.all_ready()

    def processes(self) -> list[ProcessRow]:
        """Return what the supervisor runs, nothing while it does not answer."""
        try:
            client = self.client()
        except StepwellError:
            return []
        try:
            return list(client.processes().items)
        except StepwellError:
            return []
        finally:
            client.close()

    def all_ready(self) -> bool:
        """Tell whether all processes are ready now, and the daemon answers."""
        rows = self.processes()
        return any(row.role == "worker" for row in rows) and all(row.state == "ready" for row in rows)

    def pid(self, name: str) -> int:
        """Return the pid of the process called `name`."""
        found = [row.pid for row in self.processes() if row.name == name]
        assert found, f"no process is called {name}"
        assert found[0] is not None, f"{name} does not run now"
        return found[0]

    def down(self) -> None:
        """Bring everything down in order, and wait for it."""
        self.run("down")
        for child in self.children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=30)

    def end(self) -> None:
        """End whatever this harness started and is still alive."""
        for child in self.children:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        for child in self.children:
            try:
                child.wait(timeout=30)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait(timeout=10)

    def submit(self, task: str, *arguments: str) -> str:
        """Queue a task and return its id."""
        done = self.run("run", task, "--no-wait", "--no-start", *arguments)
        assert done.code == 0, done.err
        return done.out.strip().splitlines()[-1]

    def script(self, flow: str, *arguments: str) -> str:
        """Queue a task of the `script` agent and return its id."""
        return self.submit("a scripted flow", "--agent", "script", "--script", self.flow_file(flow), *arguments)

    def flow_file(self, flow: str) -> str:
        """Write a flow of the `script` agent to a file beside the home and return its path."""
        path = self.home.parent / f"flow-{time.monotonic_ns()}.yaml"
        path.write_text(flow, encoding="utf-8")
        return str(path)

    def start_run(self, flow: str, *arguments: str) -> tuple[subprocess.Popen[str], str]:
        """Start `run --json` on a flow, and return it when it has printed the task's id, with that id."""
        script = ("--agent", "script", "--script", self.flow_file(flow))
        child = subprocess.Popen(
            self.command("run", "x", *script, "--json", *arguments),
            env=self.environment(),
            cwd=self.home.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        return child, json.loads(child.stdout.readline())["session_id"]

    def client(self) -> Client:
        """Return a client in this process: waiting by the command would cost half a second of processor a look."""
        return Client(Home(self.home))

    def task(self, task_id: str) -> TaskRow:
        """Return a task as the store has it now."""
        client = self.client()
        try:
            return client.task(task_id).task
        finally:
            client.close()

    def show(self, task_id: str) -> dict[str, Any]:
        """Return `stepwell show --json`."""
        done = self.run("show", task_id, "--json")
        assert done.code == 0, done.err
        shown: dict[str, Any] = done.json
        return shown

    def wait_state(self, task_id: str, *states: str, patience_s: float = PATIENCE_S) -> dict[str, Any]:
        """Wait until the task is in one of `states`, and return what `show` says then."""

        client = self.client()

        def reached() -> bool:
            try:
                return client.task(task_id).task.final_status in states
            except StepwellError:
                return False

        try:
            wait_for(f"task {task_id[:8]} is {' or '.join(states)}", reached, patience_s)
        finally:
            client.close()
        return self.show(task_id)

    def violations(self) -> list[str]:
        """Ask the one invariant checker about the store."""
        done = subprocess.run(
            [sys.executable, "-P", "-m", "persistence_daemon", "verify", "--home", str(self.home)],
            env=self.environment(),
            cwd=self.home.parent,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr.decode()
        return [line for line in done.stdout.decode().splitlines() if line.strip()]

    # --- the simulated phone, seen from outside

    def phone_commands(self) -> list[dict[str, Any]]:
        """Return the commands that the phone received, oldest first."""
        return list(read_json_lines(self.home / "logs" / "phone-commands.jsonl"))

    def mutating(self) -> list[str]:
        """Return the commands by which Stepwell changed the phone, oldest first; not those of `phone_shell`."""
        found = [row["command"] for row in self.phone_commands() if row.get("mutating") and "command" in row]
        for command in self.sent_by_hand:
            if command in found:
                found.remove(command)
        return found

    def phone_state(self) -> dict[str, Any]:
        """Return the state that the phone wrote down last."""
        state: dict[str, Any] = json.loads((self.home / "run" / "phone-state.json").read_text(encoding="utf-8"))
        return state

    def phone_shell(self, command: str) -> str:
        """Run a shell command on the phone, as a person at another adb would; return its output."""
        self.sent_by_hand.append(command)
        words = Path(f"/proc/{self.pid('adb')}/cmdline").read_bytes().decode().split("\0")
        adb = AdbClient("127.0.0.1", int(words[words.index("-P") + 1]))
        address = next(row.device_id for row in self.processes() if row.role == "worker")
        return str(adb.device(address).shell(command))

    def logged(self, process: str) -> list[dict[str, Any]]:
        """Return the log lines of a process."""
        return list(read_json_lines(self.home / "logs" / f"{process}.jsonl"))


def read_json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the whole lines of a JSON Lines file; the torn rest of a killed writer is left out."""
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n")[:-1]:
        with contextlib.suppress(json.JSONDecodeError):
            yield json.loads(line)


@dataclass
class FaultPoints:
    """A gate and a log for named fault points; `environment` arms them for a start of Stepwell."""

    folder: Path
    spec: str

    @property
    def log(self) -> Path:
        """The file in which every hit is noted."""
        return self.folder / "fault-hits"

    @property
    def gate(self) -> Path:
        """`block:{gate}` waits while this file exists."""
        return self.folder / "fault-gate"

    def environment(self) -> dict[str, str]:
        """Return the variables that arm the points; `{gate}` in the spec becomes the gate's path."""
        self.folder.mkdir(exist_ok=True)
        if "{gate}" in self.spec:
            self.gate.touch()
        spec = self.spec.replace("{gate}", str(self.gate))
        return {"STEPWELL_FAULTPOINTS": spec, "STEPWELL_FAULTPOINTS_LOG": str(self.log)}

    def hits(self, point: str) -> list[int]:
        """Return the pids that reached `point`, in order."""
        if not self.log.exists():
            return []
        rows = [line.split() for line in self.log.read_text().splitlines()]
        return [int(row[1]) for row in rows if row[2] == point]

    def open_gate(self) -> None:
        """Let whoever waits go on."""
        self.gate.unlink(missing_ok=True)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; a zombie that nobody reaps does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"
