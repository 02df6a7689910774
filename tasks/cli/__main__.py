"""`pleo-export`: the producer script and everything an operator types.

Exit codes: 0 done, 1 failed, 2 wrong use. Commands import what they need when they run, so that `--help` is quick.
"""

import json
import sys
from uuid import UUID

import click

from integration.errors import ExportError, UsageError


class Commands(click.Group):
    """Turns our errors into a sentence and an exit code: no traceback for a user's mistake."""

    def invoke(self, ctx: click.Context) -> object:
        """As in the parent."""
        try:
            return super().invoke(ctx)
        except ExportError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2 if isinstance(error, UsageError) else 1)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
limit_option = click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many jobs, newest first."
)
company_option = click.option("--company", metavar="NAME", help="Only this connection (its name or Pleo's company id).")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pleo-export")
def main() -> None:
    """Carry Pleo export jobs into an accounting system, and tell Pleo how every item ended.

    Connections are read from pleo-export.toml, or the file that PLEO_EXPORT_CONFIG names.
    Workers run beside this command: celery -A tasks worker
    """


@main.command()
@click.option("--keep", is_flag=True, help="Leave everything running until Ctrl-C, to look around.")
@click.option("--directory", default="pleo-export-demo", show_default=True, help="Where the ledgers are put.")
@click.option("--items", default=12, show_default=True, type=click.IntRange(1, 5000), help="Items in a large job.")
def demo(*, keep: bool, directory: str, items: int) -> None:
    """Show the whole path on this machine: own broker, sandbox Pleo, workers, Flower, beancount ledgers."""
    from pathlib import Path

    from tasks.demo.show import run_demo

    run_demo(Path(directory), items=items, keep=keep)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8090, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free port.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same companies and expenses.")
@click.option(
    "--accept", "accepted", multiple=True, metavar="CHOICE", help="Accept what Pleo documents nowhere; or all."
)
@click.option(
    "--fault", "faults", multiple=True, metavar="KIND[:NAME=VALUE,…]", help="For example unavailable:rate=0.1"
)
def sandbox(host: str, port: int, seed: int, *, accepted: tuple[str, ...], faults: tuple[str, ...]) -> None:
    """Run a local Pleo with a page to press Export on."""
    from tasks.cli.sandbox import serve

    serve(host, port, seed, accepted=accepted, faults=faults)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def web(host: str, port: int) -> None:
    """Run the web process: export console, webhook intake, health, metrics."""
    from tasks.web.app import serve

    serve(host, port)


@main.command()
@click.password_option(help="Asked for where it is not given.")
def password(password: str) -> None:
    """Print the hash of a console user's password, for the configuration file."""
    from tasks.web.console.passwords import hashed

    click.echo(hashed(password))


@main.command()
@company_option
def poll(company: str | None) -> None:
    """Find the next export job of every company and queue it."""
    from tasks.producer import poll_connections

    sys.exit(0 if poll_connections(company) else 1)


@main.command()
@click.argument("job_id", type=click.UUID)
@company_option
@click.option("--wait", is_flag=True, help="Show progress until the job has ended.")
def run(job_id: UUID, company: str | None, *, wait: bool) -> None:
    """Queue one export job."""
    from tasks.producer import queue_job, wait_for_job

    queue_job(job_id, company)
    click.echo(f"Queued {job_id}.")
    if wait:
        sys.exit(0 if wait_for_job(job_id) else 1)


@main.command()
@company_option
@json_option
def check(company: str | None, *, as_json: bool) -> None:
    """Validate every connection as before an export; nothing is written."""
    from tasks.cli.check import check_connections

    sys.exit(0 if check_connections(company, as_json=as_json) else 1)


@main.command()
@click.argument("connection")
@click.option("--browser/--no-browser", "in_browser", default=True, help="Open the address in a browser here.")
def connect(connection: str, *, in_browser: bool) -> None:
    """Authorise a connection at Pleo with OAuth: log in, allow, done."""
    from tasks.cli.connect import connect as authorise

    authorise(connection, in_browser=in_browser)


@main.group()
def webhooks() -> None:
    """Let Pleo tell us of new export jobs; polling goes on beside it."""


@webhooks.command()
@click.argument("connection")
@click.argument("url")
def subscribe(connection: str, url: str) -> None:
    """Subscribe a connection; URL is where the web process is reached from outside."""
    from tasks.cli import webhooks

    webhooks.subscribe(connection, url)


@webhooks.command("list")
@click.argument("connection")
@json_option
def list_subscriptions(connection: str, *, as_json: bool) -> None:
    """List the subscriptions of a connection's company."""
    from tasks.cli import webhooks

    webhooks.show(connection, as_json=as_json)


