"""A real browser before a real service: `passplan serve --demo` in its own processes, and headless Chromium."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from passplan.service.operations.demo import PASSWORD
from tests.ports import free_port
from tests.waiting import PATIENCE_S, wait_until

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True, slots=True)
class Service:
    """A demonstration that runs."""

    url: str
    folder: Path

    def command(self, *words: object) -> str:
        """What a command says about its store."""
        result = subprocess.run(
            [sys.executable, "-m", "passplan", *map(str, words), "--data", str(self.folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is."""
    found = os.environ.get("PASSPLAN_CHROMIUM") or next((p for n in _NAMES if (p := shutil.which(n))), None)
    if found is None:
        if os.environ.get("PASSPLAN_REQUIRE_BROWSER"):
            pytest.fail("there is no Chromium: apt-get install chromium, or set PASSPLAN_CHROMIUM")
        pytest.skip("browser tests need Chromium: apt-get install chromium, or set PASSPLAN_CHROMIUM to another's path")
    return found


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A demonstration, ready: its first schedule is made, and its first contacts are frozen."""
    folder = tmp_path_factory.mktemp("service")
    url = f"http://127.0.0.1:{free_port()}"
    listen = url.removeprefix("http://")
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "passplan", "serve", "--demo", "--data", str(folder / "data"), "--listen", listen],
            stdout=log,
            stderr=log,
        )
        try:
            wait_until(
                lambda: process.poll() is not None or ("committed" in (folder / "log").read_text() and _answers(url)),
                within_s=PATIENCE_S,
                told=(folder / "log").read_text,
            )
            assert process.poll() is None, (folder / "log").read_text()
            yield Service(url, folder / "data")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=40.0)
    assert "a mistake in passplan" not in (folder / "log").read_text()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium without a screen."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium)
        yield found
        found.close()


Visitor = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, service: Service) -> Iterator[Visitor]:
    """Opens a page as somebody, in a browser window of its own; what scripts complain about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(path: str = "/", who: str = "", *, theme: str = "light", width: int = 1440, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            base_url=service.url,
            locale="en-GB",
            reduced_motion="reduce",
            **{"timezone_id": "UTC", **options},
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.add_cookies([{"name": "theme", "value": theme, "url": service.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None)
        if who:
            sign_in(page, who)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [] == complaints


def sign_in(page: Page, who: str) -> None:
    """Sign in as an account of the demonstration."""
    page.goto("/sign-in")
    page.get_by_label("Account").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def _answers(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"{url}/healthz", timeout=2.0) as answer:
        return bool(answer.status == 200)
    return False
