"""One request to Pleo and its answer, or a named error: nothing above this module knows of HTTP."""

import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import requests
from pydantic import ValidationError
from requests.adapters import HTTPAdapter

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
from integration.limits.rate import Budget
from integration.pleo.models import ExceptionInfo
from integration.pleo.oauth.credential import Credential
from integration.pleo.retry_after import seconds_to_wait

Parameters = Sequence[tuple[str, str]]

CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 30
#: A page of export items is some hundred kilobytes; what is far beyond that is not Pleo.
LARGEST_ANSWER: Final = 20 * 1024 * 1024

#: A broken connection or a gateway's hiccup is tried again at once; longer waits are the tasks' business.
HICCUP_SECONDS: Final = (0.2, 0.4)
#: A job event is never sent twice blindly.
REPEATABLE: Final = frozenset({"GET", "PUT"})
#: Longer waits for the budget are the tasks' business as well: no worker stands still for them.
LONGEST_PAUSE_SECONDS: Final = 1.0
#: Where Pleo asks to slow down and does not say for how long.
UNTOLD_PAUSE_SECONDS: Final = 5.0

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
        credential: Credential,
        *,
        budget: Budget | None = None,
        read_seconds: float = READ_SECONDS,
        session: requests.Session | None = None,
    ) -> None:
        self._budget = budget
        self._base_url = base_url.rstrip("/")
        self._read_seconds = read_seconds
        self._session = session or requests.Session()
        self._session.auth = self._credential = credential
        self._session.trust_env = False  # a .netrc must not replace the credential
        self._session.headers["Accept"] = "application/json"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=16))

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def request(self, method: str, path: str, *, parameters: Parameters = (), body: bytes | None = None) -> bytes:
        """The answer's body. Raises a `PleoError` for everything but a 2xx."""
        try:
            return self._through_hiccups(method, path, parameters, body)
        except PleoUnauthenticated:
            if not self._credential.renew():
                raise
            return self._through_hiccups(method, path, parameters, body)

    def _through_hiccups(self, method: str, path: str, parameters: Parameters, body: bytes | None) -> bytes:
        for pause in HICCUP_SECONDS if method in REPEATABLE else ():
            try:
                return self._once(method, path, parameters, body)
            except (PleoUnreachable, PleoUnavailable) as error:
                if error.retry_after is not None:
                    raise
            time.sleep(pause)
        return self._once(method, path, parameters, body)

    def _once(self, method: str, path: str, parameters: Parameters, body: bytes | None) -> bytes:
        self._take_from_budget()
        try:
            return self._exchange(f"{method} {path}", method, path, parameters, body)
        except PleoRateLimited as limited:
            if self._budget:
                self._budget.pause(UNTOLD_PAUSE_SECONDS if limited.retry_after is None else limited.retry_after)
            raise
        except requests.RequestException as error:
            raise PleoUnreachable(url=self._base_url, cause=type(error).__name__) from None

    def _take_from_budget(self) -> None:
        patience = LONGEST_PAUSE_SECONDS
        while self._budget and (wait := self._budget.take()) > 0:
            if wait > patience:
                spent = PleoRateLimited("The budget of requests to Pleo is spent for now. It is tried again.")
                spent.retry_after = wait
                raise spent
            patience -= wait
            time.sleep(wait)

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
