"""Which tasks the list of HISTORY shows: the filter as a frozen value, and what it says to the daemon.

Pure. A person's dates are days of this machine's zone; the daemon is asked in UTC, from the first moment of `since`
to the last of `until`. Called by the filter bar, the list's model and the export of the list.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from gui.words import parsed_time
from shared.messages import ListTasks
from shared.task_state import TaskState

if TYPE_CHECKING:
    from gui.state import HistoryPlace
    from shared.messages import TaskRow


Key = tuple[str, int]  # of a place in the list: the time where it goes by time, else ''; and the `created_seq`


class TaskFilter(Struct, frozen=True, kw_only=True):
    """Empty fields let everything through. `since`, `until` are days, `YYYY-MM-DD`, both included."""

    text: str = ""
    state: str = ""
    device_id: str = ""
    model: str = ""
    since: str = ""
    until: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether all tasks are shown."""
        return self == TaskFilter()

    def request(self, after: str, limit: int) -> ListTasks:
        """Return the question for a page of the tasks that fit."""
        return ListTasks(
            state=TaskState(self.state) if self.state else None,
            device_id=self.device_id or None,
            model=self.model,
            text=self.text,
            since=_moment(self.since, last=False),
            until=_moment(self.until, last=True),
            after=after,
            limit=limit,
        )

    @property
    def by_time(self) -> bool:
        """Whether the daemon walks along the time that tasks were queued at: then its cursors are `TIME NUMBER`."""
        return bool(day(self.since) or day(self.until))

    def key(self, row: TaskRow) -> Key:
        """Return where a task stands; a list goes by falling keys."""
        return (row.timestamp if self.by_time else "", row.created_seq)

    def cursor(self, first: Key) -> str:
        """Return the cursor of a page that begins with `first`."""
        return f"{first[0]} {first[1] + 1}".lstrip()

    def key_of(self, cursor: str) -> Key:
        """Return the key of the last task that a page with this `next` has looked at."""
        time, _, number = cursor.rpartition(" ")
        return (time, int(number))

    def fits(self, row: TaskRow) -> bool:
        """Tell whether a task belongs into the list, as the daemon would."""
        queued = parsed_time(row.timestamp)
        since, until = parsed_time(_moment(self.since, last=False)), parsed_time(_moment(self.until, last=True))
        return (
            self.state in ("", row.final_status)
            and self.device_id in ("", row.device_id)
            and self.model in ("", row.model, row.model_name)
            and self.text.casefold() in row.task_description.casefold()
            and (since is None or queued is None or queued >= since)
            and (until is None or queued is None or queued <= until)
        )


def from_place(place: HistoryPlace) -> TaskFilter:
    """Return the filter that the window remembers; what is no state or day any more is left out."""
    return TaskFilter(
        text=place.text,
        state=place.state if place.state in set(TaskState) else "",
        device_id=place.device_id,
        model=place.model,
        since=place.since if day(place.since) else "",
        until=place.until if day(place.until) else "",
    )


def into_place(wanted: TaskFilter, place: HistoryPlace) -> None:
    """Let the window remember a filter."""
    for name in TaskFilter.__struct_fields__:
        setattr(place, name, getattr(wanted, name))


def day(text: str) -> date | None:
    """Return a day, or None when the text is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _moment(text: str, *, last: bool) -> str:
    """Return the first or the last second of a day of this zone, in UTC; '' for no day."""
    found = day(text)
    if found is None:
        return ""
    begin = datetime.combine(found + timedelta(days=int(last)), time()).astimezone(UTC)
    return (begin - timedelta(seconds=int(last))).isoformat().replace("+00:00", "Z")
