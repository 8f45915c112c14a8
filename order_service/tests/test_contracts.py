"""The contracts with the upstream services: for our clients and for the fakes."""

import json
from pathlib import Path
from urllib.parse import unquote
from uuid import UUID

import pytest
from api_client import access_token
from fake_servers import Call, reply
from fakes import FakeInventoryService, FakeProductService, FakeUserService

from chassis.http_client import UpstreamUnavailable
from chassis.service_tokens import ServiceTokens
from orders import clients
from orders.errors import (
    AddressNotFound,
    InsufficientStock,
    StaffRoleRevoked,
    StockOperationRejected,
    UpstreamTokenRejected,
)

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
PRODUCT = {
    path.stem: json.loads(path.read_text())
    for path in sorted((CONTRACTS / "product").glob("*.json"))
}
INVENTORY = {
    path.stem: json.loads(path.read_text())
    for path in sorted((CONTRACTS / "inventory").glob("*.json"))
}
USER = {
    path.stem: json.loads(path.read_text()) for path in sorted((CONTRACTS / "user").glob("*.json"))
}
WRITES = {
    name: contract for name, contract in INVENTORY.items() if contract["request"]["method"] != "GET"
}
"""We never read a reservation."""

DONE = {
    "reserve_placed",
    "reserve_repeated",
    "reserve_equal_products",
    "fulfil_held",
    "fulfil_repeated",
}
DONE |= {"release_held", "release_repeated", "release_unseen"}
SHORT = {"reserve_short", "reserve_all_short", "reserve_never_received"}
UNKNOWN = {
    "reserve_mismatch",
    "reserve_released",
    "reserve_released_unseen",
    "reserve_repeated_after_fulfilment",
}
REJECTED = {"release_fulfilled", "fulfil_released", "fulfil_unseen"}


USER_ERRORS = {
    "address_unknown": AddressNotFound,
    "address_of_another_user": AddressNotFound,
    "address_signed_out": UpstreamTokenRejected,
}
USER_ERRORS |= {"search_not_staff": StaffRoleRevoked, "search_signed_out": UpstreamTokenRejected}


def order_id_of(contract) -> UUID:
    return UUID(
        contract["request"]["path"].removeprefix("/api/inventory/reservations/").split("/")[0]
    )


def quantities_of(items) -> dict[UUID, int]:
    quantities: dict[UUID, int] = {}
    for item in items:
        quantities[UUID(item["product_id"])] = (
            quantities.get(UUID(item["product_id"]), 0) + item["quantity"]
        )
    return quantities


def send(contract) -> None:
    order_id, method = order_id_of(contract), contract["request"]["method"]
    if method == "PUT":
        clients.inventory().reserve(
            order_id, quantities_of(contract["request"]["body"]["items"]), timeout=1
        )
    elif method == "DELETE":
        clients.inventory().release(order_id, timeout=1)
    else:
        clients.inventory().fulfil(order_id, timeout=1)


def call_user_client(path: str):
    users, query = clients.users(), path.partition("?")[2]
    if path.startswith("/api/users/closed/"):
        return users.list_closed_accounts(query, timeout=1)
    if path.startswith("/api/users/me/addresses/"):
        return users.get_address(
            UUID(path.rstrip("/").rpartition("/")[2]), token="theirs", timeout=1
        )
    return users.find_user_by_email(
        unquote(query.partition("search=")[2]), token="theirs", timeout=1
    )


def test_every_contract_has_an_expected_outcome():
    assert set(WRITES) == DONE | SHORT | UNKNOWN | REJECTED
    assert len(PRODUCT) >= 3


@pytest.mark.parametrize("name", WRITES)
def test_inventory_client_handles_the_contract_response(shop, name):
    contract = WRITES[name]
    response = contract["response"]
    shop.inventory.always(reply(response["status"], response.get("body")))

    if name in DONE:
        send(contract)
    elif name in SHORT:
        with pytest.raises(InsufficientStock) as error:
            send(contract)
        assert error.value.extra == {"items": response["body"]["items"]}
    else:
        with pytest.raises(StockOperationRejected if name in REJECTED else UpstreamUnavailable):
            send(contract)
    [call] = shop.inventory.calls
    request = contract["request"]
    assert (call.method, call.path) == (request["method"], request["path"])
    if "body" in request and name != "reserve_equal_products":  # we add these up
        assert call.body == request["body"]


