"""The contracts with the order service, `contracts/inventory/*.json`; both sides test them."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from inventory import services
from inventory.models import Reservation, Stock
from tests.conftest import STAFF, assert_ledger_matches_stock

pytestmark = pytest.mark.django_db

FILES = sorted((Path(__file__).parents[2] / "contracts" / "inventory").glob("*.json"))


def arrange(given):
    """`given.stock` are the quantities before the given reservations."""
    for product_id, quantity in given["stock"].items():
        services.receive(product_id=UUID(product_id), quantity=quantity, actor=STAFF)
    for reservation in given["reservations"]:
        order_id = UUID(reservation["order_id"])
        if reservation["items"]:
            services.reserve(
                order_id=order_id,
                quantities={UUID(i["product_id"]): i["quantity"] for i in reservation["items"]},
            )
        if reservation["status"] == "released":
            services.release(order_id=order_id)
        if reservation["status"] == "fulfilled":
            services.fulfil(order_id=order_id)


def stored():
    return list(Stock.objects.order_by("pk").values_list("pk", "quantity", "reserved")), list(
        Reservation.objects.values("pk", "status", "items")
    )


def test_the_contracts_are_found():
    assert len(FILES) >= 20


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_response_matches_the_contract(client, file):
    contract = json.loads(file.read_text())
    arrange(contract["given"])
    before, request, expected = stored(), contract["request"], contract["response"]

    response = client.generic(
        request["method"], request["path"], body=request.get("body"), token=client.order_service
    )

    assert response.status_code == expected["status"], response.content
    if "body" in expected:
        body = response.json()
        assert {name: body[name] for name in expected["body"]} == expected["body"]
    else:
        assert response.content == b""
    if response.status_code in {404, 422} or response.status_code == 200:
        assert stored() == before
    if response.status_code == 409:
        assert stored()[0] == before[0]
    assert_ledger_matches_stock()
