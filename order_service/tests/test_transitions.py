"""Transitions of an order, and their delivery to inventory."""

from uuid import uuid4

import fake_servers
import pytest
from api_client import JSONClient
from fake_servers import problem
from shop import run_worker_until_idle

from chassis.tests.concurrency import run_concurrently
from orders import selectors
from orders.errors import InvalidTransition, OrderNotFound
from orders.models import Event, Order, OutboxMessage
from orders.services import transitions

pytestmark = pytest.mark.django_db

VERBS = {"cancel": transitions.cancel, "ship": transitions.ship, "deliver": transitions.deliver}
ALLOWED = {
    ("confirmed", "cancel"): ("cancelled", "release", "DELETE"),
    ("confirmed", "ship"): ("shipped", "fulfil", "POST"),
    ("shipped", "deliver"): ("delivered", None, None),
}
REPEATED = {("cancelled", "cancel"), ("shipped", "ship"), ("delivered", "deliver")}
"""The client may have lost the first response."""


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("status", Order.Status.values)
def test_only_allowed_transitions_succeed(shop, order, status, verb):
    made, actor = order(status), uuid4()
    before = Order.objects.values().get()
    change = ALLOWED.get((status, verb))
    shop.inventory.always(fake_servers.reply(204))

    if change:
        assert VERBS[verb](made, actor=actor).status == change[0]
        assert list(Event.objects.values_list("order_id", "type", "actor")) == [
            (made.pk, change[0], actor)
        ]
        assert Order.objects.get().updated_at > before["updated_at"]
        assert shop.inventory.methods == [change[2]] * bool(change[2])
    elif (status, verb) in REPEATED:
        assert VERBS[verb](made, actor=actor).status == status
    else:
        with pytest.raises(InvalidTransition) as error:
            VERBS[verb](made, actor=actor)
        assert error.value.extra == {"order_status": status}
    assert not OutboxMessage.objects.exists()
    if not change:
        assert (Order.objects.values().get(), Event.objects.count(), shop.calls) == (before, 0, [])


@pytest.mark.parametrize(("status", "verb"), ALLOWED)
def test_failed_delivery_stays_in_the_outbox_and_is_delivered_once(shop, order, status, verb):
    made = order(status)
    shop.inventory.always(fake_servers.resets)
    expected = ALLOWED[status, verb]

    changed = VERBS[verb](made, actor=uuid4())

    assert changed.status == Order.objects.get().status == expected[0]
    assert list(OutboxMessage.objects.values_list("order_id", "verb")) == (
        [(made.pk, expected[1])] if expected[1] else []
    )
    shop.inventory.always(fake_servers.reply(204))
    shop.inventory.calls.clear()
    run_worker_until_idle()
    run_worker_until_idle()
    assert shop.inventory.methods == [expected[2]] * bool(expected[2])
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("verb", ["cancel", "ship"])
def test_stale_order_is_not_changed(shop, order, verb):
    made = order("confirmed")
    stale = Order.objects.get()
    Order.objects.update(status="delivered")

    with pytest.raises(InvalidTransition):
        VERBS[verb](stale, actor=uuid4())
    assert (
        Order.objects.get(pk=made.pk).status,
        Event.objects.count(),
        OutboxMessage.objects.count(),
    ) == ("delivered", 0, 0)


def test_order_is_visible_to_its_owner_and_to_staff(order):
    made = order(user_id=(owner := uuid4()))

    assert selectors.get_order(made.pk, user_id=owner, is_staff=False) == made
    assert selectors.get_order(made.pk, user_id=uuid4(), is_staff=True) == made
    for order_id, user_id in ((made.pk, uuid4()), (uuid4(), owner)):
        with pytest.raises(OrderNotFound):
            selectors.get_order(order_id, user_id=user_id, is_staff=False)


def test_cancelling_releases_the_stock_once(shop, buyer):
    lamp = shop.sells("LAMP")
    order = buyer.order({lamp: 4})

    for _ in range(3):
        response = buyer.post(f"{order['Location']}cancel/")
        assert (response.status_code, response.json()["status"]) == (200, "cancelled")
        assert shop.stock.quantity == {lamp: 10}

    run_worker_until_idle()
    assert shop.inventory.methods == ["PUT", "DELETE"]
    shop.check()


