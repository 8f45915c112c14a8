"""Over HTTP: users as staff see and change them."""

from uuid import uuid4

import pytest
from conftest import PASSWORD, assert_problem

from users.models import User
from users.services import accounts

pytestmark = pytest.mark.django_db


@pytest.fixture
def users(user):
    """Five customers and one staff account, oldest first."""
    return [user(f"user{n}@example.com", name=f"User {n}") for n in range(5)] + [
        user("boss@example.com", role="staff")
    ]


def test_the_last_staff_account_cannot_leave(as_user, boss):
    me = as_user(boss)
    for response in (
        me.delete("/api/users/me/", {"current_password": PASSWORD}),
        me.patch(f"/api/users/{boss.id}/", {"role": "customer"}),
        me.patch(f"/api/users/{boss.id}/", {"is_active": False}),
    ):
        assert_problem(response, 409, "last_staff")
    assert me.get("/api/users/me/").json()["role"] == "staff"


def test_staff_list_users_newest_first_in_pages(as_user, users):
    boss = as_user(users[-1])
    first = boss.get("/api/users/?page_size=4").json()
    second = boss.get(first["next"]).json()
    emails = [row["email"] for row in first["results"] + second["results"]]
    assert emails == [user.email for user in reversed(users)]
    assert (first["previous"], second["next"]) == (None, None)
    assert boss.get(second["previous"]).json()["results"] == first["results"]
    fields = {"id", "email", "name", "role", "is_active", "is_closed", "created_at", "updated_at"}
    assert set(first["results"][0]) == fields


def test_staff_list_users_by_id_and_unknown_ids_are_left_out(as_user, users):
    boss, ids = as_user(users[-1]), [str(users[3].pk), str(users[1].pk), str(uuid4())]
    found = boss.get(f"/api/users/?ids={','.join(ids)}&page_size=100").json()["results"]
    assert [row["email"] for row in found] == ["user3@example.com", "user1@example.com"]
    one = boss.get(f"/api/users/?ids={','.join(ids)}&search=user1").json()["results"]
    assert [row["email"] for row in one] == ["user1@example.com"]
    first = boss.get(f"/api/users/?ids={','.join(ids)}&page_size=1").json()
    assert [row["email"] for row in boss.get(first["next"]).json()["results"]] == [
        "user1@example.com"
    ]


@pytest.mark.parametrize("ids", ["x", ",", ",".join(str(uuid4()) for _ in range(101))])
def test_invalid_ids_are_rejected(as_user, users, ids):
    problem = assert_problem(as_user(users[-1]).get(f"/api/users/?ids={ids}"), 400, "invalid")
    assert [error["field"] for error in problem["errors"]] == ["ids"]


@pytest.mark.parametrize("query", ["ids=", "role=", "is_active=%20", "ids=&search="])
def test_a_blank_parameter_is_ignored(as_user, users, query):
    assert len(as_user(users[-1]).get(f"/api/users/?{query}").json()["results"]) == len(users)


def test_customers_cannot_list_users_by_id(as_user, users):
    assert_problem(
        as_user(users[0]).get(f"/api/users/?ids={users[0].pk}"), 403, "permission_denied"
    )


def test_staff_search_in_pages(as_user, users):
    boss = as_user(users[-1])
    first = boss.get("/api/users?search=USER%20&page_size=3").json()
    rest = boss.get(first["next"]).json()
    assert [row["name"] for row in first["results"] + rest["results"]] == [
        f"User {n}" for n in range(5)
    ]
    assert boss.get(rest["previous"]).json()["results"] == first["results"]
    assert [
        row["email"] for row in boss.get("/api/users/?search=user3@example.com").json()["results"]
    ] == ["user3@example.com"]
    assert boss.get("/api/users/?search=unknown").json()["results"] == []
    problem = assert_problem(boss.get(f"/api/users/?search={'x' * 255}"), 400, "invalid")
    assert [error["field"] for error in problem["errors"]] == ["search"]


