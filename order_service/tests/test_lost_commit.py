"""The connection to the database breaks while an order is being saved."""

import pytest
from django.db import OperationalError, connection, connections

from orders.models import Attempt, Order
from orders.services import background, order_attempts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def losing(monkeypatch):
    """`losing(before=True)`: the connection breaks before the save, else after its commit."""

    def lose(*, before=False, then=lambda: None):
        run = order_attempts.statements.COMPLETE.execute

        def cut_off(**parameters):
            if not before:
                run(**parameters)
            connection.close()
            then()
            raise OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(order_attempts.statements.COMPLETE, "execute", cut_off)

    return lose


@pytest.fixture
def database_outage(monkeypatch):
    def away(self):
        raise OperationalError("connection assert_problem")

    return lambda: monkeypatch.setattr(type(connections["default"]), "connect", away)


@pytest.mark.parametrize("key", [None, "k"])
def test_lost_commit_acknowledgement_is_201(shop, buyer, losing, key):
    lamp = shop.sells("LAMP")
    losing()

    response = buyer.order({lamp: 2}, key=key)

    assert response.status_code == 201
    order = Order.objects.get()
    assert (response.json()["id"], response["Location"]) == (
        str(order.pk),
        f"/api/orders/{order.pk}/",
    )
    assert shop.stock.quantity[lamp] == 8


def test_lost_connection_before_the_commit_is_503(shop, buyer, assert_problem, losing):
    lamp = shop.sells("LAMP")
    losing(before=True)

    problem = assert_problem(buyer.order({lamp: 2}), 503, "service_unavailable")

    assert "order_id" not in problem
    assert not Order.objects.exists()
    assert Attempt.objects.get().state == "aborting"
    Attempt.objects.update(lease_until="2020-01-01T00:00Z")
    background.run_once()
    assert shop.stock.quantity[lamp] == 10


def test_unknown_commit_outcome_returns_the_order_id(
    shop, buyer, assert_problem, losing, database_outage, monkeypatch
):
    lamp = shop.sells("LAMP")
    losing(then=database_outage)

    problem = assert_problem(buyer.order({lamp: 2}), 503, "service_unavailable")

    monkeypatch.undo()
    assert problem["order_id"] == str(Order.objects.get().pk)
    assert problem["service"] == "database"
    assert "unknown" in problem["detail"]
    assert problem["order_id"] in problem["detail"]
