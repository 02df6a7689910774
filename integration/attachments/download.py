"""Downloads from hosts that are not Pleo's API: bounded in bytes and in time, and without credentials.

A file's URL is its password, so no text or exception here holds one.
"""

from dataclasses import dataclass
from time import monotonic, sleep
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

CHUNK = 64 * 1024
MAX_REDIRECTS = 5
SUCCESS = range(200, 300)
SERVER_ERRORS = range(500, 600)
RETRYABLE_STATUSES = (408, 425, 429, *SERVER_ERRORS)
#: What an expired URL answers depends on the storage behind it, and Pleo does not say.
EXPIRED_LINK_STATUSES = (400, 401, 403, 404, 410)


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """What one file may cost; `file_seconds` is for all its tries together. Pleo's files have at most 30 MB."""

    connect_seconds: float = 5
    read_seconds: float = 20
    file_seconds: float = 120
    tries: int = 3
    pause_seconds: float = 0.5
    max_bytes: int = 30 * 2**20


DEFAULT_LIMITS = DownloadLimits()


class DownloadFailed(Exception):
    """The file did not come; the text says why."""


class DownloadInterrupted(DownloadFailed):
    """It may come when asked for again."""


class LinkExpired(DownloadFailed):
    """It may come from a fresh URL."""


class FileTooLarge(Exception):
    """The file is larger than the limit; the rest of it was not read."""


def download(url: str, *, session: requests.Session, limits: DownloadLimits = DEFAULT_LIMITS) -> bytes:
    """Raises `Broken`, `LinkExpired` or `TooMuch`."""
    deadline = monotonic() + limits.file_seconds
    for number in range(1, limits.tries):
        try:
            return _download_once(url, session, limits, deadline)
        except DownloadInterrupted:
            sleep(limits.pause_seconds * number)
    return _download_once(url, session, limits, deadline)


def _download_once(url: str, session: requests.Session, limits: DownloadLimits, deadline: float) -> bytes:
    try:
        with _follow_redirects(url, session, limits, deadline) as response:
            return _read_body(response, limits, deadline)
    except requests.exceptions.SSLError:
        raise DownloadFailed("its host has no valid certificate") from None
    except requests.exceptions.Timeout:
        raise DownloadInterrupted("no answer in time") from None
    except (requests.exceptions.ConnectionError, HTTPError):
        raise DownloadInterrupted("the connection broke") from None
    except (requests.RequestException, ValueError):
        raise DownloadFailed("its address is not valid") from None


def _follow_redirects(
    url: str, session: requests.Session, limits: DownloadLimits, deadline: float
) -> requests.Response:
    """The answer after redirects; none of them may leave TLS or the web."""
    for _ in range(MAX_REDIRECTS + 1):
        response = _fetch(url, session, limits, deadline)
        if not response.is_redirect:
            return _check_status(response)
        response.close()
        target = urljoin(url, response.headers["location"])
        if _scheme(url) == "https" != _scheme(target):
            raise DownloadFailed("its host sent us to an address without encryption")
        url = target
    raise DownloadFailed("too many redirects")


def _fetch(url: str, session: requests.Session, limits: DownloadLimits, deadline: float) -> requests.Response:
    """`session.get` would add the session's credentials and read the body of a redirect, whatever its size."""
    if _scheme(url) not in {"http", "https"}:
        raise DownloadFailed("its address is not one of the web")
    request = requests.Request("GET", url, headers={"Accept-Encoding": "identity"}).prepare()
    around = session.merge_environment_settings(url, {}, stream=True, verify=None, cert=None)
    return session.get_adapter(url).send(
        request,
        stream=True,
        timeout=(limits.connect_seconds, min(limits.read_seconds, _seconds_left(deadline, limits))),
        verify=around["verify"] or True,
        proxies=around["proxies"],
    )


def _check_status(response: requests.Response) -> requests.Response:
    status = response.status_code
    if status in SUCCESS:
        return response
    response.close()
    if status in RETRYABLE_STATUSES:
        raise DownloadInterrupted(f"answer {status}")
    if status in EXPIRED_LINK_STATUSES:
        raise LinkExpired(f"answer {status}")
    raise DownloadFailed(f"answer {status}")


def _read_body(response: requests.Response, limits: DownloadLimits, deadline: float) -> bytes:
    """`read1` returns what has come, so that a host that sends byte by byte meets the deadline."""
    content = bytearray()
    while chunk := response.raw.read1(CHUNK, decode_content=True):
        content += chunk
        if len(content) > limits.max_bytes:
            raise FileTooLarge
        _seconds_left(deadline, limits)
    return bytes(content)


def _seconds_left(deadline: float, limits: DownloadLimits) -> float:
    seconds = deadline - monotonic()
    if seconds <= 0:
        raise DownloadFailed(f"it took longer than {limits.file_seconds:g} seconds")
    return seconds


def _scheme(url: str) -> str:
    return urlsplit(url).scheme
