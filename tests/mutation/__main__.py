"""`python -m tests.mutation`: a seeded sample of mutants, and the hand-made ones of the guards' SQL."""

from __future__ import annotations

import hashlib
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from tests.mutation import guards_sql
from tests.mutation.mutants import Mutant, is_python, load_mutants, sample
from tests.mutation.running import ROOT, Job, Outcome, Runner, runner
from tests.mutation.targets import GUARDS, TARGETS, Target

EQUIVALENT = Path(__file__).with_name("equivalent.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How many mutants of a group were killed; those listed as equivalent are not run and do not count."""

    killed: int
    timeouts: int
    survived: int
    equivalent: int

    @property
    def percent(self) -> float:
        """Of those that count."""
        return 100.0 * (self.killed + self.timeouts) / max(1, self.killed + self.timeouts + self.survived)


def load_equivalent() -> dict[tuple[str, str, str], str]:
    """The mutants that change nothing that anybody could notice, and why."""
    entries = tomllib.loads(EQUIVALENT.read_text("utf-8")).get("equivalent", [])
    return {(e["file"], e["before"], e["after"]): e["reason"] for e in entries}


def python_mutants() -> tuple[list[Mutant], dict[str, Target]]:
    """Every mutant of the targets' files, and which target a file belongs to."""
    target_of = {path.relative_to(ROOT).as_posix(): t for t in TARGETS for path in t.files(ROOT)}
    return load_mutants((file, (ROOT / file).read_bytes()) for file in sorted(target_of)), target_of


class Record:
    """The mutants that were killed, in a file: a run that was stopped continues, and only survivors run again."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        lines = path.read_text("utf-8").splitlines() if path is not None and path.exists() else []
        self._killed = {digest: Outcome(outcome) for outcome, digest in (line.split() for line in lines)}

    def outcome_of(self, job: Job) -> Outcome | None:
        """How the same text of the same file was killed."""
        return self._killed.get(_digest(job))

    def add(self, job: Job, outcome: Outcome) -> None:
        """Remember a mutant that was killed."""
        if self._path is not None and outcome is not Outcome.SURVIVED:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{outcome} {_digest(job)}\n")


def _digest(job: Job) -> str:
    return hashlib.sha256(job.file.encode() + b"\0" + job.source).hexdigest()


def _run(title: str, mutants: Sequence[Mutant], target_of: dict[str, Target], running: Runner, record: Record) -> Score:
    equivalent = load_equivalent()
    todo = [m for m in mutants if m.key not in equivalent]
    jobs = [Job(file=m.file, source=m.applied_to((ROOT / m.file).read_bytes()), target=target_of[m.file]) for m in todo]
    known = {number: record.outcome_of(job) for number, job in enumerate(jobs)}
    outcomes = {number: outcome for number, outcome in known.items() if outcome is not None}
    if outcomes:
        print(f"{len(outcomes)} of them are recorded as killed", flush=True)
    remaining = [number for number in known if number not in outcomes]
    began = time.monotonic()
    for position, outcome in running.run([jobs[number] for number in remaining]):
        number = remaining[position]
        outcomes[number] = outcome
        record.add(jobs[number], outcome)
        if len(outcomes) % 20 == 0:
            print(f"... {len(outcomes)} of {len(todo)}, {time.monotonic() - began:.0f} s", flush=True)
        if outcome is not Outcome.KILLED:
            print(f"{outcome}: {todo[number]}", flush=True)
    score = Score(
        killed=list(outcomes.values()).count(Outcome.KILLED),
        timeouts=list(outcomes.values()).count(Outcome.TIMEOUT),
        survived=list(outcomes.values()).count(Outcome.SURVIVED),
        equivalent=len(mutants) - len(todo),
    )
    print(
        f"{title}: {score.killed + score.timeouts} of {len(todo)} killed, {score.percent:.1f} % "
        f"({score.timeouts} of them by the time limit; {score.equivalent} more are listed as equivalent and were not "
        f"run; {time.monotonic() - began:.0f} s)",
        flush=True,
    )
    for file in sorted({m.file for m in todo}):
        own = [outcomes[k] for k, m in enumerate(todo) if m.file == file]
        print(f"    {len(own) - own.count(Outcome.SURVIVED):4} of {len(own):4}  {file}")
    return score


@click.command()
@click.option("--sample", "size", default=400, show_default=True, help="How many mutants of the Python files.")
@click.option("--seed", default=12, show_default=True, help="Which of them.")
@click.option("--only", multiple=True, help="Files whose path contains this; repeatable.")
@click.option("--group", type=click.Choice(["all", "python", "sql"]), default="all", show_default=True)
@click.option("--jobs", default=2, show_default=True, help="Copies of the tree, each with one run at a time.")
@click.option(
    "--record", type=click.Path(path_type=Path), help="A file of the mutants that were killed: they do not run again."
)
@click.option(
    "--quick", is_flag=True, help="Run the first tests of each target alone; survivors can run again with all."
)
@click.option("--at-least", default=90.0, show_default=True, help="The score below which this fails [percent].")
def main(
    size: int,
    seed: int,
    only: tuple[str, ...],
    group: str,
    jobs: int,
    record: Path | None,
    quick: bool,
    at_least: float,
) -> None:
    """Change the code a little, many times, and see whether the nearest tests notice."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    every, target_of = python_mutants()
    guards = GUARDS
    if quick:
        target_of = {file: target.first_alone() for file, target in target_of.items()}
        guards = GUARDS.first_alone()

    def is_wanted(file: str) -> bool:
        return not only or any(part in file for part in only)

    among = [m for m in every if is_wanted(m.file)] if group != "sql" else []
    chosen = sample(among, size, seed, lambda m: is_python(m.applied_to((ROOT / m.file).read_bytes())))
    by_hand = guards_sql.mutants(ROOT) if group != "python" and is_wanted(GUARDS.sources) else []
    targets = list(dict.fromkeys(target_of[m.file] for m in chosen))
    print(f"{len(chosen)} of {len(among)} mutants of the Python files (seed {seed}), {len(by_hand)} of the guards' SQL")
    scores = []
    with runner(jobs) as running:
        print("the tests without a mutant:")
        running.measure([*targets, *([guards] if by_hand else [])])
        if by_hand:
            scores.append(_run("the guards' SQL", by_hand, {guards.sources: guards}, running, Record(record)))
        if chosen:
            scores.append(_run("Python", chosen, target_of, running, Record(record)))
    sys.exit(any(score.percent < at_least for score in scores))


if __name__ == "__main__":
    main()
