"""Invariant 1: nothing is less than nothing, stock is what its ledger says, and what is reserved somebody holds."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from local_stack.progress import Progress
from proof.ledger import Ledger, Moment
from proof.report import Report
from proof.rows import Stock
from proof.shop import Shop


class StockAudit:
    def __init__(self, shop: Shop, report: Report, progress: Progress) -> None:
        self._shop, self._report, self._progress = shop, report, progress

    def run(self, held: Mapping[str, int]) -> None:
        """`held` are the units that reservations hold, by product, as they were a moment ago."""
        suspects, unknown = [], Counter(held)
        for ledger, stock in self._each():
            if unknown.pop(stock.product_id, 0) != stock.reserved:
                suspects.append(ledger)
        for product_id in unknown:
            if self._shop.stock(product_id) is None:
                self._violated(product_id, f"{unknown[product_id]} units of product {product_id} are held, and it has no stock row")
        self._compare_holds(suspects)

    def _each(self) -> Iterator[tuple[Ledger, Stock]]:
        """Each product with its ledger, once the two have been compared."""
        stocks = list(self._shop.stocks())
        for number, stock in enumerate(stocks):
            self._progress(f"product {number} of {len(stocks)}, {self._report.ledger_rows} ledger rows", number / len(stocks))
            ledger = self._read(stock.product_id)
            self._compare(stock, ledger)
            self._report.products += 1
            self._report.ledger_rows += ledger.rows
            yield ledger, stock

    def _read(self, product_id: str) -> Ledger:
        ledger = Ledger(self._shop, product_id, lambda fault: self._violated(product_id, f"{fault}; product {product_id}"))
        ledger.catch_up()
        return ledger

    def _compare(self, stock: Stock, ledger: Ledger) -> None:
        """The row was read before its ledger, so the two may differ; then the row is read between two looks at the ledger."""
        if not list(faults_of(stock, [ledger.moment])):
            return
        self._report.looked_at_again += 1
        again = self._shop.stock(stock.product_id)
        faults = faults_of(again, ledger.moments()) if again else ["a stock row that has vanished"]
        for fault in faults:
            self._violated(stock.product_id, f"product {stock.product_id} has {fault}")

    # Who holds what is reserved

    def _compare_holds(self, suspects: list[Ledger]) -> None:
        """Of products whose reservations do not sum up to what is reserved: while we read them, or because something is wrong."""
        if not suspects:
            return
        held = self._held({ledger.product_id for ledger in suspects})
        for number, ledger in enumerate(suspects):
            self._progress(f"looking again at product {number} of {len(suspects)}", number / len(suspects))
            self._report.looked_at_again += 1
            self._compare_each_hold(ledger, held[ledger.product_id])

    def _held(self, product_ids: set[str]) -> dict[str, dict[str, int]]:
        """Units held of these products, by product and order."""
        held: dict[str, dict[str, int]] = defaultdict(dict)
        for number, reservation in enumerate(self._shop.reservations("held")):
            self._progress(f"looking again at {number} held reservations", None)
            for product_id, units in reservation.held():
                if product_id in product_ids:
                    held[product_id][reservation.order_id] = units
        return held

    def _compare_each_hold(self, ledger: Ledger, held: Mapping[str, int]) -> None:
        """A reservation that is read between two looks at the ledger has to hold what the ledger says at a moment in between."""
        ledger.catch_up()
        known = dict(ledger.holds)
        differing = sorted(order_id for order_id in known.keys() | held.keys() if known.get(order_id, 0) != held.get(order_id, 0))
        now = {order_id: self._units(order_id, ledger.product_id) for order_id in differing}
        moments = {order_id: [known.get(order_id, 0)] for order_id in differing}
        for row in ledger.catch_up():
            if row.reference in moments:
                moments[row.reference].append(moments[row.reference][-1] + row.reserved_delta)
        for order_id in differing:
            if now[order_id] not in moments[order_id]:
                self._wrong_hold(ledger.product_id, order_id, moments[order_id][-1], now[order_id])

    def _units(self, order_id: str, product_id: str) -> int:
        reservation = self._shop.reservation(order_id)
        return dict(reservation.held()).get(product_id, 0) if reservation else 0

    def _wrong_hold(self, product_id: str, order_id: str, reserved: int, held: int) -> None:
        words = f"of product {product_id} the ledger has {reserved} reserved for order {order_id}, whose reservation holds {held}"
        urls = (self._shop.movements_url(product_id), self._shop.reservation_url(order_id))
        self._report.add(1, words, urls, product_id=product_id, order_id=order_id)

    def _violated(self, product_id: str, words: str) -> None:
        self._report.add(1, words, (self._shop.stock_url(product_id), self._shop.movements_url(product_id)), product_id=product_id)


def faults_of(stock: Stock, moments: list[Moment]) -> Iterator[str]:
    """What is wrong with a stock row that has to agree with its ledger at one of these moments."""
    total = stock.quantity + stock.reserved
    amounts = f"quantity {stock.quantity} and reserved {stock.reserved}"
    if min(stock.quantity, stock.reserved) < 0:
        yield f"{amounts}: less than nothing"
    if all(moment.total != total for moment in moments):
        yield f"{amounts}, together {total}; its ledger sums up to {moments[-1].total}"
    elif all((moment.quantity, moment.reserved) != (stock.quantity, stock.reserved) for moment in moments):
        last = moments[-1]
        yield f"{amounts}; the newest row of its ledger says quantity {last.quantity} and reserved {last.reserved}"
