"""Whether every command that changed the phone has a committed intent, and none was carried out twice.

An intent allows the commands that its action needs, each so many times; what the phone saw beyond that is named. Used
by fault_checks.py after a run, and by the write-ahead test in the middle of one.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

KEYS = {"BACK": "4", "HOME": "3", "ENTER": "66", "DEL": "67"}
INPUT = re.compile(r"input (tap|keyevent) (.+)\Z")
SWIPE = re.compile(r"input swipe (\d+ \d+ \d+ \d+) \d+\Z")
LAUNCH = re.compile(r"monkey -p \S+ -c android\.intent\.category\.LAUNCHER 1\Z")
TYPED = re.compile(r"am broadcast -a ADB_INPUT_B64 --es msg '?([A-Za-z0-9+/=]+)'?\Z")
CLEARED = "am broadcast -a ADB_CLEAR_TEXT"
KEYBOARD = re.compile(r"ime (enable|set) \S+\Z")
KEYBOARD_CHANGES = 4  # enable, choose, and put the former one back, which may be tried twice


def signature(command: str) -> str:
    """Return what a command does to the phone, as `allowed` calls it; the command itself when it is none of ours."""
    if found := INPUT.match(command):
        return f"{found[1]} {found[2]}"
    if found := SWIPE.match(command):
        return f"swipe {found[1]}"
    if found := TYPED.match(command):
        return f"type {base64.b64decode(found[1]).decode()}"
    if command == CLEARED:
        return "clear"
    return "launch" if LAUNCH.match(command) else "keyboard" if KEYBOARD.match(command) else command


def allowed(action: str, params: str) -> Counter[str]:
    """Return what an intent, as it is stored, lets happen to the phone."""
    kind = str(json.loads(action).get("action", "")).lower().replace(" ", "_") if action else ""
    given: dict[str, Any] = json.loads(params) if params else {}
    granted: Counter[str] = Counter()
    if "x1" in given:
        granted[f"swipe {given['x1']} {given['y1']} {given['x2']} {given['y2']}"] = 1
    elif "x" in given:
        point = f"{given['x']} {given['y']}"
        granted[f"swipe {point} {point}" if kind == "long_press" else f"tap {point}"] = 2 if kind == "double_tap" else 1
    elif "key" in given:
        granted[f"keyevent {KEYS[given['key']]}"] = 1
    elif "app" in given:
        granted["launch"] = 1
    elif "text" in given and kind.startswith("type"):
        granted.update({f"type {given['text']}": 1, "clear": 1, "keyboard": KEYBOARD_CHANGES})
    return granted


def without_intent(commands: Iterable[str], intents: Iterable[tuple[str, str]], debt_tries: int = 0) -> Counter[str]:
    """Return what happened to the phone beyond what `intents` (action, action_params) allow, with its count.

    `debt_tries`: how often putting a former keyboard back is recorded as tried in vain.
    """
    granted: Counter[str] = Counter({"keyboard": debt_tries})
    for action, params in intents:
        granted += allowed(action, params)
    return Counter(signature(command) for command in commands) - granted
