"""Where settings come from: the environment, and a TOML file with the connections.

All mistakes are found in one reading and reported together, each with its key, what is wrong and what would be right.
"""

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from integration.budget import REQUESTS_PER_MINUTE, Rate
from integration.connection import Connection
from integration.errors import ConfigurationError, UsageError

PREFIX: Final = "PLEO_EXPORT_"
ACCOUNTING_SYSTEMS: Final = ("beancount",)


class Pleo(BaseModel):
    """Which Pleo to talk to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: HttpUrl = HttpUrl("https://external.pleo.io")
    #: For each credential, whoever uses it.
    requests_per_minute: Annotated[int, Field(ge=10)] = REQUESTS_PER_MINUTE


class ConfigurationFile(BaseModel):
    """The TOML file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pleo: Pleo = Pleo()
    connections: tuple[Connection, ...] = ()


class Settings(BaseModel):
    """Everything that differs between installations; read once for each process."""

    model_config = ConfigDict(frozen=True)

    base_url: str
    rate: Rate
    connections: tuple[Connection, ...]
    api_keys: Mapping[str, SecretStr]
    broker_url: str
    result_url: str
    database_url: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Raises `ConfigurationError` with every mistake in it."""
        path = Path(environment.get(f"{PREFIX}CONFIG", "pleo-export.toml"))
        file = _parse(path)
        if mistakes := [*_mistakes(file.connections), *_missing_keys(file.connections, environment)]:
            raise _error(path, mistakes)
        return cls(
            base_url=str(file.pleo.base_url),
            rate=Rate(file.pleo.requests_per_minute),
            connections=tuple(_placed(connection, path.parent) for connection in file.connections),
            api_keys={one.name: SecretStr(environment[one.api_key_env]) for one in file.connections},
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
    return environment.get(f"{PREFIX}BROKER_URL", "redis://127.0.0.1:6379/0")


def result_url(environment: Mapping[str, str]) -> str:
    """Where chords are counted."""
    return environment.get(f"{PREFIX}RESULT_URL", "redis://127.0.0.1:6379/1")


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
        if connection.accounting_system not in ACCOUNTING_SYSTEMS:
            known = ", ".join(ACCOUNTING_SYSTEMS)
            found.append(f"{place}.accounting_system: {connection.accounting_system!r} is not one of: {known}")
        elif getattr(connection, connection.accounting_system) is None:
            found.append(f"{place}.{connection.accounting_system}: the section is missing")
    return found


def _missing_keys(connections: Iterable[Connection], environment: Mapping[str, str]) -> list[str]:
    return [
        f"connections[{number}].api_key_env: set the environment variable {connection.api_key_env} to Pleo's API key"
        for number, connection in enumerate(connections, 1)
        if not environment.get(connection.api_key_env)
    ]


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
