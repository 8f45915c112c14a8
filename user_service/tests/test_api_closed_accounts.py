"""Over HTTP: the list of closed accounts for the order service."""

from datetime import UTC, datetime, timedelta

import pytest
from conftest import Api, assert_problem

from chassis.service_tokens import ServiceTokens
from users.models import User
from users.services import accounts, staff

pytestmark = pytest.mark.django_db

LONG_AGO = "2020-01-01T00:00:00Z"


def as_service(
    settings, issuer: str = "order", audience: str = "user", scope: str = "closures:read"
) -> Api:
    return Api(
        ServiceTokens(
            settings.SERVICE_KEYS["order"], issuer=issuer, audience=audience, scope=scope
        ).current()
    )


@pytest.fixture
def closed(user):
    """`closed(3)` creates three accounts, closed at intervals of one second."""

    def make(number: int) -> list[str]:
        users = [user(f"gone-{each}@example.com") for each in range(number)]
        for second, one in enumerate(users):
            accounts.close_account(user_id=one.pk)
            User.objects.filter(pk=one.pk).update(
                updated_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
            )
        return [str(one.pk) for one in users]

    return make


def test_closed_accounts_are_listed_by_closing_time_without_personal_data(settings, ada, closed):
    first, second = closed(2)

    page = as_service(settings).get(f"/api/users/closed/?after={LONG_AGO}").json()

    assert page["results"] == [
        {"id": first, "closed_at": "2026-01-01T00:00:00Z"},
        {"id": second, "closed_at": "2026-01-01T00:00:01Z"},
    ]
    later = (
        as_service(settings)
        .get(f"/api/users/closed/?after={page['results'][0]['closed_at']}")
        .json()
    )
    assert [row["id"] for row in later["results"]] == [second]


def test_the_list_is_paginated(settings, closed):
    ids = closed(5)
    service, url, seen = (
        as_service(settings),
        f"/api/users/closed/?after={LONG_AGO}&page_size=2",
        [],
    )
    while url:
        page = service.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = (page["next"] or "").removeprefix("http://testserver")

    assert seen == ids


def test_the_closing_time_does_not_change(ada):
    accounts.close_account(user_id=ada.pk)
    closed_at = User.objects.get(pk=ada.pk).updated_at

    with pytest.raises(Exception, match="closed by its owner"):
        staff.change(user_id=ada.pk, is_active=True)

    assert User.objects.get(pk=ada.pk).updated_at == closed_at


@pytest.mark.parametrize("name", ["ada", "boss"])
def test_users_are_forbidden(api, as_user, request, name):
    client = as_user(request.getfixturevalue(name))

    assert_problem(client.get(f"/api/users/closed/?after={LONG_AGO}"), 403, "permission_denied")
    assert_problem(api.get(f"/api/users/closed/?after={LONG_AGO}"), 401, "not_authenticated")


@pytest.mark.parametrize(
    ("claims", "status", "code"),
    [
        ({"issuer": "product"}, 401, "invalid_token"),
        ({"audience": "inventory"}, 401, "invalid_token"),
        ({"scope": "reservations:write"}, 403, "permission_denied"),
    ],
)
def test_other_services_and_scopes_are_rejected(settings, claims, status, code):
    assert_problem(
        as_service(settings, **claims).get(f"/api/users/closed/?after={LONG_AGO}"), status, code
    )


@pytest.mark.parametrize(
    "query",
    ["", "after=", "after=yesterday", "after=2026-02-30T00:00:00Z", f"after={LONG_AGO}&cursor=x"],
)
def test_an_invalid_query_is_rejected(settings, query):
    assert_problem(as_service(settings).get(f"/api/users/closed/?{query}"), 400, "invalid")
