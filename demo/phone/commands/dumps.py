"""`dumpsys` and `uiautomator`: what tools read to learn what is in front. As brief as those readers allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from demo.phone.commands.base import FAILED, JAVA_FAILED, Result, World, refused, said
from demo.phone.commands.packages import component
from demo.phone.scene import DENSITY, HEIGHT, SCREEN, WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.phone.phone import Phone
    from demo.phone.scene import Node, Scene

_DUMP_FILE: Final = "/sdcard/window_dump.xml"
_FIRST_XML_CHAR: Final = 0x20


def dumpsys(world: World, words: list[str], _stdin: bytes) -> Result:
    """`dumpsys SERVICE`."""
    if words[:1] == ["-l"]:
        return said("Currently running services:\n" + "\n".join(f"  {name}" for name in sorted(_SERVICES)))
    service = _SERVICES.get(words[0]) if words else None
    if service is None:
        return refused(f"Can't find service: {words[0] if words else ''}")
    with world.phone.lock:
        return said(service(world.phone))


def uiautomator(world: World, words: list[str], _stdin: bytes) -> Result:
    """`uiautomator dump [--compressed] [FILE]`: the nodes as XML."""
    if words[:1] != ["dump"]:
        return refused("Usage: uiautomator dump [file]", JAVA_FAILED)
    with world.phone.lock:
        if not world.phone.state.awake:
            return refused("ERROR: could not get idle state.", FAILED)
        xml = hierarchy(world.phone.scene())
    files = [word for word in words[1:] if not word.startswith("--")]
    target = files[0] if files else _DUMP_FILE
    if target == "/dev/tty":
        return Result(out=xml + f"UI hierchary dumped to: {target}\n".encode())
    world.files.write(target, xml)
    return said(f"UI hierchary dumped to: {target}")  # Android's own spelling


def hierarchy(scene: Scene) -> bytes:
    """Return the nodes of a scene in the form of Android's dump: a root frame, and each node below it."""
    root = ET.Element("hierarchy", rotation="0")
    frame = ET.SubElement(root, "node", _attributes(scene, None, 0))
    for number, node in enumerate(scene.nodes):
        ET.SubElement(frame, "node", _attributes(scene, node, number))
    text: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return text


def _attributes(scene: Scene, node: Node | None, index: int) -> dict[str, str]:
    left, top, right, bottom = SCREEN if node is None else node.bounds
    flags = {
        "checkable": node is not None and node.checked is not None,
        "checked": node is not None and node.checked is True,
        "clickable": node is not None and node.clickable,
        "enabled": True,
        "focusable": node is not None and (node.clickable or node.editable),
        "focused": node is not None and node.focused,
        "scrollable": node is not None and node.scrollable,
        "long-clickable": node is not None and node.clickable,
        "password": False,
        "selected": False,
    }
    return {
        "index": str(index),
        "text": _clean(node.text) if node else "",
        "resource-id": f"{scene.package}:id/{node.id}" if node else "android:id/content",
        "class": node.kind if node else "android.widget.FrameLayout",
        "package": scene.package,
        "content-desc": _clean(node.desc) if node else "",
        **{name: str(value).lower() for name, value in flags.items()},
        "bounds": f"[{left},{top}][{right},{bottom}]",
    }


def _clean(text: str) -> str:
    """Replace what XML cannot hold."""
    return "".join(char if char >= chr(_FIRST_XML_CHAR) and char.isprintable() else "." for char in text)


def _window(phone: Phone) -> str:
    front = phone.front
    full = f"{front.package}/{front.package}{front.activity}"
    focus = f"Window{{5a3c1f0 u0 {full}}}" if phone.state.awake else "Window{5a3c1f0 u0 NotificationShade}"
    return "\n".join(
        (
            "WINDOW MANAGER DISPLAY CONTENTS (dumpsys window displays)",
            f"  Display: mDisplayId=0\n    init={WIDTH}x{HEIGHT} {DENSITY}dpi cur={WIDTH}x{HEIGHT}",
            f"  mCurrentFocus={focus}",
            f"  mFocusedApp=ActivityRecord{{1d7e0b3 u0 {component(front)} t{12 + list(phone.apps).index(front.name)}}}",
            f"  mAwake={str(phone.state.awake).lower()}",
            "  mShowingLockscreen=false mDreamingLockscreen=false isStatusBarKeyguard=false",
        )
    )


def _display(_phone: Phone) -> str:
    view = "DisplayViewport{type=INTERNAL, valid=true, displayId=0, orientation=0, "
    view += f"logicalFrame=Rect(0, 0 - {WIDTH}, {HEIGHT}), deviceWidth={WIDTH}, deviceHeight={HEIGHT}}}"
    return f"DISPLAY MANAGER (dumpsys display)\n  mViewports=[{view}]\n  mCurrentOrientation=0, orientation=0"


def _power(phone: Phone) -> str:
    awake = phone.state.awake
    return "\n".join(
        (
            "POWER MANAGER (dumpsys power)",
            f"  mWakefulness={'Awake' if awake else 'Asleep'}",
            f"  mHoldingDisplaySuspendBlocker={str(awake).lower()}",
            f"Display Power: state={'ON' if awake else 'OFF'}",
        )
    )


def _input_method(phone: Phone) -> str:
    shown = str(phone.keyboard_shown).lower()
    return f"Current Input Method Manager state:\n  mCurMethodId={phone.state.ime}\n  mInputShown={shown}"


def _activity(phone: Phone) -> str:
    front = phone.front
    record = f"ActivityRecord{{1d7e0b3 u0 {component(front)} t12}}"
    task = f"ACTIVITY {component(front)} 1d7e0b3 pid=4242"
    return f"ACTIVITY MANAGER ACTIVITIES\n  topResumedActivity={record}\n  mResumedActivity: {record}\n  {task}"


def _battery(_phone: Phone) -> str:
    return "Current Battery Service state:\n  AC powered: false\n  USB powered: true\n  level: 87\n  scale: 100"


_SERVICES: Final[dict[str, Callable[[Phone], str]]] = {
    "activity": _activity,
    "battery": _battery,
    "display": _display,
    "input_method": _input_method,
    "power": _power,
    "window": _window,
}
