"""Every page, for everybody: nothing that axe finds, nothing that runs over the edge, nothing too heavy."""

from __future__ import annotations

import gzip

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Response

from tests.browser.conftest import Visitor

PUBLIC = (
    "/",
    "/passes?hours=24",
    "/passes?min_el=89.9",
    "/passes?station=KIR&hours=700",
    "/contacts/21",
    "/schedule/",
    "/schedule/2026-08-20",
    "/schedule/revisions",
    "/map",
    "/stations/",
    "/stations/WPS-VHF",
    "/agencies/",
    "/agencies/ESA",
    "/keys",
    "/problems/denied",
    "/sign-in",
    "/nothing/here",
)
OWN = (
    "/",
    "/requests/",
    "/requests/CSA-HIGH",
    "/agencies/CSA",
    "/account",
    "/sign-in/again",
    "/passes?show=mine&hours=48",
)
ADMINISTRATION = (
    "/administration/",
    "/administration/accounts",
    "/administration/events",
    "/requests/",
    "/schedule/",
    "/stations/SHK",
)
PAGES = [("", p) for p in PUBLIC] + [("csa", p) for p in OWN] + [("admin", p) for p in ADMINISTRATION]


@pytest.mark.parametrize("who", ["", "csa", "admin"])
@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 1440), ("night", 820), ("light", 390)])
def test_axe_finds_nothing_on_any_page(visit: Visitor, who: str, theme: str, width: int) -> None:
    page = visit("/", who, theme=theme, width=width, color_scheme="dark" if theme == "dark" else "light")
    found = {}
    for path in [p for w, p in PAGES if w == who]:
        # axe compares every cell with what is behind it: the day's 8,800 elements take 13 s, and are tried once.
        page.goto(path if (theme, width) == ("light", 1440) else path.replace("/passes?hours=24", "/passes?hours=6"))
        result = Axe().run(page, options={"resultTypes": ["violations"]})
        if result.violations_count:
            found[path] = [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in result.response["violations"]]

    assert {} == found


WIDTHS = (360, 390, 820, 1024, 1440, 1920)

# A column that is hidden in a narrow window must be hidden with its heading.
COLUMNS_UNDER_THE_WRONG_HEADING = """() => [...document.querySelectorAll('table')].flatMap(table => {
  const width = row => [...row.cells].filter(c => c.checkVisibility()).reduce((n, c) => n + c.colSpan, 0)
  const head = table.tHead?.rows[0]
  if (!head || getComputedStyle(table.tHead).position === 'absolute') return []
  return [...table.tBodies].flatMap(b => [...b.rows]).filter(r => r.cells.length > 1 && width(r) !== width(head))
    .slice(0, 1).map(r => r.textContent.trim().slice(0, 80))
})"""


LONGEST_CELLS_OF_STATIONS = """() => {
  const texts = {health: "▲ Closed to 12:44", time: "up until 12:31:22", el: "90.0°", by: "▤ Roscosmos"};
  for (const [name, text] of Object.entries(texts))
    for (const cell of document.querySelectorAll(`.every .c-${name}`)) cell.textContent = text;
}"""
WIDER_THAN_THEIR_PANEL = """() => [...document.querySelectorAll(".panel table")].filter(table =>
  !table.closest(".scroll")
  && table.getBoundingClientRect().right > table.closest(".panel").getBoundingClientRect().right
).map(table => table.textContent.trim().slice(0, 60))"""
LONGEST_STATE = (
    '<span class="state s-cancelled_by_network"><svg class="icon"></svg>Cancelled by the network</span> '
    '<span class="agency a-5"><svg class="swatch"></svg><abbr>Roscosmos</abbr></span> <small>+1</small>'
)


@pytest.mark.parametrize("who", ["", "csa", "admin"])
def test_no_page_scrolls_sideways(visit: Visitor, who: str) -> None:
    page = visit("/", who, width=WIDTHS[0])
    over, shifted = {}, {}
    for path in [p for w, p in PAGES if w == who]:
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        page.goto(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if beyond > 0:
                over[path, width] = beyond
            if found := page.evaluate(COLUMNS_UNDER_THE_WRONG_HEADING):
                shifted[path, width] = found

    assert {} == over
    assert {} == shifted


def test_the_longest_texts_stay_within_their_panels(visit: Visitor) -> None:
    """An administrator reads every note; some have 60 characters. A station can be up and closed."""
    page = visit("/", "admin", width=1440)
    page.evaluate(LONGEST_CELLS_OF_STATIONS)
    wide = {}
    for width in range(1100, 1441, 20):
        page.set_viewport_size({"width": width, "height": 900})
        if found := page.evaluate(WIDER_THAN_THEIR_PANEL):
            wide[width] = found

    assert page.locator(".every tbody tr").count() > 20
    assert {} == wide


@pytest.mark.parametrize("width", [768, 820, 1024])
def test_the_longest_state_fits_into_the_pass_table(visit: Visitor, width: int) -> None:
    page = visit("/passes?hours=24", width=width)
    page.locator("tbody .c-state").first.evaluate("(cell, html) => { cell.innerHTML = html }", LONGEST_STATE)

    assert 0 == page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_a_page_with_everything_weighs_60_kb_at_most(visit: Visitor) -> None:
    """The page, style, icon and every script, as they come over the wire."""
    heavy = {}
    context = visit("/keys", "csa").context
    for path in ("/", "/passes", "/contacts/21", "/schedule/", "/map", "/requests/"):
        page = context.new_page()
        sizes: dict[str, int] = {}

        def weigh(response: Response, sizes: dict[str, int] = sizes) -> None:
            if response.ok:
                sizes[response.url] = len(gzip.compress(response.body(), 6))

        page.on("response", weigh)
        page.goto(path)
        page.wait_for_load_state("networkidle")
        if sum(sizes.values()) > 60 * 1024:
            heavy[path] = sizes
        assert sum(sizes.values()) > 20_000

    assert {} == heavy


def test_every_text_of_a_script_free_page_is_there(visit: Visitor) -> None:
    """With scripts off the same headings and the same rows are shown."""
    without, with_ = visit("/passes", java_script_enabled=False), visit("/passes")

    assert with_.locator("h1").inner_text() == without.locator("h1").inner_text()
    assert with_.locator("tbody tr").count() == without.locator("tbody tr").count() > 20
