"""`make bench`: throughput and latency of orders, compared with three baselines in one run on one
machine.

    python -m benchmarks [--short] [--json FILE] | --publish FILE

Starts the system and three baselines on one PostgreSQL server, with temporary data, and applies the
same loads to each of them, round by round. The last lines are ratios with their goals; missed goals
do not change the exit status.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import publish, report_table, run
from benchmarks.report import Report
from local_stack import StackError
from local_stack.exec_wrapper import exit_with_parent

OK, FAILED, INTERRUPTED = 0, 1, 130


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.end_with_parent:
        exit_with_parent(os.getppid(), int(signal.SIGTERM))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if options.publish:
            publish.publish(Report.from_json(options.publish.read_text()))
        else:
            _run(short=options.short, path=options.json)
    except KeyboardInterrupt:
        return INTERRUPTED
    except (StackError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    return OK


def _run(*, short: bool, path: Path | None) -> None:
    report = run.run(run.SHORT if short else run.FULL)
    sys.stdout.write(f"{report_table.render(report)}\n")
    if path:
        path.write_text(report.as_json())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--short",
        action="store_true",
        help="a smoke test of about a minute; its figures are not meaningful",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write all figures of every round to FILE"
    )
    parser.add_argument(
        "--publish",
        type=Path,
        metavar="FILE",
        help="run nothing; write FILE's figures to docs/performance.md",
    )
    parser.add_argument(
        "--end-with-parent", action="store_true", help="exit when the parent process exits"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
