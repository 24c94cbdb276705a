"""What is in the tree: no paths of a machine, no package hosts, no lock files, nothing too long to be read."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

TREE = Path(__file__).parents[2]
LONGEST_FUNCTION = 50
LONGEST_FILE = 350
LONGER_ON_PURPOSE = {
    "shared/messages.py",  # everything that can be said, in one file
    "tests/unit/worker/test_reply_parser.py",  # one table of replies
    "tests/integration/test_model_client.py",  # one table of what an endpoint can do wrong
}
LOCK_FILES = {
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "pylock.toml",
    "package-lock.json",
    "requirements.txt",
}

MACHINE = re.compile(
    r"""(?<![\w.}/-]) (?: /(?:work|root)/\w | /(?:home|Users)/\w+/\w | /tmp/(?:briefs|pytest-of)\b )""", re.VERBOSE
)
HOSTS = re.compile(
    r"pypi\.org|pythonhosted\.org|test\.pypi|anaconda\.org|npmjs\.(?:org|com)|proxy\.golang\.org|crates\.io|index-url|"
    r"\bdeb\.debian\.org|artifactory|\bmirrors?\.[a-z]|devpi",
    re.IGNORECASE,
)


def tracked() -> list[str]:
    """Files that git knows or would add, those that are still there."""
    if shutil.which("git") is None or not (TREE / ".git").exists():
        pytest.skip("git is missing (apt-get install git), or this tree is no checkout")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=TREE, capture_output=True, text=True, check=True).stdout.split("\0")
    return sorted({name for name in names if name and (TREE / name).is_file()})


def lines_of(name: str) -> list[str]:
    return (TREE / name).read_text(encoding="utf-8", errors="replace").splitlines()


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Each function's name and its lines, docstring included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def found_in_tree(pattern: re.Pattern[str]) -> list[str]:
    me = Path(__file__).relative_to(TREE).as_posix()
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in tracked()
        if name != me
        for number, line in enumerate(lines_of(name), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_path_of_a_machine() -> None:
    assert not found_in_tree(MACHINE)
    assert not found_in_tree(re.compile(re.escape(str(TREE)) + r"\b")), "this very checkout"


def test_no_file_names_a_package_host() -> None:
    assert not found_in_tree(HOSTS)


def test_no_lock_file_is_kept() -> None:
    assert not [name for name in tracked() if Path(name).name in LOCK_FILES]


_SLASH = "/"  # apart, so that this file holds no such path itself


@pytest.mark.parametrize(
    ("line", "pattern"),
    [
        (f"cd {_SLASH}work{_SLASH}main", MACHINE),
        (f'open("{_SLASH}root{_SLASH}x")', MACHINE),
        ("see /home/ann/notes", MACHINE),
        ("pip install --index-url https://x", HOSTS),
        ("https://files.pythonhosted.org/packages/x", HOSTS),
        ("https://PyPI.org/project/x", HOSTS),
    ],
)
def test_what_must_not_be_there_would_be_found(line: str, pattern: re.Pattern[str]) -> None:
    assert pattern.search(line)


@pytest.mark.parametrize(
    "line",
    [
        f"tests{_SLASH}work/x",
        f"$HOME{_SLASH}work/x",
        f"a{_SLASH}root/b",
        '"/home/me"',
        f"${{tree}}{_SLASH}work/x",
        "the root/",
    ],
)
def test_what_may_be_there_is_not_found(line: str) -> None:
    assert not MACHINE.search(line)


def test_no_function_is_too_long_to_be_read_at_once() -> None:
    too_long = [
        f"{name}: {function} has {length} lines"
        for name in tracked()
        if name.endswith(".py")
        for function, length in functions((TREE / name).read_text(encoding="utf-8"))
        if length > LONGEST_FUNCTION
    ]
    assert not too_long


def test_no_file_is_too_long_to_be_read_with_one_cup_of_tea() -> None:
    too_long = [
        f"{name} has {len(lines_of(name))} lines"
        for name in tracked()
        if name.endswith(".py") and name not in LONGER_ON_PURPOSE and len(lines_of(name)) > LONGEST_FILE
    ]
    assert not too_long


def test_a_function_that_is_too_long_would_be_found() -> None:
    source = "class A:\n    async def f(self):\n" + "        pass\n" * LONGEST_FUNCTION
    assert list(functions(source)) == [("f", LONGEST_FUNCTION + 1)]
