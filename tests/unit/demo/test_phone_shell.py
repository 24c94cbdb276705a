"""The shell: its language by a table, its commands as tools of the real thing expect them."""

from __future__ import annotations

import base64
import shlex
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phone_driver import find, make_phone, middle, nodes_in, tap

from demo.phone import shell
from demo.phone.commands.base import World
from demo.phone.faults import Faults
from demo.phone.files import Files, NoSpaceError
from demo.phone.shell_words import ShellSyntaxError, parse
from demo.phone.state import ADB_IME, STANDARD_IME


@pytest.fixture
def world() -> World:
    return World(make_phone(), Files(), Faults(), pace=0.0)


def out(world: World, line: str) -> str:
    """What the line wrote to its output; it must succeed."""
    answer = shell.run(world, line)
    assert answer.exit == 0, answer
    return b"".join(content for stream, content in answer.pieces if stream == shell.OUT).decode()


def failed(world: World, line: str) -> tuple[int, str]:
    answer = shell.run(world, line)
    assert answer.exit != 0
    return answer.exit, b"".join(content for _, content in answer.pieces).decode()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("echo a  b", "a b\n"),
        ("echo 'a  b'", "a  b\n"),
        ('echo "it\'s $? \\" \\\\"', "it's 0 \" \\\n"),
        ("echo '$?' \\$?", "$? $?\n"),
        ("echo -n x", "x"),
        ("false; echo X4EXIT:$?", "X4EXIT:1\n"),
        ("nope; echo $?", "127\n"),
        ("true && echo yes || echo no", "yes\n"),
        ("false && echo yes || echo no", "no\n"),
        ("false || echo no", "no\n"),
        ("echo one\necho two;", "one\ntwo\n"),
        ("echo a#b $HOME$", "a#b $\n"),
        ("echo hi > /sdcard/f; cat /sdcard/f", "hi\n"),
        ("echo hi >/sdcard/f;echo ho >> /sdcard/f && cat /sdcard/f", "hi\nho\n"),
        ("cat /none 2>/dev/null; echo $?", "1\n"),
        ("cat /none 2>&1; true", "cat: /none: No such file or directory\n"),
        ("echo gone > /dev/null", ""),
        ("getprop | grep -i SERIAL", "[ro.serialno]: [DEMO00000000]\n"),
        ("getprop ro.serialno", "DEMO00000000\n"),
        ("getprop nothing", "\n"),
        ("getprop nothing here", "here\n"),
        ("wm size", "Physical size: 1080x2400\n"),
        ("wm density", "Physical density: 420\n"),
        ("/system/bin/wm size", "Physical size: 1080x2400\n"),
        ("ls /sdcard", "Download\n"),
        ("echo 1 > /sdcard/x && rm /sdcard/x && rm -f /sdcard/x && ls /sdcard", "Download\n"),
        ("echo 1 > /storage/emulated/0/x; cat /sdcard/../sdcard/x", "1\n"),
        ("settings get secure default_input_method", f"{STANDARD_IME}\n"),
        ("settings get secure enabled_input_methods", f"{STANDARD_IME}:{ADB_IME}\n"),
        ("settings get global nothing", "null\n"),
        ("settings put global a b; settings get global a", "b\n"),
        ("ime list -s", f"{STANDARD_IME}\n{ADB_IME}\n"),
        ("pm list packages -3", "package:com.android.adbkeyboard\n"),
        ("pm list packages settings", "package:com.android.settings\n"),
        ("cmd package resolve-activity --brief com.android.settings | grep /", "com.android.settings/.Settings\n"),
        ("cmd uimode night", "Night mode: no\n"),
        ("getprop | head -n 1", "[persist.sys.locale]: [en-GB]\n"),
    ],
)
def test_a_line_writes_what_a_phones_shell_would(world: World, line: str, expected: str) -> None:
    assert out(world, line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "(true)",
        "true & true",
        "echo 'x",
        'echo "x',
        "&& true",
        "true ||",
        "; true",
        "echo $(id)",
        "echo `id`",
        "cat < f",
        "true | | cat",
        "echo >",
    ],
)
def test_what_this_shell_cannot_say_is_a_syntax_error_and_does_nothing(world: World, line: str) -> None:
    code, text = failed(world, line)
    assert code == 2
    assert "syntax error" in text


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40))
def test_a_quoted_argument_arrives_as_it_is(text: str) -> None:
    (command,) = parse(f"echo {shlex.quote(text)}")
    assert command.words == ("echo", text)


