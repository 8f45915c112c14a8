"""`make chaos`: whether the system stays correct under faults.

    python -m chaos [--short] [--only PATTERN] [--list] [--lanes NUMBER] [--clients NUMBER]

Starts temporary systems on free ports, puts them under load and injects one fault after the other.
After each fault it waits for recovery, reconciles orders and stock with what the clients received,
and audits all invariants. It prints a line for each scenario. Exit status 1 if one failed.
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

from chaos import report_table
from chaos.disk_faults import cannot_mount
from chaos.pass_criteria import Result
from chaos.process_faults import no_fault
from chaos.runner import ScenarioRunner
from chaos.scenarios import Scenario, all_scenarios
from chaos.system_under_test import SystemUnderTest
from local_stack import StackError
from local_stack.exec_wrapper import exit_with_parent

FINAL_CHECK = "final check of all scenarios"
OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


class ChaosRun:
    def __init__(
        self, scenarios: Sequence[Scenario], *, lanes: int, clients: int, durable: bool = True
    ) -> None:
        self._left = deque(scenarios)
        self._lanes, self._clients, self._durable = lanes, clients, durable
        self._lock = threading.Lock()
        self._systems: list[SystemUnderTest] = []
        self._started = time.monotonic()
        self.results: list[Result] = []
        self.logs: list[Path] = []

    def run(self) -> None:
        """One system with proxies and one without, as far as the scenarios need them."""
        kinds = [
            kind
            for kind in (False, True)
            if any(each.uses_proxy in (kind, None) for each in self._left)
        ]
        needed = {each.uses_proxy for each in self._left} - {None}
        if len(kinds) == 2 and len(needed) < 2:
            kinds = [True in needed]
        pool = ThreadPoolExecutor(self._lanes)
        for each in [pool.submit(self._run_lane, kind) for kind in kinds]:
            each.result()

    def abort(self) -> None:
        for system in self._systems:
            system.close()

    def seconds(self) -> float:
        return time.monotonic() - self._started

    def _run_lane(self, uses_proxy: bool) -> None:
        system = SystemUnderTest(uses_proxy=uses_proxy, buyers=self._clients, durable=self._durable)
        self._systems.append(system)
        with system:
            runner, failed = ScenarioRunner(system), False
            while scenario := self._next(uses_proxy):
                failed |= not self._record(runner.run(scenario))
            failed |= not self._record(runner.final_check(Scenario(FINAL_CHECK, no_fault)))
            if failed:
                self._copy_logs(system, uses_proxy)

    def _next(self, uses_proxy: bool) -> Scenario | None:
        with self._lock:
            for scenario in self._left:
                if scenario.uses_proxy in (uses_proxy, None):
                    self._left.remove(scenario)
                    return scenario
        return None

    def _record(self, result: Result) -> bool:
        with self._lock:
            self.results.append(result)
            print(report_table.line(result), flush=True)
        return result.passed

    def _copy_logs(self, system: SystemUnderTest, uses_proxy: bool) -> None:
        folder = (
            Path(tempfile.gettempdir())
            / "shop-chaos-logs"
            / ("proxied" if uses_proxy else "direct")
        )
        shutil.rmtree(folder, ignore_errors=True)
        system.copy_logs(folder)
        self.logs.append(folder)


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.end_with_parent:
        exit_with_parent(os.getppid(), int(signal.SIGTERM))
    chosen = [
        each
        for each in all_scenarios()
        if re.search(options.only, each.name, re.IGNORECASE) and (each.short or not options.short)
    ]
    if options.short:  # one system is sufficient, and faster than two
        chosen = [replace(each, uses_proxy=each.uses_proxy or None) for each in chosen]
    if options.list or not chosen:
        print(
            "\n".join(each.name for each in chosen)
            or f"No scenario matches {options.only!r}; --list prints all."
        )
        return OK if chosen else USAGE
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return _run(
        ChaosRun(chosen, lanes=options.lanes, clients=options.clients, durable=not options.short)
    )


def _run(chaos: ChaosRun) -> int:
    print(report_table.head(), flush=True)
    try:
        chaos.run()
    except KeyboardInterrupt:
        print("Stopping ...", flush=True)
        chaos.abort()
        os._exit(INTERRUPTED)  # the threads of the lanes are still running
    except StackError as error:
        print(error, flush=True)
        chaos.abort()
        os._exit(FAILED)
    if reason := cannot_mount():
        print(f"Left out: disk full ({reason}).")
    print(report_table.summary(chaos.results, chaos.seconds()))
    for folder in chaos.logs:
        print(f"The logs of the failed scenarios are in {folder}.")
    return OK if all(result.passed for result in chaos.results) else FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true", help="run a few scenarios only")
    parser.add_argument(
        "--only",
        default="",
        metavar="PATTERN",
        help="run scenarios whose name matches this regular expression",
    )
    parser.add_argument("--list", action="store_true", help="print the names of the scenarios")
    parser.add_argument(
        "--lanes", type=int, default=2, choices=(1, 2), help="concurrent systems; default: 2"
    )
    parser.add_argument(
        "--clients",
        type=int,
        default=6,
        metavar="NUMBER",
        help="concurrent buyers of each system; default: 6",
    )
    parser.add_argument(
        "--end-with-parent", action="store_true", help="exit when the parent process exits"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
