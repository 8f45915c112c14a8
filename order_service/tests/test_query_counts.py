"""Placing an order costs a constant number of statements and calls."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unprepared_statements")]


@pytest.mark.parametrize("lines", [1, 50, 100])
@pytest.mark.parametrize("key", [None, "k"])
def test_order_costs_two_statements_and_two_calls(shop, buyer, lines, key):
    items = {shop.sells(f"P{number}"): 2 for number in range(lines)}

    with CaptureQueriesContext(connection) as statements:
        assert buyer.order(items, key=key).status_code == 201

    assert [statement["sql"].split()[0] for statement in statements] == ["INSERT", "WITH"]
    assert shop.calls == ["GET", "PUT"]


def test_rejection_costs_two_statements_and_one_or_two_calls(shop, buyer):
    lamp, gone = shop.sells("LAMP", quantity=1), shop.sells("GONE")
    del shop.catalogue.rows[gone]

    for items, calls in (({lamp: 2}, ["GET", "PUT"]), ({gone: 1}, ["GET"])):
        shop.product.calls.clear()
        shop.inventory.calls.clear()
        with CaptureQueriesContext(connection) as statements:
            buyer.order(items)
        assert [statement["sql"].split()[0] for statement in statements] == ["INSERT", "UPDATE"]
        assert shop.calls == calls


def test_replay_costs_two_statements_and_no_call(shop, buyer):
    items = {shop.sells(f"P{number}"): 2 for number in range(50)}
    buyer.order(items, key="k")
    shop.product.calls.clear()
    shop.inventory.calls.clear()

    with CaptureQueriesContext(connection) as statements:
        assert buyer.order(items, key="k").status_code == 201

    assert (len(statements), shop.calls) == (2, [])


@pytest.mark.parametrize("orders", [1, 20])
def test_list_costs_two_statements(order, staff, orders):
    for _ in range(orders):
        order()

    with CaptureQueriesContext(connection) as statements:
        assert len(staff.get("/api/orders/").json()["results"]) == orders

    assert len(statements) == 2


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_during_a_call(shop, staff):
    seen = []

    def observed(service):
        def observe(call):
            # Runs in the server's thread: is any session of ours in a transaction?
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT state, (SELECT count(*) FROM pg_locks l WHERE l.pid = a.pid "
                    "AND l.mode LIKE '%%Exclusive%%' AND l.locktype <> 'virtualxid') "
                    "FROM pg_stat_activity a WHERE datname = current_database() "
                    "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
                seen.extend(cursor.fetchall())
            connection.close()
            return service(call)

        return observe

    shop.product.service, shop.inventory.service = (
        observed(shop.product.service),
        observed(shop.inventory.service),
    )
    shop.user.service = observed(shop.user.service)
    order = staff.order({shop.sells("LAMP"): 1}, address_id=shop.users.add_address(staff.user_id))
    staff.post(f"{order['Location']}ship/")

    assert len(shop.calls) == 4
    assert set(seen) == {("idle", 0)}
