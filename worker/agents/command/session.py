"""What passes between Stepwell and an outside program: each line of the program is carried out and answered by one.

The steps are Stepwell's own: an intent is durable before the answer to `begin`, and before the device does what `act`
asks for; `act` is the only way to the device, so that each intent names the very action. A device's refusal is an
answer, not an end; a line that cannot be understood is answered by an error, and a program that writes little else is
ended. A step that the program opened and did not close ends as `unknown`, because nobody knows what the program did in
it. Used by agent.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.messages import Outcome
from worker.agents.command import lines
from worker.agents.command.lines import BadLine, read_line, write_line
from worker.agents.device_action import params_of, perform, to_json
from worker.errors import AgentFailed, DeviceError, ScreenshotFailed, UnknownResult
from worker.live import Phase
from worker.pictures import look_at

if TYPE_CHECKING:
    from pathlib import Path

    from worker.agents.command.process import OutsideProgram
    from worker.context import TaskContext
    from worker.devices.base import Device
    from worker.step import Step

_BAD_LINES_MAX: Final = 20  # in a row: a program that does not know the language, not one that made a mistake
_STEP_SHARE: Final = 0.9  # of a step's time limit: then the program is ended, before the whole worker would be


class Session:
    """One run of a program on a device. `serve` does it all; `close` leaves no step open."""

    def __init__(self, program: OutsideProgram, device: Device, context: TaskContext) -> None:
        self._program = program
        self._device = device
        self._context = context
        self._step: Step | None = None  # that `begin` opened
        self._picture: bytes | None = None  # what the program saw last, until something changes the screen
        self._pictures = 0
        self._bad = 0
        self._report: str | None = None

    def serve(self) -> str:
        """Answer the program until it reports; return its sentence of success. AgentFailed when it fails or ends."""
        self._program.answer(self._greeting())
        while self._report is None:
            self._context.live.enter(Phase.ACTING if self._step else Phase.THINKING, self._number())
            raw = self._program.next_line()
            try:
                if raw is None:
                    raise BadLine(f"it has more than {lines.LINE_MAX:,} bytes")
                answer = self._carry_out(read_line(raw))
            except BadLine as error:
                answer = self._refusal(error)
            else:
                self._bad = 0
            self._program.answer(answer)
        return self._report

    def check(self) -> None:
        """Raise when the task is to end, or when the program's step takes too long; called in every wait."""
        self._context.check()
        limit = self._context.settings.limits.step_s
        running = self._context.step_running_s()
        if self._step is not None and running is not None and running > limit * _STEP_SHARE:
            raise AgentFailed(f"the program has not ended its step within {limit * _STEP_SHARE:g} s")

    def close(self, why: str) -> None:
        """Close the step that the program has left open."""
        if self._step is not None:
            self._end_step(
                self._step, Outcome.UNKNOWN, f"cut short: {why}; what the program did in this step is not known"
            )

    def _greeting(self) -> bytes:
        task, info = self._context.task, self._device.info
        width, height = self._device.size()
        return write_line(
            "task",
            protocol=1,
            task_id=task.session_id,
            task=task.task_description,
            max_steps=task.max_steps,
            time_limit_s=task.time_limit_s,
            device={"id": info.device_id, "model": info.model, "width": width, "height": height},
        )

    def _carry_out(self, line: lines.Line) -> bytes:  # noqa: PLR0911 - one answer for each line
        if isinstance(line, lines.Screenshot):
            return self._screenshot()
        if isinstance(line, lines.CurrentApp):
            return self._current_app()
        if isinstance(line, lines.Act):
            return self._act(line)
        if isinstance(line, lines.Begin):
            return self._begin(line)
        if isinstance(line, lines.End):
            return self._end(line)
        if isinstance(line, lines.Note):
            self._context.note(line.text)
            return write_line("noted")
        self._no_step_open("finish" if isinstance(line, lines.Finish) else "fail")
        if isinstance(line, lines.Fail):
            raise AgentFailed(line.message or "the program says that it failed, and not why")
        self._report = line.message
        return write_line("finished")

    # --- looking -----------------------------------------------------------------------------------------------------

    def _screenshot(self) -> bytes:
        try:
            png = self._device.screenshot()
        except DeviceError as error:
            return write_line("failed", message=str(error))
        self._picture = png
        picture, path = look_at(png), self._next_path()
        path.write_bytes(png)
        return write_line("screenshot", path=str(path), width=picture.width, height=picture.height)

    def _next_path(self) -> Path:
        """Return the file of the next picture; the one before the last is removed: a long run keeps two."""
        self._pictures += 1
        (self._program.folder / f"{self._pictures - 2}.png").unlink(missing_ok=True)
        return self._program.folder / f"{self._pictures}.png"

    def _current_app(self) -> bytes:
        try:
            return write_line("current_app", app=self._device.current_app())
        except DeviceError as error:
            return write_line("failed", message=str(error))

    # --- steps -------------------------------------------------------------------------------------------------------

    def _act(self, line: lines.Act) -> bytes:
        self._no_step_open("act")
        step = self._new_step(to_json(line.action), params_of(line.action), line.thinking)
        try:
            with step:
                perform(line.action, self._device, self._context.sleep)
        except DeviceError as error:
            return _result(step.number, _outcome_of(error), str(error))
        return _result(step.number, Outcome.DONE, "")

    def _begin(self, line: lines.Begin) -> bytes:
        self._no_step_open("begin")
        step = self._new_step(line.action, {}, line.thinking)
        step.__enter__()  # closed by `_end_step`, whatever happens
        self._step = step
        return write_line("begun", step=step.number)

    def _end(self, line: lines.End) -> bytes:
        if self._step is None:
            raise BadLine("end needs a step that `begin` has opened")
        number = self._step.number
        self._end_step(self._step, Outcome(line.outcome), line.message)
        return write_line("ended", step=number)

    def _end_step(self, step: Step, outcome: Outcome, message: str) -> None:
        self._step = None
        step.outcome, step.message = outcome, message
        step.__exit__(None, None, None)

    def _new_step(self, action: dict[str, object], params: dict[str, object], thinking: str) -> Step:
        """Return a step with the picture that the program saw, or a new one when it has not looked since."""
        picture, missing = self._picture, ""
        if picture is None:
            try:
                picture = self._device.screenshot()
            except ScreenshotFailed as error:
                missing = str(error)
        self._picture = None
        return self._context.step(
            screenshot=picture, screenshot_missing=missing, thinking=thinking, action=action, action_params=params
        )

    def _no_step_open(self, what: str) -> None:
        if self._step is not None:
            raise BadLine(f"{what} while step {self._step.number} is open; say `end` first")

    # --- lines that cannot be understood -----------------------------------------------------------------------------

    def _refusal(self, error: BadLine) -> bytes:
        self._bad += 1
        if self._bad >= _BAD_LINES_MAX:
            raise AgentFailed(f"the program wrote {self._bad} lines in a row that are no requests; the last: {error}")
        return write_line("error", message=f"this line is no request: {error}")

    def _number(self) -> int:
        return self._context.step_num + (0 if self._step else 1)


def _outcome_of(error: DeviceError) -> Outcome:
    return Outcome.UNKNOWN if isinstance(error, UnknownResult) else Outcome.FAILED


def _result(step: int, outcome: Outcome, message: str) -> bytes:
    return write_line("result", step=step, outcome=outcome, message=message)
