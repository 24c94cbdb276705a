#!/usr/bin/env python3
"""Opens an app and looks what is in front.  stepwell run Settings --command "python3 agent.py"."""

import json
import sys


def say(kind: str, **fields: object) -> dict:
    """Write one request and return its answer; the first answer of all is the task."""
    print(json.dumps({"type": kind, **fields}), flush=True)
    return hear()


def hear() -> dict:
    """Return the next line of Stepwell; end when it says stop, or nothing any more."""
    line = json.loads(sys.stdin.readline() or '{"type": "stop"}')
    if line["type"] == "stop":
        sys.exit(0)
    return line


task = hear()
screen = say("screenshot")
print("the picture is in", screen.get("path", screen), file=sys.stderr)  # stderr goes to Stepwell's log
say("act", thinking="begin at home", action={"action": "key", "key": "HOME"})
opened = say("act", thinking=f"open {task['task']}", action={"action": "launch", "app": task["task"]})
if opened["outcome"] != "done":
    say("fail", message=opened["message"])
app = say("current_app").get("app", "")
say("note", text=f"in front: {app}")
say("finish", message=f"{task['task']} is open ({app})")
