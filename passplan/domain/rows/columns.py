"""The declaration of a row's columns: a dataclass field with its label, unit, digits and help."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields, replace
from functools import lru_cache
from types import NoneType
from typing import Any, get_args, get_type_hints

_KEY = "column"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a row, as its field declares it."""

    name: str = ""
    type: Any = str  # without None
    is_optional: bool = False  # None: the value is not known
    label: str
    unit: str = ""
    digits: int | None = None  # decimals of a number; None: as it is
    help: str = ""
    modulo: float | None = None  # angles that wrap, also where rounding brings them to the end of the circle
    is_computed: bool = False  # from other columns of the row: the store does not keep it
    in_table: bool = True  # in tables for people
    in_csv: bool = True


def column(
    label: str,
    *,
    unit: str = "",
    digits: int | None = None,
    help: str = "",  # noqa: A002 -- it is what the column has
    modulo: float | None = None,
    is_computed: bool = False,
    in_table: bool = True,
    in_csv: bool = True,
    default: Any = MISSING,
) -> Any:
    """A field of a row.

    Args:
        label: the head of the column in a table.
        unit: of its values.
        digits: decimals in files and answers.
        help: a sentence for the reference page and the description of the API.
        modulo: of angles that wrap.
        is_computed: whether the row computes it (`__post_init__`) from its other columns.
        in_table: whether tables for people have it.
        in_csv: whether CSV files have it.
        default: of the field, where it has one.
    """
    declared = Column(
        label=label,
        unit=unit,
        digits=digits,
        help=help,
        modulo=modulo,
        is_computed=is_computed,
        in_table=in_table,
        in_csv=in_csv,
    )
    return field(default=default, init=not is_computed, metadata={_KEY: declared})


def columns_of(kind: type[Any]) -> tuple[Column, ...]:
    """The columns of a kind of row, in the order of its fields."""
    key: Any = kind
    return _columns_of(key)


@lru_cache(maxsize=64)
def _columns_of(kind: Any) -> tuple[Column, ...]:
    types = get_type_hints(kind)
    found = []
    for item in fields(kind):
        parts = get_args(types[item.name])
        is_optional = NoneType in parts
        plain = next(p for p in parts if p is not NoneType) if is_optional else types[item.name]
        found.append(replace(item.metadata[_KEY], name=item.name, type=plain, is_optional=is_optional))
    return tuple(found)
