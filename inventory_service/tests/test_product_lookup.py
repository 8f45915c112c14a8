"""Receipts and lists that call the product service."""

from itertools import chain
from urllib.parse import parse_qs
from uuid import UUID, uuid4

import pytest
from django.db import connections

from chassis.pagination import MAX_PAGE_SIZE, MAX_ROUNDS
from chassis.tests.servers import free_port
from inventory import clients, services
from inventory.models import Stock
from tests.conftest import STAFF
from tests.test_api import LIST, RESERVATIONS, assert_problem, nothing_stored

pytestmark = pytest.mark.django_db

UNAVAILABLE = (503, {"status": 503, "code": "service_unavailable"})
KEY = {"Idempotency-Key": "delivery 7"}


def body_of(product_id, quantity=10):
    return {"product_id": str(product_id), "quantity": quantity}


@pytest.fixture
def receive(client):
    """Receives 10 units of one product, as a receipt or as an import."""

    def one(product_id, **headers):
        return client.post(LIST, body=body_of(product_id), token=client.staff, headers=headers)

    def many(product_id, **headers):
        return client.post(
            f"{LIST}import/", body=[body_of(product_id)], token=client.staff, headers=headers
        )

    return {"receipt": one, "import": many}


both = pytest.mark.parametrize("how", ["receipt", "import"])


def marks():
    return dict(Stock.objects.values_list("pk", "product_unverified"))


@both
@pytest.mark.parametrize("headers", [{}, KEY], ids=["without a key", "with a key"])
def test_stock_of_an_unknown_product_is_422(receive, product_service, how, headers):
    lamp = uuid4()
    product_service.unknown = {lamp}

    response = receive[how](lamp, **headers)

    assert assert_problem(response, 422, "product_not_found")["items"] == [
        {"product_id": str(lamp)}
    ]
    assert nothing_stored()


@both
def test_stock_of_an_archived_product_is_received(receive, product_service, how):
    lamp = uuid4()
    product_service.archived = {lamp}

    assert receive[how](lamp).status_code in {200, 201}
    assert marks() == {lamp: False}


@both
def test_verified_products_are_not_looked_up_again(receive, product_service, stock, how):
    lamp = stock("LAMP")

    assert receive[how](lamp.pk).status_code == 200
    assert product_service.paths == []
    assert stock.units(lamp) == (20, 0)


@both
def test_without_the_product_service_stock_is_marked_until_a_later_receipt_verifies_it(
    receive, product_service, how
):
    lamp = uuid4()
    product_service.responses = [UNAVAILABLE]
    assert receive[how](lamp).status_code in {200, 201}
    assert marks() == {lamp: True}

    product_service.responses = []
    assert receive[how](lamp).status_code == 200
    assert marks() == {lamp: False}
    assert Stock.objects.get().quantity == 20


@both
def test_more_stock_of_a_marked_product_that_does_not_exist_is_422(receive, product_service, how):
    lamp = uuid4()
    product_service.responses = [UNAVAILABLE]
    receive[how](lamp)
    product_service.responses, product_service.unknown = [], {lamp}

    assert_problem(receive[how](lamp), 422, "product_not_found")
    assert (marks(), Stock.objects.get().quantity) == ({lamp: True}, 10)


@both
def test_a_replay_does_not_depend_on_the_product_service(receive, product_service, how):
    lamp = uuid4()
    product_service.responses = [UNAVAILABLE]
    first = receive[how](lamp, **KEY)
    product_service.responses, product_service.unknown, product_service.paths = [], {lamp}, []

    again = receive[how](lamp, **KEY)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Idempotency-Replayed"] == "true"
    assert product_service.paths == []
    assert Stock.objects.get().quantity == 10


def test_an_unverified_product_is_marked_in_responses(client, product_service, receive):
    lamp = uuid4()
    product_service.responses = [UNAVAILABLE]

    assert receive["receipt"](lamp).json()["product_unverified"] is True
    assert client.get(f"{LIST}{lamp}/").json()["product_unverified"] is True


def test_an_import_looks_up_new_products_only_100_per_call(client, product_service, stock):
    known, new = stock("LAMP"), [UUID(int=number) for number in range(1, 251)]
    rows = [body_of(id) for id in (known.pk, *new)]

    assert client.post(f"{LIST}import/", body=rows, token=client.staff).json()["created"] == 250
    looked_up = [
        parse_qs(path.partition("?")[2])["ids"][0].split(",") for path in product_service.paths
    ]
    assert [len(ids) for ids in looked_up] == [100, 100, 50]
    assert sorted(chain(*looked_up)) == sorted(map(str, new))


def test_an_import_of_unknown_products_is_422_with_all_of_them(client, product_service):
    new = [UUID(int=number) for number in range(1, 151)]
    product_service.unknown = {new[0], new[120]}

    response = client.post(f"{LIST}import/", body=[body_of(id) for id in new], token=client.staff)

    items = assert_problem(response, 422, "product_not_found")["items"]
    assert items == [{"product_id": str(new[0])}, {"product_id": str(new[120])}]
    assert nothing_stored()


def test_products_of_an_import_are_marked_from_the_first_failed_call_on(client, product_service):
    new = [UUID(int=number) for number in range(1, 251)]
    product_service.responses = [(200, {"results": [{"id": str(id)} for id in new]}), UNAVAILABLE]

    assert (
        client.post(
            f"{LIST}import/", body=[body_of(id) for id in new], token=client.staff
        ).status_code
        == 200
    )
    assert marks() == {id: id in new[100:] for id in new}
    assert len(product_service.paths) == 2


