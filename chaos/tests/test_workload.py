"""Retrying clients, the orders of a buyer, and reconciliation."""

from collections.abc import Iterator

import pytest

from chaos.client_stats import ClientStats, PlacedOrder
from chaos.fault_proxy import FaultProxy
from chaos.http_faults import reset_after
from chaos.order_scenarios import Products, order_scenario
from chaos.reconciliation import Reconciliation
from chaos.retrying_client import RetryingClient
from chaos.tests.scripted_service import ScriptedService, ok, problem
from chaos.workload import Buyer, Endpoints, Workload
from local_stack import ports
from local_stack.fake_server import serve
from local_stack.shop_client import Stock, User, order_body

BUYER = User("", "", "token")
PRODUCTS = Products("lamp", "chair", "vase")
IN_PROGRESS = problem(409, "request_in_progress", Retry_After="2")
UNAVAILABLE = problem(503, "service_unavailable", Retry_After="1")


@pytest.fixture
def service() -> ScriptedService:
    return ScriptedService()


@pytest.fixture
def port(service: ScriptedService) -> Iterator[int]:
    with serve(service.handle) as port:
        yield port


@pytest.fixture
def slept(monkeypatch):
    pauses: list[float] = []
    monkeypatch.setattr("chaos.retrying_client.time.sleep", pauses.append)
    return pauses


@pytest.fixture
def stats() -> ClientStats:
    return ClientStats()


@pytest.fixture
def client(port, stats, slept) -> Iterator[RetryingClient]:
    made = RetryingClient(f"http://127.0.0.1:{port}", BUYER, stats, lambda: True)
    yield made
    made.close()


@pytest.fixture
def buyer(client, stats):
    workload = Workload(Endpoints("", "", [], BUYER), PRODUCTS)
    workload.stats = stats
    return Buyer(workload, client, client, 3)


def placed(number=0, status="confirmed"):
    basket = order_scenario(PRODUCTS, number).basket
    return ok({"id": "order-1", "status": status} | order_body(basket), 201)


def test_a_client_retries_with_its_key_and_honours_retry_after(client, service, stats, slept):
    service.respond_with(UNAVAILABLE, IN_PROGRESS, UNAVAILABLE, placed())

    assert client.send("POST", "/api/orders/", {}, "key").status_code == 201
    assert slept == [1.0, 2.0, 1.0]
    assert (client.tries, stats.requests, stats.unavailable, stats.unexpected) == (4, 4, 2, [])
    assert {headers["Idempotency-Key"] for headers in service.headers} == {"key"}
    assert {headers["Authorization"] for headers in service.headers} == {"Bearer token"}


def test_a_broken_connection_is_retried(service, port, stats, slept):
    service.respond_with(placed())
    with FaultProxy(ports.free()["user"]) as proxy:
        proxy.upstream = port
        proxy.inject_fault(reset_after, every=2)
        client = RetryingClient(f"http://127.0.0.1:{proxy.port}", BUYER, stats, lambda: True)
        assert [client.send("POST", "/", {}, "key").status_code for _ in range(3)] == [201] * 3
        client.close()
    assert stats.connection_errors == 2


def test_a_503_without_retry_after_or_with_another_code_is_unexpected(client, service, stats):
    service.respond_with(
        problem(503, "service_unavailable"), (503, "<html>", {"Retry-After": "1"}), placed()
    )

    client.send("POST", "/", {}, "key")

    assert len(stats.unexpected) == 2
    assert stats.unexpected[0] == "a 503 without a Retry-After in seconds"


def test_a_502_of_a_gateway_is_retried(service, port, stats, slept):
    service.respond_with(problem(502, "service_unavailable"), placed())
    for behind_gateway, status in ((False, 502), (True, 201)):
        client = RetryingClient(
            f"http://127.0.0.1:{port}", BUYER, stats, lambda: True, behind_gateway
        )
        assert client.send("POST", "/", {}, "key").status_code == status
        service.respond_with(problem(502, "service_unavailable"), placed())
        client.close()
    assert stats.connection_errors == 1


def test_a_client_gives_up_when_the_time_is_over(service, port, stats, slept):
    service.respond_with(UNAVAILABLE)
    client = RetryingClient(f"http://127.0.0.1:{port}", BUYER, stats, lambda: len(slept) < 3)

    assert client.send("POST", "/", {}, "key") is None
    assert stats.unavailable == 4
    client.close()


def test_a_placed_order_is_recorded_under_its_key(buyer, service, stats):
    service.respond_with(placed())

    buyer.order(0)

    assert [
        (order.id, order.basket, order.status, order.buyer) for order in stats.placed.values()
    ] == [("order-1", {"lamp": 1}, "confirmed", 3)]


