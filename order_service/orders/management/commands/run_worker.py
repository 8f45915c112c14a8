"""`manage.py run_worker`: the order worker. Any number of them may run."""

import logging
import signal
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error

from chassis import context, database
from orders.errors import NeighbourAway
from orders.services import erasure, rate_limit, recovery

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
NOW_AND_THEN = {
    recovery.forget_old_attempts: 600,
    rate_limit.purge: 600,
    erasure.learn: 30,
    erasure.erase: 30,
}
"""And how many seconds apart."""


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "Finish what crashes and silent neighbours left undone, until stopped."

    stopped = False

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        database.install_client_timeout()
        log.info("order worker started")
        due_at = dict.fromkeys(NOW_AND_THEN, 0.0)
        while not self.stopped:
            more = work()
            for task, seconds in NOW_AND_THEN.items():
                if time.monotonic() > due_at[task]:
                    due_at[task] = time.monotonic() + (0 if work(task) else seconds)
            time.sleep(0 if more or self.stopped else PAUSE_SECONDS)
        log.info("order worker stopped")

    def stop(self, *_: Any) -> None:
        """No more than a flag: to set an Event could wait for ever for a lock of the very code that the signal interrupts."""
        self.stopped = True


def work(task: Any = recovery.catch_up) -> bool:
    """One round; a database or a neighbour that is away is a reason to try again, not to end."""
    context.start()
    try:
        return bool(task())
    except (Error, NeighbourAway) as error:
        log.warning("order worker: %s", error)
        return False
