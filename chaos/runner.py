"""Runs scenarios on one system: workload, fault, recovery, reconciliation, audit."""

import time

from audit.invariants import check_invariants
from chaos import network_faults
from chaos.client_stats import ClientStats
from chaos.pass_criteria import RECOVERY_TIMEOUT, Result
from chaos.reconciliation import Reconciliation, replay_differences
from chaos.scenarios import Scenario
from chaos.system_under_test import SystemUnderTest
from chaos.workload import Workload
from local_stack import StackError

ORDERS_BEFORE, ORDERS_AFTER = 8, 8
"""Orders that are decided before the fault, and after it."""


class ScenarioRunner:
    def __init__(self, system: SystemUnderTest) -> None:
        self._system = system
        self._reconciliations: list[tuple[Scenario, Reconciliation]] = []

    def run(self, scenario: Scenario) -> Result:
        result = Result(scenario, ClientStats())
        started = time.monotonic()
        try:
            self._system.set_failpoints(scenario.failpoints)
            workload, reconciliation = self._system.workload(scenario.entry_point)
            result.stats = workload.stats
            self._inject(scenario, workload, result)
            self._settle(workload, reconciliation, result)
            self._reconciliations.append((scenario, reconciliation))
        except Exception as error:  # the next scenarios must find a working system
            result.problems.append(f"{type(error).__name__}: {error}")
            self._recover(result)
        return self._finished(result, started)

    def final_check(self, scenario: Scenario) -> Result:
        """Repeats the reconciliation of all scenarios, after all delayed requests have arrived."""
        result = Result(scenario, ClientStats(), injections=1)
        started = time.monotonic()
        delayed = network_faults.delayed_outcomes(self._system)
        for earlier, reconciliation in self._reconciliations:
            result.problems += [
                f"{earlier.name}: {each}"
                for each in reconciliation.settle(started + RECOVERY_TIMEOUT)
            ]
        self._audit(result, time.monotonic())
        if delayed:
            outcomes = ", ".join(
                f"{count} x {outcome}" for outcome, count in sorted(delayed.items())
            )
            result.notes.append(f"delayed requests: {outcomes}")
        return self._finished(result, started)

    def _finished(self, result: Result, started: float) -> Result:
        result.problems += self._system.new_log_errors()
        result.seconds = time.monotonic() - started
        return result

    def _inject(self, scenario: Scenario, workload: Workload, result: Result) -> None:
        with workload:
            workload.wait_for_orders(ORDERS_BEFORE)
            result.injections = scenario.fault(self._system, workload)
            result.recovered_at = time.monotonic()
            workload.wait_for_orders(ORDERS_AFTER)
            if scenario.failpoints:  # they were active until now
                result.recovered_at = time.monotonic()
        result.problems += workload.stalled

    def _settle(self, workload: Workload, reconciliation: Reconciliation, result: Result) -> None:
        result.problems += reconciliation.settle(result.recovered_at + RECOVERY_TIMEOUT)
        self._audit(result, result.recovered_at)
        result.problems += replay_differences(
            self._system.stack.url("order"), self._system.staff, workload.stats
        )

    def _audit(self, result: Result, since: float) -> None:
        settle = max(1.0, since + RECOVERY_TIMEOUT - time.monotonic())
        report = check_invariants(self._system.audit_client, settle=settle)
        result.problems += [str(violation) for violation in report.violations]
        if report.clean:
            result.clean_after = time.monotonic() - since

    def _recover(self, result: Result) -> None:
        try:
            self._system.recover()
        except StackError as error:
            result.problems.append(f"the system does not recover: {error}")
