"""The agent `phone`: a vision-language model that sees the screen and names one action at a time.

Each turn: screenshot, model, parse, step, act. What the model's action needs is in phone_actions.py, its language in
actions.py and reply_parser.py. A reply that cannot be read is never a finish: it goes back to the model with the
reason, three times at most. A person is asked before what is sensitive (sensitive.py), for what the model cannot do
and for what it wants to know; afterwards the agent looks afresh. Found by the entry point `phone`; openai is imported
only when a task begins.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from msgspec import Struct

from shared.model_keys import where_named
from worker.agents.actions import Finish, Interact, TakeOver, render_action, to_action_json
from worker.agents.base import AgentFailed, Denied, GaveUp
from worker.agents.budget import Budget
from worker.agents.conversation import Conversation
from worker.agents.phone_actions import NotAvailable, perform, pixel_params
from worker.agents.progress import STOP_AT, TELL_AT, Repetition
from worker.agents.prompts import system_prompt
from worker.agents.recalled import note_of, recalled
from worker.agents.reply_parser import ParsedReply, UnreadableReply, parse_reply
from worker.agents.sensitive import changes_phone, may_be_sensitive, why_sensitive
from worker.errors import CommandFailed, ScreenshotFailed
from worker.live import Phase
from worker.pictures import look_at
from worker.step import ModelUsage

if TYPE_CHECKING:
    from shared.messages import TaskRow
    from shared.settings import Language
    from worker.agents.actions import Action
    from worker.agents.model_client import ModelClient
    from worker.agents.model_request import ModelReply
    from worker.context import TaskContext
    from worker.devices.base import Device
    from worker.step import Step

UNREADABLE_MAX: Final = 3
FAILED_COMMANDS_MAX: Final = 3  # in a row; the model is told of each
_SCREENSHOTS: Final = 3  # tries, before the screen is said to be out of sight
_SCREENSHOT_PAUSE_S: Final = 1.0
_NOTE_CHARS: Final = 2000  # of an unreadable reply that is kept as a note
_TELLS: Final = {
    "unreadable": {
        "en": "Your last reply could not be read: {0}. Reply again with exactly one action.",
        "zh": "无法读懂上一条回复：{0}。请重新回复，且只给出一个动作。",
    },
    "repeated": {
        "en": "You have asked for the same action on the same screen {0} times and nothing changed. Try another way.",
        "zh": "在同一界面上已经重复同一动作 {0} 次，没有任何变化。请换一种方式。",
    },
    "failed": {"en": "The last action failed: {0}", "zh": "上一个动作失败：{0}"},
    "denied": {
        "en": "A person did not allow the last action, so it was not done. {0} Go on another way, or finish.",
        "zh": "有人不允许上一个动作，因此没有执行。{0} 请换一种方式继续，或结束任务。",
    },
    "answered": {"en": "A person answers: {0}", "zh": "用户回答：{0}"},
    "took_over": {
        "en": "A person has taken over and is through: {0}. Look at the screen as it is now.",
        "zh": "用户已接管并完成操作：{0}。请查看当前界面。",
    },
    "paused": {
        "en": "The task was paused, and your last action was not carried out: {0}. Look at the screen as it is now.",
        "zh": "任务曾被暂停，你的上一个动作没有执行：{0}。请查看当前界面。",
    },
    "not_available": {
        "en": "That is not available here: {0}. Go on another way.",
        "zh": "此处没有该功能：{0}。请换一种方式继续。",
    },
}


class PhoneAgent:
    """Does one task."""

    needs_device: ClassVar[bool] = True
    needs_model: ClassVar[bool] = True
    can_continue: ClassVar[bool] = True

    def run(self, task: TaskRow, device: Device, context: TaskContext) -> str:
        """Work until the model says that it is done; return its message. GaveUp when it says that it could not."""
        from worker.agents.model_client import ModelClient  # noqa: PLC0415 - openai takes a second to import
        from worker.agents.model_errors import ModelError  # noqa: PLC0415

        profile, key = context.model_profile()
        named = where_named(profile)
        if named and not key:
            raise AgentFailed(f"{named} holds no key; put it there and start Stepwell again, or take the setting out")
        try:
            file = Path(profile.system_prompt_file).expanduser() if profile.system_prompt_file else None
            prompt = system_prompt(profile.language, datetime.now(UTC).astimezone().date(), file)
            client = ModelClient(profile, key)
            try:
                talk = Conversation(prompt, task.task_description, profile.language)
                if context.former is not None:
                    context.note(note_of(context.former))
                budget = Budget(context.settings.task, profile)
                return _Run(device, context, client, talk, budget, profile.language).to_the_end()
            finally:
                client.close()
        except ModelError as error:
            raise AgentFailed(error.reason) from error


class _Look(Struct, frozen=True):
    """What the agent sees at the beginning of a turn."""

    png: bytes
    size: tuple[int, int]
    app: str


class _Run:
    """The turns of one task."""

    def __init__(
        self,
        device: Device,
        context: TaskContext,
        client: ModelClient,
        talk: Conversation,
        budget: Budget,
        language: Language,
    ) -> None:
        self._device = device
        self._context = context
        self._client = client
        self._talk = talk
        self._budget = budget
        self._language = language
        former = context.former
        self._remarks: list[str] = [] if former is None else [recalled(former, language)]
        self._repetition = Repetition()
        self._failed_commands = 0

    def to_the_end(self) -> str:
        """Take turns until the model finishes; return what it says."""
        while True:
            self._context.check()
            self._budget.check()
            self._context.rest_if_asked()
            look = self._look()
            reply, parsed = self._ask(look)
            if self._context.rest_if_asked():
                self._not_carried_out(parsed)
                continue
            self._watch_progress(parsed, look)
            self._act(reply, parsed, look)
            if isinstance(parsed.action, Finish):
                if parsed.action.gave_up:
                    raise GaveUp(parsed.action.message)
                return parsed.action.message

    def _look(self) -> _Look:
        self._context.live.enter(Phase.LOOKING, self._context.step_num + 1)
        png = self._screenshot()
        picture = look_at(png)
        try:
            app = self._device.current_app()
        except CommandFailed:
            app = ""
        return _Look(png, (picture.width, picture.height), app)

    def _screenshot(self) -> bytes:
        """Return a picture of the screen; what the screen does not show is a person's to look at, never made up."""
        for last in (False,) * (_SCREENSHOTS - 1) + (True,):
            try:
                return self._device.screenshot()
            except ScreenshotFailed as error:
                if error.protected:
                    self._take_over(f"go on by hand, because {error}")
                if last:
                    raise
            self._context.sleep(_SCREENSHOT_PAUSE_S)
        raise AssertionError("the last try returns or raises")

    def _ask(self, look: _Look) -> tuple[ModelReply, ParsedReply]:
        """Return the model's next action; AgentFailed `unreadable reply` when three replies in a row are none."""
        why, live = "", self._context.live
        for number in range(1, UNREADABLE_MAX + 1):
            live.enter(Phase.THINKING, self._context.step_num + 1)
            messages = self._talk.ask(look.png, look.app, self._remarks)
            reply = self._client.ask(messages, self._context.check, live.think)
            self._budget.spend(reply)
            try:
                parsed = parse_reply(reply.text)
            except UnreadableReply as error:
                why = error.reason
                self._context.note(
                    f"unreadable reply ({number} of {UNREADABLE_MAX}): {why}\n{reply.text[:_NOTE_CHARS]}"
                )
                self._talk.unreadable(reply.text)
                self._remarks = [self._tell("unreadable", why)]
            else:
                self._talk.answered(parsed.thinking, parsed.action)
                self._remarks = []
                return reply, parsed
        raise AgentFailed(f"unreadable reply: {why}")

    def _watch_progress(self, parsed: ParsedReply, look: _Look) -> None:
        times = self._repetition.add(parsed.action, look.png)
        if times >= STOP_AT:
            raise AgentFailed(f"no progress: the same action on the same screen {times} times")
        if times >= TELL_AT:
            self._remarks.append(self._tell("repeated", str(times)))

    def _act(self, reply: ModelReply, parsed: ParsedReply, look: _Look) -> None:
        try:
            with self._context.step(
                screenshot=look.png,
                thinking=parsed.thinking,
                reply=reply.text,
                action=to_action_json(parsed.action),
                action_params=pixel_params(parsed.action, look.size),
                current_app=look.app,
                usage=_usage(reply),
            ) as step:
                step.message = "; ".join(parsed.notes)
                self._ask_person(parsed.action, look, step)
                try:
                    perform(parsed.action, look.size, self._device, self._context)
                except NotAvailable as error:
                    step.not_executed(f"not available: {error}")
                    self._remarks.append(self._tell("not_available", str(error)))
            self._failed_commands = 0
            if isinstance(parsed.action, TakeOver):
                self._take_over(parsed.action.message)
        except Denied as error:
            self._remarks.append(self._tell("denied", error.text))
        except CommandFailed as error:
            self._failed_commands += 1
            if self._failed_commands >= FAILED_COMMANDS_MAX:
                raise
            self._remarks.append(self._tell("failed", str(error)))

    def _ask_person(self, action: Action, look: _Look, step: Step) -> None:
        """Get a person's yes or answer where the open step's action needs one; Denied, and it is not done."""
        if isinstance(action, Interact):
            answer = self._context.ask(action.message or "Please choose.")
            step.message = f"a person answered: {answer}"
            self._remarks.append(self._tell("answered", answer))
        elif isinstance(action, TakeOver):
            step.message = "handed over to a person"
        elif why := self._why_ask(action, look):
            self._context.confirm(why)

    def _why_ask(self, action: Action, look: _Look) -> str:
        policy = self._context.settings.people.confirm
        if policy == "never":
            return ""
        nodes = None
        if may_be_sensitive(action):
            try:
                nodes = self._device.nodes()
            except CommandFailed as error:
                self._context.note(f"the screen's texts could not be read before this action: {error}")
        why = why_sensitive(action, look.size, look.app, nodes)
        return why or ("Every action is asked about." if policy == "always" and changes_phone(action) else "")

    def _take_over(self, reason: str) -> None:
        try:
            self._context.take_over(reason)
        except Denied as error:
            self._remarks.append(self._tell("denied", error.text))
        else:
            self._remarks.append(self._tell("took_over", reason))

    def _not_carried_out(self, parsed: ParsedReply) -> None:
        """Keep what a pause overtook: what the model saw may be gone, so it is asked anew."""
        action = render_action(parsed.action)
        self._context.note(f"not carried out, because the task was paused: {action}"[:_NOTE_CHARS])
        self._remarks.append(self._tell("paused", action))

    def _tell(self, what: str, detail: str) -> str:
        return _TELLS[what][self._language].format(detail)


def _usage(reply: ModelReply) -> ModelUsage:
    return ModelUsage(
        prompt_tokens=reply.prompt_tokens,
        completion_tokens=reply.completion_tokens,
        time_to_first_token_s=reply.time_to_first_token_s,
        model_time_s=reply.model_time_s,
    )
