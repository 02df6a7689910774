"""Reading the configuration: every mistake at once, each with its key and what would be right."""

from pathlib import Path

import pytest

from integration.configuration.connection import ClosedPeriod, PostingStatus
from integration.configuration.settings import Settings, connection_names
from integration.errors import ConfigurationError, UsageError

COMPANY = "12abc3d4-e567-890e-1234-abc56e78fabc"
GOOD = f"""
[[connections]]
name = "acme"
company_id = "{COMPANY}"
api_key_env = "PLEO_API_KEY_ACME"
accounting_system = "beancount"

[connections.accounts]
wallet = "1150"

[connections.beancount]
directory = "ledger/acme"
"""


@pytest.fixture
def read(tmp_path: Path):
    def reader(toml: str, **environment: str) -> Settings:
        path = tmp_path / "pleo-export.toml"
        path.write_text(toml)
        return Settings.read({"PLEO_EXPORT_CONFIG": str(path), "PLEO_API_KEY_ACME": "sekret"} | environment)

    return reader


def test_what_is_not_said_has_the_safe_default(read):
    connection = read(GOOD).connection("acme")
    assert (connection.posting, connection.closed_period) == (PostingStatus.DRAFT, ClosedPeriod.FAIL)
    assert read(GOOD).base_url == "https://external.pleo.io/"


def test_a_relative_directory_is_beside_the_file_that_names_it(read, tmp_path):
    ledger = read(GOOD).connection("acme").beancount
    assert ledger is not None
    assert Path(ledger.directory) == tmp_path / "ledger/acme"


def test_a_connection_is_found_by_name_and_by_company(read):
    settings = read(GOOD)
    assert settings.connection_of("acme") == settings.connection_of(COMPANY)


def test_an_unknown_connection_is_answered_with_the_known_ones(read):
    with pytest.raises(UsageError, match=r"no connection 'acne'.*acme"):
        read(GOOD).connection_of("acne")


def test_all_mistakes_are_reported_together(read):
    wrong = GOOD.replace('name = "acme"', 'name = "A C M E"').replace(COMPANY, "twelve").replace('"1150"', "1150")
    with pytest.raises(ConfigurationError) as caught:
        read(wrong + "closed_period = 3\n")
    text = str(caught.value)
    for key in ("connections[1].name", "connections[1].company_id", "connections[1].accounts.wallet", "4 mistakes"):
        assert key in text


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (('"beancount"', '"ledger9"'), "connections[1].accounting_system: 'ledger9' is not one of: beancount"),
        (("[connections.beancount]\n", "[connections.other]\n"), "connections[1].other: there is no such setting"),
        (("[connections.beancount]\ndirectory = ", "# "), "connections[1].beancount: the section is missing"),
    ],
)
def test_a_mistake_says_where_it_is(read, change, complaint):
    with pytest.raises(ConfigurationError) as caught:
        read(GOOD.replace(*change))
    assert complaint in str(caught.value)


def test_two_connections_of_one_name_or_company_are_a_mistake(read):
    with pytest.raises(ConfigurationError) as caught:
        read(GOOD + GOOD)
    assert "the name 'acme' is given 2 times" in str(caught.value)
    assert "is connected 2 times" in str(caught.value)


def test_a_missing_key_names_its_variable(read):
    with pytest.raises(ConfigurationError, match="set the environment variable PLEO_API_KEY_ACME"):
        read(GOOD, PLEO_API_KEY_ACME="")


def test_a_secret_in_the_wrong_place_is_not_repeated(read):
    with pytest.raises(ConfigurationError) as caught:
        read(GOOD.replace("api_key_env", 'api_key = "hunter2"\napi_key_env'))
    assert "connections[1].api_key" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_key_never_shows_in_the_settings(read):
    assert "sekret" not in repr(read(GOOD))


def test_no_file_says_where_one_was_looked_for(tmp_path):
    with pytest.raises(ConfigurationError, match=r"no configuration file at .*nowhere"):
        Settings.read({"PLEO_EXPORT_CONFIG": str(tmp_path / "nowhere")})


def test_a_file_that_is_not_toml_says_the_line(read):
    with pytest.raises(ConfigurationError, match=r"not TOML: .*line 1"):
        read("connections = 3 3")


def test_a_file_without_connections_says_what_to_add(read):
    with pytest.raises(ConfigurationError, match=r"add a \[\[connections\]\] section"):
        read("")


def test_the_names_of_connections_are_known_without_their_secrets(tmp_path):
    (tmp_path / "pleo-export.toml").write_text(GOOD)
    assert connection_names({"PLEO_EXPORT_CONFIG": str(tmp_path / "pleo-export.toml")}) == ("acme",)


def test_there_are_no_names_where_the_file_cannot_be_read(tmp_path):
    assert connection_names({"PLEO_EXPORT_CONFIG": str(tmp_path / "absent.toml")}) == ()
