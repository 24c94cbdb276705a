"""What is started, in which order, and with which configuration: the real thing. The demo's plan is demo.py.

A plan is a list of stages. A stage is asked, when everything before it is ready or has failed, for the children that
it starts; it answers None to be asked again a moment later. supervisor.py carries a plan out, and stops in reverse.
"""

from __future__ import annotations

import os
import secrets
import time
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from shared.adb_host import AdbDevice, AdbError, list_devices, server_answers
from shared.child_config import ChildConfig
from shared.logs import get_logger, mask_values
from shared.messages import Role
from shared.model_keys import DEFAULT_KEY, api_keys
from shared.settings import QUIT_DAEMON_S, QUIT_S, TERMINATE_S, Settings
from shared.spawn import SpawnedChild, spawn_child
from supervisor.adb_server import find_adb, spawn_server
from supervisor.process import ChildSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.identity import Identity
    from shared.paths import Home
    from supervisor.options import StartOptions

RANK_DAEMON: Final = 0
RANK_HELPERS: Final = 1  # adb, and the demo's phone and model
RANK_WORKERS: Final = 2
RANK_WINDOW: Final = 3
WINDOW_QUIT_S: Final = 2.0  # it keeps nothing that must be written down
_WINDOW_READY_S: Final = 60.0  # Qt on a cold disk; nothing waits for it
HEAD_START_S: Final = 0.8  # a window is drawn in half a second when nothing else takes the cores
_FIRST_DEVICES_S: Final = 1.5  # a server of our own needs a second to see what is plugged in

if TYPE_CHECKING:
    Stage = Callable[[Mapping[str, str]], list[ChildSpec] | None]
    ConfigChanges = Callable[[ChildConfig, str], ChildConfig]


class Plan(Protocol):
    """What supervisor.py needs of a plan."""

    start_id: str

    def stages(self) -> list[Stage]:
        """Return the stages. Each is called with the `Ready.detail` of every child that is ready, by name."""
        ...

    def on_ready(self, name: str, detail: str) -> None:
        """Take note that a child has become ready, for the first time or again."""
        ...

    def reload(self, settings: Settings) -> None:
        """Use `settings`, and the keys that they name, for what is configured from now on.

        BadInputError BAD_SETTINGS when a key cannot be had; nothing is changed then.
        """
        ...


