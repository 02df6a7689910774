"""Environment variables, or files that they name, as containers give secrets: `NAME_FILE` where `NAME` is not set."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from typing_extensions import override

from integration.errors import ConfigurationError


class Environment(Mapping[str, str]):
    """Files are read when they are asked for. Raises `ConfigurationError` for one that cannot be read."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    @override
    def __getitem__(self, name: str) -> str:
        if name in self._variables:
            return self._variables[name]
        file = f"{name}_FILE"
        try:
            return Path(self._variables[file]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{file} names a file that cannot be read: {type(error).__name__}") from None

    @override
    def __iter__(self) -> Iterator[str]:
        return iter({name.removesuffix("_FILE") for name in self._variables})

    @override
    def __len__(self) -> int:
        return len(list(iter(self)))
