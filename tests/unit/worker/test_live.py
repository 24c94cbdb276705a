"""What the agent is at now: phases, the time in them, and a reply that is far too long."""

from __future__ import annotations

from worker.live import THINKING_BYTES, LiveView, Phase


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_a_phase_lasts_from_its_beginning_and_forgets_the_reply_of_the_one_before():
    clock = Clock()
    live = LiveView(clock)
    live.enter(Phase.THINKING, 2)
    clock.now += 1.5
    live.think("so far")
    clock.now += 1.0
    told = live.told("a")
    assert (told.phase, told.step_num, told.thinking, told.since_s) == ("thinking", 2, "so far", 2.5)
    live.enter(Phase.ACTING, 2)
    told = live.told("a")
    assert (told.phase, told.thinking, told.since_s) == ("acting", "", 0.0)


def test_a_reply_that_is_too_long_or_not_storable_is_told_as_far_as_it_can_be():
    live = LiveView()
    live.enter(Phase.THINKING, 1)
    live.think("\ud800" + "数" * THINKING_BYTES)
    told = live.told("a").thinking
    assert len(told.encode()) <= THINKING_BYTES
    assert told.startswith("\\ud800数数")
