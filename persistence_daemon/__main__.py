"""The daemon's process, and its verbs.

    python -P -m persistence_daemon                   started by the supervisor: serves one home
    python -P -m persistence_daemon verify --home H   checks every invariant; one JSON line a violation; exit 1 then
    python -P -m persistence_daemon report --home H … the same and more, for people; verify_verb.py says how
    python -P -m persistence_daemon backup ACT --home H …  makes and lists backups; backup_verb.py says how
    python -P -m persistence_daemon prune --home H …  tells which tasks are old; prune_verb.py says how
    python -P -m persistence_daemon export --home H … exports runs; export/verb.py says how
    python -P -m persistence_daemon import --home H … imports an older store; importing/verb.py says how

The lock comes first: a second bind would steal the sockets silently, a second writer the log.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared.child import run_child
from shared.errors import BadInputError, ErrorCode
from shared.identity import new_incarnation
from shared.paths import Home
from shared.posix import FileLock, is_network_file_system

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.child import Child


_VERBS: Final = {
    "backup": "persistence_daemon.backup_verb",
    "export": "persistence_daemon.export.verb",
    "import": "persistence_daemon.importing.verb",
    "prune": "persistence_daemon.prune_verb",
    "report": "persistence_daemon.verify_verb",
}


def serve(child: Child) -> int:
    """Be the daemon of `child.home` until a stop is asked for."""
    import apsw  # noqa: PLC0415 - the verb needs none of it

    from persistence_daemon.audit import forbid_plain_opens  # noqa: PLC0415
    from persistence_daemon.batch import as_store_error  # noqa: PLC0415
    from persistence_daemon.liveness import is_alive  # noqa: PLC0415
    from persistence_daemon.rebuild import Beginning  # noqa: PLC0415
    from persistence_daemon.reserve import Reserve  # noqa: PLC0415
    from persistence_daemon.server import Server  # noqa: PLC0415
    from persistence_daemon.start import hold_queue, open_store  # noqa: PLC0415
    from persistence_daemon.times import now_text  # noqa: PLC0415
    from persistence_daemon.transaction import Policy  # noqa: PLC0415
    from persistence_daemon.troubles import Trouble, trouble_of  # noqa: PLC0415

    config, home = child.config, child.home
    home.prepare()
    if is_network_file_system(home.root):
        raise BadInputError(ErrorCode.BAD_HOME, f"{home.root} lies on a network file system, where locks do not hold")
    lock = FileLock.take(home.lock("daemon"))
    resume = config.settings.resume_queue or config.options.get("resume_queue") == "1"
    policy = Policy(daemon=child.identity, resume_queue=resume, is_alive=lambda worker: is_alive(home, worker))
    begin = Beginning(now_text(), new_incarnation(), str(child.identity), config.demo, config.start_id)
    try:
        opened = open_store(home, policy, begin)
        forbid_plain_opens()
        hold_queue(opened.store, config.start_id, now_text(), resume=resume)
    except (apsw.Error, OSError) as error:
        trouble = trouble_of(error)
        if trouble is Trouble.FULL:
            Reserve(home.root).release()  # the next start has its space
        if trouble in (Trouble.FULL, Trouble.BUSY):  # said in a sentence; anything else with its traceback
            raise as_store_error(error, trouble) from error
        raise
    Server(child, opened).run()
    lock.release()
    return 0


def main(arguments: list[str]) -> int:
    """Run the verb that `arguments` name, or the daemon when they name none."""
    if not arguments:
        return run_child(serve)
    verb = _VERBS.get(arguments[0])
    if verb is not None:  # each brings libraries that the daemon itself needs none of
        run_verb: Callable[[list[str]], int] = importlib.import_module(verb).run_verb
        return run_verb(arguments[1:])
    parser = argparse.ArgumentParser(prog="persistence_daemon")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verify = verbs.add_parser("verify", help="check every invariant of a home's store")
    verify.add_argument("--home", required=True, type=Path)
    return _verify(Home(parser.parse_args(arguments).home))


def _verify(home: Home) -> int:
    from persistence_daemon.check import check_store  # noqa: PLC0415 - the daemon itself does not need it

    violations = check_store(home)
    for violation in violations:
        print(json.dumps({"violation": violation}, ensure_ascii=False))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
