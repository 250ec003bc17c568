"""What is built and installed, in a fresh environment outside the checkout; and the locks."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from importlib.metadata import distributions, metadata
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _run(*command: str | Path, cwd: Path) -> str:
    result = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sdist, and the wheel that is built from it: so the sdist has all that a wheel needs."""
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (source,) = (folder / "unpacked").iterdir()
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=source)
    (wheel,) = folder.glob("*.whl")
    return {"sdist": sdist, "wheel": wheel}


def test_the_wheel_has_the_shipped_files_and_no_tests(built: dict[str, Path]) -> None:
    names = zipfile.ZipFile(built["wheel"]).namelist()

    assert "passplan/py.typed" in names
    assert "passplan/_shipped/stations.toml" in names
    assert "passplan/_shipped/tle/iss.tle" in names
    assert "passplan/_shipped/settings.toml" in names
    assert "passplan/store/migrations/versions/r0001_first_tables.py" in names
    assert not [n for n in names if n.startswith("tests")]


def test_the_installed_wheel_prints_passes_away_from_the_checkout(built: dict[str, Path], tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    site = Path(_run(python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])", cwd=tmp_path).strip())
    with zipfile.ZipFile(built["wheel"]) as wheel:
        wheel.extractall(site)
    # The dependencies are those of this environment: nothing is fetched. Its own passplan comes later on the path.
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    where = _run(python, "-c", "import passplan; print(passplan.__file__)", cwd=tmp_path)
    text = _run(
        python, "-m", "passplan", "passes", "--start", "epoch", "--hours", "12", "--format", "json", cwd=tmp_path
    )

    assert str(site) in where
    assert len(json.loads(text)["passes"]) > 20


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_hashes_and_names_no_index_and_no_machine(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pins = re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)

    assert not re.search(r"://|^-|/tmp|/home|/root", text, re.MULTILINE)
    assert {"numba", "skyfield", "sgp4", "click", "hatchling", "editables"} <= set(pins)
    for block in re.split(r"\n(?=[a-z0-9])", text):
        assert "--hash=sha256:" in block


def test_the_core_is_under_licences_that_anyone_can_use() -> None:
    text = (ROOT / "requirements.lock").read_text()
    allowed = re.compile(r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation", re.IGNORECASE)
    others = set()
    for name in set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)) & {d.name.lower() for d in distributions()}:
        about: Any = metadata(name)
        told = " ".join(
            [about.get("License-Expression", ""), about.get("License", "")[:200], *about.get_all("Classifier", [])]
        )
        if not allowed.search(told):
            others.add(name)

    # MPL-2.0 both: skyfield requires certifi, and nothing here uses it; pathspec is hatchling's, for building alone.
    assert {"certifi", "pathspec"} == others


def test_the_version_is_said_once() -> None:
    from passplan import __version__

    assert f"passplan, version {__version__}" in _run(sys.executable, "-m", "passplan", "--version", cwd=ROOT)
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text()
