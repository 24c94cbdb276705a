"""The reply parser by a table of cases, and by properties that hold for any text."""

from __future__ import annotations

import contextlib
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.agents.actions import (
    Action,
    ActionName,
    Back,
    CallApi,
    DoubleTap,
    Finish,
    Home,
    Interact,
    Launch,
    LongPress,
    Note,
    Swipe,
    TakeOver,
    Tap,
    Type,
    Wait,
    render_action,
    to_action_json,
    to_pixel,
)
from worker.agents.reply_parser import MAX_REST_CHARS, MAX_THINKING_CHARS, UnreadableReply, parse_reply

TAP = Tap(element=(500, 120))
TAP_TEXT = 'do(action="Tap", element=[500,120])'

READABLE: list[tuple[str, Action]] = [
    # each action of the language, as the model writes it
    ('do(action="Launch", app="微信")', Launch(app="微信")),
    ('do(action="Launch", app="com.android.settings")', Launch(app="com.android.settings")),
    (TAP_TEXT, TAP),
    ('do(action="Tap", element=[500,120], message="支付 10 元")', Tap((500, 120), "支付 10 元")),
    ('do(action="Type", text="hello")', Type("hello")),
    ('do(action="Type_Name", text="张三")', Type("张三")),
    ('do(action="Swipe", start=[500,800], end=[500,200])', Swipe((500, 800), (500, 200))),
    ('do(action="Long Press", element=[1,2])', LongPress((1, 2))),
    ('do(action="Double Tap", element=[1,2])', DoubleTap((1, 2))),
    ('do(action="Back")', Back()),
    ('do(action="Home")', Home()),
    ('do(action="Wait", duration="5 seconds")', Wait(5.0)),
    ('do(action="Take_over", message="请登录")', TakeOver("请登录")),
    ('do(action="Interact")', Interact()),
    ('do(action="Interact", message="which one?")', Interact("which one?")),
    ('do(action="Note", message="True")', Note("True")),
    ('do(action="Call_API", instruction="sum up")', CallApi("sum up")),
    ('finish(message="done")', Finish("done")),
    ('finish(message="")', Finish("")),
    # success or not
    ('finish(message="done", success=true)', Finish("done")),
    ('finish(message="no", success=false)', Finish("no", gave_up=True)),
    ('finish(message="no", success=False)', Finish("no", gave_up=True)),
    ('finish(message="no", success="false")', Finish("no", gave_up=True)),
    ('finish(success=false, message="no")', Finish("no", gave_up=True)),
    ('finish(message="no", success=0)', Finish("no", gave_up=True)),
    # spellings of names, blanks, order
    ('do(action="long_press", element=[1,2])', LongPress((1, 2))),
    ('do(action="LongPress", element=[1,2])', LongPress((1, 2))),
    ('do(action="DOUBLE-TAP", element=[1,2])', DoubleTap((1, 2))),
    ('do(action="takeover", message="x")', TakeOver("x")),
    ('do(action="Take Over", message="x")', TakeOver("x")),
    ('do(action="type name", text="x")', Type("x")),
    ('do(action="CallAPI", instruction="x")', CallApi("x")),
    ('Do(Action="tap", Element=[500,120])', TAP),
    ('do ( action = "Tap" , element = [ 500 , 120 ] )', TAP),
    ('do(\n  action="Tap",\n  element=[500, 120]\n)', TAP),
    ("do(action=Tap, element=[500,120])", TAP),
    ("do(action='Tap', element=(500, 120))", TAP),
    ("do(action='Tap', element=\"[500, 120]\")", TAP),
    ('do(action="Tap", element=[500 120])', TAP),
    ('do(action="Launch", app=com.android.settings)', Launch("com.android.settings")),
    ('do(action="Type", text=123)', Type("123")),
    ('do(action: "Back")', Back()),
    # coordinates
    ('do(action="Tap", element=[499.6, 120.2])', TAP),
    ('do(action="Tap", element=[1000, 0])', Tap((999, 0))),
    ('do(action="Tap", element=[-5, 1e4])'.replace("1e4", "10000"), Tap((0, 999))),
    ('do(action="Tap", element=[.4, 999.4])', Tap((0, 999))),
    # durations
    ('do(action="Wait", duration="1 second")', Wait(1.0)),
    ('do(action="Wait", duration="2.5s")', Wait(2.5)),
    ('do(action="Wait", duration=3)', Wait(3.0)),
    ('do(action="Wait", duration="5秒")', Wait(5.0)),
    ('do(action="Wait", duration="500 ms")', Wait(0.5)),
    ('do(action="Wait", duration="1 minute")', Wait(60.0)),
    ('do(action="Wait", duration="10 minutes")', Wait(60.0)),
    # full-width syntax
    ("do（action=“Tap”，element=［500，120］）", TAP),
    ("do（action＝＂Tap＂，element＝[500，120]）", TAP),
    ("do(action=‘Back’)", Back()),
    ('do(action=“Back")', Back()),
    ('finish（message＝"完成（全部）"）', Finish("完成（全部）")),
    ('do(action=“Type”, text="“引号”，和＝（括号）")', Type("“引号”，和＝（括号）")),
    ('do(action="Type", text="他说“你好”")', Type("他说“你好”")),
    ('do(action=“Type”，text=“他说"你好"”）', Type('他说"你好"')),
    ('do(action="Type", text="（他说“你好”）")', Type("（他说“你好”）")),
    # quotes and brackets inside a text
    (r'do(action="Type", text="say \"hi\" now")', Type('say "hi" now')),
    ('do(action="Type", text="say "hi" now")', Type('say "hi" now')),
    ('do(action="Type", text="say "hi"")', Type('say "hi"')),
    ('do(action="Type", text=""quoted"")', Type('"quoted"')),
    ('finish(message="点击了"确定"按钮")', Finish('点击了"确定"按钮')),
    ('do(action="Type", text="print("a")")', Type('print("a")')),
    ('do(action="Type", text="see f("x") there")', Type('see f("x") there')),
    ("do(action='Type', text='it's me')", Type("it's me")),
    ('do(action="Type", text="it\'s me")', Type("it's me")),
    ('do(action="Type", text=\'say "hi"\')', Type('say "hi"')),
    ('do(action="Type", text="a, b=c")', Type("a, b=c")),
    ('do(action="Type", text="a", b=c")', Type('a", b=c')),
    ('do(action="Type", text="a) b")', Type("a) b")),
    ('do(action="Type", text="line 1\nline 2")', Type("line 1\nline 2")),
    (r'do(action="Type", text="line 1\nline 2")', Type("line 1\nline 2")),
    (r'do(action="Type", text="C:\dir")', Type(r"C:\dir")),
    (r'do(action="Type", text="back\\")', Type("back\\")),
    (r'do(action="Type", text="\u5f20\u4e09")', Type("张三")),
    (r'do(action="Type", text="\ud83d\ude00")', Type("😀")),
    (r'do(action="Type", text="a\udc00b\u0000")', Type(r"a\udc00b\u0000")),
    ('do(action="Type", text="  blanks  ")', Type("  blanks  ")),
    ('do(action="Type", text="</answer>")', Type("</answer>")),
    ('do(action="Type", text="a <think>b</think> c")', Type("a <think>b</think> c")),
    ('do(action="Type", text="<answer>x</answer>")', Type("<answer>x</answer>")),
    ('do(action="Type", text="```")', Type("```")),
    (r'do(action="Type", text="do(action=\"Back\")")', Type('do(action="Back")')),
    ('do(action="Tap", element=[500,120], message="pay "10"")', Tap((500, 120), 'pay "10"')),
    # tags, fences, words around it
    (f"<think>I see it.</think><answer>{TAP_TEXT}</answer>", TAP),
    (f"<think>I see it.</think>\n<answer>\n{TAP_TEXT}\n</answer>\n", TAP),
    (f"<think>I see it.</think>{TAP_TEXT}", TAP),
    (f"I see it.</think><answer>{TAP_TEXT}</answer>", TAP),
    (f"<answer>{TAP_TEXT}", TAP),
    (f"<think>never closed {TAP_TEXT}", TAP),
    (f"I tap the button.\n{TAP_TEXT}", TAP),
    (f"{TAP_TEXT}\nThat opens the page.", TAP),
    (f"```python\n{TAP_TEXT}\n```", TAP),
    (f"```{TAP_TEXT}```", TAP),
    (f"<|begin_of_box|>{TAP_TEXT}<|end_of_box|>", TAP),
    (f"点击它：{TAP_TEXT}。", TAP),
    ('finish(message="done") That is all.', Finish("done")),
    ('finish(message="done")</answer> said "him")', Finish("done")),
    ('I undo(it) and redo (action) and finish (soon). do(action="Back")', Back()),
    # a call in the thinking is not the answer
    ('<think>maybe do(action="Back")</think><answer>do(action="Home")</answer>', Home()),
    ('<think>then finish(message="ok")</think>do(action="Home")', Home()),
    ('maybe do(action="Back")</think><answer>do(action="Home")</answer>', Home()),
    ('maybe do(action="Ba</think><answer>do(action="Home")</answer>', Home()),
    ('maybe do(action="Back") <answer>do(action="Home")</answer>', Home()),
    ('<think>x</think>so do(action="Back")? <answer>do(action="Home")</answer>', Home()),
    # several: the first counts
    ('do(action="Back") do(action="Home")', Back()),
    ('finish(message="a") finish(message="b")', Finish("a")),
    ('do(action="Type", text="a")do(action="Tap", element=[1,2])', Type("a")),
    ('<answer>do(action="Back")</answer><answer>do(action="Home")</answer>', Back()),
]

