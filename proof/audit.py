"""`make audit`: whether a running system keeps its invariants 1 to 4, for every product, order, reservation and ledger row.

    python -m proof.audit [--settle SECONDS] [--watch [--every SECONDS]] [--json]

Where the system is: USER_SERVICE_URL, INVENTORY_SERVICE_URL and ORDER_SERVICE_URL, or else localhost and the ports that `make up`
takes. The staff login: ADMIN_EMAIL and ADMIN_PASSWORD. Exit status 1 when a violation was found, 2 when the system cannot be read.

The system may be at work meanwhile. What looks wrong at first is looked at again: for up to --settle seconds where the order
worker may still mend it (invariants 2 and 3), and against every moment at which it can have been read (invariant 1, which holds at
every moment).
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from local_stack.progress import Bar, Progress, silent
from proof.errors import LoginRefused, ShopError
from proof.orders import OrderAudit, report_failed_tasks
from proof.report import Report
from proof.shop import Shop
from proof.stock import StockAudit

SETTLE_SECONDS = 60.0
"""Invariant 3: what the order worker gets after the last failure."""
EVERY_SECONDS = 10.0
CLEAN, VIOLATED, UNREADABLE, INTERRUPTED = 0, 1, 2, 130

Show = Callable[[Report], str]


def audit(shop: Shop, *, settle: float = SETTLE_SECONDS, progress: Progress = silent) -> Report:
    """Look at everything. Returns as soon as all is right, or `settle` seconds after it was read. Raises ShopError."""
    began = time.monotonic()
    report = Report()
    orders = OrderAudit(shop, report, progress)
    orders.read()
    StockAudit(shop, report, progress).run(orders.held)
    orders.settle(settle)
    report_failed_tasks(shop, report)
    report.seconds = time.monotonic() - began
    return report


def run(shop: Shop, *, settle: float, show: Show) -> int:
    """Audit once and say what came of it. Returns the exit status."""
    bar = Bar(sys.stderr)
    try:
        report = audit(shop, settle=settle, progress=bar)
    finally:
        bar.clear()
    _say(show(report))
    return CLEAN if report.clean else VIOLATED


def watch(shop: Shop, *, every: float, settle: float, show: Show) -> int:
    """Audit again and again until Ctrl-C. A system that is away for a while is one line, not the end. Returns the worst status."""
    statuses = set()
    try:
        while True:
            due = time.monotonic() + every
            try:
                statuses.add(run(shop, settle=settle, show=show))
            except LoginRefused:
                raise
            except ShopError as error:
                _complain(error)
            time.sleep(max(0.0, due - time.monotonic()))
    except KeyboardInterrupt:
        return max(statuses, default=UNREADABLE)


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    wanted = _parser().parse_args(arguments)
    show = Report.as_json if wanted.json else Report.as_lines if wanted.watch else Report.as_text
    try:
        with Shop.of(environment) as shop:
            if wanted.watch:
                return watch(shop, every=wanted.every, settle=wanted.settle, show=show)
            return run(shop, settle=wanted.settle, show=show)
    except ShopError as error:
        _complain(error)
        return UNREADABLE
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("audit", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settle", type=_seconds, default=SETTLE_SECONDS, metavar="SECONDS", help="60 by default")
    parser.add_argument("--watch", action="store_true", help="again and again, until Ctrl-C")
    parser.add_argument("--every", type=_seconds, default=EVERY_SECONDS, metavar="SECONDS", help="with --watch; 10 by default")
    parser.add_argument("--json", action="store_true", help="one JSON object for each audit, on a line of its own")
    return parser


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text):
        raise argparse.ArgumentTypeError(f"has to be a number of seconds, not {text!r}")
    return float(text)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _complain(error: ShopError) -> None:
    sys.stderr.write(f"{error}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
