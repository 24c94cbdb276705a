"""The YAML under a flow: bounded, with the line of everything, and with its variables put in. Pure.

A script is one YAML document; a second one may follow it, which only the command line writes: the values given by
`--var NAME=VALUE`. Only PyYAML's nodes are used, never Python objects of its making. Nesting, aliases and tags are
looked at in the stream of events, before anything recursive walks them. Used by flow_reader.py.
"""

from __future__ import annotations

import re
from typing import Final

import yaml

from shared.errors import BadInputError, ErrorCode

FLOW_MAX: Final = 1 << 17  # characters; the control thread reads it, which must not take long
TEXT_MAX: Final = 1 << 16  # characters of one text when its variables are put in
_FILLED_MAX: Final = 1 << 20  # of all of them: a variable of many characters may stand in many places
_DEPTH_MAX: Final = 16  # repeats in repeats; five of them
_DOCUMENTS_MAX: Final = 2
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")
_PLACE: Final = re.compile(r"\$\$|\$\{(?:([^}]{1,80})\})?")
_MISSING: Final = frozenset({"", "~", "null"})  # how YAML writes a variable that has no value of its own


def bad(line: int, what: str) -> BadInputError:
    """Return the refusal of a script; `line` 0 when no line is to blame."""
    where = f"line {line} of the script: " if line else ""
    return BadInputError(ErrorCode.BAD_REQUEST, f"{where}{what}", remedy="correct the script; nothing was started")


def line_of(node: yaml.Node) -> int:
    """Return the line in which a node begins, from 1."""
    return int(node.start_mark.line) + 1


def documents(text: str) -> tuple[yaml.Node, yaml.Node | None]:
    """Return the flow, and the values given for its variables; BadInputError names the line that cannot be used."""
    if not text.strip():
        raise bad(0, "the script is empty; it must be a YAML list of actions")
    if len(text) > FLOW_MAX:
        raise bad(0, f"the script has {len(text):,} characters; the limit is {FLOW_MAX:,}")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_shape(text, loader)
        roots = list(yaml.compose_all(text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise bad(line, f"this is not YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise bad(0, f"this is not YAML: {error}") from None
    if not roots or len(roots) > _DOCUMENTS_MAX:
        raise bad(0, f"the script holds {len(roots)} YAML documents; it must be one")
    return roots[0], roots[1] if len(roots) == _DOCUMENTS_MAX else None


def _check_shape(text: str, loader: type[yaml.SafeLoader]) -> None:
    """Refuse deep nesting, aliases and tags: libyaml's composer overruns the stack, and a flow needs none of them."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEPTH_MAX:
            raise bad(line, f"it is nested more than {_DEPTH_MAX} deep")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise bad(line, "anchors and aliases (& and *) are not used in scripts; quote a text that begins with one")
        if getattr(event, "tag", None):
            raise bad(line, "tags (!) are not used in scripts; quote a text that begins with one")


def pairs(node: yaml.Node, what: str, known: tuple[str, ...] = ()) -> dict[str, yaml.Node]:
    """Return the entries of a mapping by name; a name twice, or none of `known` (when given), is refused."""
    if not isinstance(node, yaml.MappingNode):
        raise bad(line_of(node), f"{what} is written as `name: value`")
    found: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if known and name not in known:
            raise bad(line_of(key), f"{what} has no {name[:40]!r}; it has {', '.join(known)}")
        if name in found:
            raise bad(line_of(key), f"{what} has {name!r} twice")
        found[name] = value
    return found


class Variables:
    """The variables of one script, and the putting in of them."""

    def __init__(self, declared: yaml.Node | None, given: yaml.Node | None) -> None:
        """Read what is declared and what was given for it; BadInputError when they do not fit."""
        self._values: dict[str, str] = {}
        self._filled = 0
        values = {} if given is None else pairs(given, "what --var gives")
        written = {} if declared is None else pairs(declared, "`variables`")
        for name in values:
            if name not in written:
                known = ", ".join(written) or "none"
                raise bad(0, f"--var {name[:64]}: the script declares no such variable; declared: {known}")
        for name, node in written.items():
            if not _NAME.match(name):
                raise bad(line_of(node), f"{name[:40]!r} is no name of a variable: letters, digits and _")
            self._values[name] = _value(name, node, values.get(name))

    def text(self, node: yaml.Node, what: str) -> str:
        """Return the text of a scalar with its variables put in; `$$` stands for one $. '' when it is empty."""
        if not isinstance(node, yaml.ScalarNode):
            raise bad(line_of(node), f"{what} needs a text")
        text = _PLACE.sub(lambda found: self._put_in(found, node), node.value)
        self._filled += len(text)
        if len(text) > TEXT_MAX or self._filled > _FILLED_MAX:
            raise bad(line_of(node), "the texts are too long when the variables are put in")
        return text

    def _put_in(self, found: re.Match[str], node: yaml.Node) -> str:
        name = found[1]
        if found[0] == "$$":
            return "$"
        if name is None:
            raise bad(line_of(node), "`${` begins the name of a variable, as in ${name}; write $${ for the characters")
        if name not in self._values:
            known = ", ".join(self._values) or "none"
            raise bad(line_of(node), f"there is no variable {name[:40]!r}; declared under `variables`: {known}")
        return self._values[name]


def _value(name: str, node: yaml.Node, given: yaml.Node | None) -> str:
    chosen = node if given is None else given
    if not isinstance(chosen, yaml.ScalarNode):
        raise bad(line_of(node), f"the variable {name} needs a text")
    if given is None and not chosen.style and chosen.value in _MISSING:
        raise bad(line_of(node), f"the variable {name} has no value; give one: --var {name}=…")
    return str(chosen.value)
