"""Replicas that come and go under load, without one request that fails: `make test-scale`.

Not collected with the other tests: it needs a running `docker-compose up`, leaves its products and orders behind, and the system
with one replica of each service. COMPOSE says how Compose is called here, such as `docker compose --project-name shop`.
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
ANSWERED = "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:{}/metrics', timeout=3).read().decode())"
SECONDS_TO_START = 120.0
SECONDS_TO_SHARE = 90.0
"""For what keeps a connection to find a new replica."""
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
            wait_until(lambda c=container, s=service: says(c, READY, s) is not None, SECONDS_TO_START, every=0.5)


def containers(service: str) -> list[str]:
    return run(*COMPOSE, "ps", "--quiet", service).split()


def says(container: str, program: str, service: str) -> str | None:
    command = ["docker", "exec", container, "python", "-c", program.format(PORTS[service])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def answered(container: str, service: str) -> float:
    """Requests to the service's own API, those of health checks left out."""
    lines = [line for line in (says(container, ANSWERED, service) or "").splitlines() if line.startswith("http_requests_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in lines if 'route="api/' in line or 'route="/api/' in line)


class Traffic:
    def __init__(self) -> None:
        self.answers: Counter[str] = Counter()
        self.failures: list[str] = []
        self._over = threading.Event()

    @contextmanager
    def of(self, people: list[Callable[[], requests.Response]]) -> Iterator[None]:
        with ThreadPoolExecutor(len(people)) as pool:
            running = [pool.submit(self._repeat, each) for each in people]
            try:
                yield
            finally:
                self._over.set()
        for each in running:
            each.result()

    def _repeat(self, ask: Callable[[], requests.Response]) -> None:
        while not self._over.wait(0.02):
            try:
                answer = ask()
            except requests.RequestException as error:
                self.failures.append(f"{time.ctime()} {error!r}")
                continue
            self.answers[f"{answer.request.method} {answer.status_code}"] += 1
            if not answer.ok:
                self.failures.append(f"{time.ctime()} {answer.request.method} {answer.url}: {answer.status_code} {answer.text}")


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
        [f"/api/products/{product_id}/", f"/api/inventory/{product_id}/", "/api/orders/", "/api/inventory/", "/api/products/"]
    )
    return lambda: shop.get(next(paths), buyer)


def reading_at_the_ports(product_id: str) -> Callable[[], requests.Response]:
    """Each over a connection of its own: one that is kept belongs to a replica, and may end with it."""
    addresses = cycle([f"{URLS['inventory']}/api/inventory/{product_id}/", f"{URLS['order']}/health/ready"])
    return lambda: requests.get(next(addresses), timeout=10)


def ordering(shop: Shop, buyer: User, product_id: str) -> Callable[[], requests.Response]:
    """Placed once and cancelled once; a key is sent a second time only by Traffic's next order, which has its own."""
    placed: list[str] = []

    def order_or_cancel() -> requests.Response:
        if len(placed) > 3:
            return shop.move(buyer, placed.pop(0), "cancel")
        answer = shop.order(buyer, {product_id: 1}, uuid4().hex)
        if answer.status_code == 201:
            placed.append(answer.json()["id"])
        return answer

    return order_or_cancel


def all_take_part(service: str) -> None:
    """Each replica answers something within the time."""
    before = {container: answered(container, service) for container in containers(service)}
    wait_until(lambda: all(answered(c, service) > count for c, count in before.items()), SECONDS_TO_SHARE, every=2.0)


def test_replicas_come_and_go_and_no_request_fails(one_of_each: None, shop: Shop, staff: User, buyer: User) -> None:
    product_id = shop.stocked(staff, UNITS)
    traffic = Traffic()
    people = [reading(shop, buyer, product_id)] * 3 + [ordering(shop, buyer, product_id) for _ in range(4)]

    with traffic.of([*people, reading_at_the_ports(product_id)]):
        scale(MANY)
        for service in PORTS:
            all_take_part(service)
        for service in PORTS:
            run("docker", "stop", containers(service)[-1])
        scale(ONE_OF_EACH)

    assert traffic.failures == [], traffic.answers
    assert traffic.answers["POST 201"] > 100, traffic.answers
    assert traffic.answers["POST 200"] > 50, traffic.answers
