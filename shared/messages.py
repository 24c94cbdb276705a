"""Everything that Stepwell's processes can say to each other. One file, on purpose; docs/protocol.md is made from it.

How it travels. A message is one frozen struct. On the wire it is one MessagePack frame, the array
`[version, type, id, sender, incarnation, body]` (wire.py), and at most one raw frame behind it that holds a picture.
`sender` is `role-name` (`worker-1`, `cli-3f2a…`), so the role of a sender is known from its name; `incarnation` is new
each time a process starts. A reply carries the `id` of its request. `RULES` at the end says who may send what to
whom and what answers it; transport.py enforces it on every socket.

What may be relied on. The transport is not reliable; the protocol is: every request is safe to repeat and answers the
same, because everything that is stored has a natural key (a task its `session_id`, a step `(session_id, step_num)`, a
transition `(session_id, state entered)`, a note its `note_id`, a wait its `wait_id`, a claim `(incarnation, claim)`).
An acknowledgement (`Accepted`, `Submitted`, `Claimed`, `WaitState`, `Done`) has one meaning: committed with fsync and
appended to the event log.

Records and requests. What a worker reports of its own task — `BeginStep`, `FinishStep`, `AddNote`, `ChangeState` — is
a *record*: it happened, so it must not be lost; it travels in `WriteRecords`, is resent until answered, and may wait
in the worker's outbox. All else is a *request*: it carries a `deadline` (CLOCK_MONOTONIC seconds) after which its
receiver drops it, so that nobody acts on a wish that its sender has given up.

Times. `at`, `timestamp`: UTC, ISO 8601 with `Z` and milliseconds, for people; order is by `seq`, never by time.
Durations are seconds, from a monotonic clock. Unknown is None.

This file must not decide, send or store anything.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from shared.errors import ErrorCode
from shared.task_state import TaskEvent, TaskState

PROTOCOL_VERSION: Final = 1

# Limits: ARCHITECTURE §3 "Envelope and limits". They are part of the types, so decoding enforces them.
Identifier = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,64}\Z")]
DeviceId = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.:-]{1,128}\Z")]  # ro.serialno; vendors use dots and colons
Text = Annotated[str, Meta(max_length=1 << 20)]
TaskText = Annotated[str, Meta(min_length=1, max_length=1 << 16)]
Line = Annotated[str, Meta(max_length=4096)]
Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]  # SHA-256, hexadecimal
Count = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
StepNum = Annotated[int, Meta(ge=1, le=(1 << 31) - 1)]
Seconds = Annotated[float, Meta(ge=0.0, le=1e10)]
Limit = Annotated[int, Meta(ge=1, le=1000)]
Integer = Annotated[int, Meta(ge=-(1 << 63), le=(1 << 63) - 1)]  # what a column can hold
Number = Annotated[float, Meta(ge=-sys.float_info.max, le=sys.float_info.max)]  # finite: NaN and infinities fail both
MAX_ITEMS: Final = 1 << 16  # of one array or map; the largest honest one is a page of 1,000 rows
_Many: Final = Meta(max_length=MAX_ITEMS)


class Role(StrEnum):
    """What a process is; the part of its name before the first `-`."""

    DAEMON = "daemon"
    WORKER = "worker"
    SUPERVISOR = "supervisor"
    CLI = "cli"
    GUI = "gui"
    PHONE = "phone"  # the demo's simulated phone
    MODEL = "model"  # the demo's scripted model


class Outcome(StrEnum):
    """What became of a step's action. Until there is one, the step is open."""

    DONE = "done"
    FAILED = "failed"
    NOT_EXECUTED = "not_executed"  # the device was not touched
    UNKNOWN = "unknown"  # it may have happened, wholly or in part; nothing repeats it


class Actor(StrEnum):
    """Who decided on an action."""

    AGENT = "agent"
    PERSON = "person"
    STEPWELL = "stepwell"


class Verdict(StrEnum):
    """Who says that a task succeeded."""

    REPORTED = "reported"  # only the agent itself
    CHECKED = "checked"  # its checks were looked up on the screen
    RIGHT = "right"  # a person judged it
    WRONG = "wrong"


class Label(StrEnum):
    """A person's judgement of a step, or of a whole task."""

    RIGHT = "right"
    WRONG = "wrong"


class WaitingFor(StrEnum):
    """What a RUNNING task needs from a person."""

    PAUSED = "paused"
    CONFIRM = "confirm"
    TAKE_OVER = "take_over"
    ANSWER = "answer"


class Decision(StrEnum):
    """How a task's wait for a person ended."""

    APPROVED = "approved"  # of confirm
    DENIED = "denied"  # of confirm, take_over and answer: a person will not
    ANSWERED = "answered"  # of answer
    RESUMED = "resumed"  # of paused, and of take_over: the person is through with it
    EXPIRED = "expired"  # nobody answered before the deadline; what was asked for is not done
    ENDED = "ended"  # the task left RUNNING first


class ActKind(StrEnum):
    """What a person can do to a phone in a take-over."""

    TAP = "tap"
    DOUBLE_TAP = "double_tap"
    LONG_PRESS = "long_press"
    SWIPE = "swipe"
    TYPE = "type"
    KEY = "key"
    LAUNCH = "launch"


class ForceReason(StrEnum):
    """Why the supervisor ended a worker by force."""

    STOP = "stop"  # it did not end its task after a stop: STOPPED, forced
    HUNG = "hung"  # it missed its heartbeats or its step's time limit: CRASHED


class Message(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=True):
    """A thing that can be said. The class's name is the `type` in the envelope."""


class Request(Message, frozen=True, kw_only=True):
    """A message that its receiver drops after `deadline` (CLOCK_MONOTONIC seconds, one clock for the machine)."""

    deadline: Number = 0.0  # filled in by transport.Requester; 0 has always passed


# --- answers -----------------------------------------------------------------------------------------------------


class ErrorInfo(Message, frozen=True, kw_only=True):
    """The refusal of a request or of one record. `retryable`: the same may succeed later."""

    code: ErrorCode
    message: Text
    detail: Text = ""
    retryable: bool = False


class Accepted(Message, frozen=True, kw_only=True):
    """One record is committed as event `seq`. `late`: its task had ended, or belongs to nobody any more."""

    seq: Count
    late: bool = False


class Done(Message, frozen=True, kw_only=True):
    """A request is carried out and committed; `seq` is its event (0 when it changes nothing that is stored)."""

    seq: Count = 0