@given(st.text(max_size=60))
def test_any_line_is_parsed_or_refused(line: str) -> None:
    try:
        parse(line)
    except ShellSyntaxError:
        return


def test_an_unknown_command_is_not_found(world: World) -> None:
    assert failed(world, "frobnicate -x") == (127, "sh: frobnicate: inaccessible or not found\n")


@pytest.mark.parametrize(
    ("line", "mutating"),
    [
        ("input tap 1 2", True),
        ("input keyevent 0", True),
        ("true; input tap 1 2; echo $?", True),
        ("am broadcast -a ADB_CLEAR_TEXT", True),
        ("am start -n a/b", True),
        ("monkey -p a 1", True),
        ("ime set x", True),
        ("ime list -s", False),
        ("settings put secure a b", True),
        ("settings get secure a", False),
        ("cmd uimode night", False),
        ("cmd uimode night yes", True),
        ("rm -f /sdcard/x", True),
        ("screencap -p", False),
        ("dumpsys window", False),
        ("uiautomator dump", False),
        ("demo-fault offline 3", False),
        ("echo 'input tap'", False),
        ("input tap 'unclosed", False),
    ],
)
def test_what_changes_the_phone_is_known_before_it_is_done(line: str, mutating: bool) -> None:
    assert shell.is_mutating(line) is mutating


def test_ascii_text_goes_into_the_field_and_other_text_is_refused_as_on_android(world: World) -> None:
    tap(world.phone, "home.contacts", "contacts.add", "contacts.edit.name")
    out(world, "input text 'Jane%sDoe'")
    assert world.phone.front.text() == "Jane Doe"
    code, text = failed(world, "input text 张三")
    assert (code, "NullPointerException" in text) == (255, True)
    assert world.phone.front.text() == "Jane Doe"


def test_only_the_adb_keyboard_takes_broadcasts(world: World) -> None:
    tap(world.phone, "home.contacts", "contacts.add", "contacts.edit.name")
    encoded = base64.b64encode("张三 🙂".encode()).decode()
    typed = f"am broadcast -a ADB_INPUT_B64 --es msg {encoded}"
    assert "result=0" in out(world, typed)
    assert world.phone.front.text() == ""
    assert "selected" in out(world, f"ime set {ADB_IME}")
    out(world, f"am broadcast -a ADB_CLEAR_TEXT; {typed}; am broadcast -a ADB_INPUT_TEXT --es msg '!'")
    assert world.phone.front.text() == "张三 🙂!"
    out(world, "am broadcast -a ADB_INPUT_B64 --es msg '***'; input keyevent DEL")
    out(world, f"ime set {STANDARD_IME}")
    assert find(world.phone, "contacts.edit.name").text == "张三 🙂"


@pytest.mark.parametrize(("adb_keyboard", "enabled"), [("installed", True), ("absent", False)])
def test_a_keyboard_that_is_not_enabled_cannot_be_chosen(adb_keyboard: str, enabled: bool) -> None:
    world = World(make_phone(adb_keyboard=adb_keyboard), Files(), Faults(), pace=0.0)
    assert "Unknown input method" in failed(world, f"ime set {ADB_IME}")[1]
    assert (shell.run(world, f"ime enable {ADB_IME}").exit == 0) is enabled
    assert (shell.run(world, f"ime set {ADB_IME}").exit == 0) is enabled


