"""`make audit`: checks invariants 1 to 4 of a running system: every product, order, reservation and
ledger row.

    python -m audit [--settle SECONDS] [--watch [--every SECONDS]] [--json]

Addresses: USER_SERVICE_URL, INVENTORY_SERVICE_URL and ORDER_SERVICE_URL, by default localhost and
the ports of `make up`. Staff login: ADMIN_EMAIL and ADMIN_PASSWORD. Exit status: 1 if a violation
was found, 2 if the system cannot be read.

The system may be in use during the audit. An apparent violation is checked again: for up to
--settle seconds where the order worker may still repair it (invariants 2 and 3), and against every
state of the ledger at which it can have been read (invariant 1, which always holds).
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from audit.client import AuditClient
from audit.errors import LoginRejected
from audit.invariants import SETTLE_SECONDS, check_invariants
from audit.report import Report
from local_stack import StackError, env_file
from local_stack.progress import Bar

WATCH_INTERVAL = 10.0
CLEAN, VIOLATED, UNREADABLE, INTERRUPTED = 0, 1, 2, 130

Format = Callable[[Report], str]


def run(client: AuditClient, *, settle: float, render: Format) -> int:
    """Audit once and print the report. Returns the exit status."""
    bar = Bar(sys.stderr)
    try:
        report = check_invariants(client, settle=settle, progress=bar)
    finally:
        bar.clear()
    print(render(report), flush=True)
    return CLEAN if report.clean else VIOLATED


def watch(client: AuditClient, *, every: float, settle: float, render: Format) -> int:
    """Audit repeatedly until Ctrl-C; an unreachable system is one line on stderr.

    Returns the worst status.
    """
    statuses = set()
    try:
        while True:
            due = time.monotonic() + every
            try:
                statuses.add(run(client, settle=settle, render=render))
            except LoginRejected:
                raise
            except StackError as error:
                print(error, file=sys.stderr, flush=True)
            time.sleep(max(0.0, due - time.monotonic()))
    except KeyboardInterrupt:
        return max(statuses, default=UNREADABLE)


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    options = _parser().parse_args(arguments)
    render = (
        Report.as_json if options.json else Report.as_lines if options.watch else Report.as_text
    )
    try:
        with AuditClient.from_environment(environment) as client:
            if options.watch:
                return watch(client, every=options.every, settle=options.settle, render=render)
            return run(client, settle=options.settle, render=render)
    except StackError as error:
        print(error, file=sys.stderr)
        return UNREADABLE
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "audit", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--settle", type=_seconds, default=SETTLE_SECONDS, metavar="SECONDS", help="default: 60"
    )
    parser.add_argument("--watch", action="store_true", help="repeat until Ctrl-C")
    parser.add_argument(
        "--every",
        type=_seconds,
        default=WATCH_INTERVAL,
        metavar="SECONDS",
        help="interval of --watch; default: 10",
    )
    parser.add_argument(
        "--json", action="store_true", help="print each report as a JSON object on one line"
    )
    return parser


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text):
        raise argparse.ArgumentTypeError(f"has to be a number of seconds, not {text!r}")
    return float(text)


if __name__ == "__main__":
    env_file.load(os.environ)
    sys.exit(main(sys.argv[1:], os.environ))
