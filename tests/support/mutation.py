"""A store that breaks a promise, made in a copy of the tree: what a fault test must find out, or it proves nothing."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from warm_process import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

_PACKAGES: Final = ("shared", "persistence_daemon")


@dataclass(frozen=True)
class Mutation:
    """A text of one file, and what stands in its place in the mutant: `before` and then, if it stays, the text."""

    file: str
    text: str
    before: str
    stays: bool = True

    def made(self, folder: Path) -> Path:
        """Copy the daemon's code into `folder`, change it, and return the tree."""
        tree = folder / "tree"
        for package in _PACKAGES:
            shutil.copytree(REPOSITORY / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
        path = tree / self.file
        source = path.read_text(encoding="utf-8")
        assert source.count(self.text) == 1, "the mutant must follow the code"
        path.write_text(source.replace(self.text, self.before + self.text * self.stays), encoding="utf-8")
        return tree
