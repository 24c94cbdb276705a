"""Make a home with a long history, to see how the views and the window bear it.

    python bench/make_history.py --home DIR [--tasks 1000000] [--steps 100000] [--pictures 0] [--seed 1]

DIR must not have a store. It gets one of so many tasks — over three years, with varied states, devices, models, texts,
verdicts and judgements — and, as the newest task, one run of so many steps, the first `--pictures` of them with a
picture. Rows are made by the product's own events and `Applier`. The event log of such a home holds its beginning and
its last event only; what lies between stands in a verified backup, as when older files of the log were pruned. The
daemon opens it as any other, and `python -m persistence_daemon verify` finds it whole.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from persistence_daemon.apply import Applier
from persistence_daemon.backup import take_backup
from persistence_daemon.connection import open_writer
from persistence_daemon.event_log import EventLog
from persistence_daemon.pictures import NewPicture, PictureStore, step_path
from persistence_daemon.rebuild import Beginning, create
from shared.identity import new_incarnation
from shared.messages import (
    BeginStep,
    DeviceInfo,
    DeviceSeen,
    Event,
    FinishStep,
    Label,
    Labelled,
    NewTask,
    Outcome,
    Picture,
    StateChanged,
    StepBegun,
    StepFinished,
    TaskCreated,
    Verdict,
)
from shared.paths import Home
from shared.task_state import TaskEvent, TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable

    import apsw

    from shared.messages import EventBody

BY: Final = "worker-1.benchmark"
BEGAN: Final = datetime(2023, 1, 1, tzinfo=UTC)
SPAN: Final = timedelta(days=3 * 365)
PER_COMMIT: Final = 20_000
SIZE: Final = (360, 780)
DEVICES: Final = ("emulator-5554", "R58M123ABC", "PIXEL-7", "192.168.1.20:5555")
MODELS: Final = (("default", "autoglm-phone-9b"), ("large", "qwen2.5-vl-72b"), ("", ""))
VERBS: Final = ("Open", "Search in", "Send a message by", "Turn on dark mode in", "打开", "Öffne", "Найти в")
APPS: Final = ("Settings", "WeChat", "Maps", "Contacts", "设置", "Kalender", "Почта", "Camera")
ENDINGS: Final = (
    (TaskState.SUCCESS, TaskEvent.SUCCEEDED, 60),
    (TaskState.FAILED, TaskEvent.FAILED, 25),
    (TaskState.CRASHED, TaskEvent.WORKER_DIED, 5),
)
THOUGHT: Final = "The screen shows the settings page; dark mode is off, so the switch has to be tapped next. " * 4


class Writer:
    """Numbers events and writes them, many to a commit."""

    def __init__(self, connection: apsw.Connection, timeline: str) -> None:
        self._connection = connection
        self._applier = Applier(connection)
        self.timeline = timeline
        self.seq = int(connection.execute("SELECT seq FROM meta").get)
        self.last: Event | None = None
        connection.execute("BEGIN IMMEDIATE")

    def write(self, body: EventBody, at: datetime) -> None:
        """Add the next event."""
        self.seq += 1
        text = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.last = Event(seq=self.seq, timeline=self.timeline, at=text, by=BY, body=body)
        self._applier.apply(self.last)
        if self.seq % PER_COMMIT == 0:
            self.commit()
            self._connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Commit what was written."""
        self._applier.finish(self.seq, self.timeline)
        self._connection.execute("COMMIT")


def task_of(number: int, chance: random.Random) -> TaskCreated:
    model, model_name = chance.choice(MODELS)
    text = f"{chance.choice(VERBS)} {chance.choice(APPS)}, run {number}"
    task = NewTask(session_id=f"task-{number:08}", task_description=text, model=model, user_id="bench")
    return TaskCreated(task=task, base_url="http://127.0.0.1:8000/v1", model_name=model_name, submitted_by=BY, held="")


def claim_of(session_id: str, device: str, claim: int) -> StateChanged:
    return StateChanged(
        session_id=session_id,
        from_state=TaskState.CREATED,
        to_state=TaskState.RUNNING,
        event=TaskEvent.CLAIMED,
        reason="",
        by=BY,
        device_id=device,
        claimed_by="worker-1",
        incarnation="benchmark",
        claim=claim,
    )


def end_of(session_id: str, chance: random.Random) -> StateChanged:
    to_state, event, _ = chance.choices(ENDINGS, [weight for *_, weight in ENDINGS])[0]
    succeeded = to_state is TaskState.SUCCESS
    return StateChanged(
        session_id=session_id,
        from_state=TaskState.RUNNING,
        to_state=to_state,
        event=event,
        reason="" if succeeded else "the app did not open",
        by=BY,
        verdict=chance.choice((Verdict.REPORTED, Verdict.CHECKED)) if succeeded else None,
        elapsed_s=chance.uniform(1.0, 300.0),
    )


