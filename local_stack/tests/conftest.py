import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fake_system
import pytest

from local_stack import Stack


@contextmanager
def open_to_all() -> Iterator[Path]:
    """A folder that all users may enter, unlike pytest's tmp_path."""
    with tempfile.TemporaryDirectory(prefix="shop-test-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fake_system.build(tmp_path_factory.mktemp("system"))


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_to_all() as made:
        yield made


@pytest.fixture(scope="module")
def lasting_folder() -> Iterator[Path]:
    with open_to_all() as made:
        yield made


@pytest.fixture(scope="session")
def used_data(root: Path) -> Iterator[Path]:
    """A data folder with an initialised cluster and a table named `memory`.

    For `fake_system.copy_of`.
    """
    with open_to_all() as made:
        with (
            fake_system.DatabaseOnly(made / "data", root=root, durable=False) as stack,
            stack.database_session() as session,
        ):
            session.cursor().execute("CREATE TABLE memory ()")
        yield made / "data"


@pytest.fixture(scope="session")
def running(root: Path, used_data: Path) -> Iterator[Stack]:
    """For tests that do not change it."""
    with (
        open_to_all() as made,
        Stack(fake_system.copy_of(used_data, made), root=root, durable=False) as stack,
    ):
        yield stack


@pytest.fixture
def stack(running: Stack) -> Iterator[Stack]:
    """The same stack; after each test all parts are restarted."""
    yield running
    running.environment.clear()
    for name in (*running.ports, "worker", "postgres"):
        running.resume(name)
        running.start(name)
        running.wait_ready(name, 15)
