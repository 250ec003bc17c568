"""The page of faults, and the tests that carry their numbers."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_fault_of_the_page_has_a_test_with_its_number_and_no_other_number_is_used() -> None:
    page = (ROOT / "docs/reference/faults.md").read_text(encoding="utf-8")
    rows = [int(number) for number in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)]
    marked = {
        int(number)
        for path in (ROOT / "tests").rglob("test_*.py")
        for number in re.findall(r"^ *@pytest\.mark\.fault\((\d+)\)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert sorted(rows) == rows
    assert set(rows) == marked
