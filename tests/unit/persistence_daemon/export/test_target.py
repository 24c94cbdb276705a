"""An export is at its target whole or not at all, and replaces nothing but an earlier export."""

from __future__ import annotations

import stat
import zipfile
from typing import TYPE_CHECKING

import pytest

from persistence_daemon.export.target import REPORT, SCREENSHOTS, STEPS, TASK, Bundle, check_target
from shared.errors import BadInputError

if TYPE_CHECKING:
    from pathlib import Path


def write(target: Path, word: str = "one", *, overwrite: bool = False) -> None:
    with Bundle(target) as bundle:
        for name in (REPORT, STEPS, TASK):
            bundle.open_text(name).write(word)
        bundle.add_picture("1.png", b"picture")
        bundle.commit(overwrite=overwrite)


def beside(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if path.name != "home")


def report_in(target: Path) -> str:
    if target.is_dir():
        return (target / REPORT).read_text()
    with zipfile.ZipFile(target) as archive:
        return archive.read(f"out/{REPORT}").decode()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_a_folder_is_there_whole_and_private(tmp_path: Path) -> None:
    write(tmp_path / "out")
    assert beside(tmp_path / "out") == ["out"]
    assert (tmp_path / "out" / SCREENSHOTS / "1.png").read_bytes() == b"picture"
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "out" / REPORT).stat().st_mode) == 0o600


def test_a_zip_holds_the_same_in_a_folder_of_its_name(tmp_path: Path) -> None:
    write(tmp_path / "out.zip")
    assert beside(tmp_path / "out.zip") == ["out.zip"]
    assert stat.S_IMODE((tmp_path / "out.zip").stat().st_mode) == 0o600
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {f"out/{name}" for name in (REPORT, STEPS, TASK, f"{SCREENSHOTS}/1.png")}


@pytest.mark.parametrize("name", ["out", "out.zip"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_whatever_ends_it_leaves_nothing_behind(tmp_path: Path, name: str, error: BaseException) -> None:
    def begin_and_fail() -> None:
        with Bundle(tmp_path / name) as bundle:
            bundle.open_text(REPORT).write("half")
            bundle.add_picture("1.png", b"picture")
            raise error

    with pytest.raises(type(error)):
        begin_and_fail()
    assert beside(tmp_path / name) == []


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_earlier_export_is_replaced_only_when_asked(tmp_path: Path, home: Path, name: str) -> None:
    target = tmp_path / name
    write(target)
    with pytest.raises(BadInputError, match="is there already"):
        check_target(target, home, overwrite=False)
    check_target(target, home, overwrite=True)
    with pytest.raises(BadInputError, match="meanwhile"):
        write(target, "two")
    write(target, "two", overwrite=True)
    assert beside(target) == [name]
    assert report_in(target) == "two"


def test_nothing_but_an_export_is_ever_overwritten(tmp_path: Path, home: Path) -> None:
    write(tmp_path / "export")
    (tmp_path / "export" / "my notes.txt").write_text("mine")
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "letter.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "other.zip").write_bytes(b"mine")
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("a.jpg", b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "documents")
    for name in ("export", "documents", "file", "other.zip", "photos.zip", "link"):
        with pytest.raises(BadInputError, match="not an export"):
            check_target(tmp_path / name, home, overwrite=True)


def test_a_place_that_cannot_be_used_is_refused(tmp_path: Path, home: Path) -> None:
    with pytest.raises(BadInputError, match="no folder"):
        check_target(tmp_path / "missing" / "out", home, overwrite=False)
    with pytest.raises(BadInputError, match="own folder"):
        check_target(home / "out", home, overwrite=False)
    (tmp_path / "way-in").symlink_to(home)
    with pytest.raises(BadInputError, match="own folder"):
        check_target(tmp_path / "way-in" / "out", home, overwrite=False)
