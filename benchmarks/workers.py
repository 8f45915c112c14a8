"""Compares gunicorn worker classes: one system for each, under load in alternating rounds.

python -m benchmarks.workers [--rounds 3] [--seconds 3] [--clients 1,16,64,640] gthread
chassis.gunicorn_worker.Worker
"""

import argparse
import sys
from contextlib import ExitStack
from itertools import product
from statistics import median

from benchmarks import system_under_test
from benchmarks.loads import Load, LoadProfile
from benchmarks.measurement import Measurement, measure
from local_stack import Stack
from local_stack.topology import SERVICES

PRODUCTS = 500
WARM_UP = LoadProfile(1.0, 1.0)


def main() -> None:
    arguments = _arguments()
    loads = [Load(int(clients)) for clients in arguments.clients.split(",")]
    profile = LoadProfile(0.5, arguments.seconds)
    with ExitStack() as stacks:
        systems = {name: _start(stacks, name) for name in arguments.worker_classes}
        found: dict[tuple[str, str], list[Measurement]] = {
            (name, load.name): [] for load, name in product(loads, systems)
        }
        for round_number in range(arguments.rounds):
            order = list(systems)[:: -1 if round_number % 2 else 1]
            for load, name in product(loads, order):
                systems[name].sign_in()
                found[name, load.name].append(measure(systems[name], load, profile))
        for (name, load_name), measurements in found.items():
            sys.stdout.write(_row(name, load_name, measurements))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.workers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--clients", default="1,16,64,640")
    parser.add_argument("worker_classes", nargs="+")
    return parser.parse_args()


def _start(stacks: ExitStack, worker_class: str) -> system_under_test.ShopTarget:
    stack = stacks.enter_context(system_under_test.started())
    for name in SERVICES:
        _restart(stack, name, worker_class)
    system = system_under_test.ShopTarget(stack, PRODUCTS)
    system.sign_in()
    measure(system, Load(16), WARM_UP)
    return system


def _restart(stack: Stack, name: str, worker_class: str) -> None:
    stack.stop(name)
    stack.environment[name]["GUNICORN_CMD_ARGS"] = f"--worker-class {worker_class}"
    stack.start(name)
    stack.wait_ready(name)


def _row(name: str, load: str, measurements: list[Measurement]) -> str:
    processor = median(found.processor or 0.0 for found in measurements)
    rate = median(found.rate for found in measurements)
    slowest = max(found.p99 or 0.0 for found in measurements)
    rejected = sum(found.rejected for found in measurements)
    failed = sum(found.failed for found in measurements)
    return (
        f"{name:34} {load:28} {processor:6.2f} ms/order {rate:6.0f}/s  p99 {slowest:6.0f} ms  503: "
        f"{rejected}  failed: {failed}\n"
    )


if __name__ == "__main__":
    main()
