"""Faults of the network between order and one of its neighbours."""

import time

from proof import proxy, spoiled
from proof.load import Load
from proof.processes import Fault
from proof.system import System

NOW_AND_THEN = 3
"""Every so many-th request is spoiled first, and then each."""
SECONDS = 1.5


def spoil(name: str, fault: proxy.Fault, seconds: float = SECONDS) -> Fault:
    def strike(system: System, load: Load) -> int:
        between, before = system.proxies[name], system.proxies[name].struck
        between.spoil(fault, every=NOW_AND_THEN)
        time.sleep(seconds)
        between.spoil(fault)
        time.sleep(seconds)
        between.heal()
        return between.struck - before

    return strike


def refuse(name: str, seconds: float = 2 * SECONDS) -> Fault:
    def strike(system: System, load: Load) -> int:
        system.proxies[name].refuse()
        time.sleep(seconds)
        system.proxies[name].heal()
        return 1

    return strike


def late(name: str, seconds: float) -> Fault:
    """Carried out late; the row ends when all of it has arrived."""

    def strike(system: System, load: Load) -> int:
        struck = spoil(name, spoiled.late(seconds))(system, load)
        for each in system.proxies[name].later:
            each.thread.join()
        return struck

    return strike


def very_late(name: str, seconds: float) -> Fault:
    """Carried out so late that other rows are under way then; the books of this one are looked at again at the end."""
    return lambda system, load: spoil(name, spoiled.late(seconds, system.renewed))(system, load)


def outcomes(system: System) -> dict[str, int]:
    """What became of requests that arrived late, once all of them have."""
    counts: dict[str, int] = {}
    for between in system.proxies.values():
        for each in between.later:
            each.thread.join()
            counts[each.outcome] = counts.get(each.outcome, 0) + 1
    return counts


def spoil_while(name: str, fault: proxy.Fault, inner: Fault) -> Fault:
    """Every third request is spoiled while something else goes wrong as well."""

    def strike(system: System, load: Load) -> int:
        system.proxies[name].spoil(fault, every=NOW_AND_THEN)
        try:
            return inner(system, load)
        finally:
            system.proxies[name].heal()

    return strike
