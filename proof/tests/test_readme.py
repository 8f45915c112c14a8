"""Every row of the matrix is in README's "What happens when …", and every row there is backed by some of the matrix."""

import re
from pathlib import Path

import pytest

from proof import disk, matrix

README = Path(__file__).resolve().parent.parent.parent / "README.md"


@pytest.fixture(autouse=True)
def everything_can_be_mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows are to be the same wherever this runs."""
    monkeypatch.setattr(disk, "can_mount", lambda: "")


def table() -> list[tuple[str, list[str]]]:
    """What fails, and how the names of the rows behind it begin."""
    section = README.read_text().partition("\n## What happens when")[2].partition("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")][1:]
    return [(cells[0].strip(), re.findall("`([^`]+)`", cells[-1])) for cells in lines]


def beginnings() -> list[str]:
    return [beginning for _, found in table() for beginning in found]


def told_by(name: str) -> str | None:
    """The longest of the beginnings: that of the row of README which is about this one."""
    return max((each for each in beginnings() if name.startswith(each)), key=len, default=None)


def test_the_table_is_understood() -> None:
    assert len(table()) > 10
    assert len(set(beginnings())) == len(beginnings())


def test_every_row_of_the_readme_is_backed_by_the_matrix() -> None:
    backed = {told_by(row.name) for row in matrix.rows()}

    assert [what for what, found in table() if not found] == []
    assert [each for each in beginnings() if each not in backed] == []


def test_every_row_of_the_matrix_is_in_the_readme() -> None:
    assert [row.name for row in matrix.rows() if told_by(row.name) is None] == []


def test_no_two_rows_have_one_name() -> None:
    names = [row.name for row in matrix.rows()]

    assert len(set(names)) == len(names)
