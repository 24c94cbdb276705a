"""The next step that failed: looked for page by page, a bounded way ahead, without disturbing what is shown.

Used by page.py (F).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from gui import words
from gui.pages.run.says import is_failure
from shared.messages import ErrorInfo, ListSteps, Role, StepPage

if TYPE_CHECKING:
    from gui.link.link import Link

_PAGE: Final = 200
_FAR: Final = 20_000  # steps; then the person is asked to go on


class FailureSearch(QObject):
    """`found` names a step that failed; `ended` carries a sentence when there is none as far as it looked."""

    found = Signal(int)
    ended = Signal(str)

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link
        self._session_id = ""
        self._ticket: int | None = None
        self._looked = (0, 0)  # where the last search began, and where it gave up

    def begin(self, session_id: str) -> None:
        """Look through another run from now on; a search under way ends."""
        self._link.forget(self._ticket)
        self._session_id = session_id
        self._looked = (0, 0)

    def look(self, after: int) -> None:
        """Look for the first failed step after a step; asked again from there, go on where it gave up."""
        begin = max(self._looked[1], after) if self._looked[0] == after else after
        self._looked = (after, begin)
        self._ask(begin, begin + _FAR)

    def _ask(self, after: int, until: int) -> None:
        self._link.forget(self._ticket)
        message = ListSteps(session_id=self._session_id, after=after, limit=_PAGE)
        self._ticket = self._link.ask(Role.DAEMON, message, StepPage, partial(self._page, until), self._failed)

    def _page(self, until: int, page: StepPage) -> None:
        failed = next((row.step_num for row in page.items if is_failure(row)), None)
        if failed is not None:
            self.found.emit(failed)
        elif page.next is None:
            self.ended.emit(self.tr("No step failed after this one."))
        elif page.items[-1].step_num >= until:
            self._looked = (self._looked[0], page.items[-1].step_num)
            sentence = self.tr("No step failed up to step %1; F looks further.")
            self.ended.emit(sentence.replace("%1", str(page.items[-1].step_num)))
        else:
            self._ask(page.items[-1].step_num, until)

    def _failed(self, error: ErrorInfo) -> None:
        self.ended.emit(words.refusal(error))
