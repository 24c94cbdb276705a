"""Tables of cases for the supervisor's decisions; the clock is a number."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from shared.errors import EXIT_NO_SPACE, EXIT_REFUSED
from shared.messages import ExpectStop, ForceReason, Heartbeat
from shared.settings import DAEMON_HUNG_S, TERMINATE_S
from supervisor.policy import (
    FORCE_AFTER_S,
    HEARTBEAT_LATE_S,
    Restarts,
    StopStage,
    Vitals,
    after_death,
    after_kill,
    daemon_is_lost,
    forgive,
    is_silent,
    judge_worker,
    stop_stage,
)

GRACE_S = 10.0


def delays(lives: list[float]) -> list[float | None]:
    """The delays after a row of lives, each started after the delay before."""
    past, now, found = Restarts(), 0.0, []
    for lived in lives:
        now += lived
        past, delay = after_death(past, now, lived)
        found.append(delay)
        now += delay or 0.0
    return found


def test_a_child_that_says_that_no_start_can_go_well_has_failed_at_once() -> None:
    assert after_death(Restarts(), 1.0, 0.2, EXIT_REFUSED)[1] is None
    assert after_death(Restarts(), 1.0, 0.2, EXIT_NO_SPACE)[1] == 0.5


def test_a_child_that_dies_at_once_is_restarted_ever_later_and_has_failed_at_the_fifth_death() -> None:
    assert delays([0.0] * 5) == [0.5, 1.0, 2.0, 4.0, None]


def test_a_child_that_dies_after_two_seconds_has_failed_at_the_fifth_death_too() -> None:
    assert delays([2.0] * 5) == [0.5, 1.0, 2.0, 4.0, None]


def test_a_child_that_lives_twenty_seconds_is_restarted_for_ever_at_the_first_delay() -> None:
    assert delays([20.0] * 40) == [0.5] * 40


def test_ten_healthy_seconds_begin_the_delay_anew() -> None:
    assert delays([0.0, 0.0, 10.0, 0.0]) == [0.5, 1.0, 0.5, 1.0]


def test_the_delay_grows_to_thirty_seconds_and_no_further() -> None:
    past, found = Restarts(), []
    for number in range(9):
        past, delay = after_death(past, 40.0 * number, 9.0)
        found.append(delay)
    assert found == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_deaths_that_are_more_than_a_minute_old_are_forgotten() -> None:
    past = Restarts((0.0, 1.0, 2.0, 3.0), 4.0)
    kept, delay = after_death(past, 62.5, 1.0)
    assert kept.deaths == (3.0, 62.5)
    assert delay == 8.0


def test_a_window_that_is_killed_again_and_again_is_never_given_up_and_never_long_away() -> None:
    past, found = Restarts(), []
    for _ in range(20):
        past, delay = after_kill(past, 0.3)
        found.append(delay)
    assert found == [0.5, 1.0, *[2.0] * 18]
    assert after_kill(past, 10.0)[1] == 0.5
    assert after_death(past, 100.0, 0.3)[1] is not None, "nor do kills count when it then dies by itself"


WORKING = Heartbeat(name="worker-1", session_id="a", step_running_s=5.0, step_limit_s=300.0)
OVER_LIMIT = Heartbeat(name="worker-1", session_id="a", step_running_s=299.9, step_limit_s=300.0)
STOPPING = Heartbeat(name="worker-1", session_id="a", stopping_for_s=9.0)
FORCED_AT = HEARTBEAT_LATE_S + FORCE_AFTER_S


@pytest.mark.parametrize(
    ("heartbeat", "age", "kind"),
    [
        (None, 0.0, None),
        (None, FORCED_AT - 0.01, None),
        (None, FORCED_AT, ForceReason.HUNG),
        (WORKING, 0.4, None),
        (WORKING, HEARTBEAT_LATE_S, None),
        (WORKING, FORCED_AT, ForceReason.HUNG),
        (OVER_LIMIT, 0.0, None),
        (OVER_LIMIT, 0.2, ForceReason.HUNG),
        (STOPPING, 0.9, None),
        (STOPPING, 1.0, ForceReason.STOP),
        (STOPPING, FORCED_AT, ForceReason.STOP),
    ],
)
def test_a_worker_is_ended_by_force_only_when_it_hangs(
    heartbeat: Heartbeat | None, age: float, kind: ForceReason | None
) -> None:
    verdict = judge_worker(Vitals(100.0, heartbeat), 100.0 + age, GRACE_S)
    assert (verdict.kind if verdict else None) is kind
    if verdict is not None and heartbeat is not None:
        assert verdict.session_id == "a"


ASKED = ExpectStop(worker="worker-1", incarnation="i", session_id="a", reason="enough", by="cli-1")


@pytest.mark.parametrize(
    ("heartbeat", "age"),
    [(None, FORCED_AT), (WORKING, FORCED_AT), (OVER_LIMIT, 0.2), (STOPPING, 1.0), (STOPPING, FORCED_AT)],
)
def test_whatever_force_is_used_after_a_person_asked_for_a_stop_is_a_stop(
    heartbeat: Heartbeat | None, age: float
) -> None:
    verdict = judge_worker(Vitals(100.0, heartbeat), 100.0 + age, GRACE_S, ASKED)
    assert verdict is not None
    assert (verdict.kind, verdict.session_id, verdict.by) == (ForceReason.STOP, "a", "cli-1")
    assert verdict.reason.startswith("enough; ")


def test_a_stop_that_was_asked_for_another_task_excuses_nothing() -> None:
    other = msgspec.structs.replace(WORKING, session_id="b")
    verdict = judge_worker(Vitals(0.0, other), FORCED_AT, GRACE_S, ASKED)
    assert verdict is not None
    assert (verdict.kind, verdict.session_id, verdict.by) == (ForceReason.HUNG, "b", "stepwell")


def test_a_stop_that_was_asked_for_forces_nobody_by_itself() -> None:
    assert judge_worker(Vitals(0.0, WORKING), HEARTBEAT_LATE_S, GRACE_S, ASKED) is None


def test_a_worker_without_a_limit_for_its_step_may_take_for_ever() -> None:
    beat = Heartbeat(name="worker-1", session_id="a", step_running_s=1e6, step_limit_s=None)
    assert judge_worker(Vitals(0.0, beat), 0.1, GRACE_S) is None


def test_silence_is_found_after_three_heartbeats() -> None:
    assert not is_silent(Vitals(10.0), 11.49)
    assert is_silent(Vitals(10.0), 11.5)


@pytest.mark.parametrize(
    ("heard", "disk", "lost"),
    [(0.0, 0.0, True), (0.0, 30.0, False), (30.0, 0.0, False), (0.1, 0.0, False)],
)
def test_a_silent_daemon_is_lost_only_after_a_minute_without_disk_use(heard: float, disk: float, lost: bool) -> None:
    assert daemon_is_lost(Vitals(heard), DAEMON_HUNG_S, disk) is lost


def test_a_supervisor_that_slept_does_not_blame_its_children() -> None:
    assert judge_worker(forgive(Vitals(0.0, WORKING), 60.0), 60.5, GRACE_S) is None


@pytest.mark.parametrize(
    ("waited", "stage"),
    [
        (0.0, StopStage.ASKED),
        (4.9, StopStage.ASKED),
        (5.0, StopStage.TERMINATED),
        (5.0 + TERMINATE_S - 0.1, StopStage.TERMINATED),
        (5.0 + TERMINATE_S, StopStage.KILLED),
    ],
)
def test_a_stop_is_asked_then_terminated_then_killed(waited: float, stage: StopStage) -> None:
    assert stop_stage(50.0, 50.0 + waited, 5.0) is stage


def test_a_stop_never_becomes_softer() -> None:
    order = list(StopStage)
    stages = [stop_stage(0.0, tenth / 10, 5.0) for tenth in range(200)]
    assert all(order.index(a) <= order.index(b) for a, b in itertools.pairwise(stages))
