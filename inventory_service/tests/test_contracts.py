"""What the order service needs of this service; its client's tests are answered with the same files."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from inventory import services
from inventory.models import Reservation, Stock
from tests.conftest import STAFF, assert_ledger_is_right

pytestmark = pytest.mark.django_db

FILES = sorted((Path(__file__).parents[2] / "contracts" / "inventory").glob("*.json"))


def arrange(given):
    """`given.stock` is what there was before the given reservations took their units."""
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


def facts():
    return list(Stock.objects.order_by("pk").values_list("pk", "quantity", "reserved")), list(
        Reservation.objects.values("pk", "status", "items")
    )


def test_there_are_contracts():
    assert len(FILES) >= 20


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_answer_is_the_one_agreed_on(client, file):
    contract = json.loads(file.read_text())
    arrange(contract["given"])
    before, request, expected = facts(), contract["request"], contract["response"]

    answer = client.generic(
        request["method"], request["path"], body=request.get("body"), token=client.order_service
    )

    assert answer.status_code == expected["status"], answer.content
    if "body" in expected:
        body = answer.json()
        assert {name: body[name] for name in expected["body"]} == expected["body"]
    else:
        assert answer.content == b""
    if answer.status_code in {404, 422} or answer.status_code == 200:
        assert facts() == before
    if answer.status_code == 409:
        assert facts()[0] == before[0]
    assert_ledger_is_right()
