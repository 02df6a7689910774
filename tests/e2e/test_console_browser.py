"""The console in a real browser: find what failed, see why, mend it, retry, see it recorded; for everybody."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from support.processes.browsers import a_browser, find_accessibility_violations, follow, look_as, save_screenshot
from support.processes.consoles import PASSWORD, a_console
from support.processes.programs import wait_until

from integration.sandbox.world.expenses import Flaw
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_expenses_with_refusals
from integration.sandbox.world.seeded_random import SeededRandom

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
FLAWS = (Flaw.ACCOUNT_NOT_IN_CHART, Flaw.ACCOUNT_NOT_IN_CHART, Flaw.TAG_NOT_IN_CHART)


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    with a_console(tmp_path_factory.mktemp("console")) as running:
        yield running


@pytest.fixture(scope="module")
def browser(tmp_path_factory, console):
    with a_browser(tmp_path_factory.mktemp("profile")) as chrome:
        chrome.get(console.url)
        chrome.find_element(By.NAME, "name").send_keys("anna")
        chrome.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
        wait_until(lambda: "Export jobs" in chrome.title)
        yield chrome


@pytest.fixture(scope="module")
def failed_job(console):
    job = console.office.press_export(NORDLYS, build_expenses_with_refusals(SeededRandom(1), NORDLYS, 5, flaws=FLAWS))
    console.office.poll()
    console.office.wait_until_closed(NORDLYS, job)
    return job


def text_of(browser, selector: str = "main") -> str:
    return browser.find_element(By.CSS_SELECTOR, selector).text


def test_what_failed_is_found_mended_retried_and_recorded(browser, console, failed_job):
    browser.get(console.url)
    assert "completed with errors" in text_of(browser)
    follow(browser, By.PARTIAL_LINK_TEXT, str(failed_job)[:8])
    causes = [line.text for line in browser.find_elements(By.CSS_SELECTOR, ".causes li")]
    assert causes[0].startswith("2 ×")
    assert "Account No. 9999 does not exist" in causes[0]
    save_screenshot(browser, "job")
    console.office.open_account(NORDLYS, "9999")
    follow(browser, By.CSS_SELECTOR, ".causes li:first-child a")
    assert "Account No. 9999" in text_of(browser, ".cause")
    assert find_accessibility_violations(browser) == []
    follow(browser, By.CSS_SELECTOR, "main form button")
    assert "Retried as export job" in text_of(browser, ".told")
    follow(browser, By.CSS_SELECTOR, "#actions + ul a")
    wait_until(lambda: browser.refresh() or "Export job" in text_of(browser, "h1"))  # until a worker has taken it
    wait_until(lambda: "2 of 2" in text_of(browser) and "completed" in text_of(browser, ".heading"))  # by itself
    assert {row.text for row in browser.find_elements(By.CSS_SELECTOR, "tr .status")} == {"recorded"}
    assert "by anna, 2 entries" in text_of(browser)


def test_an_item_is_found_by_its_reconciliation_id_from_the_keyboard(browser, console, failed_job):
    browser.get(f"{console.url}/jobs/{failed_job}")
    wanted = text_of(browser, "#items ~ .scroll tbody td")
    field = browser.find_element(By.ID, "q")
    field.send_keys(wanted, Keys.ENTER)
    wait_until(lambda: "Search" in browser.title)
    assert f"found for «{wanted}»" in text_of(browser, "h1")
    assert str(failed_job)[:8] in text_of(browser)


def test_the_first_key_leads_past_the_head_of_the_page(browser, console):
    browser.get(console.url)
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.switch_to.active_element.text == "Skip to the content"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.execute_script("return document.activeElement.id") == "main"


def test_a_connection_is_paused_and_resumed(browser, console):
    browser.get(console.url)
    follow(browser, By.CSS_SELECTOR, ".cards a.button")
    assert "Pause nordlys" in text_of(browser, "h1")
    follow(browser, By.CSS_SELECTOR, "main form button")
    assert "nordlys is paused" in text_of(browser, ".told")
    assert "paused" in text_of(browser, ".cards")
    follow(browser, By.CSS_SELECTOR, ".cards a.button")
    follow(browser, By.CSS_SELECTOR, "main form button")
    assert "paused" not in text_of(browser, ".cards")


def test_what_cannot_be_done_is_said_where_it_was_asked_for(browser, console, failed_job):
    browser.get(f"{console.url}/jobs/{failed_job}/recover")
    follow(browser, By.CSS_SELECTOR, "main form button")
    assert "has ended; there is nothing to recover" in text_of(browser, "[role=alert]")
    assert find_accessibility_violations(browser) == []


LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 390)]


@pytest.mark.parametrize("path", ["/", "/jobs/{job}", "/search?q={job}", "/search?q=nothing", "/nowhere"])
def test_no_page_has_a_barrier_or_is_wider_than_its_window(browser, console, failed_job, path):
    name = path.strip("/").partition("?")[0].replace("/{job}", "-one") or "jobs"
    for scheme, width in LOOKS:
        look_as(browser, scheme=scheme, width=width)
        browser.get(console.url + path.format(job=failed_job))
        save_screenshot(browser, f"{name}-{scheme}-{width}")
        assert find_accessibility_violations(browser) == [], (scheme, width)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    look_as(browser)


def test_the_page_runs_nothing_that_is_not_its_own(browser, console):
    browser.get(console.url)
    browser.execute_script("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hit=1\">')")
    assert browser.execute_script("return window.hit") is None
    refused = [entry["message"] for entry in browser.get_log("browser")]
    assert any("Content Security Policy" in message for message in refused)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_login_has_no_barrier(tmp_path, console, scheme):
    with a_browser(tmp_path / "profile") as stranger:
        look_as(stranger, scheme=scheme)
        stranger.get(f"{console.url}/login")
        save_screenshot(stranger, f"login-{scheme}")
        assert find_accessibility_violations(stranger) == []
