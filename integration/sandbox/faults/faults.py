"""Faults of the wire: what can go wrong between an integration and Pleo, on order and repeatably."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from integration.sandbox.world.seeded_random import SeededRandom


class Operation(StrEnum):
    """What a request asks for."""

    LIST_JOBS = "list_jobs"
    CREATE_JOB = "create_job"
    GET_JOB = "get_job"
    LIST_JOB_ITEMS = "list_job_items"
    UPDATE_JOB_ITEMS = "update_job_items"
    CREATE_EVENT = "create_event"
    LIST_EXPORT_ITEMS = "list_export_items"
    INTROSPECT = "introspect"
    RECEIPT = "receipt"


class FaultKind(StrEnum):
    """What happens instead of the right answer."""

    INTERNAL_ERROR = "internal_error"
    BAD_GATEWAY = "bad_gateway"
    UNAVAILABLE = "unavailable"
    #: 429 without a word on when to come back.
    RATE_LIMITED = "rate_limited"
    #: 429 with `Retry-After: <seconds>`.
    RATE_LIMITED_FOR = "rate_limited_for"
    #: 429 with `Retry-After: <HTTP date>`.
    RATE_LIMITED_UNTIL = "rate_limited_until"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    MISSING_CONTRA_ACCOUNTS = "missing_contra_accounts"
    #: A proxy's page: 200 and HTML where JSON belongs.
    HTML = "html"
    #: The right answer after `seconds`.
    SLOW = "slow"
    #: The connection breaks and nothing was done.
    RESET_BEFORE = "reset_before"
    #: The connection breaks after the write was applied.
    RESET_AFTER = "reset_after"
    #: An item update comes back in `errors`; each counts once.
    UPDATE_REFUSED = "update_refused"


#: What can happen besides another fault of the same request.
COMBINABLE_KINDS = frozenset({FaultKind.SLOW, FaultKind.UPDATE_REFUSED})
EXCLUSIVE_KINDS = frozenset(FaultKind) - COMBINABLE_KINDS


class Fault(BaseModel):
    """`None` is any operation, any company, any number of times; `rate` is the chance that it strikes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FaultKind
    operation: Operation | None = None
    company_id: UUID | None = None
    times: Annotated[int, Field(ge=1)] | None = None
    rate: Annotated[float, Field(gt=0, le=1)] = 1
    #: How long a slow answer takes, and what `Retry-After` asks for.
    seconds: Annotated[float, Field(ge=0, le=3600)] = 1


@dataclass(slots=True)
class _ActiveFault:
    fault: Fault
    remaining: int | None

    def matches(self, operation: Operation, company_id: UUID | None) -> bool:
        if self.remaining == 0:
            return False
        return self.fault.operation in {None, operation} and self.fault.company_id in {None, company_id}


class Faults:
    """The faults on order; the first that fits strikes."""

    def __init__(self, faults: Iterable[Fault] = (), *, seed: int = 0) -> None:
        self._rng = SeededRandom(seed)
        self._lock = Lock()
        self._active: list[_ActiveFault] = []
        self.replace(faults)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Those that can still strike, `times` counted down."""
        with self._lock:
            return tuple(
                active.fault.model_copy(update={"times": active.remaining})
                for active in self._active
                if active.remaining != 0
            )

    def replace(self, faults: Iterable[Fault]) -> None:
        """These and no others."""
        with self._lock:
            self._active = [_ActiveFault(fault, fault.times) for fault in faults]

    def add(self, fault: Fault) -> None:
        """One more, after the others."""
        with self._lock:
            self._active.append(_ActiveFault(fault, fault.times))

    def take(self, operation: Operation, company_id: UUID | None, kinds: Collection[FaultKind]) -> Fault | None:
        """The fault that strikes now, counted down."""
        with self._lock:
            for active in self._active:
                if active.fault.kind in kinds and active.matches(operation, company_id):
                    if self._rng.random() >= active.fault.rate:
                        continue
                    active.remaining = None if active.remaining is None else active.remaining - 1
                    return active.fault
        return None