UNREADABLE: list[tuple[str, str]] = [
    ("", "empty"),
    (" \n\t ", "empty"),
    ("I do not know what to do.", "no action"),
    ("The task is finished. finish", "no action"),
    ("finish()", "no action"),
    ('finish("done")', "no action"),
    ("do()", "no action"),
    ('{"action": "Tap", "element": [1, 2]}', "no action"),
    ('<think>do(action="Back")</think>', "only thinking"),
    ('<think>do(action="Back")</think><answer></answer>', "only thinking"),
    # truncated
    ('do(action="Tap", element=[500,', "cannot be read"),
    ('do(action="Tap", element=', "ends in the middle"),
    ('do(action="Tap", element=[500,120]', "ends in the middle"),
    ('do(action="Tap",', "ends in the middle"),
    ('do(action="Tap"', "ends in the middle"),
    ('do(action="Ta', "ends in the middle"),
    ("do(action=", "ends in the middle"),
    ('finish(message="all is', "closing quote is missing"),
    ('<think>a</think><answer>finish(message="all is', "closing quote is missing"),
    # unknown or wrong
    ('do(action="Fly", element=[1,2])', "there is no action “Fly”; the actions are Launch, Tap"),
    ('do(action="", element=[1,2])', "there is no action"),
    ('do(action="finish", message="done")', "there is no action “finish”"),
    ("do(action=[1,2])", "there is no action"),
    ('do(action="Tap")', "Tap needs element"),
    ('do(action="Swipe", start=[1,2])', "Swipe needs end"),
    ('do(action="Swipe")', "Swipe needs start and end"),
    ('do(action="Type")', "Type needs text"),
    ('do(action="Launch")', "Launch needs app"),
    ('do(action="Wait")', "Wait needs duration"),
    ("finish(success=true)", "finish needs message"),
    ('do(action="Back", element=[1,2])', "Back has no parameter element; it takes no parameter"),
    ('do(action="Tap", element=[1,2], colour="red")', "Tap has no parameter colour"),
    ('do(action="Tap", element=[1,2], element=[3,4])', "twice"),
    ('do(action="Tap", element=[1,2,3,4])', "cannot be read"),
    ('do(action="Tap", element=[1])', "cannot be read"),
    ('do(action="Tap", element=[a,b])', "cannot be read"),
    ('do(action="Tap", element=[1.2.3,4])', "is not a number"),
    ('do(action="Tap", element=[.,4])', "is not a number"),
    ('do(action="Tap", element="the button")', "must be a point"),
    ('do(action="Tap", element=500)', "must be a point"),
    ('do(action="Tap", element=[' + "9" * 5000 + ",1])", "cannot be read"),
    ('do(action="Type", text=[1,2])', "must be a quoted text"),
    ('do(action="Type", text=two words)', "cannot be read"),
    ('do(action="Type" text="x")', "cannot be read"),
    ('do(action="Type", text="' + "x" * 30_000 + '")', "not closed within"),
    ('do(action="Wait", duration="a while")', "duration must be like"),
    ('do(action="Wait", duration="-5 seconds")', "duration must be like"),
    ('do(action="Wait", duration="5 parsecs")', "duration must be like"),
    ('do(action="Wait", duration="1.2.3 s")', "duration must be like"),
    ('finish(message="done", success=maybe)', "success must be true or false"),
    ('finish(message="done", success=[1,2])', "success must be true or false"),
    ('do(action="Back", ' + ", ".join(f"{c}=1" for c in "abcdefghij") + ")", "more than"),
    ("do(action=__import__('os').system('true'))", "cannot be read"),
]


