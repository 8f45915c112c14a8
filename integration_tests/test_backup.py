"""`make backup` and `make restore`: a backup of a system under load, restored into an empty one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from audit.client import AuditClient
from audit.invariants import check_invariants
from integration_tests.shop import (
    ADMIN,
    PASSWORD,
    SERVICES,
    Shop,
    Stock,
    User,
    expect,
    is_unavailable,
)
from local_stack import Stack, StackError, backup, postgres_binaries
from local_stack.psql import Embedded

CLIENTS = 4


@contextmanager
def load(shop: Shop, staff: User, product_id: str) -> Iterator[None]:
    """Buyers that place orders and cancel every second one; staff ship the others."""
    stopping = threading.Event()

    def buy(buyer: User) -> None:
        while not stopping.is_set():
            order = shop.order_until_decided(buyer, {product_id: 1}, uuid4().hex).json()
            verb, user = ("cancel", buyer) if int(order["id"][-1], 16) % 2 else ("ship", staff)
            shop.move(user, order["id"], verb)

    threads = [threading.Thread(target=buy, args=[shop.register()]) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def test_a_backup_under_load_restores_into_an_empty_system(
    stack: Stack, shop: Shop, staff: User, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, data = (tmp_path_factory.mktemp("backup") / name for name in ("archives", "data"))
    product_id = shop.stocked(staff, 100_000)
    buyer = shop.register()
    path = f"/api/orders/{expect(201, shop.order(buyer, {product_id: 2}, 'key'))['id']}/"
    order, product = shop.get(path, buyer).json(), shop.get(f"/api/products/{product_id}/").json()

    with load(shop, staff, product_id):
        backup.run(["backup", str(folder)], {"SHOP_DATA": str(stack.data.path)})
    backup.run(["restore", str(folder)], {"SHOP_DATA": str(data)})

    with (
        Stack(data, durable=False) as restored,
        Shop({name: restored.url(name) for name in SERVICES}) as shop_again,
        AuditClient(shop_again.urls, *ADMIN.values()) as audit_client,
    ):
        assert shop_again.sign_in(buyer.email, PASSWORD).id == buyer.id
        assert expect(200, shop_again.get(path, buyer)) == order  # the signing keys are the same
        assert expect(200, shop_again.get(f"/api/products/{product_id}/")) == product
        report = check_invariants(audit_client)
        assert report.violations == []
        again = shop_again.order(buyer, {product_id: 2}, "key")
        assert (again.json(), again.headers["Idempotency-Replayed"]) == (order, "true")
        assert shop_again.order(buyer, {product_id: 1}, "a new key").status_code == 201
    restored.discard()


def test_no_order_is_claimed_or_saved_while_the_snapshots_are_taken(
    stack: Stack, shop: Shop, buyer: User, staff: User
) -> None:
    product_id = shop.stocked(staff, 10)

    with backup.writes_stopped(Embedded(stack.data)):
        response = shop.order(buyer, {product_id: 1}, "while stopped")
        assert is_unavailable(response, "database")
        assert shop.stock(product_id) == Stock(quantity=10, reserved=0)

    placed = shop.order_until_decided(buyer, {product_id: 1}, "while stopped")
    assert placed.status_code == 201


@pytest.fixture
def compose(stack: Stack, tmp_path: Path) -> str:
    """A docker-compose whose containers are the databases of the stack."""
    script = tmp_path / "docker-compose"
    programs, socket = postgres_binaries.programs(None), stack.cluster.socket_folder
    script.write_text(
        "#!/bin/sh\n"
        "program=$4; shift 6  # exec -T order_db PROGRAM --username orders\n"
        f'exec {programs}/"$program" --host {socket} --username postgres "$@"\n'
    )
    script.chmod(0o755)
    return str(script)


def test_backup_and_restore_with_compose(
    compose: str, shop: Shop, buyer: User, staff: User, tmp_path: Path
) -> None:
    product_id, folder = shop.stocked(staff, 10), tmp_path / "archives"
    order = expect(201, shop.order(buyer, {product_id: 1}))

    backup.run(["backup", "--compose", str(folder)], {"COMPOSE": compose})
    archives = {path.name: path.read_bytes()[:5] for path in folder.iterdir()}
    with pytest.raises(StackError, match=r"The database of the order service: .*already exists"):
        backup.run(["restore", "--compose", str(folder)], {"COMPOSE": compose})

    assert archives == {
        f"{name}.dump": b"PGDMP" for name in ("users", "products", "inventory", "orders")
    }
    assert expect(200, shop.get(f"/api/orders/{order['id']}/", buyer)) == order


def test_a_restore_needs_an_empty_data_folder(stack: Stack, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="has databases; a restore needs a new data folder"):
        backup.restore_embedded(stack.data.path, tmp_path)


def test_a_backup_needs_a_running_system(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="There is no running system"):
        backup.backup_embedded(tmp_path / "nowhere", tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_does_not_replace_another(stack: Stack, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="exists"):
        backup.backup_embedded(stack.data.path, tmp_path)
    assert list(tmp_path.iterdir()) == []
