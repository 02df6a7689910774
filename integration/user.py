"""A user of the export console: a login, and the connections that it may see."""

from typing import Annotated, Final

from pydantic import Field, SecretStr

from integration.connection import Settings

EVERY_CONNECTION: Final = "*"


class User(Settings):
    """As the TOML file has it; `password` is what `pleo-export password` prints, never the password itself."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$")]
    password: SecretStr
    connections: Annotated[tuple[str, ...], Field(min_length=1)]

    def sees(self, connection: str) -> bool:
        """Whether this connection's jobs are the user's business."""
        return EVERY_CONNECTION in self.connections or connection in self.connections
