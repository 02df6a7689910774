"""Secrets from files that the environment names."""

import pytest

from integration.configuration.environment import Environment
from integration.errors import ConfigurationError


def test_a_variable_is_what_it_is():
    assert dict(Environment({"KEY": "value"})) == {"KEY": "value"}


def test_a_file_that_is_named_is_read_without_its_last_line_end(tmp_path):
    (tmp_path / "key").write_text("from the file\n")
    environment = Environment({"KEY_FILE": str(tmp_path / "key")})
    assert environment["KEY"] == "from the file"
    assert list(environment) == ["KEY"]


def test_the_variable_wins_over_the_file():
    assert Environment({"KEY": "value", "KEY_FILE": "/nowhere"}).get("KEY") == "value"


def test_what_is_not_set_is_not_there():
    assert Environment({}).get("KEY", "default") == "default"
    assert "KEY" not in Environment({})


def test_a_file_that_is_not_there_is_a_mistake_and_no_empty_secret():
    with pytest.raises(ConfigurationError, match="KEY_FILE"):
        Environment({"KEY_FILE": "/nowhere/key"}).get("KEY")
