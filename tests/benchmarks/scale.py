"""A store ten times larger than the demonstration's, and what the daemon's work costs there.

python -m tests.benchmarks.scale

60 satellites, 200 stations and 2,000 requests of a day: the passes of a span, a daily plan, and its publication. The
satellites are the ISS with other nodes and anomalies; the stations lie on a spiral from 70 south to 70 north.
"""

from __future__ import annotations

import argparse
import math
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from passplan import Elements, ElementSet, Span, Station, load_elements
from passplan.domain.network import Agency, Antenna, Link, Network, Satellite
from passplan.domain.requests import ContactRequest, RequestBook
from passplan.domain.roles import Role
from passplan.resources import shipped
from passplan.service.access.actors import Actor
from passplan.service.elements.sets import add_elements
from passplan.service.network.revisions import apply_network
from passplan.service.operations.forecast import work_out_passes
from passplan.service.requests.submit import submit
from passplan.service.schedule import drafting, publishing
from passplan.service.store import Store, make_store
from passplan.store import passes

ACTOR = Actor(account="bench", role=Role.ADMINISTRATOR)
AGENCIES = ("CSA", "ESA", "JAXA", "NASA", "Roscosmos")


def large_network(satellites: int, stations: int) -> Network:
    """A network in which every agency has its own stations alone."""
    sites = tuple(
        Station(
            id=f"S{k:03}",
            latitude_deg=math.degrees(math.asin(math.sin(math.radians(70.0)) * (2.0 * k + 1.0 - stations) / stations)),
            longitude_deg=(k * 137.508) % 360.0 - 180.0,
            min_elevation_deg=5.0,
            agency=AGENCIES[k % len(AGENCIES)],
            purpose="iss",
            antennas=(Antenna(id="A", bands=("S",), setup_s=60.0, teardown_s=30.0),),
        )
        for k in range(stations)
    )
    return Network(
        agencies=tuple(Agency(id=name) for name in AGENCIES),
        stations=sites,
        satellites=tuple(
            Satellite(
                id=f"SAT-{k:02}",
                catalog_number=80_000 + k,
                links=(Link(id="s-down", direction="downlink", band="S", capacity=2),),
            )
            for k in range(satellites)
        ),
    )


def large_elements(satellites: int) -> list[ElementSet]:
    """The ISS with other nodes and anomalies."""
    iss = max((s for s in load_elements(shipped("tle")) if s.catalog_number == 25544), key=lambda s: s.epoch)
    return [
        replace(
            iss,
            catalog_number=80_000 + k,
            name=f"SAT-{k:02}",
            object_id="",
            ra_of_asc_node_deg=k * 360.0 / satellites,
            mean_anomaly_deg=(k * 137.508) % 360.0,
        )
        for k in range(satellites)
    ]


def large_book(requests: int, satellites: int, day: datetime) -> RequestBook:
    """Requests of a day, in turn of agencies and satellites."""
    return RequestBook(
        requests=tuple(
            ContactRequest(
                id=f"R{k:05}",
                agency=AGENCIES[k % len(AGENCIES)],
                satellite=f"SAT-{k % satellites:02}",
                link="s-down",
                span=Span(day + timedelta(hours=k % 12), day + timedelta(hours=k % 12 + 12)),
                min_s=180.0,
                wanted_s=360.0,
            )
            for k in range(requests)
        )
    )


def large_store(folder: Path, *, satellites: int, stations: int, requests: int) -> tuple[Store, datetime]:
    """The store, and its time: the epoch of the elements."""
    sets = large_elements(satellites)
    now = sets[0].epoch + timedelta(minutes=1)
    store = make_store(folder)
    apply_network(store, large_network(satellites, stations), actor=ACTOR, now=now)
    add_elements(store, Elements(tuple(sets)), source="bench", actor=ACTOR, now=now)
    submit(store, large_book(requests, satellites, now + timedelta(hours=8)), actor=ACTOR, now=now)
    return store, now


@contextmanager
def measured(name: str) -> Iterator[None]:
    """Print the time, and the peak of memory so far."""
    started_s, cpu_s = time.perf_counter(), time.process_time()
    yield
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    wall_s, used_s = time.perf_counter() - started_s, time.process_time() - cpu_s
    print(f"{name:55} {wall_s:8.2f} s, CPU {used_s:7.2f} s, peak {peak_mb:6.0f} MB", flush=True)


class Writers:
    """Measures how long the write transactions of a store take."""

    def __init__(self, store: Store) -> None:
        self.longest_s = 0.0
        write = store.database.write

        def timed(work: object, *arguments: object, **options: object) -> object:
            started_s = time.perf_counter()
            try:
                return write(work, *arguments, **options)  # type: ignore[arg-type]
            finally:
                self.longest_s = max(self.longest_s, time.perf_counter() - started_s)

        store.database.write = timed  # type: ignore[method-assign, assignment]

    def report(self, name: str) -> None:
        """Print and forget the longest transaction."""
        print(f"{name:55} {self.longest_s:8.2f} s", flush=True)
        self.longest_s = 0.0


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--satellites", type=int, default=60)
    parser.add_argument("--stations", type=int, default=200)
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--without-passes", action="store_true")
    parser.add_argument("--folder", type=Path, default=None, help="Keep the store in this folder.")
    options = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {sys.platform}")
    with tempfile.TemporaryDirectory() as temporary:
        with measured(
            f"store: {options.satellites} satellites, {options.stations} stations, {options.requests} requests"
        ):
            store, now = large_store(
                options.folder or Path(temporary) / "store",
                satellites=options.satellites,
                stations=options.stations,
                requests=options.requests,
            )
        writers = Writers(store)
        if not options.without_passes:
            with measured("passes"):
                print(work_out_passes(store, actor=ACTOR, now=now), "passes")
            writers.report("longest write transaction of passes")
            with store.database.read() as connection:
                size, count = store.database.bytes_in(connection), passes.count(connection)
            print(f"{size / 1e6:.0f} MB of database, {size / max(1, count):.0f} bytes a pass with its indexes")
            one = replace(large_elements(1)[0], epoch=now, mean_anomaly_deg=1.0)
            add_elements(store, Elements((one,)), source="bench", actor=ACTOR, now=now + timedelta(minutes=1))
            with measured("passes after a new set of one satellite"):
                print(work_out_passes(store, actor=ACTOR, now=now + timedelta(minutes=1)), "passes")
            writers.report("longest write transaction of them")
        with measured("daily plan, quick"):
            draft = drafting.draft(store, now=now, lane=drafting.DAILY, effort="quick")
        print(len(draft.plan.schedule.assignments), "contacts", len(draft.plan.schedule.refusals), "refusals")
        with measured("publication"):
            publishing.publish(store, draft, actor=ACTOR, now=now)
        writers.report("write transaction of the publication")
        with measured("daily plan again, quick"):
            draft = drafting.draft(store, now=now + timedelta(minutes=5), lane=drafting.DAILY, effort="quick")
        with measured("publication again"):
            publishing.publish(store, draft, actor=ACTOR, now=now + timedelta(minutes=5))
        writers.report("write transaction of the second publication")
        store.database.close()


if __name__ == "__main__":
    main()
