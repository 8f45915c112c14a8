"""The facts: orders, the attempts that made them, their history, and what still has to be seen to."""

from orders.models.attempts import Attempt
from orders.models.chores import ClosedAccount, StockTask
from orders.models.history import Event, Note
from orders.models.orders import ADDRESS_LONGEST, ADDRESS_NEEDED, Order, OrderLine
from orders.models.rate_limits import RateLimit

__all__ = [
    "ADDRESS_LONGEST",
    "ADDRESS_NEEDED",
    "Attempt",
    "ClosedAccount",
    "Event",
    "Note",
    "Order",
    "OrderLine",
    "RateLimit",
    "StockTask",
]
