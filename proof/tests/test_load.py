"""Good clients, and what they note of the answers that they get."""

from collections.abc import Iterator

import pytest

from local_stack import ports
from proof import client as client_module
from proof.books import Books
from proof.client import Client
from proof.load import Load, Turn, Where
from proof.proxy import Proxy
from proof.spoiled import reset_after
from proof.tally import Placed, Tally
from proof.tests.service import Service, ok, problem, served
from proof.wishes import Goods, wish

GOODS = Goods("lamp", "chair", "vase")
BUSY = problem(409, "request_in_progress", Retry_After="2")
AWAY = problem(503, "service_unavailable", Retry_After="1")


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def port(service: Service) -> Iterator[int]:
    with served(service) as port:
        yield port


@pytest.fixture
def slept(monkeypatch):
    pauses = []
    monkeypatch.setattr(client_module.time, "sleep", pauses.append)
    return pauses


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def client(port, tally, slept) -> Iterator[Client]:
    made = Client(f"http://127.0.0.1:{port}", "token", tally, lambda: True)
    yield made
    made.close()


@pytest.fixture
def turn(client, tally):
    load = Load(Where("", "", [], ""), GOODS)
    load.tally = tally
    return Turn(load, client, client, 3)


def placed(number=0, status="confirmed"):
    basket, _, _ = wish(GOODS, number)
    items = [{"product_id": product_id, "quantity": units} for product_id, units in basket.items()]
    return ok({"id": "order-1", "status": status, "items": items}, 201)


def test_a_client_repeats_its_key_until_the_answer_is_definitive_and_waits_as_told(client, service, tally, slept):
    service.answers(AWAY, BUSY, AWAY, placed())

    assert client.ask("POST", "/api/orders/", {}, "key").status_code == 201
    assert slept == [1.0, 2.0, 1.0]
    assert (client.tries, tally.requests, tally.unavailable, tally.wrong) == (4, 4, 3 - 1, [])
    assert {headers["Idempotency-Key"] for headers in service.headers} == {"key"}
    assert {headers["Authorization"] for headers in service.headers} == {"Bearer token"}


def test_a_broken_connection_is_tried_again(service, port, tally, slept):
    service.answers(placed())
    with Proxy(ports.free()["user"]) as proxy:
        proxy.upstream = port
        proxy.spoil(reset_after, every=2)
        client = Client(f"http://127.0.0.1:{proxy.port}", "token", tally, lambda: True)
        assert [client.ask("POST", "/", {}, "key").status_code for _ in range(3)] == [201] * 3
        client.close()
    assert tally.broken == 2


def test_a_503_without_retry_after_or_of_another_kind_is_wrong(client, service, tally):
    service.answers(problem(503, "service_unavailable"), (503, "<html>", {"Retry-After": "1"}), placed())

    client.ask("POST", "/", {}, "key")

    assert len(tally.wrong) == 2
    assert tally.wrong[0] == "a 503 without a Retry-After in seconds"


def test_a_gateway_may_say_that_the_connection_behind_it_broke(service, port, tally, slept):
    service.answers(problem(502, "service_unavailable"), placed())
    for behind_gateway, status in ((False, 502), (True, 201)):
        client = Client(f"http://127.0.0.1:{port}", "token", tally, lambda: True, behind_gateway)
        assert client.ask("POST", "/", {}, "key").status_code == status
        service.answers(problem(502, "service_unavailable"), placed())
        client.close()
    assert tally.broken == 1


def test_a_client_gives_up_when_the_time_is_over(service, port, tally, slept):
    service.answers(AWAY)
    client = Client(f"http://127.0.0.1:{port}", "token", tally, lambda: len(slept) < 3)

    assert client.ask("POST", "/", {}, "key") is None
    assert tally.unavailable == 4
    client.close()


def test_a_placed_order_is_noted_under_its_key(turn, service, tally):
    service.answers(placed())

    turn.order(0)

    assert [(order.id, order.basket, order.status, order.buyer) for order in tally.placed.values()] == [
        ("order-1", {"lamp": 1}, "confirmed", 3)
    ]


def test_a_key_in_progress_is_put_aside_and_decided_at_the_end(turn, service, tally):
    service.answers(BUSY)
    turn.order(0)
    assert (tally.decided, tally.undecided) == (0, [])

    service.answers(BUSY, placed())
    turn.finish()

    assert len(tally.placed) == 1
    assert len({headers["Idempotency-Key"] for headers in service.headers}) == 1


