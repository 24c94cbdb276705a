"""Which screens of a step are seen: the one before, the one after, or both where they have room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fake_desk_run import SESSION, FakeDesk, step_row

from gui.pages.run.screen_pane import ScreenPane

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_both_screens_are_seen_where_they_have_room_and_a_choice_is_remembered(desk: FakeDesk, qtbot: QtBot) -> None:
    pane = ScreenPane(desk)  # type: ignore[arg-type]
    qtbot.addWidget(pane)
    before, after = (f"screenshots/{SESSION}/{number}.png" for number in (1, 2))
    pane.show_step(step_row(1, screenshot_path=before), step_row(2, screenshot_path=after), None)
    pane.show()

    def seen_in(width: int) -> tuple[str, ...]:
        pane.resize(width, 600)
        return tuple(view.accessibleName() for view in (pane.pair.view, pane.pair.after_view) if not view.isHidden())

    one, other = "Step 1, Tap (540, 288), done, the agent", "The screen after: Step 1, Tap (540, 288), done, the agent"
    assert seen_in(360) == (one,)
    assert pane.buttons["both"].isHidden(), "there is no room for them"
    assert seen_in(600) == (one, other), "without a click, while no choice was made"
    assert (pane.pair.view._path, pane.pair.after_view._path) == (before, after)
    pane.buttons["after"].click()
    assert (seen_in(600), pane.pair.view._path) == ((one,), after)
    again = ScreenPane(desk)  # type: ignore[arg-type]
    qtbot.addWidget(again)
    again.resize(600, 600)
    assert (again.which, again.buttons["after"].isChecked()) == ("after", True)


def test_a_choice_between_two_in_a_narrow_window_leaves_both_for_a_wide_one(desk: FakeDesk, qtbot: QtBot) -> None:
    pane = ScreenPane(desk)  # type: ignore[arg-type]
    qtbot.addWidget(pane)
    pane.resize(360, 600)
    assert [_after_b(pane) for _ in range(2)] == ["after", "before"]
    pane.resize(900, 1200)
    assert pane.which == "both"
    assert [_after_b(pane) for _ in range(3)] == ["before", "after", "both"]


def _after_b(pane: ScreenPane) -> str:
    pane.toggle()
    return pane.which
