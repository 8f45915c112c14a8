"""One system for all tests, on free ports with temporary data. Each test creates its products."""

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite(
    "integration_tests.shop", "integration_tests.reconciliation", "integration_tests.concurrency"
)

from integration_tests.concurrency import at_once, wait_until  # noqa: E402
from integration_tests.shop import ADMIN, SERVICES, Shop, User  # noqa: E402  (asserts are rewritten at the import)
from local_stack import Stack  # noqa: E402


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(
        tmp_path_factory.mktemp("shop"), durable=False
    ) as running:  # only processes crash here, not the machine
        yield running
    running.discard()


@pytest.fixture(scope="session")
def own_shop(stack: Stack) -> Iterator[Shop]:
    with Shop({name: stack.url(name) for name in SERVICES}) as opened:
        yield opened


@pytest.fixture(scope="session")
def shop(own_shop: Shop) -> Shop:
    return own_shop


@pytest.fixture(scope="session")
def staff(shop: Shop) -> User:
    return shop.sign_in(**ADMIN)


@pytest.fixture(scope="session")
def buyers(shop: Shop) -> list[User]:
    """Several buyers; registered four at a time, because hashing passwords is slow."""
    return [person for _ in range(4) for person in at_once([shop.register] * 4)]


@pytest.fixture(scope="session")
def buyer(buyers: list[User]) -> User:
    return buyers[0]


@pytest.fixture
def recovered(shop: Shop, staff: User, buyer: User) -> Iterator[None]:
    """After a test that injects a fault, waits until the system and its breakers recovered."""
    product_id = shop.stocked(staff, 100_000)
    yield
    wait_until(lambda: shop.has_recovered(buyer, product_id), timeout=30.0)