@pytest.mark.parametrize(("text", "action"), READABLE)
def test_reply_is_read_as_its_action(text: str, action: Action) -> None:
    assert parse_reply(text).action == action


@pytest.mark.parametrize(("text", "reason"), UNREADABLE)
def test_reply_without_a_whole_action_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(UnreadableReply) as caught:
        parse_reply(text)
    assert reason in caught.value.reason
    assert len(caught.value.reason) < 600


@pytest.mark.parametrize(
    ("text", "thinking", "rest"),
    [
        (f"<think>I see it.</think><answer>{TAP_TEXT}</answer>", "I see it.", ""),
        (f"I see it.\n\n{TAP_TEXT}", "I see it.", ""),
        (f"{TAP_TEXT}\nafterwards", "", "afterwards"),
        (f"before\n```python\n{TAP_TEXT}\n```\nafter", "before", "after"),
        (TAP_TEXT, "", ""),
        ('do(action="Back")\ndo(action="Home")', "", 'do(action="Home")'),
        (
            'so do(action="Back")? no</think><answer>do(action="Home")</answer>',
            'so do(action="Back")? no',
            "",
        ),
    ],
)
def test_what_surrounds_the_action_is_kept_as_thinking_and_rest(text: str, thinking: str, rest: str) -> None:
    reply = parse_reply(text)
    assert (reply.thinking, reply.rest) == (thinking, rest)