LOST = [
    fake_servers.resets,
    fake_servers.handled_then_reset,
    problem(503, "service_unavailable"),
    fake_servers.reply(200, b"{}"),
]


@pytest.mark.parametrize("step", LOST, ids=["reset", "executed and lost", "503", "invalid"])
def test_cancelling_during_an_outage_releases_the_stock_later(shop, buyer, step):
    lamp = shop.sells("LAMP")
    order = buyer.order({lamp: 4})
    shop.inventory.then(step)

    response = buyer.post(f"{order['Location']}cancel/")

    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    assert OutboxMessage.objects.get().verb == "release"
    assert buyer.post(f"{order['Location']}cancel/").status_code == 200
    for _ in range(3):
        run_worker_until_idle()
    assert shop.stock.quantity == {lamp: 10}
    assert shop.inventory.methods == ["PUT", "DELETE", "DELETE"]
    shop.check()


@pytest.mark.parametrize("step", LOST, ids=["reset", "executed and lost", "503", "invalid"])
def test_shipping_during_an_outage_fulfils_later(shop, staff, step):
    lamp = shop.sells("LAMP")
    order = staff.order({lamp: 4})
    shop.inventory.then(step)

    assert staff.post(f"{order['Location']}ship/").status_code == 200
    assert staff.post(f"{order['Location']}deliver/").json()["status"] == "delivered"
    assert OutboxMessage.objects.get().verb == "fulfil"
    for _ in range(3):
        run_worker_until_idle()

    assert (shop.stock.quantity, shop.stock.units(lamp), shop.stock.units(lamp, "fulfilled")) == (
        {lamp: 6},
        0,
        4,
    )
    shop.check()


def test_cancelling_with_a_hanging_inventory_succeeds(shop, buyer, short_timeouts, monkeypatch):
    order = buyer.order({shop.sells("LAMP"): 1})
    shop.inventory.always(fake_servers.hangs)

    assert buyer.post(f"{order['Location']}cancel/").json()["status"] == "cancelled"


def test_transition_is_one_statement(shop, order, django_assert_num_queries):
    made = order("shipped")

    with django_assert_num_queries(2):  # and one to read the order
        transitions.deliver(made, actor=uuid4())


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.mark.parametrize("number", range(6))
    def test_concurrent_cancel_and_ship_have_one_winner(self, shop, number):
        lamp, staff = shop.sells("LAMP"), JSONClient("staff")
        order = staff.order({lamp: 4})

        responses = run_concurrently(
            *[
                lambda verb=verb: staff.post(f"{order['Location']}{verb}/")
                for verb in ("cancel", "ship")
            ]
        )

        statuses = [response.status_code for response in responses]
        assert statuses in ([200, 409], [409, 200])
        assert responses[statuses.index(409)].json()["code"] == "invalid_transition"
        won = Order.objects.get().status
        assert won == ("cancelled" if statuses[0] == 200 else "shipped")
        assert list(Event.objects.values_list("type", flat=True).order_by("id")) == ["placed", won]
        run_worker_until_idle()
        assert shop.stock.quantity == {lamp: 10 if won == "cancelled" else 6}
        shop.check()

    def test_concurrent_cancels_release_the_stock_once(self, shop):
        lamp, buyer = shop.sells("LAMP"), JSONClient("customer")
        order = buyer.order({lamp: 4})
        shop.inventory.then(fake_servers.handled_then_reset)

        responses = run_concurrently(
            *[lambda: buyer.post(f"{order['Location']}cancel/")] * 8, run_worker_until_idle
        )[:-1]

        assert {(response.status_code, response.json()["status"]) for response in responses} == {
            (200, "cancelled")
        }
        assert list(Event.objects.values_list("type", flat=True).order_by("id")) == [
            "placed",
            "cancelled",
        ]
        run_worker_until_idle()
        assert shop.stock.quantity == {lamp: 10}
        shop.check()