class Base:
    """What both plans share: the configuration of children, the daemon, the adb server."""

    def __init__(self, home: Home, settings: Settings, options: StartOptions, adb_port: int) -> None:
        self.home = home
        self.settings = settings
        self.options = options
        self.adb_port = adb_port
        self.start_id = secrets.token_hex(8)
        self._window_since = 0.0
        self.keys = api_keys(settings, os.environ, home.root)

    def child(self, name: str, module: str, rank: int, quit_s: float, changes: ConfigChanges) -> ChildSpec:
        """Return the spec of a child of ours. `changes` fills in, at each start, what only this child needs."""

        def config(identity: Identity, last_detail: str) -> ChildConfig:
            return changes(self.config(identity), last_detail)

        def spawn(identity: Identity, last_detail: str) -> SpawnedChild:
            return spawn_child(module, config(identity, last_detail))

        role = name.partition("-")[0]
        return ChildSpec(name=name, role=role, rank=rank, quit_s=quit_s, spawn=spawn, config=config)

    def config(self, identity: Identity) -> ChildConfig:
        """Return what every child must know."""
        return ChildConfig(
            name=identity.name,
            incarnation=identity.incarnation,
            home=str(self.home.root),
            start_id=self.start_id,
            demo=self.options.demo,
            adb_server_port=self.adb_port,
            settings=self.settings,
        )

    def stages(self) -> list[Stage]:
        """Return the stages; see Plan."""
        raise NotImplementedError

    def on_ready(self, name: str, detail: str) -> None:
        """Take note that a child has become ready; nothing hangs on it."""

    def reload(self, settings: Settings) -> None:
        """Use `settings` and their keys from now on; see Plan."""
        keys = api_keys(settings, os.environ, self.home.root)
        mask_values(set(keys.values()))
        self.settings, self.keys = settings, keys

    def window(self) -> list[Stage]:
        """Return the stages that show the window, which says what is starting, or none when none is wanted.

        All else comes when the window is drawn, or has had its head start: together they would keep it from the cores.
        """
        if not self.options.window:
            return []
        given = {
            "ends_with_window": "1" if self.options.ends_with_window else "",
            "language": self.options.window_language,
        }
        options = {name: value for name, value in given.items() if value}

        def changes(config: ChildConfig, _last: str) -> ChildConfig:
            return msgspec.structs.replace(config, options=options)

        spec = self.child(Role.GUI, "gui", RANK_WINDOW, WINDOW_QUIT_S, changes)
        spec = msgspec.structs.replace(spec, optional=True, ready_s=_WINDOW_READY_S)

        def show(_ready: Mapping[str, str]) -> list[ChildSpec]:
            self._window_since = time.monotonic()
            return [spec]

        def wait(ready: Mapping[str, str]) -> list[ChildSpec] | None:
            is_over = Role.GUI in ready or time.monotonic() - self._window_since >= HEAD_START_S
            return [] if is_over else None

        return [show, wait]

    def daemon(self) -> ChildSpec:
        """Return the spec of the persistence daemon."""
        # Reading alone holds nothing: no worker runs, and the next real start decides.
        options = self.options
        resume = "1" if options.resume_queue or self.settings.resume_queue or options.store_only else ""

        def changes(config: ChildConfig, _last: str) -> ChildConfig:
            return msgspec.structs.replace(config, options={"resume_queue": resume} if resume else {})

        return self.child(Role.DAEMON, "persistence_daemon", RANK_DAEMON, QUIT_DAEMON_S, changes)

    def worker(self, number: int, address: str | None) -> ChildSpec:
        """Return the spec of a worker on the device at `address`; None: without a device.

        An address is adb's, or `PLUG-IN://ADDRESS` for a device of another plug-in.
        """
        plug_in, _, rest = (address or "").rpartition("://")

        def changes(config: ChildConfig, _last: str) -> ChildConfig:
            return msgspec.structs.replace(
                config,
                device_address=None if address is None else rest,
                options={"device_class": plug_in} if plug_in else {},
                settings=self.settings,
                api_keys=self.keys,
            )

        spec = self.child(f"worker-{number}", "worker", RANK_WORKERS, QUIT_S, changes)
        return msgspec.structs.replace(spec, device_id=address)

    def adb(self) -> list[ChildSpec]:
        """Return the spec of an adb server of our own; none when one runs on the port, or there is no adb."""
        adb, port = find_adb(), self.adb_port
        if server_answers(port):
            get_logger().info("an adb server runs already and is used", port=port)
            return []
        if adb is None:
            get_logger().warning("no adb program was found: no device can be reached")
            return []
        hidden = frozenset({DEFAULT_KEY} | {profile.api_key_env for profile in self.settings.models.values()})

        def spawn(_identity: Identity, _last: str) -> SpawnedChild:
            return spawn_server(self.home, adb, port, demo=self.options.demo, hidden=hidden)

        return [
            ChildSpec(
                name="adb",
                role="adb",
                rank=RANK_HELPERS,
                quit_s=TERMINATE_S,
                spawn=spawn,
                probe=lambda: server_answers(port),
            )
        ]


class StoreOnlyPlan(Base):
    """The daemon alone, so that a person can read what is stored while nothing runs."""

    def stages(self) -> list[Stage]:
        """Return the only stage."""
        return [lambda _ready: [self.daemon()]]


class RealPlan(Base):
    """Daemon and adb server; then a worker a device, or one without a device."""

    def __init__(self, home: Home, settings: Settings, options: StartOptions) -> None:
        super().__init__(home, settings, options, settings.adb_server_port)
        self._own_server_since: float | None = None

    def stages(self) -> list[Stage]:
        """First the window, then what workers need, then the workers."""
        return [*self.window(), self._first, self._workers]

    def _first(self, _ready: Mapping[str, str]) -> list[ChildSpec]:
        server = self.adb()
        if server:
            self._own_server_since = time.monotonic()
        return [self.daemon(), *server]

    def _workers(self, _ready: Mapping[str, str]) -> list[ChildSpec] | None:
        addresses = self._addresses()
        young = self._own_server_since is not None and time.monotonic() - self._own_server_since < _FIRST_DEVICES_S
        if not addresses and young:
            return None
        return [self.worker(number, address) for number, address in enumerate(addresses or (None,), start=1)]

    def _addresses(self) -> tuple[str, ...]:
        return choose_devices(self.options, self._seen())

    def _seen(self) -> list[AdbDevice]:
        try:
            return list_devices(self.adb_port)
        except AdbError as error:
            get_logger().warning("devices could not be listed", error=str(error))
            return []


def choose_devices(options: StartOptions, seen: list[AdbDevice]) -> tuple[str, ...]:
    """Return the addresses that get a worker: those named, or all that are usable, or the first of them."""
    if options.devices:
        return tuple(dict.fromkeys(options.devices))
    usable = tuple(device.address for device in seen if device.state == "device")
    return usable if options.all_devices else usable[:1]
