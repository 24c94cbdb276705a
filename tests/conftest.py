"""Fixtures for tests that run the real processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from stepwell_harness import PLUGINS, Stepwell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what a test wants told when it has passed: how much it proved."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "told":
                terminalreporter.write_line(str(value))


# The same examples in every run, and no clock: two cores may be busy.
settings.register_profile("stepwell", deadline=None, derandomize=True)
settings.load_profile("stepwell")


@pytest.fixture
def stepwell(tmp_path: Path) -> Iterator[Stepwell]:
    """A Stepwell of its own, not started yet; ended when the test is over."""
    instance = Stepwell(tmp_path / "home")
    yield instance
    instance.end()


@pytest.fixture
def stepwell_with_plugins(stepwell: Stepwell) -> Stepwell:
    """The same, with agents that misbehave installed."""
    stepwell.env["PYTHONPATH"] = f"{stepwell.tree}:{PLUGINS}"
    return stepwell
