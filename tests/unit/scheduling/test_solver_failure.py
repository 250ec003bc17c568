"""The solver fails: the schedule so far is kept, and it breaks no rule."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ortools.sat.python import cp_model

from tests.benchmarks.iss_days import iss_day
from tests.planning import contact, inputs, request, window
from tests.unit.scheduling.plans import planned, served


@pytest.mark.fault(43)
def test_when_the_solver_fails_the_schedule_so_far_is_kept(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(cp_model.CpSolver, "solve", fail)
    small = inputs([request("a"), request("b")], [window("a", 0, 5), window("b", 0, 5)])
    again = inputs([request("a")], [window("a", 0, 5)], previous=[contact("a", 0, 5)])
    day = replace(iss_day(requests=40, seed=2), effort="normal")

    assert 1 == len(served(planned(small)))
    assert {"a"} == served(planned(again))
    assert len(served(planned(day))) > 30
    assert "the schedule so far is kept" in caplog.text
