"""What we need of our neighbours, as agreed on in contracts/: what our clients make of it, and that our stand-ins keep to it."""

import json
from pathlib import Path
from urllib.parse import unquote
from uuid import UUID

import pytest
from conftest import access_token
from neighbours import Call, reply
from stand_ins import Catalogue, People, Stock

from chassis.http_client import UpstreamUnavailable
from chassis.service_tokens import ServiceTokens
from orders import clients
from orders.errors import (
    AddressNotFound,
    InsufficientStock,
    NotStaffAnyMore,
    StockOperationRejected,
    TokenRefused,
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
"""We never read a reservation; others do."""

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


NO = {
    "address_unknown": AddressNotFound,
    "address_of_another_user": AddressNotFound,
    "address_signed_out": TokenRefused,
}
NO |= {"search_not_staff": NotStaffAnyMore, "search_signed_out": TokenRefused}


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


def ask(contract) -> None:
    order_id, method = order_id_of(contract), contract["request"]["method"]
    if method == "PUT":
        clients.inventory().reserve(
            order_id, quantities_of(contract["request"]["body"]["items"]), timeout=1
        )
    elif method == "DELETE":
        clients.inventory().release(order_id, timeout=1)
    else:
        clients.inventory().fulfil(order_id, timeout=1)


def ask_users(path: str):
    users, query = clients.users(), path.partition("?")[2]
    if path.startswith("/api/users/closed/"):
        return users.closed(query, timeout=1)
    if path.startswith("/api/users/me/addresses/"):
        return users.address(UUID(path.rstrip("/").rpartition("/")[2]), token="theirs", timeout=1)
    return users.with_email(unquote(query.partition("search=")[2]), token="theirs", timeout=1)


def test_it_is_known_of_every_contract_what_we_make_of_it():
    assert set(WRITES) == DONE | SHORT | UNKNOWN | REJECTED
    assert len(PRODUCT) >= 3


@pytest.mark.parametrize("name", WRITES)
def test_what_we_make_of_inventory_s_answer(shop, name):
    contract = WRITES[name]
    answer = contract["response"]
    shop.inventory.always(reply(answer["status"], answer.get("body")))

    if name in DONE:
        ask(contract)
    elif name in SHORT:
        with pytest.raises(InsufficientStock) as refusal:
            ask(contract)
        assert refusal.value.extra == {"items": answer["body"]["items"]}
    else:
        with pytest.raises(StockOperationRejected if name in REJECTED else UpstreamUnavailable):
            ask(contract)
    [call] = shop.inventory.calls
    asked = contract["request"]
    assert (call.method, call.path) == (asked["method"], asked["path"])
    if "body" in asked and name != "reserve_equal_products":  # these we add up ourselves
        assert call.body == asked["body"]


@pytest.mark.parametrize("name", PRODUCT)
def test_what_we_make_of_the_product_service_s_answer(shop, name):
    contract = PRODUCT[name]
    answer, path = contract["response"], contract["request"]["path"]
    shop.product.always(reply(answer["status"], answer["body"]))
    if answer["status"] != 200:
        with pytest.raises(UpstreamUnavailable):
            clients.products().find([UUID(int=1)], timeout=1)
        return
    wanted = [UUID(word) for word in path.partition("?ids=")[2].split(",")]

    found = clients.products().find(wanted, timeout=1)

    assert [(call.method, call.path) for call in shop.product.calls] == [("GET", path)]
    facts = {
        UUID(row["id"]): (row["sku"], row["name"], row["price"])
        for row in answer["body"]["results"]
    }
    assert {
        id: (product.sku, product.name, f"{product.price:.2f}") for id, product in found.items()
    } == facts


@pytest.mark.parametrize("name", USER)
def test_what_we_make_of_the_user_service_s_answer(shop, name):
    request, answer = USER[name]["request"], USER[name]["response"]
    shop.user.always(reply(answer["status"], answer["body"]))

    if name in NO:
        with pytest.raises(NO[name]):
            ask_users(request["path"])
    else:
        said, body = ask_users(request["path"]), answer["body"]
        if name.startswith("address"):
            assert said == {word: text for word, text in body.items() if word != "id"}
        elif name.startswith("search"):
            assert said == (UUID(body["results"][0]["id"]) if body["results"] else None)
        else:
            rows, following = said
            assert [str(row.user_id) for row in rows] == [row["id"] for row in body["results"]]
            assert following == ""
    assert [(call.method, call.path) for call in shop.user.calls] == [
        (request["method"], request["path"])
    ]


@pytest.mark.parametrize("name", USER)
def test_our_stand_in_for_the_user_service_answers_as_agreed(settings, name):
    contract, people = USER[name], People()
    given, request, expected = contract["given"], contract["request"], contract["response"]
    people.users = given["users"]
    people.addresses = {
        address["id"]: (address["user_id"], address) for address in given["addresses"]
    }
    people.signed_out = set(given["signed_out"])
    people.closures = [
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

    status, body = people(Call("GET", request["path"], {"Authorization": f"Bearer {token}"}, None))

    assert status == expected["status"]
    said = expected["body"]
    if "results" in said:
        words = set().union(*said["results"])
        body = body | {
            "results": [
                {word: row[word] for word in row if word in words} for row in body["results"]
            ]
        }
    assert {word: body[word] for word in said} == said


@pytest.mark.parametrize("name", WRITES)
def test_our_stand_in_for_inventory_answers_as_agreed(settings, name):
    contract, stock = WRITES[name], Stock()
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
    said = expected.get("body", {})
    if name == "reserve_equal_products":
        said = said | {"items": body["items"]}
    assert {word: (body or {})[word] for word in said} == said


@pytest.mark.parametrize(
    "name", [name for name, contract in PRODUCT.items() if contract["response"]["status"] == 200]
)
def test_our_stand_in_for_the_product_service_answers_as_agreed(name):
    contract, catalogue = PRODUCT[name], Catalogue()
    for facts in contract["given"]["products"]:
        catalogue.rows[facts["id"]] = facts | {"currency": "USD"}

    status, body = catalogue(Call("GET", contract["request"]["path"], {}, None))

    assert status == 200
    expected = {row["id"]: row for row in contract["response"]["body"]["results"]}
    assert {
        row["id"]: {word: row[word] for word in expected[row["id"]]} for row in body["results"]
    } == expected
