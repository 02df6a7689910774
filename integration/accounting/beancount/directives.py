"""The three kinds of beancount directive that declare a chart, read from text line by line.

Only `open`, `close` and `custom`, each on one line with its metadata below; every other line is passed over. Whether
the whole is right beancount is for `bean-check` to say.
"""

import re
from dataclasses import dataclass
from datetime import date

from integration.errors import AccountingSystemMisconfigured

#: The chart's file, in the ledger's directory.
ACCOUNTS_FILE = "accounts.beancount"

_DIRECTIVE = re.compile(r"(\d{4}[-/]\d{1,2}[-/]\d{1,2})[ \t]+(open|close|custom)[ \t]+(.*)", re.ASCII)
_METADATA = re.compile(r"[ \t]+([a-z][A-Za-z0-9_-]+):(.*)")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|;.*|[^\s",;]+|"')
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive: `kind` is `open`, `close` or a custom directive's own; strings have lost their quotes."""

    line: int
    date: date
    kind: str
    values: tuple[str, ...]
    metadata: dict[str, str]


def chart_error(line: int, what: str) -> AccountingSystemMisconfigured:
    """The error that sends the user to the line."""
    return AccountingSystemMisconfigured(cause=f"{ACCOUNTS_FILE}, line {line}: {what}")


def read_directives(text: str) -> tuple[Directive, ...]:
    """Raises `AccountingSystemMisconfigured` where a line breaks off inside a string or its date is none."""
    directives: list[Directive] = []
    below: dict[str, str] | None = None
    for line, content in enumerate(text.split("\n"), start=1):
        if dated := _DIRECTIVE.match(content):
            directives.append(_build_directive(line, *dated.groups()))
            below = directives[-1].metadata
        elif (found := _METADATA.match(content)) and below is not None:
            below[found[1]] = _unquote("".join(_tokenize(line, found[2])[:1]))
        elif content[:1].strip(" \t\r;"):
            below = None
    return tuple(directives)


def _build_directive(line: int, day: str, kind: str, rest: str) -> Directive:
    tokens = _tokenize(line, rest)
    match kind:
        case "open":
            # Its only string is the booking method, which says nothing about a chart.
            return Directive(line, _parse_date(line, day), kind, tuple(word for word in tokens if word[0] != '"'), {})
        case "close":
            return Directive(line, _parse_date(line, day), kind, tuple(tokens), {})
        case _:
            name, *values = (_unquote(token) for token in (*tokens, ""))
            return Directive(line, _parse_date(line, day), name, tuple(values[:-1]), {})


def _parse_date(line: int, text: str) -> date:
    try:
        return date(*map(int, re.split("[-/]", text)))
    except ValueError as error:
        raise chart_error(line, f"{text} is no date") from error


def _unquote(token: str) -> str:
    return _ESCAPE.sub(r"\1", token[1:-1]) if token.startswith('"') else token


def _tokenize(line: int, text: str) -> list[str]:
    """Strings with their quotes, and words; a comment is left out."""
    tokens = [token for token in _TOKEN.findall(text) if not token.startswith(";")]
    if '"' in tokens:
        raise chart_error(line, "a string does not end on its line")
    return tokens
