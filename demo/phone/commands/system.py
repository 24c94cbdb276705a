"""What the phone says of itself, and its settings: `getprop`, `wm`, `settings`, `ime`, `cmd`, `demo-fault`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from demo.phone.apps.settings import ANDROID_VERSION, MODEL
from demo.phone.commands.base import FAILED, JAVA_FAILED, Result, World, refused, said
from demo.phone.commands.packages import package_command
from demo.phone.faults import UnknownFaultError
from demo.phone.scene import DENSITY, HEIGHT, WIDTH

if TYPE_CHECKING:
    from demo.phone.state import PhoneState

SDK: Final = "34"
_SYSTEMS: Final = ("secure", "system", "global")
_USER: Final = "for user #0"


def properties(state: PhoneState) -> dict[str, str]:
    """Return the phone's properties, as `getprop` lists them."""
    locale = {"en": "en-GB", "zh": "zh-CN"}[state.language]
    return {
        "persist.sys.locale": locale,
        "ro.build.characteristics": "default",
        "ro.build.version.release": ANDROID_VERSION,
        "ro.build.version.sdk": SDK,
        "ro.product.brand": "Stepwell",
        "ro.product.cpu.abi": "arm64-v8a",
        "ro.product.device": "stepwell_demo",
        "ro.product.locale": locale,
        "ro.product.manufacturer": "Stepwell",
        "ro.product.model": MODEL,
        "ro.product.name": "stepwell_demo",
        "ro.serialno": state.serial,
        "ro.sf.lcd_density": str(DENSITY),
        "stepwell.demo": "1",
        "sys.boot_completed": "1",
    }


def getprop(world: World, words: list[str], _stdin: bytes) -> Result:
    """`getprop [KEY [DEFAULT]]`."""
    with world.phone.lock:
        known = properties(world.phone.state)
    if not words:
        return said("\n".join(f"[{key}]: [{value}]" for key, value in known.items()))
    return Result(out=(known.get(words[0], words[1] if len(words) > 1 else "") + "\n").encode())


def window_manager(_world: World, words: list[str], _stdin: bytes) -> Result:
    """`wm size|density`; the demo's screen cannot be changed."""
    answers = {"size": f"Physical size: {WIDTH}x{HEIGHT}", "density": f"Physical density: {DENSITY}"}
    if not words or words[0] not in answers:
        return refused(f"Unknown command: {' '.join(words)}", JAVA_FAILED)
    if words[1:] not in ([], ["reset"]):
        return refused("wm: the simulated screen has one size and density", FAILED)
    return Result() if words[1:] else said(answers[words[0]])


def settings_command(world: World, words: list[str], _stdin: bytes) -> Result:
    """Answer `settings get|put|delete|list secure|system|global [NAME [VALUE]]`."""
    words = _without_user(words)
    if len(words) < 2 or words[1] not in _SYSTEMS:  # noqa: PLR2004 - a verb and a table
        return refused("Invalid command: settings get|put|delete|list secure|system|global …", JAVA_FAILED)
    verb, table, rest = words[0], words[1], words[2:]
    with world.phone.lock:
        state = world.phone.state
        values = _derived(state) | state.stored_settings
        if verb == "list":
            mine = {key: value for key, value in values.items() if key.startswith(f"{table}/")}
            return said("\n".join(f"{key.partition('/')[2]}={value}" for key, value in sorted(mine.items())))
        if verb == "get" and len(rest) == 1:
            return said(values.get(f"{table}/{rest[0]}", "null"))
        if verb == "put" and len(rest) >= 2:  # noqa: PLR2004 - a name and a value
            return _put(state, f"{table}/{rest[0]}", rest[1])
        if verb == "delete" and len(rest) == 1:
            gone = state.stored_settings.pop(f"{table}/{rest[0]}", None) is not None
            return said(f"Deleted {int(gone)} rows")
    return refused(f"Bad arguments: settings {' '.join(words)}", JAVA_FAILED)


