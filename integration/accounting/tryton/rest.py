"""Tryton's REST interface (8.0): one session, one company, and what its answers mean.

Tryton answers in JSON when it has judged a request and in HTML when something went wrong on the way; what a request
that changes something did is then unknown. Codes and texts are its own, «400 Unable to get RPC method» for a lock that
was not free in time among them.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from typing import Final

import requests
from pydantic import BaseModel, ConfigDict, SecretStr, TypeAdapter, ValidationError
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from integration.errors import (
    AccountingSystemForbidden,
    AccountingSystemMisconfigured,
    AccountingSystemRateLimited,
    AccountingSystemTimeout,
    AccountingSystemUnauthenticated,
    AccountingSystemUnreachable,
    OutcomeUnknown,
)

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 60.0
PAGE_SIZE: Final = 1000

Values = Mapping[str, object]
Domain = Sequence[object]

_ROWS: Final = TypeAdapter(list[dict[str, object]])


class Declined(Exception):
    """Tryton judged a request and did not do it; the text is its own."""


class TooLarge(Exception):
    """The request is larger than Tryton's `[request] max_size`."""


class _ErrorAnswer(BaseModel):
    model_config = ConfigDict(frozen=True)

    message: str


class _CreatedRecord(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: int


class RestClient:
    """One Tryton database; `company` is the id in every request's context once it is known."""

    def __init__(self, url: str, database: str, key: SecretStr, *, read_seconds: float = READ_SECONDS) -> None:
        self._base = f"{url.rstrip('/')}/{database}/rest/model"
        self._timeouts = (CONNECT_SECONDS, read_seconds)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {key.get_secret_value()}"
        self.company: int | None = None

    def search(
        self, model: str, domain: Domain, fields: Sequence[str], *, day: date | None = None
    ) -> Iterator[dict[str, object]]:
        """Every record that fits, by id; `day` is the one that values by date are asked for."""
        for page in range(0, 1_000_000, PAGE_SIZE):
            found = self._fetch_page(model, domain, fields, page, day)
            yield from found
            if len(found) < PAGE_SIZE:
                return

    def create(self, model: str, values: Values) -> int:
        """The new record's id. Raises `Declined`, `TooLarge` or `OutcomeUnknown`."""
        return _CreatedRecord.model_validate(self._request_change("POST", model, values, fields=("id",))).id

    def press_button(self, button: str, model: str, record: int) -> None:
        """Raises `Declined` or `OutcomeUnknown`."""
        self._request_change("POST", f"{model}/{record}/{button}", {}, fields=("id",))

    def delete(self, model: str, record: int) -> None:
        """Raises `Declined` or `OutcomeUnknown`."""
        self._request_change("DELETE", f"{model}/{record}", None)

    def call(self, action: str, model: str, values: Values) -> object:
        """Call one of a model's own functions, which changes nothing."""
        try:
            return self._request_change("POST", f"{model}/{action}", values)
        except OutcomeUnknown as error:
            raise AccountingSystemUnreachable(cause=str(error)) from error

    def _fetch_page(
        self, model: str, domain: Domain, fields: Sequence[str], offset: int, day: date | None
    ) -> list[dict[str, object]]:
        query: list[tuple[str, str]] = [("d", encode_value(domain)), ("o", encode_value([["id", "ASC"]]))]
        query += [("s", str(PAGE_SIZE)), ("p", str(offset)), *(("f", field) for field in fields)]
        try:
            answer = self._send("GET", model, params=query, day=day)
        except (requests.ConnectionError, requests.Timeout) as error:
            raise _connection_error(error) from error
        _raise_for_status(answer, model)
        if not answer.ok:
            raise _search_error(answer, model)
        try:
            return _ROWS.validate_python(answer.json(object_hook=from_tagged))
        except (ValidationError, requests.JSONDecodeError) as error:
            raise AccountingSystemMisconfigured(cause=f"its answer about {model} is not Tryton's") from error

    def _request_change(self, method: str, path: str, values: Values | None, fields: Sequence[str] = ()) -> object:
        try:
            answer = self._send(method, path, params=[("f", field) for field in fields], values=values)
        except (requests.ConnectionError, requests.Timeout) as error:
            if _was_never_sent(error):
                raise _connection_error(error) from error
            raise OutcomeUnknown(cause="the connection to Tryton broke") from error
        _raise_for_status(answer, path)
        if answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise TooLarge
        if answer.ok:
            return answer.json(object_hook=from_tagged) if answer.content else None
        raise _parse_error(answer)

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: list[tuple[str, str]],
        values: Values | None = None,
        day: date | None = None,
    ) -> requests.Response:
        context = {"language": "en", "company": self.company, "date": day}
        return self._session.request(
            method,
            f"{self._base}/{path}",
            params=params,
            data=None if values is None else json.dumps(values, default=to_tagged),
            headers={
                "Content-Type": "application/json",
                "X-Tryton-Context": encode_value({key: value for key, value in context.items() if value is not None}),
            },
            timeout=self._timeouts,
            allow_redirects=False,
        )


