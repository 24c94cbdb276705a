"""What an import did, or would do: figures, and notices of all that was not as it should be. Called by plan.py."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from shared.texts import escaped

if TYPE_CHECKING:
    from collections.abc import Callable

    from persistence_daemon.importing.originals import Original
    from persistence_daemon.importing.task_backups import Torn

_TORN_SHOWN: Final = 400  # bytes of a torn line that are told; all of them are kept with the task


class Figures(Struct):
    """How much came in, and what did not."""

    tasks: int = 0
    tasks_made: int = 0  # of them: for steps whose task is not there
    tasks_known: int = 0  # left as they were
    tasks_deleted: int = 0  # deleted here once, not brought back
    steps: int = 0
    steps_from_backups: int = 0  # of them
    screenshots: int = 0
    screenshots_missing: int = 0
    rows: int = 0  # of other tables
    rows_known: int = 0
    repaired: int = 0
    disagreements: int = 0
    torn: int = 0


class Report:
    """Counts, and hands each notice on to `tell` at once."""

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self.figures = Figures()
        self.repairs: Counter[str] = Counter()
        self._tell = tell

    def notice(self, what: str, sentence: str, session_id: str | None = None, **facts: Any) -> None:
        """Tell of something."""
        self._tell({"what": what, "sentence": sentence, "session_id": session_id, **facts})

    def repaired(self, original: Original, session_id: str, step_num: int | None = None) -> None:
        """Take note of the repairs of a row."""
        self.figures.repaired += bool(original.repairs)
        for how in original.repairs:
            self.repairs[how] += 1
            self.notice("repaired", how, session_id, step_num=step_num)

    def disagrees(self, session_id: str, said: object, counted: int) -> None:
        """Take note that a task's own number of steps is not that of its rows."""
        self.figures.disagreements += 1
        sentence = f"total_steps says {said}, {counted} are there"
        self.notice("disagreement", sentence, session_id, said=str(said), counted=counted)

    def torn(self, torn: Torn, session_id: str) -> None:
        """Take note of bytes that could not be read."""
        self.figures.torn += 1
        shown = torn.raw[:_TORN_SHOWN]
        self.notice(
            "torn",
            f"{escaped(torn.path.name)}: {len(torn.raw)} bytes at byte {torn.start}: {torn.why}",
            session_id,
            path=escaped(str(torn.path)),
            start=torn.start,
            bytes=len(torn.raw),
            text=shown.decode("utf-8", "backslashreplace"),
            hex=shown.hex(),
        )

    def missing(self, session_id: str, step_num: int, why: str) -> None:
        """Take note of a screenshot that is named and cannot be had."""
        self.figures.screenshots_missing += 1
        self.notice("screenshot", why, session_id, step_num=step_num)
