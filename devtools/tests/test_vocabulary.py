"""Private words for technical terms do not come back: docs/glossary.md has the standard terms."""

import re

from devtools import repository

WORDS = {
    "anew": "again",
    "chores?": "background tasks",
    "deeds?": "action",
    "doors?": "API, entry point, middleware",
    "heal|heals|healed": "recover",
    "in earnest": "in production",
    "meanwhile": "concurrently",
    "mend|mends|mended": "repair, recover",
    "neighbours?": "upstream service",
    "nobody": "no user, anonymous",
    "pace": "rate limit",
    "patience": "timeout",
    "phones": "clients",
    "prove|proves|proved": "test, verify",
    "refusals?": "rejection, error",
    "somebody": "a user",
    "spoil|spoils|spoiled": "inject a fault",
    "strike|strikes|struck": "inject a fault",
    "sweep|sweeps|sweeping": "purge",
    "whoever": "a user, a client",
    "wish|wishes": "request, command",
    "yardsticks?": "baseline",
}
SUFFIXES = (
    *(".py", ".js", ".ts", ".css", ".html", ".md", ".sh", ".sql", ".toml", ".yml", ".http"),
    *("Makefile", "Dockerfile", "Caddyfile", ".env.example", "run", "check", ".pml"),
)
QUOTATIONS = ("CHANGELOG.md", "devtools/tests/test_vocabulary.py", "gateway/site/")
"""The history, this list, and pages that are generated from the sources."""
NOT_WORDS = re.compile(r"[\w.+-]+@[\w.-]+|with the neighbour|'nobody-")
"""Addresses such as nobody@example.com, and the text of an example."""
PRIVATE = re.compile(rf"(?<![\w-])({'|'.join(WORDS)})(?![\w-])", re.IGNORECASE)


def private_words(text: str) -> list[str]:
    return [
        f"{number}: {found[0]}"
        for number, line in enumerate(text.splitlines(), 1)
        for found in PRIVATE.finditer(NOT_WORDS.sub("", line))
    ]


def test_private_words_are_found() -> None:
    assert private_words("The door.\nWhoever\nnobody@example.com") == ["1: door", "2: Whoever"]
    assert private_words("outdoor, proven, a Doorway, wish-list") == []


def test_no_private_words() -> None:
    checked = [
        name
        for name in repository.files(*SUFFIXES)
        if not name.startswith(QUOTATIONS) and "/migrations/" not in name
    ]
    found = {name: words for name in checked if (words := private_words(repository.text(name)))}

    assert len(checked) > 500
    assert found == {}
