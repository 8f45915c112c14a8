"""Orders of a closed account stay; their addresses are erased."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import fake_servers
import pytest
from fake_servers import problem, reply

from chassis import service_tokens
from chassis.tests.concurrency import run_concurrently
from orders.errors import DependencyUnavailable
from orders.models import ClosedAccount, Order
from orders.services import account_erasure, transitions

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
ADDRESS = {"name": "Ada", "line1": "1 Example Street", "city": "Exampleton", "country": "US"}


@pytest.fixture
def closes(shop):
    """`closes(user_id, hours_ago=2)`"""

    def close(user_id: UUID | None = None, hours_ago: float = 2) -> UUID:
        user_id = user_id or uuid4()
        shop.users.closures.append(
            {"id": str(user_id), "closed_at": (NOW - timedelta(hours=hours_ago)).isoformat()}
        )
        return user_id

    return close


def round_of_the_worker() -> None:
    account_erasure.fetch_closed_accounts()
    while account_erasure.erase_addresses():
        pass


def an_hour_passes() -> None:
    for account in ClosedAccount.objects.filter(due_at__isnull=False):
        ClosedAccount.objects.filter(pk=account.pk).update(
            due_at=account.due_at - timedelta(hours=2),
            closed_at=account.closed_at - timedelta(hours=2),
        )


def addressed() -> set[UUID]:
    return set(Order.objects.filter(shipping_address__isnull=False).values_list("pk", flat=True))


@pytest.mark.parametrize("status", ["delivered", "cancelled"])
def test_finished_order_loses_only_its_address(order, closes, buyer, other_buyer, staff, status):
    hers = order(status, buyer.user_id, shipping_address=ADDRESS)
    others = order(status, other_buyer.user_id, shipping_address=ADDRESS)
    before = staff.get(f"/api/orders/{hers.pk}/").json()
    closes(buyer.user_id)

    round_of_the_worker()

    assert addressed() == {others.pk}
    assert staff.get(f"/api/orders/{hers.pk}/").json() == before | {"shipping_address": None}
    assert ClosedAccount.objects.get().due_at is None


@pytest.mark.parametrize("status", ["confirmed", "shipped"])
def test_open_order_keeps_its_address_until_it_is_finished(shop, order, closes, status):
    owner = closes()
    hers = order(status, owner, shipping_address=ADDRESS)
    round_of_the_worker()
    assert addressed() == {hers.pk}
    assert ClosedAccount.objects.get().due_at > NOW

    if status == "shipped":
        transitions.deliver(hers, actor=uuid4())
    else:
        transitions.cancel(hers, actor=owner)
    an_hour_passes()
    round_of_the_worker()

    assert addressed() == set()
    assert ClosedAccount.objects.get().due_at is None


def test_order_placed_with_an_old_token_after_the_closure_is_erased(order, closes):
    owner = closes(hours_ago=0)
    round_of_the_worker()
    order("cancelled", owner, shipping_address=ADDRESS)
    an_hour_passes()

    round_of_the_worker()

    assert (addressed(), ClosedAccount.objects.get().due_at) == (set(), None)


def test_more_orders_than_one_batch_are_erased(order, closes, monkeypatch):
    monkeypatch.setattr(account_erasure, "MAX_ORDERS", 2)
    owner = closes()
    for _ in range(5):
        order("delivered", owner, shipping_address=ADDRESS)

    round_of_the_worker()

    assert addressed() == set()


def test_more_accounts_than_one_page_or_batch_are_erased(shop, order, closes, monkeypatch):
    monkeypatch.setattr(account_erasure, "MAX_ACCOUNTS", 20)
    for minutes in range(205):
        closes(hours_ago=10 + minutes / 60)
    last = order("delivered", closes(hours_ago=9), shipping_address=ADDRESS)

    round_of_the_worker()

    assert ClosedAccount.objects.filter(due_at=None).count() == 206
    assert last.pk not in addressed()
    assert len(shop.user.calls) == 3


def test_fetch_overlaps_by_a_minute_and_sends_a_service_token(shop, settings, closes):
    closes(hours_ago=5)
    account_erasure.fetch_closed_accounts()
    shop.user.calls.clear()
    late = closes(hours_ago=5 + 0.5 / 60)  # committed later than the other

    account_erasure.fetch_closed_accounts()

    assert ClosedAccount.objects.filter(pk=late).exists()
    [call] = shop.user.calls
    token = call.headers["Authorization"].removeprefix("Bearer ")
    assert service_tokens.verify(
        token, keys={"order": settings.ORDER_TO_USER_KEY}, audience="user"
    ) == ("order", "closures:read")


def test_known_closed_account_is_not_restarted(closes):
    closes()
    round_of_the_worker()

    round_of_the_worker()

    assert ClosedAccount.objects.get().due_at is None


@pytest.mark.parametrize(
    "step",
    [
        fake_servers.resets,
        reply(200, b"<html></html>", "text/html"),
        reply(200, {}),
        reply(200, {"results": [{"id": "x", "closed_at": "2026-01-01T00:00:00Z"}], "next": None}),
        *(
            reply(200, {"results": [{"id": str(uuid4()), "closed_at": moment}], "next": None})
            for moment in (None, 7, "", "x", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z")
        ),
        reply(200, {"results": [], "next": 7}),
        problem(401, "invalid_token"),
        problem(403, "permission_denied"),
        problem(404, "not_found"),
    ],
)
def test_fetch_fails_without_the_user_service_and_is_repeated(shop, order, closes, step):
    hers = order("delivered", closes(), shipping_address=ADDRESS)
    shop.user.always(step)

    with pytest.raises(DependencyUnavailable):
        account_erasure.fetch_closed_accounts()
    assert (addressed(), ClosedAccount.objects.count()) == ({hers.pk}, 0)

    shop.user.always(fake_servers.succeeds)
    round_of_the_worker()
    assert addressed() == set()


@pytest.mark.django_db(transaction=True)
def test_several_workers_erase_concurrently(shop, order, closes):
    for _ in range(10):
        order("delivered", closes(), shipping_address=ADDRESS)

    outcomes = run_concurrently(*[round_of_the_worker] * 4)

    assert outcomes == [None] * 4
    assert (addressed(), ClosedAccount.objects.filter(due_at=None).count()) == (set(), 10)
