"""The location and owner of the database files."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import fake_system
import pytest

from local_stack import Stack, os_user, procfs
from local_stack.postgres_binaries import SHARED_DIR

as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root has to run PostgreSQL as another user"
)
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root cannot run PostgreSQL")


@pytest.fixture
def start(root: Path) -> Callable[[Path], Stack]:
    return lambda data: fake_system.DatabaseOnly(data, root=root, durable=False)


@pytest.fixture
def data(used_data: Path, folder: Path) -> Path:
    return fake_system.copy_of(used_data, folder)


@pytest.fixture
def hidden(folder: Path) -> Path:
    """A data folder below a folder with mode 0700."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    return closed / "data"


def has_table(stack: Stack) -> bool:
    with stack.database_session() as session, session.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_tables WHERE tablename = 'memory'")
        return cursor.fetchone() is not None


def server_owner(stack: Stack) -> int:
    return Path(f"/proc/{stack.pids('postgres')[0]}").stat().st_uid


@as_user
def test_a_non_root_user_stores_everything_in_the_data_folder(start, hidden):
    with start(hidden) as stack:
        assert server_owner(stack) == os.geteuid()
    assert (hidden / "postgres/cluster/PG_VERSION").exists()


@as_root
def test_a_reachable_folder_is_used_directly(used_data):
    assert not (used_data / "postgres").is_symlink()
    assert (used_data / "postgres/cluster/PG_VERSION").stat().st_uid == os_user.for_postgres(
        used_data
    ).uid


@as_root
def test_root_runs_postgres_as_the_owner_of_an_existing_cluster(start, data):
    for path in (data / "postgres").rglob("*"):
        os.chown(path, 54321, 54321)
    os.chown(data / "postgres", 54321, 54321)
    with start(data) as stack:
        assert has_table(stack)
        assert server_owner(stack) == 54321


@as_root
def test_files_below_an_unreachable_folder_are_moved_and_removed_with_it(start, data, hidden):
    data.rename(hidden)
    for _ in range(2):
        with start(hidden) as stack:
            assert has_table(stack)
        assert (hidden / "postgres").readlink().parent == SHARED_DIR
    shutil.rmtree(hidden)
    with start(hidden) as stack:
        assert not has_table(stack)
    assert (hidden / "postgres").readlink().parent == SHARED_DIR
    stack.discard()
    assert not (hidden / "postgres").exists()


def test_descendants_outside_the_process_group_are_found(running):
    server, *others = running.pids("postgres")
    assert all(os.getpgid(pid) != server for pid in others)
    assert [entry.pid for entry in procfs.members(server)] == [server, *others]
