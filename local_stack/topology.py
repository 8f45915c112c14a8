"""The parts of the system: names, folders, databases, ports."""

from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Service:
    name: str
    database: str
    path: str

    @property
    def folder(self) -> str:
        return f"{self.name}_service"


SERVICES = {
    "user": Service("user", "users", "/api/users/"),
    "product": Service("product", "products", "/api/products/"),
    "inventory": Service("inventory", "inventory", "/api/inventory/"),
    "order": Service("order", "orders", "/api/orders/"),
}
DEFAULT_PORTS = {"user": 8000, "product": 8001, "inventory": 8002, "order": 8003, "gateway": 8080}

POSTGRES = "postgres"
WORKER = "worker"
GATEWAY = "gateway"