def ime(world: World, words: list[str], _stdin: bytes) -> Result:
    """`ime list [-a] [-s] | set ID | enable ID | disable ID | reset`."""
    with world.phone.lock:
        state = world.phone.state
        words = _without_user(words)
        if words[:1] == ["list"]:
            shown = list(state.installed_imes) if "-a" in words else state.enabled_imes
            return said("\n".join(name if "-s" in words else f"{name}:\n  mId={name}" for name in shown))
        if words == ["reset"]:
            state.ime = state.installed_imes[0]
            return said(f"Reset current and enabled IMEs {_USER}")
        if len(words) == 2 and words[0] in {"set", "enable", "disable"}:  # noqa: PLR2004 - a verb and an id
            return _change_ime(state, words[0], words[1])
    return refused(f"Unknown command: ime {' '.join(words)}", JAVA_FAILED)


def cmd(world: World, words: list[str], stdin: bytes) -> Result:
    """`cmd SERVICE …`: package, input, uimode, statusbar."""
    if words[:1] == ["package"]:
        return package_command(world, words[1:], stdin)
    if words[:2] == ["uimode", "night"]:
        return _night(world, words[2:])
    return refused(f"cmd: Can't find service: {words[0] if words else ''}", 20)


def demo_fault(world: World, words: list[str], _stdin: bytes) -> Result:
    """`demo-fault NAME [NUMBER]`: the demo's own; see `faults`."""
    try:
        seconds = world.faults.arm(words)
    except UnknownFaultError as error:
        return refused(str(error))
    if seconds is not None:
        world.away_after = seconds
    return Result()


def reboot(_world: World, _words: list[str], _stdin: bytes) -> Result:
    """`reboot`: refused."""
    return refused("reboot: the simulated phone does not restart; stop and start the demo instead")


def _without_user(words: list[str]) -> list[str]:
    if "--user" not in words:
        return words
    at = words.index("--user")
    return words[:at] + words[at + 2 :]


def _derived(state: PhoneState) -> dict[str, str]:
    """Return the settings that are really something of the phone's state."""
    return {
        "secure/default_input_method": state.ime,
        "secure/enabled_input_methods": ":".join(state.enabled_imes),
        "secure/ui_night_mode": "2" if state.dark_mode else "1",
        "secure/android_id": f"{sum(state.serial.encode()):016x}",
        "system/screen_brightness": "128",
        "system/screen_brightness_mode": "1",
        "system/screen_off_timeout": "600000",
        "global/airplane_mode_on": str(int("network.airplane" in state.switches)),
        "global/adb_enabled": "1",
        "global/device_name": MODEL,
    }


def _put(state: PhoneState, key: str, value: str) -> Result:
    if key == "secure/default_input_method":
        if value in state.enabled_imes:
            state.ime = value
    elif key == "secure/enabled_input_methods":
        wanted = value.split(":")
        state.enabled_imes = [name for name in state.installed_imes if name in wanted]
    else:
        state.stored_settings[key] = value
    return Result()


def _change_ime(state: PhoneState, verb: str, name: str) -> Result:
    known = state.enabled_imes if verb == "set" else state.installed_imes
    if name not in known:
        word = {"set": "selected", "enable": "enabled", "disable": "disabled"}[verb]
        return refused(f"Unknown input method {name} cannot be {word} {_USER}", JAVA_FAILED)
    if verb == "set":
        state.ime = name
        return said(f"Input method {name} selected {_USER}")
    if verb == "enable":
        former = name in state.enabled_imes
        state.enabled_imes = [ime for ime in state.installed_imes if ime in {*state.enabled_imes, name}]
        return said(f"Input method {name}: {'already' if former else 'now'} enabled {_USER}")
    state.enabled_imes = [ime for ime in state.enabled_imes if ime != name]
    if state.ime == name:
        state.ime = state.installed_imes[0]
    return said(f"Input method {name}: now disabled {_USER}")


def _night(world: World, words: list[str]) -> Result:
    with world.phone.lock:
        if words and words[0] in {"yes", "no"}:
            world.phone.state.dark_mode = words[0] == "yes"
        elif words:
            return refused(f"Invalid mode: {words[0]}", JAVA_FAILED)
        return said(f"Night mode: {'yes' if world.phone.state.dark_mode else 'no'}")