@webhooks.command()
@click.argument("connection")
def rotate(connection: str) -> None:
    """Change the secret that deliveries are recognised by; none is lost."""
    from tasks.cli import webhooks

    webhooks.rotate(connection)


@webhooks.command()
@click.argument("connection")
@click.argument("subscription_id", type=click.UUID)
def remove(connection: str, subscription_id: UUID) -> None:
    """Remove a subscription."""
    from tasks.cli import webhooks

    webhooks.remove(connection, subscription_id)


@main.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Look at every part of this installation, and say what to do about those that are not well."""
    from tasks.cli.doctor import examine

    sys.exit(0 if examine(as_json=as_json) else 1)


@main.command()
@limit_option
@json_option
def jobs(limit: int, *, as_json: bool) -> None:
    """List the latest export jobs and how they ended."""
    from tasks.cli.show import show_jobs

    show_jobs(limit, as_json=as_json)


@main.command()
@click.argument("job_id", type=click.UUID)
@json_option
def show(job_id: UUID, *, as_json: bool) -> None:
    """Show one export job: outcomes, causes grouped, decisions, attempts."""
    from tasks.cli.show import show_job

    show_job(job_id, as_json=as_json)


@main.command()
@click.argument("job_id", type=click.UUID)
@click.option("--cause", metavar="TEXT", help="Only what failed for this reason, as `show` words it.")
@json_option
def retry(job_id: UUID, cause: str | None, *, as_json: bool) -> None:
    """Make a new export job of the entries that failed, after the cause is mended."""
    from tasks import operations

    new_job_id = operations.retry(job_id, by=operations.typist(), cause=cause)
    _say(f"Queued {new_job_id}.", as_json=as_json, retried=job_id, new_job_id=new_job_id)


@main.command()
@click.argument("job_id", type=click.UUID)
@json_option
def recover(job_id: UUID, *, as_json: bool) -> None:
    """Look after an open job now: dispatch what is missing, close what is done."""
    from tasks import operations

    operations.recover(job_id, by=operations.typist())
    _say(f"A worker looks after {job_id} now.", as_json=as_json, recovered=job_id)


@main.command()
@click.argument("connection")
@json_option
def pause(connection: str, *, as_json: bool) -> None:
    """Begin no further job of a connection; a job in progress goes on to its end."""
    from tasks import operations

    operations.pause(connection, by=operations.typist())
    _say(f"{connection} begins no further job.", as_json=as_json, paused=connection)


@main.command()
@click.argument("connection")
@json_option
def resume(connection: str, *, as_json: bool) -> None:
    """Begin jobs of a paused connection again."""
    from tasks import operations

    operations.resume(connection, by=operations.typist())
    _say(f"{connection} begins jobs again.", as_json=as_json, resumed=connection)


@main.command()
@company_option
@click.option("--job", "job_id", type=click.UUID, help="Only this export job.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many jobs, newest first."
)
@json_option
def reconcile(company: str | None, job_id: UUID | None, limit: int, *, as_json: bool) -> None:
    """Hold the logbook against the accounting system and against Pleo; nothing is written."""
    from tasks.cli.reconcile import reconcile as compare

    sys.exit(0 if compare(company, job_id, limit, as_json=as_json) else 1)


@main.command()
@click.argument("job_id", type=click.UUID)
def export(job_id: UUID) -> None:
    """Print one export job as CSV, a line for each item."""
    from tasks.job_csv import print_csv

    print_csv(job_id)


@main.command()
@click.argument("job_id", type=click.UUID)
@company_option
@click.option("--json", "form", flag_value="json", help="Print JSON instead of tables.")
@click.option("--beancount", "form", flag_value="beancount", help="Print the vouchers as a beancount ledger.")
@click.option("--files/--no-files", "with_files", default=True, help="Fetch the files too, to see which are refused.")
def preview(job_id: UUID, company: str | None, form: str | None, *, with_files: bool) -> None:
    """Show what an export job would give: vouchers, postings, files, refusals. Writes nothing anywhere."""
    from tasks.cli.preview import Form, show_preview

    sys.exit(0 if show_preview(job_id, company, Form(form or "tables"), with_files=with_files) else 1)


def _say(sentence: str, *, as_json: bool, **facts: object) -> None:
    click.echo(json.dumps(facts, default=str) if as_json else sentence)


@main.command()
@json_option
def errors(*, as_json: bool) -> None:
    """Print the error catalogue: every code, Pleo's reason type, and the sentence with the thing to change."""
    from tasks.cli.errors import show_catalogue

    show_catalogue(as_json=as_json)


if __name__ == "__main__":
    main()
