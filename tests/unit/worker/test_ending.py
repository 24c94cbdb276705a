"""How a task ends, by table: only the agent's own report is a success."""

from __future__ import annotations

import itertools

from shared.messages import Verdict
from shared.task_state import TRANSITIONS, TaskEvent, TaskState
from worker.ending import Check, Report, ending_of
from worker.errors import AgentFailed, LimitReached, StopRequested

REPORTS = [
    Report(sentence="done"),
    Report(sentence=""),
    Report(),
    Report(error=AgentFailed("no")),
    Report(error=LimitReached("max steps (1) reached")),
    Report(error=StopRequested("stopped")),
    Report(error=KeyError("x")),
]
CHECKS = [Check(), Check(passed=True), Check(passed=False, sentence="check failed: x")]


def test_every_combination_ends_by_one_event_and_success_only_by_the_agents_report():
    for report, check, stopped, orphaned in itertools.product(REPORTS, CHECKS, [None, "", "why"], [False, True]):
        ending = ending_of(report, check, stopped=stopped, orphaned=orphaned)
        state = TaskState.RUNNING if stopped is None else TaskState.STOPPING
        assert (state, ending.event) in TRANSITIONS
        succeeded = report.succeeded and check.passed is not False and stopped is None and not orphaned
        assert (ending.event is TaskEvent.SUCCEEDED) == succeeded
        assert (ending.verdict is not None) == succeeded
        assert ending.reason or report.sentence == ""


def test_who_says_so_is_the_verdict():
    assert ending_of(REPORTS[0], CHECKS[0], stopped=None, orphaned=False).verdict is Verdict.REPORTED
    assert ending_of(REPORTS[0], CHECKS[1], stopped=None, orphaned=False).verdict is Verdict.CHECKED
