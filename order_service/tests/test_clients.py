"""Every response that makes no sense is UpstreamUnavailable; a clear no is an error of ours."""

from decimal import Decimal
from uuid import UUID

import neighbours
import pytest
from neighbours import problem, reply

from chassis import service_tokens
from chassis.http_client import UpstreamUnavailable
from orders import clients
from orders.clients import Product
from orders.errors import InsufficientStock, StockOperationRejected

ORDER = UUID("0198c5f4-11c2-7d08-8a3e-5b7e9d0c6f22")
LAMP, CHAIR, TABLE = (UUID(f"0198c5f2-7a10-7e3b-9d51-00000000000{number}") for number in (1, 2, 3))
ROW = {
    "id": str(LAMP),
    "sku": "LAMP",
    "name": "A lamp",
    "price": "19.99",
    "currency": "USD",
    "is_active": True,
}
HELD = {"order_id": str(ORDER), "status": "held", "items": []}
NO_ANSWER = {
    "reset": neighbours.resets,
    "closed": neighbours.closes,
    "cut in half": neighbours.cut_in_half,
    "hanging": neighbours.hangs,
    "HTML": reply(200, b"<html></html>", "text/html"),
    "JSON in name only": reply(200, b"<html></html>", "application/json"),
    "empty": reply(200, b""),
    "empty 201": reply(201, b""),
    "no type": reply(200, {"results": [ROW], **HELD}, "text/plain"),
    "a list": reply(200, []),
    "a string": reply(200, b'"held"'),
    "a number": reply(200, b"0"),
    "true": reply(200, b"true"),
    "an empty object": reply(200, {}),
    "a redirect": reply(302, b""),
    "401": problem(401, "invalid_token"),
    "403": problem(403, "permission_denied"),
    "408": problem(408, "insufficient_stock"),
    "429": problem(429, "insufficient_stock"),
    "409 without a document": reply(
        409, {"code": "insufficient_stock", "items": []}, "application/json"
    ),
    "409 without a code": reply(409, {"items": []}),
    "409 in HTML": reply(409, b"<html></html>", "text/html"),
    "500": problem(500, "insufficient_stock"),
    "502 of a proxy": reply(502, b"<html></html>", "text/html"),
    "503": problem(503, "service_unavailable"),
}
REJECTIONS = {
    "404": problem(404, "not_found"),
    "400": problem(400, "invalid"),
    "409 of a kind we do not know": problem(409, "something_else", items=[]),
}
NULL = b"null"


def find(*product_ids: UUID) -> dict[UUID, Product]:
    return clients.products().find(product_ids or (LAMP,), timeout=1)


def reserve() -> None:
    clients.inventory().reserve(ORDER, {LAMP: 2, CHAIR: 3}, timeout=1)


def release() -> None:
    clients.inventory().release(ORDER, timeout=1)


def fulfil() -> None:
    clients.inventory().fulfil(ORDER, timeout=1)


@pytest.mark.parametrize("step", NO_ANSWER.values(), ids=NO_ANSWER)
@pytest.mark.parametrize("ask", [find, reserve, release, fulfil])
def test_what_is_no_answer_is_unavailable(shop, ask, step):
    shop.product.always(step)
    shop.inventory.always(step)

    with pytest.raises(UpstreamUnavailable):
        ask()
    assert len(shop.calls) == 1  # nothing is repeated here


@pytest.mark.parametrize("step", REJECTIONS.values(), ids=REJECTIONS)
@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (find, UpstreamUnavailable),
        (reserve, UpstreamUnavailable),
        (release, StockOperationRejected),
        (fulfil, StockOperationRejected),
    ],
)
def test_a_rejection_without_a_meaning_here_is_an_error(shop, ask, error, step):
    shop.product.always(step)
    shop.inventory.always(step)

    with pytest.raises(error):
        ask()
    assert len(shop.calls) == 1


@pytest.mark.parametrize("ask", [find, reserve, release, fulfil])
def test_nobody_at_home_is_unavailable(shop, settings, ask):
    settings.PRODUCT_SERVICE_URL = settings.INVENTORY_SERVICE_URL = "http://127.0.0.1:9"
    shop.opens_again()

    with pytest.raises(UpstreamUnavailable):
        ask()


