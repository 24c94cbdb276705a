"""Apps from outside: `am`, `pm`, `monkey`, `cmd package`. The ADB Keyboard's broadcasts arrive here too."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from demo.phone.commands.base import FAILED, JAVA_FAILED, Result, World, refused, said
from demo.phone.state import ADB_IME, STANDARD_IME

if TYPE_CHECKING:
    from demo.phone.apps.base import App

_THIRD_PARTY: Final = ADB_IME.partition("/")[0]
_OTHER_PACKAGES: Final = ("android", "com.android.systemui", STANDARD_IME.partition("/")[0])
_NOTHING_TO_RUN: Final = 252  # monkey's -4
_NO_ACTIVITY: Final = "** No activities found to run, monkey aborted."
_INTENTS: Final = {"android.settings.SETTINGS": "settings", "android.intent.action.MAIN": "home"}


def activity_manager(world: World, words: list[str], _stdin: bytes) -> Result:
    """`am start|broadcast|force-stop …`."""
    verb, rest = (words[0], words[1:]) if words else ("", [])
    if verb in {"start", "start-activity"}:
        return _start(world, rest)
    if verb == "broadcast":
        return _broadcast(world, rest)
    if verb in {"force-stop", "kill"} and rest:
        with world.phone.lock:
            if verb == "force-stop":
                world.phone.force_stop(rest[-1])
        return Result()
    return refused(f"Unknown command: {verb}", JAVA_FAILED)


def monkey(world: World, words: list[str], _stdin: bytes) -> Result:
    """`monkey -p PACKAGE -c android.intent.category.LAUNCHER 1`: brings an app to the front."""
    package = _option(words, "-p")
    if package is None:
        return refused("** Error: the demo's monkey wants -p PACKAGE")
    with world.phone.lock:
        started = package != _THIRD_PARTY and world.phone.launch(package)
    return said("Events injected: 1") if started else refused(_NO_ACTIVITY, _NOTHING_TO_RUN)


def package_command(world: World, words: list[str], _stdin: bytes) -> Result:
    """`pm list packages [-3|-s] [FILTER]`, `pm path P`, `resolve-activity --brief P`, `pm clear P`."""
    if words[:2] == ["list", "packages"]:
        return _list(world, words[2:])
    verb, package = (words[0], words[-1]) if len(words) > 1 else ("", "")
    if verb == "path":
        known = package in _packages(world)
        return said(f"package:/system/app/{package}/base.apk") if known else Result(exit=FAILED)
    if verb == "resolve-activity":
        return _resolve(world, package, brief="--brief" in words)
    if verb == "clear" and package in _packages(world):
        with world.phone.lock:
            world.phone.force_stop(package)
        return said("Success")
    return refused(f"Unknown command or package: pm {' '.join(words)}", JAVA_FAILED)


def component(app: App) -> str:
    """Return `package/activity`, the activity short where it can be."""
    return f"{app.package}/{app.activity}"


def _start(world: World, words: list[str]) -> Result:
    name, action = _option(words, "-n"), _option(words, "-a")
    package = name.partition("/")[0] if name else _option(words, "-p")
    with world.phone.lock:
        app = world.phone.app_of(package or "") or world.phone.apps.get(_INTENTS.get(action or "", ""))
        if name and app is not None and not _names(app, name.partition("/")[2]):
            app = None
        if app is None:
            return _cannot_start(name, action)
        world.phone.launch(app.package)
        return said(f"Starting: Intent {{ cmp={component(app)} }}")


def _names(app: App, activity: str) -> bool:
    return activity in {app.activity, app.package + app.activity}


def _cannot_start(name: str | None, action: str | None) -> Result:
    out = f"Starting: Intent {{ cmp={name} }}\n" if name else f"Starting: Intent {{ act={action} }}\n"
    what = f"Activity class {{{name}}} does not exist." if name else "Activity not started, unable to resolve Intent"
    return Result(out=out.encode(), err=f"Error type 3\nError: {what}\n".encode(), exit=FAILED)


def _broadcast(world: World, words: list[str]) -> Result:
    action = _option(words, "-a") or ""
    with world.phone.lock:
        if world.phone.state.ime == ADB_IME:
            _to_adb_keyboard(world, action, words)
    return said(f"Broadcasting: Intent {{ act={action} flg=0x400000 (has extras) }}\nBroadcast completed: result=0")


def _to_adb_keyboard(world: World, action: str, words: list[str]) -> None:
    """Do what the ADB Keyboard does; what it cannot read it ignores, as the real one does."""
    message = _extra(words, "msg")
    if action == "ADB_CLEAR_TEXT":
        world.phone.clear_text()
    elif action == "ADB_INPUT_TEXT" and message is not None:
        world.phone.type_text(message)
    elif action == "ADB_INPUT_B64" and message is not None:
        try:
            world.phone.type_text(base64.b64decode(message).decode("utf-8"))
        except (binascii.Error, UnicodeDecodeError):
            return
    elif action == "ADB_INPUT_CODE":
        code = _option(words, "code") or ""
        if code.isdigit():
            world.phone.press_key(int(code))


def _list(world: World, words: list[str]) -> Result:
    packages = _packages(world)
    if "-3" in words:
        packages = [name for name in packages if name == _THIRD_PARTY]
    if "-s" in words:
        packages = [name for name in packages if name != _THIRD_PARTY]
    wanted = [word for word in words if not word.startswith("-")]
    return said("\n".join(f"package:{name}" for name in packages if all(word in name for word in wanted)))


def _packages(world: World) -> list[str]:
    with world.phone.lock:
        apps = [app.package for app in world.phone.apps.values()]
        keyboards = {name.partition("/")[0] for name in world.phone.state.installed_imes}
    return sorted({*apps, *keyboards, *_OTHER_PACKAGES})


def _resolve(world: World, package: str, *, brief: bool) -> Result:
    with world.phone.lock:
        app = world.phone.app_of(package)
    if app is None:
        return said("No activity found")
    first = "priority=0 preferredOrder=0 match=0x108000 specificIndex=-1 isDefault=true"
    return said(f"{first}\n{component(app)}" if brief else f"{first}\n  ActivityInfo:\n    name={component(app)}")


def _option(words: list[str], name: str) -> str | None:
    """Return the word after an option, or None."""
    at = words.index(name) + 1 if name in words else len(words)
    return words[at] if at < len(words) else None


def _extra(words: list[str], name: str) -> str | None:
    """Return the text of `--es NAME TEXT`, or None."""
    for at in range(len(words) - 2):
        if words[at] in {"--es", "-e"} and words[at + 1] == name:
            return words[at + 2]
    return None