@both
def test_the_product_service_is_called_before_the_transaction_begins(receive, product_service, how):
    connection, savepoints = connections["default"], []
    product_service.on_call = lambda: savepoints.append(len(connection.savepoint_ids))
    before = len(connection.savepoint_ids)

    assert receive[how](uuid4(), **KEY).status_code in {200, 201}

    assert savepoints == [before]


def test_reserving_does_not_call_the_product_service(client, product_service, stock):
    body = {"items": [{"product_id": str(stock("LAMP").pk), "quantity": 1}]}
    assert (
        client.put(f"{RESERVATIONS}{uuid4()}/", body=body, token=client.order_service).status_code
        == 201
    )
    assert product_service.paths == []


# Low stock


@pytest.fixture
def low():
    """`low(5)`: the sorted ids of 5 products with low stock."""

    def make(count):
        ids = [UUID(int=number) for number in range(1, count + 1)]
        for product_id in ids:
            services.receive(product_id=product_id, quantity=1, actor=STAFF)
        Stock.objects.update(low_stock_threshold=1)
        return ids

    return make


@pytest.mark.parametrize("gone", ["archived", "unknown"])
@pytest.mark.parametrize("left_out", [{1}, {2}, {1, 2, 3}, {5, 6, 7}, set(range(1, 8)), {2, 4, 6}])
def test_low_stock_leaves_out_inactive_products(low, product_service, walk, gone, left_out):
    ids = low(7)
    setattr(product_service, gone, {UUID(int=number) for number in left_out})

    rows = [row["product_id"] for row in walk(LIST, low_stock="true")]

    assert rows == [str(id) for id in ids if id.int not in left_out]
    assert len(walk(LIST, low_stock="true", product_ids=",".join(map(str, ids)))) == len(rows)
    assert len(walk(LIST)) == 7


def test_a_page_of_low_stock_is_filled(client, low, product_service):
    ids = low(7)
    product_service.archived = {*ids[:4]}

    page = client.get(LIST, {"low_stock": "true", "page_size": 2}).json()

    assert [row["product_id"] for row in page["results"]] == [str(id) for id in ids[4:6]]
    assert len(product_service.paths) == 1


def test_among_many_archived_products_a_page_stays_short_and_the_next_one_continues(
    client, low, product_service, walk
):
    most = MAX_PAGE_SIZE * MAX_ROUNDS
    ids = low(most + 3)
    product_service.archived = {*ids[1 : most + 1]}

    first = client.get(LIST, {"low_stock": "true", "page_size": 2}).json()

    assert [row["product_id"] for row in first["results"]] == [str(ids[0])]
    assert len(product_service.paths) == MAX_ROUNDS
    following = client.get(first["next"]).json()
    assert [row["product_id"] for row in following["results"]] == [str(id) for id in ids[-2:]]
    assert [row["product_id"] for row in walk(LIST, low_stock="true")] == [
        str(id) for id in (ids[0], *ids[-2:])
    ]


@pytest.mark.parametrize("successful_calls", [0, 1])
def test_without_the_product_service_all_low_stock_is_listed(
    client, low, product_service, successful_calls
):
    ids = low(150)
    product_service.archived = {*ids[:120]}
    product_service.responses = [(200, {"results": []})] * successful_calls + [UNAVAILABLE]

    page = client.get(LIST, {"low_stock": "true", "page_size": 40}).json()

    assert [row["product_id"] for row in page["results"]] == [
        str(id) for id in ids[100 * successful_calls :][:40]
    ]
    assert len(product_service.paths) == successful_calls + 1


# SKUs


def test_stock_is_filtered_by_sku(client, product_service, stock):
    lamp, chair, table = stock("LAMP"), stock("CHAIR"), stock("TABLE")
    product_service.skus = {"LAMP": lamp.pk, "Ä 1/2": chair.pk, "TABLE": table.pk, "NEW": uuid4()}

    def found(sku, **query):
        return {
            row["product_id"] for row in client.get(LIST, {"sku": sku, **query}).json()["results"]
        }

    assert found("LAMP") == {str(lamp.pk)}
    assert found("LAMP, Ä 1/2,NONE,NEW") == {str(lamp.pk), str(chair.pk)}
    assert found("NONE") == found("NEW") == set()
    assert found("LAMP,TABLE", product_ids=f"{chair.pk},{table.pk}") == {str(table.pk)}
    assert found("LAMP", low_stock="true") == set()
    assert len(found("")) == 3


def test_staff_find_archived_products_by_sku(client, product_service, stock):
    lamp = stock("LAMP")
    product_service.skus, product_service.archived = {"LAMP": lamp.pk}, {lamp.pk}

    found = [
        client.get(LIST, {"sku": "LAMP"}, token=token).json()["results"]
        for token in ("", client.customer, client.staff)
    ]

    assert [len(rows) for rows in found] == [0, 0, 1]


def test_a_hundred_skus_of_the_maximum_length_are_accepted(client, product_service, stock):
    skus = [f"{number:03}" + "\N{LEMON}" * 61 for number in range(100)]
    product_service.skus = {sku: stock(sku).pk for sku in skus}

    assert len(client.get(LIST, {"sku": ",".join(skus), "page_size": 100}).json()["results"]) == 100
    assert len(product_service.paths) == 10
    assert max(map(len, product_service.paths)) < 8_000


@pytest.mark.parametrize("is_there", [True, False])
def test_the_sku_filter_without_the_product_service_is_503(
    client, product_service, settings, stock, is_there
):
    stock("LAMP")
    product_service.responses = [UNAVAILABLE]
    if not is_there:
        settings.PRODUCT_SERVICE_URL = f"http://127.0.0.1:{free_port()}"
        clients.products.cache_clear()

    response = client.get(LIST, {"sku": "LAMP"})

    assert assert_problem(response, 503, "service_unavailable")["service"] == "product"
    assert response["Retry-After"] == "1"
