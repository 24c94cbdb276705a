"""The demo's plan: a simulated phone and a scripted model in place of real ones, everything else as it always is.

A home of its own, marked as a demo's; an adb server on a port of its own that sees no real phone. The phone and the
model keep their ports when they are restarted, so that who knew them finds them again.
"""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING, Final

import msgspec

from shared.adb_host import AdbError, connect, server_answers
from shared.logs import get_logger
from shared.messages import Role
from shared.settings import QUIT_S, ModelProfile, Settings
from supervisor.adb_server import free_port
from supervisor.plan import RANK_HELPERS, Base

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.child_config import ChildConfig
    from shared.paths import Home
    from supervisor.options import StartOptions
    from supervisor.plan import Stage
    from supervisor.process import ChildSpec

_CONNECT_S: Final = 5.0  # the phone listens before it says that it is ready; adb needs a moment to shake hands
MODEL_NAME: Final = "stepwell-demo"


class DemoPlan(Base):
    """Daemon, adb server, phone and model together; then one worker on the phone."""

    def __init__(self, home: Home, settings: Settings, options: StartOptions) -> None:
        super().__init__(home, settings, options, free_port())
        self.language = options.language or settings.language
        self._address = ""
        self._model_url = ""
        self._connect_until: float | None = None

    def stages(self) -> list[Stage]:
        """First the window, then what the worker needs, then the worker."""
        return [*self.window(), self._first, self._worker]

    def on_ready(self, name: str, detail: str) -> None:
        """Connect adb to the phone again when one of the two was restarted."""
        if name == Role.PHONE:
            self._address = f"127.0.0.1:{detail.strip()}"
        if name in (Role.PHONE, "adb") and self._connect_until is not None and self._address:
            self._try_to_connect()

    def reload(self, settings: Settings) -> None:
        """Use `settings` from now on, but for the model, which is the scripted one here."""
        super().reload(settings)
        self.settings = with_demo_model(self.settings, self._model_url, self.language)

    def _first(self, _ready: Mapping[str, str]) -> list[ChildSpec]:
        phone = self.child(Role.PHONE, "demo.phone", RANK_HELPERS, QUIT_S, self._phone_config)
        model = self.child(Role.MODEL, "demo.model", RANK_HELPERS, QUIT_S, self._model_config)
        return [self.daemon(), *self.adb(), phone, model]

    def _worker(self, ready: Mapping[str, str]) -> list[ChildSpec] | None:
        self._model_url = ready.get(Role.MODEL, "")
        self.settings = with_demo_model(self.settings, self._model_url, self.language)
        if not self._address:
            return [self.worker(1, None)]
        self._connect_until = self._connect_until or time.monotonic() + _CONNECT_S
        if not self._try_to_connect() and time.monotonic() < self._connect_until:
            return None
        return [self.worker(1, self._address)]

    def _try_to_connect(self) -> bool:
        if not server_answers(self.adb_port):
            return False
        try:
            answer = connect(self.adb_port, self._address)
        except AdbError as error:
            get_logger().warning("the simulated phone is not connected yet", error=str(error))
            return False
        get_logger().info("the simulated phone is connected", address=self._address, answer=answer)
        return True

    def _phone_config(self, config: ChildConfig, last_detail: str) -> ChildConfig:
        options = {
            "port": last_detail or "0",
            "language": self.language,
            "log": str(self.home.logs / "phone-commands.jsonl"),
            "state_file": str(self.home.run / "phone-state.json"),
            "serial": serial_of(self.home),
        }
        if self.options.seed is not None:
            options["seed"] = str(self.options.seed)
        if self.options.fast:
            options["pace"] = "0"
        return msgspec.structs.replace(config, options=options)

    def _model_config(self, config: ChildConfig, last_detail: str) -> ChildConfig:
        options = {"port": port_of(last_detail), "pace": "0" if self.options.fast else "1"}
        return msgspec.structs.replace(config, options=options)


def serial_of(home: Home) -> str:
    """Return the simulated phone's serial: one for each home, because a phone's serial stands for it in all homes."""
    return f"DEMO{hashlib.sha256(os.fsencode(home.root.absolute())).hexdigest()[:8].upper()}"


def with_demo_model(settings: Settings, base_url: str, language: str) -> Settings:
    """Return `settings` with the scripted model as the profile that is used when none is named."""
    if not base_url:
        return settings
    profile = ModelProfile(base_url=base_url, model=MODEL_NAME, language="zh" if language == "zh" else "en")
    task = msgspec.structs.replace(settings.task, model="")
    return msgspec.structs.replace(settings, models={**settings.models, "default": profile}, task=task)


def port_of(base_url: str) -> str:
    """Return the port in `http://127.0.0.1:PORT/v1`, '0' when there is none."""
    _, _, rest = base_url.rpartition(":")
    port = rest.partition("/")[0]
    return port if port.isdecimal() else "0"
