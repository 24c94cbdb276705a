"""What the phone remembers, how it starts, and what of it can be seen from outside.

`starting_state` is pure: the same options give the same phone. Seed 0 is the plain one — home screen in front, no
pop-ups, everything at its top; other seeds vary what a task must cope with. Changed only by `phone` and the apps.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final

import msgspec

from demo.phone.words import LANGUAGES

STANDARD_IME: Final = "com.android.inputmethod.latin/.LatinIME"
ADB_IME: Final = "com.android.adbkeyboard/.AdbIME"
SETTINGS_ITEMS: Final = (
    "network",
    "bluetooth",
    "apps",
    "notifications",
    "sound",
    "display",
    "wallpaper",
    "storage",
    "battery",
    "security",
    "location",
    "privacy",
    "accessibility",
    "language",
    "about",
)
_PEOPLE: Final = {
    "en": ("Alice Martin", "Ben Carter", "Chloe Evans", "Daniel Moore", "Emma Wright", "Frank Lopez", "Grace Hill",
           "Henry Scott", "Isla Young", "Jack Turner", "Kate Brooks", "Liam Parker", "Mia Foster"),
    "zh": ("陈静", "李娜", "刘洋", "马超", "孙悦", "王伟", "吴磊", "徐丽", "杨帆", "赵敏", "周杰", "朱婷", "Anna Li"),
}  # fmt: skip
_ON_AT_FIRST: Final = ("network.wifi", "network.mobile", "sound.vibrate", "display.adaptive", "location.on",
                       "battery.percent", "privacy.camera", "privacy.microphone", "bluetooth.on")  # fmt: skip
_PLAIN_SEED: Final = 0


class StartOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a phone is to start. `language` None: the seed decides. `adb_keyboard`: enabled, installed or absent."""

    seed: int = _PLAIN_SEED
    language: str | None = None
    dark: bool = False
    serial: str | None = None
    adb_keyboard: str = "enabled"


@dataclass
class Contact:
    """A person in the phone's list."""

    name: str
    phone: str


@dataclass
class PhoneState:
    """Everything that outlives a screen. `popups`, `pages`, `scroll`: where apps and lists start from."""

    serial: str
    language: str
    dark_mode: bool
    contacts: list[Contact]
    installed_imes: tuple[str, ...]
    enabled_imes: list[str]
    ime: str = STANDARD_IME
    awake: bool = True
    front: str = "home"
    switches: set[str] = field(default_factory=lambda: set(_ON_AT_FIRST))
    popups: set[str] = field(default_factory=set)
    pages: dict[str, str] = field(default_factory=dict)
    scroll: dict[str, int] = field(default_factory=dict)
    home_order: list[str] = field(default_factory=lambda: ["contacts", "settings"])
    settings_order: list[str] = field(default_factory=lambda: list(SETTINGS_ITEMS))
    stored_settings: dict[str, str] = field(default_factory=dict)  # of `settings put`: "system/name" to its value


def starting_state(options: StartOptions) -> PhoneState:
    """Return the phone as it is when it is switched on."""
    chance = random.Random(options.seed)  # noqa: S311 - variety, not secrecy
    language = options.language or ("en" if options.seed == _PLAIN_SEED else chance.choice(LANGUAGES))
    installed = (STANDARD_IME,) if options.adb_keyboard == "absent" else (STANDARD_IME, ADB_IME)
    state = PhoneState(
        serial=options.serial or f"DEMO{options.seed % 10**8:08d}",
        language=language,
        dark_mode=options.dark,
        contacts=_some_contacts(chance, language),
        installed_imes=installed,
        enabled_imes=list(installed) if options.adb_keyboard == "enabled" else [STANDARD_IME],
    )
    if options.seed != _PLAIN_SEED:
        _vary(state, chance)
    return state


def _some_contacts(chance: random.Random, language: str) -> list[Contact]:
    names = chance.sample(_PEOPLE[language], chance.randint(3, len(_PEOPLE[language])))
    return [Contact(name, f"1{chance.choice('3578')}{chance.randrange(10**9):09d}") for name in names]


def _vary(state: PhoneState, chance: random.Random) -> None:
    """Make the start less tidy: pop-ups, other orders, scrolled lists, apps left on another page."""
    state.popups = {app for app in ("settings", "contacts") if chance.random() < 0.5}  # noqa: PLR2004 - even odds
    chance.shuffle(state.home_order)
    turn = chance.randrange(len(SETTINGS_ITEMS))
    state.settings_order = [*SETTINGS_ITEMS[turn:], *SETTINGS_ITEMS[:turn]]
    state.scroll = {
        "settings.list": chance.choice((0, 0, 600, 5000)),
        "contacts.list": chance.choice((0, 0, 5000)),
    }
    state.pages = {
        "settings": chance.choice(("main", "main", "network", "sound", "about")),
        "contacts": chance.choice(("main", "main", "detail", "edit")),
    }
    state.front = chance.choice(("home", "home", "settings", "contacts"))


class OutsideView(msgspec.Struct, frozen=True):
    """What a test may look at: the state file's JSON."""

    serial: str
    language: str
    dark_mode: bool
    contacts: list[dict[str, str]]
    switches: list[str]
    foreground: str
    page: str
    ime: str
    awake: bool
    popup: bool
    commands: int
    mutating_commands: int
