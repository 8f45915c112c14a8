"""All that goes wrong in a proof, one row for each fault."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from proof import crowds, databases, disk, network, processes, spoiled
from proof.processes import Fault

SERVICES = ("product", "inventory", "order")
LEASE = 10.0
"""Seconds for which an order that was begun belongs to the process that began it; then the worker takes it over."""

EVERY = {"order": 25, "inventory": 10}
"""At which time a step that each order takes is deadly; inventory takes it twice when the first one died."""


@dataclass(frozen=True)
class Row:
    name: str
    fault: Fault
    proxied: bool | None = None
    """Whether there have to be proxies between order and its neighbours, or none; None where it makes no difference."""
    cuts: bool = False
    """Connections between client and system may break."""
    stops: bool = False
    """The order service itself is stopped: it owes no answer meanwhile."""
    seamless: bool = False
    """Clients may not even get a 503."""
    through: str = "order"
    armed: Mapping[str, str] = field(default_factory=dict)
    """Crash points, by part."""
    short: bool = False
    """Belongs to the short form."""


def rows() -> list[Row]:
    """The late ones first, for they are looked at again at the end."""
    return [*_very_late(), *_crowds(), *_processes(), *_databases(), *_network(), *_crash_points()]


def _very_late() -> list[Row]:
    return [Row("network: inventory carries it out a minute late", network.very_late("inventory", 60.0), proxied=True)]


def _crowds() -> list[Row]:
    return [
        Row("crowd: 300 impatient clients for 4 s", crowds.impatient(4.0), proxied=False),
        Row("crowd: 300 clients that never finish a request", crowds.silent(2.0), proxied=False, seamless=True),
    ]


def _processes() -> list[Row]:
    found = []
    for name in SERVICES:
        cuts = name == "order"
        frozen = 4.0 if cuts else 6.0  # a neighbour for longer than an order waits for it
        found += [
            Row(f"{name}: SIGKILL, one process", processes.kill_one(name), proxied=False, cuts=cuts),
            Row(f"{name}: SIGKILL, whole service", processes.kill(name), proxied=False, cuts=cuts, short=name == "inventory"),
            Row(f"{name}: SIGTERM, one process", processes.terminate_one(name), proxied=False, cuts=cuts),
            Row(f"{name}: SIGTERM, whole service, down 1 s", processes.terminate(name), proxied=False, cuts=cuts),
            Row(f"{name}: SIGSTOP {frozen:.0f} s, one process", processes.freeze_one(name, frozen), proxied=False, stops=cuts),
            Row(f"{name}: SIGSTOP {frozen:.0f} s, whole service", processes.freeze(name, frozen), proxied=False, stops=cuts),
        ]
    return [*found, *_other_processes()]


def _other_processes() -> list[Row]:
    longer = LEASE + 3
    return [
        Row("order: SIGSTOP 13 s, longer than its lease", processes.freeze("order", longer), proxied=False, cuts=True, stops=True),
        Row("order worker: SIGKILL", processes.kill("worker"), proxied=False),
        Row("order worker: SIGTERM, down 1 s", processes.terminate("worker"), proxied=False),
        Row("order worker: SIGSTOP 4 s", processes.freeze("worker", 4.0), proxied=False),
        Row("user: SIGTERM, down 1 s", processes.terminate("user"), proxied=False),
        Row("gateway: SIGKILL", processes.kill("gateway"), proxied=False, cuts=True, through="gateway"),
        Row("gateway: SIGTERM, down 1 s", processes.terminate("gateway"), proxied=False, cuts=True, through="gateway"),
        Row("order behind the gateway: SIGKILL", processes.kill("order"), proxied=False, cuts=True, through="gateway"),
        Row(
            "rolling restart of every service",
            processes.roll("user", "product", "inventory", "order"),
            proxied=False,
            cuts=True,
            seamless=True,
        ),
    ]


def _databases() -> list[Row]:
    found = [
        Row("PostgreSQL: immediate shutdown", databases.shut_down_at_once),
        Row("PostgreSQL: SIGKILL, down for a minute", databases.killed_and_away(60.0)),
        Row("PostgreSQL: SIGSTOP 4 s", processes.freeze("postgres", 4.0)),
        Row("hot stock row locked 10 s", databases.lock_hot_row(10.0)),
        Row("inventory database: deadlocks", databases.deadlocks()),
    ]
    for name in SERVICES:
        found += [
            Row(f"{name} database: connections cut", databases.cut_connections(name)),
            Row(f"{name} database: away 3 s", databases.away(name, 3.0)),
        ]
    for name, rival in ("inventory", "SELECT"), ("order", databases.TOUCH_STARTED):
        found.append(Row(f"{name} database: serialization errors", databases.serialization_errors(name, 3.0, rival)))
        if not disk.can_mount():
            found.append(Row(f"{name} database: disk full", disk.full(name, 3.0)))
    return found


def _network() -> list[Row]:
    found = []
    for name in ("product", "inventory"):
        spoils: dict[str, Fault] = {
            "connection refused": network.refuse(name),
            "reset before": network.spoil(name, spoiled.reset_before),
            "reset after": network.spoil(name, spoiled.reset_after),
            "answers too late": network.spoil(name, spoiled.too_late, seconds=3.0),
            "answer cut in half": network.spoil(name, spoiled.cut_in_half),
            "wrong status": network.spoil(name, spoiled.wrong_status()),
            "wrong content type": network.spoil(name, spoiled.wrong_content_type),
            "empty 200": network.spoil(name, spoiled.empty),
            "HTML 200": network.spoil(name, spoiled.html),
            "JSON of the wrong shape": network.spoil(name, spoiled.wrong_shape()),
        }
        if name == "inventory":
            spoils |= {
                "carries it out twice": network.spoil(name, spoiled.twice),
                "carries it out twice at once": network.spoil(name, spoiled.twice_at_once),
                "carries it out 3 s late": network.late(name, 3.0),
            }
        short = "inventory reset after"
        found += [Row(f"network: {name} {what}", fault, True, short=f"{name} {what}" == short) for what, fault in spoils.items()]
    return found


def _crash_points() -> list[Row]:
    placing = ("claim", "find products", "reserve", "save", "refuse", "move", "release", "fulfil", "task done")
    undoing = ("abort", "abort done")
    found = [_pause("before reserve"), _pause("before save"), _pause("before release")]
    for when in ("before", "after"):
        found += [_crash("order", f"{when} {step}", short=(when, step) == ("after", "reserve")) for step in placing]
        found += [_crash("order", f"{when} {step}", undone=True) for step in undoing]
        found += [_crash("inventory", f"{when} {step}", undone=step == "shut") for step in ("reserve", "shut", "close", "add")]
        found += [_worker_crash(f"{when} {step}") for step in ("expire", "take aborting", "release", "abort done")]
    return found


def _crash(part: str, point: str, *, undone: bool = False, short: bool = False) -> Row:
    """Not every time, and more often where the step is a rare one: most keys that are repeated afterwards meet no second death."""
    often = point.split()[1] in ("claim", "find", "reserve", "save")
    fault = processes.die_at_crash_points(part)
    if undone:
        fault = network.spoil_while("product", spoiled.reset_before, fault)
    return Row(
        f"{part} dies {point}",
        fault,
        proxied=True if undone else None,
        cuts=part == "order",
        armed={part: f"{point}/{EVERY[part] if often else 3}"},
        short=short,
    )


def _pause(point: str) -> Row:
    """The worker has taken over by then what the order service goes on with."""
    fault = processes.stop_at_crash_points("order", LEASE + 3)
    at = 3 if "release" in point else 15  # so that it comes after the load has begun
    return Row(f"order stops 13 s {point}", fault, cuts=True, stops=True, armed={"order": f"{point}/{at} stop"})


def _worker_crash(point: str) -> Row:
    fault = processes.then(processes.abandon(), processes.die_at_crash_points("worker", times=1))
    return Row(f"order worker dies {point}", fault, cuts=True, armed={"worker": f"{point}/2"})
