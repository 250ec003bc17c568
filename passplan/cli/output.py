"""Writing rows as JSON, CSV or a table; warnings and progress on standard error."""

from __future__ import annotations

import csv
import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, is_dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from passplan import files
from passplan.domain.errors import InputError
from passplan.domain.messages import Fact, Message
from passplan.domain.span import Span
from passplan.formats.times import format_instant

if TYPE_CHECKING:
    from rich.console import Console

    from passplan.passes.search import Progress
    from passplan.service.schedule.planning import Report

PIPED_WIDTH = 200


@contextmanager
def opened(target: Path) -> Iterator[TextIO]:
    """The file to write, or standard output; a file appears complete or not at all, a device or a pipe at once."""
    if str(target) == "-":
        try:
            yield sys.stdout
            sys.stdout.flush()
        except BrokenPipeError:  # the reader closed the pipe
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    try:
        if files.is_replaceable(target):
            with files.writing(target) as path, path.open("w", encoding="utf-8") as file:
                yield file
        else:
            with target.open("w", encoding="utf-8") as file:
                yield file
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """In what form a command writes, and where: its options --format, --output, --no-color and --quiet."""

    form: str  # "table", "json" or "csv"
    target: Path
    no_color: bool
    quiet: bool


def write(
    out: Output,
    name: str,
    document: Mapping[str, Any] | str,
    *,
    table: Callable[[Console], None],
    kind: type[Any] | None = None,
    rows: Iterable[Any] = (),
) -> None:
    """Write what a command answers, in the form that was chosen.

    Args:
        out: the form and the file.
        name: of the answer; its schema is `passplan.NAME/1`.
        document: the JSON document without its schema, rows included; or the text of a complete document.
        table: prints the table.
        kind: of the rows that CSV has.
        rows: those rows.
    """
    with opened(out.target) as file:
        if out.form == "table":
            table(console(file, no_color=out.no_color))
        elif out.form == "csv":
            from passplan.formats.rows import csv_table

            assert kind is not None  # the option offers CSV only then
            csv.writer(file, lineterminator="\n").writerows(csv_table(kind, rows, words))
        elif isinstance(document, str):
            file.write(document)
        else:
            plain = {"schema": f"passplan.{name}/1", **{key: _plain(value) for key, value in document.items()}}
            json.dump(plain, file, ensure_ascii=False, allow_nan=False, indent=1, default=words)  # facts alone
            file.write("\n")


def words(fact: Fact | None) -> str:
    """A fact in English; nothing for none."""
    from passplan.labels import ENGLISH, fact_words

    return "" if fact is None else fact_words(fact, ENGLISH)


def _plain(value: Any) -> Any:
    """A value of a document as JSON has it: rows as documents, times and spans as text."""
    from passplan.formats.rows import row_document, span_document

    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, Span):
        return span_document(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return row_document(value) if is_dataclass(value) and not isinstance(value, Fact) else value


def console(file: TextIO, *, no_color: bool) -> Console:
    """The console for tables: as wide as the terminal, or wide enough for all columns without one."""
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # `opened` handles it; rich would exit with 1

    terminal = file.isatty()
    return Plain(
        file=file,
        no_color=no_color or "NO_COLOR" in os.environ or not terminal,
        width=None if terminal or "COLUMNS" in os.environ else PIPED_WIDTH,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
    )


def warn(lines: Iterable[str | Message], *, quiet: bool, most: int = 20, count: int | None = None) -> None:
    """Warnings on standard error, the first few of many; `count`, where it is known, saves making all of them."""
    if quiet:
        return
    rest = iter(lines)
    for line in islice(rest, most):
        click.echo(f"passplan: {line}", err=True)
    more = sum(1 for _ in rest) if count is None else count - most
    if more > 0:
        click.echo(f"passplan: … and {more} more like these", err=True)


@contextmanager
def progress(what: str, *, quiet: bool) -> Iterator[Progress | None]:
    """A progress bar on a terminal, shown after one second; None without a terminal."""
    with _bar(quiet=quiet) as advance:
        yield None if advance is None else lambda done, total: advance(done / max(total, 1), what)


@contextmanager
def solving(what: str, *, quiet: bool) -> Iterator[Report | None]:
    """A progress bar for a search: it shows the current value, the bound, and the gap between them."""
    with _bar(quiet=quiet) as advance:
        yield None if advance is None else lambda share, value, bound: advance(share, _so_far(what, value, bound))


def _so_far(what: str, value: float, bound: float) -> str:
    if not 0.0 < bound < math.inf:
        return f"{what}: value {value:.2f}"
    return f"{what}: value {value:.2f}, bound {bound:.2f}, gap {max(0.0, 1.0 - value / bound) * 100.0:.1f} %"


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Callable[[float, str], None] | None]:
    """A function that moves the bar to a share of its length, under a heading."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    started = time.monotonic()
    bar: Any = None

    def advance(share: float, heading: str) -> None:
        nonlocal bar
        if bar is None and time.monotonic() - started > 1.0:
            from rich.console import Console
            from rich.progress import Progress as Bar

            bar = Bar(console=Console(stderr=True), transient=True)
            bar.start()
            bar.add_task(heading, total=1.0)
        if bar is not None:
            bar.update(bar.task_ids[0], completed=share, description=heading)

    try:
        yield advance
    finally:
        if bar is not None:
            bar.stop()
