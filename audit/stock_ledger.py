"""Reads the ledger of a product incrementally, newest row first.

The ledger is append-only, and each row is written in the transaction of the change of stock that it
records. A stock row or a reservation that was read between two reads of the ledger must therefore
match the ledger at one of the states in between.
"""

from collections.abc import Callable
from typing import NamedTuple

from audit.client import AuditClient
from audit.records import Movement

BEGINNING = Movement("", 0, 0, 0, 0, None)


class StockState(NamedTuple):
    """The stock of a product after a row of its ledger."""

    quantity: int
    reserved: int
    total: int
    """The sum of all deltas up to that row."""


class StockLedger:
    def __init__(
        self, client: AuditClient, product_id: str, report_fault: Callable[[str], None]
    ) -> None:
        self.product_id = product_id
        self.rows = 0
        self.holds: dict[str, int] = {}
        """Units reserved, by order; only those that are still reserved, so that it stays small for
        a long ledger.
        """
        self._client = client
        self._report_fault = report_fault
        self._started = False
        self._newest = BEGINNING
        self._total = 0

    @property
    def state(self) -> StockState:
        return StockState(self._newest.quantity_after, self._newest.reserved_after, self._total)

    def catch_up(self) -> list[Movement]:
        """Read the rows since the last call.

        Returns them, oldest first; the first call returns none.
        """
        known, newer, added, first_time = self._newest, None, list[Movement](), not self._started
        self._started = True
        for row in self._client.movements(self.product_id):
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

    def states(self) -> list[StockState]:
        """Catch up.

        Returns the previous state and each one since. Requires an earlier `catch_up`.
        """
        states = [self.state]
        for row in self.catch_up():
            states.append(
                StockState(row.quantity_after, row.reserved_after, states[-1].total + row.delta)
            )
        return states

    def _count(self, row: Movement) -> None:
        self.rows += 1
        self._total += row.delta
        if not row.reserved_delta:
            return
        if row.reference is None:
            self._report_fault(
                f"ledger row {row.id} changes reserved by {row.reserved_delta:+} without an order"
            )
        elif held := self.holds.pop(row.reference, 0) + row.reserved_delta:
            self.holds[row.reference] = held

    def _check_step(self, older: Movement, row: Movement) -> None:
        expected = (
            older.quantity_after + row.delta - row.reserved_delta,
            older.reserved_after + row.reserved_delta,
        )
        after = (row.quantity_after, row.reserved_after)
        if after != expected:
            before = f"quantity {older.quantity_after}, reserved {older.reserved_after}"
            self._report_fault(
                f"ledger row {row.id} goes from {before} by delta {row.delta:+}, of it reserved "
                f"{row.reserved_delta:+}, "
                f"to quantity {after[0]}, reserved {after[1]} instead of {expected[0]}, "
                f"{expected[1]}"
            )
        elif min(after) < 0:
            self._report_fault(
                f"ledger row {row.id} has quantity {after[0]}, reserved {after[1]}: negative"
            )
