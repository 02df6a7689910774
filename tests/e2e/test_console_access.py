"""Who sees and does what: nothing of one company for a user of another, no deed without its own form, no way round."""

from uuid import uuid4

import pytest
import requests
from support.processes.consoles import PASSWORD, a_console

from integration.sandbox.world.expenses import Flaw
from integration.sandbox.world.sample_harbour import HARBOUR
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_expenses_with_refusals, build_valid_expenses
from integration.sandbox.world.seeded_random import SeededRandom
from tasks.web.console import actions
from tasks.web.console.pages import Pages
from tasks.web.settings import ConsoleSettings

pytestmark = pytest.mark.e2e
PAGES = [*Pages(ConsoleSettings.read({"PLEO_EXPORT_SESSION_SECRET": "x" * 32})).routes(), *actions.routes()]
READ = sorted({route.path for route in PAGES if "GET" in (route.methods or ())})
DONE = sorted({route.path for route in PAGES if "POST" in (route.methods or ())})
OF_ONE_COMPANY = sorted(path for path in {*READ, *DONE} if "{" in path)


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    with a_console(tmp_path_factory.mktemp("access"), PLEO_EXPORT_METRICS_TOKEN="scrape-me") as running:
        office = running.office
        running.jobs["nordlys"] = office.press_export(
            NORDLYS, build_expenses_with_refusals(SeededRandom(1), NORDLYS, 2, flaws=[Flaw.ACCOUNT_NOT_IN_CHART])
        )
        running.jobs["harbour"] = office.press_export(HARBOUR, build_valid_expenses(SeededRandom(2), HARBOUR, 1))
        office.poll()
        office.wait_until_closed(NORDLYS, running.jobs["nordlys"])
        office.wait_until_closed(HARBOUR, running.jobs["harbour"])
        yield running


def filled(path: str, console, name: str) -> str:
    return path.replace("{job_id:uuid}", str(console.jobs[name])).replace("{name}", name)


@pytest.mark.parametrize("path", READ)
def test_every_page_asks_who_is_there(console, path):
    answer = console.visitor().get(filled(path, console, "nordlys"))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize("path", DONE)
def test_no_deed_is_done_for_a_stranger(console, path):
    visitor = console.visitor()
    answer = visitor.post(filled(path, console, "nordlys"), token=visitor.read_form_token("/login"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


@pytest.mark.parametrize("path", [*DONE, "/logout", "/login"])
def test_no_deed_is_done_without_the_token_of_its_own_session(console, path):
    anna, another = console.user("anna"), console.user("anna")
    path = filled(path, console, "nordlys")
    for token in ("", another.read_form_token("/")):
        answer = anna.post(path, token=token, name="anna", password=PASSWORD)
        assert answer.status_code == 403
        assert "too old" in answer.text


@pytest.mark.parametrize("path", OF_ONE_COMPANY)
def test_what_is_of_another_company_is_not_there(console, path):
    anna = console.user("anna")
    theirs, nobodys = filled(path, console, "harbour"), path.replace("{job_id:uuid}", str(uuid4()))
    nobodys = nobodys.replace("{name}", "nobodys")
    answers = [anna.get(theirs), anna.get(nobodys)]
    if path in DONE:
        answers += [anna.post(one, token=anna.read_form_token("/")) for one in (theirs, nobodys)]
    assert {answer.status_code for answer in answers} == {404}
    assert "harbour" not in "".join(answer.text for answer in answers)


def test_lists_and_searches_hold_only_what_is_ones_own(console):
    anna = console.user("anna")
    pages = [anna.get("/"), anna.get("/?connection=harbour"), anna.get(f"/search?q={console.jobs['harbour']}")]
    assert all(page.status_code == 200 for page in pages)
    assert "harbour" not in pages[0].text
    assert str(console.jobs["nordlys"]) in pages[0].text
    assert "jobs/" not in pages[1].text
    assert "Nothing found" in pages[2].text
    assert "1 found" in console.user("bo").get(f"/search?q={console.jobs['harbour']}").text


def test_a_wrong_password_is_told_and_guessing_is_slowed_down(console):
    visitor = console.visitor()
    for _ in range(5):
        assert visitor.log_in("mallory", "guess").status_code == 401
    assert visitor.log_in("mallory", "guess").status_code == 429
    assert visitor.log_in("bo", "guess").status_code == 401


def test_a_session_ends_with_the_log_out(console):
    anna = console.user("anna")
    assert anna.post("/logout", token=anna.read_form_token("/")).status_code == 303
    assert anna.get("/").status_code == 303


def test_a_cookie_that_was_tampered_with_is_no_session(console):
    anna = console.user("anna")
    cookie = anna.session.cookies["pleo_export_session"]
    anna.session.cookies.clear()
    anna.session.cookies.set("pleo_export_session", ("A" if cookie[0] != "A" else "B") + cookie[1:])
    assert anna.get("/").status_code == 303


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "////evil.example", "https://evil.example/", "/\\evil.example", "javascript:x"]
)
def test_the_login_sends_nobody_elsewhere(console, elsewhere):
    answer = console.visitor().log_in("anna", PASSWORD, next=elsewhere)
    assert answer.headers["location"] == "/"


def test_the_login_leads_to_the_page_that_was_wanted(console):
    visitor = console.visitor()
    wanted = f"/jobs/{console.jobs['nordlys']}"
    assert visitor.get(wanted).headers["location"] == f"/login?next={wanted}"
    assert visitor.log_in("anna", PASSWORD, next=wanted).headers["location"] == wanted


def test_every_answer_is_guarded_against_the_browser_s_kindness(console):
    answer = console.visitor().get("/login")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_a_form_that_never_ends_is_cut_off(console):
    visitor = console.visitor()
    assert visitor.post("/login", token=visitor.read_form_token("/login"), name="a" * 20_000).status_code == 413


def test_health_says_which_part_is_missing_and_nothing_else(console):
    assert console.visitor().get("/health/live").text == "live\n"
    assert console.visitor().get("/health/ready").json() == {"logbook": True, "broker": True}


def test_metrics_are_for_those_who_know_the_token(console):
    url = f"{console.url}/metrics"
    assert requests.get(url, timeout=30).status_code == 401
    assert requests.get(url, headers={"authorization": "Bearer wrong"}, timeout=30).status_code == 401
    assert requests.get(url, headers={"authorization": "Bearer scrape-me"}, timeout=30).status_code == 200
