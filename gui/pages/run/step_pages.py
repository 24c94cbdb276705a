"""Which rows of a run are held: pages of a fixed range of step numbers, the ones far from the eye forgotten. Pure.

Steps are numbered from 1, nearly always without a gap, so page `p` is the numbers `p * PAGE + 1` to `(p + 1) * PAGE`
and any of them can be asked for at once (`ListSteps` after `p * PAGE`). A number that its page does not hold is a gap.
Pages that events have made stale are shown until they are read again. Used by reader.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.messages import StepRow

PAGE: Final = 50
PAGES_MAX: Final = 40  # 2,000 rows; a row has a few KiB


def page_of(step_num: int) -> int:
    """Return the page that a step stands on."""
    return (step_num - 1) // PAGE


def numbers_of(page: int) -> range:
    """Return the step numbers of a page."""
    return range(page * PAGE + 1, (page + 1) * PAGE + 1)


class StepPages:
    """The pages of one run. `count` is the highest step number that is known of."""

    def __init__(self) -> None:
        self.count = 0
        self._pages: dict[int, dict[int, StepRow]] = {}
        self._stale: set[int] = set()
        self._asked: set[int] = set()

    @property
    def asked(self) -> int:
        """How many pages are asked for and have not come."""
        return len(self._asked)

    @property
    def held(self) -> int:
        """How many rows are held."""
        return sum(len(page) for page in self._pages.values())

    def row(self, step_num: int) -> StepRow | None:
        """Return a step, or None when it is not held."""
        return self._pages.get(page_of(step_num), {}).get(step_num)

    def is_gap(self, step_num: int) -> bool:
        """Tell whether it is known that there is no such step."""
        page = self._pages.get(page_of(step_num))
        return page is not None and step_num not in page and page_of(step_num) not in self._stale

    def grow(self, step_num: int) -> int:
        """Take note that a step exists; return by how many steps the run has grown."""
        grown = max(0, step_num - self.count)
        self.count += grown
        return grown

    def touch(self, step_num: int) -> None:
        """Take note that a step has changed."""
        self._stale.add(page_of(step_num))

    def touch_all(self) -> None:
        """Take note that anything may have changed."""
        self._stale.update(self._pages)
        self._stale.update(self._asked)

    def wanted(self, numbers: Iterable[int]) -> list[int]:
        """Return the pages of `numbers`, in their order, that must be asked for."""
        pages = dict.fromkeys(page_of(number) for number in numbers if 1 <= number <= self.count)
        return [page for page in pages if page not in self._asked and self._is_wanted(page)]

    def ask(self, page: int) -> None:
        """Take note that a page is asked for; what changes from now on makes it stale again."""
        self._asked.add(page)
        self._stale.discard(page)

    def missed(self, page: int) -> None:
        """Take note that a page did not come."""
        self._asked.discard(page)
        self._stale.add(page)

    def take(self, page: int, rows: Iterable[StepRow], near: int) -> None:
        """Hold a page that was read, and forget those furthest from the page `near`."""
        self._asked.discard(page)
        numbers = numbers_of(page)
        self._pages[page] = {row.step_num: row for row in rows if row.step_num in numbers}
        while len(self._pages) > PAGES_MAX:
            furthest = max(self._pages, key=lambda one: abs(one - near))
            del self._pages[furthest]
            self._stale.discard(furthest)

    def _is_wanted(self, page: int) -> bool:
        return page not in self._pages or page in self._stale
