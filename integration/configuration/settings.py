"""Where settings come from: the environment, and a TOML file with the connections.

All mistakes are found in one reading and reported together, each with its key, what is wrong and what would be right.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from integration.accounting.registry import ADAPTERS
from integration.configuration.connection import EVERY_CONNECTION, Connection, SignedWebhook, User
from integration.configuration.environment import Environment
from integration.errors import ConfigurationError, UsageError
from integration.limits.rate import REQUESTS_PER_MINUTE, Rate, pleos_rate

PREFIX: Final = "PLEO_EXPORT_"
TOKEN_KEY: Final = f"{PREFIX}TOKEN_KEY"
TOKEN_KEYS: Final = re.compile(r"(\s*[A-Za-z0-9_-]{43}=\s*)+")
SIGNING_SECRETS: Final = re.compile(r"(\s*whsec_[A-Za-z0-9+/]+={0,2}\s*)*")


class Pleo(BaseModel):
    """Which Pleo to talk to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: HttpUrl = HttpUrl("https://external.pleo.io")
    #: The authorisation server; https://auth.staging.pleo.io for staging.
    auth_url: HttpUrl = HttpUrl("https://auth.pleo.io")
    #: For each credential, whoever uses it.
    requests_per_minute: Annotated[int, Field(ge=10)] = REQUESTS_PER_MINUTE


class ConfigurationFile(BaseModel):
    """The TOML file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pleo: Pleo = Pleo()
    connections: tuple[Connection, ...] = ()
    users: tuple[User, ...] = ()


class Settings(BaseModel):
    """Everything that differs between installations; read once for each process."""

    model_config = ConfigDict(frozen=True)

    base_url: str
    auth_url: str
    rate: Rate
    connections: tuple[Connection, ...]
    users: tuple[User, ...]
    #: By the name of the environment variable, which the file gives.
    secrets: Mapping[str, SecretStr]
    broker_url: str
    result_url: str
    database_url: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Raises `ConfigurationError` with every mistake in it."""
        environment = Environment(environment)
        path = _path(environment)
        file = _parse(path)
        mistakes = [*_mistakes(file.connections), *_mistaken_secrets(file.connections, environment)]
        mistakes += _mistaken_users(file)
        if mistakes:
            raise _error(path, mistakes)
        return cls(
            base_url=str(file.pleo.base_url),
            auth_url=str(file.pleo.auth_url),
            rate=pleos_rate(file.pleo.requests_per_minute),
            connections=tuple(_placed(connection, path.parent) for connection in file.connections),
            users=file.users,
            secrets=_secrets(file.connections, environment),
            broker_url=broker_url(environment),
            result_url=result_url(environment),
            database_url=environment.get(f"{PREFIX}DATABASE_URL", "sqlite:///pleo-export.db"),
        )

    def connection(self, name: str) -> Connection:
        """Raises `UsageError` naming the connections that there are."""
        return self._one(name, lambda connection: connection.name == name)

    def connection_of(self, company: str) -> Connection:
        """By name or by Pleo's company id. Raises `UsageError` naming the connections that there are."""
        return self._one(company, lambda connection: company in (connection.name, str(connection.company_id)))

    def of_company(self, company_id: UUID) -> Connection | None:
        """`None` for a company that has no connection."""
        return next((one for one in self.connections if one.company_id == company_id), None)

    def _one(self, wanted: str, fits: Callable[[Connection], bool]) -> Connection:
        for connection in self.connections:
            if fits(connection):
                return connection
        names = ", ".join(connection.name for connection in self.connections)
        raise UsageError(f"There is no connection {wanted!r}. The configuration has: {names}.")


def broker_url(environment: Mapping[str, str]) -> str:
    """Needed before the file is read: `celery -A tasks` reports its own start."""
    return Environment(environment).get(f"{PREFIX}BROKER_URL", "redis://127.0.0.1:6379/0")


def result_url(environment: Mapping[str, str]) -> str:
    """Where chords are counted."""
    return Environment(environment).get(f"{PREFIX}RESULT_URL", "redis://127.0.0.1:6379/1")


def connection_names(environment: Mapping[str, str]) -> tuple[str, ...]:
    """In the file's order; none where it cannot be read, which whoever needs more of it than the names will be told."""
    try:
        file = _parse(_path(Environment(environment)))
    except ConfigurationError:
        return ()
    return tuple(connection.name for connection in file.connections)


def _path(environment: Mapping[str, str]) -> Path:
    return Path(environment.get(f"{PREFIX}CONFIG", "pleo-export.toml"))


