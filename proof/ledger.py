"""A product's ledger, from the newest row back to the first, and further whenever there is more of it.

Its rows are only ever added, newest first in the list, and each with the change of stock that it records. So what was read of
it stays true, and a stock row or a reservation that was read between two looks at the ledger has to be as the ledger says
at one of the moments in between, however busy the shop is.
"""

from collections.abc import Callable
from typing import NamedTuple

from proof.rows import Movement
from proof.shop import Shop

BEGINNING = Movement("", 0, 0, 0, 0, None)


class Moment(NamedTuple):
    """Of a product's stock, as its ledger has it."""

    quantity: int
    reserved: int
    total: int
    """The sum of all deltas until then."""


class Ledger:
    def __init__(self, shop: Shop, product_id: str, report_fault: Callable[[str], None]) -> None:
        self.product_id = product_id
        self.rows = 0
        self.holds: dict[str, int] = {}
        """Units reserved, by order; only those that are still reserved, so it is small even where the ledger is long."""
        self._shop = shop
        self._report_fault = report_fault
        self._begun = False
        self._newest = BEGINNING
        self._total = 0

    @property
    def moment(self) -> Moment:
        return Moment(self._newest.quantity_after, self._newest.reserved_after, self._total)

    def catch_up(self) -> list[Movement]:
        """Read what was written since the last time. Returns it, oldest first; nothing the first time, when it may be very much."""
        known, newer, added, first_time = self._newest, None, list[Movement](), not self._begun
        self._begun = True
        for row in self._shop.movements(self.product_id):
            if row.id <= known.id:
                break
            if newer is None:
                self._newest = row
            else:
                self._check_step(row, newer)
            self._count(row)
            newer = row
            if not first_time:
                added.append(row)
        if newer is not None:
            self._check_step(known, newer)
        return added[::-1]

    def moments(self) -> list[Moment]:
        """Catch up, for the second time at least: the moment at which we were, and each one since."""
        moments = [self.moment]
        for row in self.catch_up():
            moments.append(Moment(row.quantity_after, row.reserved_after, moments[-1].total + row.delta))
        return moments

    def _count(self, row: Movement) -> None:
        self.rows += 1
        self._total += row.delta
        if not row.reserved_delta:
            return
        if row.reference is None:
            self._report_fault(f"ledger row {row.id} changes reserved by {row.reserved_delta:+} for no order")
        elif held := self.holds.pop(row.reference, 0) + row.reserved_delta:
            self.holds[row.reference] = held

    def _check_step(self, older: Movement, row: Movement) -> None:
        due = (older.quantity_after + row.delta - row.reserved_delta, older.reserved_after + row.reserved_delta)
        after = (row.quantity_after, row.reserved_after)
        if after != due:
            before = f"quantity {older.quantity_after}, reserved {older.reserved_after}"
            self._report_fault(
                f"ledger row {row.id} goes from {before} by delta {row.delta:+}, of it reserved {row.reserved_delta:+}, "
                f"to quantity {after[0]}, reserved {after[1]} instead of {due[0]}, {due[1]}"
            )
        elif min(after) < 0:
            self._report_fault(f"ledger row {row.id} says quantity {after[0]}, reserved {after[1]}: less than nothing")
