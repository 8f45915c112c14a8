"""What becomes of an order, and that inventory is told of it once, sooner or later."""

from uuid import uuid4

import neighbours
import pytest
from conftest import JSONClient, at_once, worker_catches_up
from neighbours import problem

from orders.errors import InvalidTransition, UnknownOrder
from orders.models import Event, Order, StockTask
from orders.services import lifecycle

pytestmark = pytest.mark.django_db

VERBS = {"cancel": lifecycle.cancel, "ship": lifecycle.ship, "deliver": lifecycle.deliver}
DRAWN = {
    ("confirmed", "cancel"): ("cancelled", "release", "DELETE"),
    ("confirmed", "ship"): ("shipped", "fulfil", "POST"),
    ("shipped", "deliver"): ("delivered", None, None),
}
REPEATED = {("cancelled", "cancel"), ("shipped", "ship"), ("delivered", "deliver")}
"""The response of the first time may have been lost."""


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("status", Order.Status.values)
def test_only_the_drawn_changes_can_be_made(shop, order, status, verb):
    made, actor = order(status), uuid4()
    before = Order.objects.values().get()
    change = DRAWN.get((status, verb))
    shop.inventory.always(neighbours.reply(204))

    if change:
        assert VERBS[verb](made, actor=actor).status == change[0]
        assert list(Event.objects.values_list("order_id", "type", "actor")) == [
            (made.pk, change[0], actor)
        ]
        assert Order.objects.get().updated_at > before["updated_at"]
        assert shop.inventory.told == [change[2]] * bool(change[2])
    elif (status, verb) in REPEATED:
        assert VERBS[verb](made, actor=actor).status == status
    else:
        with pytest.raises(InvalidTransition) as refusal:
            VERBS[verb](made, actor=actor)
        assert refusal.value.extra == {"order_status": status}
    assert not StockTask.objects.exists()
    if not change:
        assert (Order.objects.values().get(), Event.objects.count(), shop.calls) == (before, 0, [])


@pytest.mark.parametrize(("status", "verb"), DRAWN)
def test_what_inventory_does_not_hear_of_is_noted_and_told_later_once(shop, order, status, verb):
    made = order(status)
    shop.inventory.always(neighbours.resets)
    expected = DRAWN[status, verb]

    changed = VERBS[verb](made, actor=uuid4())

    assert changed.status == Order.objects.get().status == expected[0]
    assert list(StockTask.objects.values_list("order_id", "verb")) == (
        [(made.pk, expected[1])] if expected[1] else []
    )
    shop.inventory.always(neighbours.reply(204))
    shop.inventory.calls.clear()
    worker_catches_up()
    worker_catches_up()
    assert shop.inventory.told == [expected[2]] * bool(expected[2])
    assert not StockTask.objects.exists()


@pytest.mark.parametrize("verb", ["cancel", "ship"])
def test_somebody_who_looked_too_long_changes_nothing(shop, order, verb):
    made = order("confirmed")
    stale = Order.objects.get()
    Order.objects.update(status="delivered")

    with pytest.raises(InvalidTransition):
        VERBS[verb](stale, actor=uuid4())
    assert (
        Order.objects.get(pk=made.pk).status,
        Event.objects.count(),
        StockTask.objects.count(),
    ) == ("delivered", 0, 0)


def test_an_order_is_found_by_its_owner_and_by_staff(order):
    made = order(user_id=(owner := uuid4()))

    assert lifecycle.find(made.pk, user_id=owner, is_staff=False) == made
    assert lifecycle.find(made.pk, user_id=uuid4(), is_staff=True) == made
    for order_id, user_id in ((made.pk, uuid4()), (uuid4(), owner)):
        with pytest.raises(UnknownOrder):
            lifecycle.find(order_id, user_id=user_id, is_staff=False)


def test_the_stock_of_a_cancelled_order_comes_back_at_once_and_once(shop, buyer):
    lamp = shop.sells("LAMP")
    order = buyer.order({lamp: 4})

    for _ in range(3):
        answer = buyer.post(f"{order['Location']}cancel/")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
        assert shop.stock.quantity == {lamp: 10}

    worker_catches_up()
    assert shop.inventory.told == ["PUT", "DELETE"]
    shop.check()


