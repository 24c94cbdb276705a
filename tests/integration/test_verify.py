"""`stepwell verify` by the real command: beside a running Stepwell, with nothing running, and with damage."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stepwell_harness import Stepwell

TASK = "Open Settings and turn on dark mode"


def test_verify_tells_what_is_wrong_and_removes_orphans_only_when_nothing_runs(stepwell: Stepwell) -> None:
    stepwell.up("--fast")
    session_id = stepwell.submit(TASK)
    stepwell.wait_state(session_id, "SUCCESS")
    stray = stepwell.home / "screenshots" / session_id / "99-0000000000000000.png"
    stray.write_bytes(b"stray")
    os.utime(stray, (1, 1))
    beside = stepwell.run("verify", "--json")
    assert beside.code == 0, beside.err
    assert beside.lines[-1]["findings"] == []
    assert [orphan["path"] for orphan in beside.lines[-1]["orphans"]] == [str(stray.relative_to(stepwell.home))]
    refused = stepwell.run("verify", "--remove-orphans", "--json")
    assert refused.code == 2
    assert "HOME_IN_USE" in refused.err
    assert stray.exists()
    stepwell.down()
    removed = stepwell.run("verify", "--deep", "--remove-orphans")
    assert removed.code == 0, removed.err
    assert "all is well" in removed.out
    assert not stray.exists()
    next((stepwell.home / "screenshots" / session_id).glob("1-*.png")).write_bytes(b"another picture")
    damaged = stepwell.run("verify", "--deep", "--json")
    assert damaged.code == 1
    (finding,) = damaged.lines[-1]["findings"]
    assert finding["area"] == "pictures"
