"""What persons ask of the phone while its task waits for them: acts in a take-over, and a look at the screen.

The control thread puts requests in; the agent's thread, which waits anyway, carries them out, so that the phone is
never used by two threads at once. Each act is a write-ahead step with `actor` person. A look is recorded nowhere.
Made for each task by running_task.py.
"""

from __future__ import annotations

import io
import queue
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.errors import ErrorCode
from shared.messages import Acted, ActKind, Actor, ErrorInfo, GetScreen, Message, Outcome, PersonAct, Screen, WaitingFor
from worker.errors import DeviceError, ScreenshotFailed
from worker.pictures import NotAPicture, look_at
from worker.storable import storable_line

if TYPE_CHECKING:
    from worker.context import TaskContext
    from worker.devices.base import Device
    from worker.waits import Standing

_REMEMBERED: Final = 64  # acts whose answers are kept for a repeat
_WAITING_MAX: Final = 64  # requests that wait to be carried out
_JPEG_QUALITY: Final = 80  # some 200 KB of a phone's screen, so that two a second cost little
_IMAGE_BYTES: Final = 3 << 20


class _Asked(Struct, frozen=True):
    """A request and how to answer it, from any thread."""

    request: PersonAct | GetScreen
    answer: Callable[[Message], None]


class PersonDesk:
    """One per task. `phone` is the device itself: a look must not wait for one that is away."""

    def __init__(self, context: TaskContext, device: Device, phone: Device) -> None:
        self._context = context
        self._device = device
        self._phone = phone
        self._asked: queue.Queue[_Asked] = queue.Queue(_WAITING_MAX)
        self._answers: OrderedDict[str, Acted] = OrderedDict()

    # --- for the control thread --------------------------------------------------------------------------------------

    def put(self, request: PersonAct | GetScreen, answer: Callable[[Message], None]) -> None:
        """Have a request carried out; `answer` is called with what came of it, at once when it cannot be."""
        refusal = self._refusal(request, self._context.waits.standing)
        if refusal is not None:
            answer(refusal)
            return
        try:
            self._asked.put_nowait(_Asked(request, answer))
        except queue.Full:
            answer(ErrorInfo(code=ErrorCode.STORE_BUSY, message="the phone has too much to do already", retryable=True))
            return
        self._context.waits.wake()

    # --- for the agent's thread --------------------------------------------------------------------------------------

    def serve(self, standing: Standing) -> None:
        """Carry out what was asked for while the task waits."""
        screen: Screen | None = None
        while not self._asked.empty() and not self._context.stop.is_set():
            asked = self._asked.get()
            refusal = self._refusal(asked.request, standing)
            if refusal is not None:
                asked.answer(refusal)
            elif isinstance(asked.request, PersonAct):
                screen = None
                asked.answer(self._act(asked.request))
            else:
                screen = screen or self._look()
                asked.answer(screen)

    def _refusal(self, request: PersonAct | GetScreen, standing: Standing | None) -> ErrorInfo | None:
        if request.deadline <= time.monotonic():
            return ErrorInfo(code=ErrorCode.DEADLINE, message=f"{type(request).__name__} came after its deadline")
        if standing is None or request.session_id != self._context.task.session_id:
            return _stale(f"task {request.session_id} does not wait for a person")
        if isinstance(request, GetScreen) or request.act_id in self._answers:
            return None
        if (standing.waiting_for, standing.seq) != (WaitingFor.TAKE_OVER, request.seq):
            return _stale(f"task {request.session_id} is not taken over by the number {request.seq}")
        return None

    def _act(self, act: PersonAct) -> Acted:
        if act.act_id in self._answers:
            return self._answers[act.act_id]
        png, missing = self._picture()
        step = self._context.step(
            screenshot=png,
            screenshot_missing=missing,
            action={"action": act.kind, **_words(act)},
            action_params=_words(act),
            actor=Actor.PERSON,
        )
        sentence = ""
        try:
            with step:
                _carry_out(act, self._device)
        except DeviceError as error:  # the step has it as its outcome
            sentence = str(error)
        outcome = step.ended or Outcome.UNKNOWN
        acted = Acted(session_id=act.session_id, step_num=step.number, outcome=outcome, message=sentence)
        self._answers[act.act_id] = acted
        if len(self._answers) > _REMEMBERED:
            self._answers.popitem(last=False)
        return acted

    def _picture(self) -> tuple[bytes | None, str]:
        try:
            return self._device.screenshot(), ""
        except ScreenshotFailed as error:  # a protected screen is what persons take over for
            return None, str(error)

    def _look(self) -> Screen:
        session_id = self._context.task.session_id
        try:
            png = self._phone.screenshot()
            picture = look_at(png)
            image = _as_jpeg(png)
        except (DeviceError, NotAPicture) as error:
            return Screen(session_id=session_id, missing=storable_line(str(error)))
        if len(image) > _IMAGE_BYTES:
            return Screen(session_id=session_id, missing=f"the screen's picture has {len(image):,} bytes")
        return Screen(session_id=session_id, image=image, width=picture.width, height=picture.height)


def _words(act: PersonAct) -> dict[str, object]:
    if act.kind is ActKind.SWIPE:
        return {"x1": act.x, "y1": act.y, "x2": act.x2, "y2": act.y2}
    if act.kind is ActKind.KEY:
        return {"key": act.text}
    if act.kind is ActKind.TYPE:
        return {"text": act.text}
    return {"app": act.text} if act.kind is ActKind.LAUNCH else {"x": act.x, "y": act.y}


def _carry_out(act: PersonAct, device: Device) -> None:
    match act.kind:
        case ActKind.TAP:
            device.tap(act.x, act.y)
        case ActKind.DOUBLE_TAP:
            device.double_tap(act.x, act.y)
        case ActKind.LONG_PRESS:
            device.long_press(act.x, act.y, act.seconds or 1.0)
        case ActKind.SWIPE:
            device.swipe(act.x, act.y, act.x2, act.y2, act.seconds)
        case ActKind.TYPE:
            device.type_text(act.text)
        case ActKind.KEY:
            device.key(act.text)
        case ActKind.LAUNCH:
            device.launch(act.text)


def _as_jpeg(png: bytes) -> bytes:
    from PIL import Image  # noqa: PLC0415 - loaded when a person looks for the first time

    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").save(out, "JPEG", quality=_JPEG_QUALITY)
    return out.getvalue()


def _stale(why: str) -> ErrorInfo:
    return ErrorInfo(code=ErrorCode.STALE, message=why)
