from inventory.services.adjustments import adjust, set_threshold
from inventory.services.receipts import bulk_receive, receive
from inventory.services.reservations import fulfil, release, reserve

__all__ = ["adjust", "bulk_receive", "fulfil", "receive", "release", "reserve", "set_threshold"]
