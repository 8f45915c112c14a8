"""Lists of orders and events: visibility, filters, sorting, pagination."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from orders.models import Event

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def ids(response):
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def in_order(*orders):
    return sorted((str(order.pk) for order in orders), reverse=True)


def test_buyers_see_their_own_orders_and_staff_see_all(order, buyer, other_buyer, staff):
    mine, theirs = order(user_id=buyer.user_id), order(user_id=other_buyer.user_id)

    assert ids(buyer.get("/api/orders/")) == [str(mine.pk)]
    assert ids(other_buyer.get("/api/orders/")) == [str(theirs.pk)]
    assert ids(staff.get("/api/orders/")) == in_order(mine, theirs)


def test_only_staff_filter_by_another_user(order, buyer, other_buyer, staff):
    order(user_id=buyer.user_id)
    theirs = order(user_id=other_buyer.user_id)

    assert ids(staff.get(f"/api/orders/?user_id={other_buyer.user_id}")) == [str(theirs.pk)]
    assert ids(buyer.get(f"/api/orders/?user_id={other_buyer.user_id}")) == []
    assert ids(staff.get(f"/api/orders/?user_id={uuid4()}")) == []


def test_orders_are_sorted_newest_first(shop, buyer):
    lamp = shop.sells("LAMP")
    placed = [buyer.order({lamp: 1}).json()["id"] for _ in range(5)]

    assert ids(buyer.get("/api/orders/")) == placed[::-1]


def test_filter_by_status(order, staff):
    made = {status: order(status) for status in ("confirmed", "shipped", "delivered", "cancelled")}

    for status, one in made.items():
        assert ids(staff.get(f"/api/orders/?status={status}")) == [str(one.pk)]


def test_time_filters_exclude_their_bounds(order, staff):
    before, at, after = (
        order(created_at=NOON + timedelta(milliseconds=step)) for step in (-1, 0, 1)
    )

    assert ids(staff.get("/api/orders/?created_after=2026-01-31T12:00:00Z")) == [str(after.pk)]
    assert ids(staff.get("/api/orders/?created_before=2026-01-31T12:00:00Z")) == [str(before.pk)]
    assert ids(
        staff.get("/api/orders/?created_before=2026-01-31T13:00:00.000001%2B01:00")
    ) == in_order(before, at)
    for around in (
        "created_after=2026-01-31T11:59:59.999999Z&created_before=2026-01-31T12:00:00.000001Z",
        "created_after=2026-01-31T11:59:59.999Z&created_before=2026-01-31T12:00:00.001Z",
    ):
        assert ids(staff.get(f"/api/orders/?{around}")) == [str(at.pk)]


def test_created_at_of_a_response_works_as_a_filter(shop, buyer):
    placed = [buyer.order({shop.sells(f"P{number}"): 1}).json() for number in range(3)]
    for this in placed:
        later = [order["id"] for order in placed if order["created_at"] > this["created_at"]]
        earlier = [order["id"] for order in placed if order["created_at"] < this["created_at"]]

        assert ids(buyer.get(f"/api/orders/?created_after={this['created_at']}")) == later[::-1]
        assert ids(buyer.get(f"/api/orders/?created_before={this['created_at']}")) == earlier[::-1]


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59.999999Z"]
)
def test_minimum_and_maximum_times_are_valid_filters(order, staff, moment):
    one = order()

    after, before = (
        ids(staff.get(f"/api/orders/?created_{side}={moment}")) for side in ("after", "before")
    )

    assert (after, before) == (([], [str(one.pk)]) if moment > "2026" else ([str(one.pk)], []))


def test_filters_are_combined(order, staff, buyer):
    wanted = order("shipped", buyer.user_id, created_at=NOON)
    for others in (
        ("confirmed", buyer.user_id, NOON),
        ("shipped", None, NOON),
        ("shipped", buyer.user_id, NOON - timedelta(days=9)),
    ):
        order(others[0], others[1], created_at=others[2])

    times = "created_after=2026-01-30T00:00:00Z&created_before=2026-02-01T00:00:00Z"
    query = f"status=shipped&user_id={buyer.user_id}&{times}"
    assert ids(staff.get(f"/api/orders/?{query}")) == [str(wanted.pk)]


@pytest.mark.parametrize("name", ["status", "page_size", "user_id", "created_after", "search"])
def test_blank_parameter_is_ignored(order, staff, name):
    made = order()

    assert [row["id"] for row in staff.get(f"/api/orders/?{name}=").json()["results"]] == [
        str(made.pk)
    ]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=lost", "status"),
        ("user_id=7", "user_id"),
        ("created_after=yesterday", "created_after"),
        ("created_after=2026-02-30T00:00:00Z", "created_after"),
        ("created_before=2026-13-01", "created_before"),
        ("created_before=0001-01-01T00:00:00%2B23:59", "created_before"),
        ("page_size=0", "page_size"),
        ("page_size=101", "page_size"),
        ("page_size=1.5", "page_size"),
        ("cursor=invalid", "cursor"),
        ("cursor=cD1ub25zZW5zZQ==", "cursor"),
        ("cursor=bz0tMQ==", "cursor"),
        ("status=%00", "url"),
    ],
)
def test_invalid_filter_is_rejected(order, staff, assert_problem, query, field):
    order()

    assert [
        error["field"]
        for error in assert_problem(staff.get(f"/api/orders/?{query}"), 400, "invalid")["errors"]
    ] == [field]


def test_pagination_keeps_filters_in_both_directions(order, staff, buyer):
    mine = in_order(*(order("shipped", buyer.user_id) for _ in range(5)))
    order("confirmed")

    def follow(url, which):
        pages = []
        while url:
            page = staff.get(url.removeprefix("http://testserver"))
            pages.append(ids(page))
            url = page.json()[which]
            last = page
        return pages, last

    there, last = follow(f"/api/orders/?status=shipped&user_id={buyer.user_id}&page_size=2", "next")
    back, _ = follow(last.json()["previous"], "previous")

    assert there == [mine[:2], mine[2:4], mine[4:]]
    assert back == [mine[2:4], mine[:2]]


def test_new_order_does_not_shift_pages(shop, buyer):
    lamp = shop.sells("LAMP")
    placed = [buyer.order({lamp: 1}).json()["id"] for _ in range(4)]
    first = buyer.get("/api/orders/?page_size=2")
    buyer.order({lamp: 1})

    second = buyer.get(first.json()["next"].removeprefix("http://testserver"))

    assert ids(first) + ids(second) == placed[::-1]


def test_events_are_sorted_oldest_first(shop, buyer, staff, other_buyer, assert_problem):
    order = buyer.order({shop.sells("LAMP"): 1})
    staff.post(f"{order['Location']}ship/")
    staff.post(f"{order['Location']}deliver/")

    page = buyer.get(f"{order['Location']}events/").json()

    assert page == staff.get(f"{order['Location']}events/").json()
    assert [(row["type"], row["actor"], row["actor_role"]) for row in page["results"]] == [
        ("placed", str(buyer.user_id), "customer"),
        ("shipped", str(staff.user_id), "staff"),
        ("delivered", str(staff.user_id), "staff"),
    ]
    assert all(set(row) == {"type", "created_at", "actor", "actor_role"} for row in page["results"])
    assert [row["created_at"] for row in page["results"]] == sorted(
        row["created_at"] for row in page["results"]
    )
    assert_problem(other_buyer.get(f"{order['Location']}events/"), 404, "order_not_found")


def test_event_has_the_actor(shop, buyer, staff):
    order = buyer.order({shop.sells("LAMP"): 1})
    staff.post(f"{order['Location']}cancel/")
    buyer.post(f"{order['Location']}cancel/")

    assert list(Event.objects.values_list("type", "actor").order_by("id")) == [
        ("placed", buyer.user_id),
        ("cancelled", staff.user_id),
    ]


@pytest.mark.parametrize("who", ["buyer", "staff"])
def test_event_has_the_role_of_the_actor(shop, buyer, staff, who):
    order = buyer.order({shop.sells("LAMP"): 1})
    {"buyer": buyer, "staff": staff}[who].post(f"{order['Location']}cancel/")

    last = buyer.get(f"{order['Location']}events/").json()["results"][-1]

    assert (last["type"], last["actor_role"]) == (
        "cancelled",
        "customer" if who == "buyer" else "staff",
    )


def test_events_are_paginated(shop, buyer, staff):
    order = buyer.order({shop.sells("LAMP"): 1})
    staff.post(f"{order['Location']}ship/")

    first = buyer.get(f"{order['Location']}events/?page_size=1").json()
    second = buyer.get(first["next"].removeprefix("http://testserver")).json()

    assert [row["type"] for row in first["results"] + second["results"]] == ["placed", "shipped"]
    assert second["next"] is None
