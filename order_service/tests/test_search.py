"""Searching orders: by number, product and, for staff, e-mail address."""

from uuid import uuid4

import neighbours
import pytest
from conftest import JSONClient
from django.db import connection
from django.test.utils import CaptureQueriesContext
from neighbours import reply

from orders.models import Note

pytestmark = pytest.mark.django_db


def found(client, **query) -> list[str]:
    response = client._client.get("/api/orders/", query, headers=client._headers)
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def ids(*orders) -> list[str]:
    return sorted((str(order.pk) for order in orders), reverse=True)


class TestByNumber:
    def test_whole_or_its_beginning_in_whatever_case(self, order, staff):
        one, two = order(number="SO-7K3MQ-2XAB9"), order(number="SO-7K3ZZ-00000")
        order(number="SO-8K3MQ-2XAB9")

        assert found(staff, search="SO-7K3MQ-2XAB9") == found(staff, search="so-7k3mq") == ids(one)
        assert found(staff, search="SO-7K3") == ids(one, two)
        assert found(staff, search="SO-7K3MQ-2XAB90") == []

    @pytest.mark.parametrize(
        "search",
        [
            *[
                "#SO-7K3MQ-2XAB9",
                "# so-7k3mq-2xab9",
                "#7K3MQ",
                "SO7K3MQ2XAB9",
                "so7k3mq2xab9",
                "7K3MQ-2XAB9",
            ],
            *[
                "7k3mq2xab9",
                "SO 7K3MQ 2XAB9",
                "SO–7K3MQ–2XAB9",
                "so-7k3mq2",
                "#so7k3mq-2",
                "SO-7K3MQ2XAB9",
            ],
        ],
    )
    def test_a_number_is_found_however_it_is_written(self, order, staff, search):
        one = order(number="SO-7K3MQ-2XAB9")
        order(number="SO-8K3MQ-2XAB9", sku="LAMP")

        assert found(staff, search=search) == ids(one)

    def test_a_sku_that_looks_like_a_number_is_found(self, order, staff):
        one, two = order(sku="SOFA-1"), order(sku="7K3MQ-2XAB9")

        assert found(staff, search="sofa-1") == ids(one)
        assert found(staff, search="7k3mq-2xab9") == ids(two)

    def test_signs_of_patterns_are_only_signs(self, order, staff):
        order(number="SO-7K3MQ-2XAB9")

        assert (
            found(staff, search="SO-%")
            == found(staff, search="SO-7K3MQ_2XAB9")
            == found(staff, search="SO-\\")
            == []
        )


class TestByProduct:
    def test_by_sku_as_it_was_sold(self, shop, staff, buyer):
        lamp, chair = shop.sells("LAMP-1"), shop.sells("CHAIR")
        with_lamp = buyer.order({lamp: 1, chair: 1}).json()["id"]
        buyer.order({chair: 1})
        shop.catalogue.rows[lamp]["sku"] = "LAMP-2"

        assert found(staff, search="LAMP-1") == [with_lamp]
        assert found(staff, search="lamp-1") == found(staff, search="Lamp-1") == [with_lamp]
        assert found(staff, search="LAMP-2") == found(staff, search="LAMP") == []

    def test_by_id_as_a_search_or_as_a_filter(self, order, staff):
        lamp = uuid4()
        one, two = order(product_id=lamp), order("cancelled", product_id=lamp)
        order()

        assert (
            found(staff, search=str(lamp))
            == found(staff, search=str(lamp).upper())
            == ids(one, two)
        )
        assert found(staff, product_id=str(lamp)) == ids(one, two)
        assert found(staff, product_id=str(lamp), status="cancelled") == ids(two)
        assert found(staff, product_id=str(uuid4())) == []


class TestByEmail:
    def test_staff_find_a_customer_s_orders(self, shop, order, staff):
        ada, bob = uuid4(), uuid4()
        shop.people.users = [
            {"id": str(ada), "email": "Ada@example.com"},
            {"id": str(bob), "email": "bada@example.com"},
        ]
        hers = order(user_id=ada)
        order(user_id=bob)

        assert found(staff, search="ada@example.COM") == ids(hers)
        assert found(staff, search="ada@example.com", status="shipped") == []
        assert (
            found(staff, search="da@example.com") == found(staff, search="eve+x@example.com") == []
        )
        assert shop.user.calls[-1].path == "/api/users/?page_size=100&search=eve%2Bx%40example.com"

    def test_it_asks_with_the_token_of_whoever_asks(self, shop, staff):
        found(staff, search="ada@example.com")

        assert [call.headers["Authorization"] for call in shop.user.calls] == [
            staff._headers["Authorization"]
        ]

    @pytest.mark.parametrize(
        "step", [neighbours.resets, reply(200, {}), reply(200, {"results": [{}]}), reply(503, b"")]
    )
    def test_without_the_user_service_only_this_search_is_503(
        self, shop, order, staff, refused, step
    ):
        one = order(number="SO-7K3MQ-2XAB9")
        shop.user.always(step)

        answer = staff.get("/api/orders/?search=ada%40example.com")

        assert refused(answer, 503, "service_unavailable")["service"] == "user"
        assert answer["Retry-After"] == "1"
        assert (
            found(staff, search="SO-7K3MQ-2XAB9")
            == found(staff, search="LAMP")
            == found(staff)
            == ids(one)
        )

    def test_a_login_that_is_over_or_a_role_that_was_taken_away_finds_nobody(
        self, shop, staff, refused
    ):
        shop.people.signed_out.add(str(staff.user_id))
        refused(staff.get("/api/orders/?search=ada%40example.com"), 401, "invalid_token")
        shop.user.always(neighbours.problem(403, "permission_denied"))
        refused(staff.get("/api/orders/?search=ada%40example.com"), 403, "permission_denied")

    def test_customers_cannot_and_nobody_is_asked(self, shop, order, buyer):
        shop.people.users = [{"id": str(buyer.user_id), "email": "ada@example.com"}]
        order(user_id=buyer.user_id)

        assert found(buyer, search="ada@example.com") == []
        assert shop.user.calls == []


