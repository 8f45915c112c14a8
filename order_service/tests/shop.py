"""The fakes of the upstream services, and the worker that compensates and delivers to them."""

from dataclasses import dataclass

from factories import PAST
from fake_servers import FakeServer
from fakes import FakeInventoryService, FakeProductService, FakeUserService

from orders import clients
from orders.models import Attempt, Order, OrderLine, OutboxMessage
from orders.services import background


@dataclass
class Shop:
    """The upstream services: fakes, and the servers to script faults."""

    catalogue: FakeProductService
    stock: FakeInventoryService
    users: FakeUserService
    product: FakeServer
    inventory: FakeServer
    user: FakeServer

    def sells(self, sku: str, price: str = "19.99", quantity: int = 10) -> str:
        product_id = self.catalogue.add(sku, price)
        self.stock.receive(product_id, quantity)
        return product_id

    @property
    def calls(self) -> list[str]:
        return self.user.methods + self.product.methods + self.inventory.methods

    def reset_clients(self) -> None:
        """Close all circuit breakers, as in a new process."""
        clients.products.cache_clear()
        clients.inventory.cache_clear()
        clients.users.cache_clear()

    def check(self) -> None:
        """Assert the invariants of an idle system."""
        states = {str(order.pk): order.status for order in Order.objects.all()}
        expected = {
            "confirmed": "held",
            "cancelled": "released",
            "shipped": "fulfilled",
            "delivered": "fulfilled",
        }
        decided = {order_id: status for order_id, (status, _) in self.stock.reservations.items()}
        assert {order_id: decided.get(order_id) for order_id in states} == {
            id: expected[status] for id, status in states.items()
        }
        assert {
            order_id for order_id, status in decided.items() if status != "released"
        } <= states.keys()
        for order_id in states:
            lines = OrderLine.objects.filter(order_id=order_id).values_list(
                "product_id", "quantity"
            )
            assert self.stock.reservations[order_id][1] == {
                str(product_id): units for product_id, units in lines
            }
        for product_id, received in self.stock.received.items():
            assert (
                self.stock.quantity[product_id]
                + self.stock.units(product_id)
                + self.stock.units(product_id, "fulfilled")
                == received
            )
        assert not Attempt.objects.filter(state__in=["started", "aborting"]).exists()
        assert not OutboxMessage.objects.exists()
        assert len(set(self.stock.moves)) == len(self.stock.moves)


def expire_leases() -> None:
    """Expire all leases, and make all outbox messages due."""
    Attempt.objects.update(lease_until=PAST)
    OutboxMessage.objects.update(due_at=PAST)


def run_worker_until_idle() -> None:
    expire_leases()
    while background.run_once():
        pass
