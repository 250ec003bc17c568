"""Writing rows as JSON, CSV or a table; warnings and progress on standard error."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from passplan.domain.errors import InputError
from passplan.domain.facts import Fact
from passplan.domain.messages import Message
from passplan.labels import ENGLISH, fact_words

if TYPE_CHECKING:
    from rich.console import Console

    from passplan.passes.search import Progress
    from passplan.service.schedule.planning import Report

PIPED_WIDTH = 200


@contextmanager
def opened(target: Path) -> Iterator[TextIO]:
    """The file to write, or standard output; a file appears whole or not at all."""
    if str(target) == "-":
        try:
            yield sys.stdout
            sys.stdout.flush()
        except BrokenPipeError:  # whoever read has enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    text = io.StringIO()
    yield text
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        unfinished.write_text(text.getvalue(), encoding="utf-8")
        unfinished.replace(target)
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def write_json(target: Path, document: dict[str, Any]) -> None:
    """One JSON object."""
    with opened(target) as file:
        json.dump(document, file, ensure_ascii=False, allow_nan=False, indent=1, default=words)  # facts alone
        file.write("\n")


def write_csv(target: Path, rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> None:
    """A head and a line a row. Text that a spreadsheet would run as a formula gets an apostrophe before it."""
    with opened(target) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_cell(row[name]) for name in columns])


def words(fact: Fact | None) -> str:
    """A fact in English; nothing for none."""
    return "" if fact is None else fact_words(fact, ENGLISH)


def _cell(value: Any) -> Any:
    if isinstance(value, Fact):
        value = words(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return "" if value is None else value


def console(file: TextIO, *, no_color: bool) -> Console:
    """Where tables go: as wide as the terminal, or wide enough for all where nobody reads."""
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # `opened` knows what to do; rich would exit with 1

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


def warn(lines: Iterable[str | Message], *, quiet: bool, most: int = 20) -> None:
    """Warnings on standard error, the first few of many."""
    if quiet:
        return
    found = list(lines)
    for line in found[:most]:
        click.echo(f"passplan: {line}", err=True)
    if len(found) > most:
        click.echo(f"passplan: … and {len(found) - most} more like these", err=True)


@contextmanager
def progress(what: str, *, quiet: bool) -> Iterator[Progress | None]:
    """A progress bar on a terminal, from the first second on; None where nobody watches."""
    with _bar(quiet=quiet) as advance:
        yield None if advance is None else lambda done, total: advance(done / max(total, 1), what)


@contextmanager
def solving(what: str, *, quiet: bool) -> Iterator[Report | None]:
    """Likewise for a search: its bar says the value so far, the bound, and the gap between them."""
    with _bar(quiet=quiet) as advance:
        yield None if advance is None else lambda share, value, bound: advance(share, _so_far(what, value, bound))


def _so_far(what: str, value: float, bound: float) -> str:
    if not 0.0 < bound < math.inf:
        return f"{what}: value {value:.2f}"
    return f"{what}: value {value:.2f}, bound {bound:.2f}, gap {max(0.0, 1.0 - value / bound) * 100.0:.1f} %"


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Callable[[float, str], None] | None]:
    """What moves a bar to a share of the whole, under a heading."""
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