def test_apps_are_started_and_stopped(world: World) -> None:
    assert "Events injected: 1" in out(world, "monkey -p com.android.contacts -c android.intent.category.LAUNCHER 1")
    assert "com.android.contacts/" in out(world, "dumpsys window | grep mCurrentFocus")
    out(world, "am start -n com.android.settings/.Settings")
    assert "com.android.settings/.Settings" in out(world, "dumpsys window | grep mFocusedApp")
    out(world, "am force-stop com.android.settings")
    assert "launcher3" in out(world, "dumpsys window")
    assert failed(world, "am start -n com.example/.Main")[0] == 1
    assert failed(world, "am start -n com.android.settings/.Nothing")[0] == 1
    assert failed(world, "monkey -p com.example -c android.intent.category.LAUNCHER 1")[0] == 252


def test_dumps_tell_what_tools_look_for(world: World) -> None:
    assert "orientation=0" in out(world, "dumpsys display")
    assert "mHoldingDisplaySuspendBlocker=true" in out(world, "dumpsys power")
    tap(world.phone, "home.contacts", "contacts.add", "contacts.edit.name")
    assert "mInputShown=true" in out(world, "dumpsys input_method")
    out(world, "input keyevent POWER")
    assert "mWakefulness=Asleep" in out(world, "dumpsys power")
    assert failed(world, "dumpsys nothing")[0] == 1


def test_the_dump_of_nodes_is_xml_with_bounds(world: World) -> None:
    tap(world.phone, "home.contacts", "contacts.add", "contacts.edit.name")
    world.phone.type_text('<&"\x01>')
    assert "dumped to: /sdcard/window_dump.xml" in out(world, "uiautomator dump")
    root = ET.fromstring(out(world, "cat /sdcard/window_dump.xml"))
    nodes = {node.get("resource-id", "").rpartition("/")[2]: node for node in root.iter("node")}
    assert nodes["contacts.edit.name"].get("text") == '<&".>'
    assert nodes["contacts.edit.save"].get("bounds", "").startswith("[")
    assert out(world, "uiautomator dump /dev/tty").startswith("<?xml")


@pytest.mark.parametrize(
    "line",
    [
        "input tap 1",
        "input tap a b",
        "input swipe 1 2 3",
        "input keyevent NOPE",
        "input frob",
        "input",
        "input text",
        "input swipe 1 2 3 4 999999",
        "input tap nan inf",
    ],
)
def test_wrong_arguments_are_refused_with_a_code(world: World, line: str) -> None:
    assert failed(world, line)[0] == 255


def test_faults_come_as_often_as_asked_and_end(world: World) -> None:
    whole = shell.run(world, "screencap -p").pieces[0][1]
    out(world, "demo-fault half-png 1; demo-fault no-screenshot 1")
    assert failed(world, "screencap -p")[0] == 1
    half = shell.run(world, "screencap -p").pieces[0][1]
    assert half == whole[: len(half)]
    assert len(half) < len(whole)
    assert nodes_in(shell.run(world, "screencap -p").pieces[0][1])["nodes"]
    out(world, "demo-fault no-inject")
    assert "INJECT_EVENTS" in failed(world, "input keyevent 0")[1]
    out(world, "demo-fault clear; input keyevent 0")


@pytest.mark.parametrize(
    "line",
    [
        "demo-fault",
        "demo-fault frob 1",
        "demo-fault fail",
        "demo-fault fail x",
        "demo-fault fail -1",
        "demo-fault slow 9999",
        "demo-fault clear 1",
    ],
)
def test_an_unknown_fault_is_refused(world: World, line: str) -> None:
    assert "demo-fault:" in failed(world, line)[1]


def test_files_are_bounded(world: World) -> None:
    world.files.write("/sdcard/a", b"x" * (20 << 20))
    with pytest.raises(NoSpaceError):
        world.files.write("/sdcard/b", b"x" * (20 << 20))
    assert world.files.find("/sdcard/b") is None


def test_fractions_of_pixels_are_cut(world: World) -> None:
    x, y = middle(find(world.phone, "home.settings").bounds)
    out(world, f"input tap {x}.7 {y}.2")
    assert world.phone.front.name == "settings"
