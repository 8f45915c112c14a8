"""Crashes at every step, lost responses and late requests lose and leak nothing."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import fake_servers
import pytest
from api_client import JSONClient
from shop import run_worker_until_idle

from orders.errors import DependencyUnavailable
from orders.models import Attempt, Order, OutboxMessage
from orders.services import compensation, order_attempts, outbox, place_order, transitions

pytestmark = pytest.mark.django_db


class Crash(BaseException):
    """A BaseException, so that no handler runs: the process ends here."""


@pytest.fixture
def crash_at(monkeypatch):
    """`crash_at(order_attempts, "complete", "before")`: crash before the n-th call of that step."""

    def patch(module: Any, step: str, when: str, time: int = 1) -> None:
        work: Callable = getattr(module, step)
        times = []

        def crashing_step(*args: Any, **kwargs: Any) -> Any:
            times.append(1)
            if len(times) == time and when == "before":
                raise Crash
            result = work(*args, **kwargs)
            if len(times) == time:
                raise Crash
            return result

        monkeypatch.setattr(module, step, crashing_step)

    return patch


PLACE_STEPS = [
    (order_attempts, "claim", "after"),
    (place_order, "copy_address", "before"),
    (place_order, "copy_address", "after"),
    (place_order, "find_products", "before"),
    (place_order, "find_products", "after"),
    (place_order, "build_order", "after"),
    (place_order, "reserve_stock", "before"),
    (place_order, "reserve_stock", "after"),
    (order_attempts, "complete", "before"),
    (order_attempts, "complete", "after"),
]
ABORT_STEPS = [
    (order_attempts, "abort", "before"),
    (order_attempts, "abort", "after"),
    (compensation, "compensate", "before"),
    (compensation, "compensate", "after"),
    (order_attempts, "mark_aborted", "before"),
    (order_attempts, "mark_aborted", "after"),
]


def name(step) -> str:
    return f"{step[2]} {step[1]}"


def assert_compensated_and_retry_works(shop, buyer, lamp, status: int = 201) -> None:
    run_worker_until_idle()
    shop.check()
    response = buyer.order({lamp: 3}, key="k")
    assert response.status_code == status
    assert buyer.order({lamp: 3}, key="k").content == response.content
    assert Order.objects.count() == (status == 201)
    assert shop.stock.units(lamp) == 3 * Order.objects.count()
    run_worker_until_idle()
    shop.check()


@pytest.mark.parametrize("step", PLACE_STEPS, ids=name)
def test_crash_while_placing_an_order_is_compensated(shop, buyer, crash_at, step):
    lamp = shop.sells("LAMP")
    crash_at(*step)

    with pytest.raises(Crash):
        buyer.order({lamp: 3}, key="k")

    assert_compensated_and_retry_works(shop, buyer, lamp)


@pytest.mark.parametrize("step", PLACE_STEPS, ids=name)
def test_crash_without_a_client_retry_is_compensated(shop, buyer, crash_at, step):
    lamp = shop.sells("LAMP")
    crash_at(*step)

    with pytest.raises(Crash):
        buyer.order({lamp: 3})

    run_worker_until_idle()
    assert Order.objects.count() == (name(step) == "after complete")
    assert shop.stock.units(lamp) == 3 * Order.objects.count()
    shop.check()


@pytest.mark.parametrize("when", ["before", "after"])
def test_crash_while_rejecting_an_order(shop, buyer, crash_at, when):
    lamp = shop.sells("LAMP", quantity=2)
    crash_at(order_attempts, "reject", when)

    with pytest.raises(Crash):
        buyer.order({lamp: 3}, key="k")

    shop.stock.receive(lamp, 1)  # a rejection that was not stored is decided again
    assert_compensated_and_retry_works(shop, buyer, lamp, 409 if when == "after" else 201)


@pytest.mark.parametrize(
    "lost",
    [fake_servers.resets, fake_servers.handled_then_reset],
    ids=["lost", "executed and lost"],
)
@pytest.mark.parametrize("step", ABORT_STEPS, ids=name)
def test_crash_while_aborting_an_attempt(shop, buyer, crash_at, step, lost):
    lamp = shop.sells("LAMP")
    shop.inventory.then(lost, lost)
    crash_at(*step)

    with pytest.raises(Crash):
        buyer.order({lamp: 3}, key="k")

    assert_compensated_and_retry_works(shop, buyer, lamp)


@pytest.mark.parametrize(
    "step", [*ABORT_STEPS[2:], (order_attempts, "claim", "after", 2), *PLACE_STEPS[1:]], ids=name
)
def test_crash_while_restarting_an_attempt(shop, buyer, crash_at, step):
    lamp = shop.sells("LAMP")
    shop.inventory.then(
        fake_servers.handled_then_reset, fake_servers.handled_then_reset, fake_servers.resets
    )
    assert buyer.order({lamp: 3}, key="k").status_code == 503
    assert Attempt.objects.get().state == "aborting"
    crash_at(*step)

    with pytest.raises(Crash):
        buyer.order({lamp: 3}, key="k")

    assert_compensated_and_retry_works(shop, buyer, lamp)


@pytest.mark.parametrize(
    "step",
    [
        (order_attempts, "expire", "after"),
        (order_attempts, "lease_aborting", "after"),
        *ABORT_STEPS[2:],
    ],
    ids=name,
)
def test_worker_crash_during_compensation(shop, buyer, crash_at, step):
    lamp = shop.sells("LAMP")
    shop.inventory.then(
        fake_servers.handled_then_reset, fake_servers.handled_then_reset, fake_servers.resets
    )
    buyer.order({lamp: 3}, key="k")
    crash_at(*step)

    with pytest.raises(Crash):
        run_worker_until_idle()

    assert_compensated_and_retry_works(shop, buyer, lamp)


@pytest.mark.parametrize("verb", ["cancel", "ship"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "step", [(outbox, "deliver"), (OutboxMessage.objects, "filter")], ids=["delivery", "deletion"]
)
def test_crash_during_outbox_delivery(shop, staff, crash_at, verb, step, when):
    lamp = shop.sells("LAMP")
    order = staff.order({lamp: 3})
    crash_at(*step, when)
    with pytest.raises(Crash):
        staff.post(f"{order['Location']}{verb}/")
    assert OutboxMessage.objects.exists() is not (name((*step, when)) == "after deliver")

    run_worker_until_idle()

    shop.check()
    assert (shop.stock.quantity[lamp], shop.stock.units(lamp)) == (
        {"cancel": 10, "ship": 7}[verb],
        0,
    )
    assert Order.objects.get().status == {"cancel": "cancelled", "ship": "shipped"}[verb]


def test_late_put_after_the_compensation_is_rejected(shop, buyer):
    lamp = shop.sells("LAMP")
    shop.inventory.then(fake_servers.delays, fake_servers.delays)
    assert buyer.order({lamp: 3}, key="k").status_code == 503

    assert shop.inventory.deliver_delayed() == [409, 409]
    assert shop.stock.quantity == {lamp: 10}
    assert_compensated_and_retry_works(shop, buyer, lamp)


def test_late_put_before_the_compensation_is_released(shop, buyer):
    lamp = shop.sells("LAMP")
    shop.inventory.then(fake_servers.delays, fake_servers.delays, fake_servers.resets)
    assert buyer.order({lamp: 3}, key="k").status_code == 503

    assert shop.inventory.deliver_delayed() == [201, 200]
    assert shop.stock.quantity == {lamp: 7}
    assert_compensated_and_retry_works(shop, buyer, lamp)


@pytest.mark.parametrize("times", [1, 3])
def test_duplicate_put_after_a_shortage_is_rejected(shop, buyer, times):
    lamp = shop.sells("LAMP", quantity=2)

    def twice(exchange):
        exchange.server.delayed_calls += [exchange.call] * times
        fake_servers.succeeds(exchange)

    shop.inventory.then(twice)
    assert buyer.order({lamp: 3}).status_code == 409
    shop.stock.receive(lamp, 10)

    assert shop.inventory.deliver_delayed() == [409] * times
    shop.check()


def test_duplicate_put_after_placing_or_cancelling_changes_nothing(shop, buyer):
    lamp = shop.sells("LAMP")

    def twice(exchange):
        exchange.server.delayed_calls += [exchange.call] * 2
        fake_servers.succeeds(exchange)

    shop.inventory.then(twice)
    order = buyer.order({lamp: 3})
    first, second = shop.inventory.delayed_calls
    shop.inventory.delayed_calls = [first]
    assert shop.inventory.deliver_delayed() == [200]
    shop.check()

    buyer.post(f"{order['Location']}cancel/")
    shop.inventory.delayed_calls = [second]
    assert shop.inventory.deliver_delayed() == [409]
    shop.check()


FAULTS = [
    fake_servers.resets,
    fake_servers.closes,
    fake_servers.delays,
    fake_servers.handled_then_reset,
    fake_servers.truncates,
    fake_servers.problem(503, "service_unavailable"),
]
CRASHING_STEPS = [
    (place_order, "reserve_stock"),
    (order_attempts, "complete"),
    (order_attempts, "abort"),
    (compensation, "compensate"),
    (outbox, "deliver"),
]


@pytest.mark.parametrize("seed", range(12))
def test_random_faults_and_crashes_lose_nothing(shop, closed_circuit_breaker, seed):
    """Random requests, faults, crashes, late deliveries, cancels and worker runs."""
    rng = random.Random(seed)
    lamp, chair = shop.sells("LAMP", quantity=6), shop.sells("CHAIR", quantity=4)
    shop.inventory.always(
        lambda exchange: rng.choice([fake_servers.succeeds] * 6 + FAULTS)(exchange)
    )
    shop.product.always(
        lambda exchange: rng.choice([fake_servers.succeeds] * 9 + [fake_servers.resets])(exchange)
    )
    carts = [
        (JSONClient("customer"), str(key), {lamp: rng.randint(1, 2), chair: rng.randint(1, 2)})
        for key in range(6)
    ]
    final_responses: dict[str, Any] = {}

    def orders(cart) -> None:
        buyer, key, items = cart
        response = buyer.order(items, key=key)
        if response.status_code == 201 or response.json()["code"] == "insufficient_stock":
            assert final_responses.setdefault(key, response.content) == response.content
        else:
            assert response.status_code in (503, 409)
            assert key not in final_responses

    def cancels() -> None:
        if order := Order.objects.order_by("?").first():
            transitions.cancel(order, actor=order.user_id)

    with pytest.MonkeyPatch.context() as patch:
        for module, step in CRASHING_STEPS:
            patch.setattr(module, step, crashing(getattr(module, step), rng))
        for _ in range(60):
            with suppress(Crash, DependencyUnavailable):
                rng.choices(
                    [
                        lambda: orders(rng.choice(carts)),
                        run_worker_until_idle,
                        shop.inventory.deliver_delayed,
                        cancels,
                    ],
                    [6, 2, 1, 1],
                )[0]()
    shop.inventory.always(fake_servers.succeeds)
    shop.product.always(fake_servers.succeeds)
    for cart in carts:
        run_worker_until_idle()
        shop.inventory.deliver_delayed()
        orders(cart)
    assert final_responses.keys() == {key for _, key, _ in carts}
    assert Order.objects.count() == Attempt.objects.filter(state="completed").count()
    shop.check()


def crashing(work: Callable, rng: random.Random) -> Callable:
    def step(*args: Any, **kwargs: Any) -> Any:
        if rng.random() < 0.06:
            raise Crash
        result = work(*args, **kwargs)
        if rng.random() < 0.06:
            raise Crash
        return result

    return step