def write_tasks(writer: Writer, count: int, chance: random.Random) -> None:
    """Queue, run and end `count` tasks, some judged afterwards, some cancelled while they waited."""
    for number in range(count):
        at = BEGAN + SPAN * (number / max(count, 1))
        created = task_of(number, chance)
        session_id = created.task.session_id
        writer.write(created, at)
        if chance.random() < 0.1:
            cancelled = {"event": TaskEvent.CANCELLED, "reason": "cancelled while it waited", "by": BY}
            stopped = StateChanged(
                session_id=session_id, from_state=TaskState.CREATED, to_state=TaskState.STOPPED, **cancelled
            )
            writer.write(stopped, at + timedelta(seconds=5))
            continue
        writer.write(claim_of(session_id, chance.choice(DEVICES), number + 1), at + timedelta(seconds=2))
        writer.write(end_of(session_id, chance), at + timedelta(seconds=30))
        if chance.random() < 0.05:
            label = chance.choice((Label.RIGHT, Label.WRONG))
            judged = Labelled(session_id=session_id, step_num=None, label=label, correction="", by="gui-1")
            writer.write(judged, at + timedelta(seconds=60))


def write_run(writer: Writer, pictures: PictureStore, steps: int, with_picture: int, claim: int) -> None:
    """Write one task of many steps, the newest of all."""
    at = BEGAN + SPAN + timedelta(hours=1)
    task = NewTask(session_id="long-run", task_description="Look at every contact, one by one", max_steps=100_000)
    writer.write(TaskCreated(task=task, base_url="", model_name="", submitted_by=BY, held=""), at)
    writer.write(claim_of(task.session_id, DEVICES[0], claim), at)
    for number in range(1, steps + 1):
        at += timedelta(seconds=2)
        data = drawn(number) if number <= with_picture else b""
        for body in step_of(task.session_id, number, at, data):
            writer.write(body, at)
        if data:
            path = step_path(task.session_id, number, hashlib.sha256(data).hexdigest())
            pictures.store([NewPicture(path, data)])
    ended = StateChanged(
        session_id=task.session_id,
        from_state=TaskState.RUNNING,
        to_state=TaskState.SUCCESS,
        event=TaskEvent.SUCCEEDED,
        reason="",
        by=BY,
        verdict=Verdict.REPORTED,
        elapsed_s=2.0 * steps,
    )
    writer.write(ended, at)


def step_of(session_id: str, number: int, at: datetime, data: bytes) -> Iterable[EventBody]:
    digest = hashlib.sha256(data).hexdigest()
    picture = Picture(digest=digest, size_bytes=len(data), width=SIZE[0], height=SIZE[1]) if data else None
    yield StepBegun(
        step=BeginStep(
            session_id=session_id,
            step_num=number,
            picture=picture,
            picture_missing="" if data else "made for a benchmark",
            thinking=THOUGHT,
            action='{"action":"Tap","element":[512,233]}',
            action_params='{"x":553,"y":559}',
            current_app="Contacts",
            prompt_tokens=2000,
            completion_tokens=60,
            started_at=at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        ),
        picture_path=step_path(session_id, number, digest) if data else None,
    )
    yield StepFinished(
        step=FinishStep(session_id=session_id, step_num=number, outcome=Outcome.DONE, execution_time=0.4),
    )


def drawn(number: int) -> bytes:
    """Return a PNG that shows the step's number."""
    image = Image.new("RGB", SIZE, (number * 37 % 256, number * 91 % 256, 160))
    ImageDraw.Draw(image).text((40, 40), f"step {number}", fill="white")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def make(home: Home, tasks: int, steps: int, with_picture: int, seed: int) -> int:
    """Make the home and return the seq of its last event."""
    home.prepare()
    timeline, at = new_incarnation(), datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    create(home, Beginning(at, timeline, BY, demo=False, start_id=""))
    connection = open_writer(home.database)
    connection.pragma("synchronous", "OFF")  # a crash of this program only means to run it again
    connection.pragma("wal_autocheckpoint", 10_000)
    writer = Writer(connection, timeline)
    for device in DEVICES:
        writer.write(DeviceSeen(device=DeviceInfo(device_id=device, model="bench"), worker=BY), BEGAN)
    write_tasks(writer, tasks, random.Random(seed))
    pictures = PictureStore(home)
    if steps:
        write_run(writer, pictures, steps, with_picture, tasks + 1)
    writer.commit()
    pictures.close()
    connection.close()
    assert writer.last is not None
    log = EventLog(home.event_log, timeline)
    log.append([writer.last])
    take_backup(home, "made for a benchmark", at, log.sync)
    log.close()
    return writer.seq


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--pictures", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    home = Home(asked.home)
    if home.database.exists():
        parser.error(f"{home.database} is there already: name another folder")
    began = time.perf_counter()
    seq = make(home, asked.tasks, asked.steps, asked.pictures, asked.seed)
    print(
        f"{asked.tasks:,} tasks and a run of {asked.steps:,} steps in {time.perf_counter() - began:.0f} s, seq {seq:,}"
    )


if __name__ == "__main__":
    main()
