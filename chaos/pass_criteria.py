"""The criteria by which a scenario passes or fails."""

from dataclasses import dataclass, field

from chaos.client_stats import ClientStats
from chaos.scenarios import Scenario

MAX_LATENCY = 6.0
RECOVERY_TIMEOUT = 60.0


@dataclass
class Result:
    scenario: Scenario
    stats: ClientStats
    injections: int = 0
    """How often the fault was injected."""
    clean_after: float | None = None
    """Seconds from the recovery until the audit found no violation; None if it never was clean."""
    problems: list[str] = field(default_factory=list)
    """Found by the audit, by reconciliation and in the logs; and errors of the scenario itself."""
    notes: list[str] = field(default_factory=list)
    recovered_at: float = 0.0
    """The end of the fault, by time.monotonic()."""
    seconds: float = 0.0
    """The duration of the scenario."""

    @property
    def violations(self) -> list[str]:
        return [*_of_responses(self.scenario, self.stats), *_of_recovery(self)]

    @property
    def passed(self) -> bool:
        return not self.violations


def _of_responses(scenario: Scenario, stats: ClientStats) -> list[str]:
    found = list(stats.unexpected)
    if stats.max_latency > MAX_LATENCY and not scenario.pauses_order_service:
        found.append(f"a response took {stats.max_latency:.1f} s")
    if stats.timeouts and not scenario.pauses_order_service:
        found.append(f"{stats.timeouts} requests timed out")
    if stats.connection_errors and not scenario.may_drop_connections:
        found.append(f"{stats.connection_errors} connections broke, though the fault drops none")
    if stats.unavailable and scenario.zero_downtime:
        found.append(f"{stats.unavailable} requests failed with 503")
    if stats.unresolved:
        found.append(
            f"no definitive response for {len(stats.unresolved)} requests: "
            f"{', '.join(stats.unresolved[:5])}"
        )
    return found


def _of_recovery(result: Result) -> list[str]:
    found = list(result.problems)
    if not result.injections:
        found.append("the fault was never injected: nothing is tested")
    if result.stats.requests and not result.stats.placed:
        found.append("no order was placed: nothing is tested")
    if result.clean_after is None:
        found.append(f"not clean within {RECOVERY_TIMEOUT:.0f} s")
    elif result.clean_after > RECOVERY_TIMEOUT:
        found.append(f"clean only after {result.clean_after:.0f} s")
    return found