LOST = [
    neighbours.resets,
    neighbours.carried_out_then_lost,
    problem(503, "service_unavailable"),
    neighbours.reply(200, b"{}"),
]


@pytest.mark.parametrize("step", LOST, ids=["reset", "done and lost", "503", "nonsense"])
def test_cancelling_while_inventory_is_down_is_200_and_the_worker_gives_the_stock_back_once(
    shop, buyer, step
):
    lamp = shop.sells("LAMP")
    order = buyer.order({lamp: 4})
    shop.inventory.then(step)

    answer = buyer.post(f"{order['Location']}cancel/")

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert StockTask.objects.get().verb == "release"
    assert buyer.post(f"{order['Location']}cancel/").status_code == 200
    for _ in range(3):
        worker_catches_up()
    assert shop.stock.quantity == {lamp: 10}
    assert shop.inventory.told == ["PUT", "DELETE", "DELETE"]
    shop.check()


@pytest.mark.parametrize("step", LOST, ids=["reset", "done and lost", "503", "nonsense"])
def test_shipping_while_inventory_is_down_is_200_and_the_worker_takes_the_units_out_once(
    shop, staff, step
):
    lamp = shop.sells("LAMP")
    order = staff.order({lamp: 4})
    shop.inventory.then(step)

    assert staff.post(f"{order['Location']}ship/").status_code == 200
    assert staff.post(f"{order['Location']}deliver/").json()["status"] == "delivered"
    assert StockTask.objects.get().verb == "fulfil"
    for _ in range(3):
        worker_catches_up()

    assert (shop.stock.quantity, shop.stock.units(lamp), shop.stock.units(lamp, "fulfilled")) == (
        {lamp: 6},
        0,
        4,
    )
    shop.check()


def test_a_hanging_inventory_does_not_keep_who_cancels_for_long(shop, buyer, hasty, monkeypatch):
    monkeypatch.setattr(lifecycle.recovery.carry_out, "__kwdefaults__", {"within": 0.1})
    order = buyer.order({shop.sells("LAMP"): 1})
    shop.inventory.always(neighbours.hangs)

    assert buyer.post(f"{order['Location']}cancel/").json()["status"] == "cancelled"


def test_a_change_is_one_statement(shop, order, django_assert_num_queries):
    made = order("shipped")

    with django_assert_num_queries(2):  # and one that reads
        lifecycle.deliver(made, actor=uuid4())


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.mark.parametrize("number", range(6))
    def test_of_cancel_and_ship_one_wins(self, shop, number):
        lamp, staff = shop.sells("LAMP"), JSONClient("staff")
        order = staff.order({lamp: 4})

        answers = at_once(
            *[
                lambda verb=verb: staff.post(f"{order['Location']}{verb}/")
                for verb in ("cancel", "ship")
            ]
        )

        statuses = [answer.status_code for answer in answers]
        assert statuses in ([200, 409], [409, 200])
        assert answers[statuses.index(409)].json()["code"] == "invalid_transition"
        won = Order.objects.get().status
        assert won == ("cancelled" if statuses[0] == 200 else "shipped")
        assert list(Event.objects.values_list("type", flat=True).order_by("id")) == ["placed", won]
        worker_catches_up()
        assert shop.stock.quantity == {lamp: 10 if won == "cancelled" else 6}
        shop.check()

    def test_of_many_who_cancel_all_have_cancelled_and_the_stock_comes_back_once(self, shop):
        lamp, buyer = shop.sells("LAMP"), JSONClient("customer")
        order = buyer.order({lamp: 4})
        shop.inventory.then(neighbours.carried_out_then_lost)

        answers = at_once(
            *[lambda: buyer.post(f"{order['Location']}cancel/")] * 8, worker_catches_up
        )[:-1]

        assert {(answer.status_code, answer.json()["status"]) for answer in answers} == {
            (200, "cancelled")
        }
        assert list(Event.objects.values_list("type", flat=True).order_by("id")) == [
            "placed",
            "cancelled",
        ]
        worker_catches_up()
        assert shop.stock.quantity == {lamp: 10}
        shop.check()
