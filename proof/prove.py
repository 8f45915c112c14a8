"""`make prove`: whether the system stays right when things fail.

    python -m proof.prove [--short] [--only PATTERN] [--list] [--lanes NUMBER] [--clients NUMBER]

Starts systems of its own on free ports, with data that is thrown away, and lets buyers who behave well order from them. Then it
works through a matrix of faults; after each it waits for the system to catch up, compares orders and stock with what the buyers
were told, to the unit, and audits everything. A line for each fault; exit status 1 when one of them failed.
"""

import argparse
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from local_stack import StackError
from local_stack.exec_wrapper import exit_with_parent
from proof import disk, table
from proof.lane import Lane
from proof.matrix import Row, rows
from proof.processes import nothing
from proof.system import System
from proof.verdict import Result

AT_THE_END = "everything once more, at the end"
OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


class Proof:
    def __init__(self, wanted: Sequence[Row], *, lanes: int, clients: int, durable: bool = True) -> None:
        self._left = deque(wanted)
        self._lanes, self._clients, self._durable = lanes, clients, durable
        self._lock = threading.Lock()
        self._systems: list[System] = []
        self._began = time.monotonic()
        self.results: list[Result] = []
        self.logs: list[Path] = []

    def run(self) -> None:
        """A lane for rows that need proxies, and one for those that must not have them; or both in turn."""
        kinds = [kind for kind in (False, True) if any(row.proxied in (kind, None) for row in self._left)]
        needed = {row.proxied for row in self._left} - {None}
        if len(kinds) == 2 and len(needed) < 2:
            kinds = [True in needed]
        pool = ThreadPoolExecutor(self._lanes)
        for each in [pool.submit(self._run_lane, kind) for kind in kinds]:
            each.result()

    def abandon(self) -> None:
        """At once, in the middle of whatever is under way."""
        for system in self._systems:
            system.close()

    def seconds(self) -> float:
        return time.monotonic() - self._began

    def _run_lane(self, proxied: bool) -> None:
        system = System(proxied=proxied, buyers=self._clients, durable=self._durable)
        self._systems.append(system)
        with system:
            lane, failed = Lane(system), False
            while row := self._next(proxied):
                failed |= not self._note(lane.run(row))
            failed |= not self._note(lane.look_again(Row(AT_THE_END, nothing)))
            if failed:
                self._keep_logs(system, proxied)

    def _next(self, proxied: bool) -> Row | None:
        with self._lock:
            for row in self._left:
                if row.proxied in (proxied, None):
                    self._left.remove(row)
                    return row
        return None

    def _note(self, result: Result) -> bool:
        with self._lock:
            self.results.append(result)
            say(table.line(result))
        return result.passed

    def _keep_logs(self, system: System, proxied: bool) -> None:
        place = Path(tempfile.gettempdir()) / "shop-prove-logs" / ("proxied" if proxied else "direct")
        shutil.rmtree(place, ignore_errors=True)
        system.keep_logs(place)
        self.logs.append(place)


def main(arguments: Sequence[str]) -> int:
    wanted = _parser().parse_args(arguments)
    if wanted.end_with_parent:
        exit_with_parent(os.getppid(), int(signal.SIGTERM))
    chosen = [row for row in rows() if re.search(wanted.only, row.name, re.IGNORECASE) and (row.short or not wanted.short)]
    if wanted.short:  # one system is enough for these, and quicker than two
        chosen = [replace(row, proxied=row.proxied or None) for row in chosen]
    if wanted.list or not chosen:
        say("\n".join(row.name for row in chosen) or f"No row has {wanted.only!r} in its name; --list shows all.")
        return OK if chosen else USAGE
    signal.signal(signal.SIGTERM, _interrupt)
    proof = Proof(chosen, lanes=wanted.lanes, clients=wanted.clients, durable=not wanted.short)
    return _carried_out(proof)


def _carried_out(proof: Proof) -> int:
    say(table.head())
    try:
        proof.run()
    except KeyboardInterrupt:
        say("Stopping ...")
        proof.abandon()
        os._exit(INTERRUPTED)  # the lanes are still at work on what is no more
    except StackError as error:
        say(str(error))
        proof.abandon()
        os._exit(FAILED)
    if why := disk.can_mount():
        say(f"Left out: disk full ({why}).")
    say(table.summary(proof.results, proof.seconds()))
    for place in proof.logs:
        say(f"The services' logs of what failed are in {place}.")
    return OK if all(result.passed for result in proof.results) else FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("prove", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a handful of rows")
    parser.add_argument("--only", default="", metavar="PATTERN", help="rows whose name has this regular expression in it")
    parser.add_argument("--list", action="store_true", help="the names of the rows")
    parser.add_argument("--lanes", type=int, default=2, choices=(1, 2), help="systems at once; 2 by default")
    parser.add_argument("--clients", type=int, default=6, metavar="NUMBER", help="buyers at once for each system; 6 by default")
    parser.add_argument("--end-with-parent", action="store_true", help="stop when the process that started this one ends")
    return parser


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
