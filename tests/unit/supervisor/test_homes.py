"""A home is refused with a reason before anything is started in it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from shared import posix
from shared.errors import BadInputError, ErrorCode, StepwellError
from shared.paths import Home, default_home
from supervisor import homes
from supervisor.homes import end_former_holders, find_home, open_home, supervisor_pid

if TYPE_CHECKING:
    from pathlib import Path


def refusal(home: Home, *, demo: bool = False) -> StepwellError:
    with pytest.raises(BadInputError) as caught:
        open_home(home, demo=demo)
    assert caught.value.remedy
    return caught.value


def test_the_named_home_counts_before_the_environment_before_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEPWELL_HOME", str(tmp_path / "b"))
    assert find_home(tmp_path / "a").root == tmp_path / "a"
    assert find_home(None).root == tmp_path / "b"
    monkeypatch.setenv("STEPWELL_HOME", "")
    assert find_home(None, demo=True).root == default_home(demo=True)


def test_a_home_is_prepared_private_and_held_until_released(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    lock = open_home(home, demo=False)
    assert home.root.stat().st_mode & 0o777 == 0o700
    assert not home.demo_mark.exists()
    lock.release()
    assert supervisor_pid(home) is None


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    error = refusal(Home(tmp_path / "home"))
    assert error.code is ErrorCode.BAD_HOME
    assert "is a file" in error.message


def test_a_home_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert refusal(Home(tmp_path / "file" / "home")).code is ErrorCode.BAD_HOME


def test_a_home_that_is_a_symlink_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "home").symlink_to(tmp_path / "real")
    assert refusal(Home(tmp_path / "home")).code is ErrorCode.BAD_HOME


def test_a_home_on_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homes, "is_network_file_system", lambda _path: True)
    assert "network" in refusal(Home(tmp_path / "home")).message


def test_the_demo_refuses_a_real_home_and_leaves_it_as_it_was(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    open_home(home, demo=False).release()
    (home.event_log / "x").write_bytes(b"x")
    assert refusal(home, demo=True).code is ErrorCode.BAD_HOME
    assert not home.demo_mark.exists()


def test_a_real_start_refuses_a_demos_home(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    open_home(home, demo=True).release()
    home.demo_mark.touch()
    assert "demo" in refusal(home).message
    open_home(home, demo=True).release()


HOLD = """
import sys, time
from pathlib import Path
from shared.posix import FileLock
lock = FileLock.take(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def hold(path: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_a_home_in_use_names_the_pid_of_its_supervisor(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.prepare()
    with hold(home.lock("supervisor")) as child:
        error = refusal(home)
        assert error.code is ErrorCode.HOME_IN_USE
        assert str(child.pid) in error.message
        assert supervisor_pid(home) == child.pid
        child.kill()


def test_whoever_an_earlier_supervisor_left_behind_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homes, "_ORPHANS_END_S", 0.1)
    home = Home(tmp_path / "home")
    home.prepare()
    with hold(home.lock("daemon")) as daemon, hold(home.outbox / "worker-1.ab.lock") as worker:
        end_former_holders(home)
        assert daemon.wait(5) == -9
        assert worker.wait(5) == -9


def test_a_pid_that_let_go_of_its_lock_is_left_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.prepare()
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with bystander:
        home.lock("daemon").touch()
        homes._kill_holder(home.lock("daemon"), bystander.pid)
        assert bystander.poll() is None
        bystander.kill()


def test_a_holder_that_cannot_be_named_is_told_not_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homes, "lock_holder", lambda _path: 0)
    with pytest.raises(BadInputError) as caught:
        homes._kill_holder(tmp_path / "daemon.lock", 0)
    assert caught.value.code is ErrorCode.HOME_IN_USE
    assert posix.open_pidfd(os.getpid()) is not None
