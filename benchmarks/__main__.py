"""`make bench`: how fast an order is, beside the same shop written in other ways, in one run on one machine.

    python -m benchmarks [--short] [--json FILE] | --publish FILE

Starts the system and three yardsticks on one PostgreSQL server, with data that is thrown away, and puts one after the other under
the same loads, round by round. The last lines are ratios, each with its aim; exit status 0 whether they are met or not.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import publish, run, table
from benchmarks.report import Report
from local_stack import StackError
from local_stack.exec_wrapper import exit_with_parent

OK, FAILED, INTERRUPTED = 0, 1, 130


def main(arguments: Sequence[str]) -> int:
    wanted = _parser().parse_args(arguments)
    if wanted.end_with_parent:
        exit_with_parent(os.getppid(), int(signal.SIGTERM))
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if wanted.publish:
            publish.publish(Report.from_json(wanted.publish.read_text()))
        else:
            _carry_out(short=wanted.short, place=wanted.json)
    except KeyboardInterrupt:
        return INTERRUPTED
    except (StackError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    return OK


def _carry_out(*, short: bool, place: Path | None) -> None:
    report = run.run(run.SHORT if short else run.FULL)
    sys.stdout.write(f"{table.render(report)}\n")
    if place:
        place.write_text(report.as_json())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a minute, to see that it works; its figures mean nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there, each round by itself")
    parser.add_argument("--publish", type=Path, metavar="FILE", help="run nothing; put such a file into README.md and docs/")
    parser.add_argument("--end-with-parent", action="store_true", help="stop when the process that started this one ends")
    return parser


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
