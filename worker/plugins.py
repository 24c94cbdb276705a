"""Finds agents and devices by their entry points. A broken plug-in is named and stops nothing else.

Broken is what cannot be imported, and what is no class of its kind: an agent has `run`, a device `open`. Called by the
server (which agents are there?) and the executor (make one). Loading happens once, at the first use.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from shared.errors import BadInputError, ErrorCode
from shared.logs import get_logger

if TYPE_CHECKING:
    from worker.agents.base import Agent, AgentClass
    from worker.devices.base import DeviceClass

AGENTS: Final = "stepwell.agents"
DEVICES: Final = "stepwell.devices"
_METHOD: Final = {AGENTS: "run", DEVICES: "open"}


class Plugins:
    """The classes behind the entry points of one group, by name."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._loaded: dict[str, object] = {}
        self.broken: dict[str, str] = {}
        for point in entry_points(group=group):
            try:
                self._loaded[point.name] = _checked(point.load(), _METHOD[group])
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's module may raise anything
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


def make_agent(agents: AgentPlugins, name: str) -> Agent:
    """Return an agent for one task; BadInputError UNKNOWN_AGENT names the plug-in that cannot make one."""
    kind = agents.agent(name)
    try:
        return kind()
    except Exception as error:
        sentence = f"the agent {name!r} cannot be made: {type(error).__name__}: {error}"
        raise BadInputError(ErrorCode.UNKNOWN_AGENT, sentence, remedy="mend the package that brings it") from error


def _checked(found: object, method: str) -> object:
    """Return what an entry point named when it can be one; TypeError when it cannot."""
    if not (callable(found) and callable(getattr(found, method, None))):
        raise TypeError(f"{found!r:.100} is no class with a method `{method}`")
    return found
