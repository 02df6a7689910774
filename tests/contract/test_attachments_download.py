"""Downloads against a file host that misbehaves over real sockets."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from support.servers.file_server import FileServer, Reply, a_file_server

from integration.attachments.download import (
    DownloadFailed,
    DownloadInterrupted,
    DownloadLimits,
    FileTooLarge,
    LinkExpired,
    download,
)

LIMITS = DownloadLimits(connect_seconds=2, read_seconds=2, file_seconds=10, pause_seconds=0, max_bytes=100_000)
PDF = b"%PDF-1.7 a receipt"
BUSY = Reply(status=503)


@pytest.fixture(scope="module")
def host() -> Iterator[FileServer]:
    with a_file_server() as server:
        yield server


def got(url: str, limits: DownloadLimits = LIMITS, session: requests.Session | None = None) -> bytes:
    with session or requests.Session() as bare:
        return download(url, session=bare, limits=limits)


def test_a_file_comes_as_it_is(host):
    url = host.add_replies(PDF)
    assert got(url) == PDF
    assert host.count(url) == 1


def test_a_file_without_a_length_comes_whole(host):
    assert got(host.add_replies(Reply(PDF, length=-1))) == PDF


def test_a_file_that_was_packed_for_the_way_is_unpacked(host):
    assert got(host.add_replies(Reply(gzip.compress(PDF), headers={"Content-Encoding": "gzip"}))) == PDF


@pytest.mark.parametrize(
    "trouble",
    [
        BUSY,
        Reply(status=500),
        Reply(status=429),
        Reply(status=408),
        Reply(hangs_up=True),
        Reply(PDF, length=1000),
        Reply(b"no gzip", headers={"Content-Encoding": "gzip"}),
    ],
    ids=["503", "500", "429", "408", "hangs up", "breaks off", "garbled"],
)
def test_what_may_pass_is_tried_again(host, trouble):
    url = host.add_replies(trouble, trouble, PDF)
    assert got(url) == PDF
    assert host.count(url) == 3


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [(BUSY, "answer 503"), (Reply(hangs_up=True), "connection broke"), (Reply(PDF, length=1000), "connection broke")],
)
def test_after_three_tries_it_is_given_up(host, trouble, cause):
    url = host.add_replies(trouble)
    with pytest.raises(DownloadInterrupted, match=cause):
        got(url)
    assert host.count(url) == 3


def test_a_host_that_says_nothing_is_left(host):
    url = host.add_replies(Reply(b"x", length=2, drip=5))
    with pytest.raises(DownloadInterrupted):
        got(url, replace(LIMITS, read_seconds=0.05))
    assert host.count(url) == 3


def test_a_host_that_does_not_listen_is_left():
    with a_file_server() as gone:
        url = gone.add_replies(PDF)
    with pytest.raises(DownloadInterrupted, match="connection broke"):
        got(url)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_url_that_may_have_expired_is_not_tried_again(host, status):
    url = host.add_replies(Reply(status=status))
    with pytest.raises(LinkExpired, match=str(status)):
        got(url)
    assert host.count(url) == 1


@pytest.mark.parametrize("status", [405, 418, 451, 304])
def test_another_refusal_is_not_tried_again(host, status):
    url = host.add_replies(Reply(status=status))
    with pytest.raises(DownloadFailed, match=f"answer {status}"):
        got(url)
    assert host.count(url) == 1


def test_a_slow_drip_ends_at_the_time_limit_although_every_byte_is_in_time():
    with a_file_server() as host:
        url = host.add_replies(Reply(bytes(100), drip=0.02))
        with pytest.raises(DownloadFailed, match=r"longer than 0\.2 seconds"):
            got(url, replace(LIMITS, file_seconds=0.2))
        assert host.count(url) == 1
        assert host.sent < 100


def test_the_time_limit_is_for_all_tries_together(host):
    url = host.add_replies(BUSY)
    with pytest.raises(DownloadFailed, match=r"longer than 0\.05 seconds"):
        got(url, replace(LIMITS, file_seconds=0.05, tries=1000))
    assert host.count(url) < 1000


def test_a_file_of_the_largest_size_comes(host):
    assert len(got(host.add_replies(bytes(LIMITS.max_bytes)))) == LIMITS.max_bytes


@pytest.mark.parametrize(
    "reply",
    [
        Reply(bytes(100_001)),
        Reply(bytes(10_000), endless=True),
        Reply(gzip.compress(bytes(50_000_000)), headers={"Content-Encoding": "gzip"}),
    ],
    ids=["announced", "endless", "packed"],
)
def test_what_is_too_large_is_not_read_to_its_end(host, reply):
    url = host.add_replies(reply)
    with pytest.raises(FileTooLarge):
        got(url)
    assert host.count(url) == 1


def to(location: str) -> Reply:
    return Reply(b"moved", 302, {"Location": location})


def test_a_redirect_is_followed(host):
    file = host.add_replies(PDF)
    assert got(host.add_replies(to(file.removeprefix(host.base)))) == PDF
    assert got(host.add_replies(to(file))) == PDF


def test_the_body_of_a_redirect_is_not_read(host):
    slow = Reply(bytes(100), 302, {"Location": host.add_replies(PDF)}, drip=0.02)
    assert got(host.add_replies(slow), replace(LIMITS, file_seconds=1)) == PDF


@pytest.mark.parametrize("address", ["file:///etc/hostname", "ftp://127.0.0.1/x", "data:,x", "javascript:1"])
def test_only_the_web_is_asked(host, address):
    for url in (address, host.add_replies(to(address))):
        with pytest.raises(DownloadFailed, match="not one of the web"):
            got(url)


def test_redirects_come_to_an_end(host):
    url = host.add_replies(Reply())
    host.replies[url.removeprefix(host.base)] = [to(url)]
    with pytest.raises(DownloadFailed, match="too many redirects"):
        got(url)
    assert host.count(url) == 6


class Elsewhere(requests.adapters.BaseAdapter):
    """A host on TLS that sends us to one without."""

    def send(self, request, **options):
        response = requests.Response()
        response.status_code, response.url, response.raw = 302, request.url, BytesIO()
        response.headers["Location"] = "http://file.url/receipt-1"
        return response

    def close(self):
        """Nothing is open."""


def test_no_redirect_leaves_tls():
    session = requests.Session()
    session.mount("https://", Elsewhere())
    with pytest.raises(DownloadFailed, match="without encryption"):
        got("https://file.url/receipt-1", session=session)


def test_a_host_without_a_valid_certificate_is_not_asked_twice(host):
    with pytest.raises(DownloadFailed, match="no valid certificate"):
        got(host.add_replies(PDF).replace("http:", "https:"))


def test_no_credential_of_the_session_is_sent_to_a_file_host(host, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("default login pleo password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    session = requests.Session()
    session.headers["Authorization"] = "Bearer secret"
    session.auth = ("pleo", "secret")
    session.cookies.set("session", "secret")
    url = host.add_replies(PDF)
    assert got(url, session=session) == PDF
    (headers,) = [headers for path, headers in host.requests if url.endswith(path)]
    assert {name.lower() for name in headers} == {"host", "user-agent", "accept-encoding"}


@pytest.mark.parametrize("reply", [BUSY, Reply(hangs_up=True), Reply(status=403), Reply(PDF, length=99)])
def test_no_text_of_a_failure_holds_the_url(host, reply):
    url = host.add_replies(reply)
    with pytest.raises(DownloadFailed) as broken:
        got(url)
    assert url.removeprefix(host.base) not in str(broken.value)
    assert broken.value.__suppress_context__ or broken.value.__context__ is None


@given(st.one_of(st.text(), st.text().map("http://{}".format), st.text().map("https://127.0.0.1:{}".format)))
def test_any_text_for_a_url_is_a_named_failure(url):
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, Elsewhere())
    with pytest.raises(DownloadFailed):
        got(url, session=session)
