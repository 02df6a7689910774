"""`pleo-export sandbox`: the local Pleo in this process, until Ctrl-C."""

import click

from integration.errors import UsageError
from integration.sandbox.scenarios import seeded_sandbox
from integration.sandbox.serve import listen, uvicorn_server
from integration.sandbox.server import create_app


def serve(host: str, port: int, seed: int) -> None:
    """Raises `UsageError` where the port is taken."""
    world = seeded_sandbox(seed=seed)
    try:
        listener, url = listen(host, port)
    except OSError as error:
        raise UsageError(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port.") from None
    click.echo(f"A local Pleo listens at {url} (its page: open it in a browser). Ctrl-C stops it.")
    for company in world.companies:
        click.echo(f"  {company.name}: company_id {company.id}, API key {company.api_key}")
    uvicorn_server(create_app(world)).run(sockets=[listener])
