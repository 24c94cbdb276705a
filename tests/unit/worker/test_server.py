"""The worker's command socket: what is submitted is checked first, and nothing blocks the control thread."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import Future
from types import SimpleNamespace

import pytest
import zmq

from shared.errors import ErrorCode, NotReachableError, StepwellError
from shared.identity import Identity
from shared.messages import (
    AnswerWait,
    CreateTask,
    Decision,
    Done,
    ForceStop,
    GetLive,
    NewTask,
    PauseTask,
    Stopping,
    StopTask,
    SubmitTask,
    Submitted,
)
from shared.paths import Home
from shared.settings import Limits, ModelProfile, Settings
from shared.transport import Requester
from worker.live import LiveView, Phase
from worker.plugins import AgentPlugins
from worker.server import WorkerServer

PROFILE = ModelProfile(base_url="http://127.0.0.1:1/v1", model="m")


class PlayedLink:
    """Keeps what is asked of the daemon; the test answers."""

    def __init__(self):
        self.asked: list[CreateTask] = []
        self.answers: list[Future] = []

    def request(self, message, _timeout_s):
        self.asked.append(message)
        self.answers.append(Future())
        return self.answers[-1]


class PlayedExecutor:
    """Runs what the test says."""

    def __init__(self):
        self.running = None
        self.stopped: list[str] = []
        self.ended = False
        self.looked = 0

    def stop_task(self, session_id, reason, by):
        if session_id != "mine":
            return False
        self.stopped.append(reason)
        self.stopped_by = by
        return True

    def look_for_work(self):
        self.looked += 1

    def quit(self, reason):
        self.stopped.append(reason)
        self.ended = True

    def orphan(self):
        self.stopped.append("orphaned")


class Parts:
    """A server in a thread, and a client."""

    def __init__(self, folder, settings):
        home = Home(folder / "h")
        home.prepare()
        self.told: list[object] = []
        self.beats: list[object] = []
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        stop_fd, self._stop_write = os.pipe()
        self.child = SimpleNamespace(
            context=self.context,
            home=home,
            identity=Identity("worker-1", "ab"),
            config=SimpleNamespace(name="worker-1", incarnation="ab", settings=settings),
            stop_fd=stop_fd,
            stop_requested=threading.Event(),
            stop_reason="Stepwell was shut down",
            orphaned=False,
            alive=self.beats.append,
            tell_supervisor=self.told.append,
        )
        self.link, self.executor = PlayedLink(), PlayedExecutor()
        self.server = WorkerServer(self.child, self.link, self.executor, AgentPlugins())
        self.codes: list[int] = []
        self.thread = threading.Thread(target=lambda: self.codes.append(self.server.serve()))
        self.thread.start()
        self.client = Requester(self.context, home.endpoint("worker-1"), Identity("cli-1", "cd"))

    def quit(self):
        self.child.stop_requested.set()
        os.write(self._stop_write, b"!")
        self.thread.join(5)

    def close(self):
        self.quit()
        self.client.close()
        self.context.destroy(linger=0)


@pytest.fixture
def parts(tmp_path):
    made = Parts(tmp_path, Settings(models={"default": PROFILE}, limits=Limits(stop_grace_s=0.2)))
    yield made
    made.close()


def submit(parts, **task):
    return parts.client.request(SubmitTask(task=NewTask(session_id="s", **task)), 3.0)


@pytest.mark.parametrize(
    ("task", "code"),
    [
        ({"task_description": "   "}, ErrorCode.BAD_REQUEST),
        ({"task_description": "x", "agent": "nobody"}, ErrorCode.UNKNOWN_AGENT),
        ({"task_description": "x", "model": "nowhere"}, ErrorCode.UNKNOWN_MODEL),
        ({"task_description": "x", "agent": "script"}, ErrorCode.BAD_REQUEST),
        ({"task_description": "x", "agent": "script", "script": "- fly: 1"}, ErrorCode.BAD_REQUEST),
    ],
)
def test_what_no_worker_could_run_is_refused_and_never_reaches_the_store(parts, task, code):
    with pytest.raises(StepwellError) as caught:
        submit(parts, **task)
    assert caught.value.code is code
    assert parts.link.asked == []


def test_a_good_task_is_answered_only_after_the_daemon_has_committed_it(parts, wait_until):
    answers = []
    client = threading.Thread(target=lambda: answers.append(submit(parts, task_description="x")))
    client.start()
    wait_until(lambda: parts.link.answers)
    created = parts.link.asked[0]
    assert (created.base_url, created.model_name, created.submitted_by) == (PROFILE.base_url, "m", "cli-1")
    assert answers == []
    parts.link.answers[0].set_result(Submitted(session_id="s", seq=7))
    client.join(5)
    assert answers == [Submitted(session_id="s", seq=7)]
    assert parts.executor.looked == 1


def test_a_store_that_is_away_is_told_as_not_confirmed(parts, wait_until):
    errors = []

    def ask():
        try:
            submit(parts, task_description="x")
        except StepwellError as error:
            errors.append(error)

    client = threading.Thread(target=ask)
    client.start()
    wait_until(lambda: parts.link.answers)
    parts.link.answers[0].set_exception(NotReachableError(ErrorCode.STORE_AWAY, "no answer, not confirmed"))
    client.join(5)
    assert errors[0].code is ErrorCode.STORE_AWAY
    assert errors[0].message == "task s is not confirmed: the store does not answer"
    assert "stepwell show s" in errors[0].remedy


def test_a_stop_is_answered_at_once_and_that_of_another_task_is_stale(parts):
    begun = time.monotonic()
    answer = parts.client.request(StopTask(session_id="mine", reason="enough", by="cli-1"), 3.0)
    assert answer == Stopping(session_id="mine")
    assert time.monotonic() - begun < 1
    assert parts.executor.stopped == ["enough"]
    assert parts.executor.stopped_by == "cli-1"
    with pytest.raises(StepwellError) as caught:
        parts.client.request(StopTask(session_id="other"), 3.0)
    assert caught.value.code is ErrorCode.STALE


def test_an_agent_that_does_not_end_after_a_stop_is_reported_to_the_supervisor(parts, wait_until):
    parts.executor.running = SimpleNamespace(
        stopping_for_s=lambda: 5.0,
        task=SimpleNamespace(session_id="mine"),
        context=SimpleNamespace(step_running_s=lambda: 1.0, settings=parts.child.config.settings),
    )
    wait_until(lambda: parts.told)
    assert isinstance(parts.told[0], ForceStop)
    assert (parts.told[0].worker, parts.told[0].incarnation, parts.told[0].session_id) == ("worker-1", "ab", "mine")
    assert parts.beats[-1].stopping_for_s == 5.0
    parts.executor.running = None


def test_a_shutdown_stops_the_task_and_ends_with_code_0(parts):
    parts.quit()
    assert parts.executor.stopped == ["Stepwell was shut down"]
    assert parts.codes == [0]


def test_a_lost_task_ends_the_worker_with_code_1(parts):
    parts.server.exit("this worker no longer owns the task")
    parts.thread.join(5)
    assert parts.codes == [1]


def test_what_the_agent_is_at_is_told_to_whoever_asks_and_another_task_is_stale(parts):
    live = LiveView()
    live.enter(Phase.THINKING, 3)
    live.think("I see the switch")
    parts.executor.running = SimpleNamespace(
        task=SimpleNamespace(session_id="mine"),
        stopping_for_s=lambda: None,
        context=SimpleNamespace(step_running_s=lambda: None, settings=parts.child.config.settings, live=live),
    )
    told = parts.client.request(GetLive(session_id="mine"), 3.0)
    assert (told.phase, told.step_num, told.thinking) == ("thinking", 3, "I see the switch")
    with pytest.raises(StepwellError) as refused:
        parts.client.request(GetLive(session_id="other"), 3.0)
    assert refused.value.code is ErrorCode.STALE
    parts.executor.running = None
    with pytest.raises(StepwellError) as refused:
        parts.client.request(GetLive(session_id="mine"), 3.0)
    assert refused.value.code is ErrorCode.STALE


def test_a_submission_is_checked_by_the_newest_settings(parts):
    parts.child.config = SimpleNamespace(name="worker-1", incarnation="ab", settings=Settings())
    with pytest.raises(StepwellError) as refused:
        submit(parts, task_description="x", agent="phone")
    assert refused.value.code is ErrorCode.UNKNOWN_MODEL


def test_the_death_of_the_supervisor_is_no_stop_that_somebody_asked_for(parts):
    parts.child.orphaned = True
    parts.quit()
    assert parts.executor.stopped == ["orphaned"]


def test_a_persons_answer_is_answered_only_after_its_commit_and_then_the_task_looks(parts, wait_until):
    woken, answers = [], []
    parts.executor.running = SimpleNamespace(
        task=SimpleNamespace(session_id="mine"),
        stopping_for_s=lambda: None,
        context=SimpleNamespace(
            step_running_s=lambda: None,
            settings=parts.child.config.settings,
            waits=SimpleNamespace(
                wake=lambda **how: woken.append(how["look"]), ask_pause=lambda: woken.append("pause")
            ),
        ),
    )
    answer = AnswerWait(session_id="mine", seq=7, decision=Decision.DENIED, text="no")
    client = threading.Thread(target=lambda: answers.append(parts.client.request(answer, 3.0)))
    client.start()
    wait_until(lambda: parts.link.answers)
    settle = parts.link.asked[0]
    assert (settle.seq, settle.decision, settle.text, settle.by) == (7, Decision.DENIED, "no", "cli-1")
    assert (answers, woken) == ([], [])
    parts.link.answers[0].set_result(Done(seq=8))
    client.join(5)
    assert (answers, woken) == ([Done(seq=8)], [True])
    assert parts.client.request(PauseTask(session_id="mine"), 3.0) == Done()
    assert woken == [True, "pause"]
    with pytest.raises(StepwellError) as refused:
        parts.client.request(PauseTask(session_id="other"), 3.0)
    assert refused.value.code is ErrorCode.STALE
    parts.executor.running = None
