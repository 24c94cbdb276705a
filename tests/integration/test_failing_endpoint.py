"""A model endpoint that fails in the middle of a run: FAILED with that reason, the steps so far kept, exit code 1."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING

import pytest
from relay import Relay
from stepwell_harness import Stepwell, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD_STEPS = 2
SETTINGS = """
[models.impatient]
base_url = "http://127.0.0.1:{port}/v1"
model = "scripted-model"
timeout_s = 5.0
retries = 1
"""
NAMES = iter("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨")


class Lab:
    """A running Stepwell whose model is asked through a relay."""

    def __init__(self, stepwell: Stepwell, relay: Relay) -> None:
        self.stepwell = stepwell
        self.relay = relay
        self.model = next(row.detail for row in stepwell.processes() if row.role == "model").removesuffix("/v1")
        relay.target = int(self.model.rpartition(":")[2])

    def plan(self, kind: str, after: int = GOOD_STEPS) -> None:
        """Let every chat request fail, `after` ones apart."""
        self._faults("POST", {"kind": kind, "times": 100, "after": after})

    def forget(self) -> None:
        self._faults("DELETE")

    def _faults(self, method: str, plan: dict[str, object] | None = None) -> None:
        data = None if plan is None else json.dumps(plan).encode()
        request = urllib.request.Request(f"{self.model}/demo/faults", data=data, method=method)
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10).close()

    def run_into_failure(self) -> str:
        """Run a task by the command; check all that holds whatever failed; return the reason."""
        worker = self.stepwell.pid("worker-1")
        task = f"Add a contact {next(NAMES)}小明 with number 13800138000"
        done = self.stepwell.run("run", task, "--model", "impatient", "--no-start", "--json")
        assert done.code == 1, (done.out, done.err)
        shown = self.stepwell.show(done.lines[0]["session_id"])
        assert shown["task"]["state"] == "FAILED"
        assert [step["outcome"] for step in shown["steps"]] == ["done"] * len(shown["steps"])
        assert all(step["screenshot_path"] for step in shown["steps"])
        assert shown["task"]["closing_screenshot_path"]
        assert len(shown["steps"]) >= GOOD_STEPS
        assert self.stepwell.pid("worker-1") == worker, "the worker must outlive its model"
        reason: str = shown["task"]["error_message"]
        return reason


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    relay = Relay()
    stepwell = Stepwell(tmp_path_factory.mktemp("endpoint") / "home")
    stepwell.home.mkdir(mode=0o700)
    (stepwell.home / "stepwell.toml").write_text(SETTINGS.format(port=relay.port))
    stepwell.up("--fast")
    yield Lab(stepwell, relay)
    stepwell.down()
    relay.shut()
    assert stepwell.violations() == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("401", "refuses the key (401): Incorrect API key provided"),
        ("429", "takes no more requests for now (429): Rate limit reached"),
        ("500", "had an error of its own (500)"),
        ("hang", "no whole reply within 5 s|does not answer in time"),  # whichever limit is met first
        ("drop", "the connection to the model endpoint"),
        ("nonsense-json", "answers, but not with a chat completion"),
        ("malformed", "unreadable reply: "),
        ("empty", "unreadable reply: "),
        ("prose", "unreadable reply: "),
        ("unknown-action", "unreadable reply: "),
    ],
)
def test_an_endpoint_that_fails_after_good_steps_ends_the_task_failed_with_that_reason(
    lab: Lab, kind: str, words: str
) -> None:
    lab.plan(kind)
    reason = lab.run_into_failure()
    lab.forget()
    assert any(word in reason for word in words.split("|"))
    assert "\n" not in reason


def test_an_endpoint_that_begins_to_refuse_connections_ends_the_task_failed_with_that_reason(lab: Lab) -> None:
    lab.plan("hang")  # a request that waits is cut, and the next try is refused
    task_id = lab.stepwell.submit(f"Add a contact {next(NAMES)}小红 with number 13800138000", "--model", "impatient")
    client = lab.stepwell.client()
    wait_for("good steps are there", lambda: client.task(task_id).task.total_steps >= GOOD_STEPS)
    lab.relay.shut()
    assert lab.stepwell.run("wait", task_id).code == 1
    task = client.task(task_id).task
    client.close()
    lab.relay.reopen()
    lab.forget()
    assert task.final_status == "FAILED"
    assert task.total_steps == GOOD_STEPS
    assert task.error_message is not None
    assert f"127.0.0.1:{lab.relay.port} does not answer" in task.error_message


def test_after_all_these_failures_the_same_worker_does_its_next_task(lab: Lab) -> None:
    done = lab.stepwell.run("run", "Open Settings and turn on dark mode", "--model", "impatient", "--no-start")
    assert done.code == 0, done.out
    assert lab.stepwell.phone_state()["dark_mode"] is True
