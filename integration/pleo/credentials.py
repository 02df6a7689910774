"""What Pleo says of a credential: whose it is, what it may do, and what it lacks for an export."""

from uuid import UUID

from integration.configuration.connection import SCOPES
from integration.pleo.models import Introspection


def missing_scopes(credential: Introspection) -> list[str]:
    """Of those that an export needs."""
    return [scope for scope in SCOPES if scope not in credential.scope.split()]


def is_of_company(credential: Introspection, company_id: UUID) -> bool:
    """Not where Pleo names another company; where it names none or an organisation, the requests will tell."""
    kind, _, subject = (credential.subject_urn or "").rpartition(":")
    return not kind.endswith("company") or subject == str(company_id)
