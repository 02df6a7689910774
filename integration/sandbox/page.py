"""The sandbox's page: what waits to be exported, the export queue, violations, faults and the clock."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from integration.pleo.models import ExportItem, ExportJob, ExportJobItem, ItemStatus
from integration.sandbox.faults.faults import FaultKind, Faults, Operation
from integration.sandbox.state.jobs import Job
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.companies import Company

#: A table longer than this is cut and its rest counted.
MAX_TABLE_ROWS = 200
REFRESH_SECONDS = 3
#: Nothing from elsewhere, and no script at all: what suppliers and integrations are called is not to be trusted.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_TEMPLATES = Environment(
    loader=PackageLoader("integration.sandbox"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class ExpenseRow:
    """One expense in words."""

    date: datetime
    supplier: str
    type: str
    amount: str
    category: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of a job; `link` is where the browser may go."""

    expense: ExpenseRow
    item: ExportJobItem
    link: str | None


@dataclass(frozen=True, slots=True)
class CompanyView:
    """A company with its pending expenses, newest first."""

    company: Company
    rows: Sequence[ExpenseRow]
    count: int
    is_busy: bool


@dataclass(frozen=True, slots=True)
class JobView:
    """A job with its items, failed ones first."""

    head: ExportJob
    company: str
    counts: Mapping[str, int]
    rows: Sequence[ItemRow]
    is_open: bool


def render(sandbox: Sandbox, faults: Faults) -> HTMLResponse:
    """The whole page; it asks to be loaded again while a job is open."""
    jobs = sandbox.jobs()
    names = {company.id: company.name for company in sandbox.companies}
    html = _TEMPLATES.get_template("page.html").render(
        now=sandbox.clock(),
        refresh_seconds=REFRESH_SECONDS if any(job.is_open for job in jobs) else None,
        companies=[_build_company_view(sandbox, company, jobs) for company in sandbox.companies],
        jobs=[_build_job_view(job, names[job.head.company_id]) for job in reversed(jobs)],
        violations=sandbox.violations,
        names=names,
        faults=faults.faults,
        fault_kinds=list(FaultKind),
        operations=list(Operation),
    )
    return HTMLResponse(html, headers={"content-security-policy": CONTENT_SECURITY_POLICY})


def _build_company_view(sandbox: Sandbox, company: Company, jobs: Sequence[Job]) -> CompanyView:
    pending = [expense.item for expense in sandbox.pending_expenses(company.id)]
    newest = sorted(pending, key=lambda item: item.date, reverse=True)[:MAX_TABLE_ROWS]
    is_busy = any(job.is_open and job.head.company_id == company.id for job in jobs)
    return CompanyView(company, [_build_expense_row(item) for item in newest], len(pending), is_busy)


def _build_job_view(job: Job, company: str) -> JobView:
    counts = Counter(str(item.status) for item in job.items.in_order)
    pairs = sorted(
        zip(job.content, job.items.in_order, strict=True), key=lambda pair: pair[1].status != ItemStatus.FAILED
    )
    rows = [
        ItemRow(_build_expense_row(content), item, _filter_link(item.external_url))
        for content, item in pairs[:MAX_TABLE_ROWS]
    ]
    return JobView(job.head, company, counts, rows, job.is_open)


def _build_expense_row(item: ExportItem) -> ExpenseRow:
    accounts = [line.account for line in item.accounting_entry_lines if line.account]
    whose = item.vendor or item.supplier or item.user
    wallet = item.amount.in_wallet_currency
    return ExpenseRow(
        date=item.date,
        supplier=(whose.name if whose else None) or "–",
        type=item.type.replace("_", " "),
        amount=f"{wallet.amount:,.2f} {wallet.currency}",
        category=", ".join(dict.fromkeys(f"{account.number} {account.name}" for account in accounts)) or "–",
    )


def _filter_link(url: str | None) -> str | None:
    """Only what cannot run a script in the page."""
    return url if url and url.startswith(("http://", "https://")) else None
