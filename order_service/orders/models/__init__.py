from orders.models.addresses import ADDRESS_FIELDS, AddressField
from orders.models.closed_accounts import ClosedAccount
from orders.models.events import Event
from orders.models.notes import Note
from orders.models.order_attempts import Attempt
from orders.models.orders import Order, OrderLine
from orders.models.outbox import OutboxMessage
from orders.models.rate_limits import RateLimit

__all__ = [
    "ADDRESS_FIELDS",
    "AddressField",
    "Attempt",
    "ClosedAccount",
    "Event",
    "Note",
    "Order",
    "OrderLine",
    "OutboxMessage",
    "RateLimit",
]
