"""Rows as a table on the screen."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from integration.plain import plain


def print_table(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """All rows have the same keys, which are the columns; no cell can tell the terminal what to do."""
    table = Table(*(rows[0] if rows else ("nothing yet",)), title=title, title_justify="left")
    for row in rows:
        table.add_row(*(escape(plain(str(value))) for value in row.values()))
    Console().print(table)
