"""Find the window's texts and compile the catalogues:  python gui/i18n/make.py [--check].

For each group below, `pyside6-lupdate` brings `<group>_<language>.ts` up to date with the code and `pyside6-lrelease`
compiles it. What is new stands in the .ts as unfinished; translate it there. `--check` writes nothing and fails when a
catalogue is stale or a text is not translated.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
GUI: Final = HERE.parent
LANGUAGES: Final = {"en": "en_US", "zh": "zh_CN"}


def sources() -> dict[str, list[Path]]:
    """Return the groups of texts: each page a group, everything else `core`."""
    groups = {
        folder.name: sorted(folder.rglob("*.py")) for folder in sorted((GUI / "pages").iterdir()) if folder.is_dir()
    }
    groups.pop("__pycache__", None)
    pages = {path for paths in groups.values() for path in paths}
    core = [path for path in sorted(GUI.rglob("*.py")) if path not in pages and path.parent != HERE]
    return {"core": core, **groups}


def update(folder: Path) -> list[Path]:
    """Bring the .ts files in `folder` up to date with the code; return them."""
    made = []
    for group, paths in sources().items():
        for language, locale in LANGUAGES.items():
            catalogue = folder / f"{group}_{language}.ts"
            plural_only = ["-pluralonly"] if language == "en" else []
            command = [tool("lupdate"), *plural_only, "-no-obsolete", "-locations", "none"]
            command += [
                "-source-language",
                "en_US",
                "-target-language",
                locale,
                *map(str, paths),
                "-ts",
                str(catalogue),
            ]
            subprocess.run(command, check=True, capture_output=True)
            made.append(catalogue)
    return made


def compile_all(catalogues: list[Path]) -> None:
    """Compile each .ts to the .qm beside it."""
    for catalogue in catalogues:
        subprocess.run(
            [tool("lrelease"), str(catalogue), "-qm", str(catalogue.with_suffix(".qm"))],
            check=True,
            capture_output=True,
        )


def unfinished(catalogue: Path) -> list[str]:
    """Return the texts of a catalogue that are not translated, or lack a plural form."""
    found = []
    for message in ET.parse(catalogue).getroot().iter("message"):  # noqa: S314 - our own file
        translation = message.find("translation")
        forms = [] if translation is None else [form.text for form in translation.iter("numerusform")]
        text = [translation.text] if translation is not None and message.get("numerus") != "yes" else forms
        if translation is None or translation.get("type") == "unfinished" or not text or not all(text):
            found.append(message.findtext("source", ""))
    return found


def tool(name: str) -> str:
    """Return the path of a Linguist tool that PySide6 brings."""
    beside = Path(sys.executable).with_name(f"pyside6-{name}")
    return str(beside) if beside.exists() else f"pyside6-{name}"


def check() -> list[str]:
    """Return what is wrong with the catalogues; nothing is written beside them."""
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for catalogue in HERE.glob("*.ts"):
            shutil.copy(catalogue, folder)
        for catalogue in update(folder):
            ours = HERE / catalogue.name
            if not ours.exists() or ours.read_text(encoding="utf-8") != catalogue.read_text(encoding="utf-8"):
                wrong.append(f"{catalogue.name} is stale: run python gui/i18n/make.py")
            wrong += [f"{catalogue.name}: not translated: {text!r}" for text in unfinished(catalogue)]
        copies = sorted(folder.glob("*.ts"))
        compile_all(copies)
        for copy in copies:
            compiled = (HERE / copy.name).with_suffix(".qm")
            if not compiled.exists() or compiled.read_bytes() != copy.with_suffix(".qm").read_bytes():
                wrong.append(f"{compiled.name} is stale: run python gui/i18n/make.py")
    return wrong


def main() -> int:
    """Do what the arguments ask for."""
    parser = argparse.ArgumentParser(description="Find the window's texts and compile the catalogues.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when something is stale")
    if parser.parse_args().check:
        wrong = check()
        print("\n".join(wrong) or "all catalogues are complete")
        return 1 if wrong else 0
    catalogues = update(HERE)
    compile_all(catalogues)
    for catalogue in catalogues:
        print(f"{catalogue.name}: {len(unfinished(catalogue))} texts to translate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
