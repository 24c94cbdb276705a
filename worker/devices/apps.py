"""From what an app is called to its package: a table of names (apps.toml), or the packages that are installed. Pure."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

_PACKAGE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)+\Z")
_SHOWN: Final = 5


class NoSuchApp(LookupError):  # noqa: N818 - a fact
    """No installed package fits the name; the sentence says what would."""


def package_of(app: str, installed: Collection[str]) -> str:
    """Return the installed package that `app` (a display name or a package) means; raises NoSuchApp."""
    name = app.strip()
    if name in installed:
        return name
    for package in _known().get(_folded(name), ()):
        if package in installed:
            return package
    found = _by_part_of_name(name, installed)
    if len(found) == 1:
        return found[0]
    if found:
        raise NoSuchApp(f"{app!r} fits several installed packages: {', '.join(found[:_SHOWN])}; name one of them")
    if _PACKAGE.match(name):
        raise NoSuchApp(f"the package {name} is not installed")
    if packages := _known().get(_folded(name)):
        raise NoSuchApp(f"{app!r} is not installed (looked for {', '.join(packages)})")
    raise NoSuchApp(f"no app called {app!r} is known, and no installed package has that name")


def _by_part_of_name(name: str, installed: Collection[str]) -> list[str]:
    """Return the installed packages of which a part is `name`; of several, those that end with it."""
    wanted = _folded(name)
    if not wanted or not wanted.isascii():
        return []
    fitting = sorted(package for package in installed if wanted in package.lower().split("."))
    ending = [package for package in fitting if package.lower().endswith("." + wanted)]
    return ending if len(ending) == 1 else fitting


@cache
def _known() -> dict[str, tuple[str, ...]]:
    """Return apps.toml turned around: folded display name to packages, the likeliest first."""
    table: dict[str, list[str]] = {}
    text = files("worker.devices").joinpath("apps.toml").read_text(encoding="utf-8")
    for package, names in tomllib.loads(text)["apps"].items():
        for name in names:
            table.setdefault(_folded(name), []).append(package)
    return {name: tuple(packages) for name, packages in table.items()}


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()