def test_every_action_has_a_readable_case() -> None:
    assert {type(action) for _, action in READABLE} == {type(action) for action in EXAMPLES}
    assert len(EXAMPLES) == len(ActionName)


def test_a_second_action_is_noted_and_not_taken() -> None:
    reply = parse_reply('do(action="Back") do(action="Home")')
    assert reply.action == Back()
    assert "more than one action" in reply.notes[0]
    assert parse_reply('do(action="Back")').notes == ()


def test_coordinates_outside_the_grid_are_moved_to_its_edge_and_noted() -> None:
    reply = parse_reply('do(action="Swipe", start=[1200, 5], end=[5, -3])')
    assert reply.action == Swipe((999, 5), (5, 0))
    assert [note.split(" ")[1] for note in reply.notes] == ["1200", "-3"]
    assert parse_reply('do(action="Wait", duration="90 s")').notes != ()


EXAMPLES: list[Action] = [
    Launch("a"), TAP, Type("a"), Swipe((1, 2), (3, 4)), LongPress((1, 2)), DoubleTap((1, 2)), Back(), Home(),
    Wait(2.0), TakeOver("a"), Interact(), Note("a"), CallApi("a"), Finish("a"),
]  # fmt: skip


def test_stored_form_is_stable() -> None:
    assert to_action_json(TAP) == {"action": "Tap", "element": [500, 120]}
    assert to_action_json(Tap((1, 2), "pay")) == {"action": "Tap", "element": [1, 2], "message": "pay"}
    assert to_action_json(Swipe((1, 2), (3, 4))) == {"action": "Swipe", "start": [1, 2], "end": [3, 4]}
    assert to_action_json(Wait(2)) == {"action": "Wait", "seconds": 2}
    assert to_action_json(Finish("ok")) == {"action": "finish", "message": "ok", "gave_up": False}
    assert [to_action_json(action)["action"] for action in EXAMPLES] == [str(name) for name in ActionName]


