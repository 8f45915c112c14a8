"""Invariant 1: no stock is negative, stock equals its ledger, and every reserved unit is held by a
reservation.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from audit.client import AuditClient
from audit.records import Stock
from audit.report import Report
from audit.stock_ledger import StockLedger, StockState
from local_stack.progress import Progress


class StockAudit:
    def __init__(self, client: AuditClient, report: Report, progress: Progress) -> None:
        self._client, self._report, self._progress = client, report, progress

    def run(self, held: Mapping[str, int]) -> None:
        """`held` are the units that reservations hold, by product, as read before."""
        suspects, unknown = [], Counter(held)
        for ledger, stock in self._each():
            if unknown.pop(stock.product_id, 0) != stock.reserved:
                suspects.append(ledger)
        for product_id in unknown:
            if self._client.stock(product_id) is None:
                self._add_violation(
                    product_id,
                    f"{unknown[product_id]} units of product {product_id} are held, but it has no "
                    "stock row",
                )
        self._compare_holds(suspects)

    def _each(self) -> Iterator[tuple[StockLedger, Stock]]:
        """Each product with its ledger, after comparing the two."""
        stocks = list(self._client.stocks())
        for number, stock in enumerate(stocks):
            self._progress(
                f"product {number} of {len(stocks)}, {self._report.ledger_rows} ledger rows",
                number / len(stocks),
            )
            ledger = self._read(stock.product_id)
            self._compare(stock, ledger)
            self._report.products += 1
            self._report.ledger_rows += ledger.rows
            yield ledger, stock

    def _read(self, product_id: str) -> StockLedger:
        ledger = StockLedger(
            self._client,
            product_id,
            lambda finding: self._add_violation(product_id, f"{finding}; product {product_id}"),
        )
        ledger.catch_up()
        return ledger

    def _compare(self, stock: Stock, ledger: StockLedger) -> None:
        """The row was read before its ledger, so the two may differ.

        Then read the row again, between two reads of the ledger.
        """
        if not list(violations_of(stock, [ledger.state])):
            return
        self._report.rechecked += 1
        again = self._client.stock(stock.product_id)
        violations = (
            violations_of(again, ledger.states()) if again else ["a stock row that has disappeared"]
        )
        for finding in violations:
            self._add_violation(stock.product_id, f"product {stock.product_id} has {finding}")

    def _compare_holds(self, suspects: list[StockLedger]) -> None:
        """For products whose reservations do not sum up to `reserved`, because of concurrent
        changes or a violation.
        """
        if not suspects:
            return
        held = self._held({ledger.product_id for ledger in suspects})
        for number, ledger in enumerate(suspects):
            self._progress(
                f"rechecking product {number} of {len(suspects)}", number / len(suspects)
            )
            self._report.rechecked += 1
            self._compare_each_hold(ledger, held[ledger.product_id])

    def _held(self, product_ids: set[str]) -> dict[str, dict[str, int]]:
        """Units held of these products, by product and order."""
        held: dict[str, dict[str, int]] = defaultdict(dict)
        for number, reservation in enumerate(self._client.reservations("held")):
            self._progress(f"rechecking {number} held reservations", None)
            for product_id, units in reservation.held():
                if product_id in product_ids:
                    held[product_id][reservation.order_id] = units
        return held

    def _compare_each_hold(self, ledger: StockLedger, held: Mapping[str, int]) -> None:
        """A reservation that is read between two reads of the ledger must match the ledger at a
        state in between.
        """
        ledger.catch_up()
        known = dict(ledger.holds)
        different = sorted(
            order_id
            for order_id in known.keys() | held.keys()
            if known.get(order_id, 0) != held.get(order_id, 0)
        )
        now = {order_id: self._units(order_id, ledger.product_id) for order_id in different}
        states = {order_id: [known.get(order_id, 0)] for order_id in different}
        for row in ledger.catch_up():
            if row.reference in states:
                states[row.reference].append(states[row.reference][-1] + row.reserved_delta)
        for order_id in different:
            if now[order_id] not in states[order_id]:
                self._report_wrong_hold(
                    ledger.product_id, order_id, states[order_id][-1], now[order_id]
                )

    def _units(self, order_id: str, product_id: str) -> int:
        reservation = self._client.reservation(order_id)
        return dict(reservation.held()).get(product_id, 0) if reservation else 0

    def _report_wrong_hold(self, product_id: str, order_id: str, reserved: int, held: int) -> None:
        message = (
            f"product {product_id}: the ledger has {reserved} reserved for order {order_id}, but "
            f"its reservation holds {held}"
        )
        urls = (self._client.movements_url(product_id), self._client.reservation_url(order_id))
        self._report.add(1, message, urls, product_id=product_id, order_id=order_id)

    def _add_violation(self, product_id: str, message: str) -> None:
        self._report.add(
            1,
            message,
            (self._client.stock_url(product_id), self._client.movements_url(product_id)),
            product_id=product_id,
        )


def violations_of(stock: Stock, states: list[StockState]) -> Iterator[str]:
    """The violations of a stock row, which must match its ledger at one of these states."""
    total = stock.quantity + stock.reserved
    amounts = f"quantity {stock.quantity} and reserved {stock.reserved}"
    if min(stock.quantity, stock.reserved) < 0:
        yield f"{amounts}: negative"
    if all(state.total != total for state in states):
        yield f"{amounts}, together {total}; the sum of its ledger is {states[-1].total}"
    elif all(
        (state.quantity, state.reserved) != (stock.quantity, stock.reserved) for state in states
    ):
        last = states[-1]
        yield (
            f"{amounts}; the newest row of its ledger has quantity {last.quantity} and reserved "
            f"{last.reserved}"
        )
