"""Checks all invariants of a system."""

import time

from audit.client import AuditClient
from audit.order_invariants import OrderAudit, report_failed_tasks
from audit.report import Report
from audit.stock_invariants import StockAudit
from local_stack.progress import Progress, silent

SETTLE_SECONDS = 60.0
"""Invariant 3: the time that the order worker has after the last failure."""


def check_invariants(
    client: AuditClient, *, settle: float = SETTLE_SECONDS, progress: Progress = silent
) -> Report:
    """Returns as soon as every suspect is resolved, or `settle` seconds after it was read.

    Raises AuditError.
    """
    started = time.monotonic()
    report = Report()
    orders = OrderAudit(client, report, progress)
    orders.read()
    StockAudit(client, report, progress).run(orders.held)
    orders.settle(settle)
    report_failed_tasks(client, report)
    report.seconds = time.monotonic() - started
    return report
