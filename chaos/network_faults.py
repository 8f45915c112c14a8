"""Faults of the network between the order service and an upstream service."""

import time

from chaos import http_faults
from chaos.fault_proxy import HTTPFault
from chaos.process_faults import Fault, fault
from chaos.system_under_test import SystemUnderTest
from chaos.workload import Workload

FIRST_EVERY = 3
"""The fault first affects every n-th request, then all."""


@fault
def inject_http_fault(
    system: SystemUnderTest,
    workload: Workload,
    name: str,
    http_fault: HTTPFault,
    seconds: float = 1.5,
) -> int:
    proxy, before = system.proxies[name], system.proxies[name].injections
    proxy.inject_fault(http_fault, every=FIRST_EVERY)
    time.sleep(seconds)
    proxy.inject_fault(http_fault)
    time.sleep(seconds)
    proxy.clear_fault()
    return proxy.injections - before


@fault
def refuse_connections(
    system: SystemUnderTest, workload: Workload, name: str, seconds: float = 3.0
) -> int:
    system.proxies[name].refuse_connections()
    time.sleep(seconds)
    system.proxies[name].clear_fault()
    return 1


@fault
def delayed(system: SystemUnderTest, workload: Workload, name: str, seconds: float) -> int:
    """Requests arrive late. The scenario ends when all have arrived."""
    injections = inject_http_fault(name, http_faults.delayed(seconds))(system, workload)
    for each in system.proxies[name].delayed:
        each.thread.join()
    return injections


@fault
def delayed_past_end(system: SystemUnderTest, workload: Workload, name: str, seconds: float) -> int:
    """Requests arrive during later scenarios; the final check repeats the reconciliation of this
    one.
    """
    http_fault = http_faults.delayed(seconds, system.with_fresh_token)
    return inject_http_fault(name, http_fault)(system, workload)


def delayed_outcomes(system: SystemUnderTest) -> dict[str, int]:
    """Waits for all delayed requests; counts them by method and status."""
    counts: dict[str, int] = {}
    for proxy in system.proxies.values():
        for each in proxy.delayed:
            each.thread.join()
            counts[each.outcome] = counts.get(each.outcome, 0) + 1
    return counts


@fault
def with_http_fault(
    system: SystemUnderTest, workload: Workload, name: str, http_fault: HTTPFault, inner: Fault
) -> int:
    """Every third request fails while another fault is injected."""
    system.proxies[name].inject_fault(http_fault, every=FIRST_EVERY)
    try:
        return inner(system, workload)
    finally:
        system.proxies[name].clear_fault()
