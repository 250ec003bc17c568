"""What people do: an agency asks for a slot and gets it, an operator finds a pass; with keys alone, without scripts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service, Visitor

SOON_MS = 60_000


def fill_request(page: Page, note: str, *, link: str = "ISS/hamtv", station: str = "") -> None:
    page.get_by_label("What for").fill(note)
    page.locator("select[name=link]").select_option(link)
    if station:
        page.locator("details:has([name=stations]) > summary").click()
        page.locator(f"[name=stations][value={station}]").check()


def mission_now(page: Page) -> datetime:
    text = page.evaluate("document.documentElement.dataset.now")
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def test_an_agency_requests_a_slot_and_sees_it_scheduled(visit: Visitor) -> None:
    page = visit("/requests/", "csa")
    fill_request(page, "a greeting to the crew", station="GAT")
    page.get_by_role("button", name="Check only").click()
    expect(page.locator(".check-result")).to_contain_text("There is room in")
    page.get_by_role("button", name="Send request").click()
    expect(page.locator("h1")).to_contain_text("a greeting to the crew")

    # Nobody reloads: the page takes the new schedule by itself.
    expect(page.locator(".head-tags .state")).to_have_text(re.compile("Scheduled|Committed"), timeout=SOON_MS)
    expect(page.locator("main")).to_contain_text("GAT/sx-13m")
    page.get_by_role("link", name="Schedule", exact=True).click()
    page.locator(".as-table > summary").click()
    expect(page.locator(".as-table")).to_contain_text("a greeting to the crew")


def test_a_refused_request_says_why_and_an_alternative_is_taken(visit: Visitor) -> None:
    page = visit("/requests/CSA-HIGH", "csa")
    expect(page.locator(".refusal")).to_contain_text("too low for the request's least elevation")
    first = page.locator(".alt").first
    start = first.locator("time").first.inner_text()
    first.get_by_role("button", name="Take this slot").click()

    expect(page.locator("h1")).to_contain_text("CSA-HIGH.2")
    expect(page.locator(".head-tags .state")).to_have_text(re.compile("Scheduled|Committed"), timeout=SOON_MS)
    expect(page.locator("main")).to_contain_text(start)
    page.goto("/requests/CSA-HIGH")
    expect(page.locator(".head-tags .state")).to_have_text("Withdrawn")


def test_a_request_without_room_is_not_taken_and_the_nearest_places_are_offered(visit: Visitor) -> None:
    page = visit("/requests/", "esa")
    fill_request(page, "over Kiruna, which never sees it", station="KIR")
    page.get_by_role("button", name="Send request").click()
    expect(page.locator(".refusal")).to_contain_text("There is no room for it as it is")
    page.locator(".alt").first.get_by_role("button", name="Take this slot").click()

    expect(page.locator("h1")).to_contain_text("over Kiruna")
    expect(page.locator(".head-tags .state")).to_have_text(re.compile("Scheduled|Committed"), timeout=SOON_MS)


def test_a_mistake_in_the_form_is_told_and_nothing_typed_is_lost(visit: Visitor) -> None:
    page = visit("/requests/", "csa")
    fill_request(page, "backwards in time")
    page.locator("[name=end]").fill("2026-08-01 00:00")
    page.get_by_role("button", name="Send request").click()

    expect(page.get_by_role("alert")).to_contain_text("not after its start")
    expect(page.get_by_label("What for")).to_have_value("backwards in time")


def test_an_operator_finds_the_next_pass_opens_its_sky_and_prints_the_day(visit: Visitor) -> None:
    page = visit("/passes", "operator")
    page.locator("[name=station]").select_option("WPS-VHF")
    page.locator("[name=hours]").fill("24")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**/passes?*station=WPS-VHF*")
    times = [t.get_attribute("datetime") or "" for t in page.locator("td.c-aos time").all()]
    assert sorted(times) == times
    assert mission_now(page) - timedelta(minutes=15) < datetime.fromisoformat(times[0].replace("Z", "+00:00"))
    page.locator("th.c-station a").first.click()
    expect(page.locator(".polar .polar-vis")).to_have_count(1)
    expect(page.locator(".polar")).to_have_attribute("aria-label", re.compile("Track from"))
    expect(page.locator(".pointing tbody tr").first).to_be_visible()
    page.locator("h1 a").click()
    expect(page.locator("h1")).to_contain_text("Wallops VHF")
    pdf = page.pdf(print_background=True)

    assert 1 == len(re.findall(rb"/Type\s*/Page[^s]", pdf))
    page.emulate_media(media="print")
    expect(page.locator(".bar")).to_be_hidden()
    expect(page.locator(".station-day")).to_be_visible()


def test_the_pointing_table_is_a_file_with_a_row_a_second(visit: Visitor) -> None:
    page = visit("/contacts/21", "nasa")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV, every second").click()
    lines = download.value.path().read_text().splitlines()

    assert "time,az_deg,el_deg,range_km,range_rate_km_s,doppler_hz,az_unwrapped_deg" == lines[0]
    assert 300 < len(lines)


def test_with_keys_alone(visit: Visitor) -> None:
    page = visit("/", "csa")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to content")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/passes")
    page.keyboard.press("/")
    expect(page.locator(":focus")).to_have_attribute("name", "satellite")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/schedule/")
    # One tab stop leads into the timeline; arrows walk, + zooms, Enter opens.
    bars = page.locator("[data-timeline] .tl-pass[tabindex='0']")
    assert 1 == bars.count()
    bars.focus()
    first = page.locator(":focus").get_attribute("aria-label")
    page.keyboard.press("ArrowDown")
    second = page.locator(":focus").get_attribute("aria-label")
    page.keyboard.press("ArrowRight")
    third = page.locator(":focus").get_attribute("aria-label")
    expect(page.locator("[data-timeline] [data-card]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-timeline] [data-card]")).to_be_hidden()
    page.keyboard.press("+")
    expect(page.locator("[name=zoom][value='12']")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator(".polar")).to_be_visible()

    assert 3 == len({first, second, third})


@pytest.mark.parametrize("column", ["c-el", "c-dur"])
def test_a_table_is_sorted_by_its_head_and_says_so(visit: Visitor, column: str) -> None:
    page = visit("/passes?hours=48")
    head = page.locator(f"th.{column}")
    head.get_by_role("button").click()
    texts = [c.inner_text().strip("°") for c in page.locator("tbody").first.locator(f"td.{column}").all()]
    values = [sum(float(part) * 60**k for k, part in enumerate(reversed(text.split(":")))) for text in texts]

    expect(head).to_have_attribute("aria-sort", "ascending")
    assert sorted(values) == values
    assert "ascending" in page.locator("[data-announce]").inner_text()


def test_without_scripts_one_signs_in_asks_and_chooses_how_things_are_shown(visit: Visitor) -> None:
    page = visit("/requests/", "esa", java_script_enabled=False)
    fill_request(page, "asked without scripts", station="WHM")
    page.get_by_role("button", name="Send request").click()
    expect(page.locator("h1")).to_contain_text("asked without scripts")
    page.get_by_role("button", name="Display and account").click()
    page.locator("label:has([name=theme][value=night])").click()
    page.get_by_role("button", name="Apply").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "night")
    expect(page.locator("h1")).to_contain_text("asked without scripts")


def test_the_zone_changes_table_filter_and_axis_together(visit: Visitor) -> None:
    page = visit("/passes?station=WPS-VHF&hours=48", timezone_id="Asia/Tokyo")
    utc = [(t.get_attribute("datetime"), t.inner_text()) for t in page.locator("td.c-aos time").all()]
    page.get_by_role("button", name="Display").click()
    page.locator("label:has([name=zone][value=browser])").click()
    expect(page.locator("html")).to_have_attribute("data-zone", "Asia/Tokyo")
    tokyo = [(t.get_attribute("datetime"), t.inner_text()) for t in page.locator("td.c-aos time").all()]
    ahead = [
        (datetime.strptime(b, "%H:%M:%S") - datetime.strptime(a, "%H:%M:%S")).total_seconds() % 86_400  # noqa: DTZ007
        for (_, a), (_, b) in zip(utc, tokyo, strict=True)
    ]

    assert [d for d, _ in utc] == [d for d, _ in tokyo]
    assert {9 * 3600.0} == set(ahead)
    expect(page.locator("th.c-aos")).to_contain_text("Asia/Tokyo")
    expect(page.locator(".filters")).to_contain_text("From (Asia/Tokyo)")
    expect(page.locator(".clock")).to_contain_text("Asia/Tokyo")
    page.goto("/schedule/")
    expect(page.locator("[data-timeline] .tl-corner")).to_contain_text("Asia/Tokyo")


def test_pages_stay_current_and_ask_little(visit: Visitor, service: Service) -> None:
    page = visit("/stations/USP", "operator")
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    before = page.locator("[data-clock]").inner_text()
    service.command("outage", "add", "USP", "--hours", "2", "--note", "a kangaroo on the dish")
    expect(page.locator("main")).to_contain_text("kangaroo", timeout=SOON_MS)
    page.wait_for_timeout(10_000)

    assert before != page.locator("[data-clock]").inner_text()
    assert len(asked) <= 8, asked


def test_the_clock_is_the_server_s_even_where_the_browser_s_is_wrong(visit: Visitor) -> None:
    page = visit("/")
    page.clock.set_fixed_time(datetime(2001, 1, 1, tzinfo=UTC))
    page.reload()
    shown = page.locator("[data-clock]").get_attribute("datetime")

    assert shown is not None
    assert shown.startswith(f"{mission_now(page):%Y-%m-%d}")


def test_an_operator_records_an_outage_and_its_contacts_say_why(visit: Visitor) -> None:
    page = visit("/stations/AFRC-VHF", "operator")
    page.get_by_text("Record an outage").click()
    page.locator("[name=end]").fill((mission_now(page) + timedelta(hours=30)).strftime("%Y-%m-%d %H:%M"))
    page.get_by_label("Note").fill("a storm")
    page.get_by_role("button", name="Record it").click()

    expect(page.locator("main")).to_contain_text("is recorded")
    expect(page.locator("main")).to_contain_text("a storm")
    expect(page.locator(".station-day")).to_contain_text("Cancelled (network)")


def test_an_agency_acknowledges_its_contact(visit: Visitor) -> None:
    page = visit("/", "jaxa")
    waiting = page.locator(".alert", has_text="not acknowledged")
    before = waiting.count()
    waiting.first.get_by_role("button", name="Acknowledge").click()

    expect(page.get_by_role("status").first).to_contain_text("is acknowledged")
    expect(page.locator(".alert", has_text="not acknowledged")).to_have_count(before - 1)


def test_a_token_is_made_shown_once_and_revoked(visit: Visitor) -> None:
    page = visit("/account", "nasa")
    page.get_by_label("What for").fill("night scripts")
    page.get_by_role("button", name="Make a token").click()
    token = page.locator("code.token").inner_text()
    page.goto("/account")

    assert re.fullmatch(r"pp_[0-9a-f]{8}_[\w-]{43}", token)
    assert token not in page.content()
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("main")).to_contain_text("revoked")
