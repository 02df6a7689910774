"""OAuth against the sandbox's authorisation server: what is asked, kept, renewed, and by whom."""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.fernet import Fernet
from pydantic import SecretStr
from support.servers.oauth_sandbox import KEY, OAuthBench, an_oauth_bench, grant_consent

from integration import errors
from integration.pleo.oauth.access import LEASE_SECONDS, Seal
from integration.pleo.oauth.server import GrantRefused, OAuthServer, TokenPair
from integration.sandbox.world.sample_nordlys import NORDLYS


@pytest.fixture
def bench(tmp_path):
    with an_oauth_bench(f"sqlite:///{tmp_path}/logbook.db") as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def any_bench(request, tmp_path, postgresql_url):
    url = f"sqlite:///{tmp_path}/logbook.db" if request.param == "sqlite" else postgresql_url()
    with an_oauth_bench(url) as made:
        yield made


def tokens_kept(bench: OAuthBench) -> str | None:
    return bench.logbook.tokens.sealed("nordlys")


def pair_kept(bench: OAuthBench) -> TokenPair:
    return Seal(KEY).open(tokens_kept(bench) or "")


def test_a_person_is_asked_with_a_challenge_and_a_state_that_are_new_each_time(bench):
    first, second = bench.server.authorisation(), bench.server.authorisation()
    asked = parse_qs(urlsplit(first.url).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["export-jobs:read export-jobs:write export-items:read"]
    assert asked["redirect_uri"] == ["http://127.0.0.1:8912/callback"]
    assert first.verifier not in first.url
    assert 43 <= len(first.verifier) <= 128
    assert len({first.state, second.state, first.verifier, second.verifier}) == 4


def test_a_connected_connection_may_talk_to_pleo(bench):
    pleo = bench.build_client(bench.connect_new())
    assert list(pleo.export_jobs(NORDLYS.id)) == []
    assert pleo.introspect().auth_method == "OAUTH2"
    pleo.close()


def test_a_code_is_good_once_and_only_with_its_verifier(bench):
    asked, other = bench.server.authorisation(), bench.server.authorisation()
    code = grant_consent(asked.url)["code"]
    with pytest.raises(GrantRefused):
        bench.server.redeem(code, other.verifier)
    with pytest.raises(GrantRefused):
        bench.server.redeem(code, asked.verifier)


def test_a_token_is_used_until_shortly_before_it_expires(bench):
    access = bench.connect_new()
    first = access.token()
    bench.clock.forward(minutes=13)
    assert access.token() == first
    bench.clock.forward(minutes=1, seconds=1)
    assert access.token() != first


def test_another_process_uses_what_is_kept(bench):
    assert bench.connect_new().token() == bench.start_process().token()


def test_refresh_tokens_rotate_for_as_long_as_it_is_used(bench):
    access = bench.connect_new()
    for _ in range(5):
        bench.clock.forward(days=50)
        access.token()
    assert bench.start_process().token() == access.token()


def test_of_many_processes_one_renews_and_all_use_the_same(any_bench):
    any_bench.connect_new()
    processes = [any_bench.start_process() for _ in range(8)]
    for process in processes:
        process.token()
    any_bench.clock.forward(minutes=15)
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda process: process.token(), processes))
    assert len(set(tokens)) == 1


def test_a_token_that_pleo_does_not_accept_is_renewed_and_the_request_sent_again(bench):
    access = bench.connect_new()
    pleo = bench.build_client(access)
    ours = access.token()
    bench.pleo.sandbox.clock.forward(timedelta(minutes=15))  # by our clock it is good
    assert list(pleo.export_jobs(NORDLYS.id)) == []
    assert access.token() != ours
    pleo.close()


def test_what_another_process_has_renewed_meanwhile_is_not_renewed_again(bench):
    access, other = bench.connect_new(), bench.start_process()
    other.renew()
    kept = tokens_kept(bench)
    access.renew()
    assert access.token() == other.token()
    assert tokens_kept(bench) == kept


def test_tokens_are_kept_before_they_are_used_and_never_in_the_clear(bench):
    access = bench.connect_new()
    sealed = tokens_kept(bench)
    assert sealed is not None
    assert access.token().get_secret_value() not in sealed
    access.renew()
    assert tokens_kept(bench) != sealed


def test_a_refused_refresh_stops_the_connection_once_and_no_other(bench, caplog):
    ours, other = bench.connect_new(), bench.connect_new("other")
    late = bench.start_process()
    late.token()
    bench.server.refresh(pair_kept(bench))  # used behind our back: ours is worn
    bench.clock.forward(minutes=15)
    with caplog.at_level(logging.ERROR):
        for access in (ours, late, bench.start_process(), ours):
            with pytest.raises(errors.PleoDisconnected, match="pleo-export connect nordlys"):
                access.token()
    assert [record.getMessage() for record in caplog.records] == ["connection disconnected by Pleo"]
    assert bench.logbook.tokens.disconnected_at("nordlys") == bench.clock.now
    assert other.token()


def test_connecting_again_mends_it_for_everyone(bench):
    access, other = bench.connect_new(), bench.start_process()
    other.token()
    requests.post(f"{bench.pleo.url}/sandbox/companies/{NORDLYS.id}/revoke", timeout=5)
    bench.clock.forward(minutes=15)
    with pytest.raises(errors.PleoDisconnected):
        other.token()
    renewed = bench.authorise()
    access.connect(renewed)
    assert other.token() == renewed.access_token
    assert bench.logbook.tokens.disconnected_at("nordlys") is None


