"""Every scenario is in the fault table, and every row of the table has a scenario."""

import re

import pytest

from chaos import scenarios
from local_stack.topology import REPOSITORY

DOCUMENT, HEADING = "docs/reliability.md", "\n## Faults"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of all scenarios, including those that need root."""
    monkeypatch.setattr("chaos.disk_faults.cannot_mount", lambda: "")
    return [scenario.name for scenario in scenarios.all_scenarios()]


def prefixes_by_row() -> dict[str, list[str]]:
    """The prefixes of scenario names in the last column, by the fault in the first."""
    section = (REPOSITORY / DOCUMENT).read_text().partition(HEADING)[2].partition("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")][
        1:
    ]
    return {cells[0].strip(): re.findall("`([^`]+)`", cells[-1]) for cells in lines}


def longest_prefix(name: str) -> str | None:
    prefixes = [prefix for row in prefixes_by_row().values() for prefix in row]
    return max(filter(name.startswith, prefixes), key=len, default=None)


def test_every_row_of_the_fault_table_has_a_scenario(names: list[str]) -> None:
    used = {longest_prefix(name) for name in names}

    rows = prefixes_by_row()
    assert len(rows) > 10
    assert {
        row: [prefix for prefix in prefixes if prefix in used] for row, prefixes in rows.items()
    } == rows
    assert [row for row, prefixes in rows.items() if not prefixes] == []


def test_every_scenario_is_in_the_fault_table(names: list[str]) -> None:
    assert [name for name in names if longest_prefix(name) is None] == []