@pytest.mark.parametrize("name", PRODUCT)
def test_product_client_handles_the_contract_response(shop, name):
    contract = PRODUCT[name]
    response, path = contract["response"], contract["request"]["path"]
    shop.product.always(reply(response["status"], response["body"]))
    if response["status"] != 200:
        with pytest.raises(UpstreamUnavailable):
            clients.products().get_products([UUID(int=1)], timeout=1)
        return
    ids = [UUID(name) for name in path.partition("?ids=")[2].split(",")]

    products = clients.products().get_products(ids, timeout=1)

    assert [(call.method, call.path) for call in shop.product.calls] == [("GET", path)]
    fields = {
        UUID(row["id"]): (row["sku"], row["name"], row["price"])
        for row in response["body"]["results"]
    }
    assert {
        id: (product.sku, product.name, f"{product.price:.2f}") for id, product in products.items()
    } == fields


@pytest.mark.parametrize("name", USER)
def test_user_client_handles_the_contract_response(shop, name):
    request, response = USER[name]["request"], USER[name]["response"]
    shop.user.always(reply(response["status"], response["body"]))

    if name in USER_ERRORS:
        with pytest.raises(USER_ERRORS[name]):
            call_user_client(request["path"])
    else:
        result, body = call_user_client(request["path"]), response["body"]
        if name.startswith("address"):
            assert result == {name: text for name, text in body.items() if name != "id"}
        elif name.startswith("search"):
            assert result == (UUID(body["results"][0]["id"]) if body["results"] else None)
        else:
            rows, following = result
            assert [str(row.user_id) for row in rows] == [row["id"] for row in body["results"]]
            assert following == ""
    assert [(call.method, call.path) for call in shop.user.calls] == [
        (request["method"], request["path"])
    ]


@pytest.mark.parametrize("name", USER)
def test_fake_user_service_meets_the_contract(settings, name):
    contract, users = USER[name], FakeUserService()
    given, request, expected = contract["given"], contract["request"], contract["response"]
    users.users = given["users"]
    users.addresses = {
        address["id"]: (address["user_id"], address) for address in given["addresses"]
    }
    users.signed_out = set(given["signed_out"])
    users.closures = [
        {"id": user_id, "closed_at": moment} for user_id, moment in given["closed"].items()
    ]
    roles = {user["id"]: user["role"] for user in given["users"]}
    asking = request["as"]
    token = (
        access_token(roles[asking], UUID(asking))
        if asking in roles
        else ServiceTokens(
            settings.ORDER_TO_USER_KEY, issuer="order", audience="user", scope="closures:read"
        ).current()
    )

    status, body = users(Call("GET", request["path"], {"Authorization": f"Bearer {token}"}, None))

    assert status == expected["status"]
    expected_body = expected["body"]
    if "results" in expected_body:
        names = set().union(*expected_body["results"])
        body = body | {
            "results": [
                {name: row[name] for name in row if name in names} for row in body["results"]
            ]
        }
    assert {name: body[name] for name in expected_body} == expected_body


@pytest.mark.parametrize("name", WRITES)
def test_fake_inventory_service_meets_the_contract(settings, name):
    contract, stock = WRITES[name], FakeInventoryService()
    for product_id, quantity in contract["given"]["stock"].items():
        stock.receive(product_id, quantity)
    for reservation in contract["given"]["reservations"]:
        items = {
            str(product_id): units
            for product_id, units in quantities_of(reservation["items"]).items()
        }
        stock.reservations[reservation["order_id"]] = (reservation["status"], items)
    key, scope = settings.ORDER_TO_INVENTORY_KEY, "reservations:write"
    token = ServiceTokens(key, issuer="order", audience="inventory", scope=scope).current()
    request, expected = contract["request"], contract["response"]

    status, body = stock(
        Call(
            request["method"],
            request["path"],
            {"Authorization": f"Bearer {token}"},
            request.get("body"),
        )
    )

    assert status == expected["status"]
    expected_body = expected.get("body", {})
    if name == "reserve_equal_products":
        expected_body = expected_body | {"items": body["items"]}
    assert {name: (body or {})[name] for name in expected_body} == expected_body


@pytest.mark.parametrize(
    "name", [name for name, contract in PRODUCT.items() if contract["response"]["status"] == 200]
)
def test_fake_product_service_meets_the_contract(name):
    contract, catalogue = PRODUCT[name], FakeProductService()
    for fields in contract["given"]["products"]:
        catalogue.rows[fields["id"]] = fields | {"currency": "USD"}

    status, body = catalogue(Call("GET", contract["request"]["path"], {}, None))

    assert status == 200
    expected = {row["id"]: row for row in contract["response"]["body"]["results"]}
    assert {
        row["id"]: {name: row[name] for name in expected[row["id"]]} for row in body["results"]
    } == expected
