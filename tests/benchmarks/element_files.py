"""The time and memory of reading a large TLE file: `python -m tests.benchmarks.element_files CATALOGUE --sets 350000`.

It repeats the sets of a catalogue with earlier epochs, and reads all of them, or those of one satellite (`--wanted`).
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from itertools import islice, product
from pathlib import Path

from passplan.formats.decoding import decoded
from passplan.formats.elements import load_elements
from passplan.formats.limits import MAX_ELEMENTS_BYTES
from tests.data import with_field


def main() -> None:
    """Read the options, write the file, and print the figures of reading it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", type=Path, help="TLE with three lines a set, also in gzip")
    parser.add_argument("--sets", type=int, default=350_000)
    parser.add_argument("--wanted", type=int, help="a catalogue number; default: all")
    given = parser.parse_args()
    lines = decoded(given.catalogue.read_bytes(), given.catalogue.name, MAX_ELEMENTS_BYTES).decode().splitlines()
    sets = [lines[at : at + 3] for at in range(0, len(lines), 3)]
    with tempfile.NamedTemporaryFile("w", suffix=".tle") as file:
        for days, (name, line_1, line_2) in islice(product(range(given.sets), sets), given.sets):
            file.write(f"{name.rstrip()}\n{with_field(line_1, 21, f'{int(line_1[20:23]) - days:03}')}\n{line_2}\n")
        file.flush()
        started_s, wall_s = time.process_time(), time.perf_counter()
        elements = load_elements(file.name, wanted=None if given.wanted is None else {given.wanted})
        cpu_s, wall_s = time.process_time() - started_s, time.perf_counter() - wall_s
        size_mb = Path(file.name).stat().st_size / 1e6
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{given.sets:,} sets, {size_mb:.0f} MB: {len(elements):,} read, {len(elements.refused)} refused")
    print(f"{cpu_s:.1f} s of processor time, {wall_s:.1f} s, peak {peak_mb:.0f} MB with the interpreter")


if __name__ == "__main__":
    main()
