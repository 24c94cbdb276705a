"""Views of long histories: bounded pages, go to a time, figures, events, and answers that fit their frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from store_lab import CLI, OTHER, PHONE, WORKER, StoreLab

from persistence_daemon import task_pages
from persistence_daemon.connection import open_reader
from persistence_daemon.views import Figures, view
from shared.errors import BadInputError, ErrorCode
from shared.identity import Identity
from shared.messages import (
    DeleteTask,
    EventPage,
    FindMoment,
    GetStatistics,
    GetStatus,
    GetTask,
    Label,
    LabelTask,
    ListEvents,
    ListSetAside,
    ListSteps,
    ListTasks,
    Message,
    Moment,
    SetAsidePage,
    Statistics,
    StatisticsRow,
    StepPage,
    TaskPage,
    TaskView,
    Verdict,
)
from shared.task_state import TaskEvent, TaskState
from shared.wire import MAX_FRAME, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIGURES = Figures(1.0, 2.0, (), {}, demo=False)
DAEMON = Identity("daemon", "d1")
LARGE = 1 << 20
M = TypeVar("M", bound=Message)
Ask = "Callable[[Message, type[M]], M]"


@pytest.fixture
def ask(lab: StoreLab) -> Iterator[Callable[[Message, type[Any]], Any]]:
    reader = open_reader(lab.home.database)

    def asked(request: Message, kind: type[Any]) -> Any:
        answer = view(reader, lab.home, request, FIGURES)
        assert isinstance(answer, kind)
        assert len(encode(DAEMON, answer, 1)) <= MAX_FRAME
        return answer

    yield asked
    reader.close()


def every(ask: Any, **filters: Any) -> tuple[list[str], int]:
    """Read all pages; return the ids and how many pages it took."""
    found: list[str] = []
    after, pages = "", 0
    while True:
        page = ask(ListTasks(after=after, **filters), TaskPage)
        found += [row.session_id for row in page.items]
        pages += 1
        if page.next is None:
            return found, pages
        after = page.next


def test_a_filtered_page_looks_at_a_bounded_number_of_tasks_and_says_where_to_go_on(
    lab: StoreLab, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_pages, "_SLICE", 4)
    for number in range(10):
        lab.create(f"task-{number}", model="rare" if number == 2 else "common")
    page = ask(ListTasks(model="rare"), TaskPage)
    assert (page.items, page.next is None) == ((), False), "an empty page, and more behind it"
    assert every(ask, model="rare") == (["task-2"], 3)
    assert every(ask, model="none") == ([], 3)
    assert every(ask, state=TaskState.CREATED, model="rare", limit=1) == (["task-2"], 3)
    assert every(ask, since="2026-01-01", text="DO", limit=3)[0] == [f"task-{n}" for n in range(9, -1, -1)]


@pytest.mark.parametrize(
    "filters",
    [{}, {"state": TaskState.CREATED}, {"text": "do"}, {"since": "2026-01-01"}, {"until": "2099-01-01", "text": "do"}],
)
def test_pages_from_the_oldest_miss_and_repeat_nothing(
    lab: StoreLab, ask: Any, monkeypatch: pytest.MonkeyPatch, filters: dict[str, Any]
) -> None:
    monkeypatch.setattr(task_pages, "_SLICE", 4)
    names = [f"task-{number}" for number in range(10)]
    for name in names:
        lab.create(name)
    assert every(ask, oldest_first=True, limit=3, **filters)[0] == names
    assert every(ask, limit=3, **filters)[0] == names[::-1]


def test_pages_by_date_miss_and_repeat_nothing_when_many_tasks_have_one_time(
    lab: StoreLab, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "at", lambda: "2026-01-05T10:00:00.000Z")
    names = [f"task-{number}" for number in range(7)]
    for name in names:
        lab.create(name)
    day = {"since": "2026-01-05T10:00:00Z", "until": "2026-01-05T10:00:00Z"}
    assert every(ask, limit=3, **day) == (names[::-1], 3)
    assert every(ask, limit=3, oldest_first=True, **day) == (names, 3)
    assert every(ask, oldest_first=True, since="2026-01-05T10:00:01Z") == ([], 1)
    assert every(ask, oldest_first=True, until="2026-01-05T09:59:59Z") == ([], 1)
    assert every(ask, since="2026-01-05T10:00:01Z") == ([], 1)
    assert every(ask, until="2026-01-05T09:59:59Z") == ([], 1)


@pytest.mark.parametrize("after", ["12", "x 3", "2026-01-01 00:00:00 x", "2026-01-01 00:00:00 " + "9" * 30])
def test_a_place_of_another_kind_of_page_is_refused(ask: Any, after: str) -> None:
    with pytest.raises(BadInputError) as caught:
        ask(ListTasks(since="2026-01-01", after=after), TaskPage)
    assert caught.value.code is ErrorCode.BAD_REQUEST


def test_text_is_found_in_any_alphabet_whatever_its_case(lab: StoreLab, ask: Any) -> None:
    from shared.messages import CreateTask, NewTask

    for number, text in enumerate(("Öffne die STRASSE", "Найти ПОЧТУ", "打开设置")):
        lab.ask(WORKER, CreateTask(task=NewTask(session_id=f"t{number}", task_description=text)))
    assert every(ask, text="öffne")[0] == ["t0"]
    assert every(ask, text="straße")[0] == ["t0"]
    assert every(ask, text="почту")[0] == ["t1"]
    assert every(ask, text="设")[0] == ["t2"]


def test_a_moment_is_the_newest_task_and_step_that_had_begun_by_then(lab: StoreLab, ask: Any) -> None:
    def at(time: str) -> tuple[str | None, int | None, bool]:
        found = ask(FindMoment(at=time), Moment)
        return found.session_id, found.step_num, found.running

    lab.hello()
    lab.create("first")  # 00:00:03, with its claim a second later
    lab.create("second")
    lab.claim()
    for number in range(1, 8):
        started = f"2026-01-01T00:01:{number:02}.500Z" if number != 7 else ""
        lab.accepted(lab.begin(number, "first", started_at=started))
        lab.accepted(lab.finish(number, "first"))
    lab.accepted(lab.change(TaskEvent.SUCCEEDED, "first"))
    assert at("2026-01-01T00:00:00Z") == (None, None, False)
    assert at("2026-01-01T00:00:30Z")[:2] == ("first", None)
    assert at("2026-01-01T00:01:02.499Z")[:2] == ("first", 1)
    assert at("2026-01-01T01:01:02.500+01:00")[:2] == ("first", 2)
    assert at("2026-01-01T00:01:05.600Z")[:2] == ("first", 5)
    assert at("2027-01-01") == ("first", 7, False), "`second` was queued later, but has not begun"
    with pytest.raises(BadInputError):
        at("noon")


def test_figures_count_each_ended_task_once_by_who_says_so(lab: StoreLab, ask: Any) -> None:
    endings = [(TaskEvent.SUCCEEDED, Verdict.CHECKED), (TaskEvent.SUCCEEDED, None), (TaskEvent.FAILED, None)] * 2
    for number, (event, verdict) in enumerate(endings):
        task = f"task-{number}"
        lab.running(task)
        lab.accepted(lab.begin(1, task, prompt_tokens=10, completion_tokens=1))
        lab.accepted(lab.finish(1, task))
        lab.accepted(lab.change(event, task, verdict=verdict, elapsed_s=2.0))
    lab.ask(CLI, LabelTask(session_id="task-3", label=Label.WRONG))
    lab.ask(CLI, LabelTask(session_id="task-5", label=Label.RIGHT))
    lab.create("waits")
    figures = ask(GetStatistics(), Statistics)
    expected = StatisticsRow(
        key="2026-01-01",
        tasks=7,
        reported=2,
        checked=1,
        right=1,
        wrong=1,
        failed=1,
        stopped=0,
        crashed=0,
        steps=6,
        total_time_s=12.0,
        prompt_tokens=60,
        completion_tokens=6,
    )
    assert figures.by_day == (expected,)
    assert [(row.key, row.tasks) for row in figures.by_device] == [(PHONE, 6), ("", 1)]
    assert [row.tasks for row in figures.by_model] == [7]
    assert (figures.commit_ms_p50, figures.commit_ms_p99) == (1.0, 2.0)
    assert ask(GetStatistics(until="2025-12-31"), Statistics).by_day == ()


def test_events_come_in_pages_up_to_what_is_committed_and_survive_a_rebuild(lab: StoreLab, ask: Any) -> None:
    lab.running()
    for number in range(1, 30):
        lab.step(number)
    lab.accepted(lab.change(TaskEvent.SUCCEEDED))
    lab.ask(CLI, DeleteTask(session_id="task-1"))
    last = lab.store.seq
    seen: list[int] = []
    following: int | None = 0
    while following is not None:
        page = ask(ListEvents(after=following, limit=7), EventPage)
        seen += [event.seq for event in page.items]
        following = page.next
    assert seen == list(range(1, last + 1))
    assert ask(ListEvents(after=last), EventPage).items == ()
    assert ask(ListEvents(after=last - 1), EventPage).items[0].body.session_id == "task-1"


def test_events_that_are_appended_but_not_committed_are_not_shown(lab: StoreLab, ask: Any) -> None:
    from persistence_daemon.event_log import line_of
    from persistence_daemon.log_reader import log_files
    from shared.messages import Event, TaskDeleted

    lab.create()
    seq, timeline = lab.store.seq, lab.store.timeline
    path = log_files(lab.home.event_log)[-1].path
    body = TaskDeleted(session_id="task-1", by="x")
    line = line_of(Event(seq=seq + 1, timeline=timeline, at=lab.at(), by="x.1", body=body))
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(line)
    assert [event.seq for event in ask(ListEvents(), EventPage).items] == list(range(1, seq + 1))
    with path.open("ab") as file:
        file.truncate(size)


def test_a_log_that_cannot_be_read_is_an_answer_and_harms_no_reader(
    lab: StoreLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    import zmq

    from persistence_daemon.views import ReadPool
    from shared.messages import ErrorInfo, StoreStatus
    from shared.transport import Incoming

    def fails(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("persistence_daemon.event_pages.log_files", fails)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    pool = ReadPool(context, lab.home)
    answers: list[Message] = []
    for request in (*(ListEvents(),) * 3, GetStatus()):
        pool.ask(Incoming(CLI, 1, request), FIGURES)
        assert pool.socket.poll(10_000)
        answers += [made.answer for made in pool.answered()]
    pool.close()
    context.term()
    assert [type(answer) for answer in answers] == [ErrorInfo] * 3 + [StoreStatus]


@pytest.mark.parametrize("after", [0, 1, 777, 3000, 5999, 6000, 1 << 62])
def test_a_page_of_events_is_found_in_a_large_file_past_a_bad_line(lab: StoreLab, ask: Any, after: int) -> None:
    from persistence_daemon.event_log import EventLog
    from persistence_daemon.event_pages import events_of_descent
    from persistence_daemon.log_reader import log_files
    from shared.messages import Event, RecordSetAside

    folder = lab.home.root / "other_log"
    folder.mkdir()
    log = EventLog(folder, "t", file_bytes=300_000)
    body = RecordSetAside(
        session_id=None, kind="k", code=ErrorCode.SET_ASIDE, message="m" * 60, raw="r", sender="s", incarnation="i"
    )
    for first in range(1, 6001, 100):
        log.append([Event(seq=n, timeline="t", at=lab.at(), by="x.1", body=body) for n in range(first, first + 100)])
    log.close()
    assert len(log_files(folder)) > 3
    bad = bytearray(log_files(folder)[0].path.read_bytes())
    bad[150_000] ^= 1
    log_files(folder)[0].path.write_bytes(bad)
    found = [event.seq for event in events_of_descent(folder, "t", after, 5990)]
    missing = set(range(after + 1, 5991)) - set(found)
    assert found == sorted(set(found))
    assert len(missing) <= 1, "only the bad line"
    assert all(number < 3000 for number in missing)


def test_pages_of_large_rows_are_cut_to_their_frame_and_go_on(lab: StoreLab, ask: Any) -> None:
    text = "x" * LARGE
    for number in range(3):
        lab.create(f"task-{number}", script=text)
    assert every(ask, limit=1000)[0] == ["task-2", "task-1", "task-0"]
    lab.hello()
    lab.claim()
    for number in (1, 2, 3):
        lab.accepted(lab.begin(number, "task-0", reply=text, screenshot_analysis=text))
        lab.accepted(lab.finish(number, "task-0", message=text))
    page = ask(ListSteps(session_id="task-0"), StepPage)
    assert ([step.step_num for step in page.items], page.next) == ([1], 1)
    assert page.items[0].reply == text, "what fits is whole"
    page = ask(ListSteps(session_id="task-0", last=True), StepPage)
    assert ([step.step_num for step in page.items], page.next) == ([3], None)
    events, following = [], 0
    while following is not None:
        events_page = ask(ListEvents(after=following, limit=1000), EventPage)
        events += [event.seq for event in events_page.items]
        following = events_page.next
    assert events == list(range(1, lab.store.seq + 1))


def test_a_row_that_alone_is_too_large_is_shortened_and_says_so(lab: StoreLab, ask: Any) -> None:
    text = "x" * LARGE
    lab.running()
    lab.accepted(lab.begin(1, reply=text, screenshot_analysis=text, action=text))
    lab.accepted(lab.finish(1, message=text))
    lab.ask(CLI, LabelTask(session_id="task-1", step_num=1, label=Label.WRONG, correction=text))
    (step,) = ask(ListSteps(session_id="task-1"), StepPage).items
    assert "shortened for this answer: 1,048,576 characters" in step.message
    for number in range(6):
        lab.accepted(lab.note(f"n{number}", text))
    assert len(ask(GetTask(task_id="task-1"), TaskView).notes) == 6


def test_what_was_set_aside_comes_in_pages_that_fit(lab: StoreLab, ask: Any) -> None:
    for number in range(1, 6):
        lab.write_one(lab.begin(number, "lost", reply="x" * LARGE), OTHER)
    seen, after = 0, 0
    while True:
        page = ask(ListSetAside(after=after), SetAsidePage)
        seen += len(page.items)
        if page.next is None:
            break
        after = page.next
    assert seen == 5
