"""What a worker process holds: settings, the logbook, clients. Built after the fork, on first use."""

import functools
import os
from datetime import UTC, datetime
from threading import Lock
from uuid import UUID

import requests
from celery.signals import worker_process_init, worker_process_shutdown

from integration.accounting import AccountingSystem
from integration.accounting.registry import open_accounting_system
from integration.configuration.connection import Connection, OAuth, RecordingLimits
from integration.configuration.settings import TOKEN_KEY, Settings
from integration.limits.admission import ANY_NUMBER, Gate, Limits
from integration.limits.redis_admission import gate_for
from integration.limits.redis_client import shared_redis
from integration.limits.redis_rate import budget_for
from integration.logbook import Logbook
from integration.pleo.client import PleoClient
from integration.pleo.oauth.access import OAuthAccess, Seal
from integration.pleo.oauth.credential import ApiKeyAuth, Credential, OAuthAuth
from integration.pleo.oauth.server import OAuthServer
from integration.pleo.transport import Transport
from integration.services import Desk
from integration.worker_identity import Worker
from tasks.config import task_time_limit
from tasks.telemetry.pleo_calls import attempts_into, watched_session


class Context:
    """One for each process; connections to the outside are opened when first needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.logbook = Logbook.at(settings.database_url)
        self.redis = shared_redis(settings.result_url, settings.broker_url)
        self._clients: dict[str, tuple[PleoClient, AccountingSystem, Gate]] = {}
        self._of_job: dict[UUID, str] = {}
        self._files = requests.Session()
        self._files.trust_env = False
        self._lock = Lock()

    def desk(self, connection: Connection) -> Desk:
        """What this connection's jobs are worked on with."""
        with self._lock:
            if connection.name not in self._clients:
                self._clients[connection.name] = self._open(connection)
            pleo, system, gate = self._clients[connection.name]
        return Desk(
            connection=connection,
            logbook=self.logbook,
            system=system,
            gate=gate,
            pleo=pleo,
            files=self._files,
            worker=Worker.here(),
            clock=utc_now,
        )

    def _open(self, connection: Connection) -> tuple[PleoClient, AccountingSystem, Gate]:
        system = open_accounting_system(connection, self.settings.secrets)
        limits = _limits(connection.limits, system.capabilities.max_concurrency)
        return (
            self._pleo(connection),
            system,
            gate_for(self.redis, connection.name, limits, utc_now, max_task_seconds=task_time_limit),
        )

    def desk_of_job(self, job_id: UUID) -> Desk:
        """By the job that the logbook knows. Raises `LookupError` where it knows none."""
        if job_id not in self._of_job:
            self._of_job[job_id] = self.logbook.jobs.known(job_id).connection
        return self.desk(self.settings.connection(self._of_job[job_id]))

    def close(self) -> None:
        """Give every connection back."""
        for pleo, _, _ in self._clients.values():
            pleo.close()
        self._files.close()
        if self.redis:
            self.redis.close()
        self.logbook.close()

    def transport(self, connection: Connection) -> Transport:
        """To Pleo with this connection's credential, within the budget that all processes share."""
        credential, name = self._credential(connection)
        budget = budget_for(name, self.redis, self.settings.rate)
        session = watched_session(attempts_into(self.logbook, utc_now))
        return Transport(self.settings.base_url, credential, budget=budget, session=session)

    def oauth(self, connection: Connection, client: OAuth) -> tuple[OAuthServer, OAuthAccess]:
        """Pleo's authorisation server, and what it gave us for this connection."""
        secrets = self.settings.secrets
        server = OAuthServer(self.settings.auth_url, client, secrets[client.client_secret_env], utc_now)
        access = OAuthAccess(
            connection.name,
            server=server,
            tokens=self.logbook.tokens,
            seal=Seal(secrets[TOKEN_KEY]),
            owner=lambda: Worker.here().name,
            clock=utc_now,
        )
        return server, access

    def _credential(self, connection: Connection) -> tuple[Credential, str]:
        """With the name under which its requests are counted."""
        if connection.oauth:
            _, access = self.oauth(connection, connection.oauth)
            return OAuthAuth(access), f"{connection.oauth.client_id} {connection.company_id}"
        api_key = self.settings.secrets[str(connection.api_key_env)]
        return ApiKeyAuth(api_key), api_key.get_secret_value()

    def _pleo(self, connection: Connection) -> PleoClient:
        return PleoClient(self.transport(connection))


def _limits(wanted: RecordingLimits, lanes: int | None) -> Limits:
    """As many at once as the system has lanes, or fewer if the connection says so."""
    return Limits(
        wanted.per_minute or ANY_NUMBER,
        wanted.per_day or ANY_NUMBER,
        min(wanted.at_once or ANY_NUMBER, lanes or ANY_NUMBER),
    )


def utc_now() -> datetime:
    """The clock of everything that runs for real."""
    return datetime.now(UTC)


_one_at_a_time = Lock()


def current() -> Context:
    """This process's context, made once however many threads ask. Raises `ConfigurationError`."""
    with _one_at_a_time:
        return _made()


@functools.cache
def _made() -> Context:
    return Context(Settings.read(os.environ))


def forget() -> None:
    """Close what is open; who asks next has it made anew."""
    if _made.cache_info().currsize:
        current().close()
        _made.cache_clear()


def _forget(**_: object) -> None:
    """A forked child never uses what its parent opened."""
    _made.cache_clear()


def _close(**_: object) -> None:
    forget()


worker_process_init.connect(_forget)
worker_process_shutdown.connect(_close)
