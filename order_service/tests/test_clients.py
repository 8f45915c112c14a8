"""Invalid responses are UpstreamUnavailable; definitive rejections are errors of ours."""

from decimal import Decimal
from uuid import UUID

import fake_servers
import pytest
from fake_servers import problem, reply

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
INVALID_RESPONSES = {
    "reset": fake_servers.resets,
    "closed": fake_servers.closes,
    "cut in half": fake_servers.truncates,
    "hanging": fake_servers.hangs,
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
    "409 of an unknown code": problem(409, "something_else", items=[]),
}
NULL = b"null"


def find(*product_ids: UUID) -> dict[UUID, Product]:
    return clients.products().get_products(product_ids or (LAMP,), timeout=1)


def reserve() -> None:
    clients.inventory().reserve(ORDER, {LAMP: 2, CHAIR: 3}, timeout=1)


def release() -> None:
    clients.inventory().release(ORDER, timeout=1)


def fulfil() -> None:
    clients.inventory().fulfil(ORDER, timeout=1)


@pytest.mark.parametrize("step", INVALID_RESPONSES.values(), ids=INVALID_RESPONSES)
@pytest.mark.parametrize("send", [find, reserve, release, fulfil])
def test_invalid_response_is_upstream_unavailable(shop, send, step):
    shop.product.always(step)
    shop.inventory.always(step)

    with pytest.raises(UpstreamUnavailable):
        send()
    assert len(shop.calls) == 1  # the clients do not retry


@pytest.mark.parametrize("step", REJECTIONS.values(), ids=REJECTIONS)
@pytest.mark.parametrize(
    ("send", "error"),
    [
        (find, UpstreamUnavailable),
        (reserve, UpstreamUnavailable),
        (release, StockOperationRejected),
        (fulfil, StockOperationRejected),
    ],
)
def test_unexpected_error_code_is_an_error(shop, send, error, step):
    shop.product.always(step)
    shop.inventory.always(step)

    with pytest.raises(error):
        send()
    assert len(shop.calls) == 1


@pytest.mark.parametrize("send", [find, reserve, release, fulfil])
def test_refused_connection_is_upstream_unavailable(shop, settings, send):
    settings.PRODUCT_SERVICE_URL = settings.INVENTORY_SERVICE_URL = "http://127.0.0.1:9"
    shop.reset_clients()

    with pytest.raises(UpstreamUnavailable):
        send()


@pytest.mark.parametrize("send", [find, reserve, release, fulfil])
def test_circuit_breaker_opens_after_five_failures(shop, send):
    shop.product.always(fake_servers.resets)
    shop.inventory.always(fake_servers.resets)

    for _ in range(20):
        with pytest.raises(UpstreamUnavailable):
            send()

    assert len(shop.calls) == 5


