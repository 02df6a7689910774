"""The error catalogue: complete, in Pleo's words, with something to change; and its page is what the code says."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from integration import errors
from integration.errors import AccountingSystemError, ExportError, PleoError, Refused, items
from integration.errors.reasons import ItemFailureReason, JobFailureReason
from integration.pleo.transport import BY_STATUS, BY_TYPE
from tasks.cli.errors import FAMILIES, entries, kinds_of, markdown

ROOT = Path(__file__).parents[2]
KINDS = [kind for family, _, _ in FAMILIES for kind in kinds_of(family)]
BY_NAME = {kind.__name__: kind for kind in KINDS}
OURS = (errors.__name__, items.__name__)
#: How a sentence tells its reader what to do.
VERBS = (
    """add ask attach check choose contact correct export give grant map open renew run set start take update wait"""
)
ADVICE = re.compile(rf"(?:[.:;,] (?:or |then )?)(?:{VERBS.replace(' ', '|')})\b", re.IGNORECASE)
HAPPENS_BY_ITSELF = ("It is tried again.", "It needs export-jobs:read, export-jobs:write, export-items:read.")

AN_OWN_TEXT = "a text of its own"


def braces(kind: type[ExportError]) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(str(kind())) if name}


def test_the_page_is_what_the_code_says():
    assert (ROOT / "docs" / "errors.md").read_text(encoding="utf-8") == markdown(), "run `make docs`"


def test_every_error_of_an_item_or_a_job_is_listed_once():
    listed = [entry.code for entry in entries()]
    assert len(listed) == len(set(listed))
    finest = {kind for kind in everything() if not kind.__subclasses__()}
    assert finest <= set(KINDS)


def everything() -> Iterator[type[ExportError]]:
    for module in (errors, items):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Refused | AccountingSystemError | PleoError):
                yield value


@pytest.mark.parametrize("kind", KINDS)
def test_the_reason_type_is_of_the_right_list(kind):
    if issubclass(kind, Refused):
        assert type(kind.reason) is ItemFailureReason
    elif issubclass(kind, AccountingSystemError):
        assert type(kind.reason) is JobFailureReason
    else:
        assert not hasattr(kind, "reason")


@pytest.mark.parametrize("kind", KINDS)
def test_the_sentence_says_what_to_change_and_ends(kind):
    sentence = str(kind())
    assert sentence.endswith(".")
    assert ADVICE.search(sentence) or sentence.endswith(HAPPENS_BY_ITSELF), sentence
    assert "|" not in sentence  # it stands in a table


def sources() -> list[Path]:
    return sorted([*ROOT.glob("integration/**/*.py"), *ROOT.glob("tasks/**/*.py")])


def raised() -> Iterator[tuple[str, str, set[str]]]:
    """Where an error of the catalogue is made, which, and from which facts."""
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {alias.asname or alias.name: alias.name for alias in imported(tree) if alias.name in BY_NAME}
        for node in ast.walk(tree):
            place = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            match node:
                case ast.Call(func=ast.Name(id=name), args=given, keywords=facts) if name in names:
                    yield place, names[name], {str(fact.arg) for fact in facts} | ({AN_OWN_TEXT} if given else set())
                case ast.Raise(exc=ast.Name(id=name)) if name in names:
                    yield place, names[name], set()
                case ast.Call(func=ast.Name(id="failing_as"), args=[ast.Name(id=name)]):
                    yield place, names[name], {"cause"}


def imported(tree: ast.Module) -> Iterator[ast.alias]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in OURS:
            yield from node.names


RAISED = list(raised())


@pytest.mark.parametrize(("place", "name", "facts"), RAISED, ids=[f"{name} {place}" for place, name, _ in RAISED])
def test_what_is_raised_has_exactly_the_facts_of_its_sentence(place, name, facts):
    told_at_pleo = issubclass(BY_NAME[name], Refused | AccountingSystemError)  # what operators read may say more
    assert facts == braces(BY_NAME[name]) or (facts == {AN_OWN_TEXT} and not told_at_pleo)


def test_every_refusal_is_used_somewhere():
    used = {alias.name for path in sources() for alias in imported(ast.parse(path.read_text(encoding="utf-8")))}
    assert used >= {kind.__name__ for kind in kinds_of(Refused)}


@pytest.mark.parametrize("kind", [*BY_STATUS.values(), *BY_TYPE.values(), errors.PleoRefused])
def test_what_pleo_refuses_has_the_facts_of_its_answer(kind):
    assert braces(kind) <= {"operation", "status", "type", "told"}
