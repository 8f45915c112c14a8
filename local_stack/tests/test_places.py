"""Where the database files lie, depending on who starts the system and where."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import stand_in

from local_stack import Stack, accounts, process_table
from local_stack.server_files import ELSEWHERE

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as somebody else")
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root cannot run PostgreSQL himself")


@pytest.fixture
def start(root: Path) -> Callable[[Path], Stack]:
    return lambda data: stand_in.DatabaseOnly(data, root=root, durable=False)


@pytest.fixture
def data(used_data: Path, folder: Path) -> Path:
    return stand_in.copy_of(used_data, folder)


@pytest.fixture
def hidden(folder: Path) -> Path:
    """A data folder below one that only its owner may enter."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    return closed / "data"


def remembers(stack: Stack) -> bool:
    with stack.database_session() as session, session.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_tables WHERE tablename = 'memory'")
        return cursor.fetchone() is not None


def server_owner(stack: Stack) -> int:
    return Path(f"/proc/{stack.pids('postgres')[0]}").stat().st_uid


@as_user
def test_an_ordinary_user_keeps_everything_in_the_data_folder(start, hidden):
    with start(hidden) as stack:
        assert server_owner(stack) == os.geteuid()
    assert (hidden / "postgres/cluster/PG_VERSION").exists()


@as_root
def test_a_folder_that_can_be_reached_is_used_as_it_is(used_data):
    assert not (used_data / "postgres").is_symlink()
    assert (used_data / "postgres/cluster/PG_VERSION").stat().st_uid == accounts.for_postgres(used_data).uid


@as_root
def test_what_an_ordinary_user_began_root_goes_on_with_as_that_user(start, data):
    for path in (data / "postgres").rglob("*"):
        os.chown(path, 54321, 54321)
    os.chown(data / "postgres", 54321, 54321)
    with start(data) as stack:
        assert remembers(stack)
        assert server_owner(stack) == 54321


@as_root
def test_files_moved_below_a_closed_folder_lie_elsewhere_and_survive_until_it_is_deleted(start, data, hidden):
    data.rename(hidden)
    for _ in range(2):
        with start(hidden) as stack:
            assert remembers(stack)
        assert (hidden / "postgres").readlink().parent == ELSEWHERE
    shutil.rmtree(hidden)
    with start(hidden) as stack:
        assert not remembers(stack)
    assert (hidden / "postgres").readlink().parent == ELSEWHERE
    stack.discard()
    assert not (hidden / "postgres").exists()


def test_the_family_of_a_process_is_found_beyond_its_group(running):
    server, *others = running.pids("postgres")
    assert all(os.getpgid(pid) != server for pid in others)
    assert [entry.pid for entry in process_table.members(server)] == [server, *others]
