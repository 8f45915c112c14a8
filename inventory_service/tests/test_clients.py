"""What this service needs of the product service: `contracts/product/inventory/*.json`."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest

from chassis.http_client import UpstreamUnavailable
from inventory import clients
from tests.conftest import access_token

FILES = sorted((Path(__file__).parents[2] / "contracts" / "product" / "inventory").glob("*.json"))


def send(request):
    query = {
        name: values[0].split(",")
        for name, values in parse_qs(urlsplit(request["path"]).query).items()
    }
    token = access_token("staff") if request.get("as") == "staff" else None
    if "ids" in query:
        return clients.products().find_existing(
            map(UUID, query["ids"]), timeout=1, staff_token=token
        )
    return clients.products().find_by_sku(query["sku"], timeout=1, staff_token=token)


def ids_of(rows):
    return {UUID(row["id"]) for row in rows}


def test_the_contracts_are_found():
    assert len(FILES) == 4


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_requests_and_parsed_responses_match_the_contracts(product_service, file):
    contract = json.loads(file.read_text())
    request, response = contract["request"], contract["response"]
    product_service.responses = [(response["status"], response["body"])]

    assert send(request) == ids_of(response["body"]["results"])
    assert product_service.paths == [request["path"]]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_fake_product_service_matches_the_contracts(product_service, file):
    contract = json.loads(file.read_text())
    products = {UUID(row["id"]): row for row in contract["given"]["products"]}
    product_service.archived = {id for id, row in products.items() if not row["is_active"]}
    product_service.skus = {row["sku"]: id for id, row in products.items()}
    ids = parse_qs(contract["request"]["path"].partition("?")[2]).get("ids", [""])[0]
    product_service.unknown = {UUID(id) for id in ids.split(",") if id} - products.keys()

    assert send(contract["request"]) == ids_of(contract["response"]["body"]["results"])


@pytest.mark.parametrize(
    "response",
    [
        (200, []),
        (200, {}),
        (200, {"results": [{}]}),
        (200, {"results": ["lamp"]}),
        (200, {"results": [{"id": 5}]}),
        (200, {"results": [{"id": "lamp"}]}),
        (200, b"<html>"),
        (400, {"status": 400, "code": "invalid"}),
        (401, {"status": 401, "code": "invalid_token"}),
        (403, {"status": 403, "code": "permission_denied"}),
        (429, {"status": 429, "code": "too_many_requests"}),
        (500, {"status": 500, "code": "internal_error"}),
    ],
)
def test_an_invalid_response_is_upstream_unavailable(product_service, response):
    product_service.responses = [response]
    with pytest.raises(UpstreamUnavailable):
        clients.products().find_existing([uuid4()], timeout=1, staff_token=access_token("staff"))


def test_a_refused_connection_is_upstream_unavailable(settings):
    settings.PRODUCT_SERVICE_URL = "http://127.0.0.1:9"
    clients.products.cache_clear()
    with pytest.raises(UpstreamUnavailable):
        clients.products().find_by_sku(["LAMP"], timeout=1)
