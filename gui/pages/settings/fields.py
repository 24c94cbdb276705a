"""What may stand in a number's field, by the ranges of shared/settings.py: reading, showing, and why not.

Pure functions; the sentences are in the person's language. Used by form.py and model_dialog.py.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.inspect import FloatType, IntType, StructType, UnionType
from PySide6.QtCore import QCoreApplication, QLocale

if TYPE_CHECKING:
    from collections.abc import Mapping

translate = QCoreApplication.translate  # by this name lupdate finds the texts


class Number(Struct, frozen=True):
    """The range of a setting. `above`: `low` itself is not allowed. `optional`: an empty field means none."""

    low: float
    high: float
    above: bool = False
    whole: bool = False
    optional: bool = False


def numbers_of(kind: type[Struct]) -> Mapping[str, Number]:
    """Return the ranges of all numbers among the fields of `kind`."""
    info = msgspec.inspect.type_info(kind)
    found = {}
    for one in info.fields if isinstance(info, StructType) else ():
        optional = isinstance(one.type, UnionType)
        types = one.type.types if isinstance(one.type, UnionType) else (one.type,)
        for kept in types:
            if isinstance(kept, IntType | FloatType):
                found[one.name] = _number(kept, optional=optional)
    return found


def read_number(text: str, number: Number) -> float | int | None:
    """Return what `text` means; ValueError with a sentence when it is not allowed."""
    plain = text.strip()
    if not plain and number.optional:
        return None
    try:
        value = int(plain) if number.whole else float(plain)
    except ValueError:
        wanted = translate("fields", "a whole number") if number.whole else translate("fields", "a number")
        raise ValueError(translate("fields", "This must be %1.").replace("%1", wanted)) from None
    low = value > number.low if number.above else value >= number.low
    if not (low and value <= number.high) or not math.isfinite(value):
        raise ValueError(translate("fields", "This must be %1.").replace("%1", allowed(number)))
    return value


def allowed(number: Number) -> str:
    """Return the range in words."""
    text = translate("fields", "more than %1, at most %2") if number.above else translate("fields", "%1 to %2")
    return text.replace("%1", _localised(number.low)).replace("%2", _localised(number.high))


def shown(value: object) -> str:
    """Return a value as it stands in its field, so that it can be read back."""
    if value is None:
        return ""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _number(kind: IntType | FloatType, *, optional: bool) -> Number:
    low = next((edge for edge in (kind.gt, kind.ge) if edge is not None), -math.inf)
    high = kind.le if kind.le is not None else math.inf
    return Number(low, high, kind.gt is not None, isinstance(kind, IntType), optional)


def _localised(value: float) -> str:
    return QLocale().toString(value, "g", 9) if value % 1 else QLocale().toString(int(value))
