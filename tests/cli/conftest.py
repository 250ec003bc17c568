"""The commands run in this process, with a clock of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from passplan.cli import inputs
from passplan.cli.main import main
from tests.cli.running import NOW, Result, Run


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line in this process, with its clock at NOW."""
    monkeypatch.setattr(inputs, "clock", lambda: NOW)
    for variable in ("PASSPLAN_ELEMENTS", "PASSPLAN_NETWORK", "PASSPLAN_REQUESTS", "COLUMNS"):
        monkeypatch.delenv(variable, raising=False)

    def call(*arguments: str | Path) -> Result:
        with pytest.raises(SystemExit) as stopped:
            main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return Result(int(stopped.value.code or 0), captured.out, captured.err)

    return call
