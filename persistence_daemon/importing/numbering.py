"""Which number each step of an imported task gets: the first that asks for one keeps it, nobody is dropped. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBER_MAX: Final = 1_000_000  # a larger one is a broken one; a list of so many steps would be all gap


def numbers_for(wanted: Sequence[int | None]) -> list[int]:
    """Return a number for each step, given what each asks for, in their order.

    A number that is taken, missing, or none of 1 to NUMBER_MAX becomes the next free one at the end.
    """
    taken: set[int] = set()
    found: list[int | None] = []
    for number in wanted:
        keeps = number is not None and 1 <= number <= NUMBER_MAX and number not in taken
        found.append(number if keeps else None)
        if keeps and number is not None:
            taken.add(number)
    following = max(taken, default=0)
    given: list[int] = []
    for number in found:
        if number is None:
            following += 1
        given.append(following if number is None else number)
    return given
