"""Every fixed word of the report, in English and in Chinese. A word that one language lacks does not type-check.

Must not format or escape anything. Called by cards.py and report.py; the template says `w.…`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from shared.settings import Language


class Words(Struct, frozen=True, kw_only=True):
    """The report's words. The mappings are keyed by what the store holds."""

    lang: str
    report: str
    skip: str
    steps: str
    step: str
    outline: str
    keys: str
    states: Mapping[str, str]
    verdicts: Mapping[str, str]
    outcomes: Mapping[str, str]
    labels: Mapping[str, str]
    actors: Mapping[str, str]
    actions: Mapping[str, str]
    device: str
    any_device: str
    agent: str
    model: str
    queued: str
    started: str
    ended: str
    took: str
    tokens: str
    tokens_in: str
    tokens_out: str
    checked_for: str
    task_id: str
    reason: str
    not_ended: str
    unknown_banner: str
    unknown_step: str
    pictures_left_out: str
    before: str
    after: str
    no_picture: str
    not_in_store: str
    no_action: str
    thinking: str
    message: str
    seen: str
    app: str
    model_time: str
    device_time: str
    first_token: str
    late: str
    cut: str
    judged: str
    correction: str
    notes: str
    transitions: str
    time: str
    change: str
    by: str
    none_yet: str
    made: str
    events: str
    made_by: str


ENGLISH: Final = Words(
    lang="en",
    report="Run report",
    skip="Skip to the steps",
    steps="Steps",
    step="Step",
    outline="All steps",
    keys="j and k, or the arrow keys → and ←, go from step to step",
    states={
        "CREATED": "Waiting",
        "RUNNING": "Running",
        "STOPPING": "Stopping",
        "STOPPED": "Stopped",
        "SUCCESS": "Success",
        "FAILED": "Failed",
        "CRASHED": "Crashed",
    },
    verdicts={
        "reported": "The agent itself reports it; nobody else has looked.",
        "checked": "Reported by the agent, and its check was found on the screen.",
        "right": "A person judged this run right.",
        "wrong": "A person judged this run wrong.",
    },
    outcomes={
        "done": "Done",
        "failed": "Failed",
        "not_executed": "Not executed",
        "unknown": "Unknown",
        "open": "Not known yet",
    },
    labels={"right": "judged right", "wrong": "judged wrong"},
    actors={"agent": "Agent", "person": "Person", "stepwell": "Stepwell"},
    actions={
        "tap": "Tap at {x}, {y}",
        "doubletap": "Double tap at {x}, {y}",
        "longpress": "Long press at {x}, {y}",
        "swipe": "Swipe from {x1}, {y1} to {x2}, {y2}",
        "launch": "Open {app}",
        "type": "Type “{text}”",
        "key": "Press {key}",
        "back": "Go back",
        "home": "Go to the home screen",
        "wait": "Wait {seconds} s",
        "take_over": "Hand over to a person: {text}",
        "interact": "Ask a person: {text}",
        "note": "Note: {text}",
        "call": "Call an API: {text}",
        "expecttext": "Expect “{text}” on the screen",
        "fail": "Give up: {text}",
        "finish": "Finish: {text}",
    },
    device="Device",
    any_device="any device",
    agent="Agent",
    model="Model",
    queued="Queued",
    started="Started",
    ended="Ended",
    took="Duration",
    tokens="Tokens",
    tokens_in="in",
    tokens_out="out",
    checked_for="Expected text",
    task_id="Task",
    reason="Reason",
    not_ended="This run had not ended when the report was made.",
    unknown_banner="An action may have half happened. Nothing repeats it by itself; look at the phone:",
    unknown_step="This action may have happened, wholly or in part. Nothing repeats it by itself.",
    pictures_left_out="Screenshots that the record names, but that are missing or damaged in the store:",
    before="Before",
    after="After",
    no_picture="No picture",
    not_in_store="missing or damaged in the store",
    no_action="No action",
    thinking="Thinking",
    message="Message",
    seen="Seen",
    app="App",
    model_time="model",
    device_time="device",
    first_token="first token",  # noqa: S106
    late="recorded late",
    cut="… the rest stands in steps.jsonl",
    judged="Judgement",
    correction="Right would have been",
    notes="Notes",
    transitions="From state to state",
    time="Time (UTC)",
    change="State",
    by="By",
    none_yet="There are no steps.",
    made="Made",
    events="read at event",
    made_by="by Stepwell",
)

CHINESE: Final = Words(
    lang="zh",
    report="运行报告",
    skip="跳到步骤",
    steps="步骤",
    step="步骤",
    outline="全部步骤",
    keys="按 j 和 k，或方向键 → 和 ←，逐步查看",
    states={
        "CREATED": "等待中",
        "RUNNING": "运行中",
        "STOPPING": "正在停止",
        "STOPPED": "已停止",
        "SUCCESS": "成功",
        "FAILED": "失败",
        "CRASHED": "崩溃",
    },
    verdicts={
        "reported": "仅由智能体自己报告，没有其他人核实。",
        "checked": "由智能体报告，并已在屏幕上核对到预期内容。",
        "right": "有人判定这次运行正确。",
        "wrong": "有人判定这次运行错误。",
    },
    outcomes={
        "done": "已完成",
        "failed": "失败",
        "not_executed": "未执行",
        "unknown": "未知",
        "open": "尚未知",
    },
    labels={"right": "判定为正确", "wrong": "判定为错误"},
    actors={"agent": "智能体", "person": "人", "stepwell": "Stepwell"},
    actions={
        "tap": "点按 {x}, {y}",
        "doubletap": "双击 {x}, {y}",
        "longpress": "长按 {x}, {y}",
        "swipe": "从 {x1}, {y1} 滑动到 {x2}, {y2}",
        "launch": "打开 {app}",
        "type": "输入“{text}”",
        "key": "按键 {key}",
        "back": "返回",
        "home": "回到主屏幕",
        "wait": "等待 {seconds} 秒",
        "take_over": "交给人操作：{text}",
        "interact": "询问人：{text}",
        "note": "记录：{text}",
        "call": "调用接口：{text}",
        "expecttext": "屏幕上应有“{text}”",
        "fail": "放弃：{text}",
        "finish": "结束：{text}",
    },
    device="设备",
    any_device="任意设备",
    agent="智能体",
    model="模型",
    queued="提交时间",
    started="开始时间",
    ended="结束时间",
    took="用时",
    tokens="令牌数",
    tokens_in="输入",
    tokens_out="输出",
    checked_for="预期文字",
    task_id="任务",
    reason="原因",
    not_ended="生成报告时，这次运行尚未结束。",
    unknown_banner="有一个操作可能只执行了一部分。系统不会自动重复它；请查看手机：",
    unknown_step="这个操作可能已全部或部分执行。系统不会自动重复它。",
    pictures_left_out="记录中提到、但在存储中缺失或损坏的截图：",
    before="之前",
    after="之后",
    no_picture="没有截图",
    not_in_store="在存储中缺失或损坏",
    no_action="没有操作",
    thinking="思考",
    message="消息",
    seen="所见",
    app="应用",
    model_time="模型",
    device_time="设备",
    first_token="首个令牌",  # noqa: S106
    late="补记",
    cut="……其余内容见 steps.jsonl",
    judged="判定",
    correction="正确的做法",
    notes="备注",
    transitions="状态变化",
    time="时间（UTC）",
    change="状态",
    by="来源",
    none_yet="没有步骤。",
    made="生成于",
    events="读取自事件",
    made_by="由 Stepwell 生成",
)

WORDS: Final[Mapping[Language, Words]] = {"en": ENGLISH, "zh": CHINESE}
