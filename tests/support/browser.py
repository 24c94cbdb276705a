"""A real Chromium without a window, driven over pipes: it opens a file, its keys are pressed, its console is read.

Speaks the DevTools protocol on descriptors 3 and 4 (`--remote-debugging-pipe`, messages end with a NUL byte): no port,
no driver, no library. A missing Chromium is a failure that names what to install.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any, Self

from stepwell_harness import wait_for

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_PATIENCE_S = 60.0
_KEYS = {
    "j": {"key": "j", "code": "KeyJ", "text": "j"},
    "k": {"key": "k", "code": "KeyK", "text": "k"},
    "Tab": {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
    "Enter": {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
    "ArrowRight": {"key": "ArrowRight", "code": "ArrowRight", "windowsVirtualKeyCode": 39},
    "ArrowLeft": {"key": "ArrowLeft", "code": "ArrowLeft", "windowsVirtualKeyCode": 37},
}


class Browser:
    """One Chromium with one page. `complaints` is what its console and its security policy said."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("chromium")
        assert program is not None, "this test needs a browser:  apt-get install chromium"
        self.complaints: list[str] = []
        self._loaded = False
        self._next = 0
        self._buffer = b""
        self._answers: dict[int, Any] = {}
        from_us, self._to = os.pipe()
        self._from, to_us = os.pipe()
        flags = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars --no-first-run"
        flags += " --disable-background-networking --remote-debugging-pipe"
        line = f'exec "$0" {flags} "--user-data-dir=$1" about:blank 3<&{from_us} 4>&{to_us}'
        self._process = subprocess.Popen(
            ["bash", "-c", line, program, str(folder / "browser")],
            pass_fds=(from_us, to_us),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(from_us)
        os.close(to_us)
        self._session: str | None = None

    def __enter__(self) -> Self:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)  # a group of its own: Chromium and its helpers, nobody else
        self._process.wait(timeout=_PATIENCE_S)
        os.close(self._to)
        os.close(self._from)

    def open(self, path: Path, fragment: str = "") -> None:
        """Open a file and wait until it is loaded."""
        self._loaded = False
        if "loaderId" in self.call("Page.navigate", url=path.as_uri() + fragment):  # else it only went to the fragment
            wait_for("the page is loaded", lambda: self._loaded or self._read(0.1))

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page; the page's own policy does not bind it."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key as a person does."""
        self.call("Input.dispatchKeyEvent", type="keyDown", **_KEYS[key])
        self.call("Input.dispatchKeyEvent", type="keyUp", **{k: v for k, v in _KEYS[key].items() if k != "text"})

    def emulate(self, *, width: int = 1280, height: int = 1400, scheme: str = "light", media: str = "") -> None:
        """Give the window a size, a colour scheme and a medium."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def picture(self, path: Path) -> None:
        """Write what the window shows as a PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def call(self, method: str, **params: Any) -> Any:
        """Send a command and return its result."""
        self._next += 1
        number = self._next
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + _PATIENCE_S
        while number not in self._answers:
            assert time.monotonic() < end, f"no answer to {method}"
            self._read(1.0)
        answer = self._answers.pop(number)
        assert "error" not in answer, answer
        return answer["result"]

    def _read(self, patience_s: float) -> bool:
        """Take in what the browser said; tell whether the page has been loaded."""
        if select.select([self._from], [], [], patience_s)[0]:
            said = os.read(self._from, 1 << 16)
            assert said, "Chromium ended"
            *whole, self._buffer = (self._buffer + said).split(b"\0")
            for message in whole:
                self._take(json.loads(message))
        return self._loaded

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._answers[message["id"]] = message
            return
        method, params = message["method"], message["params"]
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(str(params["args"]))
        elif method == "Log.entryAdded":
            self.complaints.append(str(params["entry"].get("text")))
        elif method == "Network.requestWillBeSent" and not params["request"]["url"].startswith(("file:", "about:")):
            self.complaints.append(f"asked for {params['request']['url']}")
