"""Finds agents and devices by their entry points. A broken plug-in is named and stops nothing else.

Called by the server (which agents are there?) and the executor (make one). Loading happens once, at the first use.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from shared.errors import BadInputError, ErrorCode
from shared.logs import get_logger

if TYPE_CHECKING:
    from worker.agents.base import AgentClass
    from worker.devices.base import DeviceClass

AGENTS: Final = "stepwell.agents"
DEVICES: Final = "stepwell.devices"


class Plugins:
    """The classes behind the entry points of one group, by name."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._loaded: dict[str, object] = {}
        self.broken: dict[str, str] = {}
        for point in entry_points(group=group):
            try:
                self._loaded[point.name] = point.load()
            except Exception as error:  # noqa: BLE001 - a stranger's module may raise anything when it is imported
                self.broken[point.name] = f"{type(error).__name__}: {error}"
                get_logger().error("a plug-in cannot be loaded", group=group, name=point.name, error=str(error))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of what can be used, sorted."""
        return tuple(sorted(self._loaded))

    def find(self, name: str, code: ErrorCode) -> object:
        """Return the class called `name`; BadInputError with `code` when there is none, or when it is broken."""
        if name in self._loaded:
            return self._loaded[name]
        kind = self._group.rpartition(".")[2].removesuffix("s")
        if name in self.broken:
            raise BadInputError(code, f"the {kind} {name!r} cannot be loaded: {self.broken[name]}")
        raise BadInputError(
            code, f"no {kind} is called {name!r}; known: {', '.join(self.names)}", remedy=f"name a known {kind}"
        )


class AgentPlugins(Plugins):
    """The agents."""

    def __init__(self) -> None:
        super().__init__(AGENTS)

    def agent(self, name: str) -> AgentClass:
        """Return an agent's class; BadInputError UNKNOWN_AGENT."""
        found: AgentClass = self.find(name, ErrorCode.UNKNOWN_AGENT)  # type: ignore[assignment]
        return found


def device_class(name: str) -> DeviceClass:
    """Return a device's class; BadInputError UNKNOWN_DEVICE."""
    found: DeviceClass = Plugins(DEVICES).find(name, ErrorCode.UNKNOWN_DEVICE)  # type: ignore[assignment]
    return found
