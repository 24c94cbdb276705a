"""Rubbish in the home is never a reason not to start; what makes a start impossible is named once, in a sentence."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from daemon_lab import DaemonLab
from fault_checks import check_everything, taps
from stepwell_harness import Stepwell, wait_for

from shared.errors import EXIT_REFUSED
from shared.messages import Accepted, GetStatus, StoreStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.faults  # it waits for real time-outs: not in the default run

SOMEBODY = "worker-3.cccccccccccccccc"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[DaemonLab]:
    made = DaemonLab(tmp_path / "home")
    yield made
    made.end()


@pytest.fixture
def short(tmp_path: Path) -> Iterator[Stepwell]:
    """A Stepwell whose home's path is so short that its sockets lie in it."""
    with tempfile.TemporaryDirectory(prefix="sw") as parent:
        instance = Stepwell(Path(parent) / "home")
        yield instance
        instance.end()


def folder(path: Path) -> None:
    (path / "inside").mkdir(parents=True)


def file(path: Path) -> None:
    path.write_text("rubbish")


def link(path: Path) -> None:
    path.symlink_to("/etc")


def pipe(path: Path) -> None:
    os.mkfifo(path)


ODD: dict[str, tuple[str, Callable[[Path], None]]] = {
    "a folder in an outbox": (f"outbox/{SOMEBODY}/sub", folder),
    "a folder for a record": (f"outbox/{SOMEBODY}/00000001.rec", folder),
    "a pipe for a record": (f"outbox/{SOMEBODY}/00000001.rec", pipe),
    "a link for a record": (f"outbox/{SOMEBODY}/00000001.rec", link),
    "a folder for a lock": (f"outbox/{SOMEBODY}.lock", folder),
    "a link for a lock": (f"outbox/{SOMEBODY}.lock", link),
    "a pipe for a lock": (f"outbox/{SOMEBODY}.lock", pipe),
    "a folder for a mark": (f"outbox/{SOMEBODY}.forced.json", folder),
    "a link for an outbox": (f"outbox/{SOMEBODY}", link),
    "a file for an outbox": (f"outbox/{SOMEBODY}", file),
    "a folder for a log file": ("event_log/000000000001-xx.jsonl", folder),
    "a link for a log file": ("event_log/000000000001-xx.jsonl", link),
    "a folder for a backup": ("backups/000000000001-xx-20260101T000000.sqlite", folder),
    "a folder for the list of backups": ("backups/list.jsonl", folder),
}


