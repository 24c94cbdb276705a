"""Random histories against the real store (tests/support/store_machine.py), in their long form.

300 histories of up to 50 steps; STEPWELL_FAULT_SCALE multiplies the histories.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from store_machine import StoreMachine

SCALE = float(os.environ.get("STEPWELL_FAULT_SCALE", "1"))


class LongStoreMachine(StoreMachine):
    """The same machine with settings of its own."""


TestLongStoreMachine = LongStoreMachine.TestCase
TestLongStoreMachine.settings = settings(
    max_examples=max(1, int(300 * SCALE)),
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestLongStoreMachine.pytestmark = [pytest.mark.faults, pytest.mark.timeout(120 + 300 * SCALE)]