def test_staff_filter_by_role_and_activity(as_user, users):
    boss = as_user(users[-1])
    boss.patch(f"/api/users/{users[0].id}/", {"is_active": False})
    assert [row["email"] for row in boss.get("/api/users/?role=staff").json()["results"]] == [
        "boss@example.com"
    ]
    assert [row["email"] for row in boss.get("/api/users/?is_active=false").json()["results"]] == [
        "user0@example.com"
    ]
    first = boss.get("/api/users/?role=customer&is_active=true&search=user&page_size=2").json()
    rest = boss.get(first["next"]).json()
    assert [row["name"] for row in first["results"] + rest["results"]] == [
        f"User {n}" for n in range(1, 5)
    ]


def test_a_closed_account_has_no_personal_data(as_user, ada, boss):
    accounts.close_account(user_id=ada.id)
    row = as_user(boss).get(f"/api/users/{ada.id}/").json()
    assert (row["email"], row["name"], row["is_active"], row["is_closed"]) == (
        None,
        "",
        False,
        True,
    )


def test_staff_change_role_and_activity(as_user, ada, boss):
    me, customer = as_user(boss), as_user(ada)
    path = f"/api/users/{ada.id}/"
    assert_problem(customer.get("/api/users/"), 403, "permission_denied")
    assert me.patch(path, {"role": "staff"}).json()["role"] == "staff"
    assert customer.get("/api/users/").status_code == 200  # the current role counts
    assert me.patch(path, {"is_active": False}).json()["is_active"] is False
    assert_problem(customer.get("/api/users/me/"), 401, "invalid_token")
    assert me.patch(path, {"is_active": True, "role": "customer"}).json()["role"] == "customer"
    assert me.patch(path, {}).json() == me.get(path).json()


@pytest.mark.parametrize(
    "body",
    [
        {"role": "owner"},
        {"role": None},
        {"role": []},
        {"is_active": "yes"},
        {"is_active": 1},
        {"email": "x@example.com"},
    ],
)
def test_staff_cannot_change_other_fields(as_user, ada, boss, body):
    assert_problem(as_user(boss).patch(f"/api/users/{ada.id}/", body), 400, "invalid")
    unchanged = User.objects.get(pk=ada.id)
    assert (unchanged.email, unchanged.role, unchanged.is_active) == (
        "ada@example.com",
        "customer",
        True,
    )


def test_an_unknown_user_is_not_found(as_user, boss):
    for method, body in (("GET", None), ("PATCH", {"role": "staff"})):
        assert_problem(
            as_user(boss).call(method, f"/api/users/{uuid4()}/", body), 404, "user_not_found"
        )


def test_only_staff_read_and_change_other_users(api, as_user, ada, boss):
    for method, path in (
        ("GET", "/api/users/"),
        ("GET", f"/api/users/{boss.id}/"),
        ("PATCH", f"/api/users/{ada.id}/"),
    ):
        assert_problem(api.call(method, path, {"role": "staff"}), 401, "not_authenticated")
        assert_problem(as_user(ada).call(method, path, {"role": "staff"}), 403, "permission_denied")
    assert User.objects.get(pk=ada.id).role == "customer"


def test_a_response_can_be_sent_back_and_other_fields_are_read_only(as_user, boss, ada):
    staff, me = as_user(boss), as_user(ada)
    for client, path in ((staff, f"/api/users/{ada.id}/"), (me, "/api/users/me/")):
        body = client.get(path).json()
        changes = client.patch(path, body)
        assert (changes.status_code, changes.json()["email"]) == (200, ada.email)
        problem = assert_problem(
            client.patch(path, changes.json() | {"created_at": "2026-01-01T00:00:00Z"}),
            400,
            "invalid",
        )
        assert [(error["field"], error["code"]) for error in problem["errors"]] == [
            ("created_at", "read_only")
        ]