@pytest.mark.parametrize(("name", "plant"), ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("used", [False, True], ids=["new", "used"])
def test_what_is_odd_is_put_in_quarantine_and_named_and_the_store_goes_on(
    name: str, plant: Callable[[Path], None], used: bool, lab: DaemonLab
) -> None:
    if used:
        lab.start()
        assert lab.stop() == 0
    odd = lab.home.root / name
    odd.parent.mkdir(exist_ok=True)
    plant(odd)
    lab.start()
    lab.claim()
    assert isinstance(lab.write(lab.begin(1)), Accepted)
    assert not os.path.lexists(odd)
    (kept,) = (lab.home.root / "quarantine").iterdir()
    assert kept.name.startswith(odd.name)
    alerts = lab.ask(lab.cli, GetStatus(), StoreStatus).alerts
    assert any(name in alert for alert in alerts), alerts
    lab.die()
    lab.wait_state("CRASHED")
    wait_for("nothing is left in the outbox", lambda: list(lab.home.outbox.iterdir()) == [])
    assert lab.stop() == 0
    assert lab.check() == []


def test_what_is_planted_while_the_store_runs_stops_it_no_more(lab: DaemonLab) -> None:
    child = lab.start()
    lab.claim()
    folder(lab.home.outbox_of(lab.worker) / "00000001.rec")
    link(lab.home.outbox / f"{SOMEBODY}.lock")
    lab.die()
    lab.wait_state("CRASHED")
    wait_for("nothing is left in the outbox", lambda: list(lab.home.outbox.iterdir()) == [])
    assert child.process.poll() is None
    assert len(lab.ask(lab.cli, GetStatus(), StoreStatus).alerts) == 2


IN_THE_WAY = [
    "tasks.db",
    "tasks.db-wal",
    "run/daemon.lock",
    "run/daemon.sock",
    "run/events.sock",
    "logs/daemon.jsonl",
]


@pytest.mark.parametrize("name", IN_THE_WAY)
def test_what_makes_a_start_impossible_is_named_once(name: str, short: Stepwell) -> None:
    odd = short.home / name
    folder(odd)
    begin = time.monotonic()
    done = short.run("up", "--demo", "--headless", "--json", timeout_s=20)
    assert done.code == 2
    told = json.loads(done.err.splitlines()[-1])
    assert told["code"] == "BAD_HOME"
    assert f"{odd} is a folder, where a" in told["message"]
    assert time.monotonic() - begin < 6, "it was started once, not five times"
    assert done.out.count('"name": "daemon", "role": "daemon"') <= 3, "starting, failed"
    assert odd.is_dir(), "it may be somebody's"


@pytest.mark.parametrize("name", ["run/supervisor.lock", "run/supervisor.sock", "logs/supervisor.jsonl"])
def test_what_keeps_the_supervisor_from_starting_is_named(name: str, short: Stepwell) -> None:
    folder(short.home / name)
    done = short.run("up", "--demo", "--headless", timeout_s=20)
    assert done.code == 2
    assert f"{short.home / name} is a folder, where a" in done.err
    assert done.err.count("\n") == 1


def test_a_folder_in_a_background_supervisors_way_is_named_too(tmp_path: Path) -> None:
    stepwell = Stepwell(tmp_path / "home")
    folder(stepwell.home / "logs" / "supervisor.stderr")
    done = stepwell.run("up", "--demo", "--detach")
    assert done.code == 2
    assert "supervisor.stderr is a folder, where a file belongs" in done.err


def test_a_start_goes_on_whatever_lies_in_the_place_of_its_childrens_locks(stepwell: Stepwell) -> None:
    (stepwell.home / "outbox").mkdir(parents=True)
    folder(stepwell.home / "outbox" / f"{SOMEBODY}.lock")
    link(stepwell.home / "outbox" / "worker-4.dddddddddddddddd.lock")
    stepwell.up("--fast")
    task = stepwell.script(taps(2))
    assert stepwell.wait_state(task, "SUCCESS", "FAILED", "CRASHED")["task"]["state"] == "SUCCESS"
    stepwell.down()
    check_everything(stepwell, None, [task])


def test_a_refusing_daemon_ends_with_a_code_of_its_own(lab: DaemonLab) -> None:
    folder(lab.home.database)
    child = lab.start()
    assert child.process.wait() == EXIT_REFUSED
    child.close()
    lab.child = None


HOMES: dict[str, bytes] = {"not UTF-8": b"caf\xe9", "too long": b"/".join([b"x" * 100] * 5)}


@pytest.mark.parametrize("name", HOMES.values(), ids=HOMES.keys())
@pytest.mark.parametrize("command", [["up", "--demo"], ["demo", "--headless"], ["status"], ["tasks"], ["run", "x"]])
def test_a_path_that_no_home_can_have_is_refused_at_once_by_every_command(
    name: bytes, command: list[str], tmp_path: Path
) -> None:
    stepwell = Stepwell(tmp_path / "home")
    done = stepwell.run(*command, "--json", "--home", os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    assert done.code == 2
    assert json.loads(done.err)["code"] == "BAD_HOME"
    assert list(tmp_path.iterdir()) == []


def test_whose_a_home_is_says_its_store_whatever_became_of_the_mark(stepwell: Stepwell) -> None:
    stepwell.up("--fast")
    stepwell.down()
    mark = stepwell.home / "demo"
    assert mark.is_file()
    mark.unlink()
    refused = stepwell.run("up", "--headless", "--json")
    assert refused.code == 2
    told = json.loads(refused.err.splitlines()[-1])
    assert told["code"] == "BAD_HOME"
    assert "is a demo's home; real work does not go there" in told["message"]
    assert not mark.exists()
    stepwell.up("--fast")
    assert mark.is_file(), "the mark is back"
    stepwell.down()
