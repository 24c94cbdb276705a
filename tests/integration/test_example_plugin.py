"""The example plug-in, installed into a fresh environment: found, named by doctor, and run to its end."""

from __future__ import annotations

import json
import site
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from stepwell_harness import REPOSITORY, Stepwell, wait_for

from supervisor.adb_server import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = REPOSITORY / "examples" / "plugin"


class Fresh(Stepwell):
    """Stepwell in an environment of its own."""

    python: Path

    def command(self, *arguments: str) -> list[str]:
        return [str(self.python), "-P", "-m", "supervisor", *arguments]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    """Return a Stepwell in a new environment that has our libraries, and in it the example, built and installed."""
    folder = tmp_path_factory.mktemp("plugin")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    packages = next((folder / "venv" / "lib").glob("python3*")) / "site-packages"
    ours = [path for path in site.getsitepackages() if Path(path).is_dir()]
    (packages / "ours.pth").write_text("".join(f"import site; site.addsitedir({path!r})\n" for path in ours))
    source = folder / "source"
    subprocess.run(["cp", "-r", EXAMPLE, source], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", str(source)], check=True, timeout=100)
    (folder / "home").mkdir(mode=0o700)
    (folder / "home" / "stepwell.toml").write_text(f"adb_server_port = {free_port()}\n")
    stepwell = Fresh(folder / "home")
    stepwell.python = python
    yield stepwell
    stepwell.end()


def test_doctor_lists_what_the_plug_in_brings(fresh: Fresh) -> None:
    (found,) = [check for check in fresh.run("doctor", "--json").json["checks"] if check["name"] == "plug-ins"]
    assert found["ok"] is True
    assert "example" in found["found"].split("devices")[0]
    assert "drawn" in found["found"].split("devices")[1]


def test_the_agent_works_on_the_device_and_its_steps_are_recorded(fresh: Fresh) -> None:
    fresh.start("up", "--headless", "--device", "drawn://kitchen")
    wait_for("every process is ready", fresh.all_ready)
    refused = fresh.run("run", "some taps", "--agent", "example", "--no-start")
    assert (refused.code, "must begin with one, two, three" in refused.err) == (2, True)
    task = fresh.submit("three taps", "--agent", "example", "--expect-text", "3 taps")
    shown = fresh.wait_state(task, "SUCCESS", "FAILED", "CRASHED")
    assert shown["task"]["state"] == "SUCCESS", json.dumps(shown["task"])
    assert (shown["task"]["device_id"], shown["task"]["verdict"]) == ("drawn-kitchen", "checked")
    assert [step["outcome"] for step in shown["steps"]] == ["done"] * 3
    assert len({step["screenshot_digest"] for step in shown["steps"]}) == 3
    assert fresh.violations() == []
    fresh.down()
