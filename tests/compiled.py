"""Compile the planner's kernels before the tests, once: otherwise each process of a test compiles them for itself.

python -m tests.compiled
"""

from __future__ import annotations

from dataclasses import replace

from passplan.scheduling.planner import plan
from tests.benchmarks.planning_cases import planning_case


def main() -> None:
    """Plan a small day that needs every kernel."""
    plan(replace(planning_case("mix", requests=40, stations=10), effort="quick"))
    plan(replace(planning_case("even", requests=60, stations=3), effort="normal"))


if __name__ == "__main__":
    main()
