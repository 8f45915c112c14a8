"""What the contenders have to do."""

from dataclasses import asdict, dataclass
from typing import Any

ORDER, PRODUCT, LIST, SEARCH = "order", "product page", "list page", "search"
STOCK, OWN_ORDERS, ONE_ORDER = "stock of a product", "own orders", "an order"
OURS, USUAL, ASYNC, FLOOR = "ours", "usual", "async", "floor"
EVERYBODY = (OURS, USUAL, ASYNC, FLOOR)
SERVERS = (OURS, USUAL, ASYNC)
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

    def as_job(self) -> dict[str, Any]:
        return asdict(self)


ONE = Load(1)
FEW = Load(16)
FIVE_LINES = Load(16, lines=5)
FIFTY_LINES = Load(16, lines=50)
MANY = Load(64)
HOT = Load(64, hot=True)
PAGE = Load(16, PRODUCT, contenders=SERVERS)
LISTING = Load(16, LIST, contenders=SERVERS)
SEARCHING = Load(16, SEARCH, contenders=SERVERS)
OVERLOAD = Load(160, note=" (overload)", contenders=(OURS,))
GREAT_OVERLOAD = Load(640, note=" (overload)", contenders=(OURS,))
AFTERWARDS = Load(16, note=" afterwards", contenders=(OURS,))

LOADS = (ONE, FEW, FIVE_LINES, FIFTY_LINES, MANY, HOT, PAGE, LISTING, SEARCHING, OVERLOAD, GREAT_OVERLOAD, AFTERWARDS)
"""In this order: the last one has to follow the overload at once."""