def _parse_error(answer: requests.Response) -> Exception:
    """Only what Tryton says in JSON is its judgement."""
    try:
        told = _ErrorAnswer.model_validate(answer.json()).message
    except (ValidationError, requests.JSONDecodeError):
        return OutcomeUnknown(cause=f"Tryton answered {answer.status_code} without a reason")
    return Declined(told)


def _raise_for_status(answer: requests.Response, path: str) -> None:
    match answer.status_code:
        case HTTPStatus.UNAUTHORIZED:
            raise AccountingSystemUnauthenticated
        case HTTPStatus.FORBIDDEN:
            raise AccountingSystemForbidden(cause=f"Tryton answered 403 to {path.partition('/')[0]}")
        case HTTPStatus.TOO_MANY_REQUESTS:
            raise AccountingSystemRateLimited
        case HTTPStatus.LOCKED:
            raise AccountingSystemTimeout  # another user is changing the same record
        case HTTPStatus.SERVICE_UNAVAILABLE | HTTPStatus.BAD_GATEWAY | HTTPStatus.GATEWAY_TIMEOUT if (
            answer.request.method == "GET"
        ):
            raise AccountingSystemUnreachable(cause=f"it answered {answer.status_code}")
        case _:
            pass


def _search_error(answer: requests.Response, model: str) -> Exception:
    """A search that did not work changes nothing, and no access to a model is a JSON judgement."""
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return AccountingSystemMisconfigured(cause="there is no such Tryton database at this address")
    judged = _parse_error(answer)
    if isinstance(judged, Declined):
        return AccountingSystemForbidden(cause=f"reading {model}")
    return AccountingSystemUnreachable(cause=f"it answered {answer.status_code} about {model}")


def _connection_error(error: requests.RequestException) -> Exception:
    if isinstance(error, requests.Timeout):
        return AccountingSystemTimeout()
    return AccountingSystemUnreachable(cause="no connection to Tryton")


def _was_never_sent(error: requests.RequestException) -> bool:
    """No connection was made, so nothing was asked."""
    inner = error.args[0] if error.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else inner
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def encode_value(value: object) -> str:
    """For query strings and headers."""
    return base64.urlsafe_b64encode(json.dumps(value, default=to_tagged).encode()).decode()


def to_tagged(value: object) -> dict[str, object]:
    """What JSON does not know, in Tryton's way."""
    match value:
        case Decimal():
            return {"__class__": "Decimal", "decimal": str(value)}
        case date():
            return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
        case bytes():
            return {"__class__": "bytes", "base64": base64.b64encode(value).decode()}
        case _:
            raise TypeError(type(value).__name__)


def from_tagged(found: dict[str, object]) -> object:
    """For each object of an answer; those of other classes stay as they are."""
    match found:
        case {"__class__": "Decimal", "decimal": str(digits)}:
            return Decimal(digits)
        case {"__class__": "date", "year": int(year), "month": int(month), "day": int(day)}:
            return date(year, month, day)
        case {"__class__": "bytes", "base64": str(text)}:
            return base64.b64decode(text)
        case _:
            return found
