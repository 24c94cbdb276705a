"""Agents that ask a person, as plug-ins: found by the entry-point group `stepwell.agents`."""

from __future__ import annotations


class ConfirmingAgent:
    """Asks before each of two taps; what is denied it leaves out."""

    def run(self, task, device, context):
        from worker.agents.base import Denied

        done = []
        for number in (1, 2):
            try:
                with context.step(
                    screenshot=device.screenshot(),
                    action={"action": "Tap", "number": number},
                    action_params={"x": 500, "y": 100 * number},
                ):
                    context.confirm(f"tap number {number}?")
                    device.tap(500, 100 * number)
                done.append(number)
            except Denied:
                continue
        return f"done: {done}"


class HandingOverAgent:
    """Asks a question, hands the phone over, and says what it was told."""

    def run(self, task, device, context):
        answer = context.ask("which one?", ["red", "blue"])
        context.take_over("log in, please")
        with context.step(screenshot=device.screenshot(), action={"action": "Back"}, action_params={"key": "BACK"}):
            device.key("BACK")
        return f"answer: {answer}"


class TappingAgent:
    """Taps until it is stopped."""

    def run(self, task, device, context):
        for number in range(1000):
            with context.step(action={"action": "Tap", "number": number}, action_params={"x": 500, "y": 1000}):
                device.tap(500, 1000)
            context.sleep(0.05)
        return "tapped"
