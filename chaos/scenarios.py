"""All fault scenarios of a chaos run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from signal import SIGKILL, SIGTERM

from chaos import (
    disk_faults,
    http_faults,
    network_faults,
    overload_faults,
    postgres_faults,
    process_faults,
)
from chaos.process_faults import Fault

SERVICES = ("product", "inventory", "order")
LEASE = 10.0
"""Seconds for which a started order belongs to the process that started it; then the worker takes
it over.
"""
CRASH_EVERY = {"order": 25, "inventory": 10}
"""A step of every order crashes at each n-th pass; inventory passes it twice when the first process
has crashed.
"""
CRASH_EVERY_RARE = 3


@dataclass(frozen=True)
class Scenario:
    name: str
    fault: Fault
    uses_proxy: bool | None = None
    """Whether it needs proxies between order and its upstream services, or must not have them;
    None: either.
    """
    may_drop_connections: bool = False
    """Connections between client and system may break."""
    pauses_order_service: bool = False
    """The order service itself is suspended, so that responses may be late or missing."""
    zero_downtime: bool = False
    """Clients must not receive a 503."""
    entry_point: str = "order"
    failpoints: Mapping[str, str] = field(default_factory=dict)
    """By part of the system."""
    short: bool = False
    """Part of the short form."""


direct = partial(Scenario, uses_proxy=False)
dropping = partial(direct, may_drop_connections=True)
at_gateway = partial(dropping, entry_point="gateway")


def all_scenarios() -> list[Scenario]:
    """Delayed requests first, because their results are checked again at the end."""
    return [
        Scenario(
            "network: inventory request delayed 60 s",
            network_faults.delayed_past_end("inventory", 60.0),
            True,
        ),
        direct("overload: 300 impatient clients for 4 s", overload_faults.retry_storm(4.0)),
        direct(
            "overload: 300 unfinished requests",
            overload_faults.incomplete_requests(2.0),
            zero_downtime=True,
        ),
        *_process_faults(),
        *_postgres_faults(),
        *_network_faults(),
        *_failpoint_crashes(),
    ]


def _process_faults() -> list[Scenario]:
    found = []
    for name in SERVICES:
        is_order = name == "order"
        killed = dropping if is_order else direct
        paused = partial(direct, pauses_order_service=is_order)
        seconds = (
            4.0 if is_order else 6.0
        )  # an upstream service for longer than the timeout of a call
        found += [
            killed(f"{name}: SIGKILL, one process", process_faults.signal_one(name, SIGKILL)),
            killed(f"{name}: SIGKILL, whole service", process_faults.kill(name), short=True),
            killed(f"{name}: SIGTERM, one process", process_faults.signal_one(name, SIGTERM)),
            killed(f"{name}: SIGTERM, whole service, down 1 s", process_faults.terminate(name)),
            paused(
                f"{name}: SIGSTOP {seconds:.0f} s, one process",
                process_faults.freeze_one(name, seconds),
            ),
            paused(
                f"{name}: SIGSTOP {seconds:.0f} s, whole service",
                process_faults.freeze(name, seconds),
            ),
        ]
    return [*found, *_other_processes()]


def _other_processes() -> list[Scenario]:
    outlast_lease = process_faults.freeze("order", LEASE + 3)
    restart_all = process_faults.rolling_restart("user", "product", "inventory", "order")
    return [
        dropping(
            "order: SIGSTOP 13 s, longer than its lease", outlast_lease, pauses_order_service=True
        ),
        direct("order worker: SIGKILL", process_faults.kill("worker")),
        direct("order worker: SIGTERM, down 1 s", process_faults.terminate("worker")),
        direct("order worker: SIGSTOP 4 s", process_faults.freeze("worker", 4.0)),
        direct("user: SIGTERM, down 1 s", process_faults.terminate("user")),
        at_gateway("gateway: SIGKILL", process_faults.kill("gateway")),
        at_gateway("gateway: SIGTERM, down 1 s", process_faults.terminate("gateway")),
        at_gateway("order behind the gateway: SIGKILL", process_faults.kill("order")),
        dropping("rolling restart of every service", restart_all, zero_downtime=True),
    ]


def _postgres_faults() -> list[Scenario]:
    found = [
        Scenario("PostgreSQL: immediate shutdown", postgres_faults.immediate_shutdown, short=True),
        Scenario("PostgreSQL: SIGKILL, down for a minute", postgres_faults.killed_for(60.0)),
        Scenario("PostgreSQL: SIGSTOP 4 s", process_faults.freeze("postgres", 4.0)),
        Scenario("hot stock row locked 10 s", postgres_faults.lock_hot_row(10.0)),
        Scenario("inventory database: deadlocks", postgres_faults.deadlocks()),
    ]
    for name in SERVICES:
        found += [
            Scenario(f"{name} database: connections cut", postgres_faults.drop_connections(name)),
            Scenario(f"{name} database: away 3 s", postgres_faults.unavailable(name, 3.0)),
        ]
    for name, rival in ("inventory", "SELECT"), ("order", postgres_faults.UPDATE_STARTED_ATTEMPTS):
        found.append(
            Scenario(
                f"{name} database: serialization errors",
                postgres_faults.serialization_errors(name, 3.0, rival),
            )
        )
        if not disk_faults.cannot_mount():
            found.append(Scenario(f"{name} database: disk full", disk_faults.full(name, 3.0)))
    return found


def _network_faults() -> list[Scenario]:
    found = []
    for name in ("product", "inventory"):
        inject = partial(network_faults.inject_http_fault, name)
        faults: dict[str, Fault] = {
            "connection refused": network_faults.refuse_connections(name),
            "reset before": inject(http_faults.reset_before),
            "reset after": inject(http_faults.reset_after),
            "slow response": inject(http_faults.slow_response, seconds=3.0),
            "truncated response": inject(http_faults.truncated_response),
            "wrong status": inject(http_faults.wrong_status()),
            "wrong content type": inject(http_faults.wrong_content_type),
            "empty 200": inject(http_faults.empty_response),
            "HTML 200": inject(http_faults.html_response),
            "JSON of the wrong shape": inject(http_faults.wrong_shape()),
        }
        if name == "inventory":
            faults |= {
                "request duplicated": inject(http_faults.duplicated),
                "request duplicated concurrently": inject(http_faults.duplicated_concurrently),
                "request delayed 3 s": network_faults.delayed(name, 3.0),
            }
        found += [
            Scenario(
                f"network: {name} {what}",
                fault,
                True,
                short=(name, what) == ("inventory", "reset after"),
            )
            for what, fault in faults.items()
        ]
    return found


def _failpoint_crashes() -> list[Scenario]:
    found = [_pause("before reserve"), _pause("before save"), _pause("before release")]
    for when in ("before", "after"):
        for step in (
            "claim",
            "find products",
            "reserve",
            "save",
            "reject",
            "transition",
            "release",
            "fulfil",
            "delivered",
        ):
            found.append(
                _crash("order", f"{when} {step}", short=(when, step) == ("after", "reserve"))
            )
        found += [
            _crash("order", f"{when} {step}", with_abort=True) for step in ("abort", "mark aborted")
        ]
        found += [
            _crash("inventory", f"{when} {step}", with_abort=step == "tombstone")
            for step in ("reserve", "tombstone", "finalize", "change quantity")
        ]
        found += [
            _worker_crash(f"{when} {step}")
            for step in ("expire", "lease aborting", "release", "mark aborted")
        ]
    return found


def _crash(part: str, point: str, *, with_abort: bool = False, short: bool = False) -> Scenario:
    """Not at every pass, so that most retries do not crash again; more often where the step is
    rare.
    """
    every = (
        CRASH_EVERY[part]
        if point.split()[1] in ("claim", "find", "reserve", "save")
        else CRASH_EVERY_RARE
    )
    fault = process_faults.crash_at_failpoint(part)
    if with_abort:
        fault = network_faults.with_http_fault("product", http_faults.reset_before, fault)
    return Scenario(
        f"{part} dies {point}",
        fault,
        uses_proxy=True if with_abort else None,
        may_drop_connections=part == "order",
        failpoints={part: f"{point}/{every}"},
        short=short,
    )


def _pause(point: str) -> Scenario:
    """When the order service continues, the worker has already taken over."""
    fault = process_faults.suspend_at_failpoint("order", LEASE + 3)
    at = CRASH_EVERY_RARE if "release" in point else 15  # after the workload has started
    paused = partial(Scenario, may_drop_connections=True, pauses_order_service=True)
    return paused(f"order stops 13 s {point}", fault, failpoints={"order": f"{point}/{at} stop"})


def _worker_crash(point: str) -> Scenario:
    fault = process_faults.sequence(
        process_faults.abandon_orders(), process_faults.crash_at_failpoint("worker", times=1)
    )
    return Scenario(
        f"order worker dies {point}",
        fault,
        may_drop_connections=True,
        failpoints={"worker": f"{point}/2"},
    )
