"""Files that are written: complete or absent, and never in the place of what is no regular file."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from passplan import files


def written(target: Path, text: str = "new", *, is_private: bool = False) -> None:
    with files.writing(target, is_private=is_private) as path:
        path.write_text(text)


def half_written(target: Path) -> None:
    with files.writing(target) as path:
        path.write_text("half")
        raise ValueError("no more")


def test_a_file_is_made_and_replaced(tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    written(target, "old")
    target.chmod(0o640)
    written(target)

    assert "new" == target.read_text()
    assert 0o640 == stat.S_IMODE(target.stat().st_mode)
    assert [target] == list(tmp_path.iterdir())


def test_after_an_error_the_file_is_as_before(tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    written(target, "old")
    with pytest.raises(ValueError, match="no more"):
        half_written(target)

    assert "old" == target.read_text()
    assert [target] == list(tmp_path.iterdir())


@pytest.mark.fault(80)
@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_stays_and_its_file_is_written(tmp_path: Path, is_there: bool) -> None:
    (tmp_path / "folder").mkdir()
    file, link = tmp_path / "folder" / "file", tmp_path / "link"
    link.symlink_to("folder/file")
    if is_there:
        file.write_text("old")
    written(link)

    assert link.is_symlink()
    assert "new" == file.read_text()


def test_a_pipe_gets_the_content_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    texts: list[str] = []
    reader = threading.Thread(target=lambda: texts.append(pipe.read_text()), daemon=True)
    reader.start()
    written(pipe)
    reader.join(10.0)

    assert ["new"] == texts
    assert pipe.is_fifo()


@pytest.mark.fault(82)
def test_a_private_file_is_private_from_its_first_byte_on(tmp_path: Path) -> None:
    target = tmp_path / "copy.sqlite"
    target.write_text("old")
    target.chmod(0o644)
    with files.writing(target, is_private=True) as path:
        before = stat.S_IMODE(path.stat().st_mode)
        path.write_text("new")

    assert 0o600 == before == stat.S_IMODE(target.stat().st_mode)


def test_a_folder_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="directory"):
        written(tmp_path)
    with pytest.raises(FileNotFoundError):
        written(tmp_path / "missing" / "file")
