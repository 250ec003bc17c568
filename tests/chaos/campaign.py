"""Kills daemons and writers of a store in use, at random, and checks what is left. It prints figures.

    python -m tests.chaos.campaign --kills 200 --database both --seed 1

Two daemons and three writers run at once, now and then with a command line. At random instants one of them is killed
and started again a little later; from time to time the leader is stopped for longer than its lease, and goes on. Exit
code 1: something that must hold does not.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.chaos import checks
from tests.chaos.world import LEASE_S, Child, CommandRun, World, made
from tests.waiting import PATIENCE_S

DAEMONS = ("daemon-1", "daemon-2")
WRITERS = ("writer-1", "writer-2", "writer-3")
TAKEOVER_WITHIN_S = LEASE_S + 1.0

_SPEED = 4_800.0  # a day takes 18 s
_COMMANDS = (
    ("schedule", "publish", "--effort", "quick", "--quiet"),
    ("schedule", "show"),
    ("status",),
    ("contacts", "list"),
)
_ANSWERS = {0, 3}  # 3: something is wrong, which is what `passplan status` is asked
_AWAY = "it cannot be reached"
_NOTHING_TO_PLAN = "nobody can have contact in this span"  # on a busy machine mission time passes the last request


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of a campaign."""

    figures: dict[str, Any]
    violations: list[str] = field(default_factory=list)


def run(
    kind: str,
    folder: Path,
    *,
    kills: int,
    seed: int,
    speed: float = _SPEED,
    pauses: int | None = None,
    crashes: int = 0,
    gap_s: tuple[float, float] = (0.4, 4.4),
    quiet_s: float = 8.0,
    takeover_within_s: float = TAKEOVER_WITHIN_S,
) -> Outcome:
    """A campaign on one database.

    Args:
        kind: "sqlite" or "postgresql".
        folder: for the store; it stays.
        kills: how many.
        seed: of all that is drawn, but for what the machine's own timing decides.
        speed: of the clock.
        pauses: how often the leader is stopped; by default at every twelfth kill.
        crashes: how often the server of PostgreSQL crashes; in what it logs, errors of the database are not counted.
        gap_s: between one kill and the next.
        quiet_s: of peace in the end.
        takeover_within_s: the bound of a take-over.
    """
    pauses = kills // 12 if pauses is None else pauses
    with made(kind, folder, seed=seed, speed=speed) as world:
        began_s = time.monotonic()
        for role in (*DAEMONS, *WRITERS):
            world.start(role)
        _rampage(world, kills=kills, pauses=pauses, crashes=crashes, gap_s=gap_s)
        world.tend(quiet_s)
        late = [] if world.tend_until("all work", PATIENCE_S) else ["not all processes work, long after the last kill"]
        late += [] if world.tend_until("the day is planned", PATIENCE_S) else ["the last day's slot is not made up for"]
        world.end()
        return _judged(world, late, seed=seed, took_s=time.monotonic() - began_s, within_s=takeover_within_s)


def _rampage(world: World, *, kills: int, pauses: int, crashes: int, gap_s: tuple[float, float]) -> None:
    random = world.random
    world.tend_until("all work", 20.0)
    world.tend_until("the day is planned", 20.0)
    stops = sorted(random.sample(range(1, kills), min(pauses, kills - 1)))
    crashes_after = sorted(random.sample(range(1, kills), min(crashes, kills - 1)))
    done = 0
    while done < kills:
        if crashes_after and done >= crashes_after[0]:
            del crashes_after[0]
            world.crash_the_server()
            world.tend_until("all work", 20.0)
        world.tend(random.uniform(*gap_s))
        if random.random() < 0.25:
            world.command(*random.choice(_COMMANDS), "--data", str(world.folder))
        if stops and done >= stops[0] and _pause_the_leader(world):
            del stops[0]
        victim = _victim(world, random)
        if victim is not None:
            if random.random() < 0.6:
                _wait_for_a_bad_moment(world, victim, random)
            world.kill(victim)
            world.start_later(victim, random.uniform(0.0, 1.5))
            done += 1


