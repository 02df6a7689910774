"""`pleo-export webhooks`: where Pleo sends its events for a connection, and the secret they are recognised by."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import click

from integration.configuration.connection import Connection, SignedWebhook, Webhook
from integration.errors import UsageError
from integration.pleo.subscriptions import NewSubscription, Subscription, SubscriptionClient
from tasks import context
from tasks.cli.terminal import print_table
from tasks.web.webhook_intake import path_of


def subscribe(company: str, url: str) -> None:
    """`url` is where the web process is reached from outside. Raises `UsageError` or a `PleoError`."""
    connection, webhook = _with_webhook(company)
    endpoint = url.rstrip("/") + path_of(connection)
    with _client(connection) as pleo:
        made = pleo.subscribe(NewSubscription.to(endpoint, webhook, _secret(webhook)))
        click.echo(f"Subscribed {made.id}: {made.endpoint_url}")
        _tell_secret(pleo, made, webhook)


def show(company: str, *, as_json: bool) -> None:
    """Also those that others have made."""
    with _client(_connection(company)) as pleo:
        rows = [
            {"id": str(one.id), "url": one.endpoint_url, "events": ", ".join(one.event_types), "status": one.status}
            for one in pleo.subscriptions()
        ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        print_table("Subscriptions", rows)


def rotate(company: str) -> None:
    """A new secret for each subscription of this connection; deliveries are taken all the while."""
    connection, webhook = _with_webhook(company)
    with _client(connection) as pleo:
        ours = [one for one in pleo.subscriptions() if one.endpoint_url.endswith(path_of(connection))]
        if not ours:
            raise UsageError(f"{connection.name} has no subscription. Run `pleo-export webhooks subscribe` first.")
        for old in ours:
            _renew(pleo, old, webhook)


def _renew(pleo: SubscriptionClient, old: Subscription, webhook: Webhook) -> None:
    """Pleo makes a signing secret when one subscribes and at no other time; the other two are ours to change."""
    wish = NewSubscription.to(old.endpoint_url, webhook, _secret(webhook))
    if not isinstance(webhook, SignedWebhook):
        pleo.change(old.id, wish)
        click.echo(f"{old.id} is delivered with the secret that {webhook.secret_env} holds now.")
        return
    made = pleo.subscribe(wish)
    _tell_secret(pleo, made, webhook)
    click.echo(f"Put it before the old one, with a blank between; restart the web process; then remove {old.id}.")


def remove(company: str, subscription_id: UUID) -> None:
    """Raises a `PleoError`."""
    with _client(_connection(company)) as pleo:
        pleo.unsubscribe(subscription_id)
    click.echo(f"Removed {subscription_id}.")


def _tell_secret(pleo: SubscriptionClient, made: Subscription, webhook: Webhook) -> None:
    if isinstance(webhook, SignedWebhook):
        click.echo(f"{webhook.secret_env}={pleo.signing_secret(made.id).get_secret_value()}")


def _secret(webhook: Webhook) -> str:
    """Empty for a signature. Of several the first is the one to be sent."""
    if isinstance(webhook, SignedWebhook):
        return ""
    held = context.current().settings.secrets.get(webhook.secret_env)
    if held is None:
        raise UsageError(f"Set the environment variable {webhook.secret_env} to a long random secret first.")
    return held.get_secret_value().split()[0]


def _connection(company: str) -> Connection:
    return context.current().settings.connection_of(company)


def _with_webhook(company: str) -> tuple[Connection, Webhook]:
    connection = _connection(company)
    if connection.webhook is None:
        raise UsageError(f"Connection {connection.name} has no [connections.webhook] section (README, «Webhooks»).")
    return connection, connection.webhook


@contextmanager
def _client(connection: Connection) -> Iterator[SubscriptionClient]:
    client = SubscriptionClient(context.current().transport(connection))
    try:
        yield client
    finally:
        client.close()
