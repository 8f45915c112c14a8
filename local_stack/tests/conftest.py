import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import stand_in

from local_stack import Stack


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stand_in.build(tmp_path_factory.mktemp("system"))


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that everybody may enter, unlike pytest's own folders."""
    with tempfile.TemporaryDirectory(prefix="shop-test-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def running(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("data"), root=root, durable=False) as stack:
        yield stack
    stack.discard()


@pytest.fixture
def stack(running: Stack) -> Iterator[Stack]:
    """Whole again after each test, whatever this one does to it."""
    yield running
    for name in (*running.ports, "worker", "postgres"):
        running.thaw(name)
        running.start(name)
        running.wait_ready(name, 15)
