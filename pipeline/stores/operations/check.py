"""Whether what people did is whole: the chain of the audit log, and the accounts' scopes."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import ChecksFailed
from pipeline.settings import Settings
from pipeline.stores.operations import audit
from pipeline.stores.operations.accounts import account_faults
from pipeline.stores.operations.store import Operations


@dataclass(frozen=True)
class OperationsSummary:
    """How many rows of the audit log follow from each other without a gap."""

    audit_rows: int


def check_operations(settings: Settings) -> OperationsSummary:
    """Verify the audit log and every account; raises ChecksFailed with all that is wrong. Nothing to check is fine."""
    if not settings.operations.is_file():
        return OperationsSummary(0)
    operations = Operations.open(settings)
    try:
        chain = audit.verify(operations)
        faults = ([f"audit: {chain.fault}"] if chain.fault else []) + account_faults(operations)
    finally:
        operations.close()
    if faults:
        raise ChecksFailed("\n".join(["业务库有误（operations store）：", *(f"  - {f}" for f in faults)]))
    return OperationsSummary(chain.rows)