def _parse(path: Path) -> ConfigurationFile:
    try:
        return ConfigurationFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no configuration file at {path.resolve()}. Write one (README, «Point it at Pleo») "
            f"or name another in {PREFIX}CONFIG."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not TOML: {error}") from None
    except ValidationError as error:
        raise _error(path, [_mistake(fault) for fault in error.errors(include_url=False)]) from None


def _mistake(fault: ErrorDetails) -> str:
    where = ""
    for part in fault["loc"]:
        where += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    if fault["type"] == "extra_forbidden":  # the value may be a secret in the wrong place
        return f"{where.lstrip('.')}: there is no such setting; take it out or mend its name"
    given = "" if isinstance(fault["input"], dict | list | tuple) else f" (it is {fault['input']!r})"
    return f"{where.lstrip('.')}: {fault['msg']}{given}"


def _mistakes(connections: Sequence[Connection]) -> list[str]:
    names = Counter(connection.name for connection in connections)
    companies = Counter(connection.company_id for connection in connections)
    if not connections:
        return ["connections: there is none; add a [[connections]] section"]
    found = [f"connections: the name {name!r} is given {count} times" for name, count in names.items() if count > 1]
    found += [f"connections: company {one} is connected {count} times" for one, count in companies.items() if count > 1]
    for number, connection in enumerate(connections, 1):
        place = f"connections[{number}]"
        if connection.accounting_system not in ADAPTERS:
            known = ", ".join(ADAPTERS)
            found.append(f"{place}.accounting_system: {connection.accounting_system!r} is not one of: {known}")
        elif getattr(connection, connection.accounting_system) is None:
            found.append(f"{place}.{connection.accounting_system}: the section is missing")
    return found


def _mistaken_users(file: ConfigurationFile) -> Iterator[str]:
    known = {EVERY_CONNECTION, *(connection.name for connection in file.connections)}
    names = Counter(user.name for user in file.users)
    yield from (f"users: the name {name!r} is given {count} times" for name, count in names.items() if count > 1)
    for number, user in enumerate(file.users, 1):
        unknown = [name for name in user.connections if name not in known]
        yield from (f"users[{number}].connections: there is no connection {name!r}" for name in unknown)


def _mistaken_secrets(connections: Iterable[Connection], environment: Mapping[str, str]) -> Iterator[str]:
    for number, connection in enumerate(connections, 1):
        for key, variable, what in _needed(connection):
            if not environment.get(variable):
                yield f"connections[{number}].{key}: set the environment variable {variable} to {what}"
        if connection.oauth and not TOKEN_KEYS.fullmatch(environment.get(TOKEN_KEY) or f"{'_' * 43}="):
            yield f"connections[{number}].oauth: {TOKEN_KEY} is no key as README, «Connect with OAuth», makes one"
        if isinstance(connection.webhook, SignedWebhook):
            variable = connection.webhook.secret_env
            if not SIGNING_SECRETS.fullmatch(environment.get(variable, "")):
                yield (
                    f"connections[{number}].webhook.secret_env: the environment variable {variable} is no secret as "
                    "`pleo-export webhooks subscribe` prints it (whsec_…)"
                )


def _needed(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """A webhook's secret is not: Pleo makes it when one subscribes."""
    if connection.api_key_env:
        yield "api_key_env", connection.api_key_env, "Pleo's API key"
    if connection.oauth:
        yield "oauth.client_secret_env", connection.oauth.client_secret_env, "the secret of the OAuth client"
        yield "oauth", TOKEN_KEY, "the key that its tokens are kept under (README, «Connect with OAuth»)"
    if connection.tryton:
        yield "tryton.key_env", connection.tryton.key_env, "the key of Tryton's user application"


def _secrets(connections: Iterable[Connection], environment: Mapping[str, str]) -> dict[str, SecretStr]:
    names = {variable for connection in connections for _, variable, _ in _needed(connection)}
    names |= {connection.webhook.secret_env for connection in connections if connection.webhook}
    return {name: SecretStr(environment[name]) for name in names if environment.get(name)}


def _error(path: Path, mistakes: list[str]) -> ConfigurationError:
    lines = "".join(f"\n  {mistake}" for mistake in mistakes)
    return ConfigurationError(f"{path} has {len(mistakes)} mistake{'s' * (len(mistakes) > 1)}:{lines}")


def _placed(connection: Connection, directory: Path) -> Connection:
    """A relative ledger directory is relative to the file that names it, wherever a worker was started."""
    if connection.beancount is None:
        return connection
    ledger = connection.beancount.model_copy(
        update={"directory": (directory / connection.beancount.directory).resolve()}
    )
    return connection.model_copy(update={"beancount": ledger})