def test_a_connection_that_was_never_connected_says_what_to_run(bench):
    with pytest.raises(errors.PleoDisconnected, match="Run `pleo-export connect nordlys`"):
        bench.start_process().token()


def test_who_died_while_renewing_stops_nobody_for_long(bench):
    access = bench.connect_new()
    bench.clock.forward(minutes=15)
    assert bench.logbook.tokens.take("nordlys", "host:gone:1", now=bench.clock.now, seconds=LEASE_SECONDS)
    with pytest.raises(errors.PleoUnreachable, match="Another process") as caught:
        access.token()
    assert caught.value.retry_after
    bench.clock.forward(seconds=LEASE_SECONDS + 1)
    assert access.token()


def test_who_lost_the_lease_does_not_release_it_for_another(bench):
    bench.connect_new()
    tokens, now = bench.logbook.tokens, bench.clock.now
    assert tokens.take("nordlys", "first", now=now, seconds=1)
    assert tokens.take("nordlys", "second", now=now + timedelta(seconds=2), seconds=60)
    tokens.release("nordlys", "first")
    assert not tokens.take("nordlys", "third", now=now + timedelta(seconds=3), seconds=60)


def test_a_wrong_key_is_said_and_an_old_one_beside_the_new_still_opens(bench):
    token = bench.connect_new().token()
    new = Fernet.generate_key().decode()
    with pytest.raises(errors.ConfigurationError, match="PLEO_EXPORT_TOKEN_KEY does not open"):
        bench.start_process(keys=SecretStr(new)).token()
    assert bench.start_process(keys=SecretStr(f"{new} {KEY.get_secret_value()}")).token() == token


def test_a_wrong_client_secret_ends_no_authorisation(bench):
    access = bench.connect_new()
    bench.clock.forward(minutes=15)
    wrong = OAuthServer(bench.pleo.url, bench.client, SecretStr("wrong"), bench.clock)
    access._server = wrong
    with pytest.raises(errors.PleoRefused, match="invalid_client") as caught:
        access.token()
    assert not isinstance(caught.value, GrantRefused)
    assert tokens_kept(bench)


def test_no_token_shows_in_a_repr(bench):
    pair = bench.authorise()
    access = bench.start_process()
    access.connect(pair)
    shown = f"{pair!r} {access!r} {bench.build_client(access)._transport._credential!r}"
    assert pair.access_token.get_secret_value() not in shown
    assert pair.refresh_token.get_secret_value() not in shown


@contextmanager
def an_odd_server(status: int, body: bytes, headers: dict[str, str]) -> Iterator[str]:
    """Answers every request alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            for name, value in (headers | {"content-length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


HALF = json.dumps({"access_token": "a", "expires_in": 900}).encode()
ODD = json.dumps({"access_token": "a", "refresh_token": "r", "expires_in": "soon"}).encode()


@pytest.mark.parametrize(
    ("status", "body", "headers", "error"),
    [
        (500, b"<html>", {}, errors.PleoUnavailable),
        (503, b"{}", {"retry-after": "7"}, errors.PleoUnavailable),
        (429, b"", {"retry-after": "7"}, errors.PleoRateLimited),
        (302, b"", {"location": "http://127.0.0.1:9/elsewhere"}, errors.PleoAnswerUnreadable),
        (200, b"<html>Please log in to this network</html>", {}, errors.PleoAnswerUnreadable),
        (200, ODD, {}, errors.PleoAnswerUnreadable),
        (200, b"{}", {}, errors.PleoAnswerUnreadable),
        (200, b"[]", {}, errors.PleoAnswerUnreadable),
        (403, b"<html>", {}, errors.PleoAnswerUnreadable),
        (400, b'{"error": "invalid_grant"}', {}, GrantRefused),
        (400, b'{"error": "server_error"}', {}, errors.PleoRefused),
    ],
)
def test_no_odd_answer_ends_the_authorisation_but_the_one_that_means_it(bench, status, body, headers, error):
    bench.connect_new()
    with an_odd_server(status, body, headers) as url:
        server = OAuthServer(url, bench.client, SecretStr("secret"), bench.clock)
        with pytest.raises(errors.PleoError) as caught:
            server.refresh(pair_kept(bench))
    assert type(caught.value) is error
    assert getattr(caught.value, "retry_after", None) == (7 if headers.get("retry-after") else None)


def test_a_server_that_is_not_there_may_come_back(bench):
    bench.connect_new()
    server = OAuthServer("http://127.0.0.1:9", bench.client, SecretStr("secret"), bench.clock)
    with pytest.raises(errors.PleoUnreachable):
        server.refresh(pair_kept(bench))


def test_where_no_new_refresh_token_comes_the_old_one_stays(bench):
    bench.connect_new()
    old = pair_kept(bench)
    with an_odd_server(200, HALF, {"content-type": "application/json"}) as url:
        renewed = OAuthServer(url, bench.client, SecretStr("secret"), bench.clock).refresh(old)
    assert renewed.refresh_token == old.refresh_token