class TestProducts:
    def test_only_needed_product_fields_are_read(self, shop):
        row = {name: ROW[name] for name in ("id", "sku", "name", "price", "currency", "is_active")}
        shop.product.always(reply(200, {"results": [row | {"surprise": {}}], "more": 1}))

        assert find() == {LAMP: Product(LAMP, "LAMP", "A lamp", Decimal("19.99"))}
        assert [(call.method, call.path) for call in shop.product.calls] == [
            ("GET", f"/api/products/?ids={LAMP}")
        ]

    def test_hundred_products_are_one_call(self, shop):
        ids = [UUID(shop.sells(f"P{number}")) for number in range(100)]

        assert find(*ids).keys() == set(ids)
        assert len(shop.product.calls) == 1

    def test_unknown_products_are_omitted(self, shop):
        lamp = UUID(shop.sells("LAMP"))

        assert find(lamp, CHAIR).keys() == {lamp}
        assert find(CHAIR) == {}

    @pytest.mark.parametrize("price", ["0.00", "0.01", "9999999999.99"])
    def test_any_valid_price_is_accepted(self, shop, price):
        shop.product.always(reply(200, {"results": [ROW | {"price": price}]}))

        assert find()[LAMP].price == Decimal(price)

    @pytest.mark.parametrize(
        "name", ["N" * 200, '"; DROP TABLE %s', "{a,b}", "\\", "💡" * 200, "\u202eمصباح"]
    )
    def test_any_text_is_a_valid_name(self, shop, name):
        shop.product.always(reply(200, {"results": [ROW | {"name": name}]}))

        assert find()[LAMP].name == name

    @pytest.mark.parametrize(
        "results", [None, {}, "", "text", 3, True, [None], ["text"], [[]], [3], [{}], {"a": ROW}]
    )
    def test_malformed_results_are_upstream_unavailable(self, shop, results):
        shop.product.always(reply(200, {"results": results}))

        with pytest.raises(UpstreamUnavailable):
            find()

    @pytest.mark.parametrize("missing", ["id", "sku", "name", "price", "currency", "is_active"])
    def test_missing_product_field_is_upstream_unavailable(self, shop, missing):
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
    def test_invalid_product_field_is_upstream_unavailable(self, shop, change):
        shop.product.always(reply(200, {"results": [ROW | change]}))

        with pytest.raises(UpstreamUnavailable):
            find()

    def test_duplicate_product_is_upstream_unavailable(self, shop):
        shop.product.always(reply(200, {"results": [ROW, ROW | {"price": "0.01"}]}))

        with pytest.raises(UpstreamUnavailable):
            find()


class TestInventory:
    def test_reservation_is_one_put_with_all_lines(self, shop):
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

    def test_repeated_reservation_succeeds(self, shop):
        lamp = UUID(shop.sells("LAMP", quantity=2))

        for _ in range(3):
            clients.inventory().reserve(ORDER, {lamp: 2}, timeout=1)

        assert shop.stock.quantity == {str(lamp): 0}

    @pytest.mark.parametrize("send", [reserve, release, fulfil])
    def test_calls_send_a_service_token_for_inventory(self, shop, settings, send):
        shop.inventory.always(reply(201, HELD) if send is reserve else reply(204))

        send()

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
    def test_reservation_response_has_to_be_held(self, shop, body):
        shop.inventory.always(reply(201, body))

        with pytest.raises(UpstreamUnavailable):
            reserve()

    def test_no_content_is_not_a_reservation(self, shop):
        shop.inventory.always(reply(204))

        with pytest.raises(UpstreamUnavailable):
            reserve()

    def test_shortage_becomes_insufficient_stock(self, shop):
        short = {"product_id": str(CHAIR), "requested": 3, "available": 1}
        shop.inventory.always(
            problem(409, "insufficient_stock", items=[short | {"warehouse": "B"}], secret="s")
        )

        with pytest.raises(InsufficientStock) as error:
            reserve()

        assert error.value.extra == {"items": [short]}

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
    def test_invalid_shortage_is_upstream_unavailable(self, shop, items):
        shop.inventory.always(problem(409, "insufficient_stock", items=items))

        with pytest.raises(UpstreamUnavailable):
            reserve()

    @pytest.mark.parametrize(
        "code", ["reservation_released", "reservation_mismatch", "reservation_fulfilled"]
    )
    def test_other_error_codes_are_no_shortage(self, shop, code):
        shop.inventory.always(problem(409, code, items=[]))

        with pytest.raises(UpstreamUnavailable):
            reserve()

    @pytest.mark.parametrize(
        "code", ["reservation_released", "reservation_mismatch", "reservation_fulfilled"]
    )
    @pytest.mark.parametrize("send", [release, fulfil])
    def test_rejected_operation_raises_its_code(self, shop, send, code):
        shop.inventory.always(problem(409, code, items=[]))

        with pytest.raises(StockOperationRejected) as rejection:
            send()

        assert str(rejection.value) == f"rejected by inventory: {code}"

    @pytest.mark.parametrize("send", [release, fulfil])
    @pytest.mark.parametrize("body", [b"{}", b"[]", b"false", b'""', NULL])
    def test_operation_response_has_to_be_no_content(self, shop, send, body):
        shop.inventory.always(reply(200, body))

        with pytest.raises(UpstreamUnavailable):
            send()
