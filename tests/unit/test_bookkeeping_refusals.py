"""The error catalogue of items: every refusal is a whole sentence, a Pleo reason, and safe to format."""

import string

import pytest

from integration.errors import Refused
from integration.errors import items as refusals
from integration.errors.reasons import ItemFailureReason

CATALOGUE = [
    refusal for refusal in vars(refusals).values() if isinstance(refusal, type) and issubclass(refusal, Refused)
]
CATALOGUE.remove(Refused)


def sentence_of(refusal: type[Refused]) -> str:
    return " ".join((refusal.__doc__ or "").split())


def facts_of(refusal: type[Refused]) -> dict[str, str]:
    """What the sentence asks for, each with a brace in it, as Pleo may well send one."""
    names = (name for _, name, _, _ in string.Formatter().parse(sentence_of(refusal)) if name)
    return {name: f"a {{{name}}}" for name in names}


@pytest.mark.parametrize("refusal", CATALOGUE)
def test_a_refusal_is_a_sentence_with_its_facts(refusal: type[Refused]):
    said = str(refusal(**facts_of(refusal)))
    assert said[0].isupper()
    assert said.endswith(".")
    assert all(fact in said for fact in facts_of(refusal).values())


@pytest.mark.parametrize("refusal", CATALOGUE)
def test_a_refusal_has_a_reason_of_its_own_from_pleos_list(refusal: type[Refused]):
    assert vars(refusal)["reason"] in ItemFailureReason


@pytest.mark.parametrize("refusal", CATALOGUE)
def test_a_refusal_asks_for_no_fact_that_names_a_person(refusal: type[Refused]):
    assert not {"name", "person", "employee", "user", "note", "attendee"} & set(facts_of(refusal))


def test_the_catalogue_has_no_refusal_twice():
    assert len({sentence_of(refusal) for refusal in CATALOGUE}) == len(CATALOGUE) > 20