def test_a_key_in_progress_is_deferred_and_decided_at_the_end(buyer, service, stats):
    service.respond_with(IN_PROGRESS)
    buyer.order(0)
    assert (stats.decided, stats.unresolved) == (0, [])

    service.respond_with(IN_PROGRESS, placed())
    buyer.finish()

    assert len(stats.placed) == 1
    assert len({headers["Idempotency-Key"] for headers in service.headers}) == 1


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [(2, 409, "insufficient_stock"), (5, 422, "product_not_found"), (8, 409, "price_changed")],
)
def test_a_permitted_error_is_recorded(buyer, service, stats, number, status, code):
    service.respond_with(problem(status, code))

    buyer.order(number)

    assert [(rejected.status, rejected.code) for rejected in stats.rejected.values()] == [
        (status, code)
    ]
    assert stats.unexpected == []


@pytest.mark.parametrize(
    "response",
    [
        problem(500, "internal_error"),
        problem(409, "insufficient_stock"),
        problem(400, "invalid"),
        placed(3),
        placed(status="shipped"),
    ],
)
def test_an_unexpected_response_is_recorded(buyer, service, stats, response):
    """The response to an order of one lamp, which is in stock."""
    service.respond_with(response)

    buyer.order(0)

    assert len(stats.unexpected) == 1


def test_a_cancelled_or_shipped_order_has_the_expected_status(buyer, service, stats):
    order = PlacedOrder("order-1", {"lamp": 1}, 0, {}, 1)
    service.respond_with(UNAVAILABLE, ok({"status": "cancelled"}))
    buyer.move(order, "cancel", "cancelled")
    assert order.status == "cancelled"
    service.respond_with(UNAVAILABLE, problem(409, "invalid_transition"))
    buyer.move(order, "ship", "shipped")
    assert order.status == "shipped"
    service.respond_with(problem(409, "invalid_transition"))
    buyer.move(order, "ship", "shipped")
    buyer.move(order, "cancel", "cancelled")
    assert len(stats.unexpected) == 2


class FakeStaff:
    """The actual state of the system."""

    def __init__(self, levels, rows):
        self.levels, self.rows = levels, rows

    def stock_levels(self, product_ids):
        return self.levels

    def orders(self, since):
        return iter(self.rows)


def order_row(order_id, status, **basket):
    return {"id": order_id, "status": status} | order_body(basket)


@pytest.fixture
def staff():
    levels = {"lamp": Stock(9, 1), "chair": Stock(8, 2), "vase": Stock(0, 0)}
    rows = [
        order_row("1", "confirmed", lamp=1, chair=2),
        order_row("2", "cancelled", lamp=3),
        order_row("3", "shipped", lamp=2),
        order_row("9", "confirmed", desk=1),
    ]
    return FakeStaff(levels, rows)


@pytest.fixture
def reconciliation(staff, stats):
    """Three orders of ten lamps and ten chairs; two lamps were received later."""
    stats.placed = {
        "a": PlacedOrder("1", {"lamp": 1, "chair": 2}, 0, {}, 1),
        "b": PlacedOrder("2", {"lamp": 3}, 0, {}, 1, "cancelled"),
        "c": PlacedOrder("3", {"lamp": 2}, 0, {}, 1, "shipped"),
    }
    stats.received["lamp"] = 2
    return Reconciliation(staff, PRODUCTS, {"lamp": 10, "chair": 10, "vase": 0}, "", stats)


def test_reconciliation_of_a_correct_system_finds_no_difference(reconciliation):
    assert reconciliation.settle(deadline=0) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda staff: staff.levels.update(lamp=Stock(8, 1)),
            "product lamp has (8, 1) instead of quantity, reserved (9, 1)",
        ),
        (
            lambda staff: staff.levels.update(chair=Stock(6, 4)),
            "product chair has (6, 4) instead of quantity, reserved (8, 2)",
        ),
        (
            lambda staff: staff.levels.pop("vase"),
            "product vase has None instead of quantity, reserved (0, 0)",
        ),
        (lambda staff: staff.rows.pop(0), "LOST: order 1, for which a client has a 201"),
        (
            lambda staff: staff.rows.append(order_row("4", "confirmed", lamp=1)),
            "order 4 exists, but no client has a 201 for it",
        ),
        (
            lambda staff: staff.rows.__setitem__(1, order_row("2", "confirmed", lamp=3)),
            "order 2 is confirmed with {'lamp': 3} instead of cancelled with {'lamp': 3}",
        ),
    ],
)
def test_reconciliation_finds_a_difference(reconciliation, staff, change, message):
    change(staff)
    assert reconciliation.settle(deadline=0) == [message]


def test_one_order_for_two_keys_is_found(reconciliation, stats):
    stats.placed["d"] = stats.placed["a"]
    assert "two keys have the same order" in reconciliation.settle(deadline=0)


def test_order_scenarios_are_consistent():
    for number in range(11):
        scenario = order_scenario(PRODUCTS, number)
        assert all(units > 0 for units in scenario.basket.values())
        assert bool(scenario.fields) == (scenario.error_codes == {"price_changed"})
