"""`stepwell verify`: is the record whole? Database, event log, pictures and backups, for themselves and against others.

The work is the daemon's verb `report` (persistence_daemon/verify_verb.py), beside a running Stepwell or with none.
"""

from __future__ import annotations

from typing import Annotated

import typer

from supervisor.cli.output import HomeOption, JsonOption, console, end, home_of, print_json
from supervisor.cli.verb import Bar, Line, facts, run_verb


def verify(
    deep: Annotated[
        bool, typer.Option("--deep", help="Read everything: each picture's digest, every page of store and backups.")
    ] = False,
    remove_orphans: Annotated[
        bool, typer.Option("--remove-orphans", help="Remove what belongs to nothing; only with nothing running.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the store, its event log, pictures and backups against each other. Example:  stepwell verify --deep"""
    arguments = ["report", "--home", str(home_of(home).root)]
    flags = {"--deep": deep, "--remove-orphans": remove_orphans}
    arguments += [name for name, wanted in flags.items() if wanted]
    findings: list[Line] = []
    orphans: list[Line] = []
    bar = Bar(wanted=not as_json)
    tell = {
        "progress": bar.progress,
        "finding": lambda line: findings.append(facts(line)),
        "orphan": lambda line: orphans.append(facts(line)),
    }
    result = run_verb(arguments, tell, bar.close)
    if as_json:
        print_json({"ok": not findings, "deep": deep, "findings": findings, "orphans": orphans})
    else:
        _tell(findings, orphans, deep=result["deep"])
    end(1 if findings else 0)


def _tell(findings: list[Line], orphans: list[Line], *, deep: bool) -> None:
    out = console()
    for finding in findings:
        out.print(f"✕ {finding['area']}: {finding['sentence']}", markup=False)
    for orphan in orphans:
        what = "removed" if orphan["removed"] else "belongs to nothing"
        out.print(f"- {orphan['path']}  ({what}, {orphan['bytes'] / 1e6:.1f} MB)", markup=False)
    if any(not orphan["removed"] for orphan in orphans):
        out.print("what belongs to nothing goes by `stepwell verify --remove-orphans`, with nothing running")
    if findings:
        out.print(f"{len(findings)} things are wrong", markup=False)
    elif deep:
        out.print("✓ all is well: every page, line, picture and backup was read")
    else:
        out.print("✓ all is well; --deep also reads every picture and backup")
