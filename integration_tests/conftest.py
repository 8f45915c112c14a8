"""One system for all tests, on free ports and with data of its own. Each test makes its own products."""

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite(
    "integration_tests.shop", "integration_tests.books", "integration_tests.load", "integration_tests.timing"
)

from integration_tests.shop import ADMIN, SERVICES, Person, Shop  # noqa: E402  (asserts are rewritten at the import)
from integration_tests.timing import at_once, wait_until  # noqa: E402
from local_stack import Stack  # noqa: E402


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("shop"), durable=False) as running:  # no machine dies here, only processes
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
def staff(shop: Shop) -> Person:
    return shop.sign_in(**ADMIN)


@pytest.fixture(scope="session")
def crowd(shop: Shop) -> list[Person]:
    """Buyers, for tests that need many at once; a few at a time, for their passwords have to be hashed."""
    return [person for _ in range(4) for person in at_once([shop.register] * 4)]


@pytest.fixture(scope="session")
def buyer(crowd: list[Person]) -> Person:
    return crowd[0]


@pytest.fixture
def mended(shop: Shop, staff: Person, buyer: Person) -> Iterator[None]:
    """For tests that break something: the next one finds a system that has forgotten it, circuit breakers included."""
    product_id = shop.stocked(staff, 100_000)
    yield
    wait_until(lambda: shop.is_calm(buyer, product_id), patience=30.0)
