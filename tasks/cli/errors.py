"""`pleo-export errors`: every way an item or a job can fail, read off the code."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Final

import click

from integration import errors
from integration.errors import AccountingSystemError, ExportError, PleoError, PleoRefused, Refused, items

_OF_ITEMS: Final = """
One item cannot be recorded as it stands; the others are. Pleo's user reads the sentence beside the expense.
"""
_OF_JOBS: Final = """
The accounting system as a whole. Before any item is touched, the job fails for this reason; later on the items that
meet it, as `unexpected_failure` where Pleo's list for items lacks the reason type.
"""
_OF_PLEO: Final = """
Between us and Pleo. Operators read these in the log and on the terminal; Pleo is told nothing of them, save
`missing_contra_accounts`, which fails the job as `missing_configuration`.
"""
#: In the order in which a reader meets them, with title and introduction.
FAMILIES: Final[Sequence[tuple[type[ExportError], str, str]]] = (
    (Refused, "Items", _OF_ITEMS),
    (AccountingSystemError, "Jobs", _OF_JOBS),
    (PleoError, "Pleo", _OF_PLEO),
)

_HEAD: Final = """# Error catalogue

Every way in which an item or a job can fail: its code, the reason type that Pleo is given, and the sentence with the
thing to change. Words in braces are filled in. This page is made from the code by `make docs`.
"""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One error; `reason_type` is `None` where Pleo is told nothing."""

    family: str
    code: str
    reason_type: str | None
    sentence: str


def show_catalogue(*, as_json: bool) -> None:
    """As Markdown, or as JSON."""
    if as_json:
        click.echo(json.dumps([asdict(entry) for entry in entries()], indent=2))
        return
    click.echo(markdown(), nl=False)


def entries() -> list[CatalogueEntry]:
    """In the order of the code."""
    return [_entry(kind, title) for family, title, _ in FAMILIES for kind in kinds_of(family)]


def kinds_of(family: type[ExportError]) -> Iterator[type[ExportError]]:
    """What is raised: every error that has no finer one below it, and what Pleo refuses without a name for it."""
    for module in (items, errors):
        for kind in _defined_in(module):
            if issubclass(kind, family) and (kind is PleoRefused or not _finer(kind)):
                yield kind


def _defined_in(module: ModuleType) -> Iterator[type[ExportError]]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, ExportError) and value.__module__ == module.__name__:
            yield value


def _finer(kind: type[ExportError]) -> bool:
    ours = (items.__name__, errors.__name__)
    return any(finer.__module__ in ours for finer in kind.__subclasses__())


def _entry(kind: type[ExportError], title: str) -> CatalogueEntry:
    """Raised without facts, an error says its sentence with the braces left."""
    error = kind()
    reason = error.reason.value if isinstance(error, Refused | AccountingSystemError) else None
    return CatalogueEntry(title, error.code, reason, str(error))


def markdown() -> str:
    """The page."""
    return _HEAD + "".join(_section(title, told) for _, title, told in FAMILIES)


def _section(title: str, told: str) -> str:
    rows = "".join(_row(entry) for entry in entries() if entry.family == title)
    return f"\n## {title}\n{told}\n| code | reason type | sentence |\n|---|---|---|\n{rows}"


def _row(entry: CatalogueEntry) -> str:
    reason = f"`{entry.reason_type}`" if entry.reason_type else ""
    return f"| `{entry.code}` | {reason} | {entry.sentence} |\n"
