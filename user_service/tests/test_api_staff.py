"""Over HTTP: what staff see and change of everybody."""

from uuid import uuid4

import pytest
from conftest import PASSWORD, is_problem

from users.models import User
from users.services import accounts

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(user):
    """Five customers and a member of staff, oldest first."""
    return [user(f"user{n}@example.com", name=f"User {n}") for n in range(5)] + [
        user("boss@example.com", role="staff")
    ]


def test_the_last_of_staff_stays(as_user, boss):
    me = as_user(boss)
    for answer in (
        me.delete("/api/users/me/", {"current_password": PASSWORD}),
        me.patch(f"/api/users/{boss.id}/", {"role": "customer"}),
        me.patch(f"/api/users/{boss.id}/", {"is_active": False}),
    ):
        is_problem(answer, 409, "last_staff")
    assert me.get("/api/users/me/").json()["role"] == "staff"


def test_staff_list_users_newest_first_in_pages(as_user, people):
    boss = as_user(people[-1])
    first = boss.get("/api/users/?page_size=4").json()
    second = boss.get(first["next"]).json()
    emails = [row["email"] for row in first["results"] + second["results"]]
    assert emails == [user.email for user in reversed(people)]
    assert (first["previous"], second["next"]) == (None, None)
    assert boss.get(second["previous"]).json()["results"] == first["results"]
    fields = {"id", "email", "name", "role", "is_active", "is_closed", "created_at", "updated_at"}
    assert set(first["results"][0]) == fields


def test_staff_list_users_by_id_and_unknown_ids_are_left_out(as_user, people):
    boss, ids = as_user(people[-1]), [str(people[3].pk), str(people[1].pk), str(uuid4())]
    found = boss.get(f"/api/users/?ids={','.join(ids)}&page_size=100").json()["results"]
    assert [row["email"] for row in found] == ["user3@example.com", "user1@example.com"]
    one = boss.get(f"/api/users/?ids={','.join(ids)}&search=user1").json()["results"]
    assert [row["email"] for row in one] == ["user1@example.com"]
    first = boss.get(f"/api/users/?ids={','.join(ids)}&page_size=1").json()
    assert [row["email"] for row in boss.get(first["next"]).json()["results"]] == [
        "user1@example.com"
    ]


@pytest.mark.parametrize("ids", ["x", ",", ",".join(str(uuid4()) for _ in range(101))])
def test_wrong_ids_are_refused(as_user, people, ids):
    problem = is_problem(as_user(people[-1]).get(f"/api/users/?ids={ids}"), 400, "invalid")
    assert [error["field"] for error in problem["errors"]] == ["ids"]


@pytest.mark.parametrize("query", ["ids=", "role=", "is_active=%20", "ids=&search="])
def test_a_blank_parameter_is_an_absent_one(as_user, people, query):
    assert len(as_user(people[-1]).get(f"/api/users/?{query}").json()["results"]) == len(people)


def test_customers_list_nobody_by_id(as_user, people):
    is_problem(as_user(people[0]).get(f"/api/users/?ids={people[0].pk}"), 403, "permission_denied")


def test_staff_search_and_the_pages_remember_it(as_user, people):
    boss = as_user(people[-1])
    first = boss.get("/api/users?search=USER%20&page_size=3").json()
    rest = boss.get(first["next"]).json()
    assert [row["name"] for row in first["results"] + rest["results"]] == [
        f"User {n}" for n in range(5)
    ]
    assert boss.get(rest["previous"]).json()["results"] == first["results"]
    assert [
        row["email"] for row in boss.get("/api/users/?search=user3@example.com").json()["results"]
    ] == ["user3@example.com"]
    assert boss.get("/api/users/?search=nobody").json()["results"] == []
    problem = is_problem(boss.get(f"/api/users/?search={'x' * 255}"), 400, "invalid")
    assert [error["field"] for error in problem["errors"]] == ["search"]


def test_staff_filter_by_role_and_activity(as_user, people):
    boss = as_user(people[-1])
    boss.patch(f"/api/users/{people[0].id}/", {"is_active": False})
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


def test_closed_accounts_are_in_the_list_without_the_person(as_user, ada, boss):
    accounts.close(user_id=ada.id)
    row = as_user(boss).get(f"/api/users/{ada.id}/").json()
    assert (row["email"], row["name"], row["is_active"], row["is_closed"]) == (
        None,
        "",
        False,
        True,
    )


def test_staff_change_role_and_activity(as_user, ada, boss):
    me, hers = as_user(boss), as_user(ada)
    path = f"/api/users/{ada.id}/"
    is_problem(hers.get("/api/users/"), 403, "permission_denied")
    assert me.patch(path, {"role": "staff"}).json()["role"] == "staff"
    assert hers.get("/api/users/").status_code == 200  # here the role of now counts
    assert me.patch(path, {"is_active": False}).json()["is_active"] is False
    is_problem(hers.get("/api/users/me/"), 401, "invalid_token")
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
def test_staff_can_change_nothing_else(as_user, ada, boss, body):
    is_problem(as_user(boss).patch(f"/api/users/{ada.id}/", body), 400, "invalid")
    unchanged = User.objects.get(pk=ada.id)
    assert (unchanged.email, unchanged.role, unchanged.is_active) == (
        "ada@example.com",
        "customer",
        True,
    )


def test_nobody_is_there(as_user, boss):
    for method, body in (("GET", None), ("PATCH", {"role": "staff"})):
        is_problem(
            as_user(boss).call(method, f"/api/users/{uuid4()}/", body), 404, "user_not_found"
        )


def test_only_staff_see_others(api, as_user, ada, boss):
    for method, path in (
        ("GET", "/api/users/"),
        ("GET", f"/api/users/{boss.id}/"),
        ("PATCH", f"/api/users/{ada.id}/"),
    ):
        is_problem(api.call(method, path, {"role": "staff"}), 401, "not_authenticated")
        is_problem(as_user(ada).call(method, path, {"role": "staff"}), 403, "permission_denied")
    assert User.objects.get(pk=ada.id).role == "customer"


def test_a_user_and_a_profile_can_be_patched_back(as_user, boss, ada):
    staff, me = as_user(boss), as_user(ada)
    for client, path in ((staff, f"/api/users/{ada.id}/"), (me, "/api/users/me/")):
        whole = client.get(path).json()
        changes = client.patch(path, whole)
        assert (changes.status_code, changes.json()["email"]) == (200, ada.email)
        problem = is_problem(
            client.patch(path, changes.json() | {"created_at": "2026-01-01T00:00:00Z"}),
            400,
            "invalid",
        )
        assert [(error["field"], error["code"]) for error in problem["errors"]] == [
            ("created_at", "read_only")
        ]
