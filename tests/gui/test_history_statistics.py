"""Statistics: figures, the chart, its tables."""

from __future__ import annotations

from datetime import date

import pytest
from fake_desk_history import FakeDesk
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from gui.pages.history.figures import bars_of, counts_of, nice_top, success_rates
from gui.pages.history.figures_model import FiguresModel
from gui.pages.history.statistics_tab import StatisticsTab
from shared.messages import GetStatistics, StatisticsRow


def day(key="2026-01-05", **counts):
    names = [name for name in StatisticsRow.__struct_fields__ if name not in ("key", "total_time_s")]
    return StatisticsRow(key=key, total_time_s=60.0, **(dict.fromkeys(names, 0) | counts))


@pytest.fixture
def desk(qapp, tmp_path):
    found = FakeDesk(tmp_path)
    yield found
    found.close()


@pytest.fixture
def tab(desk, qtbot):
    desk.state.now.history.days = 0
    found = StatisticsTab(desk)
    qtbot.addWidget(found)
    found.resize(1000, 600)
    return found


def test_reported_success_is_never_counted_as_proven():
    row = day(tasks=10, reported=4, checked=1, right=2, failed=1, crashed=1)
    assert counts_of(row) == (3, 4, 0, 1, 1, 0, 1)
    assert success_rates(row) == (pytest.approx(3 / 9), pytest.approx(4 / 9))
    assert success_rates(day(tasks=2)) == (None, None)


def test_bars_have_no_gap_and_reach_over_the_range():
    bars, unit = bars_of([day("2026-01-05", tasks=2), day("2026-01-08", tasks=1)], date(2026, 1, 3), date(2026, 1, 9))
    assert unit == "day"
    assert [bar.name[-2:] for bar in bars] == ["03", "04", "05", "06", "07", "08", "09"]
    assert [bar.total for bar in bars] == [0, 0, 2, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("until", "unit"), [(date(2026, 3, 1), "day"), (date(2026, 9, 1), "week"), (date(2029, 1, 1), "month")]
)
def test_long_times_are_put_together_and_lose_no_task(until, unit):
    bars, found = bars_of([day("2026-01-05", tasks=2), day("2026-02-27", tasks=3)], None, until)
    assert found == unit
    assert sum(bar.total for bar in bars) == 5
    assert len(bars) <= 110


@pytest.mark.parametrize(("highest", "top"), [(0, 4), (4, 4), (5, 8), (9, 20), (21, 40), (1000, 2000)])
def test_axis_ends_at_a_round_number(highest, top):
    assert nice_top(highest) == top


def test_model_of_figures_keeps_qts_rules(qapp):
    model = FiguresModel(
        "Phone", dict.fromkeys(["proven", "reported", "wrong", "failed", "crashed", "stopped", "waiting"], "x"), str
    )
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show_rows([day(tasks=4, reported=1, checked=1, failed=2, steps=1200)])
    cells = [model.index(0, column).data() for column in range(model.columnCount())]
    assert cells[:4] == ["2026-01-05", "4", "25.0 %", "25.0 %"]
    assert "1,200" in cells
    del tester


def test_tab_asks_when_it_is_shown_and_draws_what_comes(desk, tab):
    desk.link.days = [day(tasks=4, reported=3, failed=1), day("2026-01-07", tasks=2, crashed=2)]
    assert not desk.link.asked
    tab.show()
    desk.link.answer_all()
    assert tab.stack.currentIndex() == 0
    assert "p99 9.0 ms" in tab.latency.text()
    assert tab.models["day"].index(0, 0).data() == "2026-01-07"
    assert not tab.grab().isNull()


def test_days_are_chosen_and_remembered(desk, tab):
    tab.show()
    desk.link.answer_all()
    tab.range_buttons[7].click()
    assert isinstance(desk.link.asked[-1], GetStatistics)
    assert desk.link.asked[-1].since.endswith("T00:00:00Z")
    assert desk.state.now.history.days == 7


def test_days_without_tasks_say_so(desk, tab):
    tab.show()
    desk.link.answer_all()
    assert tab.stack.currentWidget() is tab.nothing


def test_chart_tells_its_numbers_to_the_keyboard_and_the_pointer(desk, tab, qtbot):
    desk.link.days = [day(tasks=4, reported=3, failed=1), day("2026-01-07", tasks=2, crashed=2)]
    tab.show()
    desk.link.answer_all()
    qtbot.keyClick(tab.chart, Qt.Key.Key_Right)
    last = len(tab.chart._bars) - 1
    assert tab.chart.marked == last
    for _ in range(last):
        qtbot.keyClick(tab.chart, Qt.Key.Key_Left)
    assert tab.chart.marked == 0
    assert "failed: 1" in tab.chart.accessibleDescription()
    qtbot.mouseMove(tab.chart, tab.chart.rect().center())
    qtbot.waitUntil(lambda: tab.chart.marked not in (0, None), timeout=2000)
