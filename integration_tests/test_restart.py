"""A restart of the whole system on the same data."""

import time

import pytest

from integration_tests.concurrency import wait_until
from integration_tests.shop import PASSWORD, Shop, Stock, User, expect
from local_stack import Stack


@pytest.mark.usefixtures("recovered")
def test_data_survives_a_restart(
    stack: Stack, shop: Shop, staff: User, capsys: pytest.CaptureFixture[str]
) -> None:
    buyer = shop.register()
    product_id = shop.stocked(staff, 10)
    order = expect(201, shop.order(buyer, {product_id: 2}, "the key"))

    stack.close()
    started = time.monotonic()
    stack.open()
    with capsys.disabled():
        print(f"\nsecond start: ready after {time.monotonic() - started:.1f} s")  # noqa: T201

    path = f"/api/orders/{order['id']}/"
    wait_until(lambda: shop.get(path, buyer).status_code != 503)  # until the JWKS is fetched
    assert expect(200, shop.get(path, buyer)) == order  # with the old token
    assert shop.stock(product_id) == Stock(quantity=8, reserved=2)
    again = shop.order(buyer, {product_id: 2}, "the key")
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (order, "true")
    assert shop.sign_in(buyer.email, PASSWORD).id == buyer.id
    assert shop.stock(product_id) == Stock(quantity=8, reserved=2)
