"""The process dies between any two steps, answers are lost, and requests arrive late: nothing may be lost or left hanging."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import neighbours
import pytest
from conftest import JSONClient, worker_catches_up

from orders.models import Attempt, Order, StockTask
from orders.services import attempts, lifecycle, placement, recovery

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """Nothing of ours catches this: after it no line of the process runs."""


@pytest.fixture
def dies(monkeypatch):
    """`dies(attempts, "complete", "before")`: the process ends before (or after) that step is taken the n-th time."""

    def patch(module: Any, step: str, when: str, time: int = 1) -> None:
        work: Callable = getattr(module, step)
        times = []

        def step_of_a_dying_process(*args: Any, **kwargs: Any) -> Any:
            times.append(1)
            if len(times) == time and when == "before":
                raise Killed
            result = work(*args, **kwargs)
            if len(times) == time:
                raise Killed
            return result

        monkeypatch.setattr(module, step, step_of_a_dying_process)

    return patch


PLACED = [
    (attempts, "claim", "after"),
    (placement, "_copy_address", "before"),
    (placement, "_copy_address", "after"),
    (placement, "_find_products", "before"),
    (placement, "_find_products", "after"),
    (placement, "_draw_up", "after"),
    (placement, "_reserve", "before"),
    (placement, "_reserve", "after"),
    (attempts, "complete", "before"),
    (attempts, "complete", "after"),
]
UNDONE = [
    (attempts, "abort", "before"),
    (attempts, "abort", "after"),
    (recovery, "undo", "before"),
    (recovery, "undo", "after"),
    (attempts, "abort_done", "before"),
    (attempts, "abort_done", "after"),
]


def name(step) -> str:
    return f"{step[2]} {step[1]}"


def then_the_worker_cleans_up_and_a_retry_works(shop, buyer, lamp, status: int = 201) -> None:
    worker_catches_up()
    shop.check()
    answer = buyer.order({lamp: 3}, key="k")
    assert answer.status_code == status
    assert buyer.order({lamp: 3}, key="k").content == answer.content
    assert Order.objects.count() == (status == 201)
    assert shop.stock.units(lamp) == 3 * Order.objects.count()
    worker_catches_up()
    shop.check()


@pytest.mark.parametrize("step", PLACED, ids=name)
def test_the_process_dies_while_it_places_an_order(shop, buyer, dies, step):
    lamp = shop.sells("LAMP")
    dies(*step)

    with pytest.raises(Killed):
        buyer.order({lamp: 3}, key="k")

    then_the_worker_cleans_up_and_a_retry_works(shop, buyer, lamp)


@pytest.mark.parametrize("step", PLACED, ids=name)
def test_the_process_dies_while_it_places_an_order_and_nobody_asks_again(shop, buyer, dies, step):
    lamp = shop.sells("LAMP")
    dies(*step)

    with pytest.raises(Killed):
        buyer.order({lamp: 3})

    worker_catches_up()
    assert Order.objects.count() == (name(step) == "after complete")
    assert shop.stock.units(lamp) == 3 * Order.objects.count()
    shop.check()


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_process_dies_while_it_refuses_an_order(shop, buyer, dies, when):
    lamp = shop.sells("LAMP", quantity=2)
    dies(attempts, "refuse", when)

    with pytest.raises(Killed):
        buyer.order({lamp: 3}, key="k")

    shop.stock.receive(lamp, 1)  # a refusal that was not written down is decided anew
    then_the_worker_cleans_up_and_a_retry_works(shop, buyer, lamp, 409 if when == "after" else 201)


@pytest.mark.parametrize(
    "lost", [neighbours.resets, neighbours.carried_out_then_lost], ids=["lost", "done and lost"]
)
@pytest.mark.parametrize("step", UNDONE, ids=name)
def test_the_process_dies_while_it_gives_an_order_up(shop, buyer, dies, step, lost):
    lamp = shop.sells("LAMP")
    shop.inventory.then(lost, lost)
    dies(*step)

    with pytest.raises(Killed):
        buyer.order({lamp: 3}, key="k")

    then_the_worker_cleans_up_and_a_retry_works(shop, buyer, lamp)


@pytest.mark.parametrize(
    "step", [*UNDONE[2:], (attempts, "claim", "after", 2), *PLACED[1:]], ids=name
)
def test_the_process_dies_while_it_starts_over(shop, buyer, dies, step):
    lamp = shop.sells("LAMP")
    shop.inventory.then(
        neighbours.carried_out_then_lost, neighbours.carried_out_then_lost, neighbours.resets
    )
    assert buyer.order({lamp: 3}, key="k").status_code == 503
    assert Attempt.objects.get().state == "aborting"
    dies(*step)

    with pytest.raises(Killed):
        buyer.order({lamp: 3}, key="k")

    then_the_worker_cleans_up_and_a_retry_works(shop, buyer, lamp)


@pytest.mark.parametrize(
    "step",
    [(attempts, "expire", "after"), (attempts, "take_aborting", "after"), *UNDONE[2:]],
    ids=name,
)
def test_the_worker_dies_while_it_cleans_up(shop, buyer, dies, step):
    lamp = shop.sells("LAMP")
    shop.inventory.then(
        neighbours.carried_out_then_lost, neighbours.carried_out_then_lost, neighbours.resets
    )
    buyer.order({lamp: 3}, key="k")
    dies(*step)

    with pytest.raises(Killed):
        worker_catches_up()

    then_the_worker_cleans_up_and_a_retry_works(shop, buyer, lamp)


@pytest.mark.parametrize("verb", ["cancel", "ship"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "step", [(recovery, "carry_out"), (StockTask.objects, "filter")], ids=["told", "noted"]
)
def test_the_process_dies_while_it_changes_an_order(shop, staff, dies, verb, step, when):
    lamp = shop.sells("LAMP")
    order = staff.order({lamp: 3})
    dies(*step, when)
    with pytest.raises(Killed):
        staff.post(f"{order['Location']}{verb}/")
    assert StockTask.objects.exists() is not (name((*step, when)) == "after carry_out")

    worker_catches_up()

    shop.check()
    assert (shop.stock.quantity[lamp], shop.stock.units(lamp)) == (
        {"cancel": 10, "ship": 7}[verb],
        0,
    )
    assert Order.objects.get().status == {"cancel": "cancelled", "ship": "shipped"}[verb]


def test_a_put_that_arrives_after_all_is_over_holds_nothing(shop, buyer):
    lamp = shop.sells("LAMP")
    shop.inventory.then(neighbours.later, neighbours.later)
    assert buyer.order({lamp: 3}, key="k").status_code == 503

    assert shop.inventory.deliver() == [409, 409]
    assert shop.stock.quantity == {lamp: 10}
    then_the_worker_cleans_up_and_a_retry_works(shop, buyer, lamp)


def test_a_put_that_arrives_between_the_failure_and_the_worker_is_given_back(shop, buyer):
    lamp = shop.sells("LAMP")
    shop.inventory.then(neighbours.later, neighbours.later, neighbours.resets)
    assert buyer.order({lamp: 3}, key="k").status_code == 503

    assert shop.inventory.deliver() == [201, 200]
    assert shop.stock.quantity == {lamp: 7}
    then_the_worker_cleans_up_and_a_retry_works(shop, buyer, lamp)


@pytest.mark.parametrize("times", [1, 3])
def test_a_put_that_is_delivered_again_after_its_refusal_holds_nothing(shop, buyer, times):
    lamp = shop.sells("LAMP", quantity=2)

    def twice(exchange):
        exchange.neighbour.late += [exchange.call] * times
        neighbours.as_usual(exchange)

    shop.inventory.then(twice)
    assert buyer.order({lamp: 3}).status_code == 409
    shop.stock.receive(lamp, 10)

    assert shop.inventory.deliver() == [409] * times
    shop.check()


def test_a_put_that_is_delivered_again_after_the_order_was_placed_or_cancelled_changes_nothing(
    shop, buyer
):
    lamp = shop.sells("LAMP")

    def twice(exchange):
        exchange.neighbour.late += [exchange.call] * 2
        neighbours.as_usual(exchange)

    shop.inventory.then(twice)
    order = buyer.order({lamp: 3})
    first, second = shop.inventory.late
    shop.inventory.late = [first]
    assert shop.inventory.deliver() == [200]
    shop.check()

    buyer.post(f"{order['Location']}cancel/")
    shop.inventory.late = [second]
    assert shop.inventory.deliver() == [409]
    shop.check()


TROUBLE = [
    neighbours.resets,
    neighbours.closes,
    neighbours.later,
    neighbours.carried_out_then_lost,
    neighbours.cut_in_half,
    neighbours.problem(503, "service_unavailable"),
]
MORTAL = [
    (placement, "_reserve"),
    (attempts, "complete"),
    (attempts, "abort"),
    (recovery, "undo"),
    (recovery, "carry_out"),
]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_in_whatever_order(shop, patient, seed):
    """Buyers with keys, trouble on every call, deaths at every step, late deliveries, cancels, a worker now and then."""
    dice = random.Random(seed)
    lamp, chair = shop.sells("LAMP", quantity=6), shop.sells("CHAIR", quantity=4)
    shop.inventory.always(
        lambda exchange: dice.choice([neighbours.as_usual] * 6 + TROUBLE)(exchange)
    )
    shop.product.always(
        lambda exchange: dice.choice([neighbours.as_usual] * 9 + [neighbours.resets])(exchange)
    )
    wishes = [
        (JSONClient("customer"), str(key), {lamp: dice.randint(1, 2), chair: dice.randint(1, 2)})
        for key in range(6)
    ]
    answered: dict[str, Any] = {}

    def orders(wish) -> None:
        buyer, key, items = wish
        answer = buyer.order(items, key=key)
        if answer.status_code == 201 or answer.json()["code"] == "insufficient_stock":
            assert answered.setdefault(key, answer.content) == answer.content
        else:
            assert answer.status_code in (503, 409)
            assert key not in answered

    def cancels() -> None:
        if order := Order.objects.order_by("?").first():
            lifecycle.cancel(order, actor=order.user_id)

    with pytest.MonkeyPatch.context() as patch:
        for module, step in MORTAL:
            patch.setattr(module, step, mortal(getattr(module, step), dice))
        for _ in range(60):
            with suppress(Killed, recovery.NeighbourAway):
                dice.choices(
                    [
                        lambda: orders(dice.choice(wishes)),
                        worker_catches_up,
                        shop.inventory.deliver,
                        cancels,
                    ],
                    [6, 2, 1, 1],
                )[0]()
    shop.inventory.always(neighbours.as_usual)
    shop.product.always(neighbours.as_usual)
    for wish in wishes:
        worker_catches_up()
        shop.inventory.deliver()
        orders(wish)
    assert answered.keys() == {key for _, key, _ in wishes}
    assert Order.objects.count() == Attempt.objects.filter(state="completed").count()
    shop.check()


def mortal(work: Callable, dice: random.Random) -> Callable:
    def step(*args: Any, **kwargs: Any) -> Any:
        if dice.random() < 0.06:
            raise Killed
        result = work(*args, **kwargs)
        if dice.random() < 0.06:
            raise Killed
        return result

    return step
