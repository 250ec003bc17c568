"""Passes as CSV, from their numpy columns: the same cells as their rows have, without a row for each pass.

Cells of a column are a matrix of bytes: the first byte of each cell, then the second ones, and so on. A byte of 0 is
left out, so shorter cells end with bytes of 0.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.domain.rows.columns import Column, columns_of
from passplan.domain.rows.passes import PassRow, pass_row
from passplan.formats.rows import csv_columns, csv_record, safe_cell
from passplan.passes.columns import Passes
from passplan.passes.timing import BASES

_BLOCK = 20_000  # passes
_TIE = 1e-6  # so near to a half, a product of floats may round to the other side

Cells = NDArray[np.uint8]  # [byte, pass]


def pass_lines(passes: Passes) -> Iterator[str]:
    """The lines of a CSV file: the head, and then blocks of lines."""
    columns = [c for c in columns_of(PassRow) if c.in_csv]
    yield ",".join(csv_columns(PassRow)) + "\n"
    names = _texts([s.satellite for s in passes.sources])
    ids = _texts([s.id for s in passes.stations])
    bases = _texts([basis.or_none or "" for basis in BASES])
    for first in range(0, len(passes), _BLOCK):
        block = passes[first : first + _BLOCK]
        values = block.to_columns()
        texts = {
            "satellite": names[:, block.source_index],
            "station": ids[:, block.station_index],
            "timing_basis": bases[:, block.timing_basis],
        }
        rows = [] if values.keys() >= {c.name for c in columns} else [csv_record(pass_row(p)) for p in block]
        parts = []
        for c in columns:
            if c.name in texts:
                cells = texts[c.name]
            elif c.name in values:
                cells = _cells(c, values[c.name])
            else:  # a column that the row computes
                cells = _texts([row[c.key] for row in rows])
            parts += [cells, _same(",", len(block))]
        lines = np.ascontiguousarray(np.concatenate([*parts[:-1], _same("\n", len(block))]).T)
        yield lines[lines != 0].tobytes().decode()


def _texts(values: Sequence[Any]) -> Cells:
    """Names and other values, quoted as CSV has them."""
    quoted = []
    for value in values:
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow([safe_cell(value), ""])
        quoted.append(line.getvalue()[:-1].encode())
    return _bytes(np.array(quoted or [b""]))


def _same(text: str, count: int) -> Cells:
    return np.full((1, count), ord(text), dtype=np.uint8)


def _bytes(texts: NDArray[np.bytes_]) -> Cells:
    return np.ascontiguousarray(texts.view(np.uint8).reshape(len(texts), -1).T)


def _cells(c: Column, values: NDArray[Any]) -> Cells:
    """The cells of a column."""
    if c.type is datetime:
        return _instants(values)
    if c.type is bool:
        return _bytes(np.array([b"false", b"true"]))[:, values.astype(np.int64)]
    if c.type is float:
        return decimals(values, c.digits or 0, c.modulo)
    return decimals(values, 0, None)


def _instants(values: NDArray[np.datetime64]) -> Cells:
    """Instants to the microsecond, in UTC. Only their days, which are few, are written by numpy."""
    day, time_us = np.divmod(values.astype("datetime64[us]").astype(np.int64), 86_400_000_000)
    first, last = int(day.min()), int(day.max())
    days = np.arange(first, last + 1).astype("datetime64[D]")
    time_s, fraction_us = np.divmod(time_us, 1_000_000)
    fields = [(":", time_s // 3_600, 2), (":", time_s // 60 % 60, 2), (".", time_s % 60, 2), ("Z", fraction_us, 6)]
    parts = [_bytes(np.datetime_as_string(days).astype(np.bytes_))[:, day - first], _same("T", len(values))]
    for end, number, digits in fields:
        parts += [_digits(number, digits), _same(end, len(values))]
    return np.concatenate(parts)


def _digits(numbers: NDArray[Any], count: int) -> Cells:
    """The last digits of numbers."""
    cells = np.empty((count, len(numbers)), dtype=np.uint8)
    for k in range(count - 1, -1, -1):
        numbers, digit = np.divmod(numbers, 10)
        cells[k] = digit + ord("0")
    return cells


def decimals(values: NDArray[Any], digits: int, modulo: float | None) -> Cells:
    """Numbers rounded to some decimals, without zeros at the end; NaN: an empty cell."""
    scale = 10**digits
    is_number = ~np.isnan(values)
    scaled = np.where(is_number, values, 0.0) * scale
    whole = np.rint(scaled)
    for k in np.flatnonzero(np.abs(np.abs(scaled - whole) - 0.5) < _TIE):
        whole[k] = round(round(float(values[k]), digits) * scale)
    units = whole.astype(np.int64)
    is_negative = np.signbit(whole)
    if modulo is not None:
        units %= round(modulo * scale)
        is_negative[:] = False
    before, after = np.divmod(np.abs(units), scale)
    length = len(str(int(before.max(initial=0))))
    integers, decimals = _digits(before, length), _digits(after, digits)
    for place in range(length - 1):
        integers[place, before < 10 ** (length - 1 - place)] = 0
    for place in range(1, digits):
        decimals[place, after % 10 ** (digits - place) == 0] = 0
    point = [_same(".", len(values))] if digits else []
    cells = np.concatenate([np.where(is_negative, ord("-"), 0).astype(np.uint8)[None], integers, *point, decimals])
    cells[:, ~is_number] = 0
    return cells
