"""Credentials and webhooks in the configuration: what is wrong is said, with the variable to set."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from integration.configuration.connection import BasicWebhook
from integration.configuration.settings import Settings
from integration.errors import ConfigurationError

FILE = """
[[connections]]
name = "acme"
company_id = "12abc3d4-e567-890e-1234-abc56e78fabc"
accounting_system = "beancount"
{credential}

[connections.beancount]
directory = "ledger/acme"
{more}
"""
OAUTH = """
[connections.oauth]
client_id = "acme-client"
client_secret_env = "PLEO_CLIENT_SECRET"
"""
WEBHOOK = """
[connections.webhook]
kind = "{kind}"
secret_env = "PLEO_WEBHOOK_SECRET"
"""
ENVIRONMENT = {
    "PLEO_API_KEY": "sekret",
    "PLEO_CLIENT_SECRET": "client-sekret",
    "PLEO_EXPORT_TOKEN_KEY": Fernet.generate_key().decode(),
}


@pytest.fixture
def read(tmp_path: Path):
    def reader(more: str = "", credential: str = "", **environment: str) -> Settings:
        path = tmp_path / "pleo-export.toml"
        path.write_text(FILE.format(more=more, credential=credential))
        return Settings.read({"PLEO_EXPORT_CONFIG": str(path)} | ENVIRONMENT | environment)

    return reader


def test_a_connection_has_a_key_or_oauth(read):
    assert read(OAUTH).connection("acme").api_key_env is None
    assert read(credential='api_key_env = "PLEO_API_KEY"').connection("acme").oauth is None


@pytest.mark.parametrize(("more", "credential"), [("", ""), (OAUTH, 'api_key_env = "PLEO_API_KEY"')])
def test_neither_and_both_are_a_mistake(read, more, credential):
    with pytest.raises(ConfigurationError, match="one of the two"):
        read(more, credential)


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("PLEO_CLIENT_SECRET", "set the environment variable PLEO_CLIENT_SECRET to the secret of the OAuth client"),
        ("PLEO_EXPORT_TOKEN_KEY", "set the environment variable PLEO_EXPORT_TOKEN_KEY to the key"),
    ],
)
def test_a_missing_secret_names_its_variable(read, variable, told):
    with pytest.raises(ConfigurationError, match=told):
        read(OAUTH, **{variable: ""})


def test_a_key_that_is_none_is_a_mistake_and_is_not_repeated(read):
    with pytest.raises(ConfigurationError, match="PLEO_EXPORT_TOKEN_KEY is no key") as caught:
        read(OAUTH, PLEO_EXPORT_TOKEN_KEY="hunter2")
    assert "hunter2" not in str(caught.value)


def test_several_keys_are_good_while_they_are_changed(read):
    keys = f"{Fernet.generate_key().decode()} {Fernet.generate_key().decode()}"
    assert read(OAUTH, PLEO_EXPORT_TOKEN_KEY=keys)


@pytest.mark.parametrize("uri", ["https://acme.example/callback", "http://10.0.0.1:80/x", "http://127.0.0.1/callback"])
def test_people_come_back_to_this_machine_only(read, uri):
    with pytest.raises(ConfigurationError, match="redirect_uri"):
        read(OAUTH + f'redirect_uri = "{uri}"\n')


def test_a_webhook_needs_no_secret_before_one_has_subscribed(read):
    settings = read(WEBHOOK.format(kind="signature"), 'api_key_env = "PLEO_API_KEY"')
    assert "PLEO_WEBHOOK_SECRET" not in settings.secrets


def test_a_signing_secret_is_as_pleo_makes_them(read):
    signed = WEBHOOK.format(kind="signature"), 'api_key_env = "PLEO_API_KEY"'
    assert read(*signed, PLEO_WEBHOOK_SECRET="whsec_bmV3 whsec_b2xk").secrets["PLEO_WEBHOOK_SECRET"]
    with pytest.raises(ConfigurationError, match=r"PLEO_WEBHOOK_SECRET is no secret .*whsec_") as caught:
        read(*signed, PLEO_WEBHOOK_SECRET="hunter2")
    assert "hunter2" not in str(caught.value)


def test_each_kind_of_webhook_says_what_it_needs(read):
    with_key = 'api_key_env = "PLEO_API_KEY"'
    with pytest.raises(ConfigurationError, match="username"):
        read(WEBHOOK.format(kind="basic"), with_key)
    with pytest.raises(ConfigurationError, match="header"):
        read(WEBHOOK.format(kind="header"), with_key)
    with pytest.raises(ConfigurationError, match="webhook"):
        read(WEBHOOK.format(kind="telegram"), with_key)
    read_back = read(WEBHOOK.format(kind="basic") + 'username = "pleo"\n', with_key).connection("acme").webhook
    assert isinstance(read_back, BasicWebhook)


def test_no_secret_shows_in_the_settings(read):
    shown = repr(read(OAUTH + WEBHOOK.format(kind="signature"), PLEO_WEBHOOK_SECRET="whsec_bmV3"))
    assert not [
        secret for secret in ("client-sekret", "whsec_", ENVIRONMENT["PLEO_EXPORT_TOKEN_KEY"]) if secret in shown
    ]