def test_relative_points_become_pixels_inside_the_screen() -> None:
    assert to_pixel((0, 0), (1080, 2400)) == (0, 0)
    assert to_pixel((500, 500), (1080, 2400)) == (540, 1200)
    assert to_pixel((999, 999), (1080, 2400)) == (1078, 2397)


# What cannot be stored is escaped where the reply is put together (model_client.py), so it does not come here.
_STORABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_TEXTS = st.text(_STORABLE, max_size=80) | st.text(
    alphabet="\"'“”‘’()（）,，=\\\n\r <>/`do action text answerthink", max_size=60
)
_POINTS = st.tuples(st.integers(0, 999), st.integers(0, 999))
_ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.builds(Launch, _TEXTS),
    st.builds(Tap, _POINTS, st.none() | _TEXTS),
    st.builds(Type, _TEXTS),
    st.builds(Swipe, _POINTS, _POINTS),
    st.builds(LongPress, _POINTS),
    st.builds(DoubleTap, _POINTS),
    st.builds(Back),
    st.builds(Home),
    st.builds(Wait, st.integers(0, 600).map(lambda tenths: tenths / 10)),
    st.builds(TakeOver, _TEXTS),
    st.builds(Interact, st.none() | _TEXTS),
    st.builds(Note, _TEXTS),
    st.builds(CallApi, _TEXTS),
    st.builds(Finish, _TEXTS, st.booleans()),
)


@given(_ACTIONS)
def test_any_action_is_read_back_as_it_was_written(action: Action) -> None:
    assert parse_reply(render_action(action)).action == action
    tagged = f"<think>I see “it”.</think>\n<answer>{render_action(action)}</answer>"
    assert parse_reply(tagged).action == action
    assert parse_reply(tagged).thinking == "I see “it”."
    assert msgspec.convert(to_action_json(action), Action) == action


@given(st.text(max_size=60) | st.from_regex(r"(do|finish)\((action|message)=.{0,40}", fullmatch=True) | _TEXTS)
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    with contextlib.suppress(UnreadableReply):
        parse_reply(text)


HOSTILE = [
    *('"', "(", "do(", "do(action=", 'do(action="', 'do(action="Type", text="', "finish(message="),
    *('")', '") ', "\\", '\\"', " ", "\n", "<think>", "</think>", "<answer>", "</answer>", "do "),
    *('text="", ', "[1,", '", text="', "'x', ", "“”", "9", "`", "，"),
]


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("head", ["", 'do(action="Type", text="', "do(action="])
def test_hostile_text_is_answered_in_linear_time_and_bounded(unit: str, head: str) -> None:
    text = head + unit * (300_000 // len(unit))
    started = time.process_time()
    with contextlib.suppress(UnreadableReply):
        reply = parse_reply(text)
        assert len(reply.thinking) < MAX_THINKING_CHARS + 100
        assert len(reply.rest) < MAX_REST_CHARS + 100
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    "unit", ['do(action="Type", text="a") ', '"")"x ', "<think>", "思考", 'finish(message="', "do(action="]
)
def test_ten_megabytes_are_answered_within_two_seconds(unit: str) -> None:
    text = unit * (10_000_000 // len(unit))
    started = time.process_time()
    with contextlib.suppress(UnreadableReply):
        parse_reply(text)
    assert time.process_time() - started < 2.0
