"""The console's users in the configuration."""

import pytest

from integration.configuration.connection import User
from integration.configuration.settings import Settings
from integration.errors import ConfigurationError

CONNECTION = """
[[connections]]
name = "acme"
company_id = "12abc3d4-e567-890e-1234-abc56e78fabc"
api_key_env = "PLEO_API_KEY_ACME"
accounting_system = "beancount"

[connections.beancount]
directory = "ledger/acme"
"""


@pytest.fixture
def read(tmp_path):
    def reader(*users: str) -> tuple[User, ...]:
        path = tmp_path / "pleo-export.toml"
        path.write_text(CONNECTION + "".join(f"[[users]]\n{user}\n" for user in users))
        return Settings.read({"PLEO_EXPORT_CONFIG": str(path), "PLEO_API_KEY_ACME": "sekret"}).users

    return reader


def a_user(name: str = "anna", sees: str = "acme") -> str:
    return f'name = "{name}"\npassword = "scrypt$planted"\nconnections = ["{sees}"]'


def test_a_user_sees_the_connections_that_are_named(read):
    (anna,) = read(a_user())
    assert anna.sees("acme")
    assert not anna.sees("other")


def test_a_star_is_every_connection(read):
    assert read(a_user(sees="*"))[0].sees("whichever")


def test_nobody_is_a_user_unless_named(read):
    assert read() == ()


@pytest.mark.parametrize(
    ("users", "complaint"),
    [
        ((a_user(), a_user()), "the name 'anna' is given 2 times"),
        ((a_user(sees="acne"),), r"users\[1\].connections: there is no connection 'acne'"),
        ((a_user(name=""),), r"users\[1\].name"),
        (('name = "anna"\npassword = "x"\nconnections = []',), r"users\[1\].connections"),
    ],
)
def test_a_mistake_in_a_user_is_named(read, users, complaint):
    with pytest.raises(ConfigurationError, match=complaint):
        read(*users)


def test_a_password_never_shows(read):
    assert "planted" not in repr(read(a_user()))
