"""The agent `phone`: a vision-language model looks at the screen and says, one action at a time, what to do.

Each reply of the model is a step: its picture, its thinking and its action are on disk before the phone is touched. A
reply that cannot be read goes back to the model with the reason; so does an action that the phone refused. What needs a
person ends the task with a clear reason, and so does a model that goes round in circles. Success is only the model's
own `finish` that does not say it gave up. Found by the entry point `phone`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from worker.agents.actions import Action, Finish, to_action_json
from worker.agents.conversation import Conversation
from worker.agents.gestures import carry_out, in_pixels
from worker.agents.progress import Progress
from worker.agents.prompts import system_prompt
from worker.agents.reply_parser import ParsedReply, UnreadableReply, parse_reply
from worker.errors import AgentFailed, CommandFailed, GaveUp, NeedsPerson, ScreenshotFailed
from worker.pictures import look_at
from worker.step import ModelUsage

if TYPE_CHECKING:
    from shared.messages import TaskRow
    from worker.agents.model_client import ModelClient
    from worker.agents.model_request import ModelReply
    from worker.context import TaskContext
    from worker.devices.base import Device
    from worker.step import Step

MAX_UNREADABLE: Final = 3  # in a row; then the model is not the right one
MAX_REFUSED: Final = 5  # actions in a row that the phone refused
_REMARKS: Final = {
    "unreadable": {
        "en": "Your last reply could not be read: {0}. Answer with exactly one do(…) or finish(…).",
        "zh": "你的上一条回复无法读取：{0}。请只用一个 do(…) 或 finish(…) 回答。",
    },
    "refused": {
        "en": "Your last action did not work: {0}. Go on another way.",
        "zh": "你的上一个操作没有成功：{0}。请换一种方式继续。",
    },
    "repeated": {
        "en": "You have done the same thing on the same screen {0} times, and nothing changes. Try something else.",
        "zh": "你已经在同一个界面上做了 {0} 次同样的操作，没有任何变化。请尝试别的方法。",
    },
    "no_api": {
        "en": "Call_API is not available here; go on another way.",
        "zh": "这里不能使用 Call_API，请换一种方式继续。",
    },
}


class PhoneAgent:
    """One task with one model."""

    needs_device: ClassVar[bool] = True
    needs_model: ClassVar[bool] = True

    def run(self, task: TaskRow, device: Device, context: TaskContext) -> str:
        """Do the task; return the model's own words of success. Every other way out raises with its reason."""
        from worker.agents.model_client import ModelClient  # noqa: PLC0415 - openai takes a second to import
        from worker.agents.model_errors import ModelError  # noqa: PLC0415

        profile, key = context.model_profile()
        prompt_file = Path(profile.system_prompt_file) if profile.system_prompt_file else None
        prompt = system_prompt(profile.language, datetime.now(UTC).astimezone().date(), prompt_file)
        conversation = Conversation(prompt, task.task_description, profile.language)
        try:
            client = ModelClient(profile, key)
            try:
                return PhoneRun(client, conversation, profile.language, device, context).run()
            finally:
                client.close()
        except ModelError as error:
            raise AgentFailed(error.reason) from None


class PhoneRun:
    """The turns of one task: look, ask, read, act."""

    def __init__(
        self, client: ModelClient, conversation: Conversation, language: str, device: Device, context: TaskContext
    ) -> None:
        self._client = client
        self._conversation = conversation
        self._language = language
        self._device = device
        self._context = context
        self._progress = Progress()
        self._remarks: list[str] = []
        self._unreadable = 0
        self._refused = 0

    def run(self) -> str:
        """Take turns until the model says that it is done."""
        while True:
            self._context.check()
            png = self._look()
            app = self._device.current_app()
            reply = self._client.ask(self._conversation.ask(png, app, self._remarks), self._context.check)
            self._remarks = []
            try:
                parsed = parse_reply(reply.text)
            except UnreadableReply as error:
                self._not_read(png, app, reply, error.reason)
                continue
            self._unreadable = 0
            self._act(png, app, reply, parsed)
            if isinstance(parsed.action, Finish):
                return parsed.action.message

    def _look(self) -> bytes:
        try:
            return self._device.screenshot()
        except ScreenshotFailed as error:
            if error.protected:
                raise NeedsPerson(f"take over: the screen is protected ({error})") from None
            raise AgentFailed(f"the screenshot failed: {error}") from None

    def _act(self, png: bytes, app: str, reply: ModelReply, parsed: ParsedReply) -> None:
        """Record what the model wants, do it, and record what became of it."""
        action = parsed.action
        picture = look_at(png)
        size = (picture.width, picture.height)
        self._watch_progress(png, action)
        try:
            with self._step(png, app, reply, parsed.thinking, to_action_json(action), in_pixels(action, size)) as step:
                step.message = "; ".join(parsed.notes)
                self._carry_out(step, action, size)
        except CommandFailed as error:
            self._refused += 1
            if self._refused >= MAX_REFUSED:
                raise AgentFailed(f"the phone refused {MAX_REFUSED} actions in a row, at last: {error}") from None
            self._remark("refused", str(error))
        else:
            self._refused = 0
        self._conversation.answered(parsed.thinking, action)

    def _carry_out(self, step: Step, action: Action, size: tuple[int, int]) -> None:
        if isinstance(action, Finish):
            if action.gave_up:
                raise GaveUp(action.message or "the model gave up without saying why")
            return
        said = carry_out(action, self._device, self._context, size)
        if said is not None:
            step.not_executed(said)
            self._remark("no_api", "")

    def _not_read(self, png: bytes, app: str, reply: ModelReply, reason: str) -> None:
        """Record a reply that holds no action, and tell the model why."""
        self._unreadable += 1
        with self._step(png, app, reply, "", {"action": "unreadable reply"}, {}) as step:
            step.not_executed(f"unreadable reply: {reason}")
        if self._unreadable >= MAX_UNREADABLE:
            raise AgentFailed(f"unreadable reply, {MAX_UNREADABLE} times in a row: {reason}")
        self._conversation.unreadable(reply.text)
        self._remark("unreadable", reason)

    def _step(
        self,
        png: bytes,
        app: str,
        reply: ModelReply,
        thinking: str,
        action: dict[str, object],
        params: dict[str, object],
    ) -> Step:
        return self._context.step(
            screenshot=png,
            thinking=thinking,
            reply=reply.text,
            action=action,
            action_params=params,
            current_app=app,
            usage=ModelUsage(
                prompt_tokens=reply.prompt_tokens,
                completion_tokens=reply.completion_tokens,
                time_to_first_token_s=reply.time_to_first_token_s,
                model_time_s=reply.model_time_s,
            ),
        )

    def _watch_progress(self, png: bytes, action: Action) -> None:
        times = self._progress.seen(png, action)
        if self._progress.is_stuck:
            raise AgentFailed(f"no progress: the same action on the same screen {times} times")
        if self._progress.should_warn:
            self._remark("repeated", str(times))

    def _remark(self, kind: str, what: str) -> None:
        self._remarks.append(_REMARKS[kind][self._language].format(what))
