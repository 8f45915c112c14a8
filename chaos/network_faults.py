"""Faults of the network between the order service and an upstream service."""

import time

from chaos import http_faults
from chaos.fault_proxy import HTTPFault
from chaos.process_faults import Fault
from chaos.system_under_test import SystemUnderTest
from chaos.workload import Workload

FIRST_EVERY = 3
"""The fault first affects every n-th request, then all."""
SECONDS = 1.5


def inject_http_fault(name: str, fault: HTTPFault, seconds: float = SECONDS) -> Fault:
    def inject(system: SystemUnderTest, workload: Workload) -> int:
        proxy, before = system.proxies[name], system.proxies[name].injections
        proxy.inject_fault(fault, every=FIRST_EVERY)
        time.sleep(seconds)
        proxy.inject_fault(fault)
        time.sleep(seconds)
        proxy.clear_fault()
        return proxy.injections - before

    return inject


def refuse_connections(name: str, seconds: float = 2 * SECONDS) -> Fault:
    def inject(system: SystemUnderTest, workload: Workload) -> int:
        system.proxies[name].refuse_connections()
        time.sleep(seconds)
        system.proxies[name].clear_fault()
        return 1

    return inject


def delayed(name: str, seconds: float) -> Fault:
    """Requests arrive late. The scenario ends when all have arrived."""

    def inject(system: SystemUnderTest, workload: Workload) -> int:
        injections = inject_http_fault(name, http_faults.delayed(seconds))(system, workload)
        for each in system.proxies[name].delayed:
            each.thread.join()
        return injections

    return inject


def delayed_past_end(name: str, seconds: float) -> Fault:
    """Requests arrive during later scenarios; the final check repeats the reconciliation of this one."""
    return lambda system, workload: inject_http_fault(name, http_faults.delayed(seconds, system.with_fresh_token))(system, workload)


def delayed_outcomes(system: SystemUnderTest) -> dict[str, int]:
    """Waits for all delayed requests; counts them by method and status."""
    counts: dict[str, int] = {}
    for proxy in system.proxies.values():
        for each in proxy.delayed:
            each.thread.join()
            counts[each.outcome] = counts.get(each.outcome, 0) + 1
    return counts


def with_http_fault(name: str, fault: HTTPFault, inner: Fault) -> Fault:
    """Every third request fails while another fault is injected."""

    def inject(system: SystemUnderTest, workload: Workload) -> int:
        system.proxies[name].inject_fault(fault, every=FIRST_EVERY)
        try:
            return inner(system, workload)
        finally:
            system.proxies[name].clear_fault()

    return inject
