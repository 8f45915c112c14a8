"""Orders stay for the books when their customer closes the account; the address they went to does not.

The user service says who closed an account. An order still under way keeps its address until it is delivered or cancelled.
All of it may be repeated, by several workers at once.
"""

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Max
from django.db.models.functions import Now

from chassis.http_client import UpstreamUnavailable
from chassis.statements import PreparedStatement
from orders import clients
from orders.errors import NeighbourAway
from orders.models import ClosedAccount, Order

CALL_SECONDS = 2.0
LEARN_SECONDS = 5.0
LOOK_AGAIN = timedelta(hours=1)
"""Also how long somebody may go on ordering: an access token outlives its account by 15 minutes."""
LATE = timedelta(minutes=1)
"""An account is closed at the time its transaction began; another that began later may be seen before it."""
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
ACCOUNTS, ORDERS = 20, 500
"""At a time: the worker has other things to do, and a statement has its time limit."""

BLANK = PreparedStatement(
    "blank",
    """
    UPDATE "order" SET shipping_address = NULL
    WHERE id IN (
        SELECT id FROM "order"
        WHERE user_id = %(user_id)s AND status IN ('delivered', 'cancelled') AND shipping_address IS NOT NULL LIMIT %(most)s
    )
    RETURNING id""",
)


def learn() -> bool:
    """Ask who closed an account since the last time. Returns whether there may be more; raises NeighbourAway."""
    deadline = time.monotonic() + LEARN_SECONDS
    latest = ClosedAccount.objects.aggregate(latest=Max("closed_at"))["latest"]
    page = urlencode(
        {"after": (latest - LATE if latest else BEGINNING).isoformat(), "page_size": 100}
    )
    while page and time.monotonic() < deadline:
        page = _learn(page)
    return bool(page)


def _learn(page: str) -> str:
    """The query of the next page."""
    try:
        closures, following = clients.users().closed(page, timeout=CALL_SECONDS)
    except UpstreamUnavailable as error:
        raise NeighbourAway("user") from error
    accounts = [
        ClosedAccount(user_id=each.user_id, closed_at=each.closed_at, due_at=each.closed_at)
        for each in closures
    ]
    ClosedAccount.objects.bulk_create(accounts, ignore_conflicts=True)
    return following


def erase() -> bool:
    """Blank the addresses of those whose turn it is. Returns whether there may be more to do at once."""
    accounts = list(ClosedAccount.objects.filter(due_at__lte=Now()).order_by("due_at")[:ACCOUNTS])
    for account in accounts:
        if len(BLANK.execute(user_id=account.user_id, most=ORDERS)) < ORDERS:
            _settle(account)
    return bool(accounts)


def _settle(account: ClosedAccount) -> None:
    """Look again later, unless no address is left and none can come."""
    now = datetime.now(UTC)
    left = Order.objects.filter(user_id=account.user_id, shipping_address__isnull=False).exists()
    account.due_at = now + LOOK_AGAIN if left or now < account.closed_at + LOOK_AGAIN else None
    account.save(update_fields=["due_at"])
