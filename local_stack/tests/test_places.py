"""Where the database files lie, depending on who starts the system and where."""

import os
import shutil
from pathlib import Path

import pytest

from local_stack import Stack, accounts, process_table
from local_stack.server_files import ELSEWHERE

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as somebody else")
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root cannot run PostgreSQL himself")


@pytest.fixture
def hidden(folder: Path) -> Path:
    """A data folder below one that only its owner may enter."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    return closed / "data"


def remember(stack: Stack) -> None:
    with stack.database_session() as session, session.cursor() as cursor:
        cursor.execute("CREATE TABLE memory ()")


def remembers(stack: Stack) -> bool:
    with stack.database_session() as session, session.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_tables WHERE tablename = 'memory'")
        return cursor.fetchone() is not None


def server_owner(stack: Stack) -> int:
    return Path(f"/proc/{stack.pids('postgres')[0]}").stat().st_uid


@as_user
def test_an_ordinary_user_keeps_everything_in_the_data_folder(root, hidden):
    with Stack(hidden, root=root) as stack:
        assert server_owner(stack) == os.geteuid()
    assert (hidden / "postgres/cluster/PG_VERSION").exists()


@as_root
def test_a_folder_that_can_be_reached_is_used_as_it_is(root, folder):
    with Stack(folder / "data", root=root) as stack:
        assert server_owner(stack) == accounts.for_postgres(folder).uid
    assert not (folder / "data/postgres").is_symlink()
    assert (folder / "data/postgres/cluster/PG_VERSION").exists()


@as_root
def test_what_an_ordinary_user_began_root_goes_on_with_as_that_user(root, folder):
    with Stack(folder / "data", root=root) as stack:
        remember(stack)
    for path in (folder / "data/postgres").rglob("*"):
        os.chown(path, 54321, 54321)
    os.chown(folder / "data/postgres", 54321, 54321)
    with Stack(folder / "data", root=root) as stack:
        assert remembers(stack)
        assert server_owner(stack) == 54321


@as_root
def test_below_a_closed_folder_the_files_lie_elsewhere_and_survive(root, hidden):
    with Stack(hidden, root=root) as stack:
        remember(stack)
    assert (hidden / "postgres").readlink().parent == ELSEWHERE
    with Stack(hidden, root=root) as stack:
        assert remembers(stack)
    stack.discard()
    assert not (hidden / "postgres").exists()


@as_root
def test_a_deleted_data_folder_begins_afresh(root, hidden):
    with Stack(hidden, root=root) as stack:
        remember(stack)
    shutil.rmtree(hidden)
    with Stack(hidden, root=root) as stack:
        assert not remembers(stack)
    stack.discard()


@as_root
def test_a_data_folder_moved_out_of_reach_takes_its_files_along(root, folder, hidden):
    with Stack(folder / "data", root=root) as stack:
        remember(stack)
    (folder / "data").rename(hidden)
    with Stack(hidden, root=root) as stack:
        assert remembers(stack)
    stack.discard()


def test_a_long_path_is_no_problem(root, folder):
    with Stack(folder / ("long" * 50) / "data", root=root) as stack:
        assert stack.is_ready("postgres")


def test_the_settings_are_durable_unless_they_need_not_be(root, folder):
    with Stack(folder / "data", root=root) as stack, stack.database_session() as session, session.cursor() as cursor:
        cursor.execute("SELECT DISTINCT setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')")
        assert cursor.fetchall() == [("on",)]


def test_an_interrupted_first_start_leaves_nothing_half_made(root, folder):
    (folder / "data/postgres/cluster.new").mkdir(parents=True)
    (folder / "data/postgres/cluster.new/PG_VERSION").write_text("18\n")
    with Stack(folder / "data", root=root) as stack:
        assert stack.is_ready("postgres")


def test_the_family_of_a_process_is_found_beyond_its_group(root, folder):
    with Stack(folder / "data", root=root) as stack:
        server, *others = stack.pids("postgres")
        assert all(os.getpgid(pid) != server for pid in others)
        assert [entry.pid for entry in process_table.members(server)] == [server, *others]
