"""The loads of a benchmark run."""

from dataclasses import asdict, dataclass, replace
from typing import Any

ORDER, PRODUCT, LIST, SEARCH = "order", "product page", "list page", "search"
STOCK, OWN_ORDERS, ONE_ORDER = "stock of a product", "own orders", "an order"
SHOP, DJANGO_TUTORIAL, FASTAPI, PGBENCH = "shop", "django_tutorial", "fastapi", "pgbench"
TRACED = "traced"
"""The system with tracing, which sends the spans of every request to a collector."""
ALL_TARGETS = (SHOP, DJANGO_TUTORIAL, FASTAPI, PGBENCH, TRACED)
HTTP_TARGETS = (SHOP, DJANGO_TUTORIAL, FASTAPI, TRACED)
"""Targets with an HTTP API."""


@dataclass(frozen=True)
class Load:
    """Concurrent clients, each of which sends its next request when it has received the response to
    the previous one.
    """

    clients: int
    what: str = ORDER
    lines: int = 1
    hot: bool = False
    """All clients order the same product."""
    note: str = ""
    targets: tuple[str, ...] = ALL_TARGETS
    seconds_factor: float = 1.0
    """The duration relative to other loads."""

    @property
    def name(self) -> str:
        lines = f", {self.lines} line{'s' * (self.lines > 1)}" if self.what == ORDER else ""
        clients = f", {self.clients} client{'s' * (self.clients > 1)}"
        return f"{self.what}{lines}{', hot product' * self.hot}{clients}{self.note}"


@dataclass(frozen=True)
class LoadProfile:
    """The duration of a load: `warming` seconds before the measurement, then `seconds`, or less
    after `maximum` responses.
    """

    warming: float
    seconds: float
    maximum: int = 200_000

    def scaled_for(self, load: Load) -> "LoadProfile":
        return replace(self, seconds=self.seconds * load.seconds_factor)

    def as_job(self) -> dict[str, Any]:
        return asdict(self)


UNTRACED = (SHOP, DJANGO_TUTORIAL, FASTAPI, PGBENCH)
ONE = Load(1, targets=UNTRACED)
FEW = Load(16)
FIVE_LINES = Load(16, lines=5)
FIFTY_LINES = Load(16, lines=50)
MANY = Load(64, targets=UNTRACED)
RANDOM = Load(64, note=" (in pairs)", targets=(SHOP,), seconds_factor=2)
HOT = Load(64, hot=True, note=" (in pairs)", targets=(SHOP,), seconds_factor=2)
PAGE = Load(16, PRODUCT, targets=HTTP_TARGETS)
LISTING = Load(16, LIST, targets=HTTP_TARGETS)
SEARCHING = Load(16, SEARCH, targets=HTTP_TARGETS)
STOCK_READING = Load(16, STOCK, targets=HTTP_TARGETS)
OWN_ORDERS_READING = Load(16, OWN_ORDERS, targets=HTTP_TARGETS)
ORDER_READING = Load(16, ONE_ORDER, targets=HTTP_TARGETS)
READINGS = (PAGE, LISTING, SEARCHING, STOCK_READING, OWN_ORDERS_READING, ORDER_READING)
OVERLOAD = Load(160, note=" (overload)", targets=(SHOP,))
GREAT_OVERLOAD = Load(640, note=" (overload)", targets=(SHOP,))
AFTERWARDS = Load(16, note=" afterwards", targets=(SHOP,))

ORDERS = (ONE, FEW, FIVE_LINES, FIFTY_LINES, MANY)
PAIRS = (RANDOM, HOT, HOT, RANDOM, RANDOM, HOT)
"""Alternating, so that a temporarily slow machine affects both."""
LOADS = (*ORDERS, *READINGS, *PAIRS, OVERLOAD, GREAT_OVERLOAD, AFTERWARDS)
"""In this order: the last load must follow the overload immediately."""
MIXED = (*ORDERS, *READINGS)
"""The loads before the memory is measured."""
