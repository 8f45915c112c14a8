"""The connection to the orders database breaks while an order is being saved: what the client is told is true."""

import pytest
from django.db import OperationalError, connection, connections

from orders.models import Attempt, Order
from orders.services import attempts, recovery

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def losing(monkeypatch):
    """Makes the save's answer get lost: `losing(before=True)` before PostgreSQL has it, else after the commit."""

    def lose(*, before=False, then=lambda: None):
        run = attempts.COMPLETE.run

        def cut_off(**parameters):
            if not before:
                run(**parameters)
            connection.close()
            then()
            raise OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(attempts.COMPLETE, "run", cut_off)

    return lose


@pytest.fixture
def database_away(monkeypatch):
    def away(self):
        raise OperationalError("connection refused")

    return lambda: monkeypatch.setattr(type(connections["default"]), "connect", away)


@pytest.mark.parametrize("key", [None, "k"])
def test_an_order_whose_commit_was_not_heard_of_is_answered_201(shop, buyer, losing, key):
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


def test_an_order_that_was_not_saved_is_given_up_and_503(shop, buyer, refused, losing):
    lamp = shop.sells("LAMP")
    losing(before=True)

    problem = refused(buyer.order({lamp: 2}), 503, "service_unavailable")

    assert "order_id" not in problem
    assert not Order.objects.exists()
    assert Attempt.objects.get().state == "aborting"
    Attempt.objects.update(lease_until="2020-01-01T00:00Z")
    recovery.catch_up()
    assert shop.stock.quantity[lamp] == 10


def test_an_outcome_that_stays_unknown_names_the_order_to_look_for(
    shop, buyer, refused, losing, database_away, monkeypatch
):
    lamp = shop.sells("LAMP")
    losing(then=database_away)

    problem = refused(buyer.order({lamp: 2}), 503, "service_unavailable")

    monkeypatch.undo()
    assert problem["order_id"] == str(Order.objects.get().pk)
    assert problem["service"] == "database"
    assert "not known" in problem["detail"]
    assert problem["order_id"] in problem["detail"]
