"""Everything is stopped, and started again on the same data."""

import time
from pathlib import Path

import pytest

from integration_tests.shop import ADMIN, PASSWORD, SERVICES, Shop, Stock, expect
from integration_tests.timing import wait_until
from local_stack import Stack


def test_orders_and_stock_are_still_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Stack(tmp_path, durable=False) as first, Shop({name: first.url(name) for name in SERVICES}) as shop:
        staff, buyer = shop.sign_in(**ADMIN), shop.register()
        product_id = shop.stocked(staff, 10)
        order = expect(201, shop.order(buyer, {product_id: 2}, "the key"))

    began = time.monotonic()
    with Stack(tmp_path, durable=False) as second, Shop({name: second.url(name) for name in SERVICES}) as shop:
        with capsys.disabled():
            print(f"\nsecond start: ready after {time.monotonic() - began:.1f} s")  # noqa: T201
        path = f"/api/orders/{order['id']}/"
        wait_until(lambda: shop.get(path, buyer).status_code != 503)  # the keys that verify tokens are on their way
        assert expect(200, shop.get(path, buyer)) == order  # with the token from before
        assert shop.stock(product_id) == Stock(quantity=8, reserved=2)
        again = shop.order(buyer, {product_id: 2}, "the key")
        assert (again.json(), again.headers["Idempotency-Replayed"]) == (order, "true")
        assert shop.sign_in(buyer.email, PASSWORD).id == buyer.id
        assert shop.stock(product_id) == Stock(quantity=8, reserved=2)
    second.discard()
