"""What the contenders have to do."""

from dataclasses import asdict, dataclass, replace
from typing import Any

ORDER, PRODUCT, LIST, SEARCH = "order", "product page", "list page", "search"
STOCK, OWN_ORDERS, ONE_ORDER = "stock of a product", "own orders", "an order"
OURS, USUAL, ASYNC, FLOOR = "ours", "usual", "async", "floor"
TRACED = "traced"
"""Our system again, which sends the spans of every request to a collector."""
EVERYBODY = (OURS, USUAL, ASYNC, FLOOR, TRACED)
SERVERS = (OURS, USUAL, ASYNC, TRACED)
"""Those that speak HTTP."""


@dataclass(frozen=True)
class Load:
    """Clients that each send the next request as soon as the last one is answered, until the time is over."""

    clients: int
    what: str = ORDER
    lines: int = 1
    hot: bool = False
    """Everybody orders the same product."""
    note: str = ""
    contenders: tuple[str, ...] = EVERYBODY
    seconds_factor: float = 1.0
    """How many times as long as the others it lasts."""

    @property
    def name(self) -> str:
        lines = f", {self.lines} line{'s' * (self.lines > 1)}" if self.what == ORDER else ""
        clients = f", {self.clients} client{'s' * (self.clients > 1)}"
        return f"{self.what}{lines}{', hot product' * self.hot}{clients}{self.note}"


@dataclass(frozen=True)
class Pace:
    """How long a load lasts: `warming` seconds that do not count, then `seconds` that do, or fewer after `most` answers."""

    warming: float
    seconds: float
    most: int = 200_000

    def of(self, load: Load) -> "Pace":
        return replace(self, seconds=self.seconds * load.seconds_factor)

    def as_job(self) -> dict[str, Any]:
        return asdict(self)


UNTRACED = (OURS, USUAL, ASYNC, FLOOR)
ONE = Load(1, contenders=UNTRACED)
FEW = Load(16)
FIVE_LINES = Load(16, lines=5)
FIFTY_LINES = Load(16, lines=50)
MANY = Load(64, contenders=UNTRACED)
RANDOM = Load(64, note=" (in pairs)", contenders=(OURS,), seconds_factor=2)
HOT = Load(64, hot=True, note=" (in pairs)", contenders=(OURS,), seconds_factor=2)
PAGE = Load(16, PRODUCT, contenders=SERVERS)
LISTING = Load(16, LIST, contenders=SERVERS)
SEARCHING = Load(16, SEARCH, contenders=SERVERS)
STOCK_READING = Load(16, STOCK, contenders=SERVERS)
OWN_ORDERS_READING = Load(16, OWN_ORDERS, contenders=SERVERS)
ORDER_READING = Load(16, ONE_ORDER, contenders=SERVERS)
READINGS = (PAGE, LISTING, SEARCHING, STOCK_READING, OWN_ORDERS_READING, ORDER_READING)
OVERLOAD = Load(160, note=" (overload)", contenders=(OURS,))
GREAT_OVERLOAD = Load(640, note=" (overload)", contenders=(OURS,))
AFTERWARDS = Load(16, note=" afterwards", contenders=(OURS,))

ORDERS = (ONE, FEW, FIVE_LINES, FIFTY_LINES, MANY)
PAIRS = (RANDOM, HOT, HOT, RANDOM, RANDOM, HOT)
"""One after the other, so that what is slow for a while is slow for both."""
LOADS = (*ORDERS, *READINGS, *PAIRS, OVERLOAD, GREAT_OVERLOAD, AFTERWARDS)
"""In this order: the last one has to follow the overload at once."""
MIXED = (*ORDERS, *READINGS)
"""What the system has done when its memory is measured."""
