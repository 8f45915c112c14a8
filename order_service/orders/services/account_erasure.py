"""Erases the shipping addresses in orders of closed accounts; the orders themselves stay.

The user service lists closed accounts. An open order keeps its address until it is delivered or
cancelled. Every step is safe to repeat, also by several workers at once.
"""

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Max
from django.db.models.functions import Now

from chassis.http_client import UpstreamUnavailable
from chassis.statements import PreparedStatement
from orders import clients
from orders.errors import DependencyUnavailable
from orders.models import ClosedAccount, Order

FETCH_TIMEOUT = 5.0
CHECK_INTERVAL = timedelta(hours=1)
"""Longer than a closed account can place orders: its access token expires after 15 minutes."""
COMMIT_DELAY = timedelta(minutes=1)
"""`closed_at` is the start of a transaction; one that started earlier may become visible later."""
MIN_CLOSED_AT = datetime(2000, 1, 1, tzinfo=UTC)
MAX_ACCOUNTS, MAX_ORDERS = 20, 500
"""Per batch, because a statement has a time limit."""

ERASE_ADDRESSES = PreparedStatement(
    "erase_addresses",
    """
    UPDATE "order" SET shipping_address = NULL
    WHERE id IN (
        SELECT id FROM "order"
        WHERE user_id = %(user_id)s AND status IN ('delivered', 'cancelled')
          AND shipping_address IS NOT NULL
        LIMIT %(limit)s
    )
    RETURNING id""",
)


def fetch_closed_accounts() -> bool:
    """Store the accounts closed since the last call. Returns whether there may be more.

    Raises DependencyUnavailable.
    """
    deadline = time.monotonic() + FETCH_TIMEOUT
    latest = ClosedAccount.objects.aggregate(latest=Max("closed_at"))["latest"]
    after = latest - COMMIT_DELAY if latest else MIN_CLOSED_AT
    query = urlencode({"after": after.isoformat(), "page_size": 100})
    while query and time.monotonic() < deadline:
        query = _fetch_page(query)
    return bool(query)


def _fetch_page(query: str) -> str:
    """Returns the query of the next page."""
    try:
        rows, next_query = clients.users().list_closed_accounts(query, timeout=clients.CALL_TIMEOUT)
    except UpstreamUnavailable as error:
        raise DependencyUnavailable("user") from error
    accounts = [
        ClosedAccount(user_id=row.user_id, closed_at=row.closed_at, due_at=row.closed_at)
        for row in rows
    ]
    ClosedAccount.objects.bulk_create(accounts, ignore_conflicts=True)
    return next_query


def erase_addresses() -> bool:
    """Erase the addresses of the accounts that are due. Returns whether there may be more."""
    due = ClosedAccount.objects.filter(due_at__lte=Now()).order_by("due_at")
    accounts = list(due[:MAX_ACCOUNTS])
    for account in accounts:
        erased = ERASE_ADDRESSES.execute(user_id=account.user_id, limit=MAX_ORDERS)
        if len(erased) < MAX_ORDERS:
            _reschedule(account)
    return bool(accounts)


def _reschedule(account: ClosedAccount) -> None:
    """Check again later, unless no address is left and none can be added."""
    now = datetime.now(UTC)
    left = Order.objects.filter(user_id=account.user_id, shipping_address__isnull=False).exists()
    again = left or now < account.closed_at + CHECK_INTERVAL
    account.due_at = now + CHECK_INTERVAL if again else None
    account.save(update_fields=["due_at"])
