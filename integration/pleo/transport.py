"""One request to Pleo and its answer, or a named error: nothing above this module knows of HTTP."""

import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import requests
from pydantic import ValidationError
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util import Retry

from integration.errors import (
    ExportAlreadyInProgress,
    ExportJobFinished,
    ExportJobNotFound,
    InvalidJobStatusChange,
    MissingContraAccounts,
    PleoAnswerUnreadable,
    PleoError,
    PleoForbidden,
    PleoRateLimited,
    PleoRefused,
    PleoUnauthenticated,
    PleoUnavailable,
    PleoUnreachable,
    TooManyItemUpdates,
)
from integration.pleo.models import ExceptionInfo
from integration.pleo.retry_after import seconds_to_wait

Parameters = Sequence[tuple[str, str]]

CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 30
#: A page of export items is some hundred kilobytes; what is far beyond that is not Pleo.
LARGEST_ANSWER: Final = 20 * 1024 * 1024

#: A broken connection or a gateway's hiccup, tried again at once; longer waits are the tasks' business.
HICCUPS = Retry(
    total=2,
    backoff_factor=0.2,
    status_forcelist={HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT},
    allowed_methods={"GET", "PUT"},  # a job event is never sent twice blindly
    respect_retry_after_header=False,
    raise_on_status=False,
    redirect=False,
)

BY_STATUS: Final[dict[int, type[PleoRefused]]] = {
    HTTPStatus.UNAUTHORIZED: PleoUnauthenticated,
    HTTPStatus.FORBIDDEN: PleoForbidden,
    HTTPStatus.NOT_FOUND: ExportJobNotFound,
    HTTPStatus.CONFLICT: ExportAlreadyInProgress,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooManyItemUpdates,
}
#: Compared in upper case: captures of Pleo's documentation differ in case.
BY_TYPE: Final[dict[str, type[PleoRefused]]] = {
    "MISSING_CONTRA_ACCOUNTS": MissingContraAccounts,
    "EXPORT_JOB_STATUS_UNPROCESSABLE": ExportJobFinished,
    "INVALID_EXPORT_JOB_STATUS_CHANGE": InvalidJobStatusChange,
}


class Transport:
    """Pooled connections to one host with one credential. Not shared between processes."""

    def __init__(
        self,
        base_url: str,
        auth: AuthBase,
        *,
        read_seconds: float = READ_SECONDS,
        session: requests.Session | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._read_seconds = read_seconds
        self._session = session or requests.Session()
        self._session.auth = auth
        self._session.trust_env = False  # a .netrc must not replace the credential
        self._session.headers["Accept"] = "application/json"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=16, max_retries=HICCUPS))

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def request(self, method: str, path: str, *, parameters: Parameters = (), body: bytes | None = None) -> bytes:
        """The answer's body. Raises a `PleoError` for everything but a 2xx."""
        operation = f"{method} {path}"
        try:
            return self._exchange(operation, method, path, parameters, body)
        except requests.RequestException as error:
            raise PleoUnreachable(url=self._base_url, cause=type(error).__name__) from None

    def _exchange(self, operation: str, method: str, path: str, parameters: Parameters, body: bytes | None) -> bytes:
        with self._session.request(
            method,
            self._base_url + path,
            params=list(parameters),
            data=body,
            headers={"Content-Type": "application/json;charset=UTF-8"} if body is not None else None,
            timeout=(CONNECT_SECONDS, self._read_seconds),
            allow_redirects=False,  # a redirect would carry the credential elsewhere
            stream=True,
        ) as response:
            content = _read_within_limits(response, operation, time.monotonic() + 4 * self._read_seconds)
            if response.ok and response.status_code < HTTPStatus.MULTIPLE_CHOICES:
                return content
            raise _error_of(response, content, operation)


def _read_within_limits(response: requests.Response, operation: str, deadline: float) -> bytes:
    content = bytearray()
    for chunk in response.iter_content(64 * 1024):
        content += chunk
        if len(content) > LARGEST_ANSWER:
            raise PleoAnswerUnreadable(operation=operation, cause="the body is too large")
        if time.monotonic() > deadline:
            raise requests.Timeout
    return bytes(content)


def _error_of(response: requests.Response, content: bytes, operation: str) -> PleoError:
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        limited = PleoRateLimited()
        limited.retry_after = seconds_to_wait(response.headers.get("Retry-After"))
        return limited
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        unavailable = PleoUnavailable(status=status)
        unavailable.retry_after = seconds_to_wait(response.headers.get("Retry-After"))
        return unavailable
    if status < HTTPStatus.BAD_REQUEST:
        return PleoAnswerUnreadable(operation=operation, cause=f"status {status}")
    return _refusal_of(status, content, operation)


def _refusal_of(status: int, content: bytes, operation: str) -> PleoRefused:
    try:
        answer = ExceptionInfo.model_validate_json(content)
    except ValidationError:
        answer = ExceptionInfo(type="without a readable body")
    kind = BY_TYPE.get(answer.type.upper()) or BY_STATUS.get(status, PleoRefused)
    return kind(operation=operation, status=status, type=answer.type[:80], told=(answer.message or "")[:300])
