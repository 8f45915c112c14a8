"""Works through rows on one system: load, fault, mend, books, audit."""

import time

from local_stack import StackError
from proof import network
from proof.audit import audit
from proof.books import Books
from proof.load import Load
from proof.matrix import Row
from proof.replay import replay_faults
from proof.system import System
from proof.tally import Tally
from proof.verdict import CLEAN_WITHIN, Result

BEFORE, AFTER = 8, 8
"""Orders decided before the fault, and after it."""


class Lane:
    def __init__(self, system: System) -> None:
        self._system = system
        self._books: list[tuple[Row, Books]] = []

    def run(self, row: Row) -> Result:
        result = Result(row, Tally())
        began = time.monotonic()
        try:
            self._system.arm(row.armed)
            load, books = self._system.load(row.through)
            result.tally = load.tally
            self._inflict(row, load, result)
            self._settle(load, books, result)
            self._books.append((row, books))
        except Exception as error:  # whatever it is, the other rows are to go on, with a system that is whole
            result.found.append(f"{type(error).__name__}: {error}")
            self._mend(result)
        result.found += self._system.new_faults_in_logs()
        result.seconds = time.monotonic() - began
        return result

    def look_again(self, row: Row) -> Result:
        """At all rows' books, once what was under way has arrived."""
        result = Result(row, Tally(), strokes=1)
        began = time.monotonic()
        late = network.outcomes(self._system)
        for earlier, books in self._books:
            result.found += [f"{earlier.name}: {fault}" for fault in books.settle(began + CLEAN_WITHIN)]
        self._audit(result, time.monotonic())
        result.found += self._system.new_faults_in_logs()
        result.seconds = time.monotonic() - began
        if late:
            result.notes.append("late requests: " + ", ".join(f"{count} x {outcome}" for outcome, count in sorted(late.items())))
        return result

    def _inflict(self, row: Row, load: Load, result: Result) -> None:
        with load:
            load.wait_for_progress(BEFORE)
            result.strokes = row.fault(self._system, load)
            result.mended = time.monotonic()
            load.wait_for_progress(AFTER)
            if row.armed:  # it has been failing until now
                result.mended = time.monotonic()
        result.found += load.stalled

    def _settle(self, load: Load, books: Books, result: Result) -> None:
        until = result.mended + CLEAN_WITHIN
        result.found += books.settle(until)
        self._audit(result, result.mended)
        result.found += replay_faults(self._system, load)

    def _audit(self, result: Result, since: float) -> None:
        report = audit(self._system.shop, settle=max(1.0, since + CLEAN_WITHIN - time.monotonic()))
        result.found += [str(violation) for violation in report.violations]
        if report.clean:
            result.clean_after = time.monotonic() - since

    def _mend(self, result: Result) -> None:
        try:
            self._system.mend()
        except StackError as error:
            result.found.append(f"the system cannot be mended: {error}")