@pytest.mark.parametrize("ask", [find, reserve, release, fulfil])
def test_after_a_row_of_failures_nobody_is_called_for_a_while(shop, ask):
    shop.product.always(neighbours.resets)
    shop.inventory.always(neighbours.resets)

    for _ in range(20):
        with pytest.raises(UpstreamUnavailable):
            ask()

    assert len(shop.calls) == 5


class TestProducts:
    def test_what_an_order_needs_of_a_product_is_read_and_no_more(self, shop):
        row = {name: ROW[name] for name in ("id", "sku", "name", "price", "currency", "is_active")}
        shop.product.always(reply(200, {"results": [row | {"surprise": {}}], "more": 1}))

        assert find() == {LAMP: Product(LAMP, "LAMP", "A lamp", Decimal("19.99"))}
        assert [(call.method, call.path) for call in shop.product.calls] == [
            ("GET", f"/api/products/?ids={LAMP}")
        ]

    def test_a_hundred_products_are_one_call(self, shop):
        ids = [UUID(shop.sells(f"P{number}")) for number in range(100)]

        assert find(*ids).keys() == set(ids)
        assert len(shop.product.calls) == 1

    def test_what_is_unknown_is_left_out(self, shop):
        lamp = UUID(shop.sells("LAMP"))

        assert find(lamp, CHAIR).keys() == {lamp}
        assert find(CHAIR) == {}

    @pytest.mark.parametrize("price", ["0.00", "0.01", "9999999999.99"])
    def test_any_price_there_can_be_is_taken_as_it_is(self, shop, price):
        shop.product.always(reply(200, {"results": [ROW | {"price": price}]}))

        assert find()[LAMP].price == Decimal(price)

    @pytest.mark.parametrize(
        "name", ["N" * 200, '"; DROP TABLE %s', "{a,b}", "\\", "💡" * 200, "\u202eمصباح"]
    )
    def test_a_name_is_only_text(self, shop, name):
        shop.product.always(reply(200, {"results": [ROW | {"name": name}]}))

        assert find()[LAMP].name == name

    @pytest.mark.parametrize(
        "results", [None, {}, "", "text", 3, True, [None], ["text"], [[]], [3], [{}], {"a": ROW}]
    )
    def test_results_of_another_shape_are_nonsense(self, shop, results):
        shop.product.always(reply(200, {"results": results}))

        with pytest.raises(UpstreamUnavailable):
            find()

    @pytest.mark.parametrize("missing", ["id", "sku", "name", "price", "currency", "is_active"])
    def test_a_product_without_all_its_facts_is_nonsense(self, shop, missing):
        shop.product.always(
            reply(200, {"results": [{name: fact for name, fact in ROW.items() if name != missing}]})
        )

        with pytest.raises(UpstreamUnavailable):
            find()

    @pytest.mark.parametrize(
        "change",
        [
            *({"id": id} for id in (None, 7, "", "7", [], {}, True, "x" * 36)),
            *({"sku": sku} for sku in (None, 7, "", [], {}, True, "S" * 65, "a\0b")),
            *({"name": name} for name in (None, 7, "", [], {}, True, "N" * 201, "a\0b")),
            *(
                {"price": price}
                for price in (
                    None,
                    19.99,
                    20,
                    True,
                    [],
                    {},
                    [0, [1, 2], 0],
                    "",
                    "x",
                    "-0.01",
                    "NaN",
                    "sNaN",
                    "Infinity",
                )
            ),
            *(
                {"price": price}
                for price in (
                    "19.999",
                    "1e3",
                    "1E+999999",
                    "10000000000.00",
                    " 1.00",
                    "1_0.00",
                    "١.٠٠",
                    "20",
                    "1.00\n",
                )
            ),
            *({"currency": currency} for currency in (None, "EUR", "usd", "", 7, ["USD"])),
            *({"is_active": active} for active in (None, False, "true", 1, 0, [True])),
        ],
        ids=str,
    )
    def test_a_product_with_an_impossible_fact_is_nonsense(self, shop, change):
        shop.product.always(reply(200, {"results": [ROW | change]}))

        with pytest.raises(UpstreamUnavailable):
            find()

    def test_two_products_of_one_id_are_nonsense(self, shop):
        shop.product.always(reply(200, {"results": [ROW, ROW | {"price": "0.01"}]}))

        with pytest.raises(UpstreamUnavailable):
            find()


