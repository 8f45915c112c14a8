"""Search of orders by number, product and, for staff, e-mail address."""

from uuid import uuid4

import fake_servers
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from fake_servers import reply

pytestmark = pytest.mark.django_db


def search_ids(client, **query) -> list[str]:
    response = client.test_client.get("/api/orders/", query, headers=client.headers)
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def ids(*orders) -> list[str]:
    return sorted((str(order.pk) for order in orders), reverse=True)


class TestByNumber:
    def test_prefix_in_any_case(self, order, staff):
        one, two = order(number="SO-7K3MQ-2XAB9"), order(number="SO-7K3ZZ-00000")
        order(number="SO-8K3MQ-2XAB9")

        assert (
            search_ids(staff, search="SO-7K3MQ-2XAB9")
            == search_ids(staff, search="so-7k3mq")
            == ids(one)
        )
        assert search_ids(staff, search="SO-7K3") == ids(one, two)
        assert search_ids(staff, search="SO-7K3MQ-2XAB90") == []

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
    def test_any_notation_of_a_number(self, order, staff, search):
        one = order(number="SO-7K3MQ-2XAB9")
        order(number="SO-8K3MQ-2XAB9", sku="LAMP")

        assert search_ids(staff, search=search) == ids(one)

    def test_sku_that_looks_like_a_number(self, order, staff):
        one, two = order(sku="SOFA-1"), order(sku="7K3MQ-2XAB9")

        assert search_ids(staff, search="sofa-1") == ids(one)
        assert search_ids(staff, search="7k3mq-2xab9") == ids(two)

    def test_pattern_characters_are_literal(self, order, staff):
        order(number="SO-7K3MQ-2XAB9")

        assert (
            search_ids(staff, search="SO-%")
            == search_ids(staff, search="SO-7K3MQ_2XAB9")
            == search_ids(staff, search="SO-\\")
            == []
        )


class TestByProduct:
    def test_sku_at_the_time_of_the_order(self, shop, staff, buyer):
        lamp, chair = shop.sells("LAMP-1"), shop.sells("CHAIR")
        with_lamp = buyer.order({lamp: 1, chair: 1}).json()["id"]
        buyer.order({chair: 1})
        shop.catalogue.rows[lamp]["sku"] = "LAMP-2"

        assert search_ids(staff, search="LAMP-1") == [with_lamp]
        assert (
            search_ids(staff, search="lamp-1") == search_ids(staff, search="Lamp-1") == [with_lamp]
        )
        assert search_ids(staff, search="LAMP-2") == search_ids(staff, search="LAMP") == []

    def test_product_id_as_search_or_filter(self, order, staff):
        lamp = uuid4()
        one, two = order(product_id=lamp), order("cancelled", product_id=lamp)
        order()

        assert (
            search_ids(staff, search=str(lamp))
            == search_ids(staff, search=str(lamp).upper())
            == ids(one, two)
        )
        assert search_ids(staff, product_id=str(lamp)) == ids(one, two)
        assert search_ids(staff, product_id=str(lamp), status="cancelled") == ids(two)
        assert search_ids(staff, product_id=str(uuid4())) == []


class TestByEmail:
    def test_staff_search_by_email(self, shop, order, staff):
        ada, bob = uuid4(), uuid4()
        shop.users.users = [
            {"id": str(ada), "email": "Ada@example.com"},
            {"id": str(bob), "email": "bada@example.com"},
        ]
        hers = order(user_id=ada)
        order(user_id=bob)

        assert search_ids(staff, search="ada@example.COM") == ids(hers)
        assert search_ids(staff, search="ada@example.com", status="shipped") == []
        assert (
            search_ids(staff, search="da@example.com")
            == search_ids(staff, search="eve+x@example.com")
            == []
        )
        assert shop.user.calls[-1].path == "/api/users/?page_size=100&search=eve%2Bx%40example.com"

    def test_search_by_email_sends_the_users_token(self, shop, staff):
        search_ids(staff, search="ada@example.com")

        assert [call.headers["Authorization"] for call in shop.user.calls] == [
            staff.headers["Authorization"]
        ]

    @pytest.mark.parametrize(
        "step",
        [fake_servers.resets, reply(200, {}), reply(200, {"results": [{}]}), reply(503, b"")],
    )
    def test_unavailable_user_service_fails_only_this_search(
        self, shop, order, staff, assert_problem, step
    ):
        one = order(number="SO-7K3MQ-2XAB9")
        shop.user.always(step)

        response = staff.get("/api/orders/?search=ada%40example.com")

        assert assert_problem(response, 503, "service_unavailable")["service"] == "user"
        assert response["Retry-After"] == "1"
        assert (
            search_ids(staff, search="SO-7K3MQ-2XAB9")
            == search_ids(staff, search="LAMP")
            == search_ids(staff)
            == ids(one)
        )

    def test_ended_session_or_revoked_role_is_an_error(self, shop, staff, assert_problem):
        shop.users.signed_out.add(str(staff.user_id))
        assert_problem(staff.get("/api/orders/?search=ada%40example.com"), 401, "invalid_token")
        shop.user.always(fake_servers.problem(403, "permission_denied"))
        assert_problem(staff.get("/api/orders/?search=ada%40example.com"), 403, "permission_denied")

    def test_customers_cannot_search_by_email(self, shop, order, buyer):
        shop.users.users = [{"id": str(buyer.user_id), "email": "ada@example.com"}]
        order(user_id=buyer.user_id)

        assert search_ids(buyer, search="ada@example.com") == []
        assert shop.user.calls == []


def test_customers_search_only_their_own_orders(order, buyer, other_buyer):
    lamp = uuid4()
    mine = order(user_id=buyer.user_id, number="SO-7K3MQ-2XAB9", sku="LAMP-1", product_id=lamp)
    order(user_id=other_buyer.user_id, number="SO-7K3MQ-2XAB8", sku="LAMP-1", product_id=lamp)

    for query in (
        {"search": "SO-7K3MQ"},
        {"search": "LAMP-1"},
        {"search": str(lamp)},
        {"product_id": str(lamp)},
    ):
        assert search_ids(buyer, **query) == ids(mine)


@pytest.mark.parametrize("search", ["", " ", "\t"])
def test_blank_search_is_ignored(order, staff, search):
    one = order()

    assert search_ids(staff, search=search) == ids(one)


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
def test_any_text_is_a_valid_search(shop, order, staff, search):
    order(number="SO-7K3MQ-2XAB9")

    assert len(search_ids(staff, search=search)) == (search == "SO-")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("search=" + "a" * 255, "search"),
        ("search=a&search=b", "search"),
        ("product_id=7", "product_id"),
    ],
)
def test_invalid_search_is_rejected(staff, assert_problem, query, field):
    assert [
        error["field"]
        for error in assert_problem(staff.get(f"/api/orders/?{query}"), 400, "invalid")["errors"]
    ] == [field]


@pytest.mark.parametrize("orders", [1, 20])
@pytest.mark.parametrize("search", ["SO-", "LAMP", "ada@example.com"])
def test_search_costs_two_statements(shop, order, staff, search, orders):
    ada = uuid4()
    shop.users.users = [{"id": str(ada), "email": "ada@example.com"}]
    for _ in range(orders):
        order(user_id=ada)

    with CaptureQueriesContext(connection) as statements:
        assert len(search_ids(staff, search=search)) == orders

    assert len(statements) == 2
