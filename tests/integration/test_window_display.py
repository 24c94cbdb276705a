"""The real window where the display is named but does not answer: said once, and everything else runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepwell_harness import wait_for
from window_lab import on_display

if TYPE_CHECKING:
    from stepwell_harness import Stepwell

    from shared.messages import ProcessRow


GONE = ":59431"  # no server takes a number like that by itself


def window(stepwell: Stepwell) -> ProcessRow | None:
    return next((row for row in stepwell.processes() if row.name == "gui"), None)


def test_a_display_that_does_not_answer_is_named_and_not_tried_again(stepwell: Stepwell) -> None:
    stepwell.start("up", "--demo", env=on_display(GONE))
    row = wait_for("it is given up", lambda: (row := window(stepwell)) and row.state == "failed" and row)
    assert row.detail == f"the window cannot be shown: could not connect to display {GONE}"
    assert row.restarts == 0
    wait_for("everything else is ready", lambda: all(one.state == "ready" for one in stepwell.processes()[1:]))
    alone = stepwell.run("gui", env=on_display(GONE))
    assert alone.code == 2
    assert f"could not connect to display {GONE}" in alone.err
