"""What the order service may ask: who has closed an account."""

from datetime import UTC, datetime, timedelta

import pytest
from conftest import Api, is_problem
from django.db import connection

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
    """`closed(number=3)`: as many accounts, closed one second after another."""

    def make(number: int) -> list[str]:
        made = [user(f"gone-{each}@example.com") for each in range(number)]
        for second, one in enumerate(made):
            accounts.close(user_id=one.pk)
            User.objects.filter(pk=one.pk).update(
                updated_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
            )
        return [str(one.pk) for one in made]

    return make


def test_closed_accounts_are_listed_by_the_time_they_were_closed_and_say_nothing_else(
    settings, ada, closed
):
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


def test_they_come_in_pages(settings, closed):
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


def test_the_moment_of_closing_stays_as_nothing_of_a_closed_account_can_be_changed(ada):
    accounts.close(user_id=ada.pk)
    closed_at = User.objects.get(pk=ada.pk).updated_at

    with pytest.raises(Exception, match="closed by its owner"):
        staff.change(user_id=ada.pk, is_active=True)

    assert User.objects.get(pk=ada.pk).updated_at == closed_at


@pytest.mark.parametrize("who", ["ada", "boss"])
def test_no_person_may_see_them(api, as_user, request, who):
    person = as_user(request.getfixturevalue(who))

    is_problem(person.get(f"/api/users/closed/?after={LONG_AGO}"), 403, "permission_denied")
    is_problem(api.get(f"/api/users/closed/?after={LONG_AGO}"), 401, "not_authenticated")


@pytest.mark.parametrize(
    ("claims", "status", "code"),
    [
        ({"issuer": "product"}, 401, "invalid_token"),
        ({"audience": "inventory"}, 401, "invalid_token"),
        ({"scope": "reservations:write"}, 403, "permission_denied"),
    ],
)
def test_no_other_service_and_no_other_operation_may_either(settings, claims, status, code):
    is_problem(
        as_service(settings, **claims).get(f"/api/users/closed/?after={LONG_AGO}"), status, code
    )


@pytest.mark.parametrize(
    "query",
    ["", "after=", "after=yesterday", "after=2026-02-30T00:00:00Z", f"after={LONG_AGO}&cursor=x"],
)
def test_what_makes_no_sense_is_refused(settings, query):
    is_problem(as_service(settings).get(f"/api/users/closed/?{query}"), 400, "invalid")


def test_it_uses_its_index(settings):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    plan = (
        User.objects.closed(after=datetime(2026, 1, 1, tzinfo=UTC))
        .order_by("updated_at")[:21]
        .explain()
    )

    assert "closed_by_time" in plan
    assert "Sort" not in plan, plan