class WaitState(Message, frozen=True, kw_only=True):
    """How a wait for a person stands, as it is committed. `decision` None: it still waits."""

    seq: Count  # of the event that raised it
    waiting_deadline: str | None
    decision: Decision | None = None
    text: str = ""
    settled_seq: Integer | None = None
    settled_by: str = ""


# --- what is recorded --------------------------------------------------------------------------------------------


class Picture(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A screenshot as its record names it; the bytes travel in the raw frame behind the envelope (PNG)."""

    digest: Digest
    size_bytes: Annotated[int, Meta(ge=1, le=16 << 20)]
    width: Annotated[int, Meta(ge=1, le=16384)]
    height: Annotated[int, Meta(ge=1, le=16384)]


class BeginStep(Message, frozen=True, kw_only=True):
    """The intent of a step: what the agent saw, thought, and is about to do. Durable before the device is touched.

    `action` is a JSON object in the agent's own words (`{"action": "Tap", "element": [500, 120]}`), `action_params`
    one in the device's (`{"x": 540, "y": 288}`), each '' when there is none. `picture_missing` says why there is no
    picture. `elapsed_s` counts from the claim of the task. `thumbnail` is a small JPEG for lists; it can be rebuilt.
    """

    session_id: Identifier
    step_num: StepNum
    picture: Picture | None = None
    picture_missing: Line = ""
    thumbnail: Annotated[bytes, Meta(max_length=1 << 16)] = b""
    screenshot_analysis: Text = ""
    thinking: Text = ""
    reply: Text = ""  # the model's raw reply
    action: Text = ""
    action_params: Text = ""
    current_app: Line = ""
    actor: Actor = Actor.AGENT
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    time_to_first_token_s: Seconds | None = None
    model_time_s: Seconds | None = None
    started_at: Line = ""
    elapsed_s: Seconds = 0.0


class FinishStep(Message, frozen=True, kw_only=True):
    """The outcome of a step. Durable before the next step begins."""

    session_id: Identifier
    step_num: StepNum
    outcome: Outcome
    message: Text = ""
    execution_time: Seconds | None = None  # seconds from the acknowledged intent to the outcome
    device_time_s: Seconds | None = None  # of it, inside device commands
    elapsed_s: Seconds = 0.0


class AddNote(Message, frozen=True, kw_only=True):
    """Something that the agent, a person or Stepwell wants kept with a task, at a step or (None) beside them all."""

    session_id: Identifier
    note_id: Identifier
    text: Text
    step_num: StepNum | None = None
    actor: Actor = Actor.AGENT


class ChangeState(Message, frozen=True, kw_only=True):
    """A transition of the worker's own task. The closing picture of an ending travels with it, or why there is none."""

    session_id: Identifier
    event: TaskEvent
    reason: Text = ""
    verdict: Verdict | None = None
    picture: Picture | None = None
    picture_missing: Line = ""
    elapsed_s: Seconds = 0.0
    by: Line = ""  # who asked for it; '' when the worker itself decided


Record = BeginStep | FinishStep | AddNote | ChangeState


class WriteRecords(Message, frozen=True, kw_only=True):
    """A worker's records, in order.

    Sender: worker. Receiver: daemon. When: a step begins or ends, a note is made, the state changes.
    Reply: `RecordsWritten`. Safe to repeat: yes, each record is known by its key and digest.
    The raw frame is the picture of the only record in `records` that names one.
    """

    records: Annotated[tuple[Record, ...], Meta(min_length=1, max_length=64)]


class RecordsWritten(Message, frozen=True, kw_only=True):
    """One answer a record, in the order of the request. A refusal of one does not touch the others."""

    results: Annotated[tuple[Accepted | ErrorInfo, ...], _Many]


# --- requests to the daemon --------------------------------------------------------------------------------------


class DeviceInfo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device as a worker found it. `device_id` is the phone's own serial, `address` the way it was reached."""

    device_id: DeviceId
    address: Line = ""
    model: Line = ""
    android: Line = ""
    width: Count = 0
    height: Count = 0


class Hello(Request, frozen=True, kw_only=True):
    """First words of a worker to the daemon, again after each reconnection.

    Sender: worker. Receiver: daemon. When: the worker holds its locks. Reply: `Welcome`. Safe to repeat: yes.
    """

    program_version: Line
    pid: Count
    device: DeviceInfo | None = None


class Welcome(Message, frozen=True, kw_only=True):
    """The daemon knows the worker. A new `daemon_incarnation` means that it was restarted: resend what is open."""

    daemon_incarnation: Identifier
    timeline: Identifier
    seq: Count


class NewTask(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task as it is asked for. `device_id` None: any device. `model`: a profile's name, '' for the default one."""

    session_id: Identifier
    task_description: TaskText
    user_id: Line = ""
    agent: Identifier = "phone"
    device_id: DeviceId | None = None
    model: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{0,64}\Z")] = ""
    max_steps: Annotated[int, Meta(ge=1, le=100_000)] = 100
    time_limit_s: Annotated[float, Meta(gt=0.0, le=1e7)] | None = None
    expect_text: Line = ""
    script: Text = ""  # the flow of a `script` agent, as YAML; the program of `command` or the plan of `rerun`, as JSON
    checks: Annotated[tuple[Line, ...], Meta(max_length=100)] = ()  # more texts that the screen must show at the end
    continues: Identifier | None = None  # the ended task whose record the agent is told before it goes on
    rerun_of: Identifier | None = None  # the task of which this one is a repetition


class SubmitTask(Request, frozen=True, kw_only=True):
    """Queue a task.

    Sender: cli, gui. Receiver: worker (any). When: a person or a script wants it. Reply: `Submitted`, after commit.
    Safe to repeat: yes, `session_id` names it; the same id with other contents is a CONFLICT.
    """

    task: NewTask


class CreateTask(Request, frozen=True, kw_only=True):
    """A submitted task, found good by a worker, on its way into the store.

    Sender: worker. Receiver: daemon. When: it got a `SubmitTask`. Reply: `Submitted`. Safe to repeat: yes, as that.
    """

    task: NewTask
    base_url: Line = ""
    model_name: Line = ""
    submitted_by: Line = ""  # the sender of the SubmitTask


class Submitted(Message, frozen=True, kw_only=True):
    """The task is committed as CREATED. `existing`: it had been before. `held`: it waits for a release."""

    session_id: Identifier
    seq: Count
    existing: bool = False
    held: bool = False


class Debt(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must still be put back on a device; `detail` says what, in the words of its `kind`.

    `keyboard`: the keyboard that the person had before ADB Keyboard was chosen. `tries`: how often it failed.
    """

    debt_id: Identifier
    device_id: DeviceId
    kind: Identifier
    detail: Line
    session_id: Identifier | None = None  # the task for which it was changed
    tries: Count = 0


class OweDebt(Request, frozen=True, kw_only=True):
    """A worker is about to change something on its device that must be put back, whatever becomes of the worker.

    Sender: worker. Receiver: daemon. When: before it changes it. Reply: `Done`; only then is the device touched.
    Safe to repeat: yes, `debt_id` names it; the same id with other contents is a CONFLICT.
    """

    debt: Debt


class SettleDebt(Request, frozen=True, kw_only=True):
    """A worker has put back what its device owes, or (`failure`) could not.

    Sender: worker. Receiver: daemon. When: it was put back, or a try of it failed. Reply: `Done`. Safe to repeat:
    yes, `attempt` counts the tries of a debt from 1. The third failure holds the device with the reason; its
    release writes the debt off.
    """

    debt_id: Identifier
    attempt: Annotated[int, Meta(ge=1, le=1000)]
    failure: Line = ""


class ClaimTask(Request, frozen=True, kw_only=True):
    """An idle worker asks for the oldest task that fits it.

    Sender: worker. Receiver: daemon. When: an event says that there may be work, and each second. Reply: `Claimed`.
    Safe to repeat: yes; `claim` counts a worker incarnation's claims from 1: the same number answers the same, an
    older one is STALE.
    """

    claim: Annotated[int, Meta(ge=1, le=(1 << 63) - 1)]
    device_id: DeviceId | None = None
    agents: Annotated[tuple[Identifier, ...], _Many] = ()


class Claimed(Message, frozen=True, kw_only=True):
    """The task is RUNNING and yours (`task`), or there is none for you and `why` says why (held, or nothing waits).

    `debts`: what the device owes, to be settled by the worker before it claims again; held or not.
    """

    task: TaskRow | None = None
    why: Line = ""
    debts: Annotated[tuple[Debt, ...], _Many] = ()


class NewWait(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a task needs a person for, as its worker asks it."""

    session_id: Identifier
    wait_id: Identifier
    waiting_for: WaitingFor
    question: Text = ""  # what the person is asked or told
    choices: Annotated[tuple[Line, ...], Meta(max_length=100)] = ()  # of `answer`: what can be chosen; () is free text
    action: Text = ""  # of `confirm`: what is to be approved, as JSON; the step has the rest
    action_digest: Digest | None = None  # of `confirm`: names this very action; an approval must repeat it
    step_num: StepNum | None = None  # the open step that waits for it
    patience_s: Seconds | None = None  # the deadline is so long after the commit; None: there is none


class RaiseWait(Request, frozen=True, kw_only=True):
    """A worker's task needs a person before it goes on; asked again, this tells how that stands.

    Sender: worker. Receiver: daemon. When: the agent asks for a person, and each second until the wait is settled.
    Reply: `WaitState`. Safe to repeat: yes, `wait_id` names it; the same id with other contents is a CONFLICT. A task
    waits for one thing at a time (BAD_REQUEST); one that is not RUNNING does not wait (ILLEGAL_TRANSITION), nor
    another worker's (FENCED).
    """

    wait: NewWait


class SettleWait(Request, frozen=True, kw_only=True):
    """A person's answer to what a worker's task waits for, on its way into the store.

    Sender: worker. Receiver: daemon. When: it got an `AnswerWait`. Reply: `Done`, only then does the task go on.
    Safe to repeat: yes, as that.
    """

    session_id: Identifier
    seq: Count
    decision: Decision
    action_digest: Digest | None = None
    text: Text = ""
    by: Line = ""


class CancelTask(Request, frozen=True, kw_only=True):
    """Take a waiting task from the queue: CREATED → STOPPED.

    Sender: cli, gui. Receiver: daemon. When: a person stops it. Reply: `Done`. Safe to repeat: yes.
    """

    session_id: Identifier
    reason: Line = ""


class HoldDevice(Request, frozen=True, kw_only=True):
    """Let no waiting task begin on a device until it is released.

    Sender: cli, gui, worker. Receiver: daemon. When: a person wants it, or the phone is not fit for work.
    Reply: `Done`. Safe to repeat: yes.
    """

    device_id: DeviceId
    reason: Line = ""


class ReleaseDevice(Request, frozen=True, kw_only=True):
    """Let the queue of a device go on: its hold ends, and so do the holds of tasks that wait for it or for any device.

    A debt of the device that could not be settled is written off.

    Sender: cli, gui. Receiver: daemon. When: a person has looked at the phone. Reply: `Done`. Safe to repeat: yes.
    """

    device_id: DeviceId


class LabelTask(Request, frozen=True, kw_only=True):
    """Judge a step, or (step_num None) a task that has ended. `label` None takes the judgement back.

    Sender: cli, gui. Receiver: daemon. When: a person judges. Reply: `Done` (seq 0: it was judged so already). Safe
    to repeat: yes; the newest judgement counts. A task as a whole that has not ended is refused
    (ILLEGAL_TRANSITION), so are a step that is not there and a correction without a label (BAD_REQUEST).
    """

    session_id: Identifier
    step_num: StepNum | None = None
    label: Label | None = None
    correction: Text = ""  # what would have been right


class DeleteTask(Request, frozen=True, kw_only=True):
    """Remove a task that has ended, with its steps, notes and pictures; it remains in backups until they are thinned.

    Sender: cli, gui. Receiver: daemon. When: a person deletes. Reply: `Done`. Safe to repeat: yes; the deletion is
    remembered. A task that has not ended is refused (ILLEGAL_TRANSITION). Its id is given to no other task
    (CONFLICT); what still comes of it is answered UNKNOWN_TASK and not kept. Its rows and pictures go
    from the disk soon after the reply.
    """

    session_id: Identifier


class TidyStore(Request, frozen=True, kw_only=True):
    """Ask how much of what was deleted is still to be taken away; `vacuum`: give the store's free space back too.

    Sender: cli, gui. Receiver: daemon. When: a person waits for the end of a deletion or a vacuum, which goes on while
    it is asked for. Reply: `Tidiness`. Safe to repeat: yes.
    """

    vacuum: bool = False


class Tidiness(Message, frozen=True, kw_only=True):
    """`deleted_left`: deleted tasks of which rows or pictures may still be there. `free_bytes`: unused in the file."""

    deleted_left: Count
    free_bytes: Count
    size_bytes: Count


# --- views: what a client reads to catch up; each names the (timeline, seq) it shows --------------------------------


class TaskRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of `tasks`; the columns' names and meanings. `verdict`: a person's, when there is one, else the agent's."""

    session_id: str
    user_id: str
    timestamp: str
    task_description: str
    final_status: TaskState
    total_steps: Integer
    total_time: Number | None
    error_message: str | None
    device_id: str | None  # the device it runs or ran on; while CREATED, the one asked for
    base_url: str
    model_name: str
    updated_at: str
    agent: str
    model: str
    max_steps: Integer
    time_limit_s: Number | None
    expect_text: str
    script: str
    created_seq: Integer
    updated_seq: Integer
    verdict: Verdict | None
    claimed_by: str | None
    incarnation: str | None
    claim: Integer | None
    held: str  # why it waits for a release; '' when it does not
    waiting_for: WaitingFor | None
    waiting_seq: Integer | None
    waiting_deadline: str | None
    rerun_of: str | None
    closing_screenshot_path: str | None
    closing_missing: str
    started_at: str | None
    ended_at: str | None
    open_step: Integer | None  # the step whose outcome is not known yet, while the task runs
    unknown_step: Integer | None  # the step whose action may have half happened
    user_label: Label | None  # a person's judgement; it is then the `verdict` too
    user_correction: str | None
    prompt_tokens: Integer  # over all steps
    completion_tokens: Integer
    checks: Annotated[tuple[str, ...], _Many] = ()
    continues: str | None = None
    source: str = ""  # of an imported task: the file it came from
    original: str | None = None  # of an imported task: what was another way there, as JSON


class StepRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of `steps`. `outcome` None: the step is open. `success` is NULL until known."""

    session_id: str
    step_num: Integer
    screenshot_path: str | None
    screenshot_digest: str | None
    screenshot_missing: str
    screenshot_analysis: str
    action: str
    action_params: str
    execution_time: Number | None
    success: bool | None
    message: str
    thinking: str
    reply: str
    outcome: Outcome | None
    actor: Actor
    current_app: str
    late: bool
    prompt_tokens: Integer | None
    completion_tokens: Integer | None
    time_to_first_token_s: Number | None
    model_time_s: Number | None
    device_time_s: Number | None
    started_at: str
    begun_seq: Integer
    finished_seq: Integer | None
    user_label: Label | None
    user_correction: str | None
    original: str | None = None  # of an imported step: what was another way in its file, as JSON


class TransitionRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of `transitions`. The first of a task comes from nothing (None)."""

    seq: Integer
    session_id: str
    from_state: TaskState | None
    to_state: TaskState
    event: str
    at: str
    reason: str
    by: str


class NoteRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of `notes`."""

    seq: Integer
    note_id: str
    step_num: Integer | None
    text: str
    actor: Actor
    at: str


class SetAsideRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of `set_aside`: a record that was refused for good, and why. `raw` is the record as JSON."""

    seq: Integer
    session_id: str | None
    kind: str
    code: ErrorCode
    message: str
    raw: str
    sender: str
    incarnation: str
    at: str


class WaitRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of `waits`: what a task needs or needed from a person. `decision` None: it still waits."""

    seq: Integer  # of the event that raised it; an answer names it
    wait_id: str
    session_id: str
    waiting_for: WaitingFor
    step_num: Integer | None
    question: str
    choices: Annotated[tuple[str, ...], _Many]
    action: str
    action_digest: str | None
    at: str
    waiting_deadline: str | None
    settled_seq: Integer | None
    decision: Decision | None
    text: str  # a person's answer, correction or reason
    settled_by: str
    settled_at: str | None


class OpenWait(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What waits for a person now, with its task: its text, its device, the worker that takes the answer."""

    wait: WaitRow
    task: TaskRow


class DeviceRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of `devices`, with who works on it now (None: nobody)."""

    device_id: str
    alias: str | None
    address: str
    model: str
    android: str
    width: Integer
    height: Integer
    held: str  # why its queue is held; '' when it is not
    last_seen: str
    worker: str | None
    task: str | None
    waiting: Integer  # CREATED tasks that ask for this device
    last_task: str | None = None  # the task that it last ran or runs; its newest picture is the phone's


class GetStatus(Request, frozen=True, kw_only=True):
    """How the store and the queue are. Sender: cli, gui, worker, supervisor. Receiver: daemon. Reply: `StoreStatus`.

    When: somebody asks, or wants to know whether the daemon answers. Safe to repeat: yes.
    """


class StoreStatus(Message, frozen=True, kw_only=True):
    """The store in figures. `tasks`: how many in each state. `commit_ms_*`: over the last commits, None before."""

    path: str
    timeline: str
    seq: Count
    sqlite_version: str
    size_bytes: Count
    wal_bytes: Count
    commit_ms_p50: Number | None
    commit_ms_p99: Number | None
    tasks: Annotated[dict[str, Integer], _Many]
    held: Count
    set_aside: Count
    demo: bool
    alerts: Annotated[tuple[str, ...], _Many]  # what a person must know: a rebuilt store, a full disk, …


class ListTasks(Request, frozen=True, kw_only=True):
    """A page of tasks, newest first or oldest first. Sender: cli, gui. Receiver: daemon. Reply: `TaskPage`.

    When: a client catches up, or turns a page. Safe to repeat: yes.
    `after` is the `next` of the page before. `since`, `until`: ISO 8601. `text`: part of the task's text. A filtered
    page looks at a bounded number of tasks, so it may be short, even empty, and still have a `next`; so may any page
    whose rows fill its frame. `text` is found whatever its case, in any alphabet.
    """

    state: TaskState | None = None
    device_id: DeviceId | None = None
    model: Line = ""
    text: Line = ""
    since: Line = ""
    until: Line = ""
    after: Line = ""
    limit: Limit = 100
    oldest_first: bool = False


class TaskPage(Message, frozen=True, kw_only=True):
    """Tasks by falling `created_seq`; where dates were asked for, by falling `timestamp`, then `created_seq`.

    Both rise where the oldest were asked for first. `next` None: this was the last page. A row that alone would fill
    more than a frame has its longest texts shortened, with a mark that says so; the same holds for every other view.
    """

    items: Annotated[tuple[TaskRow, ...], _Many]
    next: str | None
    timeline: str
    seq: Count


class GetTask(Request, frozen=True, kw_only=True):
    """One task. Sender: cli, gui, worker, supervisor. Receiver: daemon. Reply: `TaskView`.

    When: a client catches up, or has only a part of its id. Safe to repeat: yes.
    `task_id`: a unique prefix of a session_id (UNKNOWN_TASK, AMBIGUOUS_TASK), or `@last`, the newest task.
    """

    task_id: Annotated[str, Meta(pattern=r"\A(@last|[A-Za-z0-9_-]{1,64})\Z")]


class TaskView(Message, frozen=True, kw_only=True):
    """A task, its transitions, notes and waits, and how many records were set aside; the steps come by `ListSteps`."""

    task: TaskRow
    transitions: Annotated[tuple[TransitionRow, ...], _Many]
    notes: Annotated[tuple[NoteRow, ...], _Many]
    set_aside: Count
    timeline: str
    seq: Count
    waits: Annotated[tuple[WaitRow, ...], _Many] = ()  # all, by rising seq; only the last one can be open


class ListSteps(Request, frozen=True, kw_only=True):
    """A page of a task's steps by rising number; `last` asks for the newest instead. Sender: cli, gui, worker.

    Receiver: daemon. When: a client catches up, or turns a page. Reply: `StepPage`. Safe to repeat: yes.
    """

    session_id: Identifier
    after: Count = 0  # a step number
    limit: Limit = 100
    last: bool = False


class StepPage(Message, frozen=True, kw_only=True):
    """Steps by rising number. `next` None: this was the last page; else the number to ask `after`."""

    items: Annotated[tuple[StepRow, ...], _Many]
    next: Integer | None
    timeline: str
    seq: Count


class ListDevices(Request, frozen=True, kw_only=True):
    """The devices that the store knows. Sender: cli, gui, worker. Receiver: daemon. Reply: `DeviceList`.

    When: a client catches up. Safe to repeat: yes.
    """


class DeviceList(Message, frozen=True, kw_only=True):
    """All devices, by device_id."""

    items: Annotated[tuple[DeviceRow, ...], _Many]
    timeline: str
    seq: Count


class ListSetAside(Request, frozen=True, kw_only=True):
    """What was set aside, newest first, of one task or of all. Sender: cli, gui. Receiver: daemon.

    When: a person looks at what could not be stored. Reply: `SetAsidePage`. Safe to repeat: yes.
    """

    session_id: Identifier | None = None
    after: Count = 0  # a seq; 0 begins at the newest
    limit: Limit = 100


class SetAsidePage(Message, frozen=True, kw_only=True):
    """Refused records by falling seq."""

    items: Annotated[tuple[SetAsideRow, ...], _Many]
    next: Integer | None
    timeline: str
    seq: Count


class ListWaits(Request, frozen=True, kw_only=True):
    """What waits for a person now. Sender: cli, gui. Receiver: daemon. When: a client catches up. Reply: `WaitList`.

    Safe to repeat: yes.
    """


class WaitList(Message, frozen=True, kw_only=True):
    """All open waits, the nearest deadline first, then those without one by seq; a worker has one at most."""

    items: Annotated[tuple[OpenWait, ...], _Many]
    timeline: str
    seq: Count


class FindMoment(Request, frozen=True, kw_only=True):
    """What ran at a time (ISO 8601): the newest task that had begun by then, and its newest step that had.

    Sender: cli, gui. Receiver: daemon. When: a person asks what happened then. Reply: `Moment`. Safe to repeat: yes.
    """

    at: Line


class Moment(Message, frozen=True, kw_only=True):
    """The task and the step at a moment; None when nothing had begun. `running`: the task had not ended yet."""

    session_id: str | None
    step_num: Integer | None
    running: bool
    timeline: str
    seq: Count


class GetStatistics(Request, frozen=True, kw_only=True):
    """Tasks in figures, of those that were queued in [since, until] (ISO 8601; '' is open).

    Sender: cli, gui. Receiver: daemon. When: a person looks at the statistics. Reply: `Statistics`. Safe to repeat:
    yes. STORE_BUSY when so many tasks cannot be counted within the limit of a read (2 s: a good million): ask for
    narrower dates.
    """

    since: Line = ""
    until: Line = ""


class StatisticsRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The figures of one day (UTC), device or model ('': none). Success is counted apart by who says so (`Verdict`).

    Each ended task is counted once: judged by a person, as right or wrong, whatever its end; else by its end. `tasks`
    are all, those that wait or run too.
    """

    key: str
    tasks: Integer
    reported: Integer  # SUCCESS by the agent's word alone
    checked: Integer
    right: Integer  # judged right by a person, whatever its end
    wrong: Integer
    failed: Integer
    stopped: Integer
    crashed: Integer
    steps: Integer
    total_time_s: Number
    prompt_tokens: Integer
    completion_tokens: Integer


class Statistics(Message, frozen=True, kw_only=True):
    """The same tasks, by day (rising), by device and by model (most tasks first). `commit_ms_*` as in `StoreStatus`."""

    by_day: Annotated[tuple[StatisticsRow, ...], _Many]
    by_device: Annotated[tuple[StatisticsRow, ...], _Many]
    by_model: Annotated[tuple[StatisticsRow, ...], _Many]
    commit_ms_p50: Number | None
    commit_ms_p99: Number | None
    timeline: str
    seq: Count


class ListEvents(Request, frozen=True, kw_only=True):
    """Committed events after a seq, from the event log.

    Sender: cli, gui. Receiver: daemon. When: a client catches up. Reply: `EventPage`. Safe to repeat: yes.
    Events that the log no longer holds are left out: the first item's seq says so.
    """

    after: Count = 0
    limit: Limit = 100


class EventPage(Message, frozen=True, kw_only=True):
    """Events by rising seq. `next` None: there is none after them yet; else the seq to ask `after`."""

    items: Annotated[tuple[Event, ...], _Many]
    next: Integer | None
    timeline: str
    seq: Count


# --- requests to a worker ----------------------------------------------------------------------------------------


class StopTask(Request, frozen=True, kw_only=True):
    """End the running task: the step in flight is finished and recorded, no new step begins.

    Sender: cli, gui, supervisor. Receiver: worker (the one named in `claimed_by`). Reply: `Stopping`, at once.
    When: a person or a script wants it. Safe to repeat: yes. STALE when the worker does not run that task.
    """

    session_id: Identifier
    reason: Line = ""
    by: Line = ""


class Stopping(Message, frozen=True, kw_only=True):
    """The worker has taken the stop in hand; the rest is told by events."""

    session_id: Identifier


class GetLive(Request, frozen=True, kw_only=True):
    """What the agent is at this moment.

    Sender: cli, gui. Receiver: worker (the one named in `claimed_by`). When: a few times a second while a person looks.
    Reply: `Live`. Safe to repeat: yes. STALE when it runs another task.
    """

    session_id: Identifier


class Live(Message, frozen=True, kw_only=True):
    """Nothing of this is recorded yet; whoever shows it says so.

    `phase`: looking (taking a screenshot), thinking (the model answers), acting (the step is open), waiting (for a
    person), resting.
    `thinking` is the model's reply as far as it has come, '' when there is none under way.
    """

    session_id: Identifier
    step_num: Integer | None  # the open step, or the one that is being thought out
    phase: Line
    thinking: Text
    since_s: Seconds  # how long this phase has lasted


class PauseTask(Request, frozen=True, kw_only=True):
    """Let the running task rest before its next step, until it is resumed.

    Sender: cli, gui. Receiver: worker (the one named in `claimed_by`). When: a person wants it. Reply: `Done`, at
    once; the rest is told by events: `WaitRaised` with `paused`, once the step in flight is recorded.
    Safe to repeat: yes. STALE when the worker does not run that task.
    """

    session_id: Identifier
    by: Line = ""


class AnswerWait(Request, frozen=True, kw_only=True):
    """A person's answer to what a task waits for: approve, deny, answer or resume.

    Sender: cli, gui. Receiver: worker (the one named in `claimed_by`). When: a person has decided. Reply: `Done`,
    after its commit. Safe to repeat: yes, the same answer is answered the same; any other one, to a wait that is
    over or past its deadline, or with another digest, is STALE and changes nothing. A decision that does not fit what
    is asked for is BAD_REQUEST.
    """

    session_id: Identifier
    seq: Count  # of the wait, as `WaitRow.seq` and `TaskRow.waiting_seq` name it
    decision: Decision
    action_digest: Digest | None = None  # of an approval: the one that the person was shown
    text: Text = ""  # the answer; with a denial what to do instead
    by: Line = ""


class PersonAct(Request, frozen=True, kw_only=True):
    """A person touches the phone in a take-over: a write-ahead step with `actor` person.

    Sender: cli, gui. Receiver: worker (the one named in `claimed_by`). When: a person clicks, drags or types in the
    view. Reply: `Acted`, when its outcome is recorded. Safe to repeat: yes, `act_id` names it; the newest ones are
    remembered. STALE when the task is not taken over by that `seq`. Coordinates are pixels of the screen as it is.
    """

    session_id: Identifier
    seq: Count
    act_id: Identifier
    kind: ActKind
    x: Count = 0
    y: Count = 0
    x2: Count = 0  # the end of a swipe
    y2: Count = 0
    text: Line = ""  # what is typed, the name of the key or of the app
    seconds: Annotated[float, Meta(gt=0.0, le=10.0)] | None = None  # of a swipe or a long press


class Acted(Message, frozen=True, kw_only=True):
    """The person's act is recorded as a step."""

    session_id: Identifier
    step_num: Integer
    outcome: Outcome
    message: Text = ""


class GetScreen(Request, frozen=True, kw_only=True):
    """What the phone shows now, while its task waits for a person.

    Sender: cli, gui. Receiver: worker (the one named in `claimed_by`). When: a few times a second while a person looks.
    Reply: `Screen`. Safe to repeat: yes. STALE when the task does not wait.
    """

    session_id: Identifier


class Screen(Message, frozen=True, kw_only=True):
    """A picture that is not recorded; whoever shows it says so. `image` is a JPEG of the whole screen.

    b'' when there is none, and then `missing` says why.
    """

    session_id: Identifier
    image: Annotated[bytes, Meta(max_length=3 << 20)] = b""
    width: Count = 0
    height: Count = 0
    missing: Line = ""


# --- to and from the supervisor ----------------------------------------------------------------------------------


class Ready(Message, frozen=True, kw_only=True):
    """A child can do its work. Sender: any child. Receiver: supervisor. No reply. Safe to repeat: yes.

    When: once in its life, as soon as it can.
    `detail` is what the supervisor must know to go on: the port of the demo's phone, the base_url of its model.
    """

    name: Identifier
    pid: Count
    detail: Line = ""


class Heartbeat(Message, frozen=True, kw_only=True):
    """A child's control thread lives. Sender: any child. Receiver: supervisor. No reply.

    When: twice a second (`HEARTBEAT_S`). Safe to repeat: yes, the newest counts.
    Of a worker: the task it runs, how long the step in flight runs (time in `waiting_for` does not count) with its
    limit, and how long a stop is under way; None where there is none.
    """

    name: Identifier
    session_id: Identifier | None = None
    step_running_s: Seconds | None = None
    step_limit_s: Seconds | None = None
    stopping_for_s: Seconds | None = None


class Quit(Message, frozen=True, kw_only=True):
    """Finish what is in hand, record it and end. Sender: supervisor. Receiver: any child. No reply.

    When: everything is brought down, this child's turn has come. Safe to repeat: yes.
    """

    reason: Line = ""


class GetProcesses(Request, frozen=True, kw_only=True):
    """What runs. Sender: cli, gui. Receiver: supervisor. When: a client catches up. Reply: `ProcessList`.

    Safe to repeat: yes.
    """


class ProcessRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A process as the supervisor sees it. `state`: starting, ready, stopping, restarting, failed, ended."""

    name: str
    role: str
    pid: Integer | None
    incarnation: str | None
    state: str
    restarts: Integer
    uptime_s: Number | None
    device_id: str | None
    detail: str  # the `Ready.detail`, or why it failed: its last words
    session_id: str | None = None  # the task that a worker's last heartbeat named: known with the daemon away too


class ProcessList(Message, frozen=True, kw_only=True):
    """All processes, in the order in which they are started; `start_id` names this start of the supervisor."""

    items: Annotated[tuple[ProcessRow, ...], _Many]
    home: str
    start_id: str
    demo: bool
    state: str = "ready"  # of the supervisor itself: starting, ready, stopping
    uptime_s: Number | None = None  # of the supervisor itself


class ExpectStop(Request, frozen=True, kw_only=True):
    """A person stops this task: if its worker has to be ended by force from now on, the task is STOPPED, not CRASHED.

    Sender: cli, gui. Receiver: supervisor. When: before the `StopTask`, so that no missed heartbeat comes first.
    Reply: `Done`. Safe to repeat: yes; STALE when another incarnation runs.
    """

    worker: Identifier
    incarnation: Identifier
    session_id: Identifier
    reason: Line = ""
    by: Line = ""


class ForceStop(Request, frozen=True, kw_only=True):
    """End a worker that does not react to a stop. Sender: cli, gui, worker. Receiver: supervisor. Reply: `Done`.

    When: a stop is not answered within 2 s, or the agent does not end within its grace period.
    The supervisor first writes and fsyncs `Forced` beside the worker's outbox, then kills; the daemon records the
    rest when it takes the worker's lock. Safe to repeat: yes; STALE when another incarnation runs.
    """

    worker: Identifier
    incarnation: Identifier
    session_id: Identifier
    reason: Line = ""
    by: Line = ""


class Forced(Message, frozen=True, kw_only=True):
    """The supervisor's mark beside an outbox (a file, never on the wire): it ended this worker, and why."""

    incarnation: Identifier
    session_id: Identifier | None
    kind: ForceReason
    reason: Line
    by: Line
    at: Line


class ShutDown(Request, frozen=True, kw_only=True):
    """Bring everything down in order. Sender: cli, gui. Receiver: supervisor. Reply: `Done`, before it begins.

    When: a person wants it. Safe to repeat: yes.
    """

    reason: Line = ""


class ReloadSettings(Request, frozen=True, kw_only=True):
    """Read `stepwell.toml` and the keys again and hand them to the workers, for their next tasks.

    Sender: cli, gui. Receiver: supervisor. When: the file was changed. Reply: `Done`; BAD_SETTINGS when the file is not
    good, and then nothing changes. Safe to repeat: yes.
    """


class KillWorker(Request, frozen=True, kw_only=True):
    """kill -9 a worker, so that a newcomer sees what becomes of its task. Only in a demo (BAD_REQUEST elsewhere).

    Sender: cli, gui. Receiver: supervisor. When: the newcomer presses that button. Reply: `Done`, when the signal is
    sent. Safe to repeat: yes; STALE when another incarnation runs.
    """

    worker: Identifier
    incarnation: Identifier


# --- events: what the daemon has committed -----------------------------------------------------------------------


class TaskCreated(Message, frozen=True, kw_only=True):
    """A task stands in the queue (transition from nothing to CREATED)."""

    task: NewTask
    base_url: str
    model_name: str
    submitted_by: str
    held: str
    by: str = ""  # who asked for it; '' in old logs, where the transition is by the worker that passed it on


class StateChanged(Message, frozen=True, kw_only=True):
    """A transition. `device_id`, `claimed_by`, `incarnation`, `claim` are set by a claim. `total_time` by an ending."""

    session_id: str
    from_state: TaskState
    to_state: TaskState
    event: TaskEvent
    reason: str
    by: str
    verdict: Verdict | None = None
    device_id: str | None = None
    claimed_by: str | None = None
    incarnation: str | None = None
    claim: Integer | None = None
    elapsed_s: Number | None = None
    picture: Picture | None = None
    picture_path: str | None = None
    picture_missing: str = ""
    request_digest: str = ""  # of the record that asked for it: tells a repeat from a conflict


class StepBegun(Message, frozen=True, kw_only=True):
    """An intent is stored. `outcome` is set when the step can no longer be executed (late: `not_executed`)."""

    step: BeginStep  # without its thumbnail
    picture_path: str | None
    late: bool = False
    outcome: Outcome | None = None
    message: str = ""


class StepFinished(Message, frozen=True, kw_only=True):
    """An outcome is stored; by the daemon itself when it closes the step of a dead worker."""

    step: FinishStep
    late: bool = False
    by: str = ""


class NoteAdded(Message, frozen=True, kw_only=True):
    """A note is stored."""

    note: AddNote
    late: bool = False


class WaitRaised(Message, frozen=True, kw_only=True):
    """A RUNNING task waits for a person. The event's seq is the one that an answer must name."""

    wait: NewWait
    waiting_deadline: str | None


class WaitSettled(Message, frozen=True, kw_only=True):
    """What a task waited for is over; only now does it go on. A task that leaves RUNNING ends its wait without this."""

    session_id: str
    wait_seq: Integer
    decision: Decision
    text: str
    by: str


class DeviceSeen(Message, frozen=True, kw_only=True):
    """A worker has opened a device."""

    device: DeviceInfo
    worker: str


class DeviceHeld(Message, frozen=True, kw_only=True):
    """The queue of a device is held."""

    device_id: str
    reason: str
    by: str


class DeviceReleased(Message, frozen=True, kw_only=True):
    """The queue of a device goes on; the tasks that waited for it or for any device are no longer held."""

    device_id: str
    by: str


class DebtOwed(Message, frozen=True, kw_only=True):
    """Something is about to be changed on a device that must be put back."""

    debt: Debt


class DebtTried(Message, frozen=True, kw_only=True):
    """A debt could not be settled, for the `tries`th time."""

    debt_id: str
    tries: Integer
    why: str


class DebtSettled(Message, frozen=True, kw_only=True):
    """A debt is no more: put back, or written off."""

    debt_id: str
    how: str


class TasksHeld(Message, frozen=True, kw_only=True):
    """Tasks that were queued before this start of Stepwell wait for a person."""

    reason: str
    before_seq: Integer


class RecordSetAside(Message, frozen=True, kw_only=True):
    """A record that can never be applied is kept raw. `raw` is JSON."""

    session_id: str | None
    kind: str
    code: ErrorCode
    message: str
    raw: str
    sender: str
    incarnation: str


class Labelled(Message, frozen=True, kw_only=True):
    """A person judged a step, or (step_num None) a whole task; `label` None: took it back."""

    session_id: str
    step_num: Integer | None
    label: Label | None
    correction: str
    by: str


class TaskDeleted(Message, frozen=True, kw_only=True):
    """A task is gone from the store with all that belongs to it; its id is remembered."""

    session_id: str
    by: str


class TaskImported(Message, frozen=True, kw_only=True):
    """A task of an older store has come in (transition from nothing to its end); its steps follow.

    All events of one import stand behind each other and end with `ImportEnded`: they hold together, or not at all.
    """

    session_id: str
    user_id: str
    timestamp: str  # UTC, as the column holds it
    task_description: str
    final_status: TaskState
    reason: str
    total_time: Number | None
    error_message: str | None
    device_id: str | None
    base_url: str
    model_name: str
    updated_at: str
    verdict: Verdict | None
    started_at: str | None
    ended_at: str
    source: str  # the file it came from
    original: str  # what was another way there, as JSON


class StepImported(Message, frozen=True, kw_only=True):
    """A step of the task that was imported last. A picture is on disk before this."""

    session_id: str
    step_num: Integer
    picture: Picture | None
    picture_path: str | None
    picture_missing: str
    screenshot_analysis: str
    action: str
    action_params: str
    execution_time: Number | None
    success: bool | None
    message: str
    thinking: str
    label: Label | None
    correction: str | None
    original: str | None


class TextImported(Message, frozen=True, kw_only=True):
    """More of a text that was too long for one event: it continues that column of the step, or (None) of the task."""

    session_id: str
    step_num: Integer | None
    column: str
    text: str


class LegacyRowImported(Message, frozen=True, kw_only=True):
    """A row of another table of an older store, whole. `continues`: more of the row before, which was too long."""

    source: str
    table: str
    json: str
    continues: bool = False


class ImportEnded(Message, frozen=True, kw_only=True):
    """The last event of an import, with what came in."""

    source: str
    tasks: Integer
    steps: Integer
    rows: Integer


class TimelineBegun(Message, frozen=True, kw_only=True):
    """The first event of a timeline. `parent` None: a new store."""

    timeline: str
    parent: str | None
    fork_seq: Integer
    demo: bool


EventBody = (
    TaskCreated
    | StateChanged
    | StepBegun
    | StepFinished
    | NoteAdded
    | WaitRaised
    | WaitSettled
    | DeviceSeen
    | DeviceHeld
    | DeviceReleased
    | DebtOwed
    | DebtTried
    | DebtSettled
    | TasksHeld
    | RecordSetAside
    | Labelled
    | TaskDeleted
    | TaskImported
    | StepImported
    | TextImported
    | LegacyRowImported
    | ImportEnded
    | TimelineBegun
)


class Event(Message, frozen=True, kw_only=True):
    """One committed change, and the event log's line. Sender: daemon (PUB). Receiver: whoever subscribes. No reply.

    When: its commit is on disk. Safe to repeat: yes, `seq` names it.
    A client drops events up to its view's `seq`, and reads its view again on a gap or a new timeline.
    """

    seq: Count
    timeline: Identifier
    at: str
    by: str  # sender of the request, with its incarnation: `worker-1.8c21…`
    body: EventBody


class Position(Message, frozen=True, kw_only=True):
    """The daemon's newest event, so that silence is never mistaken for calm.

    Sender: daemon (PUB). Receiver: whoever subscribes. When: once a second. No reply. Safe to repeat: yes.
    """

    timeline: Identifier
    seq: Count


# --- who may say what --------------------------------------------------------------------------------------------


class Rule(Struct, frozen=True):
    """One row of the table: `senders` may send `message` to `receiver`, who answers `reply` (None: not at all)."""

    message: type[Message]
    senders: frozenset[Role]
    receiver: Role | None  # None: whoever subscribes, or any child
    reply: type[Message] | None


_PERSON = frozenset({Role.CLI, Role.GUI})
_WORKER = frozenset({Role.WORKER})
_DAEMON = frozenset({Role.DAEMON})
_SUPERVISOR = frozenset({Role.SUPERVISOR})
_CHILD = frozenset({Role.DAEMON, Role.WORKER, Role.GUI, Role.PHONE, Role.MODEL})

RULES: Final[tuple[Rule, ...]] = (
    Rule(Hello, _WORKER, Role.DAEMON, Welcome),
    Rule(WriteRecords, _WORKER, Role.DAEMON, RecordsWritten),
    Rule(CreateTask, _WORKER, Role.DAEMON, Submitted),
    Rule(OweDebt, _WORKER, Role.DAEMON, Done),
    Rule(SettleDebt, _WORKER, Role.DAEMON, Done),
    Rule(ClaimTask, _WORKER, Role.DAEMON, Claimed),
    Rule(RaiseWait, _WORKER, Role.DAEMON, WaitState),
    Rule(SettleWait, _WORKER, Role.DAEMON, Done),
    Rule(CancelTask, _PERSON, Role.DAEMON, Done),
    Rule(HoldDevice, _PERSON | _WORKER, Role.DAEMON, Done),
    Rule(ReleaseDevice, _PERSON, Role.DAEMON, Done),
    Rule(LabelTask, _PERSON, Role.DAEMON, Done),
    Rule(DeleteTask, _PERSON, Role.DAEMON, Done),
    Rule(TidyStore, _PERSON, Role.DAEMON, Tidiness),
    Rule(GetStatus, _PERSON | _WORKER | _SUPERVISOR, Role.DAEMON, StoreStatus),
    Rule(ListTasks, _PERSON, Role.DAEMON, TaskPage),
    Rule(GetTask, _PERSON | _WORKER | _SUPERVISOR, Role.DAEMON, TaskView),
    Rule(ListSteps, _PERSON | _WORKER, Role.DAEMON, StepPage),
    Rule(ListDevices, _PERSON | _WORKER, Role.DAEMON, DeviceList),
    Rule(ListSetAside, _PERSON, Role.DAEMON, SetAsidePage),
    Rule(ListWaits, _PERSON, Role.DAEMON, WaitList),
    Rule(FindMoment, _PERSON, Role.DAEMON, Moment),
    Rule(GetStatistics, _PERSON, Role.DAEMON, Statistics),
    Rule(ListEvents, _PERSON, Role.DAEMON, EventPage),
    Rule(SubmitTask, _PERSON, Role.WORKER, Submitted),
    Rule(StopTask, _PERSON | _SUPERVISOR, Role.WORKER, Stopping),
    Rule(PauseTask, _PERSON, Role.WORKER, Done),
    Rule(AnswerWait, _PERSON, Role.WORKER, Done),
    Rule(PersonAct, _PERSON, Role.WORKER, Acted),
    Rule(GetScreen, _PERSON, Role.WORKER, Screen),
    Rule(GetLive, _PERSON, Role.WORKER, Live),
    Rule(Ready, _CHILD, Role.SUPERVISOR, None),
    Rule(Heartbeat, _CHILD, Role.SUPERVISOR, None),
    Rule(Quit, _SUPERVISOR, None, None),
    Rule(GetProcesses, _PERSON, Role.SUPERVISOR, ProcessList),
    Rule(ExpectStop, _PERSON, Role.SUPERVISOR, Done),
    Rule(ForceStop, _PERSON | _WORKER, Role.SUPERVISOR, Done),
    Rule(ReloadSettings, _PERSON, Role.SUPERVISOR, Done),
    Rule(KillWorker, _PERSON, Role.SUPERVISOR, Done),
    Rule(ShutDown, _PERSON, Role.SUPERVISOR, Done),
    Rule(Event, _DAEMON, None, None),
    Rule(Position, _DAEMON, None, None),
)

RULE_OF: Final[dict[type[Message], Rule]] = {rule.message: rule for rule in RULES}
REPLIES: Final[frozenset[type[Message]]] = frozenset({rule.reply for rule in RULES if rule.reply} | {ErrorInfo})
WIRE_TYPES: Final[dict[str, type[Message]]] = {
    kind.__name__: kind for kind in sorted(set(RULE_OF) | REPLIES, key=lambda kind: kind.__name__)
}
