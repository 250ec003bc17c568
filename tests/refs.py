"""Antennas as tests write them."""

from __future__ import annotations

from passplan.domain.network import AntennaRef

ref = AntennaRef.parse
Antennas = str | AntennaRef  # as arguments of helpers


def refs(*names: str | AntennaRef) -> tuple[AntennaRef, ...]:
    """The antennas of texts such as "WLP/a"."""
    return tuple(ref(name) if isinstance(name, str) else name for name in names)