@pytest.mark.parametrize(
    ("number", "status", "code"), [(2, 409, "insufficient_stock"), (5, 422, "product_not_found"), (8, 409, "price_changed")]
)
def test_a_refusal_that_makes_sense_is_noted(turn, service, tally, number, status, code):
    service.answers(problem(status, code))

    turn.order(number)

    assert [(refused.status, refused.code) for refused in tally.refused.values()] == [(status, code)]
    assert tally.wrong == []


@pytest.mark.parametrize(
    "answer",
    [
        problem(500, "internal_error"),
        problem(409, "insufficient_stock"),
        problem(400, "invalid"),
        placed(3),
        placed(status="shipped"),
    ],
)
def test_an_answer_that_nobody_should_get_is_wrong(turn, service, tally, answer):
    """Of an order of one lamp, of which there are plenty."""
    service.answers(answer)

    turn.order(0)

    assert len(tally.wrong) == 1


def test_an_order_that_is_cancelled_or_shipped_is_so_in_the_books(turn, service, tally):
    order = Placed("order-1", {"lamp": 1}, 0, {}, 1)
    service.answers(AWAY, ok({"status": "cancelled"}))
    turn.move(order, "cancel", "cancelled")
    assert order.status == "cancelled"
    service.answers(AWAY, problem(409, "invalid_transition"))
    turn.move(order, "ship", "shipped")
    assert order.status == "shipped"
    service.answers(problem(409, "invalid_transition"))
    turn.move(order, "ship", "shipped")
    turn.move(order, "cancel", "cancelled")
    assert len(tally.wrong) == 2


class Shelves:
    """The staff's view of a system."""

    def __init__(self, amounts, orders):
        self.found, self.listed = amounts, orders

    def amounts(self, product_ids):
        return self.found

    def orders(self, since):
        return iter(self.listed)


def listed(order_id, status, **units):
    return {"id": order_id, "status": status, "items": [{"product_id": name, "quantity": number} for name, number in units.items()]}


@pytest.fixture
def books(tally):
    """Three orders of ten lamps and ten chairs; two lamps came in meanwhile."""
    tally.placed = {
        "a": Placed("1", {"lamp": 1, "chair": 2}, 0, {}, 1),
        "b": Placed("2", {"lamp": 3}, 0, {}, 1, "cancelled"),
        "c": Placed("3", {"lamp": 2}, 0, {}, 1, "shipped"),
    }
    tally.received["lamp"] = 2
    amounts = {"lamp": (9, 1), "chair": (8, 2), "vase": (0, 0)}
    orders = [
        listed("1", "confirmed", lamp=1, chair=2),
        listed("2", "cancelled", lamp=3),
        listed("3", "shipped", lamp=2),
        listed("9", "confirmed", desk=1),
    ]
    return Books(Shelves(amounts, orders), GOODS, {"lamp": 10, "chair": 10, "vase": 0}, "", tally)


def test_books_that_agree_with_what_clients_were_told(books):
    assert books.settle(until=0) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda shelves: shelves.found.update(lamp=(8, 1)), "product lamp has (8, 1) instead of quantity, reserved (9, 1)"),
        (lambda shelves: shelves.found.update(chair=(6, 4)), "product chair has (6, 4) instead of quantity, reserved (8, 2)"),
        (lambda shelves: shelves.found.pop("vase"), "product vase has None instead of quantity, reserved (0, 0)"),
        (lambda shelves: shelves.listed.pop(0), "LOST: order 1, which a client has a 201 for, is not there"),
        (
            lambda shelves: shelves.listed.append(listed("4", "confirmed", lamp=1)),
            "order 4 is there, and no client has a 201 for it",
        ),
        (
            lambda shelves: shelves.listed.__setitem__(1, listed("2", "confirmed", lamp=3)),
            "order 2 is confirmed with {'lamp': 3} instead of cancelled with {'lamp': 3}",
        ),
    ],
)
def test_books_that_do_not_agree(books, change, words):
    change(books._staff)
    assert books.settle(until=0) == [words]


def test_one_order_for_two_keys_is_found(books, tally):
    tally.placed["d"] = tally.placed["a"]
    assert "two keys have been given the same order" in books.settle(until=0)


def test_every_wish_makes_sense():
    for number in range(11):
        basket, facts, refusals = wish(GOODS, number)
        assert all(units > 0 for units in basket.values())
        assert bool(facts) == (refusals == {"price_changed"})
