"""`pleo-export sandbox`: the local Pleo in this process, until Ctrl-C."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Final

import click
from pydantic import ValidationError

from integration.errors import UsageError
from integration.sandbox.faults.faults import Fault, Faults
from integration.sandbox.faults.strictness import LENIENT, Strictness
from integration.sandbox.serve import build_uvicorn_server, listen
from integration.sandbox.server import create_app
from integration.sandbox.world.scenarios import build_seeded_sandbox

CHOICES: Final = tuple(choice.name for choice in fields(Strictness))


def serve(host: str, port: int, seed: int, *, accepted: Sequence[str] = (), faults: Sequence[str] = ()) -> None:
    """Raises `UsageError` where the port is taken, or a choice or fault is unknown."""
    world = build_seeded_sandbox(seed=seed, strictness=_strictness(accepted))
    ordered = Faults(_fault(text) for text in faults)
    try:
        listener, url = listen(host, port)
    except OSError as error:
        raise UsageError(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port.") from None
    click.echo(f"A local Pleo listens at {url} (its page: open it in a browser). Ctrl-C stops it.")
    for company in world.companies:
        click.echo(f"  {company.name}: company_id {company.id}, API key {company.api_key}")
    build_uvicorn_server(create_app(world, ordered)).run(sockets=[listener])


def _strictness(accepted: Sequence[str]) -> Strictness:
    if "all" in accepted:
        return LENIENT
    if unknown := set(accepted) - set(CHOICES):
        raise UsageError(f"--accept {', '.join(sorted(unknown))}: it is all, or one of {', '.join(CHOICES)}.")
    return Strictness(**dict.fromkeys(accepted, False))


def _fault(text: str) -> Fault:
    """Such as `slow:operation=get_job,seconds=3`."""
    kind, _, rest = text.partition(":")
    given = dict(part.partition("=")[::2] for part in rest.split(",") if part)
    try:
        return Fault.model_validate({"kind": kind} | given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"--fault {text}: {place}: {first['msg']}.") from None
