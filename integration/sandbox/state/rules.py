"""Pleo's side of an export, in memory: who may see what, which jobs there are and how they move."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import RLock
from uuid import UUID

from integration.pleo.models import ExportItem, ExportJob, ExportJobItem, ItemStatus, ItemUpdateResult, JobStatus
from integration.sandbox.api.answers import (
    BadRequest,
    ExportAlreadyInProgress,
    Forbidden,
    NotFound,
    TooManyItemUpdates,
    Unauthenticated,
)
from integration.sandbox.api.bodies import Event, NewJob, Options, Update
from integration.sandbox.clock import Clock, MovableClock, utc_now
from integration.sandbox.faults.budget import RequestRate
from integration.sandbox.faults.strictness import Strictness
from integration.sandbox.faults.violations import Violation, ViolationKind
from integration.sandbox.state.events import accepts_event, find_event_violations
from integration.sandbox.state.item_updates import apply_updates
from integration.sandbox.state.job_store import JobStore
from integration.sandbox.state.jobs import Job
from integration.sandbox.state.rows import NumberedRows
from integration.sandbox.world.companies import Company
from integration.sandbox.world.expenses import Expense, Receipt

LARGEST_UPDATE = 100
JOB_LIFETIME_SECONDS = 3600


class Sandbox:
    """Thread-safe; every method first lets jobs expire that nobody updated in time."""

    def __init__(
        self,
        *,
        clock: Clock = utc_now,
        strictness: Strictness | None = None,
        job_lifetime_seconds: int = JOB_LIFETIME_SECONDS,
    ) -> None:
        self.clock = MovableClock(clock)
        self.strictness = strictness or Strictness()
        self._lock = RLock()
        self._companies: dict[UUID, Company] = {}
        self._expenses: dict[UUID, dict[UUID, Expense]] = {}
        self._receipts: dict[str, Receipt] = {}
        self._jobs = JobStore(job_lifetime_seconds)
        self._request_rates: dict[UUID, RequestRate] = {}
        self._violations: list[Violation] = []

    # The world outside the API: what the users of Pleo's web app do.

    @property
    def companies(self) -> tuple[Company, ...]:
        """In the order in which they came."""
        return tuple(self._companies.values())

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Oldest first."""
        return tuple(self._violations)

    def add_company(self, company: Company) -> None:
        """A company without expenses."""
        with self._lock:
            self._companies[company.id] = company
            self._expenses[company.id] = {}
            self._request_rates[company.id] = RequestRate()

    def add_expenses(self, company_id: UUID, expenses: Iterable[Expense]) -> None:
        """They wait in the company's queue for Export to be pressed."""
        with self._lock:
            for expense in expenses:
                self._expenses[company_id][expense.item.accounting_entry_id] = expense
                self._receipts.update({receipt.name: receipt for receipt in expense.receipts})

    def expenses(self, company_id: UUID) -> tuple[Expense, ...]:
        """All of a company's expenses, whatever became of them."""
        return tuple(self._expenses[company_id].values())

    def pending_expenses(self, company_id: UUID) -> tuple[Expense, ...]:
        """Neither exported nor in a job that is not over; what was not exported comes back here."""
        with self._lock_and_expire():
            taken = set(self._jobs.taken(company_id))
            return tuple(expense for entry, expense in self._expenses[company_id].items() if entry not in taken)

    def export(self, company_id: UUID, entries: Collection[UUID] | None = None) -> ExportJob:
        """Press Export: a job of these entries, or of all that are pending."""
        company = self._get_company(company_id)
        if entries is None:
            entries = [expense.item.accounting_entry_id for expense in self.pending_expenses(company_id)]
        user = next((employee.id for employee in company.employees), None)
        options = Options(vendor_based_bookkeeping=company.vendor_based_bookkeeping)
        new_job = NewJob(company_id=company_id, accounting_entry_ids=tuple(entries), employee_id=user, options=options)
        return self.create_job(company, new_job)

    def cancel(self, job_id: UUID) -> ExportJob:
        """A user takes the job back."""
        with self._lock_and_expire() as now:
            job = self._jobs.open(job_id)
            job.cancel(now)
            return job.head

    def jobs(self) -> tuple[Job, ...]:
        """All jobs, oldest first."""
        with self._lock_and_expire():
            return tuple(self._jobs)

    # The API, each operation on behalf of the company that called.

    def caller(self, api_key: str | None) -> Company:
        """Whose key it is, the request counted; raises `Unauthenticated`."""
        with self._lock:
            for company in self._companies.values():
                if company.api_key == api_key:
                    self._count_request(company)
                    return company
        raise Unauthenticated

    def list_jobs(
        self, caller: Company, company_id: UUID | None = None, statuses: Collection[JobStatus] = ()
    ) -> list[tuple[int, ExportJob]]:
        """Newest first: Pleo's order is not documented, and a client is to look at the dates."""
        with self._lock_and_expire():
            jobs = self._jobs.list_company_jobs(caller.id) if company_id in {None, caller.id} else []
            return [(-job.serial, job.head) for job in reversed(jobs) if not statuses or job.status in statuses]

    def create_job(self, caller: Company, new_job: NewJob) -> ExportJob:
        """Raises `ExportAlreadyInProgress` while a job of the company stands in the way."""
        with self._lock_and_expire() as now:
            if new_job.company_id != caller.id:
                raise Forbidden
            if any(self._blocks_new_job(job) for job in self._jobs.list_company_jobs(caller.id)):
                raise ExportAlreadyInProgress
            return self._jobs.add(new_job, self._build_content(new_job), now).head

    def get_job(self, caller: Company, job_id: UUID) -> ExportJob:
        """Raises `ExportNotFound`."""
        with self._lock_and_expire():
            return self._jobs.get(job_id, caller).head

    def list_job_items(
        self, caller: Company, job_id: UUID, status: ItemStatus | None = None
    ) -> Sequence[tuple[int, ExportJobItem]]:
        """The status rows (control layer), each as it is when it is looked at; only a status looks at them all."""
        with self._lock_and_expire():
            rows = NumberedRows(self._jobs.get(job_id, caller).items.in_order)
            return rows if status is None else [row for row in rows if row[1].status == status]

    def list_export_items(self, caller: Company, job_id: UUID) -> Sequence[tuple[int, ExportItem]]:
        """The bookkeeping content (data layer); raises `JobFinished` once the job is over."""
        with self._lock_and_expire():
            return NumberedRows(self._jobs.open(job_id, caller).content)

    def update_job_items(self, caller: Company, job_id: UUID, updates: Sequence[Update]) -> ItemUpdateResult:
        """Partial success; raises `TooManyItemUpdates` before anything is applied."""
        with self._lock_and_expire() as now:
            if len(updates) > LARGEST_UPDATE:
                self._record_violation(ViolationKind.BATCH_TOO_LARGE, caller, self._jobs.get(job_id, caller))
                raise TooManyItemUpdates
            job, entries = self._jobs.open(job_id, caller), self._expenses[caller.id].keys()
            changed, result = apply_updates(job, updates, entries, self.strictness, now)
            for _ in range(changed):
                self._record_violation(ViolationKind.FINAL_ITEM_CHANGED, caller, job)
            return result

    def create_event(self, caller: Company, event: Event) -> None:
        """Raises `InvalidStatusChange`."""
        with self._lock_and_expire() as now:
            job, company_jobs = self._jobs.get(event.job_id, caller), self._jobs.list_company_jobs(caller.id)
            for kind in find_event_violations(job, event.event, company_jobs):
                self._record_violation(kind, caller, job)
            if accepts_event(job, event.event, company_jobs, self.strictness):
                job.move(event, now)

    def receipt(self, name: str, expires: int) -> Receipt:
        """The file, until `expires` (seconds since 1970); raises `Forbidden` afterwards."""
        with self._lock:
            if self.clock().timestamp() >= expires:
                raise Forbidden("The link has expired.")
            if name not in self._receipts:
                raise NotFound
            return self._receipts[name]

    # Inside.

    @contextmanager
    def _lock_and_expire(self) -> Iterator[datetime]:
        with self._lock:
            now = self.clock()
            self._jobs.expire(now)
            yield now

    def _count_request(self, company: Company) -> None:
        if self._request_rates[company.id].count_request(self.clock()):
            self._record_violation(ViolationKind.RATE_EXCEEDED, company)

    def _record_violation(self, kind: ViolationKind, company: Company, job: Job | None = None) -> None:
        self._violations.append(Violation(self.clock(), kind, company.id, job.head.id if job else None))

    def _get_company(self, company_id: UUID) -> Company:
        if company_id not in self._companies:
            raise NotFound("No such company.")
        return self._companies[company_id]

    def _blocks_new_job(self, job: Job) -> bool:
        return job.status is JobStatus.IN_PROGRESS or (job.is_open and self.strictness.job_beside_pending)

    def _build_content(self, new_job: NewJob) -> tuple[ExportItem, ...]:
        expenses, entries = self._expenses[new_job.company_id], new_job.accounting_entry_ids
        if len(set(entries)) < len(entries) or not set(entries) <= expenses.keys():
            raise BadRequest("accountingEntryIds: each names one accounting entry of the company, once")
        items = (expenses[entry].item for entry in entries)
        return tuple(items if new_job.is_vendor_based else map(_remove_vendor, items))


def _remove_vendor(item: ExportItem) -> ExportItem:
    return item.model_copy(update={"vendor": None, "bookkeeping": None})