class TestInventory:
    def test_a_reservation_is_one_put_of_all_lines_under_the_order_s_id(self, shop):
        shop.inventory.always(reply(201, HELD))

        reserve()

        [call] = shop.inventory.calls
        assert (call.method, call.path) == ("PUT", f"/api/inventory/reservations/{ORDER}/")
        assert call.body == {
            "items": [
                {"product_id": str(LAMP), "quantity": 2},
                {"product_id": str(CHAIR), "quantity": 3},
            ]
        }

    def test_a_repeated_reservation_is_as_good_as_the_first(self, shop):
        lamp = UUID(shop.sells("LAMP", quantity=2))

        for _ in range(3):
            clients.inventory().reserve(ORDER, {lamp: 2}, timeout=1)

        assert shop.stock.quantity == {str(lamp): 0}

    @pytest.mark.parametrize("tell", [reserve, release, fulfil])
    def test_it_shows_a_short_lived_token_that_is_good_for_inventory_only(
        self, shop, settings, tell
    ):
        shop.inventory.always(reply(201, HELD) if tell is reserve else reply(204))

        tell()

        token = shop.inventory.calls[0].headers["Authorization"].removeprefix("Bearer ")
        keys = {"order": settings.ORDER_TO_INVENTORY_KEY}
        assert service_tokens.verify(token, keys=keys, audience="inventory") == (
            "order",
            "reservations:write",
        )

    @pytest.mark.parametrize(
        "body",
        [
            {},
            [],
            HELD | {"status": "released"},
            HELD | {"status": "fulfilled"},
            HELD | {"status": ["held"]},
            HELD | {"status": None},
            HELD | {"order_id": str(LAMP)},
            HELD | {"order_id": None},
            {"order_id": str(ORDER)},
            {"status": "held"},
            [HELD],
        ],
        ids=str,
    )
    def test_an_answer_that_does_not_say_that_it_is_held_is_nonsense(self, shop, body):
        shop.inventory.always(reply(201, body))

        with pytest.raises(UpstreamUnavailable):
            reserve()

    def test_no_content_is_not_a_reservation(self, shop):
        shop.inventory.always(reply(204))

        with pytest.raises(UpstreamUnavailable):
            reserve()

    def test_a_shortage_is_told_in_our_own_words(self, shop):
        short = {"product_id": str(CHAIR), "requested": 3, "available": 1}
        shop.inventory.always(
            problem(409, "insufficient_stock", items=[short | {"warehouse": "B"}], secret="s")
        )

        with pytest.raises(InsufficientStock) as refusal:
            reserve()

        assert refusal.value.extra == {"items": [short]}

    @pytest.mark.parametrize(
        "items",
        [
            None,
            [],
            {},
            "text",
            3,
            [None],
            [[]],
            [{}],
            [{"product_id": str(LAMP)}],
            *(
                [{"product_id": id, "requested": 2, "available": 1}]
                for id in (None, 7, "x", [], str(TABLE))
            ),
            *(
                [{"product_id": str(LAMP), "requested": 2, "available": left}]
                for left in (None, "1", 2, 3, -1, 0.5, True, [], {})
            ),
        ],
        ids=str,
    )
    def test_a_shortage_that_makes_no_sense_is_nonsense(self, shop, items):
        shop.inventory.always(problem(409, "insufficient_stock", items=items))

        with pytest.raises(UpstreamUnavailable):
            reserve()

    @pytest.mark.parametrize(
        "code", ["reservation_released", "reservation_mismatch", "reservation_fulfilled"]
    )
    def test_no_other_no_is_taken_for_a_shortage(self, shop, code):
        shop.inventory.always(problem(409, code, items=[]))

        with pytest.raises(UpstreamUnavailable):
            reserve()

    @pytest.mark.parametrize(
        "code", ["reservation_released", "reservation_mismatch", "reservation_fulfilled"]
    )
    @pytest.mark.parametrize("tell", [release, fulfil])
    def test_a_rejection_is_not_taken_for_done(self, shop, tell, code):
        shop.inventory.always(problem(409, code, items=[]))

        with pytest.raises(StockOperationRejected) as rejection:
            tell()

        assert str(rejection.value) == f"rejected by inventory: {code}"

    @pytest.mark.parametrize("tell", [release, fulfil])
    @pytest.mark.parametrize("body", [b"{}", b"[]", b"false", b'""', NULL])
    def test_only_no_content_means_done(self, shop, tell, body):
        shop.inventory.always(reply(200, body))

        with pytest.raises(UpstreamUnavailable):
            tell()
