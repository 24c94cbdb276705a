"""Work that a person has begun and that goes on while the pages are built anew: the children of `desk.work`.

A page finds what is under way by `under_way`. At the window's end each job is ended, so that nothing half-done remains.
"""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QObject, Qt


class LastingJob(QObject):
    """A child of `desk.work`; it deletes itself when it is over, a moment later."""

    is_over = False

    def over(self) -> None:
        """Go; no page is to follow it any more."""
        self.is_over = True
        self.deleteLater()

    def end(self) -> None:
        """Leave nothing half-done: the window ends. Whoever has something half-done overrides this."""


Job = TypeVar("Job", bound=LastingJob)


def under_way(work: QObject, kind: type[Job]) -> list[Job]:
    """Return the jobs of a kind that go on."""
    found = work.findChildren(kind, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return [job for job in found if not job.is_over]


def end_all(work: QObject) -> None:
    """End every job."""
    for job in under_way(work, LastingJob):
        job.end()
