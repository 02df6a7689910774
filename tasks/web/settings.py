"""What the web process reads from the environment beside `integration.configuration.settings`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from pydantic import SecretStr

from integration.configuration.environment import Environment
from integration.configuration.settings import PREFIX
from integration.errors import ConfigurationError

#: Characters.
SHORTEST_SECRET: Final = 32


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """`web_url` is where browsers reach the console; the session cookie is for HTTPS alone where that is HTTPS."""

    session_secret: SecretStr
    web_url: str
    flower_url: str | None
    metrics_token: SecretStr | None

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Raises `ConfigurationError`: there is no default for a secret."""
        environment = Environment(environment)
        secret = environment.get(f"{PREFIX}SESSION_SECRET", "")
        if len(secret) < SHORTEST_SECRET:
            raise ConfigurationError(
                f"Set {PREFIX}SESSION_SECRET to {SHORTEST_SECRET} random characters or more; it signs the console's "
                "sessions (for example: openssl rand -hex 32)."
            )
        token = environment.get(f"{PREFIX}METRICS_TOKEN")
        return cls(
            session_secret=SecretStr(secret),
            web_url=environment.get(f"{PREFIX}WEB_URL", "http://127.0.0.1:8000").rstrip("/"),
            flower_url=environment.get(f"{PREFIX}FLOWER_URL", "").rstrip("/") or None,
            metrics_token=SecretStr(token) if token else None,
        )

    @property
    def is_https(self) -> bool:
        """Whether browsers come through TLS."""
        return self.web_url.startswith("https://")
