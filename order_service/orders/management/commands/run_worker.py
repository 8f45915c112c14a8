"""`manage.py run_worker`: the order worker. Any number of them may run."""

import logging
import signal
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error

from chassis import context, database
from orders.errors import DependencyUnavailable
from orders.services import account_erasure, background, order_attempts, rate_limit

log = logging.getLogger(__name__)

POLL_INTERVAL = 0.5
PERIODIC_TASKS = {
    order_attempts.purge: 600,
    rate_limit.purge: 600,
    account_erasure.fetch_closed_accounts: 30,
    account_erasure.erase_addresses: 30,
}
"""With their intervals in seconds."""


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "Compensate aborted orders, deliver the outbox and purge expired rows, until stopped."

    stopped = False

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        database.install_client_timeout()
        log.info("order worker started")
        due_at = dict.fromkeys(PERIODIC_TASKS, 0.0)
        while not self.stopped:
            more = run_task()
            for task, interval in PERIODIC_TASKS.items():
                if time.monotonic() > due_at[task]:
                    due_at[task] = time.monotonic() + (0 if run_task(task) else interval)
            time.sleep(0 if more or self.stopped else POLL_INTERVAL)
        log.info("order worker stopped")

    def stop(self, *_: Any) -> None:
        """Sets a flag only: a signal handler that waits for a lock of an Event can deadlock."""
        self.stopped = True


def run_task(task: Any = background.run_once) -> bool:
    """Whether there may be more to do; an unavailable database or service is only logged."""
    context.start()
    try:
        return bool(task())
    except (Error, DependencyUnavailable) as error:
        log.warning("order worker: %s", error)
        return False
