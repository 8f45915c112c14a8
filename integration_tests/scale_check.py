"""`make test-scale`: scaling replicas up and down under load fails no request.

Not collected with the other tests: it needs a running `docker-compose up`. It ends with one replica
of each service and does not delete its products and orders. COMPOSE is the command to call Compose,
such as `docker compose --project-name shop`.
"""

import os
import shlex
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from uuid import uuid4

import pytest
import requests

from integration_tests.compose_check import GATEWAY, URLS, ready  # noqa: F401  (a fixture)
from integration_tests.concurrency import wait_until
from integration_tests.shop import SERVICES, Shop, User
from local_stack.topology import REPOSITORY

COMPOSE = shlex.split(os.environ.get("COMPOSE") or "docker-compose")
ONE_OF_EACH = {"order_service": 1, "inventory_service": 1, "order_worker": 1}
MANY = {"order_service": 3, "inventory_service": 2, "order_worker": 2}
PORTS = {"order_service": 8003, "inventory_service": 8002}
READY = "from urllib.request import urlopen; urlopen('http://127.0.0.1:{}/health/ready', timeout=3)"
READ_METRICS = (
    "from urllib.request import urlopen;"
    " print(urlopen('http://127.0.0.1:{}/metrics', timeout=3).read().decode())"
)
SECONDS_TO_START = 120.0
SECONDS_TO_SHARE = 90.0
"""Seconds for keep-alive clients to use a new replica."""
UNITS = 1_000_000


def run(*command: str) -> str:
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{shlex.join(command)}: {done.stderr[-2000:]}"
    return done.stdout


def scale(replicas: dict[str, int]) -> None:
    wanted = [part for name, number in replicas.items() for part in ("--scale", f"{name}={number}")]
    run(*COMPOSE, "up", "--detach", "--no-build", "--no-recreate", "--no-deps", *wanted, *replicas)
    for service in PORTS:
        assert len(containers(service)) == replicas[service]
        for container in containers(service):
            wait_until(
                partial(_is_ready, container, service),
                SECONDS_TO_START,
                every=0.5,
            )


def _is_ready(container: str, service: str) -> bool:
    return run_in(container, READY, service) is not None


def containers(service: str) -> list[str]:
    return run(*COMPOSE, "ps", "--quiet", service).split()


def run_in(container: str, program: str, service: str) -> str | None:
    command = ["docker", "exec", container, "python", "-c", program.format(PORTS[service])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def count_requests(container: str, service: str) -> float:
    """Requests to the API of the service, without health checks."""
    lines = [
        line
        for line in (run_in(container, READ_METRICS, service) or "").splitlines()
        if line.startswith("http_requests_total{")
    ]
    return sum(
        float(line.rpartition(" ")[2])
        for line in lines
        if 'route="api/' in line or 'route="/api/' in line
    )


class Traffic:
    def __init__(self) -> None:
        self.responses: Counter[str] = Counter()
        self.failures: list[str] = []
        self._over = threading.Event()

    @contextmanager
    def of(self, clients: list[Callable[[], requests.Response]]) -> Iterator[None]:
        with ThreadPoolExecutor(len(clients)) as pool:
            running = [pool.submit(self._repeat, each) for each in clients]
            try:
                yield
            finally:
                self._over.set()
        for each in running:
            each.result()

    def _repeat(self, send: Callable[[], requests.Response]) -> None:
        while not self._over.wait(0.02):
            try:
                response = send()
            except requests.RequestException as error:
                self.failures.append(f"{time.ctime()} {error!r}")
                continue
            self.responses[f"{response.request.method} {response.status_code}"] += 1
            if not response.ok:
                self.failures.append(
                    f"{time.ctime()} {response.request.method} {response.url}:"
                    f" {response.status_code} {response.text}"
                )


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    with Shop(dict.fromkeys(SERVICES, GATEWAY)) as opened:
        yield opened


@pytest.fixture
def one_of_each() -> Iterator[None]:
    scale(ONE_OF_EACH)
    yield
    scale(ONE_OF_EACH)


def reading(shop: Shop, buyer: User, product_id: str) -> Callable[[], requests.Response]:
    paths = cycle(
        [
            f"/api/products/{product_id}/",
            f"/api/inventory/{product_id}/",
            "/api/orders/",
            "/api/inventory/",
            "/api/products/",
        ]
    )
    return lambda: shop.get(next(paths), buyer)


def reading_at_the_ports(product_id: str) -> Callable[[], requests.Response]:
    """Over a new connection each: a keep-alive connection may end with its replica."""
    addresses = cycle(
        [f"{URLS['inventory']}/api/inventory/{product_id}/", f"{URLS['order']}/health/ready"]
    )
    return lambda: requests.get(next(addresses), timeout=10)


def ordering(shop: Shop, buyer: User, product_id: str) -> Callable[[], requests.Response]:
    """Places orders and cancels the older ones."""
    placed: list[str] = []

    def order_or_cancel() -> requests.Response:
        if len(placed) > 3:
            return shop.move(buyer, placed.pop(0), "cancel")
        response = shop.order(buyer, {product_id: 1}, uuid4().hex)
        if response.status_code == 201:
            placed.append(response.json()["id"])
        return response

    return order_or_cancel


def wait_for_all_replicas(service: str) -> None:
    """Wait until each replica has served a request."""
    before = {container: count_requests(container, service) for container in containers(service)}
    wait_until(
        lambda: all(count_requests(c, service) > count for c, count in before.items()),
        SECONDS_TO_SHARE,
        every=2.0,
    )


def test_scaling_up_and_down_fails_no_request(
    one_of_each: None, shop: Shop, staff: User, buyer: User
) -> None:
    product_id = shop.stocked(staff, UNITS)
    traffic = Traffic()
    clients = [reading(shop, buyer, product_id)] * 3 + [
        ordering(shop, buyer, product_id) for _ in range(4)
    ]

    with traffic.of([*clients, reading_at_the_ports(product_id)]):
        scale(MANY)
        for service in PORTS:
            wait_for_all_replicas(service)
        for service in PORTS:
            run("docker", "stop", containers(service)[-1])
        scale(ONE_OF_EACH)

    assert traffic.failures == [], traffic.responses
    assert traffic.responses["POST 201"] > 100, traffic.responses
    assert traffic.responses["POST 200"] > 50, traffic.responses
