"""Links and paths in the documents lead to something, and ARCHITECTURE.md has the tree."""

import re
from pathlib import Path

import pytest

from devtools import repository

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
PATH = re.compile(r"`([\w.-]+/[\w./-]+|[\w-]+\.(?:py|md|yml))`")
TREE = re.compile(r"^( *)([\w./-]+)\s+(\S.*)$", re.MULTILINE)
HISTORY = {"CHANGELOG.md"}
NOT_IN_THE_TREE = {"README.md", "ARCHITECTURE.md"}
DOCUMENTS = repository.files(".md")


def anchors(text: str) -> set[str]:
    """The ids that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub(lambda code: code[0].strip("`"), text), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(name: str) -> list[str]:
    text = repository.text(name)
    broken = []
    for link in LINK.findall(CODE.sub("", text)):
        if re.match(r"https?:|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (repository.ROOT / name).parent / path if path else repository.ROOT / name
        is_anchor = not anchor or (
            target.suffix == ".md" and target.exists() and anchor in anchors(target.read_text())
        )
        if not (target.exists() and is_anchor):
            broken.append(link)
    return broken


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_to_files_and_headings(name: str) -> None:
    assert broken_links(name) == []


def test_anchors_are_those_of_github() -> None:
    assert anchors("# The `make` way: 2\n## A-b c\n") == {"the-make-way-2", "a-b-c"}


def _tree() -> list[str]:
    block = repository.text("ARCHITECTURE.md").partition("## Directory tree")[2].split("```")[1]
    paths, parent = [], ""
    for indent, path, _ in TREE.findall(block):
        parent = parent if indent else path
        paths.append(parent + path if indent else path)
    return paths


def test_every_path_of_the_tree_exists() -> None:
    tree = _tree()

    assert len(tree) > 50
    assert [path for path in tree if not (repository.ROOT / path).exists()] == []


def test_every_top_level_folder_is_in_the_tree() -> None:
    folders = {Path(name).parts[0] for name in repository.files("") if "/" in name}

    assert folders - {path.split("/")[0] for path in _tree()} == set()


def test_every_chassis_module_is_in_the_tree() -> None:
    block = repository.text("ARCHITECTURE.md").partition("## Directory tree")[2]
    modules = {path.name for path in (repository.ROOT / "chassis").glob("*.py")}

    named = set(re.findall(r"[\w]+\.py", block))
    assert modules - named - {"__init__.py"} == set()


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "docs/glossary.md"])
def test_every_path_of_a_document_exists(name: str) -> None:
    paths = re.findall(r"`((?:[\w-]+/)+[\w.-]*)`", repository.text(name))
    roots = [repository.ROOT, *repository.ROOT.glob("*_service"), *_apps()]

    missing = [path for path in paths if not any((root / path).exists() for root in roots)]
    assert [path for path in missing if not path.startswith("backups/")] == []


def _apps() -> list[Path]:
    return [path.parent for path in repository.ROOT.glob("*_service/*/errors.py")]


def test_the_readme_is_short() -> None:
    assert len(repository.text("README.md").splitlines()) <= 150


def test_decision_records_are_numbered_indexed_and_complete() -> None:
    folder = repository.ROOT / "docs/adr"
    records = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    index = re.findall(
        r"^\| \[(\d{4})\]\(([\w-]+\.md)\) \|", (folder / "README.md").read_text(), re.M
    )

    assert index == [(f"{n:04}", path.name) for n, path in enumerate(records, 1)]
    for number, path in enumerate(records, 1):
        text = path.read_text()
        assert text.startswith(f"# {number}. "), path.name
        headings = re.findall(r"^## (.+)$", text, re.M)
        assert headings == ["Status", "Date", "Context", "Decision", "Consequences"], path.name