def _pause_the_leader(world: World) -> bool:
    """Stop it until another leads, and for a while; False where there is no other that could."""
    world.tend_until("all work", 5.0)
    found = world.leader()
    if found is None or not all(c.works for c in world.running.values() if c.is_daemon):
        return False
    child, _ = found
    if world.stop(child) is None:
        world.go_on(child)
        return False
    world.tend(LEASE_S + world.random.uniform(1.0, 2.5))
    world.go_on(child)
    return True


def _victim(world: World, random: Random) -> Child | None:
    """The leader as often as all others together, that a lot is led over; not one that has just gone on."""
    now_s = time.monotonic()
    living = [c for c in world.running.values() if c.lives and c.spared_until_s < now_s]
    led = world.leader()
    if led is not None and led[0] in living and random.random() < 0.45:
        return led[0]
    return random.choice(living) if living else None


def _wait_for_a_bad_moment(world: World, victim: Child, random: Random) -> None:
    """Wait until a writer is about to ask for something, or was answered, or until a daemon has done something."""
    path = world.journal(victim.role) if not victim.is_daemon else victim.log
    size, until_s = _size(path), time.monotonic() + 1.5
    while _size(path) == size and time.monotonic() < until_s:
        time.sleep(0.001)
    time.sleep(random.uniform(0.0, 0.02 if victim.is_daemon else 0.006))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _judged(world: World, late: Sequence[str], *, seed: int, took_s: float, within_s: float) -> Outcome:
    deeds = world.deeds()
    takeovers_s, untold, wrong = world.takeovers_s()
    after_stops_s, _, _ = world.takeovers_s(was_stopped=True)
    violations = [
        *late,
        *world.unexpected,
        *wrong,
        *(f"a take-over took {took:.2f} s, and not {within_s:g} s" for took in takeovers_s if took > within_s),
        *checks.deposed_writes(world.store, world.falls, world.epochs, world.clock),
        *(
            f"passplan {' '.join(c.arguments)}: {c.code}: {c.said}"
            for c in world.commands
            if not _is_answer(c) and not (world.crashes_s and _AWAY in c.said)
        ),
        *checks.problems(world.store, deeds, world.logs()),
    ]
    figures = {
        "database": world.kind,
        "seed": seed,
        "seconds": round(took_s),
        "mission days": round(took_s * world.clock.speed / 86_400.0, 1),
        "kills": world.kills,
        "crashes of the server": len(world.crashes_s),
        "stops": sum(f.was_stopped for f in world.falls),
        "commands": len(world.commands),
        "epochs": max(world.epochs, default=0),
        "take-over [s]": _spread(takeovers_s) | {"not told": untold},
        "take-over after SIGSTOP [s]": _spread(after_stops_s),
        **checks.figures(world.store, deeds),
        "exit codes": sorted(set(world.exits.values())),
        "violations": len(violations),
    }
    return Outcome(figures=figures, violations=violations)


def _is_answer(run: CommandRun) -> bool:
    return run.code in _ANSWERS or _NOTHING_TO_PLAN in run.said


def _spread(found: Sequence[float]) -> dict[str, float | int]:
    if not found:
        return {"count": 0}
    return {"count": len(found), "median": round(statistics.median(found), 2), "max": round(max(found), 2)}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--crashes", type=int, default=0, help="of the server of PostgreSQL")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=_SPEED)
    parser.add_argument("--keep", type=Path, help="a folder in which stores and logs stay")
    given = parser.parse_args()
    kinds = ("sqlite", "postgresql") if given.database == "both" else (given.database,)
    violated = False
    with tempfile.TemporaryDirectory(prefix="chaos-") as temporary:
        for kind in kinds:
            folder = (given.keep or Path(temporary)) / f"{kind}-{given.seed}"
            crashes = given.crashes if kind == "postgresql" else 0
            found = run(kind, folder, kills=given.kills, crashes=crashes, seed=given.seed, speed=given.speed)
            sys.stdout.write(f"{platform.node()}, Python {platform.python_version()}\n")
            for name, value in found.figures.items():
                sys.stdout.write(f"  {name:<28} {json.dumps(value) if isinstance(value, dict) else value}\n")
            for told in found.violations:
                sys.stdout.write(f"! seed {given.seed}, {kind}: {told}\n")
            sys.stdout.flush()
            violated |= bool(found.violations)
    sys.exit(1 if violated else 0)


if __name__ == "__main__":
    main()
