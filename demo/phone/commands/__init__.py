"""The shell's commands: their table, and which of them change the phone.

`changes_phone` is what the command log calls mutating: a test holds each such command against a committed intent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from demo.phone.commands import dumps, packages, plain, system, touch

if TYPE_CHECKING:
    from demo.phone.commands.base import CommandFunction

TABLE: Final[dict[str, CommandFunction]] = {
    "am": packages.activity_manager,
    "cat": plain.cat,
    "cmd": system.cmd,
    "demo-fault": system.demo_fault,
    "dumpsys": dumps.dumpsys,
    "echo": plain.echo,
    "false": plain.false,
    "getprop": system.getprop,
    "grep": plain.grep,
    "head": plain.head,
    "id": plain.user_id,
    "ime": system.ime,
    "input": touch.input_command,
    "ls": plain.list_files,
    "monkey": packages.monkey,
    "pm": packages.package_command,
    "reboot": system.reboot,
    "rm": plain.remove,
    "screencap": touch.screencap,
    "settings": system.settings_command,
    "sleep": plain.sleep,
    "true": plain.true,
    "uiautomator": dumps.uiautomator,
    "which": plain.which,
    "wm": system.window_manager,
}
_ALWAYS: Final = frozenset({"input", "monkey", "rm"})
_BY_VERB: Final[dict[str, frozenset[str]]] = {
    "am": frozenset({"start", "start-activity", "broadcast", "force-stop"}),
    "ime": frozenset({"set", "enable", "disable", "reset"}),
    "settings": frozenset({"put", "delete"}),
    "pm": frozenset({"clear"}),
}


def changes_phone(words: tuple[str, ...]) -> bool:
    """Tell whether a command changes something on the phone (screen, settings, files)."""
    name, verb = (*words, "", "")[:2]
    if name == "cmd":
        return words[1:3] == ("package", "clear") or (words[1:3] == ("uimode", "night") and len(words) > 3)  # noqa: PLR2004 - a mode is given
    return name in _ALWAYS or verb in _BY_VERB.get(name, frozenset())
