"""A real browser: headless Chromium, with nothing of the user's in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from conftest import skip_or_fail
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

FLAGS = (
    "--headless",
    "--no-sandbox",  # tests may run as root, where Chromium's own sandbox does not
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")


@contextmanager
def a_browser(profile: Path) -> Iterator[Chrome]:
    """1280 by 900, light, until told otherwise."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        skip_or_fail("Chromium with its driver")
    options = ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    with Chrome(options, Service(driver)) as browser:
        look_as(browser)
        yield browser


def look_as(browser: Chrome, *, scheme: str = "light", width: int = 1280, height: int = 900) -> None:
    """Light or dark, wide or narrow."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def follow(browser: Chrome, by: str, what: str) -> None:
    """Click on what leads to a page, and wait until it is there: a click returns before."""
    page = browser.find_element(By.TAG_NAME, "html")
    browser.find_element(by, what).click()
    WebDriverWait(browser, 60).until(staleness_of(page))


def find_accessibility_violations(browser: Chrome) -> list[str]:
    """What axe finds wrong for those who do not see or point: rule, what it asks for, where."""
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE})  # past the page's own script policy
    found = browser.execute_async_script("const done = arguments[0]; axe.run().then(done)")
    assert len(found["passes"]) > 10, "axe looked at nothing"
    return [
        f"{one['id']}: {one['help']} ({', '.join(str(node['target']) for node in one['nodes'])})"
        for one in found["violations"]
    ]


def save_screenshot(browser: Chrome, name: str) -> None:
    """Where TEST_SCREENSHOTS names a directory, for people to look at."""
    if directory := os.environ.get("TEST_SCREENSHOTS"):
        Path(directory).mkdir(parents=True, exist_ok=True)
        browser.save_screenshot(f"{directory}/{name}.png")
