"""`contracts/user/*.json`: the requests of the order service, whose tests use the same files."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import PASSWORD, Api, hash_once

from chassis.service_tokens import ServiceTokens
from users.models import Address, User
from users.services import accounts, sessions

CONTRACTS = sorted((Path(__file__).resolve().parents[2] / "contracts" / "user").glob("*.json"))

pytestmark = pytest.mark.django_db


def contains(actual: Any, expected: Any) -> bool:
    """Objects may have more members than expected; lists have the same length and order."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            name in actual and contains(actual[name], expected[name]) for name in expected
        )
    if isinstance(expected, list):
        return len(actual) == len(expected) and all(
            contains(one, other) for one, other in zip(actual, expected, strict=True)
        )
    return type(actual) is type(expected) and actual == expected


def arrange(given: dict[str, Any]) -> dict[str, str]:
    """Create the users; returns the access token of each."""
    for fields in given["users"]:
        User.objects.create(**fields, password=hash_once(PASSWORD))
    for fields in given["addresses"]:
        Address.objects.create(**fields)
    tokens = {
        fields["id"]: sessions.sign_in(
            email=fields["email"], password=PASSWORD, address="192.0.2.1"
        ).access
        for fields in given["users"]
    }
    for user_id in given["signed_out"]:
        sessions.revoke_all(user_id=user_id)
    for user_id, moment in given["closed"].items():
        accounts.close_account(user_id=user_id)
        User.objects.filter(pk=user_id).update(updated_at=moment)
    return tokens


def test_there_are_contracts():
    assert len(CONTRACTS) >= 3


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)
def test_the_contract_holds(path, settings, signing_key):
    contract = json.loads(path.read_text(encoding="utf-8"))
    tokens = arrange(contract["given"])
    key = settings.SERVICE_KEYS["order"]
    tokens["order service"] = ServiceTokens(
        key, issuer="order", audience="user", scope="closures:read"
    ).current()
    request = contract["request"]

    response = Api(tokens[request["as"]]).call(request["method"], request["path"])

    assert response.status_code == contract["response"]["status"], response.content
    assert contains(response.json(), contract["response"]["body"]), response.json()
