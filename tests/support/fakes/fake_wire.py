"""A server that is not there: answers are taken from a list, requests are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO

import requests
from pydantic import SecretStr
from requests.adapters import BaseAdapter
from typing_extensions import override
from urllib3 import HTTPResponse

from integration.limits.rate import Budget
from integration.pleo.client import PleoClient
from integration.pleo.oauth.credential import ApiKeyAuth
from integration.pleo.transport import Transport


@dataclass(frozen=True)
class Answer:
    """What comes back for one request."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


class FakeWire(BaseAdapter):
    """Mounted on a session. The last answer is given again and again; an exception is raised instead."""

    def __init__(self, *answers: Answer | Exception) -> None:
        super().__init__()
        self._answers = list(answers)
        self.requests: list[requests.PreparedRequest] = []

    @override
    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        self.requests.append(request)
        self.timeout = timeout
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code, response.url, response.request = answer.status, request.url, request
        response.headers.update(answer.headers)
        response.raw = HTTPResponse(body=BytesIO(answer.body), preload_content=False, headers=answer.headers)
        return response

    def close(self) -> None:
        self.requests.clear()


def a_fake_pleo(*answers: Answer | Exception, budget: Budget | None = None) -> tuple[PleoClient, FakeWire]:
    """A client, and the wire that it is on."""
    session, wire = requests.Session(), FakeWire(*answers)
    transport = Transport("https://pleo.test/", ApiKeyAuth(SecretStr("k3y")), budget=budget, session=session)
    session.mount("https://pleo.test", wire)
    return PleoClient(transport), wire
