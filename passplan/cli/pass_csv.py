"""Passes as CSV, from their numpy columns: the same cells as their rows have, without a row for each pass."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.domain.rows.columns import Column, columns_of
from passplan.domain.rows.passes import PassRow, pass_row
from passplan.formats.rows import csv_columns, csv_record, safe_cell
from passplan.passes.columns import Passes

_BLOCK = 20_000  # passes


def pass_lines(passes: Passes) -> Iterator[str]:
    """The lines of a CSV file: the head, and then blocks of lines."""
    columns = [c for c in columns_of(PassRow) if c.in_csv]
    yield ",".join(csv_columns(PassRow)) + "\n"
    names = _quoted([s.satellite for s in passes.sources])
    ids = _quoted([s.id for s in passes.stations])
    for first in range(0, len(passes), _BLOCK):
        block = passes[first : first + _BLOCK]
        values = block.to_columns()
        texts = {"satellite": names[block.source_index], "station": ids[block.station_index]}
        rows = [] if values.keys() >= {c.name for c in columns} else [csv_record(pass_row(p)) for p in block]
        cells = [
            texts[c.name].tolist()
            if c.name in texts
            else _cells(c, values[c.name])
            if c.name in values
            else _quoted([row[c.key] for row in rows]).tolist()  # a column that the row computes
            for c in columns
        ]
        yield "".join(f"{line}\n" for line in map(",".join, zip(*cells, strict=True)))


def _quoted(values: Sequence[Any]) -> NDArray[np.object_]:
    """Names and other values, quoted as CSV has them."""
    quoted = np.empty(len(values), dtype=object)
    for k, value in enumerate(values):
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow([safe_cell(value), ""])
        quoted[k] = line.getvalue()[:-1]
    return quoted


def _cells(c: Column, values: NDArray[Any]) -> list[str]:
    """The cells of a column."""
    if c.type is datetime:
        return [f"{text}Z" for text in np.datetime_as_string(values, unit="us").tolist()]
    if c.type is bool:
        return ["true" if value else "false" for value in values.tolist()]
    if c.type is float:
        return list(map(_float_cell(c), values.tolist()))
    return list(map(str, values.tolist()))


def _float_cell(c: Column) -> Callable[[float], str]:
    digits, modulo = c.digits, c.modulo

    def cell(value: float) -> str:
        if value != value:
            return ""
        rounded = round(value, digits)
        return repr(rounded if modulo is None else rounded % modulo)

    return cell
