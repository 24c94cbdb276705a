"""What a window asks of the supervisor and of a worker: newer settings, a kill to look at, what the agent is at."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from stepwell_harness import Stepwell, wait_for

from shared.errors import ErrorCode, StepwellError
from shared.messages import Done, GetLive, Heartbeat, KillWorker, Live, Ready, ReloadSettings
from shared.settings import ModelProfile
from shared.settings_file import SettingsFile, with_model, write_key
from shared.transport import Dealer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.messages import ProcessRow
    from supervisor.client import Client

KEY = "sk-canary-reloaded-0123456789"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stepwell]:
    instance = Stepwell(tmp_path_factory.mktemp("requests") / "home")
    instance.up()
    yield instance
    instance.end()


@pytest.fixture
def client(running: Stepwell) -> Iterator[Client]:
    wait_for("all is ready", running.all_ready)
    made = running.client()
    yield made
    made.close()


def reload(client: Client) -> None:
    client.ask("supervisor", ReloadSettings(), Done)


def worker(running: Stepwell) -> ProcessRow:
    return next(row for row in running.processes() if row.name == "worker-1")


def news(running: Stepwell, process: str) -> list[dict[str, object]]:
    return [line for line in running.logged(process) if line["event"] == "new settings"]


def test_newer_settings_and_keys_reach_the_running_children_and_the_next_submission(
    running: Stepwell, client: Client
) -> None:
    before = {row.name: row.pid for row in running.processes()}
    assert running.run("run", "x", "--model", "lab", "--no-wait").code == 2
    file = SettingsFile.read(client.home.settings_file)
    key_file = write_key(client.home, "lab", KEY)
    file.write(with_model(file.settings, "lab", ModelProfile(base_url="http://127.0.0.1:9/v1", api_key_file=key_file)))
    reload(client)
    told = wait_for("the worker has them", lambda: news(running, "worker-1"))
    assert told[-1]["models"] == ["default", "lab"], "the demo's own model stays"
    wait_for("so has the daemon", lambda: news(running, "daemon"))
    queued = running.run("run", "x", "--model", "lab", "--no-wait")
    assert queued.code == 0, queued.err
    task = queued.out.strip()
    assert running.task(task).base_url == "http://127.0.0.1:9/v1"
    shown = running.wait_state(task, "FAILED")
    assert "127.0.0.1:9" in shown["task"]["error_message"], "it was asked with the new profile"
    assert {row.name: row.pid for row in running.processes()} == before, "nothing was restarted for it"
    logs = [path for path in (running.home / "logs").iterdir() if path.is_file()]
    assert not [path for path in logs if KEY.encode() in path.read_bytes()]


def test_settings_that_are_not_good_are_refused_and_change_nothing(running: Stepwell, client: Client) -> None:
    file = client.home.settings_file
    good = file.read_text() if file.exists() else ""
    seen = len(news(running, "worker-1"))
    key = client.home.root / "readable-by-all"
    key.write_text("sk-x")
    key.chmod(0o644)
    for bad in ("colour = 1\n", '[models.x]\nbase_url = "http://x"\napi_key_file = "readable-by-all"\n'):
        file.write_text(bad)
        with pytest.raises(StepwellError) as refused:
            reload(client)
        assert refused.value.code is ErrorCode.BAD_SETTINGS
        assert "nothing was changed" in refused.value.remedy
    file.write_text(good)
    assert len(news(running, "worker-1")) == seen
    reload(client)


def test_a_restarted_worker_has_the_newest_settings_too(running: Stepwell, client: Client) -> None:
    file = SettingsFile.read(client.home.settings_file)
    file.write(with_model(file.settings, "later", ModelProfile(base_url="http://127.0.0.1:9/v1")))
    reload(client)
    client.ask("supervisor", KillWorker(worker="worker-1", incarnation=worker(running).incarnation or ""), Done)
    wait_for("the worker is back", running.all_ready)
    queued = running.run("run", "x", "--model", "later", "--no-wait")
    assert queued.code == 0, queued.err
    running.wait_state(queued.out.strip(), "FAILED")


def test_a_worker_that_is_killed_to_be_looked_at_comes_back_and_its_task_is_crashed(
    running: Stepwell, client: Client
) -> None:
    task = running.script("- tap: [100, 200]\n- wait: 50\n")
    wait_for("its second step is open", lambda: running.task(task).total_steps == 2)
    former = worker(running)
    kill = KillWorker(worker="worker-1", incarnation=former.incarnation or "")
    client.ask("supervisor", kill, Done)
    shown = running.wait_state(task, "CRASHED", "STOPPED")
    assert shown["task"]["state"] == "CRASHED"
    assert shown["steps"][1]["outcome"] == "unknown"
    wait_for("the worker is back", running.all_ready)
    assert worker(running).incarnation != former.incarnation
    with pytest.raises(StepwellError) as refused:
        client.ask("supervisor", kill, Done)
    assert refused.value.code is ErrorCode.STALE
    for name in ("daemon", "worker-9"):
        with pytest.raises(StepwellError) as refused:
            client.ask("supervisor", KillWorker(worker=name, incarnation="x"), Done)
        assert refused.value.code is ErrorCode.UNKNOWN_PROCESS
    running.run("devices", "release", running.phone_state()["serial"])


def test_what_the_agent_thinks_can_be_read_while_the_model_answers(running: Stepwell, client: Client) -> None:
    task = running.submit("Open Settings and turn on dark mode")
    wait_for("it runs", lambda: running.task(task).final_status == "RUNNING")
    seen: list[Live] = []

    def thought() -> bool:
        seen.append(client.ask("worker-1", GetLive(session_id=task), Live))
        return seen[-1].phase == "thinking" and bool(seen[-1].thinking)

    wait_for("a reply is seen as it comes", thought, 15.0)
    assert seen[-1].step_num
    assert seen[-1].since_s < 10.0
    running.wait_state(task, "SUCCESS")
    with pytest.raises(StepwellError) as refused:
        client.ask("worker-1", GetLive(session_id=task), Live)
    assert refused.value.code is ErrorCode.STALE


def test_the_signs_of_a_window_that_is_not_the_supervisors_change_nothing(running: Stepwell, client: Client) -> None:
    from shared.identity import Identity

    stranger = Dealer(client._context, client.home.endpoint("supervisor"), Identity("gui-0123abcd", "w1"))
    before = [(row.name, row.pid, row.state) for row in running.processes()]

    def sent() -> bool:
        try:
            stranger.send(Ready(name="gui-0123abcd", pid=1))
            stranger.send(Heartbeat(name="gui-0123abcd"))
            stranger.send(Heartbeat(name="worker-1", session_id="a-lie"))
        except StepwellError:
            return False
        return True

    wait_for("the supervisor listens", sent)
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        rows = running.processes()
        assert [(row.name, row.pid, row.state) for row in rows] == before
        assert "a-lie" not in [row.session_id for row in rows]
    stranger.close()
