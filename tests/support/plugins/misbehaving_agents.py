"""Agents that misbehave, as a plug-in distribution: found by the entry-point group `stepwell.agents`."""

from __future__ import annotations

import time
from pathlib import Path


class HangingAgent:
    """Begins a step and never comes back, deaf to every stop. The step's intent is on disk when it hangs."""

    def run(self, task, device, context):
        with context.step(thinking="about to hang", action={"action": "Tap", "element": [1, 1]}):
            while True:
                time.sleep(0.2)


class RaisingAgent:
    """Raises in the middle of its second step."""

    def run(self, task, device, context):
        with context.step(action={"action": "Wait"}):
            pass
        with context.step(action={"action": "Wait"}):
            raise RuntimeError("this agent breaks on purpose")


class SilentAgent:
    """Returns without saying how it ended."""

    def run(self, task, device, context):
        return None


class SwallowingAgent:
    """Catches everything, StopRequested included, and goes on to ask for steps."""

    def run(self, task, device, context):
        n = 0
        while True:
            n += 1
            try:
                with context.step(action={"action": "Tap"}, action_params={"x": 10 + n, "y": 1000}):
                    device.tap(10 + n, 1000)
            except BaseException:  # noqa: BLE001 - it swallows on purpose
                time.sleep(0.05)


class FastAgent:
    """Records many steps at once, without a device."""

    def run(self, task, device, context):
        context.record_many([{"action": {"action": "Note", "n": n}, "thinking": f"step {n}"} for n in range(1, 201)])
        return "200 steps recorded"


class FloodingAgent:
    """Touches the device outside a step."""

    def run(self, task, device, context):
        device.tap(5, 5)


class GateAgent:
    """Waits inside a step until a file is gone; the task's text names it."""

    def run(self, task, device, context):
        with context.step(action={"action": "Wait", "for": "gate"}):
            while Path(task.task_description).exists():
                time.sleep(0.02)
