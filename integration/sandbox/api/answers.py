"""What Pleo answers instead of a success: the class says status and type, its docstring the message."""

from typing import ClassVar


class ApiError(Exception):
    """Something went wrong."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class BadRequest(ApiError):
    """The request is not what the contract says."""

    status = 400
    type = "BAD_REQUEST"


class MissingContraAccounts(ApiError):
    """Contra accounts are missing. Map them in the accounting settings."""

    status = 400
    type = "MISSING_CONTRA_ACCOUNTS"


class Unauthenticated(ApiError):
    """The credential is missing, wrong or expired."""

    status = 401
    type = "UNAUTHORIZED"


class Forbidden(ApiError):
    """The credential may not do this."""

    status = 403
    type = "FORBIDDEN"


class NotFound(ApiError):
    """There is nothing here."""

    status = 404
    type = "NOT_FOUND"


class ExportNotFound(ApiError):
    """No such export job."""

    status = 404
    type = "EXPORT_NOT_FOUND"


class ExportAlreadyInProgress(ApiError):
    """The company has an export job that is not over."""

    status = 409
    type = "EXPORT_ALREADY_IN_PROGRESS"


class TooManyItemUpdates(ApiError):
    """More than 100 items in one update."""

    status = 413
    type = "EXPORT_JOB_ITEMS_UPDATE_LIMIT"


class JobFinished(ApiError):
    """The export job is over and is not worked on any more."""

    status = 422
    type = "EXPORT_JOB_STATUS_UNPROCESSABLE"


class InvalidStatusChange(ApiError):
    """The export job's status does not allow this event."""

    status = 422
    type = "INVALID_EXPORT_JOB_STATUS_CHANGE"
