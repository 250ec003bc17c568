"""Pages of a store with a year behind it, beside those of the same store without.

python -m tests.benchmarks.year

The demonstration's store after its first plan; then with 5,000 requests and 100,000 contacts of the year before.
"""

from __future__ import annotations

import platform
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from flask.testing import FlaskClient

from passplan.domain.roles import Role
from passplan.server.app import create_app
from passplan.server.http.cache import EXTENSION, ResponseCache
from passplan.service.access.accounts import save_account
from passplan.service.access.actors import Actor
from passplan.service.access.keys import load_keys
from passplan.service.access.login import create_token
from passplan.service.operations.demo import PASSWORD, make_demonstration
from passplan.service.operations.forecast import work_out_passes
from passplan.service.schedule import drafting, publishing
from passplan.service.store import Store
from tests.history import add_history

ACTOR = Actor(account="bench", role=Role.ADMINISTRATOR)
PAGES = (
    "/",
    "/passes?hours=24",
    "/schedule/",
    "/requests/",
    "/stations/WPS-VHF",
    "/agencies/ESA",
    "/administration/",
    "/administration/events",
    "/metrics",
    "/api/v1/requests?limit=500",
    "/api/v1/contacts",
    "/api/v1/agencies/ESA",
)
_TIMES = 9


def main() -> None:
    """Measure."""
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {sys.platform}")
    with tempfile.TemporaryDirectory() as folder:
        store = make_demonstration(Path(folder) / "store", (), actor=ACTOR, real_now=datetime.now(UTC))
        work_out_passes(store, actor=ACTOR, now=now_of(store))
        draft = drafting.draft(store, now=now_of(store), lane=drafting.DAILY, effort="quick")
        publishing.publish(store, draft, actor=ACTOR, now=now_of(store))
        save_account(store, "bench", Role.ADMINISTRATOR, actor=ACTOR, now=now_of(store))
        small = measured(store)
        started_s = time.perf_counter()
        add_history(store.database, now_of(store), requests=5_000, contacts_each=20, days=365)
        print(f"a year of history in {time.perf_counter() - started_s:.0f} s")
        year = measured(store)
        store.database.close()
    print(f"{'median of ' + str(_TIMES) + ' [ms]':40} {'small':>8} {'a year':>8} {'ratio':>6}")
    for path in PAGES:
        print(f"{path:40} {small[path]:8.1f} {year[path]:8.1f} {year[path] / small[path]:6.2f}")


def measured(store: Store) -> dict[str, float]:
    """The median time of each page [ms], which no cache answers."""
    app = create_app(store, clock=lambda: datetime.now(UTC))
    now = datetime.now(UTC)
    token = create_token(store, load_keys(store.folder), "bench", actor=ACTOR, now=now_of(store), real_now=now)
    client = app.test_client()
    client.post(
        "/sign-in",
        data={"account": "admin", "password": PASSWORD},
        headers={"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    )
    found = {}
    for path in PAGES:
        times_ms = []
        for _ in range(_TIMES + 1):
            app.extensions[EXTENSION] = ResponseCache()
            times_ms.append(answered_ms(client, path, token))
        found[path] = statistics.median(times_ms[1:])  # documents are parsed at the first time
    return found


def answered_ms(client: FlaskClient, path: str, token: str) -> float:
    """The time of one answer [ms]."""
    headers = {"Authorization": f"Bearer {token}"} if path.startswith("/api/") else {}
    started_s = time.perf_counter()
    response = client.get(path, headers=headers)
    took_ms = (time.perf_counter() - started_s) * 1_000.0
    assert response.status_code == 200, (path, response.status_code, response.text[:300])
    return took_ms


def now_of(store: Store) -> datetime:
    """Mission time."""
    return store.mission_time(datetime.now(UTC))


if __name__ == "__main__":
    main()
