"""The declaration of a row's columns: a dataclass field with its label, unit, digits and help."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields, replace
from functools import lru_cache
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

T = TypeVar("T")

_KEY = "column"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a row, as its field declares it."""

    name: str = ""
    type: Any = str  # without None
    is_optional: bool = False  # None: the value is not known
    label: str = ""
    unit: str = ""
    digits: int | None = None  # decimals of a number; None: as it is
    help: str = ""
    modulo: float | None = None  # angles that wrap, also where rounding brings them to the end of the circle
    key: str = ""  # its name in files and answers
    is_computed: bool = False  # from other columns of the row: it is not stored
    is_joined: bool = False  # several values are one text, separated by spaces
    is_first: bool = False  # it stands before the columns of the row that this one extends
    is_omitted: bool = False  # files and answers leave it out where it is None
    in_table: bool = True  # in tables for people
    in_csv: bool = True
    dispensable: int = 0  # how soon a narrow terminal table leaves it out; 0: never


def column(
    label: str = "",
    *,
    unit: str = "",
    digits: int | None = None,
    help: str = "",  # noqa: A002 -- the name of the column's attribute
    modulo: float | None = None,
    key: str = "",
    is_computed: bool = False,
    is_joined: bool = False,
    is_first: bool = False,
    is_omitted: bool = False,
    in_table: bool = True,
    in_csv: bool = True,
    dispensable: int = 0,
    default: Any = MISSING,
) -> Any:
    """A field of a row.

    Args:
        label: the head of the column in a table.
        unit: of its values.
        digits: decimals in files and answers.
        help: a sentence for the reference page and the description of the API.
        modulo: of angles that wrap.
        key: its name in files and answers, where that is not a Python name.
        is_computed: whether the row computes it (`__post_init__`) from its other columns.
        is_joined: whether several values are one text, separated by spaces.
        is_first: whether it stands before the columns of the row that this one extends.
        is_omitted: whether files and answers leave it out where it is None.
        in_table: whether tables for people have it.
        in_csv: whether CSV files have it.
        dispensable: how soon a narrow terminal table leaves it out, the highest first; 0: never.
        default: of the field, where it has one.
    """
    declared = Column(
        label=label,
        unit=unit,
        digits=digits,
        help=help,
        modulo=modulo,
        key=key,
        is_computed=is_computed,
        is_joined=is_joined,
        is_first=is_first,
        is_omitted=is_omitted,
        in_table=in_table,
        in_csv=in_csv,
        dispensable=dispensable,
    )
    return field(default=default, init=not is_computed, metadata={_KEY: declared})


def columns_of(kind: type[Any]) -> tuple[Column, ...]:
    """The columns of a kind of row in the order of its fields; columns with `is_first` come first."""
    key: Any = kind
    return _columns_of(key)


def extended(kind: type[T], row: Any, **more: Any) -> T:
    """A row of a kind that extends the kind of another row.

    Args:
        kind: of the new row.
        row: the other row, whose values it takes.
        more: the values of the columns that it adds.
    """
    return kind(**{c.name: getattr(row, c.name) for c in columns_of(type(row)) if not c.is_computed}, **more)


@lru_cache(maxsize=256)
def _columns_of(kind: Any) -> tuple[Column, ...]:
    types = get_type_hints(kind)
    columns = []
    for item in fields(kind):
        parts = get_args(types[item.name])
        is_optional = NoneType in parts
        plain = next(p for p in parts if p is not NoneType) if is_optional else types[item.name]
        declared: Column = item.metadata.get(_KEY, Column())
        key = declared.key or item.name
        columns.append(replace(declared, name=item.name, key=key, type=plain, is_optional=is_optional))
    return tuple(sorted(columns, key=lambda c: not c.is_first))
