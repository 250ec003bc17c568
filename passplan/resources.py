"""Where the shipped files are: in the wheel under `_shipped/`, in a checkout beside the package."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The path of a shipped file or folder, such as `stations.toml` or `tle`.

    Raises:
        FileNotFoundError: when the installation is damaged.
    """
    for folder in (_PACKAGE / "_shipped", _PACKAGE.parent):
        if (path := folder / name).exists():
            return path
    raise FileNotFoundError(f"{name} is missing from the installation; install passplan again")
