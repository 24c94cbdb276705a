from __future__ import annotations

import pytest
from fake_desk_run import step_row

from gui.pages.run.step_pages import PAGE, PAGES_MAX, StepPages, numbers_of, page_of


def held(count: int, *pages: int) -> StepPages:
    made = StepPages()
    made.grow(count)
    for page in pages:
        made.ask(page)
        made.take(page, [step_row(number) for number in numbers_of(page) if number <= count], page)
    return made


@pytest.mark.parametrize(("step_num", "page"), [(1, 0), (PAGE, 0), (PAGE + 1, 1), (100_000, 100_000 // PAGE - 1)])
def test_each_number_has_its_page(step_num: int, page: int) -> None:
    assert page_of(step_num) == page
    assert step_num in numbers_of(page)


@pytest.mark.parametrize(
    ("numbers", "wanted"),
    [([1, 2], []), ([PAGE + 1], [1]), ([3 * PAGE, 1, PAGE + 1], [2, 1]), ([0, -1, 10_000], []), ([], [])],
)
def test_only_pages_that_are_not_held_are_asked_for(numbers: list[int], wanted: list[int]) -> None:
    assert held(5 * PAGE, 0).wanted(numbers) == wanted


def test_a_page_is_not_asked_for_twice_at_a_time() -> None:
    pages = held(PAGE)
    pages.ask(0)
    assert pages.wanted([1]) == []
    pages.missed(0)
    assert pages.wanted([1]) == [0]


def test_what_changes_while_its_page_is_on_the_way_is_asked_for_again() -> None:
    pages = held(PAGE)
    pages.ask(0)
    pages.touch(3)
    pages.take(0, [step_row(3)], 0)
    assert pages.wanted([3]) == [0]


def test_a_stale_row_is_shown_until_it_is_read_again() -> None:
    pages = held(PAGE, 0)
    pages.touch_all()
    assert pages.row(1) is not None
    assert pages.wanted([1]) == [0]


def test_a_number_that_its_page_does_not_hold_is_a_gap_and_nothing_else_is() -> None:
    pages = StepPages()
    pages.grow(2 * PAGE)
    pages.ask(0)
    pages.take(0, [step_row(1), step_row(3), step_row(PAGE + 2)], 0)
    assert [pages.is_gap(number) for number in (1, 2, 3, PAGE + 2)] == [False, True, False, False]
    assert pages.row(PAGE + 2) is None, "it belongs to another page, which is not read as a whole"


def test_memory_stays_flat_and_the_furthest_pages_go() -> None:
    pages = held(1000 * PAGE, *range(PAGES_MAX + 10))
    assert pages.held == PAGES_MAX * PAGE
    assert pages.row(1) is None
    assert pages.row((PAGES_MAX + 10) * PAGE) is not None


def test_a_run_only_grows() -> None:
    pages = StepPages()
    assert [pages.grow(number) for number in (3, 2, 7)] == [3, 0, 4]
    assert pages.count == 7