def test_customers_search_in_their_own_orders_only(order, buyer, other_buyer):
    lamp = uuid4()
    mine = order(user_id=buyer.user_id, number="SO-7K3MQ-2XAB9", sku="LAMP-1", product_id=lamp)
    order(user_id=other_buyer.user_id, number="SO-7K3MQ-2XAB8", sku="LAMP-1", product_id=lamp)

    for query in (
        {"search": "SO-7K3MQ"},
        {"search": "LAMP-1"},
        {"search": str(lamp)},
        {"product_id": str(lamp)},
    ):
        assert found(buyer, **query) == ids(mine)


@pytest.mark.parametrize("search", ["", " ", "\t"])
def test_to_search_for_nothing_is_not_to_search(order, staff, search):
    one = order()

    assert found(staff, search=search) == ids(one)


@pytest.mark.parametrize(
    "search",
    [
        "💡",
        "a" * 254,
        "'",
        "\\",
        "SO-",
        "SO-💡",
        "@",
        "a@b@c",
        "x" * 36,
        "\ud83d".encode("utf-8", "replace").decode(),
        "{}",
    ],
)
def test_any_text_may_be_searched_for(shop, order, staff, search):
    order(number="SO-7K3MQ-2XAB9")

    assert len(found(staff, search=search)) == (search == "SO-")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("search=" + "a" * 255, "search"),
        ("search=a&search=b", "search"),
        ("product_id=7", "product_id"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(staff, refused, query, field):
    assert [
        error["field"]
        for error in refused(staff.get(f"/api/orders/?{query}"), 400, "invalid")["errors"]
    ] == [field]


@pytest.mark.parametrize("orders", [1, 20])
@pytest.mark.parametrize("search", ["SO-", "LAMP", "ada@example.com"])
def test_a_search_costs_two_statements_however_much_it_finds(shop, order, staff, search, orders):
    ada = uuid4()
    shop.people.users = [{"id": str(ada), "email": "ada@example.com"}]
    for _ in range(orders):
        order(user_id=ada)

    with CaptureQueriesContext(connection) as statements:
        assert len(found(staff, search=search)) == orders

    assert len(statements) == 2


class TestNotes:
    def test_staff_note_and_read_newest_first(self, order, staff):
        path = f"/api/orders/{order().pk}/notes/"

        first = staff.post(path, {"text": " Call <b>first</b> 💡 "})
        second = JSONClient("staff").post(path, {"text": "Fragile."})

        assert (first.status_code, first.json()["text"], first.json()["author"]) == (
            201,
            "Call <b>first</b> 💡",
            str(staff.user_id),
        )
        assert set(first.json()) == {"id", "text", "author", "created_at"}
        assert staff.get(path).json() == {
            "next": None,
            "previous": None,
            "results": [second.json(), first.json()],
        }

    def test_they_are_of_one_order(self, order, staff):
        one, other = order(), order()
        staff.post(f"/api/orders/{one.pk}/notes/", {"text": "Fragile."})

        assert staff.get(f"/api/orders/{other.pk}/notes/").json()["results"] == []

    def test_they_come_in_pages_for_a_constant_number_of_statements(self, order, staff):
        path = f"/api/orders/{order().pk}/notes/"
        made = [staff.post(path, {"text": str(number)}).json() for number in range(3)]

        with CaptureQueriesContext(connection) as statements:
            page = staff.get(f"{path}?page_size=2").json()
        assert len(statements) == 3

        assert page["results"] == made[:0:-1]
        assert (
            staff.get(page["next"].removeprefix("http://testserver")).json()["results"] == made[:1]
        )

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_the_customer_neither_reads_nor_writes_them(self, order, staff, buyer, refused, method):
        mine = order(user_id=buyer.user_id)
        path = f"/api/orders/{mine.pk}/notes/"
        staff.post(path, {"text": "Pays late."})

        refused(
            buyer.send(method, path, {"text": "No."} if method == "POST" else None),
            403,
            "permission_denied",
        )
        for shown in ("", "events/"):
            assert b"Pays late" not in buyer.get(f"/api/orders/{mine.pk}/{shown}").content
        assert Note.objects.count() == 1

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "text"),
            ({"text": ""}, "text"),
            ({"text": "  "}, "text"),
            ({"text": None}, "text"),
            ({"text": 3}, "text"),
            ({"text": "x" * 2001}, "text"),
            ({"text": "x", "author": str(uuid4())}, "author"),
            ([], "body"),
        ],
    )
    def test_what_is_no_note(self, order, staff, refused, body, field):
        answer = refused(staff.post(f"/api/orders/{order().pk}/notes/", body), 400, "invalid")

        assert [error["field"] for error in answer["errors"]] == [field]
        assert not Note.objects.exists()

    def test_the_longest_there_can_be(self, order, staff):
        assert (
            staff.post(f"/api/orders/{order().pk}/notes/", {"text": "💡" * 2000}).status_code == 201
        )
